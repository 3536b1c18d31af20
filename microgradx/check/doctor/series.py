"""A number at every point at which a derivation is tried, and how two of them are compared."""

from __future__ import annotations

from collections.abc import Sequence

Series = tuple[float, ...]
"""One number for each point."""

_SAME = 1e-7


def series(by_point: Sequence[Sequence[float]]) -> list[Series]:
    """Return numbers by point as series by place.

    >>> series([[1.0, 2.0], [3.0, 4.0]])
    [(1.0, 3.0), (2.0, 4.0)]
    """
    return list(zip(*by_point, strict=True))


def stays(x: Series) -> bool:
    """Return whether a number is the very same at all points."""
    return len(set(x)) == 1


def is_constant(x: Series) -> bool:
    """Return whether a number is the same at all points but for rounding; one point alone tells nothing."""
    return len(x) > 1 and all(abs(a - x[0]) <= _SAME * abs(x[0]) for a in x)


def equal(x: Series, y: Series, scale: Series | None = None) -> bool:
    """Return whether two numbers are equal at all points but for rounding, relative to a scale: x itself if not given.

    >>> equal((1.0, 2.0), (1.0, 2.0 + 1e-9)), equal((1.0, 2.0), (1.0, 2.1))
    (True, False)
    """
    scale = x if scale is None else scale
    return all(abs(a - b) <= _SAME * abs(c) for a, b, c in zip(x, y, scale, strict=True))
