"""Pieces: the loop nests into which the nodes of one group fall, before places in memory are handed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from ..tape.tape import Ints
from .strides import Loop, fold, hashes, runs, variety

FEW = 10
"""As many nests for a group, or segments for a nest, as are fine however small they are."""

GOOD = 4
"""As many nests for a group as need not be bettered, or one for each `PLENTY` nodes."""

PLENTY = 128

LARGE = 16
"""A nest of that many nodes is worth having however many there are."""

STEPS = 5
"""As many different steps as one nest may show between its nodes: one for each of its dimensions, one to the next."""


@dataclass(frozen=True)
class Block:
    """n nodes of a group with m terms each, in an order, and where their factors stand.

    nodes    (n,) numbers of the tape: nodes, or entries of these
    a, b     (n, m) places of the factors; 0 for literals and absent ones, whose places decide nothing
    out      (n, c) places of the results, if they are given already (c = 1) and not free (c = 0)
    kind     (m,) kinds of the terms
    folds    whether terms may be folded into loops, as those of a sum, or are operands that differ in meaning
    width    how many numbers that follow each other are entries of one vector
    """

    nodes: Ints
    a: Ints
    b: Ints
    out: Ints
    kind: Ints
    folds: bool
    width: int = 1

    def take(self, rows: Ints) -> Block:
        """Return these nodes of the block, in this order."""
        columns = self.nodes[rows], self.a[rows], self.b[rows], self.out[rows]
        return Block(*columns, self.kind, self.folds)


@dataclass(frozen=True)
class Piece:
    """A nest to be: nodes in row-major order of the extents, and the number of terms of each segment."""

    block: Block
    extents: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return len(self.block.nodes)


class Split(NamedTuple):
    """A block as loops over its nodes, each with segments of these lengths; no loops if they would be too many."""

    block: Block
    lengths: tuple[int, ...]
    loops: list[Loop]

    @property
    def nests(self) -> list[Piece]:
        """One nest for each loop."""
        if len(self.loops) == 1:
            return [Piece(self.block, self.loops[0].extents, self.lengths)]
        return [self._piece(loop) for loop in self.loops]

    @property
    def large(self) -> list[Piece]:
        """The nests that are worth having even if the other nodes follow no rule."""
        few = len(self.lengths) <= FEW
        return [self._piece(loop) for loop in self.loops if few and prod(loop.extents) >= LARGE]

    def _piece(self, loop: Loop) -> Piece:
        rows = np.arange(loop.start, loop.start + prod(loop.extents))
        return Piece(self.block.take(rows), loop.extents, self.lengths)


def pieces(block: Block) -> list[Piece]:
    """Return nests that compute the block: by strides where its nodes follow such rules, by tables where they do not.

    Several orders of the nodes are tried, each as a whole and then parted by the runs that the terms of a node fall
    into. Of an order that leaves too many nests, those that are large stay, and all other nodes become one with tables.
    """
    n = len(block.nodes)
    if n == 1:
        return [Piece(block, (1,), _segments(block))]
    tried: list[list[Split]] = []
    for splits in _candidates(block):
        tried.append(splits)
        if _simple(splits, n) and sum(len(split.loops) for split in splits) <= max(GOOD, n // PLENTY):
            return _nests(splits)
    if simple := [splits for splits in tried if _simple(splits, n)]:
        return _nests(min(simple, key=_segments_in_all))
    large = max(map(_large, tried), key=lambda found: sum(piece.size for piece in found))
    kept = np.concatenate([block.nodes[:0], *[piece.block.nodes for piece in large]])
    return large + _irregular(block.take(np.flatnonzero(~np.isin(block.nodes, kept))))


def _candidates(block: Block) -> Iterator[list[Split]]:
    """Yield ways to split the block, each order of its nodes once, and parts of it only if there are several."""
    given = np.arange(len(block.nodes))
    tried = set()
    for order in (lambda _: given, _by_period, _by_factors):
        rows = order(block)
        if rows.tobytes() in tried:
            continue
        tried.add(rows.tobytes())
        ordered = block if rows is given else block.take(rows)
        yield [_split(ordered)]
        if len(parts := _parted(ordered)) > 1:
            yield [_split(part) for part in parts]


def _simple(splits: list[Split], n: int) -> bool:
    """Return whether there are few nests, of few segments on average."""
    nests = sum(len(split.loops) for split in splits)
    few = nests <= _fine(n) and _segments_in_all(splits) <= FEW * nests
    return few and all(split.loops for split in splits)


def _segments_in_all(splits: list[Split]) -> int:
    return sum(len(split.loops) * len(split.lengths) for split in splits)


def _nests(splits: list[Split]) -> list[Piece]:
    return [piece for split in splits for piece in split.nests]


def _large(splits: list[Split]) -> list[Piece]:
    return [piece for split in splits for piece in split.large]


def _fine(n: int) -> int:
    """Return as how many nests n nodes may well be computed."""
    return max(GOOD, min(FEW, n // 3), n // LARGE)


def _split(block: Block) -> Split:
    lengths = _segments(block)
    columns, steps = _columns(block, lengths)
    return Split(block, lengths, _loops(columns, _numbered(steps), block.width))


def _loops(columns: Ints, kind: Ints, width: int = 1) -> list[Loop]:
    """Return the loops of the columns, each of one dimension at least; none if they would be too many."""
    n = len(columns)
    most = max(STEPS * _fine(n), n // 2)
    if n > most and width == 1 and variety(columns) > most:
        return []
    return [Loop(start, extents or (1,)) for start, extents in fold(columns, kind, width)]


def _segments(block: Block) -> tuple[int, ...]:
    """Return the numbers of terms of segments: in each, the places of every node's factors go by one step."""
    if not block.folds:
        return (1,) * len(block.kind)
    return tuple(runs(np.concatenate([block.a, block.b]).T, block.kind, 3))


def _columns(block: Block, lengths: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return where each node's segments begin, and by which steps they go on."""
    starts = np.cumsum((0, *lengths[:-1]))
    long = starts[np.array(lengths) > 1]
    columns = np.concatenate([block.out, block.a[:, starts], block.b[:, starts]], axis=1)
    steps = np.concatenate([places[:, long + 1] - places[:, long] for places in (block.a, block.b)], axis=1)
    return columns, steps


def _numbered(rows: Ints) -> Ints:
    """Return a number for each row, equal for equal rows, in order of appearance."""
    if len(rows) < 2 or bool((rows[1:] == rows[:-1]).all()):
        return np.zeros(len(rows), np.int64)
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in np.ascontiguousarray(rows)])


def _by_factors(block: Block) -> Ints:
    """Return the order of the nodes by the places of the factors of their first terms, those of parameters first."""
    return np.lexsort([block.b[:, 0], block.a[:, 0]])


def _by_period(block: Block) -> Ints:
    """Return the order in which nodes that stand one period apart follow each other, if there is a period.

    Written out for each example or channel anew, a triangle, say, repeats, although it is no loop itself.
    """
    n = len(block.nodes)
    steps = np.diff(hashes(np.concatenate([block.out, block.a, block.b], axis=1)))
    for period in range(2, n // 2 + 1):
        if n % period == 0 and (steps[period:] == steps[:-period]).all():
            return np.arange(n).reshape(-1, period).T.ravel()
    return np.arange(n)


def _parted(block: Block) -> list[Block]:
    """Return the block parted into nodes whose terms fall into equal runs."""
    if not block.folds:
        return [block]
    steps = np.stack([np.diff(block.a), np.diff(block.b)], axis=-1)
    jumps = np.ones(steps.shape[:2], bool)
    even = (steps[:, 1:] == steps[:, :-1]).all(axis=-1)
    jumps[:, 1:] &= ~even
    jumps[:, :-1] &= ~even
    part = _numbered(np.where(jumps[..., None], 0, steps).reshape(len(steps), -1))
    return [block.take(np.flatnonzero(part == i)) for i in range(part.max() + 1)]


def _irregular(block: Block) -> list[Piece]:
    """Return nests for nodes that follow no rule: some of their factors will stand in tables."""
    breaks = np.flatnonzero(block.kind[1:] != block.kind[:-1]) + 1
    lengths = tuple(np.diff([0, *breaks.tolist(), len(block.kind)]).tolist()) if block.folds else (1,) * len(block.kind)
    columns, _ = _columns(block, lengths)
    kind = np.zeros(len(columns), np.int64)
    regular = [c for c in range(columns.shape[1]) if 0 < len(_loops(columns[:, c : c + 1], kind)) <= FEW]
    loops = _loops(columns[:, regular], kind) if regular else []
    if not 0 < len(loops) <= FEW:
        loops = [Loop(0, (len(block.nodes),))]
    return Split(block, lengths, loops).nests
