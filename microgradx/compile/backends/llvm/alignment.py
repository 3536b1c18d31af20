"""Where the numbers of a row stand when rows are computed one by one: vectors of them begin with a line of the cache.

A vector in two lines is read and written in twice the time, and in a small network most are read as soon as they are
written.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...nests.addresses import span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import Ints
from .memory import LINE

NUMBERS = LINE // 8
"""Numbers in a line: nests of as many points begin with one."""


def aligned(plan: Plan) -> Plan:
    """Return a plan whose nests of ROW are moved apart, or the plan itself if one address names places of several.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder, code
    >>> from ....primitives import row
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(9))
    >>> y = b.rows(code(row("exp")), x[:, None])
    >>> plan = reroll(b.tape(values=y)).plan
    >>> plan.nests[0].out.base, aligned(plan).nests[0].out.base
    (9, 16)
    """
    shifts = _shifts(plan)
    try:
        nests = tuple(_moved(nest, shifts) for nest in plan.nests)
    except ValueError:
        return plan
    outputs = {
        name: tuple((space, place + int(shifts[place]) if space is Space.ROW else place) for space, place in places)
        for name, places in plan.outputs.items()
    }
    return replace(plan, nests=nests, outputs=outputs, rows=plan.rows + int(shifts.max(initial=0)))


def _shifts(plan: Plan) -> Ints:
    """Return how far each place of ROW is moved, never less than the one before."""
    moves = np.zeros(plan.rows, np.int64)
    moved = 0
    for low, high in sorted(
        _written(nest) for nest in plan.nests if nest.out.space is Space.ROW and 0 not in nest.extents
    ):
        if high - low + 1 >= NUMBERS and (by := -(low + moved) % NUMBERS):
            moves[low] = by
            moved += by
    return np.cumsum(moves)


def _written(nest: Nest) -> tuple[int, int]:
    return span(nest.out, nest.extents, 1)


def _moved(nest: Nest, shifts: Ints) -> Nest:
    """Return a nest at the new places; ValueError if an address has no base and strides there."""

    def address(a: Address, length: int) -> Address:
        if a.space is not Space.ROW or 0 in nest.extents or not length:
            return a
        if a.table is not None:
            return replace(a, table=a.table + shifts[a.table])
        low, high = span(a, nest.extents, length)
        if shifts[low] != shifts[high]:
            raise ValueError("these places are moved by different distances")
        return replace(a, base=a.base + int(shifts[low]))

    def segment(s: Segment) -> Segment:
        return s.mapped(lambda a: address(a, s.length))

    return replace(nest, out=address(nest.out, 1), segments=tuple(map(segment, nest.segments)))
