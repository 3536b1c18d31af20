"""The numbers of a formula as they were written: fractions, so that 0.1 + 0.2 is 0.3."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..floats import evaluate
from ..primitives import power

Exact = Any
"""A Fraction, or a float that is none: inf or NaN."""


def exact(x: float) -> Exact:
    """Return a number as the fraction that it was written as.

    >>> exact(0.1) + exact(0.2)
    Fraction(3, 10)
    """
    return Fraction(repr(x + 0.0) if isinstance(x, float) else x) if math.isfinite(x) else x


def rounded(x: Exact) -> float:
    """Return a number as the nearest float: inf beyond their range.

    >>> rounded(Fraction(10) ** 400)
    inf
    """
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def combined(operation: Callable[[Any, Any], Any], a: Exact, b: Exact) -> Exact:
    """Return a sum or product among fractions; among floats if one of the two is none."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return operation(a, b)
    return operation(rounded(a), rounded(b))


def is_whole(x: Exact) -> bool:
    """Return whether it is a whole number."""
    return math.isfinite(x) and x == int(x)


def raised_number(x: Exact, y: Exact) -> Exact:
    """Return xʸ, among fractions where y is whole and not large."""
    if is_whole(y) and abs(y) <= 64 and math.isfinite(x) and (x != 0 or y > 0):
        return Fraction(x) ** int(y)
    return exact(evaluate(power, (rounded(x), rounded(y)), None))
