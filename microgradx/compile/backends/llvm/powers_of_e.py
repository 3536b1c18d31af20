"""eˣ in strict mode: the number that the C library's exp(x) gives, mostly without calling it.

eˣ is computed as a sum of two floats, which is off by a few thousandths of an ulp. exp rounds a number that is off by
about a hundredth: it gives the float nearest to eˣ unless a second one is about as near, where alone it is asked.
"""

from __future__ import annotations

from math import factorial

from .certain import certainly
from .error_free import ordered_sum, product
from .exponential import LN2_HIGH, LN2_LOW, LOG2_E
from .float_lanes import ROUNDER, Float, Lanes, Mask, polynomial
from .writer import Writer

ERROR = 0.511
"""Ulps that exp is wrong by at most in glibc since 2.28, by the comment in sysdeps/ieee754/dbl-64/e_exp_data.c."""

OWN = 0.006
"""Ulps that the sum of two floats is off by at most: 4 roundings of r³·P(r), and a small part of what r has lost."""

WIDER = 1.037
"""Where the second float could be so many times itself without a change of the rounded sum, it is 0.5/WIDER ulps or
less, and any other float 1 − 0.5/WIDER − OWN ulps from eˣ or more, which is more than ERROR."""

LIMIT = 700.0  # up to this |x| all floats on the way are normal

SQRT2 = 1.4142135623730951, -9.667293313452913e-17

EVEN, ODD = ([1.0 / factorial(k) for k in range(first, 13, 2)] for first in (3, 4))
"""P(r) of eʳ = 1 + r + r²/2 + r³·P(r), |r| ≤ log(2)/4, to 2⁻⁶⁵: the coefficients of even and of odd powers."""


def exponential(m: Lanes, x: Float) -> tuple[Float, Mask]:
    """Return eˣ, and where it is certain that exp(x) is no other number: x = n·log 2 + r, n a multiple of ½.

    That is nowhere where |x| is LIMIT or more, or eʳ rounds to 1, below which ulps are smaller, unless x is 0.
    """
    halves = m.fma(x, LOG2_E, ROUNDER / 2)
    n = m.sub(halves, ROUNDER / 2)
    r, low = _rest(m, x, n)
    whole = m.equal(m.from_bits(m.shift_left(m.bits(halves), 62)), 0.0)
    root, root_low = (m.select(whole, a, b) for a, b in zip((1.0, 0.0), SQRT2, strict=True))
    power, rest = _power(m, r, low)
    high, lost = product(m, root, power)
    high, rest = ordered_sum(m, high, m.fma(root, rest, m.fma(root_low, power, lost)))
    near = m.both(m.equal(m.fma(rest, WIDER, high), high), m.less(m.abs(x), LIMIT))
    near = m.both(near, m.either(m.less(high, 1.0), m.less(1.0, high)))
    exponent = m.shift_left(m.shift_right(m.bits(halves), 1), 52)
    return m.from_bits(m.int_add(m.bits(high), exponent)), m.either(near, m.equal(x, 0.0))


def _rest(m: Lanes, x: Float, n: Float) -> tuple[Float, Float]:
    """Return x − n·log 2 as a sum of two, for |n| < 1100, a multiple of ½: its product with LN2_HIGH is exact."""
    high = m.fma(n, -LN2_HIGH, x)
    r = m.fma(n, -LN2_LOW, high)
    return r, m.fma(n, -LN2_LOW, m.sub(high, r))


def _power(m: Lanes, r: Float, low: Float) -> tuple[Float, Float]:
    """Return eʳ⁺ˡᵒʷ as a sum of two, |r| ≤ log(2)/4: 1 + r + r²/2 exactly, and the rest rounded."""
    square = m.mul(r, r)
    half, lost = product(m, m.mul(r, 0.5), r)
    first, error = ordered_sum(m, 1.0, r)
    power, slip = ordered_sum(m, first, half)
    series = m.fma(r, polynomial(m, square, ODD), polynomial(m, square, EVEN))
    small = m.add(m.add(error, slip), m.fma(low, first, lost))
    return power, m.fma(m.mul(square, r), series, small)


def power_of_e(w: Writer, x: str, n: int) -> str:
    """Write eˣ of a vector of n lanes."""
    return certainly(w, "power_of_e", x, n, exponential, lambda w, x: w.call("double", "exp", [("double", x)]))
