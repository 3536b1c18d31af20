"""Nests that run together: what one computes at a point, the next may take from a register at the same point.

A nest joins the group of the last nest that it depends on if both have the same points, and if all that it reads of the
group is read at the point where it was written. Numbers that only the group itself reads are never written to memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from ...nests.addresses import indices
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import FIRST_ROW, NONE, SUM, name
from .lengths import LONG

OPERANDS = 8
"""A nest of more operands has loops of its own, and joins no group."""

MEMBERS = 16
"""Nests that one group may have: more would only make longer code."""


@dataclass(frozen=True, eq=False)
class Group:
    """Nests over the same points, in order; stored[i] tells whether anything outside reads what nest i computes.

    A nest that is to be left alone, `alone`, is a group of its own.
    """

    nests: tuple[Nest, ...]
    stored: tuple[bool, ...]
    alone: bool = False

    @property
    def space(self) -> Space:
        """Where the results stand."""
        return self.nests[0].out.space


def groups(plan: Plan, alone: Callable[[Nest], bool] = lambda nest: False, one_row: bool = False) -> list[Group]:
    """Return the nests of a plan in groups, in an order in which they can run; leave some nests alone.

    Results that nothing waits for come last.

    Of one row a nest may also add to gradients what the group before it computes.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder, code
    >>> from ....primitives import row
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(6))
    >>> z = b.sums(x[:3, None], x[3:, None])
    >>> plan = reroll(b.tape(values=b.rows(code(row("exp")), z[:, None]))).plan
    >>> len(plan.nests), [(len(g.nests), g.stored) for g in groups(plan)]
    (2, [(2, (False, True))])
    """
    grouping = _Grouping(plan, alone, one_row)
    for i in range(len(plan.nests)):
        grouping.place(i)
    return grouping.found()


def pointwise(nest: Nest) -> bool:
    """Return whether a nest has no loops but those over its points."""
    lengths = [s.length for s in nest.segments]
    return sum(lengths) <= OPERANDS and (nest.op != SUM or all(n == 1 for n in lengths))


def same_place(a: Address, b: Address) -> bool:
    """Return whether two addresses without steps name the same place at each point."""
    return a.table is None and b.table is None and (a.space, a.base, a.strides) == (b.space, b.base, b.strides)


class _Grouping:
    """Groups under construction: numbers of nests, and which nest writes each place."""

    def __init__(self, plan: Plan, alone: Callable[[Nest], bool], one_row: bool) -> None:
        self._plan, self._one_row = plan, one_row
        self._alone = [alone(nest) for nest in plan.nests]
        self._nests = [nest if a else _without_units(nest) for a, nest in zip(self._alone, plan.nests, strict=True)]
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
        if last != NONE and not self._alone[i] and self._join(i, sources, last):
            self._home.append(last)
            self._groups[last].append(i)
        else:
            self._home.append(len(self._groups))
            self._groups.append([i])
        if nest.out.space in self._owner and 0 not in nest.extents:
            self._owner[nest.out.space][_distinct(nest.out, nest.extents, 1)] = i

    def found(self) -> list[Group]:
        """Return the groups."""
        stored = [a or nest.out.space is Space.GRAD for a, nest in zip(self._alone, self._nests, strict=True)]
        awaited = set[int]()
        for reader, sources in enumerate(self._sources):
            for s in sources:
                if self._home[s] != self._home[reader]:
                    stored[s] = True
                    awaited.add(self._home[s])
        for addresses in self._plan.outputs.values():
            for space, place in addresses:
                if space in self._owner and (writer := self._owner[space][place]) != NONE:
                    stored[writer] = True
        return [
            Group(tuple(self._nests[i] for i in g), tuple(stored[i] for i in g), self._alone[g[0]])
            for g in sorted(
                self._groups, key=lambda g: self._home[g[0]] not in awaited and not self._uses_parameters(g)
            )
        ]

    def _uses_parameters(self, group: list[int]) -> bool:
        nests = [self._nests[i] for i in group]
        used = {a.space for nest in nests for a in (nest.out, *(a for a, _ in _operands(nest)))}
        return not used.isdisjoint((Space.PARAM, Space.GRAD))

    def _writers(self, a: Address, extents: tuple[int, ...], length: int) -> set[int]:
        if a.space not in self._owner or 0 in extents:
            return set()
        if a.table is None and length == 1 and not any(a.strides):
            return {int(self._owner[a.space][a.base])} - {NONE}
        return set(self._owner[a.space][_distinct(a, extents, length)].ravel().tolist()) - {NONE}

    def _join(self, i: int, sources: list[set[int]], last: int) -> bool:
        """Give a nest and a group extents that suit both, if it may join the group; return whether it may."""
        nest, members = self._nests[i], self._groups[last]
        head = self._nests[members[0]]
        long = nest.op >= FIRST_ROW and name(nest.op) in LONG and not pointwise(head)
        if nest.out.space is Space.GRAD:  # which may be the parameters: when all before has read them
            reads = {a.space for m in members for a, _ in _operands(self._nests[m])}
            of_each_row = self._one_row and head.out.space is Space.ROW
            apart = not of_each_row or last < len(self._groups) - 1 or Space.PARAM in reads
        else:
            apart = nest.out.space is not head.out.space
        apart = apart or 0 in nest.extents
        if self._alone[members[0]] or apart or long or len(members) >= MEMBERS or not pointwise(nest):
            return False
        shaped = {m: self._nests[m] for m in members}
        joined = _split(nest, head.extents)
        if joined is None and all(pointwise(m) for m in shaped.values()):
            joined = nest
            shaped = {m: split for m in members if (split := _split(self._nests[m], nest.extents))}
        if joined is None or len(shaped) < len(members):
            return False
        for (a, length), writers in zip(_operands(joined), sources, strict=True):
            inside = [s for s in writers if self._home[s] == last]
            if inside and not (len(writers) == length == 1 and same_place(a, shaped[inside[0]].out)):
                return False
        for m, split in (shaped | {i: joined}).items():
            self._nests[m] = split
        return True


def _operands(nest: Nest) -> list[tuple[Address, int]]:
    return [(a, s.length) for s in nest.segments for a in s.operands]


def _distinct(a: Address, extents: tuple[int, ...], length: int) -> Any:
    """Return the places that an address names, without those that stand still along a dimension."""
    if a.table is not None:
        return a.table
    moving = [(n, s) for n, s in zip((*extents, length), (*a.strides, a.step), strict=True) if s]
    return indices(Address(a.space, a.base, tuple(s for _, s in moving)), tuple(n for n, _ in moving), 1)


def _without_units(nest: Nest) -> Nest:
    """Return a nest without its dimensions of extent 1."""
    if 1 not in nest.extents:
        return nest
    kept = [d for d, n in enumerate(nest.extents) if n != 1]
    extents = tuple(nest.extents[d] for d in kept)

    def address(a: Address, length: int) -> Address:
        table = None if a.table is None else a.table.reshape(*extents, length)
        return replace(a, strides=tuple(a.strides[d] for d in kept), table=table)

    return _mapped(nest, extents, address)


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

    return _mapped(nest, extents, address)


def _mapped(nest: Nest, extents: tuple[int, ...], address: Callable[[Address, int], Address]) -> Nest:
    def segment(s: Segment) -> Segment:
        return s.mapped(lambda a: address(a, s.length))

    return Nest(nest.op, extents, address(nest.out, 1), tuple(map(segment, nest.segments)))
