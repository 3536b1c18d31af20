"""Blocks: numbers that belong together, and the indices by which parts of them are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..tape.tape import Ints
from .families import grids, in_brackets

SOME = "[…]"
"""Stands for indices that are not told."""


def printable(text: str) -> str:
    """Return a text on one line: it stands in comments of code, which a new line would end.

    >>> printable("a\\nb")
    'a�b'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def stem(label: str) -> str:
    """Return a label without the indices that stand in brackets.

    >>> stem("w1[2,3]")
    'w1'
    """
    return printable(label.partition("[")[0])


def numbered(words: Iterable[str]) -> tuple[Ints, list[str]]:
    """Return a number for each word, and the words that they count, "" first.

    >>> numbered(["b", "w", "", "w"])
    (array([1, 2, 0, 2]), ['', 'b', 'w'])
    """
    words = list(words)
    known = {word: i for i, word in enumerate(dict.fromkeys(["", *words]))}
    return np.array([known[word] for word in words], np.int64), list(known)


class Step(NamedTuple):
    """What a number is called: the name of its block, its indices there, and its label where these do not say it."""

    block: str
    indices: tuple[int, ...]
    label: str = ""

    def prefixed(self, first: str, rest: int = 0) -> Step:
        """Return the same with letters before, or in place of as many of the name."""
        return Step(first + self.block[rest:], self.indices, self.label and first + self.label[rest:])


class Labels:
    """Labels, and what they call numbers: parts of a matrix where they are its indices, see `grids`.

    stems   the name of each one's block

    >>> labels = Labels(["w1[1,1]", "w1[1,2]", "A00", "A01", "b"])
    >>> labels.stems
    ['w1', 'w1', 'A', 'A', 'b']
    >>> labels.step(3)
    Step(block='A', indices=(0, 1), label='A01')
    """

    def __init__(self, labels: Iterable[str], taken: Iterable[str] = ()) -> None:
        self._labels = list(labels)
        self._grids = grids(self._labels, taken)
        self.stems = [self._stem(label) for label in self._labels]

    def _stem(self, label: str) -> str:
        return self._grids[label].stem if label in self._grids else stem(label)

    def step(self, i: int) -> Step:
        """Return what label i calls a number."""
        label = self._labels[i]
        if (member := self._grids.get(label)) is not None:
            return Step(*member, label)
        return Step(self.stems[i], in_brackets(label).indices)


@dataclass(frozen=True)
class Block:
    """Numbers that belong together: what they are called, where they stand, in ascending order, and what each is.

    Without steps they are counted.
    """

    name: str
    places: Ints
    steps: Callable[[], Sequence[Step]] | None = None

    @cached_property
    def _index(self) -> Ints | None:
        """The indices (n, depth); None if they do not tell the numbers apart."""
        if self.steps is None:
            return np.arange(len(self.places))[:, None]
        found = [step.indices for step in self.steps()]
        if len(set(found)) < len(found) or len(set(map(len, found))) != 1:
            return None
        return np.array(found, np.int64).reshape(len(found), -1)

    def ranks(self, places: Ints) -> Ints | None:
        """Return numbers that ascend with the indices at some places, the last the fastest; None if nothing tells.

        >>> Block("w", np.arange(4), lambda: [Step("w", (i, j)) for j in (1, 2) for i in (1, 2)]).ranks(np.arange(4))
        array([0, 2, 1, 3])
        """
        if self._index is None:
            return None
        low = self._index.min(axis=0)
        extents = self._index.max(axis=0) - low + 1
        found = self._index - low
        weights = np.append(np.cumprod(extents[:0:-1])[::-1], 1)[: len(extents)]
        ranks: Ints = (found * weights).sum(axis=1)[np.searchsorted(self.places, places)]
        return ranks

    @cached_property
    def _each(self) -> list[Ints]:
        """All that each of the indices may be."""
        return [] if self._index is None else [np.unique(column) for column in self._index.T]

    def part(self, places: Ints) -> str:
        """Return the name of some of the block, given by sorted places.

        >>> block = Block("w", np.arange(12), lambda: [Step("w", (i, j)) for i in range(3) for j in range(4)])
        >>> for some in (range(12), [5], range(4, 8), [1, 5, 9], [4, 5, 8, 9], [0, 2, 8, 10], [0, 5]):
        ...     print(block.part(np.array(some)))
        w
        w[1,1]
        w[1]
        w[:,1]
        w[1…2,0…1]
        w[0…2 by 2,0…2 by 2]
        w[…]
        """
        if len(places) == len(self.places):
            return self.name
        at = np.searchsorted(self.places, places)
        if len(at) == 1 and self.steps is not None and (label := self.steps()[at.item()].label):
            return label
        return self.name + (SOME if self._index is None else self._indices(self._index, at))

    def _indices(self, index: Ints, at: Ints) -> str:
        some = index[at]
        for depth in range(index.shape[1], 0, -1):
            prefix = some[0, :depth]
            if (some[:, :depth] == prefix).all() and len(some) == (index[:, :depth] == prefix).all(axis=1).sum():
                return f"[{','.join(map(str, prefix))}]"
        along = [np.unique(column) for column in some.T]
        if np.prod([len(values) for values in along]) != len(some):
            return SOME
        words = [_written(values, every) for values, every in zip(along, self._each, strict=True)]
        while words[-1] == ":":
            words.pop()
        return SOME if "" in words else f"[{','.join(words)}]"


def _written(values: Ints, every: Ints) -> str:
    """Return indices in a direction in which there are `every`; "" if they cannot be told in short."""
    if len(values) == len(every):
        return ":" if len(every) > 1 else str(every[0])
    if len(values) == 1:
        return str(values[0])
    steps = np.unique(np.diff(values))
    if len(steps) > 1:
        return ""
    return f"{values[0]}…{values[-1]}" + (f" by {steps[0]}" if steps[0] > 1 else "")


Numbers = list[tuple[int, Step]]
"""Places, and what the numbers there are called."""


def joined(name: str, parts: dict[int, Numbers]) -> Block:
    """Return the block of several parts."""
    numbers = sorted(number for part in parts.values() for number in part)
    return Block(name, np.array([place for place, _ in numbers]), lambda: [step for _, step in numbers])


def vague(name: str, parts: dict[int, Numbers]) -> list[int]:
    """Return which parts of a block cannot be told by their indices.

    >>> parts = {7: [(0, Step("w", (0,))), (1, Step("w", (1,)))], 8: [(2, Step("w", (2,)))]}
    >>> vague("w", parts), vague("w", {7: [*parts[7], (4, Step("w", (4,)))], 8: parts[8]})
    ([], [7])
    """
    if len(parts) == 1:
        return []
    block = joined(name, parts)
    return [i for i, part in parts.items() if block.part(np.sort([place for place, _ in part])).endswith(SOME)]
