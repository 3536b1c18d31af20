"""Gates: terms of sums that are there in some rows only, as what a table holds is where an index is its own.

On tape each is a select of a number or −0.0, which adding changes nothing. Written to memory, and read again for the
sum, all that is not chosen would take far longer than what is; so would the numbers, where they are products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from ....primitives import row
from ...nests.addresses import fitted, indices, span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.arrays import bits
from ...tape.tape import NONE, SUM, Ints, code

SELECT = code(row("select"))

AGAIN = 4
"""A number is made so many times at most, each time that a sum adds it: for more it pays to keep it."""


@dataclass(frozen=True, kw_only=True)
class Gated(Segment):
    """Terms ± a·b, or ± a without b, where a condition is not 0, or, unless `opens`, where it is 0; −0.0 elsewhere."""

    condition: Address
    opens: bool = True

    @property
    def operands(self) -> tuple[Address, ...]:
        """All that it reads, the condition last."""
        return (*super().operands, self.condition)

    def mapped(self, f: Callable[[Address], Address]) -> Gated:
        """Return the segment with other addresses."""
        return replace(super().mapped(f), condition=f(self.condition))


def gated(plan: Plan) -> Plan:
    """Return a plan whose sums make selects of numbers or −0.0 themselves, where a vector has one condition.

    If the numbers are products, sums make these too. Results are the same bit for bit. What sums make vanishes if they
    are all that reads it, and stays if not.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import CONSTANT, INPUT, PARAMETER, Builder
    >>> b = Builder()
    >>> hot, table = b.leaves(INPUT, range(3)), b.leaves(PARAMETER, range(24)).reshape(3, 8)
    >>> operands = np.stack([np.tile(hot, 8), table.T.ravel(), np.repeat(b.leaves(CONSTANT, [-0.0]), 24)], axis=1)
    >>> plan = reroll(b.tape(values=b.sums(b.rows(SELECT, operands).reshape(8, 3), NONE))).plan
    >>> len(plan.nests), len(gated(plan).nests)
    (2, 1)
    """
    with_gates = _taken(plan, _selected, _gate)
    return plan if with_gates is plan else _taken(with_gates, _product, _gate_of_products)


def _taken(
    plan: Plan,
    term: Callable[[Plan, Nest], Segment | None],
    gate: Callable[[Segment, Segment], Gated | None],
) -> Plan:
    """Return a plan without the nests that are a `term` at each point, where all that reads them can make it itself.

    `gate` says what becomes of a segment that reads such numbers, given the term at the points that it reads.
    """
    terms = {i: found for i, nest in enumerate(plan.nests) if (found := term(plan, nest))}
    if not terms:
        return plan
    writer, point = np.full((2, plan.rows), NONE)
    for i in terms:
        places = indices(plan.nests[i].out, plan.nests[i].extents, 1).ravel()
        writer[places], point[places] = i, np.arange(len(places))
    kept = {int(writer[place]) for places in plan.outputs.values() for space, place in places if space is Space.ROW}
    gates: dict[tuple[int, int], tuple[int, Gated]] = {}
    times = dict.fromkeys(terms, 0)
    for n, k, operand, places in _reads(plan, writer):
        read, s = set(np.unique(writer[places]).tolist()), plan.nests[n].segments[k]
        i = min(read)
        if read == {i} != {NONE} and operand == 0 and plan.nests[n].op == SUM and s.b is None:
            here = terms[i].mapped(partial(_at, extents=plan.nests[i].extents, points=point[places]))
            if (new := gate(s, here)) and _pays(plan.nests[n], new):
                gates[n, k] = i, new
                times[i] += places.size
                continue
        kept |= read
    kept |= {i for i, reads in times.items() if reads > AGAIN * prod(plan.nests[i].extents)}
    made = {place: new for place, (i, new) in gates.items() if i not in kept}
    nests = [
        replace(nest, segments=tuple([made.get((n, k), s) for k, s in enumerate(nest.segments)]))
        for n, nest in enumerate(plan.nests)
        if n not in terms or n in kept
    ]
    return replace(plan, nests=tuple(nests))


def _selected(plan: Plan, nest: Nest) -> Gated | None:
    """Return the term that a nest is at each point, if that is a select of a number or −0.0."""
    if nest.op != SELECT or nest.out.space is not Space.ROW or 0 in nest.extents or len(nest.segments) != 3:
        return None
    condition, x, y = (s.a for s in nest.segments)
    if _is_nothing(plan, nest, y):
        return Gated(1, x, condition=condition)
    return Gated(1, y, condition=condition, opens=False) if _is_nothing(plan, nest, x) else None


def _is_nothing(plan: Plan, nest: Nest, a: Address) -> bool:
    """Return whether an address names constants −0.0 only."""
    low, high = span(a, nest.extents, 1)
    constants = plan.constants[low : high + 1]
    is_constant = a.space is Space.ONE and high < len(plan.constants)
    return is_constant and bool((bits(constants) == bits(-0.0)).all())


def _product(plan: Plan, nest: Nest) -> Segment | None:
    """Return the term that a nest is at each point, if that is a product; minus one would be 0.0 in a shut gate."""
    if nest.op != SUM or nest.out.space is not Space.ROW or 0 in nest.extents or len(nest.segments) != 1:
        return None
    (s,) = nest.segments
    return s if s.length == 1 and s.b is not None and s.sign > 0 and not isinstance(s, Gated) else None


def _reads(plan: Plan, writer: Ints) -> Iterator[tuple[int, int, int, Ints]]:
    """Yield which operand of which segment of which nest reads places that have a writer, and which places."""
    before = [0, *np.cumsum(writer != NONE).tolist()]
    for n, nest in enumerate(plan.nests):
        for k, s in enumerate(nest.segments):
            for operand, a in enumerate(s.operands) if s.length and 0 not in nest.extents else ():
                if a.space is Space.ROW:
                    low, high = span(a, nest.extents, s.length)
                    if before[low] < before[high + 1]:
                        yield n, k, operand, indices(a, nest.extents, s.length)


def _at(a: Address, extents: tuple[int, ...], points: Ints) -> Address:
    """Return the places of an operand at some points of a nest, counted through it."""
    return fitted(a.space, indices(a, extents, 1).ravel()[points])


def _gate(s: Segment, selected: Segment) -> Gated | None:
    """Return what becomes of terms that are selects, if they are not gates already."""
    if isinstance(s, Gated) or not isinstance(selected, Gated):
        return None
    return replace(selected, length=s.length, sign=s.sign)


def _gate_of_products(s: Segment, product: Segment) -> Gated | None:
    """Return what becomes of a gate of numbers that are products."""
    return replace(s, a=product.a, b=product.b) if isinstance(s, Gated) else None


def _pays(nest: Nest, s: Gated) -> bool:
    """Return whether a vector of the results has one condition, and what is added stands side by side, or still.

    A gradient must not read parameters, which it may be added to: then they would have to be copied.
    """
    if any(x.table is not None or (nest.out.space, x.space) == (Space.GRAD, Space.PARAM) for x in s.operands):
        return False
    *factors, condition = (x.strides for x in s.operands)
    of_each = zip(nest.out.strides, condition, *factors, strict=True)
    return any(out == 1 and not c and {*steps} in ({1}, {0, 1}) for out, c, *steps in of_each)
