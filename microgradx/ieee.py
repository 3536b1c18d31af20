"""Any kind of number, computed by IEEE rules: what rules run on when derivatives are themselves to be differentiated.

A DomainError is for values that a user records. Inside a gradient graph √x has the slope 0.5/√x at 0 too, which is
inf and no error, so there each number is wrapped in an `Ieee`, whose operators never raise.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from . import primitives as rows
from .apply import apply
from .engine import Value
from .in_trace import AT_WORK
from .numbers import is_recording, real
from .operators import Operators
from .primitives import TABLE, Arithmetic, Primitive


class Ieee(Operators):
    """A float, Value or Dual whose operations record without raising, and where x·1 is x."""

    __slots__ = ("number",)

    def __init__(self, number: Any) -> None:
        self.number = number

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = False) -> Ieee:
        return _apply(p, *operands)


def wrap(x: Any) -> Any:
    """Return a number, or a block of numbers, as Ieee."""
    return tuple(map(wrap, x)) if isinstance(x, tuple | list) else x if isinstance(x, Ieee) else Ieee(x)


def unwrap(x: Any) -> Any:
    """Return what `wrap` was given."""
    return tuple(map(unwrap, x)) if isinstance(x, tuple | list) else x.number if isinstance(x, Ieee) else x


def _apply(p: Primitive, *operands: Any) -> Ieee:
    numbers = unwrap(operands) if p.blocks else [x.number if x.__class__ is Ieee else x for x in operands]
    if p is rows.multiply:
        for one, other in (numbers, numbers[::-1]):
            if (one.__class__ is float or one.__class__ is int) and one == 1:  # as a constant was written
                return Ieee(other)
    return Ieee(apply(p, *numbers, strict=False))


def _choose(condition: Any, a: Any, b: Any) -> Any:
    """Take the branch by value, as `where` does: the other contributes nothing, even if its slope is inf."""
    condition = bottom(condition)
    trace = AT_WORK.get()
    if trace is None or not is_recording(condition):
        return a if plain(condition) else b
    return wrap(trace.choose(condition, unwrap(a), unwrap(b)))


def bottom(x: Any) -> Any:
    """Return what a Dual of Duals is made of in the end: a float, or a Value or another number that can be compared."""
    while isinstance(x, Ieee) or hasattr(x, "primal"):
        x = x.number if isinstance(x, Ieee) else x.primal
    return x if is_recording(x) else real(x)


def plain(x: Any) -> float:
    """Return the float at the bottom of a number of any kind."""
    x = bottom(x)
    return x.data if isinstance(x, Value) else float(x)


IEEE = Arithmetic({p.name: partial(_apply, p) for p in TABLE} | {"select": _choose})
