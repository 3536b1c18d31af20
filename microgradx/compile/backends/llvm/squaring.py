"""x² in strict mode: the number that the C library's pow(x, 2) gives, mostly without calling it.

x·x is the float nearest to x², and so is pow(x, 2), unless x² is about as near to a second float: pow rounds a number
that is off by a small part of an ulp. Where its error has a known bound, it is asked in these few cases alone.
"""

from __future__ import annotations

from .certain import certainly
from .error_free import product
from .float_lanes import Float, Lanes, Mask
from .writer import Writer, number

ERROR = 0.54
"""Ulps that pow is wrong by at most in glibc since 2.28, by the comment in its sysdeps/ieee754/dbl-64/e_pow.c."""

FAR = 29 / 64
"""Where x·x is within so many ulps of x², any other float is 1 − FAR ulps from it or more, which is more than ERROR."""

TINY = 2.0**-1000  # far below an ulp of each square whose rounding error is a float too


def square(m: Lanes, x: Float) -> tuple[Float, Mask]:
    """Return x·x, and where it is certain that pow(x, 2) is no other number.

    That is nowhere where x² is not finite, or very small, or rounds to a power of 2, below which ulps are smaller.
    """
    whole, rest = product(m, x, x)
    below, above = (m.from_bits(m.int_add(m.bits(whole), step)) for step in (-1, 1))
    down, up = m.sub(whole, below), m.sub(above, whole)
    ulp = m.sub(m.add(down, down), up)
    near = m.less(m.abs(rest), m.sub(m.mul(ulp, FAR), TINY))
    return whole, m.either(near, m.equal(x, 0.0))


def squared(w: Writer, x: str, n: int) -> str:
    """Write x² of a vector of n lanes."""

    def pow(w: Writer, x: str) -> str:
        return w.call("double", "pow", [("double", x), ("double", number(2.0))])

    return certainly(w, "square", x, n, square, pow)
