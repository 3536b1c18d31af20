"""Sums and products whose rounding error is known: the exact result is a rounded number and a small rest."""

from __future__ import annotations

from .float_lanes import Float, Lanes

Pair = tuple[Float, Float]
"""A number as a sum of two, the second far smaller."""


def ordered_sum(m: Lanes, x: Float, y: Float) -> Pair:
    """Return x + y rounded, and its rounding error, where |x| ≥ |y| or x = 0 (Dekker 1971)."""
    total = m.add(x, y)
    return total, m.sub(y, m.sub(total, x))


def exact_sum(m: Lanes, x: Float, y: Float) -> Pair:
    """Return x + y rounded, and its rounding error (Knuth, TAOCP 2, 4.2.2)."""
    total = m.add(x, y)
    added = m.sub(total, x)
    return total, m.add(m.sub(x, m.sub(total, added)), m.sub(y, added))


def product(m: Lanes, x: Float, y: Float) -> Pair:
    """Return x·y rounded, and its rounding error (Dekker 1971 where there is no fused multiplication)."""
    whole = m.mul(x, y)
    if m.fused:
        return whole, m.fma(x, y, m.neg(whole))
    (a, b), (c, d) = _halves(m, x), _halves(m, y)
    rest = m.add(m.add(m.sub(m.mul(a, c), whole), m.mul(a, d)), m.mul(b, c))
    return whole, m.add(rest, m.mul(b, d))


def _halves(m: Lanes, x: Float) -> Pair:
    high = m.from_bits(m.int_and(m.int_add(m.bits(x), 1 << 26), -(1 << 27)))  # rounded: both have at most 26 bits
    return high, m.sub(x, high)


def product_of_pairs(m: Lanes, x: Pair, y: Pair) -> Pair:
    """Return x·y, with an error of a few 2⁻¹⁰⁶."""
    high, low = product(m, x[0], y[0])
    return high, m.fma(x[0], y[1], m.fma(x[1], y[0], low))


def quotient(m: Lanes, x: Pair, y: Pair) -> Pair:
    """Return x/y, with an error of a few 2⁻¹⁰⁶."""
    inverse = m.div(1.0, y[0])
    high = m.mul(x[0], inverse)
    whole, rounding = product(m, high, y[0])
    remainder = m.add(m.sub(m.sub(x[0], whole), rounding), m.fma(m.neg(high), y[1], x[1]))
    return high, m.mul(remainder, inverse)
