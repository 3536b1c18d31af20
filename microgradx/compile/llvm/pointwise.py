"""Nests without loops inside: read the operands, apply the operations to each lane, write."""

from __future__ import annotations

from ..tape import FIRST_ROW, name
from .grid import Grid
from .lanes import candidates
from .operations import LONG
from .points import Points
from .schedule import Cost, reading, repeated
from .target import Target
from .walk import Shape, Tile, tiles
from .writer import Writer

def pointwise_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write nests over the same points whose members have no loops but over these."""
    long = sum(m.op >= FIRST_ROW and name(m.op) in LONG for m in g.members)
    shapes = [
        Shape(lanes, wide=wide)
        for lanes in candidates(g, w.target.vector)
        for wide in (1, 2, 4)
        if wide <= max(1, lanes.count) and not (wide > 1 and long)
    ]
    costs = [repeated(g, shape, _cost(g, shape, w.target, long)) for shape in shapes]
    best = min(range(len(shapes)), key=lambda i: costs[i][1])

    def tile(t: Tile) -> None:
        points = Points(w, g, t, strict, g.members)
        for vector in t.vectors:
            points.finish(vector)

    tiles(w, g, shapes[best], tile, costs[best][0])


def _cost(g: Grid, shape: Shape, target: Target, long: int) -> Cost:
    """Return the cost of one tile."""
    operations = sum(max(1, len(m.operands) // 2) for m in g.members)
    work = Cost(1.5, 3.0).times(operations * shape.wide).plus(Cost(30.0, 40.0).times(long * shape.wide))
    sources = dict.fromkeys(g.loaded)
    return work.plus(*(reading(x, shape, target) for x in [*sources, *g.outs, *(m.out for m in g.members if m.adds)]))
