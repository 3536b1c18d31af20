"""How a nest is cut into tiles: which dimension runs along the lanes, how large a tile is, how each term is added up.

Costs are cycles, roughly: what counts is their order. A line of code costs something too, for it has to be compiled.
They depend on the nest and the processor alone, never on time measured: the same program gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cbrt, ceil, log2
from typing import Literal, NamedTuple

from ...nests.nests import Plan
from .grid import Grid
from .lanes import candidates
from .loops import INNERMOST
from .sums import abreast
from .target import Target
from .views import Cost, Sum, Use, View, reading
from .walk import Shape

Method = Literal["outer", "loop", "squares", "dots", "across"]

LINE = 0.15
"""What a line of code is worth, in cycles of each run, where a run takes one row: of more rows there are fewer runs."""

MANY, MOST = 64, 4.0
"""From so many nests on a line is worth more, up to so many times as much: one has to wait for all of them."""

SHARE = 5e-6
"""It is worth such a part of the cycles of a block, or more: what LLVM takes for it, it has to save in seconds."""

TURN = 2.0  # cycles that a round of a loop over tiles costs beyond its body
END = 40.0  # cycles that a loop costs where registers recall what is in memory: after it they do not
STEP = 0.8  # cycles that a round of the loop of a sum costs: most of it is hidden behind the sums
SPREAD = 0.02  # by how much each further vector of rows in a tile must pay: the last block may have few vectors
SIZES = [(high, wide) for high in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16) for wide in (1, 2, 3, 4)]
"""Points and vectors that a tile may have."""


@dataclass(frozen=True)
class Schedule:
    """The tiles of a nest, the way to add up each of its terms, and whether to write it out without loops."""

    shape: Shape
    methods: tuple[Method, ...]
    straight: bool


class Way(NamedTuple):
    """What a nest costs in tiles of one size, at best."""

    cost: float
    high: int
    wide: int
    methods: tuple[Method, ...]
    straight: bool


def worth_of_a_line(plan: Plan, lanes: int, target: Target) -> float:
    """Return what a line of a plan's code is worth, in cycles of each block of so many rows."""
    products = sum(nest.terms for nest in plan.nests)
    many = min(MOST, max(1.0, len(plan.nests) / MANY))
    return max(LINE * cbrt(lanes) * many, SHARE * products * lanes / target.vector)


def schedule(g: Grid, target: Target, strict: bool, line: float) -> Schedule:
    """Return the cheapest way to run a nest of sums, where a line of code is worth so many cycles."""
    first = ((view, min(n, 2 * target.vector if view.is_across else 4)) for view, n in _views(g, target, line))
    view = min(((v, _way(v, strict, high, 1).cost) for v, high in first), key=lambda pair: pair[1])[0]
    highest = 1 if view.across is None else g.extents[view.across]
    sizes = ((high, wide) for high, wide in SIZES if high <= highest and wide <= max(1, view.lanes.count))
    most = target.registers * 3 // 4
    best = min((_way(view, strict, h, v) for h, v in sizes if h * v <= most), key=lambda way: way.cost)
    return Schedule(Shape(view.lanes, view.across, best.high, best.wide), best.methods, best.straight)


def _views(g: Grid, target: Target, line: float) -> Iterator[tuple[View, int]]:
    """Yield the choices of dimensions: along the lanes, and across them with its extent."""
    for lanes in candidates(g, target.vector):
        yield View(g, target, lanes, None, line), 1
        for d, n in enumerate(g.extents):
            if d not in lanes.dimensions and not all(x.moves(d) for x in g.head.operands):
                yield View(g, target, lanes, d, line), n


def _way(view: View, strict: bool, high: int, wide: int) -> Way:
    tiles, kinds = counted = view.tiles(high, wide)
    line = view.line * kinds / tiles  # of one tile, of which there are many for each line
    work = high * wide * (len(view.g.members) - 1)
    cycles, lines, methods = 1.0 * work, 2.0 * work, []
    for s in view.terms:
        cost, method = _cheapest(view, s, strict, high, wide, line)
        cycles, lines = cycles + cost.cycles, lines + cost.lines
        methods.append(method)
    rest = reading(view.others, high, wide, Cost(cycles, lines))
    straight, total = repeated(view, counted, Cost(2.0 + rest.cycles, 4.0 + rest.lines))
    if view.g.rows is not None and view.lanes.along == view.g.rows:
        total *= 1 + SPREAD * (wide - 1)
    return Way(total, high, wide, tuple(methods), straight)


def repeated(view: View, counted: tuple[int, int], body: Cost) -> tuple[bool, float]:
    """Return whether to write out every tile of a nest rather than loop over them, and the cost of the better way."""
    (tiles, kinds), line = counted, view.line
    end = END if view.g.block == 1 and line <= LINE else 0.0
    looped = Cost(tiles * (body.cycles + TURN) + end, (body.lines + 6) * kinds).total(line)
    straight = Cost(tiles * body.cycles, body.lines * tiles).total(line)
    return straight <= looped, min(straight, looped)


def _cheapest(view: View, s: Sum, strict: bool, high: int, wide: int, line: float) -> tuple[Cost, Method]:
    """Return the cost of a term in a tile, and the way to add it up."""
    vectors, target = high * wide, view.target
    one = _step(s.uses, strict, high, wide, target, False)
    known = s.term.loops and isinstance(s.term.loops[INNERMOST], int)
    rounds = abreast(s.last, vectors, strict) if known else (1, 1)
    found: list[tuple[Cost, Method]] = [(_outer(s, one, strict, *rounds), "outer")]
    if rounds != (1, 1) and view.g.block > 1:  # of single rows registers recall what they hold, up to a loop
        found.append((_outer(s, one, strict, 1, 1), "loop"))
    squares = sum([use.number(high, wide) for use in s.uses if use.square])
    if squares and vectors + view.lanes.width * squares + 2 <= target.registers:
        found.append((_squares(s, strict, high, wide, view, squares), "squares"))
    if not strict and s.along and view.lanes.active * vectors <= max(target.registers - 8, target.vector):
        found.append((_dots(s, high, wide, view), "dots"))
    if s.across:
        found.append((_across(s, strict, high, wide, view), "across"))
    return found[0] if len(found) == 1 else min(found, key=lambda way: way[0].total(line))


def _step(uses: Sequence[Use], strict: bool, high: int, wide: int, target: Target, squares: bool) -> Cost:
    """Return the cost of one step for all vectors of a tile."""
    vectors, product = high * wide, len(uses) > 1
    cycles, lines, shuffles = 0.0, 2.0, 0.0
    for use in uses:
        n, one = use.number(high, wide), use.one
        if squares and use.square:
            cycles += n
            continue
        folded = use.still and product and n == vectors and target.vector == 8  # an instruction can read its own
        cycles, lines = cycles + n * (0.3 if folded else one.cycles), lines + n * one.lines
        if use.scattered:
            shuffles += n * one.lines / 3
    lines += vectors * (2.0 if strict and product else 1.0)
    return Cost(max(vectors, cycles) + 0.15 * cycles + shuffles * _shuffle(strict), lines)


def _shuffle(strict: bool) -> float:
    return 1.8 if strict else 0.6  # sums and products of their own already keep the same units busy


def _outer(s: Sum, one: Cost, strict: bool, unrolled: int, chains: int) -> Cost:
    """Return the cost of so many steps in each round of the loop, in so many chains."""
    latency = (3.0 if strict else 4.0) / chains if s.steps > 1 else 0.0
    rounds = s.steps / unrolled
    written = unrolled + s.last % unrolled
    return Cost(s.steps * max(one.cycles, latency) + (rounds * STEP if rounds > 1 else 0.0), one.lines * written + 3)


def _squares(s: Sum, strict: bool, high: int, wide: int, view: View, number: int) -> Cost:
    n = view.lanes.width
    one = _step(s.uses, strict, high, wide, view.target, True)
    shuffles = n * log2(n) * number
    rounds = s.steps // s.last * ceil(s.last / n)
    written = (s.last >= n) + bool(s.last % n)
    lines = (n * one.lines + shuffles + 2 * n * number) * written + 3
    return Cost(s.steps * one.cycles + rounds * (shuffles * _shuffle(strict) + STEP), lines)


def _across(s: Sum, strict: bool, high: int, wide: int, view: View) -> Cost:
    n, vectors = view.lanes.width, ceil(high / view.lanes.width)
    work, loads, shuffles = n * wide * vectors, vectors + 0.6 * n * wide, n * log2(n) * vectors * wide
    cycles = s.steps * (max(work, loads, 4.0) + 0.15 * loads + STEP) + shuffles * _shuffle(strict)
    return Cost(cycles, work + 2 * vectors + 3 * n * wide + shuffles + 3)


def _dots(s: Sum, high: int, wide: int, view: View) -> Cost:
    n, width, vectors = view.target.vector, view.lanes.width, high * wide
    rounds = s.steps // s.last * ceil(s.last / n)
    loads = sum(use.number(high, wide) * (1 if use.still else width) for use in s.uses)
    work = width * vectors
    across = vectors * (3 * (width - 1) + 3 * log2(n / width) + (4 if width == 1 else 0))
    cycles = rounds * (max(work, loads, 4.0) + 0.3 * min(work, loads) + STEP) + across
    return Cost(cycles, (1 + bool(s.last % n)) * (work + 2 * loads) + across + 3)
