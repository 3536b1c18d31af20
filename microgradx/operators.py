"""Operators and methods for kinds of numbers other than Value, each handed to the kind's own `_apply`.

Value writes its operators out for speed; a Dual, or the number that gradient graphs are made of, inherits these.
"""

from __future__ import annotations

from typing import Any

from . import primitives as rows
from .primitives import Primitive


class Operators:
    """What one may write with a Value, as calls of `self._apply(row, operands)`."""

    __slots__ = ()
    __array_ufunc__ = None  # as for Value: NumPy must not take it for an array element

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> Any:
        raise TypeError(f"{type(self).__name__} cannot compute {p.name}")

    def __add__(self, other: Any) -> Any:
        return self._apply(rows.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self._apply(rows.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self._apply(rows.sub, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self._apply(rows.sub, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self._apply(rows.multiply, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self._apply(rows.multiply, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self._apply(rows.div, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._apply(rows.div, (other, self))

    def __pow__(self, other: Any) -> Any:
        return self._apply(rows.power, (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self._apply(rows.power, (other, self))

    def __pos__(self) -> Any:
        return self._apply(rows.pos, (self,))

    def __neg__(self) -> Any:
        return self._apply(rows.neg, (self,))

    def __abs__(self) -> Any:
        return self._apply(rows.absolute, (self,))

    abs = __abs__

    def exp(self) -> Any:
        return self._apply(rows.exp, (self,))

    def expm1(self) -> Any:
        return self._apply(rows.expm1, (self,))

    def log(self) -> Any:
        return self._apply(rows.log, (self,))

    def log1p(self) -> Any:
        return self._apply(rows.log1p, (self,))

    def sqrt(self) -> Any:
        return self._apply(rows.sqrt, (self,))

    def sin(self) -> Any:
        return self._apply(rows.sin, (self,))

    def cos(self) -> Any:
        return self._apply(rows.cos, (self,))

    def tanh(self) -> Any:
        return self._apply(rows.tanh, (self,))

    def sigmoid(self) -> Any:
        return self._apply(rows.sigmoid, (self,))

    def softplus(self) -> Any:
        return self._apply(rows.softplus, (self,))

    def gaussian(self) -> Any:
        return self._apply(rows.gaussian, (self,))

    def relu(self) -> Any:
        return self._apply(rows.relu, (self,))

    def step(self) -> Any:
        return self._apply(rows.step, (self,))

    def detach(self) -> Any:
        return self._apply(rows.detach, (self,))
