"""A nest as loops over memory, where the rows of the batch are one more dimension.

A number of space ROW stands as `lanes` numbers side by side, one for each row of a block. So an operand has stride 1
along the rows if it is of that space and 0 if not, and its other strides are `lanes` times as long: beyond this module
nothing knows of batches. Where a nest adds to gradients, the rows are one more loop of its sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

import numpy as np

from ..nests import Address, Nest, Segment, Space
from ..tape import SUM, Floats
from .writer import Module

Count = int | str  # of rounds of a loop; text is a value that is known when the code runs

POOLS = {Space.ROW: "%row", Space.ONE: "%one", Space.PARAM: "%P", Space.GRAD: "%G"}
"""The pointer to each space."""

PRESENT = "%present"
"""How many rows of the block are there: the others are padding."""


@dataclass(frozen=True)
class Operand:
    """The number at pool + base + Σ strides·i + Σ steps·k, and with a table + table[entry + Σ entries·i + Σ hops·k].

    `constant` is the number itself, if it is the same everywhere.
    """

    pool: str
    base: int
    strides: tuple[int, ...]
    steps: tuple[int, ...]
    table: str = ""
    entry: int = 0
    entries: tuple[int, ...] = ()
    hops: tuple[int, ...] = ()
    constant: float | None = None

    def moves(self, d: int) -> bool:
        """Whether the number depends on dimension d."""
        return self.constant is None and bool(self.strides[d] or self.entries[d])

    def steps_along(self, loop: int) -> bool:
        """Whether the number depends on the counter of a loop of the sum."""
        return self.constant is None and bool(self.steps[loop] or self.hops[loop])


@dataclass(frozen=True)
class Term:
    """± Σ a·b over loops of the sum, outermost first; of other operations, a list of operands a."""

    loops: tuple[Count, ...]
    a: Operand
    b: Operand | None
    negative: bool

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The factors."""
        return (self.a,) if self.b is None else (self.a, self.b)


@dataclass(frozen=True)
class Grid:
    """For each point of the extents: out = op(terms), or out += op(terms)."""

    op: int
    extents: tuple[int, ...]
    out: Operand
    terms: tuple[Term, ...]
    adds: bool

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All factors of all terms."""
        return tuple(x for term in self.terms for x in term.operands)


def grid(nest: Nest, lanes: int, strict: bool, constants: Floats, module: Module) -> Grid | None:
    """Return a nest as loops over blocks of `lanes` rows; None if it has no points."""
    if 0 in nest.extents:
        return None
    adds = nest.out.space is Space.GRAD
    rows = lanes > 1 and nest.out.space is Space.ROW
    summed = lanes > 1 and adds

    def operand(a: Address, length: int) -> Operand:
        return _operand(a, (*nest.extents, length), lanes, rows, summed, constants, module)

    def term(s: Segment) -> Term:
        a, b = operand(s.a, s.length), None if s.b is None else operand(s.b, s.length)
        loops: tuple[Count, ...] = (s.length,)
        if summed:
            varies = any(x.space is Space.ROW for x in (s.a, s.b) if x is not None)
            loops = (s.length, PRESENT if strict or not varies else lanes)
        result = Term(loops, a, b, s.sign < 0)
        return _without_loop(result) if nest.op == SUM and s.length == 1 else result

    extents = (*nest.extents, lanes) if rows else nest.extents
    terms = tuple(term(s) for s in nest.segments if s.length)
    return _simplified(Grid(nest.op, extents, operand(nest.out, 1), terms, adds))


def _operand(
    a: Address, extents: tuple[int, ...], lanes: int, rows: bool, summed: bool, constants: Floats, module: Module
) -> Operand:
    """Return an address with the dimension of the rows, and the loop over them, put in; extents end with the sum's."""
    of_row = a.space is Space.ROW
    unit = lanes if of_row else 1
    along = (int(of_row),) if rows else ()
    loop = (int(of_row),) if summed else ()
    dimensions = len(extents) - 1
    strides = (*(s * unit for s in a.strides), *along)
    steps = (a.step * unit, *loop)
    none = (0,) * len(strides), (0,) * len(steps)
    if a.table is None:
        lowest, highest = _range(a, extents)
        if a.space is Space.ONE and highest < len(constants):
            values = constants[lowest : highest + 1]
            if (values.view(np.int64) == values.view(np.int64)[0]).all():
                return Operand(POOLS[a.space], lowest, *none, "", 0, *none, float(values[0]))
        return Operand(POOLS[a.space], a.base * unit, strides, steps, "", 0, *none)
    entries = tuple(prod(extents[d + 1 :]) for d in range(dimensions))
    name = module.table(np.asarray(a.table, np.int64) * unit)
    hops = (1,) + (0,) * len(loop)
    zero = (*(0,) * dimensions, *along), (0, *loop)
    return Operand(POOLS[a.space], 0, *zero, name, 0, (*entries, *(0,) * len(along)), hops)


def _range(a: Address, extents: tuple[int, ...]) -> tuple[int, int]:
    reach = [s * (n - 1) for s, n in zip((*a.strides, a.step), extents, strict=True)]
    return a.base + sum(min(r, 0) for r in reach), a.base + sum(max(r, 0) for r in reach)


def _without_loop(term: Term) -> Term:
    """Return a term without its first loop, which runs once."""

    def operand(x: Operand) -> Operand:
        return replace(x, steps=x.steps[1:], hops=x.hops[1:])

    return replace(term, loops=term.loops[1:], a=operand(term.a), b=None if term.b is None else operand(term.b))


# The same points with fewer dimensions, all of them upwards in the output


def _simplified(g: Grid) -> Grid:
    kept = [d for d, n in enumerate(g.extents) if n > 1]
    kept.sort(key=lambda d: -abs(g.out.strides[d] or g.out.entries[d] or 1))
    g = _with_dimensions(g, kept)
    for d, stride in enumerate(g.out.strides):
        if stride < 0:
            g = _map_operands(g, lambda x, d=d, n=g.extents[d]: _reversed(x, d, n))  # type: ignore[misc]
    while (d := _mergeable(g)) is not None:
        extents = (*g.extents[:d], g.extents[d] * g.extents[d + 1], *g.extents[d + 2 :])
        g = _with_dimensions(g, [e for e in range(len(g.extents)) if e != d], extents)
    return g


def _with_dimensions(g: Grid, kept: Sequence[int], extents: tuple[int, ...] | None = None) -> Grid:
    def operand(x: Operand) -> Operand:
        return replace(x, strides=tuple(x.strides[d] for d in kept), entries=tuple(x.entries[d] for d in kept))

    return replace(_map_operands(g, operand), extents=extents or tuple(g.extents[d] for d in kept))


def _map_operands(g: Grid, f: object) -> Grid:
    assert callable(f)
    terms = tuple(replace(t, a=f(t.a), b=None if t.b is None else f(t.b)) for t in g.terms)
    return replace(g, out=f(g.out), terms=terms)


def _reversed(x: Operand, d: int, n: int) -> Operand:
    def negated(values: tuple[int, ...]) -> tuple[int, ...]:
        return (*values[:d], -values[d], *values[d + 1 :])

    base, entry = x.base + x.strides[d] * (n - 1), x.entry + x.entries[d] * (n - 1)
    return replace(x, base=base, entry=entry, strides=negated(x.strides), entries=negated(x.entries))


def _mergeable(g: Grid) -> int | None:
    """Return a dimension that runs on where the next one ends, in every operand."""
    operands = (g.out, *g.operands)
    for d, (_, inner) in enumerate(pairwise(g.extents)):
        if all(x.strides[d] == x.strides[d + 1] * inner and x.entries[d] == x.entries[d + 1] * inner for x in operands):
            return d
    return None
