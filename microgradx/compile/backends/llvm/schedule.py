"""How a nest is cut into tiles: which dimension runs along the lanes, how large a tile is, how each term is added up.

Costs are cycles, roughly: what counts is their order. A line of code costs something too, for it has to be compiled.
They depend on the nest and the processor alone, never on time measured: the same program gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, log2, prod
from typing import Literal, NamedTuple

from .grid import PRESENT, Grid, Operand, Term
from .lanes import Lanes, candidates
from .loops import INNERMOST
from .squares import in_squares
from .sums import abreast
from .target import Target
from .walk import Shape

Method = Literal["outer", "squares", "dots"]

LINE = 0.15
"""What a line of code is worth, in cycles of each run, where a run takes one row: of more rows there are fewer runs."""

TURN = 2.0  # cycles that a round of a loop over tiles costs beyond its body
END = 40.0  # cycles that a loop costs where registers recall what is in memory: after it they do not
STEP = 0.8  # cycles that a round of the loop of a sum costs: most of it is hidden behind the sums
SPREAD = 0.02  # by how much each further vector of rows in a tile must pay: the last block may have few vectors
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

    def total(self, line: float) -> float:
        """Return both in one, where a line is worth so many cycles."""
        return self.cycles + line * self.lines


@dataclass(frozen=True)
class Schedule:
    """The tiles of a nest, the way to add up each of its terms, and whether to write it out without loops."""

    shape: Shape
    methods: tuple[Method, ...]
    straight: bool
    cost: float


def schedule(g: Grid, target: Target, strict: bool, line: float) -> Schedule:
    """Return the cheapest way to run a nest of sums, where a line of code is worth so many cycles."""
    first = ((view, min(n, 4)) for view, n in _views(g, target, line))
    view = min(((v, _costed(v, strict, high, 1).cost) for v, high in first), key=lambda pair: pair[1])[0]
    highest = 1 if view.across is None else g.extents[view.across]
    sizes = ((high, wide) for high, wide in SIZES if high <= highest and wide <= max(1, view.lanes.count))
    most = target.registers * 3 // 4
    return min((_costed(view, strict, h, v) for h, v in sizes if h * v <= most), key=lambda s: s.cost)


def _views(g: Grid, target: Target, line: float) -> Iterator[tuple[View, int]]:
    """Yield the choices of dimensions: along the lanes, and across them with its extent."""
    for lanes in candidates(g, target.vector):
        yield View(g, target, lanes, None, line), 1
        for d, n in enumerate(g.extents):
            if d not in lanes.dimensions and not all(x.moves(d) for x in g.head.operands):
                yield View(g, target, lanes, d, line), n


class Use(NamedTuple):
    """How an operand is read by a tile: the cost of one vector, and along which directions of the tile it changes."""

    one: Cost
    down: bool
    along: bool
    still: bool = False  # the same in all lanes
    scattered: bool = False
    square: bool = False

    def number(self, high: int, wide: int) -> int:
        """Return how many different vectors a tile has."""
        return (high if self.down else 1) * (wide if self.along else 1)


class View:
    """A grid, seen with certain dimensions along and across the lanes."""

    def __init__(self, g: Grid, target: Target, lanes: Lanes, across: int | None, line: float) -> None:
        self.g, self.target, self.lanes, self.across, self.line = g, target, lanes, across, line
        others = [x for m in g.members[1:] for x in m.operands if x.source is None]
        others += [*g.outs, *(m.out for m in g.members if m.adds)]
        self.others = [self.use(x) for x in others]

    @cached_property
    def terms(self) -> list[tuple[Term, list[Use]]]:
        """The terms of the first member, a sum, and how their factors are read."""
        return [(term, [self.use(x, bool(term.loops)) for x in term.operands]) for term in self.g.head.terms]

    @cached_property
    def operands(self) -> list[Use]:
        """How the operands of the first member are read, each once."""
        return [self.use(x) for x in dict.fromkeys(x for x in self.g.head.operands if x.source is None)]

    def use(self, x: Operand, summed: bool = False) -> Use:
        """Return how an operand is read, or written."""
        lanes = self.lanes
        down = self.across is not None and x.moves(self.across)
        along = lanes.along is not None and x.moves(lanes.along)
        if x.constant is not None:
            return Use(Cost(0.0, 0.0), False, False)
        if not lanes.moves(x):
            return Use(Cost(0.6, 3.0), down, along, still=True)
        if lanes.contiguous(x):
            return Use(Cost(1.0 if lanes.width == self.target.vector else 0.6, 2.0), down, along)
        square = summed and in_squares(x, lanes)
        return Use(Cost(0.7 * lanes.active, 3.0 * lanes.active), down, along, scattered=True, square=square)


def _costed(view: View, strict: bool, high: int, wide: int) -> Schedule:
    shape = Shape(view.lanes, view.across, high, wide)
    tiles, kinds = _tiles(view.g, shape)
    line = view.line * kinds / tiles  # of one tile, of which there are many for each line
    ways = [_cheapest(view, term, uses, strict, high, wide, line) for term, uses in view.terms]
    work = Cost(1.0, 2.0).times(high * wide * (len(view.g.members) - 1))
    rest = [use.one.times(use.number(high, wide)) for use in view.others]
    body = Cost(2.0, 4.0).plus(work, *(cost for cost, _ in ways), *rest)
    straight, cost = repeated(view.g, shape, body, view.line)
    if view.g.rows is not None and view.lanes.along == view.g.rows:
        cost *= 1 + SPREAD * (wide - 1)
    return Schedule(shape, tuple(method for _, method in ways), straight, cost)


def _tiles(g: Grid, shape: Shape) -> tuple[int, int]:
    """Return how many tiles a nest has, and how many of them differ in size and so in code."""
    lanes = shape.lanes
    tiles, kinds = ceil(lanes.count / shape.wide) + bool(lanes.rest), bool(lanes.count) + bool(lanes.rest)
    kinds += lanes.count > shape.wide and lanes.count % shape.wide > 0
    for d, n in enumerate(g.extents):
        if d not in lanes.dimensions:
            size = shape.high if d == shape.across else 1
            tiles *= ceil(n / size)
            kinds *= 1 + (n > size and n % size > 0)
    return tiles, kinds


def repeated(g: Grid, shape: Shape, body: Cost, line: float) -> tuple[bool, float]:
    """Return whether to write out every tile of a nest rather than loop over them, and the cost of the better way."""
    tiles, kinds = _tiles(g, shape)
    end = END if g.block == 1 and line <= LINE else 0.0
    looped = Cost(tiles * (body.cycles + TURN) + end, (body.lines + 6) * kinds).total(line)
    straight = Cost(tiles * body.cycles, body.lines * tiles).total(line)
    return straight <= looped, min(straight, looped)


def _cheapest(
    view: View, term: Term, uses: Sequence[Use], strict: bool, high: int, wide: int, line: float
) -> tuple[Cost, Method]:
    """Return the cost of a term in a tile, and the way to add it up."""
    vectors, target = high * wide, view.target
    found: list[tuple[Cost, Method]] = [(_outer(term, uses, strict, high, wide, view), "outer")]
    held = view.lanes.width * sum(use.number(high, wide) for use in uses if use.square)
    if held and vectors + held + 2 <= target.registers:
        found.append((_squares(term, uses, strict, high, wide, view), "squares"))
    if not strict and view.lanes.active * vectors <= max(target.registers - 8, target.vector) and _along(term):
        found.append((_dots(term, uses, high, wide, view), "dots"))
    return min(found, key=lambda way: way[0].total(line))


def _along(term: Term) -> bool:
    """Whether vectors can run along the loop of a term."""
    known = term.loops and term.loops[INNERMOST] != PRESENT
    return bool(known) and all(x.steps[INNERMOST] == 1 and not x.table and x.constant is None for x in term.operands)


def _steps(term: Term, block: int) -> tuple[int, int]:
    """Return how many steps a term has, and how many of these its innermost loop has, in a full block of rows."""
    counts = [n if isinstance(n, int) else block for n in term.loops]
    return prod(counts), counts[-1] if counts else 1


def _step(uses: Sequence[Use], strict: bool, high: int, wide: int, target: Target, squares: bool) -> Cost:
    """Return the cost of one step for all vectors of a tile."""
    vectors, product = high * wide, len(uses) > 1
    cycles, lines, shuffles = 0.0, 2.0, 0.0
    for use in uses:
        n = use.number(high, wide)
        if squares and use.square:
            cycles += n
            continue
        folded = use.still and product and n == vectors and target.vector == 8  # an instruction can read its own
        cycles, lines = cycles + n * (0.3 if folded else use.one.cycles), lines + n * use.one.lines
        shuffles += n * use.one.lines / 3 * use.scattered
    work = vectors * (1.2 if strict and product and wide > 1 else 1.0)
    lines += vectors * (2.0 if strict and product else 1.0)
    return Cost(max(work, cycles) + 0.15 * cycles + shuffles * _shuffle(strict), lines)


def _shuffle(strict: bool) -> float:
    return 1.8 if strict else 0.6  # sums and products of their own already keep the same units busy


def _outer(term: Term, uses: Sequence[Use], strict: bool, high: int, wide: int, view: View) -> Cost:
    steps, last = _steps(term, view.g.block)
    one = _step(uses, strict, high, wide, view.target, False)
    known = bool(term.loops) and isinstance(term.loops[INNERMOST], int)
    unrolled, chains = abreast(last, high * wide, strict) if known else (1, 1)
    latency = (3.0 if strict else 4.0) / chains if steps > 1 else 0.0
    rounds = steps / unrolled
    written = unrolled + last % unrolled
    return Cost(steps * max(one.cycles, latency) + (rounds * STEP if rounds > 1 else 0.0), one.lines * written + 3)


def _squares(term: Term, uses: Sequence[Use], strict: bool, high: int, wide: int, view: View) -> Cost:
    n = view.lanes.width
    steps, last = _steps(term, view.g.block)
    one = _step(uses, strict, high, wide, view.target, True)
    number = sum(use.number(high, wide) for use in uses if use.square)
    shuffles = n * log2(n) * number
    rounds = steps // last * ceil(last / n)
    written = (last >= n) + bool(last % n)
    lines = (n * one.lines + shuffles + 2 * n * number) * written + 3
    return Cost(steps * one.cycles + rounds * (shuffles * _shuffle(strict) + STEP), lines)


def _dots(term: Term, uses: Sequence[Use], high: int, wide: int, view: View) -> Cost:
    n, width, vectors = view.target.vector, view.lanes.width, high * wide
    steps, last = _steps(term, view.g.block)
    rounds = steps // last * ceil(last / n)
    loads = sum(use.number(high, wide) * (1 if use.still else width) for use in uses)
    work = width * vectors
    across = vectors * (3 * (width - 1) + 3 * log2(n / width) + (4 if width == 1 else 0))
    cycles = rounds * (max(work, loads, 4.0) + 0.3 * min(work, loads) + STEP) + across
    return Cost(cycles, (1 + bool(last % n)) * (work + 2 * loads) + across + 3)
