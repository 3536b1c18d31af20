"""Derive the polynomials of the elementary functions: weighted minimax approximation by Remez's exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from mpmath import mp

Real = Any  # a number of mpmath, which has no types
Function = Callable[[Real], Real]


def minimax(f: Function, weight: Function, degree: int, low: Real, high: Real) -> list[Real]:
    """Return the c₀, c₁, … that make the largest |weight·(f − Σ cₖxᵏ)| on [low, high] least, for a weight ≥ 0.

    Remez's second algorithm (1934) on a grid of Chebyshev points: find the polynomial whose error alternates at as
    many points as there are unknowns, move them to the extrema of its error, until they stand still. All numbers
    have the precision of `mp`.
    """
    unknowns = degree + 2  # the coefficients and the size of the error
    grid = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (32 * unknowns)) for i in range(32 * unknowns + 1)]
    wanted = [weight(x) * f(x) for x in grid]
    basis = [[weight(x) * x**k for k in range(degree + 1)] for x in grid]
    chosen = [32 * i + 16 for i in range(unknowns)]
    for _ in range(30):
        rows = [[*basis[i], (-1) ** place] for place, i in enumerate(chosen)]
        found = list(mp.lu_solve(mp.matrix(rows), mp.matrix([wanted[i] for i in chosen])))[:-1]
        errors = [y - mp.fdot(row, found) for y, row in zip(wanted, basis, strict=True)]
        extrema = _extrema(errors, unknowns)
        if extrema == chosen:
            return found
        chosen = extrema
    raise ArithmeticError(f"no minimax polynomial of degree {degree} found")


def _extrema(errors: Sequence[Real], count: int) -> list[int]:
    """Return where the error is largest in each of `count` neighbouring stretches of one sign."""
    stretches = groupby((i for i in range(len(errors)) if errors[i]), key=lambda i: errors[i] > 0)
    peaks = [max(stretch, key=lambda i: abs(errors[i])) for _, stretch in stretches]
    while len(peaks) > count:
        del peaks[0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1]
    return peaks
