"""sin, cos: x = n·π/2 + r with |r| ≤ π/4, π/2 in parts (Cody and Waite 1980), then the polynomial of each quadrant."""

from __future__ import annotations

from .error_free import exact_sum
from .float_lanes import ROUNDER, SIGN, Float, Integer, Lanes, polynomial

LIMIT = 2.0**20
"""The largest |x| whose products n·part are exact."""

TWO_OVER_PI = 0.6366197723675814
PARTS = (
    1.5707963267341256,
    6.077100506303966e-11,
    2.0222662487111665e-21,
    8.4784276603689e-32,
)

S = (
    -0.16666666666666632,
    0.008333333333322415,
    -0.00019841269829808504,
    2.75573136921497e-06,
    -2.505075814881726e-08,
    1.5896797413007077e-10,
)
C = (
    0.0416666666666666,
    -0.0013888888888874125,
    2.4801587289482825e-05,
    -2.75573143524938e-07,
    2.0875723292416833e-09,
    -1.1359648675044424e-11,
)


def _reduced(m: Lanes, x: Float) -> tuple[Integer, Float, Float]:
    """Return the last bits of n, r, and what rounding r has lost, with x = n·π/2 + r."""
    t = m.fma(x, TWO_OVER_PI, ROUNDER)
    n = m.sub(t, ROUNDER)
    first, second, third, fourth = (m.mul(n, -part) for part in PARTS)
    high, second = exact_sum(m, m.add(x, first), second)
    high, third = exact_sum(m, high, third)
    low = m.add(m.add(second, third), fourth)
    r = m.add(high, low)
    return m.bits(t), r, m.add(m.sub(high, r), low)


def _wave(m: Lanes, quarters: Integer, r: Float, low: Float) -> Float:
    """Return sin(quarters·π/2 + r + low)."""
    z = m.mul(r, r)
    half = m.mul(z, 0.5)
    sine = m.add(m.fma(m.mul(z, r), polynomial(m, z, S), m.sub(low, m.mul(low, half))), r)
    top = m.sub(1.0, half)
    rest = m.fma(m.mul(z, z), polynomial(m, z, C), m.sub(m.sub(m.sub(1.0, top), half), m.mul(r, low)))
    cosine = m.add(top, rest)
    even = m.equal(m.from_bits(m.int_and(m.shift_left(quarters, 62), 1 << 62)), 0.0)
    result = m.select(even, sine, cosine)
    return m.from_bits(m.int_xor(m.bits(result), m.int_and(m.shift_left(quarters, 62), SIGN)))


def sin(m: Lanes, x: Float) -> Float:
    """Return sin x for |x| ≤ LIMIT."""
    result = _wave(m, *_reduced(m, x))
    return m.select(m.less(m.abs(x), 2.0**-27), x, result)  # the sign of −0.0


def cos(m: Lanes, x: Float) -> Float:
    """Return cos x for |x| ≤ LIMIT."""
    quarters, r, low = _reduced(m, x)
    return _wave(m, m.int_add(quarters, 1), r, low)
