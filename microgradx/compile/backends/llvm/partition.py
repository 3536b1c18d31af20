"""Partition: what threads do beside a nest that they share, so that few of them wait while one computes the rest.

    sliced   groups that compute each row alone, one after the other: threads share the rows
    beside   small sums over all rows: some of them together are one tile more of a large one
    whole    all other groups, of which the large ones are shared by tiles
    alone    bytecode

Only what is large enough pays: threads meet in about a microsecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal

from ...nests.addresses import span
from ...nests.nests import Space
from . import sharing
from .groups import Group, pointwise
from .standing import products

Way = Literal["sliced", "beside", "whole", "alone"]

SLICES = 4
"""The rows of a block are shared as so many slices."""


def divided(found: Sequence[Group], lanes: int, vector: int) -> Iterator[tuple[Way, list[Group]]]:
    """Yield groups of a plan in an order in which they can run, some of one way at a time, for blocks of `lanes` rows.

    Gradients come last where threads share anything, for nothing waits for them.
    """
    if lanes % (SLICES * vector) or not any(_is_large(group, lanes) for group in found):
        yield from _whole(found)
        return
    rows, sums = ([g for g in found if (g.space is Space.GRAD) is last] for last in (False, True))
    for small, run in groupby(rows, key=lambda group: not (group.alone or _is_large(group, lanes))):
        some = list(run)
        if small and sum(_products(group, lanes) for group in some) >= sharing.FUNCTION_FROM:
            yield "sliced", some
        else:
            yield from _whole(some)
    large, beside = ([g for g in sums if _is_large(g, lanes) is of] for of in (True, False))
    if large and beside and _is_apart(sums):
        yield "beside", beside
        yield "whole", large
    else:
        yield from _whole(sums)


def _whole(found: Sequence[Group]) -> Iterator[tuple[Way, list[Group]]]:
    for alone, some in groupby(found, key=lambda group: group.alone):
        yield "alone" if alone else "whole", list(some)


def _is_large(group: Group, lanes: int) -> bool:
    return not group.alone and _products(group, lanes) >= sharing.SHARED_FROM


def _products(group: Group, lanes: int) -> int:
    head = group.nests[0]
    return 0 if group.space is Space.ROW and pointwise(head) else products(head, lanes)


def _is_apart(found: Sequence[Group]) -> bool:
    """Return whether no two of these groups add to the same gradients, and none is bytecode."""
    written = sorted(span(nest.out, nest.extents, 1) for group in found for nest in group.nests)
    return all(a[1] < b[0] for a, b in pairwise(written)) and not any(group.alone for group in found)
