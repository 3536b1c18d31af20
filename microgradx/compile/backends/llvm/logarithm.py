"""log, log1p: x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, and log(1 + f) from s = f/(2 + f), as Ng's fdlibm does (1993)."""

from __future__ import annotations

from .error_free import exact_sum
from .exponential import LN2_HIGH, LN2_LOW
from .float_lanes import BIAS, Float, Lanes, polynomial

INFINITY = float("inf")
NAN = float("nan")
FRACTION = (1 << 52) - 1
SQRT_HALF = 0x3FE6A09E667F3BCD  # the bits of √½
SMALLEST_NORMAL = 2.0**-1022

Q = (
    0.6666666666666734,
    0.39999999999414365,
    0.28571428742466143,
    0.22222198564273507,
    0.18183564832681293,
    0.15314036521438606,
    0.14796100323472697,
)


def split(m: Lanes, x: Float) -> tuple[Float, Float]:
    """Return k and 1 + f of x = 2ᵏ·(1 + f) > 0."""
    tiny = m.less(x, SMALLEST_NORMAL)
    k, u = _split_normal(m, m.select(tiny, m.mul(x, 2.0**54), x))
    return m.select(tiny, m.sub(k, 54.0), k), u


def _split_normal(m: Lanes, x: Float) -> tuple[Float, Float]:
    t = m.int_add(m.bits(x), (BIAS << 52) - SQRT_HALF)
    k = m.sub(m.from_bits(m.int_or(m.shift_right(t, 52), 0x433 << 52)), 2.0**52 + BIAS)
    return k, m.from_bits(m.int_add(m.int_and(t, FRACTION), SQRT_HALF))


def _log(m: Lanes, k: Float, f: Float, low: Float) -> Float:
    """Return k·log 2 + log(1 + f) + low."""
    s = m.div(f, m.add(f, 2.0))
    z = m.mul(s, s)
    half = m.mul(m.mul(f, 0.5), f)
    rest = m.fma(s, m.fma(z, polynomial(m, z, Q), half), m.fma(k, LN2_LOW, low))
    return m.fma(k, LN2_HIGH, m.sub(f, m.sub(half, rest)))


def _edges(m: Lanes, x: Float, result: Float) -> Float:
    """Return the logarithm of x ≤ 0, of inf and of NaN, and elsewhere the result."""
    result = m.select(m.less(x, INFINITY), result, x)
    result = m.select(m.less(x, 0.0), NAN, result)
    return m.select(m.equal(x, 0.0), -INFINITY, result)


def log(m: Lanes, x: Float) -> Float:
    """Return log x."""
    k, u = split(m, x)
    return _edges(m, x, _log(m, k, m.sub(u, 1.0), 0.0))


def log1p(m: Lanes, x: Float) -> Float:
    """Return log(1 + x)."""
    total, error = exact_sum(m, 1.0, x)
    k, u = _split_normal(m, total)
    g = m.sub(u, 1.0)
    error = m.scale(error, m.neg(k))
    f = m.add(g, error)  # x itself where k = 0
    low = m.add(m.sub(g, f), error)
    result = _log(m, k, f, m.fma(low, m.fma(f, f, m.neg(f)), low))
    return m.select(m.equal(x, 0.0), x, _edges(m, total, result))
