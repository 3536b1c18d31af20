"""Gradients of blocks of rows, to which each row adds what it contributes when that is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM


def rows_first(plan: Plan, lanes: int, strict: bool, alone: Callable[[Nest], bool]) -> Plan:
    """Return a plan whose gradient nests can add row by row.

    What a row contributes to a gradient is complete before it is added to what others did. Where that is no single
    product, and the order of additions is fixed, the contributions of a block of rows get places of their own, and so
    do those of a row in bytecode, whose instructions add a few products each.
    """
    nests: list[Nest] = []
    rows = plan.rows
    for nest in plan.nests:
        if nest.out.space is not Space.GRAD or _adds_row_by_row(nest, lanes, strict, alone(nest)):
            nests.append(nest)
            continue
        strides = tuple(prod(nest.extents[d + 1 :]) for d in range(len(nest.extents)))
        own = Address(Space.ROW, rows, strides)
        rows += prod(nest.extents)
        nests += [replace(nest, out=own), replace(nest, op=SUM, segments=(Segment(1, own),))]
    return replace(plan, nests=tuple(nests), rows=rows)


def _adds_row_by_row(nest: Nest, lanes: int, strict: bool, alone: bool) -> bool:
    if nest.op != SUM:
        return False
    return (lanes == 1 and not alone) or not strict or sum(s.length for s in nest.segments) == 1
