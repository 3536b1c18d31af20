"""A nest as loops over memory, where the rows of the batch are one more dimension.

A number of space ROW stands as `lanes` numbers side by side, one for each row of a block. So an operand has stride 1
along the rows if it is of that space and 0 if not, and its other strides are `lanes` times as long: beyond this module
nothing knows of batches. Where a nest adds to gradients, the rows are one more loop of its sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from ..nests import Address, Nest, Segment, Space
from ..tape import SUM, Floats
from .groups import Group, same_place
from .writer import Module

Count = int | str  # of rounds of a loop; text is a value that is known when the code runs

POOLS = {Space.ROW: "%row", Space.ONE: "%one", Space.PARAM: "%P", Space.GRAD: "%G"}
"""The pointer to each space."""

PRESENT = "%present"
"""How many rows of the block are there: the others are padding."""

VECTORS = "%vectors"
"""How many vectors these rows fill: those behind are left as they are."""

PADDED = "%padded"
"""How many rows these vectors hold, with the padding of the last."""


@dataclass(frozen=True)
class Operand:
    """The number at pool + base + Σ strides·i + Σ steps·k, and with a table + table[entry + Σ entries·i + Σ hops·k].

    `constant` is the number itself, if it is the same everywhere; `source` the member of the grid that has it in a
    register.
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
    source: int | None = None

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
class Member:
    """out = op(terms), or out += op(terms); not written to memory if nobody reads it there."""

    op: int
    out: Operand
    terms: tuple[Term, ...]
    adds: bool
    stored: bool

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All factors of all terms."""
        return tuple(x for term in self.terms for x in term.operands)


@dataclass(frozen=True)
class Grid:
    """What is computed at each point of the extents, member by member; `rows` is the dimension of the rows, if any."""

    extents: tuple[int, ...]
    members: tuple[Member, ...]
    rows: int | None = None

    @property
    def head(self) -> Member:
        """The first member, the only one that may have loops inside."""
        return self.members[0]

    @property
    def loaded(self) -> tuple[Operand, ...]:
        """The operands that are read from memory, of all members."""
        return tuple(x for m in self.members for x in m.operands if x.source is None)

    @property
    def outs(self) -> tuple[Operand, ...]:
        """Where numbers are written to memory."""
        return tuple(m.out for m in self.members if m.stored)

    @property
    def all_operands(self) -> tuple[Operand, ...]:
        """Every operand and result."""
        return tuple(x for m in self.members for x in (m.out, *m.operands))


def grid(group: Group, lanes: int, strict: bool, constants: Floats, module: Module) -> Grid | None:
    """Return nests as loops over blocks of `lanes` rows; None if nothing comes of them."""
    extents = group.nests[0].extents
    if 0 in extents or not any(group.stored):
        return None
    rows = lanes > 1 and group.nests[0].out.space is Space.ROW
    maker = _Maker(extents, lanes, strict, rows, constants, module)
    members = tuple(maker.member(group, i) for i in range(len(group.nests)))
    return _simplified(Grid((*extents, lanes), members, len(extents)) if rows else Grid(extents, members))


@dataclass(frozen=True)
class _Maker:
    """Makes operands of addresses; `rows`: whether the rows of a block are one more dimension."""

    extents: tuple[int, ...]
    lanes: int
    strict: bool
    rows: bool
    constants: Floats
    module: Module

    def member(self, group: Group, i: int) -> Member:
        """Return nest i of a group, with what it reads from registers."""
        nest = group.nests[i]
        adds = nest.out.space is Space.GRAD
        summed = self.lanes > 1 and adds
        terms = tuple(self._term(nest, s, summed, group.nests[:i]) for s in nest.segments if s.length)
        return Member(nest.op, self._operand(nest.out, 1, summed, ()), terms, adds, group.stored[i])

    def _term(self, nest: Nest, s: Segment, summed: bool, before: tuple[Nest, ...]) -> Term:
        a = self._operand(s.a, s.length, summed, before)
        b = None if s.b is None else self._operand(s.b, s.length, summed, before)
        loops: tuple[Count, ...] = (s.length,)
        if summed:
            varies = any(x.space is Space.ROW for x in (s.a, s.b) if x is not None)
            loops = (s.length, PRESENT if self.strict or not varies else PADDED)
        term = Term(loops, a, b, s.sign < 0)
        if nest.op != SUM:
            return term
        if s.length == 1:
            return _without_loop(term)
        return term if self.strict else _forward(term)

    def _operand(self, a: Address, length: int, summed: bool, before: tuple[Nest, ...]) -> Operand:
        for m, nest in enumerate(before):
            if length == 1 and same_place(a, nest.out):
                return replace(self._operand(a, length, summed, ()), source=m)
        extents = (*self.extents, length)
        return _operand(a, extents, self.lanes, self.rows, summed, self.constants, self.module)


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


def _forward(term: Term) -> Term:
    """Return a term whose first loop runs the other way, if that is upwards in memory."""
    steps = [x.steps[0] for x in term.operands]
    last = term.loops[0]
    if min(steps) >= 0 or max(steps) > 0 or not isinstance(last, int):
        return term

    def operand(x: Operand) -> Operand:
        base, entry = x.base + x.steps[0] * (last - 1), x.entry + x.hops[0] * (last - 1)
        steps, hops = (-x.steps[0], *x.steps[1:]), (-x.hops[0], *x.hops[1:])
        return replace(x, base=base, entry=entry, steps=steps, hops=hops)

    return replace(term, a=operand(term.a), b=None if term.b is None else operand(term.b))


# The same points with fewer dimensions, all of them upwards in the first result


def _simplified(g: Grid) -> Grid:
    first = next(m.out for m in g.members if m.stored)
    kept = [d for d, n in enumerate(g.extents) if n > 1]
    kept.sort(key=lambda d: -abs(first.strides[d] or first.entries[d] or 1))
    downward = [d for d in kept if first.strides[d] < 0]
    rows = kept.index(g.rows) if g.rows in kept else None
    g = _mapped(g, g.extents, lambda x: _upward(x, g.extents, downward), None)
    g = _mapped(g, tuple(g.extents[d] for d in kept), lambda x: _picked(x, kept), rows)
    while (d := _mergeable(g)) is not None:
        others = [e for e in range(len(g.extents)) if e != d]
        extents = (*g.extents[:d], g.extents[d] * g.extents[d + 1], *g.extents[d + 2 :])
        rows = None if g.rows is None or g.rows in (d, d + 1) else g.rows - (g.rows > d)
        g = _mapped(g, extents, partial(_picked, dimensions=others), rows)
    return g


def _mapped(g: Grid, extents: tuple[int, ...], f: Callable[[Operand], Operand], rows: int | None) -> Grid:
    def member(m: Member) -> Member:
        terms = tuple(replace(t, a=f(t.a), b=None if t.b is None else f(t.b)) for t in m.terms)
        return replace(m, out=f(m.out), terms=terms)

    return Grid(extents, tuple(map(member, g.members)), rows)


def _picked(x: Operand, dimensions: Sequence[int]) -> Operand:
    return replace(x, strides=tuple(x.strides[d] for d in dimensions), entries=tuple(x.entries[d] for d in dimensions))


def _upward(x: Operand, extents: tuple[int, ...], downward: Sequence[int]) -> Operand:
    base = x.base + sum(x.strides[d] * (extents[d] - 1) for d in downward)
    entry = x.entry + sum(x.entries[d] * (extents[d] - 1) for d in downward)
    strides = tuple(-s if d in downward else s for d, s in enumerate(x.strides))
    entries = tuple(-s if d in downward else s for d, s in enumerate(x.entries))
    return replace(x, base=base, entry=entry, strides=strides, entries=entries)


def _mergeable(g: Grid) -> int | None:
    """Return a dimension that runs on where the next one ends, in every operand."""
    operands = g.all_operands
    for d, inner in enumerate(g.extents[1:]):
        if all(x.strides[d] == x.strides[d + 1] * inner and x.entries[d] == x.entries[d + 1] * inner for x in operands):
            return d
    return None
