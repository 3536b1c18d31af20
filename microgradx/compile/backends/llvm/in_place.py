"""Steps of gradient descent by the kernel itself, whose gradients are added to the parameters."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ...nests.addresses import span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM
from .memory import LINE
from .target import Target


def gradients_last(plan: Plan) -> Plan:
    """Return a plan that adds to gradients when all else is computed."""
    return replace(plan, nests=tuple(sorted(plan.nests, key=lambda nest: nest.out.space is Space.GRAD)))


def reads_while_adding(plan: Plan) -> bool:
    """Return whether parameters are read when gradients have been added to: by another gradient, or as a result."""
    adding = [nest for nest in plan.nests if nest.out.space is Space.GRAD]
    read = [a.space for nest in adding for s in nest.segments for a in (s.a, s.b) if a is not None]
    results = [space for places in plan.outputs.values() for space, _ in places]
    return Space.PARAM in (*read, *results)


def in_eager_order(plan: Plan) -> tuple[Plan, int]:
    """Return a plan of one row that adds r·(0 + gradient), and the place of r in space ROW; behind it stands the 0.

    So the optimiser rounds: a rate that is multiplied into the error signals rounds in another way.
    """
    rate = plan.rows
    rows, nests = rate + 2, list[Nest]()
    for nest in plan.nests:
        if nest.out.space is not Space.GRAD:
            nests.append(nest)
            continue
        still = (0,) * len(nest.extents)
        rows += -rows % (LINE // 8)
        own = Address(Space.ROW, rows, tuple(prod(nest.extents[d + 1 :]) for d in range(len(nest.extents))))
        rows += prod(nest.extents)
        total = (*nest.segments, Segment(1, Address(Space.ROW, rate + 1, still)))
        nests.append(replace(nest, out=own, segments=total))
        nests.append(replace(nest, op=SUM, segments=(Segment(1, own, Address(Space.ROW, rate, still)),)))
    return replace(plan, nests=tuple(nests), rows=rows), rate


def small(plan: Plan, target: Target) -> list[tuple[int, int]]:
    """Return the first blocks of parameters that fit into a third of the registers, as ranges of their places."""
    found, room = [], target.registers // 3
    for nest in plan.nests:
        if nest.out.space is Space.GRAD and 0 not in nest.extents:
            low, high = span(nest.out, nest.extents, 1)
            size = -(-(high + 1 - low) // target.vector)
            if size <= min(4, room):
                found.append((low, high + 1))
                room -= size
    return found
