"""A nest as tiles see it, once dimensions along and across the lanes are chosen: what reading its operands costs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import NamedTuple

from .across import runs_across
from .grid import PRESENT, Grid, Operand, Term
from .lanes import Lanes
from .loops import INNERMOST
from .squares import in_squares
from .target import Target


class Cost(NamedTuple):
    """Cycles of each run of some code, and its length in lines."""

    cycles: float
    lines: float

    def total(self, line: float) -> float:
        """Return both in one, where a line is worth so many cycles."""
        return self.cycles + line * self.lines


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


class Sum(NamedTuple):
    """A term: how its factors are read, how many steps it has in a full block of rows, and its last loop of these.

    `along`: whether vectors can run along that loop; `across`: or across the lanes.
    """

    term: Term
    uses: list[Use]
    steps: int
    last: int
    along: bool
    across: bool


class View:
    """A grid, seen with certain dimensions along and across the lanes."""

    def __init__(self, g: Grid, target: Target, lanes: Lanes, across: int | None, line: float) -> None:
        self.g, self.target, self.lanes, self.across, self.line = g, target, lanes, across, line
        others = [x for m in g.members[1:] for x in m.operands if x.source is None]
        others += [*g.outs, *(m.out for m in g.members if m.adds)]
        self.others = [self.use(x) for x in others]

    @cached_property
    def terms(self) -> list[Sum]:
        """The terms of the first member, a sum."""
        found = []
        beside = all(self.lanes.contiguous(x) for x in self.g.outs)
        for term in self.g.head.terms:
            uses = [self.use(x, bool(term.loops)) for x in term.operands]
            across = beside and runs_across(term, self.lanes, self.across, self.target.vector)
            found.append(Sum(term, uses, *_steps(term, self.g.block), _along(term), across))
        return found

    @property
    def is_across(self) -> bool:
        """Whether vectors of a term can run across the lanes."""
        return any(term.across for term in self.terms)

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

    def tiles(self, high: int, wide: int) -> tuple[int, int]:
        """Return how many tiles of this size there are, and how many of them differ in size and so in code."""
        lanes = self.lanes
        count, rest = lanes.count, bool(lanes.rest)
        tiles, kinds = -(-count // wide) + rest, bool(count) + rest + (count > wide and count % wide > 0)
        for d, n in enumerate(self.g.extents):
            if d not in lanes.dimensions:
                size = high if d == self.across else 1
                tiles *= -(-n // size)
                kinds *= 1 + (n > size and n % size > 0)
        return tiles, kinds


def reading(uses: Sequence[Use], high: int, wide: int, before: Cost) -> Cost:
    """Return the cost of reading operands for a tile of this size, after what has been read before."""
    cycles, lines = before
    for use in uses:
        n = use.number(high, wide)
        cycles, lines = cycles + use.one.cycles * n, lines + use.one.lines * n
    return Cost(cycles, lines)


def _along(term: Term) -> bool:
    known = term.loops and term.loops[INNERMOST] != PRESENT
    return bool(known) and all(x.steps[INNERMOST] == 1 and not x.table and x.constant is None for x in term.operands)


def _steps(term: Term, block: int) -> tuple[int, int]:
    counts = [n if isinstance(n, int) else block for n in term.loops]
    return prod(counts), counts[-1] if counts else 1
