"""Nests that run together: what one computes at a point, the next may take from a register at the same point.

A nest joins the group of the last nest that it depends on if both have the same points, and if all that it reads of the
group is read at the point where it was written. Numbers that only the group itself reads are never written to memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from ..addresses import indices
from ..nests import Address, Nest, Plan, Segment, Space
from ..tape import FIRST_ROW, NONE, SUM, name
from .operations import LONG

OPERANDS = 8
"""A nest of more operands has loops of its own, and joins no group."""

MEMBERS = 16
"""Nests that one group may have: more would only make longer code."""


@dataclass(frozen=True, eq=False)
class Group:
    """Nests over the same points, in order; stored[i] tells whether anything outside reads what nest i computes."""

    nests: tuple[Nest, ...]
    stored: tuple[bool, ...]

    @property
    def space(self) -> Space:
        """Where the results stand."""
        return self.nests[0].out.space


def groups(plan: Plan) -> list[Group]:
    """Return the nests of a plan in groups, in an order in which they can run."""
    grouping = _Grouping(plan)
    for i in range(len(plan.nests)):
        grouping.place(i)
    return grouping.found()


def pointwise(nest: Nest) -> bool:
    """Whether a nest has no loops but those over its points."""
    lengths = [s.length for s in nest.segments]
    return sum(lengths) <= OPERANDS and (nest.op != SUM or all(n == 1 for n in lengths))


class _Grouping:
    """Groups under construction: numbers of nests, and which nest writes each place."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._nests = [_without_units(nest) for nest in plan.nests]
        self._groups: list[list[int]] = []
        self._home: list[int] = []  # of each nest, the number of its group
        self._owner = {Space.ROW: np.full(plan.rows, NONE), Space.ONE: np.full(plan.ones, NONE)}
        self._sources: list[set[int]] = []  # of each nest, the nests that write what it reads

    def place(self, i: int) -> None:
        """Put the next nest into the last group that it depends on, or into one of its own."""
        nest = self._nests[i]
        sources = [self._writers(a, nest.extents, n) for a, n in _operands(nest)]
        self._sources.append(set().union(*sources))
        last = max((self._home[s] for s in self._sources[i]), default=NONE)
        if last != NONE and self._join(i, sources, last):
            self._home.append(last)
            self._groups[last].append(i)
        else:
            self._home.append(len(self._groups))
            self._groups.append([i])
        if nest.out.space in self._owner and 0 not in nest.extents:
            self._owner[nest.out.space][_distinct(nest.out, nest.extents, 1)] = i

    def found(self) -> list[Group]:
        """Return the groups."""
        stored = [nest.out.space is Space.GRAD for nest in self._nests]
        for reader, sources in enumerate(self._sources):
            for s in sources:
                stored[s] = stored[s] or self._home[s] != self._home[reader]
        for addresses in self._plan.outputs.values():
            for space, place in addresses:
                if space in self._owner and (writer := self._owner[space][place]) != NONE:
                    stored[writer] = True
        return [Group(tuple(self._nests[i] for i in g), tuple(stored[i] for i in g)) for g in self._groups]

    def _distinct(a: Address, extents: tuple[int, ...], length: int) -> Any:
    """Return the places that an address names, without those that stand still along a dimension."""
    if a.table is not None:
        return a.table
    moving = [(n, s) for n, s in zip((*extents, length), (*a.strides, a.step), strict=True) if s]
    return indices(Address(a.space, a.base, tuple(s for _, s in moving)), tuple(n for n, _ in moving), 1)


def _without_units(nest: Nest) -> Nest:
    if 1 not in nest.extents:
        return nest
    kept = [d for d, n in enumerate(nest.extents) if n != 1]

    def address(a: Address, length: int) -> Address:
        table = None if a.table is None else a.table.reshape(*(nest.extents[d] for d in kept), length)
        return replace(a, strides=tuple(a.strides[d] for d in kept), table=table)

    return _map(nest, address, tuple(nest.extents[d] for d in kept))


def _split(nest: Nest, extents: tuple[int, ...]) -> Nest | None:
    """Return a nest with some of its dimensions split into several, to have these extents; None if that cannot be."""
    if nest.extents == extents:
        return nest
    parts: list[list[int]] = []
    rest = list(extents)
    for n in nest.extents:
        part: list[int] = []
        while prod(part) < n and rest:
            part.append(rest.pop(0))
        if prod(part) != n:
            return None
        parts.append(part)
    if rest:
        return None

    def address(a: Address, length: int) -> Address:
        strides = [s * prod(part[k + 1 :]) for s, part in zip(a.strides, parts, strict=True) for k in range(len(part))]
        return replace(a, strides=tuple(strides), table=None if a.table is None else a.table.reshape(*extents, length))

    return _map(nest, address, extents)


def _map(nest: Nest, address: Any, extents: tuple[int, ...]) -> Nest:
    def segment(s: Segment) -> Segment:
        return replace(s, a=address(s.a, s.length), b=None if s.b is None else address(s.b, s.length))

    return Nest(nest.op, extents, address(nest.out, 1), tuple(map(segment, nest.segments)))
