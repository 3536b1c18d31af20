"""Pieces: the loop nests into which the nodes of one group fall, before places in memory are handed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from math import prod
from typing import NamedTuple

import numpy as np

from ..tape.tape import NONE, Ints
from .blocks import Block, Piece
from .strides import Loop, hashes, loops, runs, variety

FEW = 10
"""As many nests for a group, or segments for a nest, as are fine however small they are."""

GOOD = 4
"""As many nests for a group as need not be bettered, or one for each `PLENTY` nodes."""

PLENTY = 128

LARGE = 16
"""A nest of that many nodes is worth having however many there are."""

SHORTEST = 3
"""As many terms make a segment; two would be one by whatever step."""

STEPS = 5
"""As many different steps as one nest may show between its nodes: one for each of its dimensions, one to the next."""


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
        rows = np.arange(loop.start, loop.start + prod(loop.extents) // self.block.width)
        return Piece(self.block.take(rows), loop.extents, self.lengths)


def pieces(block: Block) -> list[Piece]:
    """Return nests that compute the block: by strides where its nodes follow such rules, by tables where they do not.

    Several orders of the nodes are tried, each as a whole and then parted by the runs that the terms of a node fall
    into. Of an order that leaves too many nests, those that are large stay, and all other nodes become one with tables.
    """
    block = block if _loops_over_vectors(block) else block.expanded()
    n = len(block.nodes) * block.width
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
    block = block.expanded()
    kept = np.concatenate([block.nodes[:0], *[piece.block.numbers() for piece in large]])
    return large + _irregular(block.take(np.flatnonzero(~np.isin(block.nodes, kept))))


def _loops_over_vectors(block: Block) -> bool:
    """Return whether the entries of each vector make one loop, which number by number would be found to be one too."""
    v = block.vectors
    if v is None:
        return True
    if v.width > 1:
        _, long = _starts(_segments(block))
        after = [start + 1 for start in long]
        return v.width > 2 and all(bool((apart[:, after] == apart[:, long]).all()) for apart in (v.a, v.b))
    inner = v.terms > 1
    joined = (inner[1:] | inner[:-1]) & (block.kind[1:] == block.kind[:-1])  # they might go on from each other
    return not joined.any() and bool((v.terms[inner] > 2).all())


def _candidates(block: Block) -> Iterator[list[Split]]:
    """Yield ways to split the block, each order of its nodes once, and parts of it only if there are several."""
    yield [_split(block)]
    block = block.expanded()
    given = np.arange(len(block.nodes))
    tried = set()
    for order in (lambda _: given, _by_period, _by_factors):
        rows = order(block)
        if rows.tobytes() in tried:
            continue
        tried.add(rows.tobytes())
        ordered = block if rows is given else block.take(rows)
        if rows is not given:
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
    inner = () if width == 1 else (width,)
    return [Loop(start, (*extents, *inner) or (1,)) for start, extents in loops(columns, kind)]


def _segments(block: Block) -> tuple[int, ...]:
    """Return the numbers of columns of segments: in each, the places of every node's factors go by one step."""
    if not block.folds or len(block.kind) < SHORTEST:
        return (1,) * len(block.kind)
    kind, places, v = block.kind, [block.a, block.b], block.vectors
    if v is not None:
        kind = np.where(v.terms > 1, NONE - np.arange(len(kind)), kind)  # each inner product is a segment
        places += [v.a, v.b]
    return tuple(runs(np.concatenate(places).T, kind, SHORTEST))


def _starts(lengths: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Return the first column of each segment, and of each of several columns."""
    starts = list(accumulate(lengths[:-1], initial=0))
    return starts, [start for start, length in zip(starts, lengths, strict=True) if length > 1]


def _columns(block: Block, lengths: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return where each node's segments begin, and by which steps they go on, from term to term or entry to entry."""
    starts, long = _starts(lengths)
    columns = np.concatenate([block.out, block.a[:, starts], block.b[:, starts]], axis=1)
    steps = [columns[:, :0]]
    if long:
        after = [start + 1 for start in long]
        steps += [places[:, after] - places[:, long] for places in (block.a, block.b)]
    if block.vectors is not None:
        steps += [block.vectors.a[:, starts], block.vectors.b[:, starts]]
    return columns, np.concatenate(steps, axis=1) if len(steps) > 1 else steps[0]


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
    found = _loops(columns[:, regular], kind) if regular else []
    if not 0 < len(found) <= FEW:
        found = [Loop(0, (len(block.nodes),))]
    return [replace(piece, even=False) for piece in Split(block, lengths, found).nests]
