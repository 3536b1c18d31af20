"""Packing: the arguments of a batch as one matrix of the tape's inputs, and gradients with respect to them back.

The tape's inputs are columns: entries of the arguments, or, of an argument that is a run-time integer, one column for
each category, 1.0 where the integer is that category.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import accumulate, pairwise
from math import prod

import numpy as np

from ..rows.arguments import Batch, Shape
from ..tape.tape import Floats, Ints
from ..tracing.recording import Column


@dataclass(frozen=True, eq=False, slots=True)
class _Lookups:
    """Categories of entries of an argument: the entry and the category of each column; each entry, and its last one."""

    taken: Ints
    categories: Floats
    entries: Ints
    last: Floats


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns [start, stop) of the matrix: entries [first, …) of one argument, or categories of some of its entries."""

    argument: int
    first: int
    start: int
    stop: int
    lookups: _Lookups | None = None

    @property
    def entries(self) -> slice:
        """Which entries of the argument, counted through it, its columns are."""
        return slice(self.first, self.first + self.stop - self.start)


class Packer:
    """How the columns of a tape's inputs come from the arguments, and where their derivatives go back to.

    >>> from microgradx.compile.rows.arguments import batch
    >>> packer = Packer((Column(0, (0,)), Column(0, (1,)), Column(1)), ((2,), ()), ("x", "y"))
    >>> packer.matrix(batch([[[1, 2], [3, 4]], [5, 6]], ["x", "y"], frozenset())).tolist()
    [[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]]
    """

    def __init__(
        self,
        columns: Sequence[Column],
        shapes: Sequence[Shape],
        names: Sequence[str],
        indices: frozenset[int] = frozenset(),
    ) -> None:
        self._names = names
        self._shapes = tuple(shapes)
        self.width = len(columns)
        self._blocks = _blocks(columns, shapes)
        sizes = [0 if a in indices else prod(shape) for a, shape in enumerate(shapes)]
        self._firsts = [0, *accumulate(sizes)]
        self._numbers = sum(sizes)
        self._moves = [
            (
                block,
                block.start if shapes[block.argument] == () and not block.lookups else slice(block.start, block.stop),
                None if shapes[block.argument] in ((), (block.stop - block.start,)) else block.entries,
            )
            for block in self._blocks
        ]
        self._looked_up = [(block, block.lookups) for block in self._blocks if block.lookups is not None]
        self._real = [block for block in self._blocks if block.argument not in indices]
        self._as_it_is = self._blocks == [_Block(0, 0, 0, self.width)] and shapes[0] == (self.width,)

    def matrix(self, rows: Batch, into: Floats | None = None) -> Floats:
        """Return the inputs of a batch, (n, inputs) in C order; `into` is memory for them, if it fits."""
        if self._as_it_is and rows.arrays[0].flags.c_contiguous:
            return rows.arrays[0]
        shape = rows.size, self.width
        matrix = np.empty(shape) if into is None or into.shape != shape else into
        for block, place, entries in self._moves:
            x = rows.arrays[block.argument]
            if block.lookups is not None:
                matrix[:, place] = self._flat(rows, block)[:, block.lookups.taken] == block.lookups.categories
            elif x.ndim < 2:
                matrix[:, place] = x
            else:
                flat = self._flat(rows, block)
                _copy(matrix[:, place], flat if entries is None else flat[:, entries])
        return matrix

    def check(self, rows: Batch, order: Ints | None = None) -> None:
        """Raise IndexError if, in one of these rows, an index is out of the range of what it looks up."""
        for block, lookups in self._looked_up:
            some, last = self._flat(rows, block), lookups.last
            found = (some if order is None else some[order])[:, lookups.entries]
            wrong = (found < 0) | (found > last)
            if wrong.any():
                row, i = map(int, np.argwhere(wrong)[0])
                x, row = int(found[row, i]), row if order is None else int(order[row])
                place = [row, *map(int, np.unravel_index(lookups.entries[i], self._shapes[block.argument]))]
                raise IndexError(
                    f"{self._names[block.argument]}{place} is {x}, but what it looks up has "
                    f"{int(last[i]) + 1} entries: an index is a whole number from 0 to {int(last[i])}"
                )

    def _flat(self, rows: Batch, block: _Block) -> Floats:
        x = rows.arrays[block.argument]
        return x if x.ndim == 2 else x.reshape(rows.size, prod(self._shapes[block.argument]))

    def dense(self, columns: Floats) -> Floats:
        """Return what belongs to inputs, (n, inputs, …), for every number of a row in order, (n, numbers, …).

        What is no input of the tape gets 0. The numbers are those of all arguments but the indices, with respect to
        which nothing has a derivative.
        """
        found = np.zeros((len(columns), self._numbers, *columns.shape[2:]))
        for block in self._real:
            first = self._firsts[block.argument] + block.first
            found[:, first : first + block.stop - block.start] = columns[:, block.start : block.stop]
        return found

    def spread(self, dense: Floats) -> Floats:
        """Return numbers for every number of a row, (n, numbers), at the places of the inputs, (n, inputs).

        The categories of an index get 0.
        """
        found = np.zeros((len(dense), self.width))
        for block in self._real:
            first = self._firsts[block.argument] + block.first
            found[:, block.start : block.stop] = dense[:, first : first + block.stop - block.start]
        return found


def _copy(to: Floats, x: Floats) -> None:
    """Copy rows: each as one item where its numbers stand side by side, in a fraction of the time for short ones."""
    count = x.shape[1]
    if x.strides[1] == 8 and count:
        item = _side_by_side(count)
        to.view(item)[:] = x.view(item)
    else:
        to[:] = x


@lru_cache(maxsize=100)
def _side_by_side(count: int) -> np.dtype[np.void]:
    """Return the type of so many numbers as one item; to make it takes longer than to copy a hundred."""
    return np.dtype((np.void, 8 * count))


def _flat(place: Sequence[int], shape: Shape) -> int:
    """Return which entry of a shape stands in a place, counted through it: of a few places NumPy takes far longer.

    >>> _flat((2, 1), (4, 3))
    7
    """
    found = 0
    for i, n in zip(place, shape, strict=True):
        found = found * n + i
    return found


def _blocks(columns: Sequence[Column], shapes: Sequence[Shape]) -> list[_Block]:
    """Return the columns as blocks, each as long as it runs through one argument, or through categories of it."""
    entry = cache(lambda argument, place: _flat(place, shapes[argument]))  # which have many categories each
    flat = [entry(argument, place) for argument, place, _ in columns]
    # What is the same for all columns of a block: of categories the argument, else also how far the entries are behind.
    alike = [(a, i - at if c is None else None) for i, (at, (a, _, c)) in enumerate(zip(flat, columns, strict=True))]
    starts = [i for i, here in enumerate(alike) if not i or here != alike[i - 1]]
    found = []
    for start, stop in pairwise([*starts, len(columns)]):
        lookups = None
        if columns[start].category is not None:
            taken, categories = flat[start:stop], [c.category or 0 for c in columns[start:stop]]
            last = dict(sorted(zip(taken, categories, strict=True)))
            whole, real = (partial(np.array, dtype=kind) for kind in (np.int64, np.float64))
            lookups = _Lookups(whole(taken), real(categories), whole([*last]), real([*last.values()]))
        found.append(_Block(columns[start].argument, flat[start], start, stop, lookups))
    return found
