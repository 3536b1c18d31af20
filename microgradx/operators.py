"""Operators and methods for kinds of numbers other than Value, each handed to the kind's own `_apply`.

Value writes its operators out for speed; a Dual, or the number that gradient graphs are made of, inherits these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import primitives as rows
from .primitives import Primitive

Method = TypeVar("Method", bound=Callable[..., Any])


def _unary(p: Primitive) -> Callable[[Operators], Any]:
    def apply(self: Operators) -> Any:
        return self._apply(p, (self,))

    return _named(apply, p)


def _binary(p: Primitive) -> Callable[[Operators, Any], Any]:
    def apply(self: Operators, other: Any) -> Any:
        return self._apply(p, (self, other))

    return _named(apply, p)


def _reflected(p: Primitive) -> Callable[[Operators, Any], Any]:
    """Another number op this one."""

    def apply(self: Operators, other: Any) -> Any:
        return self._apply(p, (other, self))

    return _named(apply, p)


def _named(method: Method, p: Primitive) -> Method:
    method.__name__ = method.__qualname__ = p.name
    method.__doc__ = f"Return {p.name} of this number."
    return method


class Operators:
    """What one may write with a Value, as calls of `self._apply(row, operands)`."""

    __slots__ = ()
    __array_ufunc__ = None  # as for Value: NumPy must not take it for an array element

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> Any:
        raise TypeError(f"{type(self).__name__} cannot compute {p.name}")

    __add__ = _binary(rows.add)
    __radd__ = _reflected(rows.add)
    __sub__ = _binary(rows.sub)
    __rsub__ = _reflected(rows.sub)
    __mul__ = _binary(rows.multiply)
    __rmul__ = _reflected(rows.multiply)
    __truediv__ = _binary(rows.div)
    __rtruediv__ = _reflected(rows.div)
    __pow__ = _binary(rows.power)
    __rpow__ = _reflected(rows.power)
    __pos__ = _unary(rows.pos)
    __neg__ = _unary(rows.neg)
    __abs__ = _unary(rows.absolute)

    abs = __abs__
    exp = _unary(rows.exp)
    expm1 = _unary(rows.expm1)
    log = _unary(rows.log)
    log1p = _unary(rows.log1p)
    sqrt = _unary(rows.sqrt)
    sin = _unary(rows.sin)
    cos = _unary(rows.cos)
    tanh = _unary(rows.tanh)
    sigmoid = _unary(rows.sigmoid)
    softplus = _unary(rows.softplus)
    gaussian = _unary(rows.gaussian)
    relu = _unary(rows.relu)
    step = _unary(rows.step)
    detach = _unary(rows.detach)
