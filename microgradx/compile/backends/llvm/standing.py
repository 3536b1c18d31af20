"""Standing: inputs that large products read where the rows of data stand, so that these need not be copied into blocks.

A copy of many inputs has to be fetched by every processor that shares the products, and takes the place of what else
stands near them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...nests.addresses import span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM
from .groups import Group

WORTH = 1 << 20
"""Multiply-adds of a nest that reads inputs so: those of a smaller one take little room, and little time to copy."""

Columns = tuple[int, int]
"""The first of some columns of the data, and the one after the last."""


def standing(found: Sequence[Group], plan: Plan, lanes: int, vector: int) -> tuple[Columns, ...]:
    """Return the columns of data that nests read best where the rows stand, in order; none of single rows."""
    inputs = plan.inputs - plan.weighted
    taken = [_columns(place, place) for addresses in plan.outputs.values() for space, place in addresses if not space]
    read: list[Columns] = []
    for group in found if lanes > 1 else ():
        for nest in group.nests:
            well = nest is group.nests[0] and not group.alone and products(nest, lanes) >= WORTH
            for s, a, others in _factors(nest):
                columns = _columns(*span(a, nest.extents, s.length))
                if columns[0] < inputs:
                    (read if well and _reads_well(nest, a, others, vector) else taken).append(columns)
    while mixed := [x for x in read if x[1] > inputs or any(_overlap(x, y) for y in taken)]:
        taken += mixed
        read = [x for x in read if x not in mixed]
    return tuple(_joined(read))


def stands(a: Address, extents: Sequence[int], columns: Sequence[Columns]) -> bool:
    """Return whether all that an address names, whose extents end with the length of a sum, is in these columns."""
    if a.space is not Space.ROW or not columns:
        return False
    low, high = span(a, tuple(extents[:-1]), extents[-1])
    return any(begin <= low and high < end for begin, end in columns)


def others(standing: Sequence[Columns], columns: int) -> list[Columns]:
    """Return the columns that are not standing.

    >>> others([(2, 5), (5, 6)], 9)
    [(0, 2), (6, 9)]
    """
    limits = [0, *(x for each in standing for x in each), columns]
    return [(begin, end) for begin, end in zip(limits[::2], limits[1::2], strict=True) if begin < end]


def products(nest: Nest, lanes: int) -> int:
    """Return how many multiply-adds a nest makes in a block of so many rows; 0 if it is no sum."""
    return nest.terms * lanes if nest.op == SUM else 0


def _factors(nest: Nest) -> Iterator[tuple[Segment, Address, tuple[Address, ...]]]:
    """Yield the operands of a nest that differ from row to row, each with the others of its term."""
    for s in nest.segments if 0 not in nest.extents else ():
        for k, a in enumerate(s.operands):
            if s.length and a.space is Space.ROW:
                yield s, a, s.operands[:k] + s.operands[k + 1 :]


def _reads_well(nest: Nest, x: Address, others: tuple[Address, ...], vector: int) -> bool:
    """Return whether vectors stand side by side in a row, or in what its numbers are multiplied with and written to."""
    if not others or any(a.table is not None for a in (x, *others)):
        return False
    adds = nest.out.space is Space.GRAD
    sides = (nest.out,) if adds else others
    return any(
        all(side.strides[d] == 1 for side in sides) and n >= vector and x.strides[d] in ((0, 1) if adds else (0,))
        for d, n in enumerate(nest.extents)
    ) and (adds or all(other.space in (Space.PARAM, Space.ONE) for other in others))


def _columns(low: int, high: int) -> Columns:
    return low, high + 1


def _overlap(x: Columns, y: Columns) -> bool:
    return x[0] < y[1] and y[0] < x[1]


def _joined(columns: list[Columns]) -> list[Columns]:
    found: list[Columns] = []
    for begin, end in sorted(columns):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found
