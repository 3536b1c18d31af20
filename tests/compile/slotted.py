"""Values whose data machine code reads and sets, and that machine code."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from microgradx import Value
from microgradx.compile.backends.llvm import slots
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.slots import LEAST, Slots
from microgradx.compile.backends.llvm.target import host
from microgradx.node import Node

from .seen import waited

N = 2 * LEAST


def new() -> Slots:
    """Return slots for which no machine code has been made yet."""
    return Slots(lambda of, text: lambda: object_code(text(), host()), host())


@cache
def made() -> Slots:
    """Return slots whose machine code is there."""
    found, values = new(), values_of([1.0] * slots.REPAID)
    assert waited(lambda: found.read(values)).tolist() == [1.0] * len(values)
    return found


def values_of(numbers: list[float]) -> tuple[Value, ...]:
    """Return Values of these numbers."""
    return tuple([Value(x) for x in numbers])


def numbers(seed: int, count: int = N) -> Any:
    """Return numbers of all kinds: large, tiny, and none."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=count) * 10.0 ** rng.integers(-320, 300, count)
    found[rng.permutation(count)[:6]] = [math.inf, -math.inf, math.nan, -0.0, 5e-324, 1.0]
    return found


def bits(xs: Any) -> list[int]:
    """Return numbers by their bits, which tell 0.0 from −0.0 and any NaN from another."""
    return list(np.array(xs, np.float64).view(np.int64).tolist())


class Odd(float):
    """A number that is a float, and more."""


class Other(Node):
    """A node that is no Value."""

    __slots__ = ("more",)


def gone(v: Value) -> None:
    """Take its number away."""
    del v._data


def kept(x: Any) -> Callable[[Value], None]:
    """Return what puts this into a Value."""
    return lambda v: setattr(v, "_data", x)


ODD: dict[str, Callable[[Value], None]] = {
    "an integer": kept(7),
    "a long integer": kept(10**400),
    "a boolean": kept(True),
    "a number of NumPy's": kept(np.float64(1.5)),
    "a subclass of float": kept(Odd(2.5)),
    "a fraction": kept(Fraction(1, 3)),
    "None": kept(None),
    "text": kept("1.0"),
    "a list": kept([1.0]),
    "nothing": gone,
}
"""What a Value may hold that is no float."""
