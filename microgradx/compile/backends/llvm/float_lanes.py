"""The arithmetic that elementary functions are written in: operations on lanes of float64, and steps made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Float = Any  # a vector of float64; where a rule gives one, it may give a Python float: the same number in all lanes
Integer = Any  # a vector of int64, or a Python int
Mask = Any  # a vector of truth values


class Lanes(Protocol):
    """The operations that rules need; each works lane by lane and is rounded to nearest even, as IEEE 754 says.

    Nothing may be contracted, reordered or assumed finite: no fast-math flag may stand on these operations.
    Comparisons are ordered: false if an operand is NaN. Shifts are logical, by the same number of bits in all lanes.
    """

    fused: bool
    """Whether `fma` rounds once. If not, it is a product rounded and then a sum rounded; rules allow for both."""

    def add(self, x: Float, y: Float) -> Float: ...
    def sub(self, x: Float, y: Float) -> Float: ...
    def mul(self, x: Float, y: Float) -> Float: ...
    def div(self, x: Float, y: Float) -> Float: ...
    def fma(self, x: Float, y: Float, z: Float) -> Float:
        """Return x·y + z."""

    def neg(self, x: Float) -> Float: ...
    def abs(self, x: Float) -> Float: ...

    def scale(self, x: Float, n: Float) -> Float:
        """Return x·2ⁿ rounded once, for whole n |n| ≤ 2000; `scale_by_bits` serves where no instruction does it."""

    def less(self, x: Float, y: Float) -> Mask: ...
    def equal(self, x: Float, y: Float) -> Mask: ...
    def both(self, p: Mask, q: Mask) -> Mask: ...
    def either(self, p: Mask, q: Mask) -> Mask: ...
    def select(self, p: Mask, x: Float, y: Float) -> Float:
        """Return x where p is true, y elsewhere."""

    def bits(self, x: Float) -> Integer:
        """Return the 64 bits of each number."""

    def from_bits(self, k: Integer) -> Float:
        """Return the numbers that have these bits."""

    def int_add(self, j: Integer, k: Integer) -> Integer: ...
    def int_and(self, j: Integer, k: Integer) -> Integer: ...
    def int_or(self, j: Integer, k: Integer) -> Integer: ...
    def int_xor(self, j: Integer, k: Integer) -> Integer: ...
    def shift_left(self, k: Integer, places: int) -> Integer: ...
    def shift_right(self, k: Integer, places: int) -> Integer: ...


ROUNDER = 1.5 * 2.0**52
"""x + ROUNDER − ROUNDER is x rounded to a whole number, |x| < 2⁵¹, which the last bits of x + ROUNDER hold."""

BIAS = 1023
SIGN = -(1 << 63)


def polynomial(m: Lanes, x: Float, coefficients: Sequence[float]) -> Float:
    """Return Σ cₖxᵏ by Horner's rule."""
    *rest, total = coefficients
    for c in reversed(rest):
        total = m.fma(total, x, c)
    return total


def clamped(m: Lanes, x: Float, low: float, high: float) -> Float:
    """Return x brought into [low, high]; NaN stays NaN."""
    x = m.select(m.less(high, x), high, x)
    return m.select(m.less(x, low), low, x)


def signed(m: Lanes, magnitude: Float, x: Float) -> Float:
    """Return a number that is not negative with the sign of x."""
    return m.from_bits(m.int_or(m.bits(magnitude), m.int_and(m.bits(x), SIGN)))


def scale_by_bits(m: Lanes, x: Float, n: Float) -> Float:
    """Return x·2ⁿ for whole n, |n| ≤ 2000, rounded once: the power is split in two, each made of exponent bits."""
    half = m.fma(n, 0.5, ROUNDER + BIAS)
    rest = m.add(m.sub(n, m.sub(half, ROUNDER + BIAS)), ROUNDER + BIAS)
    first, second = (m.from_bits(m.shift_left(m.bits(k), 52)) for k in (half, rest))
    return m.mul(m.mul(x, first), second)
