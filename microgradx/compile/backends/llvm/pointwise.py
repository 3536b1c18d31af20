"""Nests without loops inside: read the operands, apply the operations to each lane, write."""

from __future__ import annotations

from collections.abc import Iterator

from ...tape.tape import FIRST_ROW, name
from .grid import Grid
from .lanes import candidates
from .lengths import LONG
from .points import Points
from .schedule import repeated
from .views import Cost, View, reading
from .walk import Shape, Tile, tiles
from .writer import Writer

SIZES = [(high, wide) for high in (1, 2, 4) for wide in (1, 2, 4)]
"""Points and vectors that a tile may have."""


def pointwise_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write nests over the same points whose members have no loops but over these."""
    long = sum(m.op >= FIRST_ROW and name(m.op) in LONG for m in g.members)
    operations = sum(max(1, len(m.operands) // 2) for m in g.members)
    point = Cost(1.5 * operations + 30.0 * long, 3.0 * operations + 40.0 * long)
    best = None
    for view in _views(g, w):
        for high, wide in SIZES[: 1 if long else None]:
            if not _fits(view, high, wide):
                continue
            straight, total = repeated(view, view.tiles(high, wide), _cost(view, point, high, wide))
            if best is None or total < best[0]:
                best = total, (view.lanes, view.across, high, wide), straight
    assert best is not None

    def tile(t: Tile) -> None:
        points = Points(w, g, t, strict, g.members)
        for vector in t.vectors:
            points.finish(vector)

    tiles(w, g, Shape(*best[1]), tile, best[2])


def _views(g: Grid, w: Writer) -> Iterator[View]:
    """Yield the choices of dimensions along the lanes, and across them where not all operands change."""
    for lanes in candidates(g, w.target.vector):
        yield View(g, w.target, lanes, None, w.module.line)
        for d in range(len(g.extents)):
            if d not in lanes.dimensions and not all(x.moves(d) for x in g.loaded):
                yield View(g, w.target, lanes, d, w.module.line)


def _fits(view: View, high: int, wide: int) -> bool:
    highest = 1 if view.across is None else view.g.extents[view.across]
    return wide <= max(1, view.lanes.count) and (high == 1 if view.across is None else 1 < high <= highest)


def _cost(view: View, point: Cost, high: int, wide: int) -> Cost:
    """Return the cost of a tile, where a `point` takes so much besides reading and writing."""
    n = high * wide
    rest = reading((*view.operands, *view.others), high, wide, Cost(0.0, 0.0))
    return Cost(point.cycles * n + rest.cycles, point.lines * n + rest.lines)
