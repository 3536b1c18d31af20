"""pow: xʸ = e^(y·log|x|), the logarithm and its product with y as sums of two numbers, because e^ magnifies errors."""

from __future__ import annotations

from .error_free import Pair, ordered_sum, product, product_of_pairs, quotient
from .exponential import LN2_HIGH, LN2_LOW, exp_of_sum
from .float_lanes import Float, Lanes, Mask, clamped, polynomial, signed
from .logarithm import split

INFINITY = float("inf")
NAN = float("nan")
THIRD = (1 / 3, 1.850371707708594e-17)
FIFTH = (1 / 5, -1.1102230246251566e-17)

T = (
    0.14285714285716578,
    0.1111111111000686,
    0.09090909302620839,
    0.07692286457244167,
    0.0666788123322689,
    0.058425278994817295,
    0.05955426143709511,
)


def _series(m: Lanes, s: Pair) -> Pair:
    """Return artanh s − s = s·z·(1/3 + z·(1/5 + z·T(z))), z = s²."""
    z = product_of_pairs(m, s, s)
    fifth, fifth_low = ordered_sum(m, FIFTH[0], m.mul(z[0], polynomial(m, z[0], T)))
    inner, inner_low = product_of_pairs(m, z, (fifth, m.add(fifth_low, FIFTH[1])))
    third, third_low = ordered_sum(m, THIRD[0], inner)
    outer = third, m.add(third_low, m.add(inner_low, THIRD[1]))
    return product_of_pairs(m, s, product_of_pairs(m, z, outer))


def _log(m: Lanes, x: Float) -> Pair:
    """Return log x = k·log 2 + 2·artanh(f/(2 + f)) of x = 2ᵏ·(1 + f) > 0."""
    k, u = split(m, x)
    f = m.sub(u, 1.0)
    s, s_low = quotient(m, (f, 0.0), ordered_sum(m, 2.0, f))
    rest, rest_low = _series(m, (s, s_low))
    total, first = ordered_sum(m, m.mul(k, LN2_HIGH), m.add(s, s))
    total, second = ordered_sum(m, total, m.add(rest, rest))
    low = m.fma(m.add(s_low, rest_low), 2.0, m.fma(k, LN2_LOW, m.add(first, second)))
    return ordered_sum(m, total, low)


def _whole(m: Lanes, x: Float) -> Mask:
    """Return where x ≥ 0 is a whole number."""
    return m.either(m.equal(m.sub(m.add(x, 2.0**52), 2.0**52), x), m.less(2.0**52, x))


def pow(m: Lanes, x: Float, y: Float) -> Float:
    """Return xʸ, with the zeros, infinities and NaN of C's Annex F."""
    base, size = m.abs(x), m.abs(y)
    log, low = _log(m, base)
    log = m.select(m.less(base, INFINITY), m.select(m.equal(base, 0.0), -INFINITY, log), base)
    factor = clamped(m, y, -1e300, 1e300)  # (±1)^±inf is 1, but inf·0 is NaN
    high, rounding = product(m, factor, log)
    finite = m.less(m.abs(high), 800.0)
    low = m.select(finite, m.fma(factor, low, rounding), 0.0)
    result = exp_of_sum(m, clamped(m, high, -800.0, 800.0), low)
    whole, even = _whole(m, size), _whole(m, m.mul(size, 0.5))
    result = m.select(even, result, m.select(whole, signed(m, result, x), result))
    negative = m.both(m.less(x, 0.0), m.less(-INFINITY, x))
    result = m.select(negative, m.select(whole, result, NAN), result)
    return m.select(m.either(m.equal(x, 1.0), m.equal(y, 0.0)), 1.0, result)
