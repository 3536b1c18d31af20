"""How a nest is cut into tiles: which dimension runs along the lanes, how large a tile is, how each term is added up.

Costs are cycles, roughly: what counts is their order. A line of code costs something too, for it has to be compiled.
They depend on the nest and the processor alone, never on time measured: the same program gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log2, prod
from typing import Literal, NamedTuple

from .grid import Grid, Operand, Term
from .lanes import Lanes, candidates
from .loops import INNERMOST
from .squares import in_squares
from .sums import abreast
from .target import Target
from .walk import Shape

Method = Literal["outer", "squares", "dots"]

ROWS = 32  # steps of a loop whose number is known only when the code runs
LINE = 0.25  # cycles that a line of code is worth: compiling it takes as long as so many in each of some 10⁵ runs
TURN = 2.0  # cycles that a round of a loop costs beyond its body
SIZES = [(high, wide) for high in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16) for wide in (1, 2, 3, 4)]
"""Points and vectors that a tile may have."""


class Cost(NamedTuple):
    """Cycles of each run of some code, and its length in lines."""

    cycles: float
    lines: float

    def plus(self, *others: Cost) -> Cost:
        """Return the cost of one after the other."""
        return Cost(self.cycles + sum(c.cycles for c in others), self.lines + sum(c.lines for c in others))

    def times(self, n: float) -> Cost:
        """Return the cost of n of them side by side."""
        return Cost(self.cycles * n, self.lines * n)

    @property
    def total(self) -> float:
        """Return both in one."""
        return self.cycles + LINE * self.lines


@dataclass(frozen=True)
class Schedule:
    """The tiles of a nest, the way to add up each of its terms, and whether to write it out without loops."""

    shape: Shape
    methods: tuple[Method, ...]
    straight: bool
    cost: float


def schedule(g: Grid, target: Target, strict: bool) -> Schedule:
    """Return the cheapest way to run a nest of sums."""
    best = min(
        (_costed(g, Shape(lanes, across, high), target, strict) for lanes, across, high in _first(g, target)),
        key=lambda s: s.cost,
    )
    lanes, across = best.shape.lanes, best.shape.across
    highest = 1 if across is None else g.extents[across]
    shapes = (
        Shape(lanes, across, high, wide)
        for high, wide in SIZES
        if high <= highest and wide <= max(1, lanes.count) and high * wide <= target.registers * 3 // 4
    )
    return min((_costed(g, shape, target, strict) for shape in shapes), key=lambda s: s.cost)


def _first(g: Grid, target: Target) -> Iterator[tuple[Lanes, int | None, int]]:
    """Yield the choices of dimensions, each with a middling tile."""
    for lanes in candidates(g, target.vector):
        yield lanes, None, 1
        for d, n in enumerate(g.extents):
            if d not in lanes.dimensions and not all(x.moves(d) for x in g.head.operands):
                yield lanes, d, min(n, 4)


def _costed(g: Grid, shape: Shape, target: Target, strict: bool) -> Schedule:
    ways = [_cheapest(term, shape, target, strict) for term in g.head.terms]
    body = Cost(2.0, 4.0).plus(*(cost for cost, _ in ways), _rest(g, shape, target))
    straight, cost = repeated(g, shape, body)
    return Schedule(shape, tuple(method for _, method in ways), straight, cost)


def repeated(g: Grid, shape: Shape, body: Cost) -> tuple[bool, float]:
    """Return whether to write out every tile of a nest rather than loop over them, and the cost of the better way."""
    lanes = shape.lanes
    points = [(n, shape.high if d == shape.across else 1) for d, n in enumerate(g.extents) if d not in lanes.dimensions]
    tiles = prod(ceil(n / size) for n, size in points) * (ceil(lanes.count / shape.wide) + bool(lanes.rest))
    kinds = prod(1 + bool(n > size and n % size) for n, size in points)
    kinds *= max(1, min(lanes.count, 1) + bool(lanes.count > shape.wide and lanes.count % shape.wide) + bool(lanes.rest))
    looped = Cost(tiles * (body.cycles + TURN), (body.lines + 6) * kinds).total
    straight = Cost(tiles * body.cycles, body.lines * tiles).total
    return straight <= looped, min(straight, looped)


def _rest(g: Grid, shape: Shape, target: Target) -> Cost:
    """Return the cost of what follows the sums of a tile: the other members, and writing."""
    cost = Cost(0.0, 0.0)
    for m in g.members:
        others = [x for x in m.operands if m is not g.head and x.source is None]
        loads = [reading(x, shape, target) for x in [*others, *([m.out] if m.adds else [])]]
        stores = [reading(m.out, shape, target)] if m.stored else []
        work = Cost(1.0, 2.0).times(shape.high * shape.wide * (m is not g.head))
        cost = cost.plus(work, *loads, *stores)
    return cost


def _cheapest(term: Term, shape: Shape, target: Target, strict: bool) -> tuple[Cost, Method]:
    """Return the cost of a term in a tile, and the way to add it up."""
    vectors = shape.high * shape.wide
    found: list[tuple[Cost, Method]] = [(_outer(term, shape, target, strict), "outer")]
    if term.loops and any(in_squares(x, shape) for x in term.operands) and vectors <= target.registers // 2:
        found.append((_squares(term, shape, target, strict), "squares"))
    inner = term.loops and isinstance(term.loops[INNERMOST], int) and not strict
    if inner and all(x.steps[INNERMOST] == 1 and not x.table and x.constant is None for x in term.operands):
        different = shape.lanes.active * vectors
        if different <= max(target.registers - 8, target.vector):
            found.append((_dots(term, shape, target), "dots"))
    return min(found, key=lambda way: way[0].total)


def _steps(term: Term) -> tuple[int, int]:
    """Return how many steps a term has, and how many of these its innermost loop has."""
    counts = [n if isinstance(n, int) else ROWS for n in term.loops]
    return prod(counts), counts[-1] if counts else 1


def _step(term: Term, shape: Shape, target: Target, strict: bool, squares: bool) -> tuple[Cost, float]:
    """Return the cost of one step for all vectors of a tile, and that of shuffling for it."""
    vectors = shape.high * shape.wide
    product = len(term.operands) > 1
    loads, shuffles = Cost(0.0, 0.0), 0.0
    for x in term.operands:
        if squares and in_squares(x, shape):
            loads = loads.plus(Cost(1.0, 0.0).times(_number(x, shape)))
            continue
        loads = loads.plus(reading(x, shape, target, product and vectors > _number(x, shape)))
        if x.constant is None and shape.lanes.moves(x) and not shape.lanes.contiguous(x):
            shuffles += shape.lanes.active * _number(x, shape)
    work = vectors * (1.2 if strict and product and shape.wide > 1 else 1.0)
    lines = vectors * (2.0 if strict and product else 1.0) + loads.lines
    cycles = max(work, loads.cycles) + 0.15 * loads.cycles + shuffles * _shuffle(strict)
    return Cost(cycles, lines), work


def _shuffle(strict: bool) -> float:
    return 1.8 if strict else 0.6  # sums and products of their own already keep the same units busy


def _outer(term: Term, shape: Shape, target: Target, strict: bool) -> Cost:
    vectors = shape.high * shape.wide
    steps, last = _steps(term)
    one, _ = _step(term, shape, target, strict, False)
    unrolled, chains = abreast(last, vectors, strict) if term.loops and isinstance(term.loops[-1], int) else (1, 1)
    latency = (3.0 if strict else 4.0) / chains if steps > 1 else 0.0
    rounds = steps / unrolled
    written = unrolled + (last % unrolled)
    return Cost(steps * max(one.cycles, latency) + (rounds * TURN if rounds > 1 else 0.0), one.lines * written + 3)


def _squares(term: Term, shape: Shape, target: Target, strict: bool) -> Cost:
    n = shape.lanes.width
    steps, last = _steps(term)
    one, _ = _step(term, shape, target, strict, True)
    squares = sum(_number(x, shape) for x in term.operands if in_squares(x, shape))
    shuffles = n * log2(n) * squares
    rounds = steps // last * ceil(last / n)
    written = (last >= n) + bool(last % n)
    lines = n * one.lines + shuffles + 2 * n * squares
    return Cost(steps * one.cycles + rounds * (shuffles * _shuffle(strict) + TURN), lines * written + 3)


def _dots(term: Term, shape: Shape, target: Target) -> Cost:
    n, width = target.vector, shape.lanes.width
    steps, last = _steps(term)
    rounds = steps // last * ceil(last / n)
    loads = sum(_number(x, shape) * (width if shape.lanes.moves(x) else 1) for x in term.operands)
    vectors = shape.high * shape.wide
    work = width * vectors
    across = vectors * (3 * (width - 1) + 3 * log2(n / width) + (4 if width == 1 else 0))
    written = 1 + bool(last % n)
    cycles = rounds * (max(work, loads, 4.0) + 0.3 * min(work, loads) + TURN) + across
    return Cost(cycles, written * (work + 2 * loads) + across + 3)


def _number(x: Operand, shape: Shape) -> int:
    """Return how many different vectors of an operand a tile has."""
    down = shape.across is not None and x.moves(shape.across)
    along = shape.lanes.along is not None and x.moves(shape.lanes.along)
    return (shape.high if down else 1) * (shape.wide if along else 1)


def reading(x: Operand, shape: Shape, target: Target, several: bool = True) -> Cost:
    """Return the cost of reading, or writing, an operand of a tile; `several`: each vector is used more than once."""
    if x.constant is not None:
        return Cost(0.0, 0.0)
    lanes = shape.lanes
    if not lanes.moves(x):
        one = Cost(0.6 if several or target.vector < 8 else 0.3, 4.0)  # an instruction can broadcast what it reads
    elif lanes.contiguous(x):
        one = Cost(1.0 if lanes.width == target.vector else 0.6, 2.0)
    else:
        one = Cost(0.7 * lanes.active, 3.0 * lanes.active)
    return one.times(_number(x, shape)).plus(Cost(0.0, 2.0))
