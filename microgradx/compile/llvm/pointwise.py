"""Nests without loops inside: read the operands, apply the operations to each lane, write."""

from __future__ import annotations

from ..tape import FIRST_ROW, name
from .grid import Grid
from .lanes import candidates
from .operations import LONG
from .points import Points
from .schedule import Cost, View, repeated
from .walk import Shape, Tile, tiles
from .writer import Writer


def pointwise_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write nests over the same points whose members have no loops but over these."""
    long = sum(m.op >= FIRST_ROW and name(m.op) in LONG for m in g.members)
    best = None
    for lanes in candidates(g, w.target.vector):
        cost = _cost(View(g, w.target, lanes, None, w.module.line), long)
        for wide in (1, 2, 4)[: 1 if long else None]:
            shape = Shape(lanes, wide=wide)
            straight, total = repeated(g, shape, cost.times(wide), w.module.line)
            if wide <= max(1, lanes.count) and (best is None or total < best[0]):
                best = total, shape, straight
    assert best is not None

    def tile(t: Tile) -> None:
        points = Points(w, g, t, strict, g.members)
        for vector in t.vectors:
            points.finish(vector)

    tiles(w, g, best[1], tile, best[2])


def _cost(view: View, long: int) -> Cost:
    """Return the cost of the points in one vector."""
    operations = sum(max(1, len(m.operands) // 2) for m in view.g.members)
    read = [view.use(x).one for x in dict.fromkeys(m for m in view.g.head.operands if m.source is None)]
    return Cost(1.5 * operations + 30.0 * long, 3.0 * operations + 40.0 * long).plus(
        *read, *(use.one for use in view.others)
    )
