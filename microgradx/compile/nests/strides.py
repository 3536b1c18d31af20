"""Find loops in sequences of places: runs of equal differences, runs of runs, and so on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tape.tape import Ints


class Loop(NamedTuple):
    """`start` and the following items, as many as the product of the extents, the last extent running fastest."""

    start: int
    extents: tuple[int, ...]


def runs(items: Ints, kind: Ints, shortest: int) -> list[int]:
    """Return the lengths of the runs into which items fall: of one kind, with equal differences between neighbours.

    items (n, c), kind (n,). Runs shorter than `shortest`, which is 2 or 3, become single items. Two items always make
    a run, but a longer one has the first claim on its items.

    >>> runs(np.array([[0], [1], [2], [3], [7], [8], [9], [20]]), np.zeros(8, int), 3)
    [4, 3, 1]
    >>> runs(np.array([[0], [5], [7], [12], [14], [19]]), np.zeros(6, int), 2)
    [2, 2, 2]
    """
    n = len(items)
    if n < shortest:
        return [1] * n
    alike = kind[1:] == kind[:-1]
    steps = items[1:] - items[:-1]
    even = (steps[1:] == steps[:-1]).all(axis=1) & alike[1:] & alike[:-1]  # i, i + 1, i + 2 follow one rule
    if n > 2 and even.all():
        return [n]
    uneven = [*np.flatnonzero(~even).tolist(), n - 2]
    starts_run, pairs = [*even.tolist(), False, False], [*alike.tolist(), False]
    lengths, i, next_uneven = [], 0, 0
    while i < n:
        while uneven[next_uneven] < i and next_uneven < len(uneven) - 1:
            next_uneven += 1
        if starts_run[i]:
            length = uneven[next_uneven] + 2 - i
        else:
            length = 2 if shortest == 2 and pairs[i] and not starts_run[i + 1] else 1
        lengths.append(length)
        i += length
    return lengths


def loops(items: Ints, kind: Ints) -> list[Loop]:
    """Return the loops into which consecutive items fold, greedily: runs, then runs of runs of equal shape, and so on.

    items (n, c), kind (n,): a loop holds items of one kind, and each column is affine in its indices.

    >>> loops(np.array([[10 * i + 3 * j] for i in range(4) for j in range(5)]), np.zeros(20, int))
    [Loop(start=0, extents=(4, 5))]
    """
    starts = np.arange(len(items))
    extents: dict[int, tuple[int, ...]] = dict.fromkeys(kind.tolist(), ())  # of the loops of a kind
    while len(starts) > 1:
        lengths = runs(items, kind, 2)
        if len(lengths) == len(starts):
            break
        if len(lengths) == 1:
            return [Loop(0, (*lengths, *extents[int(kind[0])]))]
        heads = np.cumsum([0, *lengths[:-1]])
        following = np.minimum(heads + 1, len(items) - 1)
        steps = map(tuple, (items[following] - items[heads]).tolist())
        shapes: dict[tuple[int, int, tuple[int, ...]], int] = {}
        kinds = []
        for k, length, step in zip(kind[heads].tolist(), lengths, steps, strict=True):
            kinds.append(shapes.setdefault((k, length, step if length > 1 else ()), len(shapes)))
        extents = {new: (length, *extents[k]) if length > 1 else extents[k] for (k, length, _), new in shapes.items()}
        starts, items, kind = starts[heads], items[heads], np.array(kinds, np.int64)
    return [Loop(start, extents[k]) for start, k in zip(starts.tolist(), kind.tolist(), strict=True)]


def variety(items: Ints) -> int:
    """Return how many different steps there are between neighbours among items (n, c): few, if they fold.

    >>> variety(np.array([[10 * i + 3 * j] for i in range(4) for j in range(5)]))
    2
    """
    steps = np.sort(np.diff(hashes(items)))
    return int(np.count_nonzero(steps[1:] != steps[:-1])) + min(len(steps), 1)


def hashes(items: Ints) -> Ints:
    """Return a number for each item (n, c), linear in it: differences of hashes are hashes of differences."""
    weights = np.cumprod(np.full(items.shape[1], 0x5851F42D4C957F2D))  # modulo 2⁶⁴
    return items @ weights
