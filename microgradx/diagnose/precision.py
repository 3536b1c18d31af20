"""Floating-point numbers of double and of single precision, on which the same functions run."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from ..apply import apply
from ..engine import Value
from ..numbers import real
from ..operators import Operators
from ..primitives import Primitive


class Precision(NamedTuple):
    """How far the floats next to 1 are apart, how a real number is rounded, and how f is given one."""

    name: str
    epsilon: float
    rounded: Callable[[float], float]
    number: Callable[[float], Any]


def single(x: float) -> float:
    """Return the number of 32 bits that is nearest to x; ±inf beyond their range.

    >>> single(0.1) - 0.1, single(-1e39)
    (1.4901161138336505e-09, -inf)
    """
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return math.copysign(math.inf, x)


class Single(Operators):
    """A number of 32 bits: each result of a row of the table is rounded to one.

    >>> (Single(1.0) + 1e-8).number
    1.0
    """

    __slots__ = ("number",)

    _rank = 1.5  # above Values, which are constants to it

    def __init__(self, number: float) -> None:
        self.number = single(number)

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> Single:
        return Single(apply(p, *map(_numbers, operands), strict=strict))

    def __lt__(self, other: Any) -> bool:
        return self.number < number_of(other)

    def __le__(self, other: Any) -> bool:
        return self.number <= number_of(other)

    def __gt__(self, other: Any) -> bool:
        return self.number > number_of(other)

    def __ge__(self, other: Any) -> bool:
        return self.number >= number_of(other)


def number_of(x: Any) -> float:
    """Return a number of any precision, or that of a Value, as a float; TypeError for anything else."""
    return x.number if isinstance(x, Single) else real(x.data if isinstance(x, Value) else x)


def _numbers(operand: Any) -> Any:
    """Return an operand of a row, a number or a block of them, in 32 bits."""
    return tuple(map(_numbers, operand)) if isinstance(operand, tuple | list) else single(number_of(operand))


PRECISIONS = {
    each.name: each
    for each in (Precision("double", 2.0**-52, float, float), Precision("single", 2.0**-23, single, Single))
}
"""The precisions by name."""
