"""Tallies: how many rows of a call went along each path."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np

from ..tape.tape import Ints

Way = TypeVar("Way")


class Tally(Generic[Way]):
    """How many rows of a call of `size` rows took each path, or of all steps of a training, whose rows are added up.

    Rows may be computed more than once in a call: the last path that is noted counts.

    >>> tally = Tally(4)
    >>> tally.note("steep", None)
    >>> tally.note("flat", np.array([1, 3]))
    >>> tally.note("flat", np.array([3]))
    >>> tally["steep"], tally["flat"], tally["none"]
    (2, 2, 0)
    """

    __slots__ = ("_added", "_number", "_size", "_ways")

    def __init__(self, size: int = 0) -> None:
        self._size = size
        self._ways: list[Way] = []
        self._number: Ints | None = None  # of each row's path among these; None while all take the last one
        self._added: dict[Way, int] = {}

    def begin(self) -> None:
        """Forget the rows of an earlier call."""
        self._ways, self._number = [], None

    def note(self, way: Way, order: Ints | None) -> None:
        """Note that some rows, or all, take a path."""
        if order is None:
            self._ways, self._number = [way], None
            return
        ways, number = self._ways, self._number  # another thread may make them anew meanwhile
        if number is None:
            number = self._number = np.full(self._size, len(ways) - 1)
        if way not in ways:
            ways.append(way)
        number[order] = ways.index(way)

    def add(self, way: Way, rows: int) -> None:
        """Count so many more rows."""
        self._added[way] = self._added.get(way, 0) + rows

    def update(self, other: Tally[Way]) -> None:
        """Count the rows of another call, too."""
        for way in other._ways:
            self.add(way, other[way])

    def __getitem__(self, way: Way) -> int:
        added = self._added.get(way, 0)
        if way not in self._ways:
            return added
        if self._number is None:
            return added + self._size
        return added + int((self._number == self._ways.index(way)).sum())
