"""x² in strict mode: the number that the C library's pow(x, 2) gives, mostly without calling it.

x·x is the float nearest to x², and so is pow(x, 2), unless x² is about as near to a second float: pow rounds a number
that is off by a small part of an ulp. Where its error has a known bound, it is asked in these few cases alone.
"""

from __future__ import annotations

import os
import sys
from functools import cache

from .arithmetic import Arithmetic
from .error_free import product
from .float_lanes import Float, Lanes, Mask
from .writer import Writer, number, vector_type

ERROR = 0.54
"""Ulps that pow is wrong by at most in glibc since 2.28, by the comment in its sysdeps/ieee754/dbl-64/e_pow.c."""

FAR = 29 / 64
"""Where x·x is within so many ulps of x², any other float is 1 − FAR ulps from it or more, which is more than ERROR."""

TINY = 2.0**-1000  # far below an ulp of each square whose rounding error is a float too


@cache
def is_bounded() -> bool:
    """Return whether the error of this C library's pow is known to be at most `ERROR`."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, ValueError, OSError):  # of another system, or another C library
        return False
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return name == "glibc" and numbers >= [2, 28] and sys.maxsize > 2**32


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
    """Write x² of a vector of n lanes: a call of a function that stands in the kernel's module once."""
    t = vector_type(n)
    w.module.define_once(_function(Writer(w.module.whole), n))
    return w.value(f"call {t} @square{n}({t} {x})")


def _function(w: Writer, n: int) -> str:
    """Return the function as text: the lanes of which x·x is not certain are given to pow, one by one."""
    t = vector_type(n)
    given, found = (w.value(f"alloca {t}, align 8") for _ in range(2))
    whole, certain = square(Arithmetic(w, n), "%x")
    mask = w.value(f"bitcast {vector_type(n, 'i1')} {certain} to i{n}")

    def some() -> list[str]:
        w.do(f"store {t} %x, ptr {given}, align 8")
        w.do(f"store {t} {whole}, ptr {found}, align 8")
        lanes = w.value(f"zext i{n} {w.value(f'xor i{n} {mask}, -1')} to i64")
        w.repeat([("i64", lanes)], lane)
        return [w.value(f"load {t}, ptr {found}, align 8")]

    def lane(left: list[str]) -> tuple[str, list[str]]:
        i = w.call("i64", "llvm.cttz.i64", [("i64", left[0]), ("i1", "true")])
        x = w.value(f"load double, ptr {w.shifted(given, i)}, align 8")
        y = w.call("double", "pow", [("double", x), ("double", number(2.0))])
        w.do(f"store double {y}, ptr {w.shifted(found, i)}, align 8")
        rest = w.value(f"and i64 {left[0]}, {w.value(f'add i64 {left[0]}, -1')}")
        return w.value(f"icmp ne i64 {rest}, 0"), [rest]

    result = w.when(w.value(f"icmp ne i{n} {mask}, -1"), [t], [whole], some)[0]
    lines = "\n".join(w.lines)
    return f"define {t} @square{n}({t} %x) nounwind {{\nentry:\n{lines}\n  ret {t} {result}\n}}"
