"""Loops over the points of a nest, in tiles: so many vectors side by side, and so many points along another dimension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .grid import Grid, Operand
from .lanes import Lanes, Piece
from .writer import Writer

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
        """How far vector (i, j) of an operand with these strides is from the first."""
        down = 0 if self.shape.across is None else strides[self.shape.across] * i
        return down + self.shape.lanes.advance(strides) * j

    def shifts(self, x: Operand, i: int, j: int) -> tuple[int, int]:
        """How far vector (i, j) of an operand is from the first, in its space and in its table."""
        return self.shift(x.strides, i, j), self.shift(x.entries, i, j)


@dataclass(frozen=True)
class _Block:
    """`count` steps of `size` points, or vectors, from `start` on."""

    start: int
    count: int
    size: int
    piece: Piece | None = None


def _blocks(extent: int, size: int, piece: Piece | None = None) -> list[_Block]:
    whole, rest = divmod(extent, size)
    found = [_Block(0, whole, size, piece)] if whole else []
    return [*found, _Block(whole * size, 1, rest, piece)] if rest else found


def tiles(w: Writer, g: Grid, shape: Shape, body: Callable[[Tile], None], unrolled: bool = False) -> None:
    """Write the loops over all tiles of a nest, with `body` inside; `unrolled` writes each tile by itself."""
    lanes = shape.lanes
    per_dimension: list[tuple[int | None, list[_Block]]] = []
    for d, extent in enumerate(g.extents):
        if d not in lanes.dimensions:
            per_dimension.append((d, _blocks(extent, shape.high if d == shape.across else 1)))
    full = _blocks(lanes.count, shape.wide, Piece.full(lanes))
    rest = [_Block(lanes.count, 1, 1, Piece.last(lanes))] if lanes.rest else []
    per_dimension.append((lanes.along, full + rest))
    _walk(w, shape, per_dimension, [("", 0, 0)] * len(g.extents), (1, 1), Piece.full(lanes), body, unrolled)


def _walk(
    w: Writer,
    shape: Shape,
    remaining: list[tuple[int | None, list[_Block]]],
    point: Point,
    size: tuple[int, int],
    piece: Piece,
    body: Callable[[Tile], None],
    unrolled: bool,
) -> None:
    if not remaining:
        body(Tile(shape, point, piece, *size))
        return
    (d, blocks), *following = remaining
    vectors = d is None or d == shape.lanes.along
    unit = shape.lanes.per if vectors else 1
    for block in blocks:
        high, wide = (size[0], block.size) if vectors else (block.size if d == shape.across else size[0], size[1])
        inside = block.piece or piece

        def step(value: str, constant: int, block: _Block = block, inside: Piece = inside, high: int = high, wide: int = wide) -> None:
            there = list(point)
            if d is not None:
                there[d] = (value, block.size * unit, constant * unit)
            _walk(w, shape, following, there, (high, wide), inside, body, unrolled)

        if block.count == 1 or unrolled:
            for k in range(block.count):
                step("", block.start + k * block.size)
        else:
            w.loop(block.count, [], lambda index, _, step=step, block=block: step(index, block.start) or [])  # type: ignore[misc]
