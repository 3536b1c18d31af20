"""Penalties on parameters: the R(w) that a regularised objective adds to the mean loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .functions import abs as absolute
from .functions import dot, where
from .functions import sum as total


def l1_penalty(parameters: Iterable[Any]) -> Any:
    """Return Σ|w|, which drives small weights to 0.

    >>> l1_penalty([1.0, -2.0])
    3.0
    """
    return total([absolute(w) for w in parameters])


def l2_penalty(parameters: Iterable[Any]) -> Any:
    """Return R = ½ Σw²; the regularised loss is L + λR (CSC 311, lecture 4).

    >>> l2_penalty([1.0, -2.0])
    2.5
    """
    weights = list(parameters)
    return dot(weights, weights) / 2


def lp_penalty(parameters: Iterable[Any], p: float) -> Any:
    """Return Σ|w|ᵖ: the number of weights that are not 0 in the limit p → 0, Σ|w| for p = 1, Σw² for p = 2.

    A weight of exactly 0 has the slope 0, also for p < 1, where the slope beside it is infinite. ValueError unless
    p > 0.

    >>> lp_penalty([1.0, -2.0, 0.0], 3)
    9.0
    """
    if not p > 0.0:
        raise ValueError(f"an Lp penalty needs p > 0, not {p!r}; p = 1 is l1_penalty, and l2_penalty half of p = 2")
    return total([_power(absolute(w), p) for w in parameters])


def _power(size: Any, p: float) -> Any:
    return where(size > 0.0, size**p, size)  # |w| has the slope 0 at 0, and is NaN where w is
