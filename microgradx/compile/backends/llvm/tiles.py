"""Nests of sums of products, tile by tile: accumulators in registers, the loops of the sum inside.

There are several ways to add up a term, and a tile may use another for each:

    outer     one step of the loop adds one product to each lane; where it is faster some steps are written side by side
    loop      the same, with one step in each round: less code
    squares   the same, but an operand that runs along the loop and not along the lanes is read in squares of numbers,
              which are transposed
    dots      vectors run along the loop, one for each lane, and are added across at the end: another order of
              additions, so not in strict mode
    across    vectors run across the lanes, one for each lane, and are transposed at the end
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod

from .across import across
from .beforehand import copied
from .dots import dots
from .forms import form
from .grid import PRESENT, Grid, Member, Term
from .loops import Registers
from .points import Points
from .schedule import Schedule, schedule
from .sharing import call_part, is_function, is_large, shared
from .squares import squares
from .sums import ZERO, Sums, outer
from .walk import slices, tiles
from .writer import Writer

METHODS: dict[str, Callable[[Sums, Term, Registers], Registers]] = {
    "outer": outer,
    "loop": partial(outer, single=True),
    "squares": squares,
    "dots": dots,
    "across": across,
}


def sum_nest(w: Writer, g: Grid, strict: bool, beside: Sequence[str] = ()) -> None:
    """Write a nest of sums of products, and the members that go on from there; functions `beside` it come first."""
    g = copied(w, g)
    chosen = schedule(g, w.target, strict, w.module.line)

    if not is_function(g) or (count := slices(g, chosen.shape)) == 1:
        for name in beside:
            call_part(w, name, PRESENT)
        _tiles(w, g, chosen, strict)
        return
    alone = not is_large(g)  # before its counts become values that are known when the code runs
    g, given = form(w, g, chosen, strict)
    work = partial(_tiles, g=g, chosen=chosen, strict=strict)
    shared(w, count, lambda part, tile: work(part, only=tile), given, (g, chosen, strict), alone, beside)


def _tiles(w: Writer, g: Grid, chosen: Schedule, strict: bool, only: str = "") -> None:
    tiles(w, g, chosen.shape, lambda tile: _tile(Sums(w, tile, strict, g.block), g, chosen), chosen.straight, only)


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
