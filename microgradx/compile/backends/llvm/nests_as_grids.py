"""Nests as loops over memory, where the rows of the batch are one more dimension.

A number of space ROW stands as `lanes` numbers side by side, one for each row of a block. So an operand has stride 1
along the rows if it is of that space and 0 if not, and its other strides are `lanes` times as long: beyond this module
hardly anything knows of batches. Where a nest adds to gradients, the rows are one more loop of its sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from ...nests.nests import Address, Nest, Segment, Space
from ...tape.tape import SUM, Floats, Ints
from .gates import Gated
from .grid import PADDED, POOLS, PRESENT, WHERE, Count, Grid, Member, Operand, Term, X, simplified
from .groups import Group, same_place
from .standing import Columns, stands
from .writer import Module


def grid(
    group: Group,
    lanes: int,
    strict: bool,
    constants: Floats,
    module: Module,
    standing: Sequence[Columns] = (),
    rows: int | None = None,
    rate: int | None = None,
) -> Grid | None:
    """Return nests as loops over blocks of `lanes` rows, or so many `rows` of these; None if nothing comes of them.

    Inputs of `standing` columns are read where the rows of data stand. With a `rate` a gradient is summed up over the
    rows, and multiplied by the number at that place of space ONE, before it is added.
    """
    extents = group.nests[0].extents
    if 0 in extents or not any(group.stored):
        return None
    along, block = lanes > 1 and group.nests[0].out.space is Space.ROW, rows or lanes
    maker = _Maker(extents, lanes, strict, along, constants, module, standing)
    members = tuple(maker.member(group, i) for i in range(len(group.nests)))
    if rate is not None and members[0].adds:
        members = _times(members[0], rate)
    return simplified(Grid((*extents, block), members, block, len(extents)) if along else Grid(extents, members, block))


@dataclass(frozen=True)
class _Maker:
    """Makes operands of addresses; `rows`: whether the rows of a block are one more dimension."""

    extents: tuple[int, ...]
    lanes: int
    strict: bool
    rows: bool
    constants: Floats
    module: Module
    standing: Sequence[Columns]

    def member(self, group: Group, i: int) -> Member:
        """Return nest i of a group, with what it reads from registers."""
        nest = group.nests[i]
        adds = nest.out.space is Space.GRAD
        summed = self.lanes > 1 and adds
        terms = tuple(self._term(nest, s, summed, group.nests[:i]) for s in nest.segments if s.length)
        return Member(nest.op, self._operand(nest.out, 1, summed, ()), terms, adds, group.stored[i])

    def _term(self, nest: Nest, s: Segment, summed: bool, before: tuple[Nest, ...]) -> Term:
        def operand(x: Address) -> Operand:
            return self._operand(x, s.length, summed, before)

        loops: tuple[Count, ...] = (s.length,)
        if summed:
            varies = any(x.space is Space.ROW for x in s.operands)
            loops = (s.length, PRESENT if self.strict or not varies else PADDED)
        term = Term(loops, operand(s.a), None if s.b is None else operand(s.b), s.sign < 0)
        if isinstance(s, Gated):
            term = replace(term, condition=operand(s.condition), opens=s.opens)
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
        if stands(a, extents, self.standing):
            return _standing(a, self.rows, summed)
        return _operand(a, extents, self.lanes, self.rows, summed, self.constants, self.module)


def _times(gradient: Member, rate: int) -> tuple[Member, Member]:
    """Return the sum that a gradient is, and what adds it times the number at a place of space ONE."""
    still = (0,) * len(gradient.out.strides)
    factor = Operand(POOLS[Space.ONE], rate, still, (), "", 0, still, ())
    product = Term((), replace(gradient.out, source=0), factor, False)
    return replace(gradient, adds=False, stored=False), replace(gradient, op=SUM, terms=(product,))


def _standing(a: Address, rows: bool, summed: bool) -> Operand:
    """Return an input as an operand where the rows of data stand, each of which begins somewhere."""
    along, loop = (0,) * rows, (0,) * summed
    entries, hops = (*(0,) * len(a.strides), *(1,) * rows), (0, *(1,) * summed)
    return Operand(X, a.base, (*a.strides, *along), (a.step, *loop), WHERE, 0, entries, hops)


def _operand(
    a: Address, extents: tuple[int, ...], lanes: int, rows: bool, summed: bool, constants: Floats, module: Module
) -> Operand:
    """Return an address with the dimension of the rows, and the loop over them, put in; extents end with the sum's."""
    of_row = a.space is Space.ROW
    unit = lanes if of_row else 1
    along = (int(of_row),) if rows else ()
    loop = (int(of_row),) if summed else ()
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
    table, even = _reduced(a.table)
    *entries, hop = (0 if n == 1 else prod(table.shape[d + 1 :]) for d, n in enumerate(table.shape))
    *strided, step = (by * unit for by in even)
    name = module.table(table * unit)
    places = (*strided, *along), (step, *loop)
    return Operand(POOLS[a.space], 0, *places, name, 0, (*entries, *(0,) * len(along)), (hop, *(0,) * len(loop)))


def _reduced(table: Ints) -> tuple[Ints, list[int]]:
    """Return a table with one entry along dimensions where its entries change evenly, and by how much they do.

    >>> _reduced(np.array([[0, 1, 2], [7, 8, 9], [5, 6, 7]]))
    (array([[0],
           [7],
           [5]]), [0, 1])
    """
    even = []
    for d in range(table.ndim):
        changes = np.diff(table, axis=d)
        is_even = changes.size > 0 and bool((changes == changes.flat[0]).all())
        even.append(int(changes.flat[0]) if is_even else 0)
        table = table.take([0], axis=d) if is_even else table
    return table, even


def _range(a: Address, extents: tuple[int, ...]) -> tuple[int, int]:
    reach = [s * (n - 1) for s, n in zip((*a.strides, a.step), extents, strict=True)]
    return a.base + sum(min(r, 0) for r in reach), a.base + sum(max(r, 0) for r in reach)


def _without_loop(term: Term) -> Term:
    """Return a term without its first loop, which runs once."""

    def operand(x: Operand) -> Operand:
        return replace(x, steps=x.steps[1:], hops=x.hops[1:])

    return replace(term.mapped(operand), loops=term.loops[1:])


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

    return term.mapped(operand)
