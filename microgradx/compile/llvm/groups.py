"""Nests that run together: what one computes at a point, the next may take from a register at the same point.

A nest joins the group of the last nest that it depends on if both have the same points, and if all that it reads of the
group is read at the point where it was written. Numbers that only the group itself reads are never written to memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from ..addresses import indices
from ..nests import Address, Nest, Plan, Segment, Space
from ..tape import FIRST_ROW, SUM, name
from .operations import LONG

OPERANDS = 8
"""A nest of more operands has loops of its own, and joins no group."""

MEMBERS = 16
"""Nests that one group may have: more would only make longer code."""


@dataclass(frozen=True, eq=False)
class Group:
    """Nests over the same points, in order; `stored[i]`: whether anything outside of the group reads nest i's results."""

    nests: tuple[Nest, ...]
    stored: tuple[bool, ...]

    @property
    def space(self) -> Space:
        """Where the results stand."""
        return self.nests[0].out.space


def groups(plan: Plan) -> list[Group]:
    """Return the nests of a plan in groups, in an order in which they can run."""
    found: list[list[int]] = []
    nests = [_without_units(nest) for nest in plan.nests]
    home = [-1] * len(nests)
    owner = {Space.ROW: np.full(plan.rows, -1), Space.ONE: np.full(plan.ones, -1)}
    stored = [nest.out.space is Space.GRAD for nest in nests]
    sources: list[dict[int, set[int]]] = []
    for i, nest in enumerate(nests):
        sources.append({o: _writers(owner, a, nest.extents, n) for o, (a, n) in enumerate(_operands(nest))})
        last = max((home[s] for some in sources[i].values() for s in some), default=-1)
        joined = _joined(nests, found[last], nest, [s for s in sources[i].values()], home, last) if last >= 0 else None
        if joined is None:
            home[i] = len(found)
            found.append([i])
        else:
            home[i] = last
            nests[i], members = joined
            for member, shaped in members.items():
                nests[member] = shaped
            found[last].append(i)
        if nest.out.space in owner and 0 not in nest.extents:
            owner[nest.out.space][_distinct(nest.out, nest.extents, 1)] = i
    for i, of_operands in enumerate(sources):
        for s in {s for some in of_operands.values() for s in some}:
            stored[s] = stored[s] or home[s] != home[i]
    for addresses in plan.outputs.values():
        for space, place in addresses:
            if space in owner and owner[space][place] >= 0:
                stored[owner[space][place]] = True
    return [Group(tuple(nests[i] for i in g), tuple(stored[i] for i in g)) for g in found]


def pointwise(nest: Nest) -> bool:
    """Whether a nest has no loops but those over its points."""
    lengths = [s.length for s in nest.segments]
    return sum(lengths) <= OPERANDS and (nest.op != SUM or all(n == 1 for n in lengths))


def _joined(
    nests: list[Nest], group: list[int], nest: Nest, sources: list[set[int]], home: list[int], last: int
) -> tuple[Nest, dict[int, Nest]] | None:
    """Return the nest as the group's latest, and the group's nests with extents that suit both; None if it cannot be."""
    head = nests[group[0]]
    if len(group) >= MEMBERS or not pointwise(nest) or nest.out.space is not head.out.space or 0 in nest.extents:
        return None
    if nest.out.space is Space.GRAD or (_long(nest) and not pointwise(head)):
        return None
    members = {i: nests[i] for i in group}
    shaped = _split(nest, head.extents)
    if shaped is None and all(pointwise(member) for member in members.values()):
        split = {i: _split(member, nest.extents) for i, member in members.items()}
        if all(split.values()):
            shaped, members = nest, {i: m for i, m in split.items() if m is not None}
    if shaped is None:
        return None
    for (a, length), writers in zip(_operands(shaped), sources, strict=True):
        inside = [s for s in writers if home[s] == last]
        if inside and not (len(writers) == length == 1 and same_place(a, members[inside[0]].out)):
            return None
    return shaped, members


def same_place(a: Address, b: Address) -> bool:
    """Whether two addresses without steps name the same place at each point."""
    return a.table is None and b.table is None and (a.space, a.base, a.strides) == (b.space, b.base, b.strides)


def _long(nest: Nest) -> bool:
    return nest.op >= FIRST_ROW and name(nest.op) in LONG


def _operands(nest: Nest) -> list[tuple[Address, int]]:
    return [(a, s.length) for s in nest.segments for a in (s.a, s.b) if a is not None]


def _writers(owner: dict[Space, Any], a: Address, extents: tuple[int, ...], length: int) -> set[int]:
    if a.space not in owner or 0 in extents:
        return set()
    return set(owner[a.space][_distinct(a, extents, length)].ravel().tolist()) - {-1}


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
    """Return a nest with some of its dimensions split into several, so that it has these extents; None if it cannot be."""
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


