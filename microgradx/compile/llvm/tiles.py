"""Nests of sums of products, tile by tile: accumulators in registers, the loops of the sum inside.

There are three ways to add up a term, and a tile may use another for each:

    outer     one step of the loop adds one product to each lane
    squares   the same, but an operand that runs along the loop and not along the lanes is read in squares of numbers,
              which are transposed
    dots      vectors run along the loop, one for each lane, and are added across at the end: another order of
              additions, so not in strict mode
"""

from __future__ import annotations

from .dots import dots
from .grid import Grid
from .lanes import cursor, read, write
from .schedule import Schedule, schedule
from .squares import squares
from .sums import ZERO, Sums, outer
from .walk import tiles
from .writer import Writer

METHODS = {"outer": outer, "squares": squares, "dots": dots}


def sum_nest(w: Writer, g: Grid, strict: bool) -> None:
    """Write a nest of sums of products."""
    chosen = schedule(g, w.target, strict)
    tiles(w, g, chosen.shape, lambda tile: _tile(Sums(w, tile, strict), g, chosen), chosen.straight)


def _tile(s: Sums, g: Grid, chosen: Schedule) -> None:
    w, tile = s.w, s.tile
    out = cursor(w, g.out, tile.point)
    shifts = [tile.shifts(g.out, i, j) for i, j in tile.vectors]
    onto = g.adds and (not s.strict or _one_a_row(g))
    sums = [read(w, out, tile.piece, *shift) if onto else s.splat(ZERO) for shift in shifts]
    for term, method in zip(g.terms, chosen.methods, strict=True):
        sums = METHODS[method](s, term, sums)
    for total, shift in zip(sums if g.terms else [s.splat(0.0)] * len(sums), shifts, strict=True):
        if g.adds and not onto:
            total = w.value(f"fadd {s.type} {read(w, out, tile.piece, *shift)}, {total}")
        write(w, total, out, tile.piece, *shift)


def _one_a_row(g: Grid) -> bool:
    """Whether each row has one product: only then may it be added to the others' before a row's own sum is complete."""
    return len(g.terms) == 1 and all(isinstance(count, str) for count in g.terms[0].loops)
