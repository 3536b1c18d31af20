"""Steps of gradient descent by the kernel itself, whose gradients are added to the parameters."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ...nests.addresses import span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM
from .grid import POOLS, PRESENT
from .memory import LINE
from .target import Target
from .writer import Writer, number


def gradients_last(plan: Plan) -> Plan:
    """Return a plan that adds to gradients when all else is computed."""
    return replace(plan, nests=tuple(sorted(plan.nests, key=lambda nest: nest.out.space is Space.GRAD)))


def reads_while_adding(plan: Plan) -> bool:
    """Return whether parameters are read when gradients have been added to: by another gradient, or as a result."""
    adding = [nest for nest in plan.nests if nest.out.space is Space.GRAD]
    read = [a.space for nest in adding for s in nest.segments for a in s.operands]
    results = [space for places in plan.outputs.values() for space, _ in places]
    return Space.PARAM in (*read, *results)


def in_eager_order(plan: Plan, lanes: int) -> tuple[Plan, int]:
    """Return a plan with room for r, to add r·gradient to parameters of which none is −0.0, and its place.

    So the optimiser rounds: a rate that is multiplied into the error signals rounds in another way. Its gradient is
    0 + what arrives, which makes no difference but to a parameter of −0.0; and a sum is −0.0 only if both its terms
    are, so that no parameter becomes it. The plan of one row adds so itself, and r stands in space ROW; for a block of
    rows r stands in space ONE.
    """
    if lanes > 1:
        return replace(plan, ones=plan.ones + 1), plan.ones
    rate = plan.rows
    rows, nests = rate + 1, list[Nest]()
    for nest in plan.nests:
        if nest.out.space is not Space.GRAD:
            nests.append(nest)
            continue
        still = (0,) * len(nest.extents)
        rows += -rows % (LINE // 8)
        own = Address(Space.ROW, rows, tuple(prod(nest.extents[d + 1 :]) for d in range(len(nest.extents))))
        rows += prod(nest.extents)
        nests.append(replace(nest, out=own))
        nests.append(replace(nest, op=SUM, segments=(Segment(1, own, Address(Space.ROW, rate, still)),)))
    return replace(plan, nests=tuple(nests), rows=rows), rate


def begin_step(w: Writer, rate: int, lanes: int) -> str:
    """Write r, which the kernel is given as weight, to its place; return the weight that a row has."""
    w.store("%weight", w.shifted(POOLS[Space.ROW if lanes == 1 else Space.ONE], rate), 1)
    if lanes == 1:
        return number(1.0)
    return w.value(f"fdiv double {number(1.0)}, {w.value(f'sitofp i64 {PRESENT} to double')}")


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
