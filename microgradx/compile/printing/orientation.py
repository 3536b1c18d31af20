"""Orientation: in which order the numbers of a formula are read: that of the indices of what it computes.

Ranks are numbers that ascend with the indices of a block, the last the fastest. Where those of a factor do not ascend
along the axes of its formula, the block's name alone would say what its indices, or labels, deny.
"""

from __future__ import annotations

import numpy as np

from ..nests.reading import Read
from ..tape.tape import Ints


def orders(ranks: Ints) -> list[tuple[int, Ints]] | None:
    """Return the axes of numbers, the slowest first, and in which order each ascends; None if they have no such order.

    >>> w = np.array([[11, 21], [12, 22]])  # by its indices transposed
    >>> orders(w)
    [(1, array([0, 1])), (0, array([0, 1]))]
    """
    along = [np.moveaxis(ranks, d, 0).reshape(ranks.shape[d], -1)[:, 0] for d in range(ranks.ndim)]
    order = [np.argsort(numbers, kind="stable") for numbers in along]
    if not ascends(ranks[np.ix_(*order)]):
        return None
    steps = [np.diff(np.sort(numbers))[:1].sum() for numbers in along]
    return [(d, order[d]) for d in sorted(range(ranks.ndim), key=lambda d: -steps[d])]


def ascends(ranks: Ints) -> bool:
    """Return whether numbers ascend along each axis, or stay as they are, and alike for all indices of the others.

    >>> ascends(np.array([[11, 12], [21, 22]])), ascends(np.array([[11, 22], [12, 21]]))
    (True, False)
    """
    for d in range(ranks.ndim):
        steps = np.diff(ranks, axis=d)
        first = steps[tuple(slice(None) if axis == d else slice(1) for axis in range(ranks.ndim))]
        if (steps != first).any() or not ((first > 0).all() or (first == 0).all()):
            return False
    return True


def turned(read: Read, axes: list[tuple[int, Ints]]) -> Read:
    """Return what a nest reads, with its axes in such orders."""

    def each(places: Ints) -> Ints:
        at = np.ix_(*[order for _, order in sorted(axes, key=lambda axis: axis[0])])
        return places[at].transpose(*[d for d, _ in axes], -1)

    return read._replace(a=each(read.a), b=None if read.b is None else each(read.b))
