"""Gates: terms of sums that are there in some rows only, as what a table holds is where an index is its own.

On tape each is a select of a number or −0.0, which adding changes nothing. Written to memory, and read again for the
sum, all that is not chosen would take far longer than what is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ....primitives import row
from ...nests.addresses import fitted, indices, span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.arrays import bits
from ...tape.tape import NONE, SUM, Ints, code

SELECT = code(row("select"))


@dataclass(frozen=True)
class Gated(Segment):
    """Terms ± a where b is not 0, or, unless `opens`, where b is 0; −0.0 elsewhere."""

    opens: bool = True


@dataclass(frozen=True)
class _Select:
    """A nest that is x where a condition is not 0, or, unless `opens`, where it is 0; −0.0 elsewhere."""

    condition: Address
    x: Address
    opens: bool
    extents: tuple[int, ...]

    def at(self, operand: Address, points: Ints) -> Address:
        """Return the places of an operand at some points of the nest, counted through it."""
        return fitted(operand.space, indices(operand, self.extents, 1).ravel()[points])


def gated(plan: Plan) -> Plan:
    """Return a plan whose sums make selects of numbers or −0.0 themselves, where a vector has one condition.

    Results are the same bit for bit. A select vanishes if such sums are all that reads it; others stay.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import CONSTANT, INPUT, PARAMETER, Builder
    >>> b = Builder()
    >>> hot, table = b.leaves(INPUT, range(3)), b.leaves(PARAMETER, range(24)).reshape(3, 8)
    >>> operands = np.stack([np.tile(hot, 8), table.T.ravel(), np.repeat(b.leaves(CONSTANT, [-0.0]), 24)], axis=1)
    >>> plan = reroll(b.tape(values=b.sums(b.rows(SELECT, operands).reshape(8, 3), NONE))).plan
    >>> len(plan.nests), len(gated(plan).nests)
    (2, 1)
    """
    selects = {i: found for i, nest in enumerate(plan.nests) if (found := _select(plan, nest))}
    if not selects:
        return plan
    writer, point = np.full((2, plan.rows), NONE)
    for i, found in selects.items():
        places = indices(plan.nests[i].out, found.extents, 1).ravel()
        writer[places], point[places] = i, np.arange(len(places))
    kept = {int(writer[place]) for places in plan.outputs.values() for space, place in places if space is Space.ROW}
    gates: dict[tuple[int, int], tuple[int, Gated]] = {}
    for n, k, places in _reads(plan, writer):
        nest, read = plan.nests[n], set(np.unique(writer[places]).tolist())
        select = selects.get(min(read)) if len(read) == 1 else None
        gate = select and _gate(nest, nest.segments[k], select, point[places])
        if gate:
            gates[n, k] = min(read), gate
        else:
            kept |= read
    made = {place: gate for place, (i, gate) in gates.items() if i not in kept}
    nests = [
        replace(nest, segments=tuple([made.get((n, k), s) for k, s in enumerate(nest.segments)]))
        for n, nest in enumerate(plan.nests)
        if n not in selects or n in kept
    ]
    return replace(plan, nests=tuple(nests))


def _select(plan: Plan, nest: Nest) -> _Select | None:
    if nest.op != SELECT or nest.out.space is not Space.ROW or 0 in nest.extents or len(nest.segments) != 3:
        return None
    condition, x, y = (s.a for s in nest.segments)
    if _is_nothing(plan, nest, y):
        return _Select(condition, x, True, nest.extents)
    return _Select(condition, y, False, nest.extents) if _is_nothing(plan, nest, x) else None


def _is_nothing(plan: Plan, nest: Nest, a: Address) -> bool:
    """Return whether an address names constants −0.0 only."""
    low, high = span(a, nest.extents, 1)
    constants = plan.constants[low : high + 1]
    is_constant = a.space is Space.ONE and high < len(plan.constants)
    return is_constant and bool((bits(constants) == bits(-0.0)).all())


def _reads(plan: Plan, writer: Ints) -> Iterator[tuple[int, int, Ints]]:
    """Yield which segment of which nest reads places that have a writer, and which places."""
    before = [0, *np.cumsum(writer != NONE).tolist()]
    for n, nest in enumerate(plan.nests):
        for k, s in enumerate(nest.segments):
            for a in (s.a, s.b) if s.length and 0 not in nest.extents else ():
                if a is not None and a.space is Space.ROW:
                    low, high = span(a, nest.extents, s.length)
                    if before[low] < before[high + 1]:
                        yield n, k, indices(a, nest.extents, s.length)


def _gate(nest: Nest, s: Segment, select: _Select, points: Ints) -> Gated | None:
    """Return terms that are numbers of a select as gates, if a vector of the results has one condition."""
    if nest.op != SUM or s.b is not None:
        return None
    x, condition = select.at(select.x, points), select.at(select.condition, points)
    if x.table is not None or condition.table is not None:
        return None
    of_each = zip(nest.out.strides, x.strides, condition.strides, strict=True)
    return Gated(s.length, x, condition, s.sign, select.opens) if (1, 1, 0) in of_each else None
