"""The numbers in the rules of elementary functions, derived again: minimax polynomials, constants in parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from microgradx.compile.backends.llvm import exponential, logarithm, power, trigonometric

from .minimax import minimax


@pytest.fixture(autouse=True)
def _precise() -> Iterator[None]:
    with mp.workprec(250):
        yield


def _root(f: Callable[[Any], Any], at_zero: Any) -> Callable[[Any], Any]:
    """Return z ↦ f(√z), continued to z = 0."""
    return lambda z: f(mp.sqrt(z)) if z else at_zero


def _beyond_fifth(s: Any) -> Any:
    """Return (artanh s − s − s³/3 − s⁵/5)/s⁷."""
    return (mp.atanh(s) - s - s**3 / 3 - s**5 / 5) / s**7


def _square(x: Any) -> Any:
    return x**2


def _one(x: Any) -> Any:
    return mpf(1)


def _polynomials() -> list[tuple[tuple[float, ...], Any, Any, int, Any, Any]]:
    """Return coefficients, what they approximate, the weight of its error, degree, interval: a bit more than needed."""
    more = 1 + mpf("1e-4")
    r, z, a = mp.log(2) / 2 * more, (3 - 2 * mp.sqrt(2)) ** 2 * more, (mp.pi / 4 * more) ** 2
    # fmt: off
    return [
        (exponential.EXP, lambda x: mp.hyp1f1(1, 3, x) / 2, lambda x: _square(x) + mpf(2) ** -8, 9, -r, r),
        (exponential.EXPM1, lambda x: mp.hyp1f1(1, 4, x) / 6, _one, 9, -r, r),
        (logarithm.Q, _root(lambda s: (2 * mp.atanh(s) / s - 2) / s**2, mpf(2) / 3), lambda z: z, 6, mpf(0), z),
        (power.T, _root(_beyond_fifth, mpf(1) / 7), lambda z: z**3, 6, mpf(0), z),
        (trigonometric.S, _root(lambda s: (mp.sin(s) / s - 1) / s**2, -mpf(1) / 6), lambda z: z, 5, mpf(0), a),
        (trigonometric.C, _root(lambda s: (mp.cos(s) - 1 + s**2 / 2) / s**4, mpf(1) / 24), _square, 5, mpf(0), a),
    ]
    # fmt: on


@pytest.mark.parametrize("place", range(6))
def test_coefficients_are_minimax(place: int) -> None:
    """Every coefficient is that of the minimax polynomial, rounded to the nearest float."""
    coefficients, *wanted = _polynomials()[place]
    assert list(map(float, minimax(*wanted))) == list(coefficients)


def test_minimax_alternates() -> None:
    """The best polynomial of degree 1 for x² on [−1, 1] is ½, of degree 3 for x⁴ is x² − ⅛, as Chebyshev found."""
    line = minimax(_square, _one, 1, mpf(-1), mpf(1))
    cubic = minimax(lambda x: x**4, _one, 3, mpf(-1), mpf(1))
    assert [*map(float, line), *map(float, cubic)] == pytest.approx([0.5, 0.0, -0.125, 0.0, 1.0, 0.0], abs=1e-30)


def test_constants() -> None:
    """Constants in parts add up to the number, to the bit; all parts but the last leave room for exact products."""
    cases = [
        ([exponential.LOG2_E], 1 / mp.log(2), 53, 53),
        ([exponential.LN2_HIGH, exponential.LN2_LOW], mp.log(2), 42, 94),
        (power.THIRD, mpf(1) / 3, 53, 106),
        (power.FIFTH, mpf(1) / 5, 53, 106),
        ([trigonometric.TWO_OVER_PI], 2 / mp.pi, 53, 53),
        (trigonometric.PARTS, mp.pi / 2, 33, 150),
    ]
    for parts, number, bits, total in cases:
        assert abs(sum(map(mpf, parts)) / number - 1) <= mpf(2) ** -total
        assert all(part * 2.0**bits % math.ulp(part) == 0 and Fraction(part).numerator < 2**bits for part in parts[:-1])
    assert np.float64(0.5**0.5).view(np.int64) in (logarithm.SQRT_HALF, logarithm.SQRT_HALF - 1)
