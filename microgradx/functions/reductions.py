"""Functions of a whole sequence of numbers: sums, extremes, and the softmax family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import primitives as rows
from ..apply import apply
from ..errors import ShapeError
from .elementwise import detach, exp


def sum(values: Iterable[Any]) -> Any:
    """Return Σ values as one node, added from left to right; 0.0 of nothing.

    >>> sum([0.1, 0.2, 0.3])
    0.6000000000000001
    """
    terms = tuple(values)
    return apply(rows.total, terms) if terms else 0.0


def dot(x: Iterable[Any], y: Iterable[Any]) -> Any:
    """Return Σ xᵢyᵢ as one node, added from left to right; 0.0 of nothing. ShapeError if the lengths differ.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    xs, ys = tuple(x), tuple(y)
    if len(xs) != len(ys):
        raise ShapeError(f"dot needs two sequences of one length, not {len(xs)} and {len(ys)}")
    return apply(rows.dot, xs, ys) if xs else 0.0


def max(*values: Any) -> Any:
    """Return the largest of the arguments, or of one sequence; ties share the derivative equally.

    The others get the error signal 0, and 0·inf is NaN: where an operand that loses may have an infinite slope, as √x
    has at 0, write `where(x > 1, lambda: sqrt(x), 1.0)`, whose branch not taken gets none.

    >>> max(1.0, 3.0, 2.0), max([1.0, 3.0])
    (3.0, 3.0)
    """
    return apply(rows.maximum, _terms("max", values))


def min(*values: Any) -> Any:
    """Return the smallest of the arguments, or of one sequence; ties share the derivative equally.

    >>> min(1.0, 3.0, 2.0), min([1.0, 3.0])
    (1.0, 1.0)
    """
    return apply(rows.minimum, _terms("min", values))


def logsumexp(values: Iterable[Any]) -> Any:
    """Return log Σ e^xᵢ as one node, finite whenever the result is.

    >>> logsumexp([800.0, 800.0])
    800.6931471805599
    """
    return apply(rows.logsumexp, _terms("logsumexp", (tuple(values),)))


def log_softmax(values: Iterable[Any]) -> list[Any]:
    """Return the list xᵢ − log Σ e^xⱼ, the logarithms of `softmax`, finite for any finite x.

    >>> log_softmax([800.0, 0.0])
    [0.0, -800.0]
    """
    xs = _terms("log_softmax", (tuple(values),))
    shift = detach(max(xs))  # the differences keep digits that the sum of a large maximum would lose
    shifted = [x - shift for x in xs]
    total = logsumexp(shifted)
    return [x - total for x in shifted]


def softmax(values: Iterable[Any]) -> list[Any]:
    """Return the list e^xᵢ / Σ e^xⱼ: K probabilities that add up to 1.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    xs = _terms("softmax", (tuple(values),))
    shift = detach(max(xs))  # changes no value, but keeps every power in range
    e = [exp(x - shift) for x in xs]
    total = sum(e)
    return [eᵢ / total for eᵢ in e]


def _terms(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    terms = tuple(values[0]) if len(values) == 1 and isinstance(values[0], Iterable) else tuple(values)
    if not terms:
        raise ValueError(f"{name} of no numbers is undefined; give it at least one")
    return terms
