"""Blocks: numbers that belong together, and how labels tell that they do.

Weights labelled w1[1,1], w1[1,2], … are the block w1: what stands before the bracket is its name, what stands within
are the indices by which a part of it is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...engine import Value
from ..tape.tape import Ints


def stem(label: str) -> str:
    """Return a label without its indices, on one line: it stands in comments of code, which a new line would end.

    >>> stem("w1[2,3]")
    'w1'
    """
    found = label.partition("[")[0]
    return found if found.isprintable() else "".join(c if c.isprintable() else "�" for c in found)


def numbered(words: Iterable[str]) -> tuple[Ints, list[str]]:
    """Return a number for each word, and the words that they count, "" first.

    >>> numbered(["b", "w", "", "w"])
    (array([1, 2, 0, 2]), ['', 'b', 'w'])
    """
    words = list(words)
    known = {word: i for i, word in enumerate(dict.fromkeys(["", *words]))}
    return np.array([known[word] for word in words], np.int64), list(known)


def stems(leaves: Sequence[Value]) -> tuple[Ints, list[str]]:
    """Return a number for each leaf, equal where labels are but for their indices, and the stems that they count."""
    heads, words = numbered(v.label.partition("[")[0] for v in leaves)
    which, words = numbered(map(stem, words))
    return which[heads], words


def indices(label: str) -> tuple[int, ...]:
    """Return the indices of a label."""
    found = re.fullmatch(r"[^\[]*\[(\d+(?:, ?\d+)*)\]", label)
    return tuple(map(int, found[1].split(","))) if found else ()


Index = Callable[[int], tuple[int, ...]]
"""The indices of a number, by its place."""


@dataclass(frozen=True)
class Block:
    """Numbers that belong together: what they are called, where they stand, and the indices they are known by.

    Without such indices they are counted.
    """

    name: str
    places: Ints
    known_by: Index | None

    @cached_property
    def _index(self) -> dict[int, tuple[int, ...]]:
        places = enumerate(self.places.tolist())
        return {place: (i,) if self.known_by is None else self.known_by(place) for i, place in places}

    @cached_property
    def _sizes(self) -> Counter[tuple[int, ...]]:
        """How many numbers have indices that begin so."""
        return Counter(index[:depth] for index in self._index.values() for depth in range(1, len(index) + 1))

    def part(self, places: Ints) -> str:
        """Return the name of some of the block, given by sorted places."""
        if len(places) == len(self.places):
            return self.name
        some = [self._index[place] for place in places.tolist()]
        for depth in range(len(some[0]), 0, -1):
            prefix = some[0][:depth]
            if all(i[:depth] == prefix for i in some) and len(some) == self._sizes[prefix]:
                return f"{self.name}[{','.join(map(str, prefix))}]"
        first, last = min(some), max(some)
        if len(first) == 1 and last[0] - first[0] == len(some) - 1:
            return f"{self.name}[{first[0]}…{last[0]}]"
        return f"{self.name}[…]"
