"""What arrives at sums that hand nothing on, such as gradients of all rows of a table: in columns, as it is much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, reduce

import numpy as np

from ..tape.tape import NONE, Ints, Mask
from ..tracing.regions import EVERYWHERE, NOWHERE, Regions
from .terms import Term, Terms


class Ends:
    """The terms of sums that hand nothing on, all of which are wanted: their own, and those sent through choices."""

    def __init__(self, terms: Terms, is_end: Mask) -> None:
        self._number = np.flatnonzero(is_end[terms.sum])
        self._own = terms.picked(self._number)
        self._sent: list[Term] = []
        self._counts: list[int] = []
        self._to: list[int] = []
        self._regions: list[int] = []

    def send(self, term: Term, ends: Sequence[int], regions: Sequence[int]) -> None:
        """Send a term to several sums, each in its region."""
        self._sent.append(term)
        self._counts.append(len(ends))
        self._to += ends
        self._regions += regions

    def terms(self, there: dict[int, int], regions: Regions) -> tuple[Terms, dict[int, int]]:
        """Return all terms, and the regions where sums are there that are not there everywhere."""
        own, (sent, number) = self._own, self._through_choices()
        held = np.full(1 + max(own.giver.max(initial=0), *there), EVERYWHERE)
        held[list(there)] = list(there.values())
        own = own._replace(region=_each(regions.both, own.region, held[own.giver]))
        every = own.and_those(sent)
        order = np.lexsort((np.concatenate([self._number, number]), every.sum))
        every = every.picked(order[every.region[order] != NOWHERE])
        return every, _unions(every, regions)

    def _through_choices(self) -> tuple[Terms, Ints]:
        """Return the terms that were sent, and their numbers."""
        each = [(t.giver, t.factor, int(t.sign), -t.before, t.number) for t in self._sent]
        columns = np.repeat(np.array(each, np.int64).reshape(-1, 5), self._counts, axis=0).T
        giver, factor, sign, when, number = columns
        to, regions = np.array(self._to, np.int64), np.array(self._regions, np.int64)
        return Terms(to, giver, factor, sign.astype(np.float64), when, regions), number


def _each(rule: Callable[[int, int], int], a: Ints, b: Ints) -> Ints:
    """Return a rule of regions, column by column; the rule says a where b is EVERYWHERE."""
    found = a.copy()
    some = np.flatnonzero(b != EVERYWHERE)
    pairs = zip(a[some].tolist(), b[some].tolist(), strict=True)
    found[some] = [rule(x, y) for x, y in pairs]
    return found


def _unions(terms: Terms, regions: Regions) -> dict[int, int]:
    """Return the region where each sum is there, of those that are not there everywhere, from terms sorted by sums."""
    begins = np.flatnonzero(np.diff(terms.sum, prepend=NONE))
    ends = np.append(begins[1:], len(terms.sum))
    before = np.append(0, np.cumsum(terms.region == EVERYWHERE))
    gated = before[begins] == before[ends]
    bounds = zip(*[column[gated].tolist() for column in (terms.sum[begins], begins, ends)], strict=True)
    region, union = terms.region.tolist(), cache(lambda part: reduce(regions.either, part, NOWHERE))
    return {number: union(tuple(region[begin:end])) for number, begin, end in bounds}
