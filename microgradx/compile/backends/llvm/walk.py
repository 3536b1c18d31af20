"""Loops over the points of a nest, in tiles: some vectors side by side, at some points along another dimension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from .grid import VECTORS, Count, Grid, Operand
from .lanes import Lanes, Piece
from .writer import Writer

FEW = 32
"""A loop over tiles of fewer steps is shared together with the one over rows: nobody waits long for the last one."""

SLICES = 64
"""So many slices of parameters or somewhat more, a few for each of many threads: each takes some time to hand out."""

Point = list[tuple[str, int, int]]  # for each dimension a value, a factor, and a constant: value·factor + constant


@dataclass(frozen=True)
class Shape:
    """A tile: `wide` vectors along the lanes, each at `high` points along dimension `across`."""

    lanes: Lanes
    across: int | None = None
    high: int = 1
    wide: int = 1


@dataclass(frozen=True)
class Tile:
    """One tile of a nest: where it begins, and how large it is; at the rims smaller than its shape says."""

    shape: Shape
    point: Point
    piece: Piece
    high: int
    wide: int

    @property
    def vectors(self) -> list[tuple[int, int]]:
        """The vectors of the tile: along `across`, along the lanes."""
        return [(i, j) for i in range(self.high) for j in range(self.wide)]

    def shift(self, strides: tuple[int, ...], i: int, j: int) -> int:
        """Return how far vector (i, j) of an operand with these strides is from the first."""
        down = 0 if self.shape.across is None else strides[self.shape.across] * i
        return down + self.shape.lanes.advance(strides) * j

    def shifts(self, x: Operand, i: int, j: int) -> tuple[int, int]:
        """Return how far vector (i, j) of an operand is from the first, in its space and in its table."""
        return self.shift(x.strides, i, j), self.shift(x.entries, i, j)


@dataclass(frozen=True)
class _Steps:
    """`count` steps of `size` points, or vectors, from `start` on, with so many steps `before` them."""

    start: int
    count: Count
    size: int
    piece: Piece | None = None
    before: int = 0


@dataclass(frozen=True)
class _Cut:
    """The slices of a nest: `vectors` along the lanes times `steps` of the outermost loop, so many of these `together`.

    Slices whose numbers are near have the same vectors if `vectors_first`, the same steps if not.
    """

    steps: int
    together: int
    vectors: int
    vectors_first: bool = False


def _steps(extent: int, size: int, piece: Piece | None = None) -> list[_Steps]:
    whole, rest = divmod(extent, size)
    found = [_Steps(0, whole, size, piece)] if whole else []
    return [*found, _Steps(whole * size, 1, rest, piece, whole)] if rest else found


def slices(g: Grid, shape: Shape) -> int:
    """Return how many slices the tiles of a nest are cut into; 1 if the lanes run along all there is."""
    if not _dimensions(g, shape):
        return 1
    cut = _cut(g, shape)
    return cut.vectors * ceil(cut.steps / cut.together)


def _cut(g: Grid, shape: Shape) -> _Cut:
    (d, *_), lanes, wide = _dimensions(g, shape), shape.lanes, shape.wide
    steps = ceil(g.extents[d] / _size(shape, d))
    if _is_along_rows(g, shape):
        return _Cut(steps, 1, lanes.count // wide if steps < FEW and _along_rows(g, shape) else 1)
    vectors = ceil(lanes.count / wide) + bool(lanes.rest)
    return _Cut(steps, min(steps, ceil(steps * vectors / SLICES)), vectors, True)


def _along_rows(g: Grid, shape: Shape) -> bool:
    """Return whether lanes run along the rows of a block, of which some may be missing."""
    lanes = shape.lanes
    return _is_along_rows(g, shape) and lanes.count > 1 and lanes.count % shape.wide == 0


def _is_along_rows(g: Grid, shape: Shape) -> bool:
    return g.rows is not None and shape.lanes.dimensions == (g.rows,)


def tiles(
    w: Writer, g: Grid, shape: Shape, body: Callable[[Tile], None], straight: bool = False, only: str = ""
) -> None:
    """Write the loops over all tiles of a nest, with `body` inside; `straight` writes each tile by itself.

    With `only` it is one of the `slices`, of which that is the number when the code runs.
    """
    dimensions = _dimensions(g, shape)
    steps = {d: _steps(g.extents[d], _size(shape, d)) for d in dimensions}
    cut = _cut(g, shape) if only else _Cut(1, 1, 1)
    first, second = _numbers(w, cut, only)
    each = partial(_each, w, straight=straight)
    some_vectors = partial(_one, w, only=second) if cut.vectors > 1 else each

    def vectors(point: Point, high: int) -> None:
        for part in _vectors(w, g, shape):
            piece = part.piece
            assert piece is not None

            def tile(there: Point, wide: int, piece: Piece = piece) -> None:
                body(Tile(shape, there, piece, high, wide))

            some_vectors(part, shape.lanes.along, shape.lanes.per, point=point, body=tile)

    def walk(remaining: Sequence[int], point: Point, high: int) -> None:
        if not remaining:
            vectors(point, high)
            return
        d, *rest = remaining
        for part in steps[d]:

            def inside(there: Point, size: int, d: int = d, rest: Sequence[int] = rest) -> None:
                walk(rest, there, size if d == shape.across else high)

            if only and d == dimensions[0]:
                _some(w, part, d, first, cut.together, point, inside)
            else:
                each(part, d, 1, point=point, body=inside)

    walk(dimensions, [("", 0, 0)] * len(g.extents), 1)


def _numbers(w: Writer, cut: _Cut, only: str) -> tuple[str, str]:
    """Return the number of the steps, and of the vectors, of the slice of a number."""
    if cut.vectors == 1:
        return only, only
    inner = ceil(cut.steps / cut.together) if cut.vectors_first else cut.vectors
    outer, rest = (w.value(f"{part} i64 {only}, {inner}") for part in ("udiv", "urem"))
    return (rest, outer) if cut.vectors_first else (outer, rest)


def _dimensions(g: Grid, shape: Shape) -> list[int]:
    """Return the dimensions that there are loops for besides the one over vectors, outermost first."""
    return [d for d in range(len(g.extents)) if d not in shape.lanes.dimensions]


def _size(shape: Shape, d: int) -> int:
    return shape.high if d == shape.across else 1


def _vectors(w: Writer, g: Grid, shape: Shape) -> list[_Steps]:
    lanes, wide = shape.lanes, shape.wide
    if _along_rows(g, shape):
        tiles = VECTORS if wide == 1 else w.value(f"udiv i64 {w.value(f'add i64 {VECTORS}, {wide - 1}')}, {wide}")
        return [_Steps(0, tiles if lanes.count > wide else 1, wide, Piece.full(lanes))]
    full = _steps(lanes.count, wide, Piece.full(lanes))
    last = _Steps(lanes.count, 1, 1, Piece.last(lanes), ceil(lanes.count / wide))
    return [*full, last] if lanes.rest else full


def _each(
    w: Writer, part: _Steps, d: int | None, unit: int, point: Point, straight: bool, body: Callable[[Point, int], None]
) -> None:
    """Write a loop over steps along a dimension."""

    def at(value: str, start: int) -> list[str]:
        there = list(point)
        if d is not None:
            there[d] = (value, part.size * unit, start * unit)
        body(there, part.size)
        return []

    if isinstance(part.count, str) or (part.count > 1 and not straight):
        w.loop(part.count, [], lambda index, _: at(index, part.start))
    else:
        for k in range(part.count):
            at("", part.start + k * part.size)


def _one(
    w: Writer, part: _Steps, d: int | None, unit: int, only: str, point: Point, body: Callable[[Point, int], None]
) -> None:
    """Write the step of a number along a dimension, if it is among these."""
    number = w.value(f"sub i64 {only}, {part.before}")

    def step() -> list[str]:
        there = list(point)
        if d is not None:
            there[d] = (number, part.size * unit, part.start * unit)
        body(there, part.size)
        return []

    w.when(w.value(f"icmp ult i64 {number}, {part.count}"), [], [], step)


def _some(
    w: Writer, part: _Steps, d: int, first: str, together: int, point: Point, body: Callable[[Point, int], None]
) -> None:
    """Write those of these steps along a dimension that are in the slice of a number, which has so many together."""
    if together == 1 or part.count == 1:
        _one(w, replace(part, before=part.before // together), d, 1, first, point, body)
        return
    begin = w.value(f"mul i64 {first}, {together}")
    many = w.minimum(w.value(f"sub i64 {part.count}, {begin}"), str(together))

    def step(index: str, _: list[str]) -> list[str]:
        there = list(point)
        there[d] = (w.value(f"add i64 {begin}, {index}"), part.size, part.start)
        body(there, part.size)
        return []

    w.loop(many, [], step)
