"""Nests without loops inside: read the operands, apply the operations to each lane, write."""

from __future__ import annotations

from ..tape import FIRST_ROW, name
from .grid import Grid
from .lanes import Lanes, candidates
from .operations import LONG
from .points import Points
from .walk import Shape, Tile, tiles
from .writer import Writer

STRAIGHT = 16  # vectors up to which a nest of few members is written out without loops
ABREAST = 8  # operations on vectors in one round of a loop


def pointwise_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write nests over the same points whose members have no loops but over these."""
    lanes = min(candidates(g, w.target.vector), key=lambda lanes: _cost(g, lanes))
    long = any(m.op >= FIRST_ROW and name(m.op) in LONG for m in g.members)
    wide = 1 if long else max(1, min(4, ABREAST // len(g.members), lanes.count))
    straight = not long and _vectors(g, lanes) * len(g.members) <= STRAIGHT

    def tile(t: Tile) -> None:
        points = Points(w, g, t, strict, g.members)
        for vector in t.vectors:
            points.finish(vector)

    tiles(w, g, Shape(lanes, wide=wide), tile, straight)


def _cost(g: Grid, lanes: Lanes) -> float:
    """Return the cost of reading and writing all points with these lanes."""
    each = float(len(g.members))
    for x in (*g.outs, *g.loaded):
        each += 0.0 if x.constant is not None else 0.5 if not lanes.moves(x) else 1.0 if lanes.contiguous(x) else 8.0
    return each * _vectors(g, lanes)


def _vectors(g: Grid, lanes: Lanes) -> int:
    vectors = lanes.count + bool(lanes.rest)
    for d, n in enumerate(g.extents):
        vectors *= n if d not in lanes.dimensions else 1
    return vectors
