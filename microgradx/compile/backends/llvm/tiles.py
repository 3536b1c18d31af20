"""Nests of sums of products, tile by tile: accumulators in registers, the loops of the sum inside.

There are three ways to add up a term, and a tile may use another for each:

    outer     one step of the loop adds one product to each lane
    squares   the same, but an operand that runs along the loop and not along the lanes is read in squares of numbers,
              which are transposed
    dots      vectors run along the loop, one for each lane, and are added across at the end: another order of
              additions, so not in strict mode
"""

from __future__ import annotations

from math import prod

from .dots import dots
from .grid import Grid, Member
from .points import Points
from .schedule import Schedule, schedule
from .sharing import is_large, shared
from .squares import squares
from .sums import ZERO, Sums, outer
from .walk import slices, tiles
from .writer import Writer

METHODS = {"outer": outer, "squares": squares, "dots": dots}


def sum_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write a nest of sums of products, and the members that go on from there."""
    chosen = schedule(g, w.target, strict, w.module.line)

    def write(w: Writer, only: str = "") -> None:
        tiles(w, g, chosen.shape, lambda tile: _tile(Sums(w, tile, strict, g.block), g, chosen), chosen.straight, only)

    if is_large(g) and (count := slices(g, chosen.shape)) > 1:
        shared(w, count, write)
    else:
        write(w)


def _tile(s: Sums, g: Grid, chosen: Schedule) -> None:
    tile = s.tile
    points = Points(s.w, g, tile, s.strict, g.members[1:])
    onto = g.head.adds and (not s.strict or _one_a_row(g.head))
    sums = [points.current(g.head, vector) if onto else s.splat(ZERO) for vector in tile.vectors]
    ways = list(zip(g.head.terms, chosen.methods, strict=True))
    if not s.strict:  # what is at hand first: then nothing waits behind a long sum
        ways.sort(key=lambda way: prod(n if isinstance(n, int) else g.block for n in way[0].loops))
    for term, method in ways:
        sums = METHODS[method](s, term, sums)
    for total, vector in zip(sums, tile.vectors, strict=True):
        if g.head.adds and not onto:
            total = s.w.value(f"fadd {s.type} {points.current(g.head, vector)}, {total}")
        points.finish(vector, total)


def _one_a_row(m: Member) -> bool:
    """Whether each row has one product: only then may it be added to the others' before a row's own sum is complete."""
    return len(m.terms) == 1 and all(isinstance(count, str) for count in m.terms[0].loops)
