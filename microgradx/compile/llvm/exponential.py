"""exp, expm1, tanh: x = n·log 2 + r with |r| ≤ log(2)/2, then a polynomial for eʳ − 1 = r + r²/2 + r³·P(r)."""

from __future__ import annotations

from .mathematics import BIAS, ROUNDER, Float, Lanes, clamped, ordered_sum, polynomial, product, signed

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471805598903  # 42 bits, so that its products with n are exact
LN2_LOW = 5.497923018708371e-14

P = (
    0.16666666666666669,
    0.04166666666665135,
    0.008333333333327968,
    0.001388888890588328,
    0.0001984126987174843,
    2.4801536386075864e-05,
    2.7557256886880895e-06,
    2.7613808059071327e-07,
    2.5105200460126028e-08,
)


def _reduced(m: Lanes, x: Float) -> tuple[Float, Float, Float]:
    """Return n, r, and what rounding r has lost, with x = n·log 2 + r."""
    n = m.sub(m.fma(x, LOG2_E, ROUNDER), ROUNDER)
    high = m.fma(n, -LN2_HIGH, x)
    r = m.fma(n, -LN2_LOW, high)
    return n, r, m.fma(n, -LN2_LOW, m.sub(high, r))


def _power_minus_one(m: Lanes, r: Float, low: Float) -> tuple[Float, Float]:
    """Return eʳ⁺ˡᵒʷ − 1 as a sum of two."""
    square = m.mul(r, r)
    rest = m.fma(m.mul(r, square), polynomial(m, r, P), low)
    return ordered_sum(m, r, m.fma(square, 0.5, rest))


def exp(m: Lanes, x: Float) -> Float:
    """Return eˣ."""
    n, r, low = _reduced(m, clamped(m, x, -746.0, 710.0))
    square = m.mul(r, r)
    rest = m.fma(m.mul(r, square), polynomial(m, r, P), low)
    return m.scale(m.add(m.add(m.fma(square, 0.5, rest), r), 1.0), n)


def expm1(m: Lanes, x: Float) -> Float:
    """Return eˣ − 1 = 2ⁿ·((1 − 2⁻ⁿ) + (eʳ − 1))."""
    n, r, low = _reduced(m, clamped(m, x, -40.0, 710.0))
    power, rest = _power_minus_one(m, r, low)
    top, error = ordered_sum(m, m.sub(1.0, m.scale(1.0, m.neg(n))), power)
    return signed(m, m.abs(m.scale(m.add(top, m.add(error, rest)), n)), x)


def tanh(m: Lanes, x: Float) -> Float:
    """Return tanh x = (e²ʸ − 1)/(e²ʸ + 1) with the sign of x, y = |x|, both divided by 2ⁿ and kept as sums of two."""
    y = m.abs(x)
    y = m.select(m.less(20.0, y), 20.0, y)
    n, r, low = _reduced(m, m.add(y, y))
    power, rest = _power_minus_one(m, r, low)
    c = m.from_bits(m.shift_left(m.bits(m.sub(ROUNDER + BIAS, n)), 52))
    top, error = ordered_sum(m, m.sub(1.0, c), power)
    bottom, lost = ordered_sum(m, m.add(1.0, c), power)
    inverse = m.div(1.0, bottom)
    quotient = m.mul(top, inverse)
    whole, rounding = product(m, quotient, bottom)
    excess = m.fma(m.neg(quotient), m.add(lost, rest), m.add(error, rest))
    remainder = m.add(m.sub(m.sub(top, whole), rounding), excess)
    return signed(m, m.fma(remainder, inverse, quotient), x)
