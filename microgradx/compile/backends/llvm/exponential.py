"""exp, expm1, tanh: x = n·log 2 + r with |r| ≤ log(2)/2, then a polynomial for eʳ."""

from __future__ import annotations

from .error_free import Pair, ordered_sum, quotient
from .float_lanes import BIAS, ROUNDER, Float, Lanes, clamped, polynomial, signed

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471805598903  # 42 bits, so that its products with n are exact
LN2_LOW = 5.497923018708371e-14

EXP = (
    0.5000000000000009,
    0.16666666666666693,
    0.0416666666665398,
    0.008333333333309618,
    0.0013888888941479963,
    0.00019841269912975438,
    2.4801495047852933e-05,
    2.755721971055508e-06,
    2.762962720795927e-07,
    2.5116907684378093e-08,
)
"""P(r) of eʳ = 1 + r + r²·P(r)."""

EXPM1 = (
    0.16666666666666669,
    0.04166666666666667,
    0.008333333333330062,
    0.0013888888888880968,
    0.00019841269863055564,
    2.4801587333934768e-05,
    2.755726845719171e-06,
    2.75572643029887e-07,
    2.5100386739459624e-08,
    2.0918149006551774e-09,
)
"""P(r) of eʳ = 1 + r + r²/2 + r³·P(r), which is needed where 1 is taken away again."""


def _reduced(m: Lanes, x: Float) -> tuple[Float, Float, Float]:
    """Return n, r, and what rounding r has lost, with x = n·log 2 + r."""
    n = m.sub(m.fma(x, LOG2_E, ROUNDER), ROUNDER)
    high = m.fma(n, -LN2_HIGH, x)
    r = m.fma(n, -LN2_LOW, high)
    return n, r, m.fma(n, -LN2_LOW, m.sub(high, r))


def _power(m: Lanes, n: Float, r: Float, low: Float) -> Float:
    """Return 2ⁿ·eʳ⁺ˡᵒʷ."""
    rest = m.fma(m.mul(r, r), polynomial(m, r, EXP), low)
    return m.scale(m.add(m.add(rest, r), 1.0), n)


def exp(m: Lanes, x: Float) -> Float:
    """Return eˣ."""
    return _power(m, *_reduced(m, clamped(m, x, -746.0, 710.0)))


def exp_of_sum(m: Lanes, x: Float, low: Float) -> Float:
    """Return eˣ⁺ˡᵒʷ for |x| ≤ 800 and a small rest."""
    n, r, lost = _reduced(m, x)
    return _power(m, n, *ordered_sum(m, r, m.add(lost, low)))


def _power_minus_one(m: Lanes, r: Float, low: Float) -> Pair:
    """Return eʳ⁺ˡᵒʷ − 1 as a sum of two."""
    square = m.mul(r, r)
    rest = m.fma(m.mul(r, square), polynomial(m, r, EXPM1), m.fma(low, r, low))
    return ordered_sum(m, r, m.fma(square, 0.5, rest))


def expm1(m: Lanes, x: Float) -> Float:
    """Return eˣ − 1 = 2ⁿ·((1 − 2⁻ⁿ) + (eʳ − 1))."""
    n, r, low = _reduced(m, clamped(m, x, -40.0, 710.0))
    power, rest = _power_minus_one(m, r, low)
    below, lost = ordered_sum(m, 1.0, m.neg(m.scale(1.0, m.neg(n))))  # no matter what is lost of less than −2⁵³
    top, error = ordered_sum(m, below, power)
    return signed(m, m.abs(m.scale(m.add(top, m.add(error, m.add(lost, rest))), n)), x)


def tanh(m: Lanes, x: Float) -> Float:
    """Return tanh x = (e²ʸ − 1)/(e²ʸ + 1) with the sign of x, y = |x|, both divided by 2ⁿ and kept as sums of two."""
    y = m.abs(x)
    y = m.select(m.less(20.0, y), 20.0, y)
    n, r, low = _reduced(m, m.add(y, y))
    power, rest = _power_minus_one(m, r, low)
    c = m.from_bits(m.shift_left(m.bits(m.sub(ROUNDER + BIAS, n)), 52))
    below, above = m.sub(1.0, c), m.add(1.0, c)
    lost = m.fma(c, -2.0, m.sub(above, below))  # what rounding 1 ± c has lost, where tanh x is 1 to 50 bits
    top, error = ordered_sum(m, below, power)
    bottom, slip = ordered_sum(m, above, power)
    high, low = quotient(m, (top, m.add(error, m.add(lost, rest))), (bottom, m.add(slip, rest)))
    return signed(m, m.add(high, low), x)
