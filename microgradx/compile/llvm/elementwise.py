"""Nests of all other operations: read the operands, apply the operation to each lane, write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tape import LESS, LESS_EQUAL, name
from .grid import Grid, Term
from .lanes import Lanes, candidates, cursor, read, write
from .loops import INNERMOST, Cursors, Registers, repeat
from .operations import Operations
from .walk import Shape, Tile, tiles
from .writer import Writer, vector_type

SHORT = 8  # operands of an extremum that are written out rather than looped over
STRAIGHT = 16  # vectors up to which a nest is written out without loops


def elementwise_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write a nest of an operation that is no sum."""
    lanes = min(candidates(g, w.target.vector), key=lambda lanes: _cost(g, lanes))
    operation = "less" if g.op == LESS else "less_equal" if g.op == LESS_EQUAL else name(g.op)
    cheap = operation not in Operations.LONG
    shape = Shape(lanes, wide=min(4, max(1, lanes.count)) if cheap else 1)
    points = 1
    for d, n in enumerate(g.extents):
        points *= n if d not in lanes.dimensions else 1
    straight = cheap and points * (lanes.count + bool(lanes.rest)) <= STRAIGHT
    tiles(w, g, shape, lambda tile: _tile(w, g, tile, operation, strict), straight)


def _cost(g: Grid, lanes: Lanes) -> float:
    """Return the cost of reading and writing all points with these lanes."""
    each = 1.0
    for x in (g.out, *g.operands):
        each += 0.0 if x.constant is not None or not lanes.moves(x) else 1.0 if lanes.contiguous(x) else 8.0
    vectors = lanes.count + bool(lanes.rest)
    for d, n in enumerate(g.extents):
        vectors *= n if d not in lanes.dimensions else 1
    return each * vectors


def _tile(w: Writer, g: Grid, tile: Tile, operation: str, strict: bool) -> None:
    m = Operations(w, tile.piece.width, tile.piece.active, strict)
    out = cursor(w, g.out, tile.point)
    at = [(term, cursor(w, term.a, tile.point)) for term in g.terms]
    for i, j in tile.vectors:
        if operation in ("max", "min"):
            result = _extremum(w, m, tile, at, (i, j), getattr(m, operation))
        else:
            operands = [
                read(w, c, tile.piece, data + k * c.operand.steps[INNERMOST], entry + k * c.operand.hops[INNERMOST])
                for term, c in at
                for data, entry in [tile.shifts(c.operand, i, j)]
                for k in range(_length(term))
            ]
            result = getattr(m, operation)(*operands)
        write(w, result, out, tile.piece, *tile.shifts(g.out, i, j))


def _length(term: Term) -> int:
    (length,) = term.loops
    assert isinstance(length, int)
    return length


def _extremum(
    w: Writer, m: Operations, tile: Tile, at: list[Any], vector: tuple[int, int], pick: Callable[[str, str], str]
) -> str:
    """Fold the operands from the first on."""
    best: str | None = None
    for term, c in at:
        data, entry = tile.shifts(c.operand, *vector)

        def step(here: Cursors, held: Registers, data: int = data, entry: int = entry) -> Registers:
            x = read(w, here[0], tile.piece, data, entry)
            return [pick(held[0], x) if held else x]

        length, here = _length(term), (c,)
        if best is None:
            best = step(here, [])[0]
            here, length = _next(w, here), length - 1
        if length > SHORT:
            best = repeat(w, length, here, INNERMOST, 1, [best], vector_type(m.width), step)[1][0]
            continue
        for _ in range(length):
            best = step(here, [best])[0]
            here = _next(w, here)
    assert best is not None
    return best


def _next(w: Writer, at: Cursors) -> Cursors:
    from .loops import onward

    return onward(w, at, INNERMOST, 1)
