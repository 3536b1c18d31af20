"""What arrives at choices goes on to their entries, in the order in which Values, which know no choices, add it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from ..tape.edges import Edges
from ..tape.tape import NONE, Ints
from ..tracing.choices import Choices
from ..tracing.regions import EVERYWHERE, NOWHERE
from .terms import Terms


class _Term(NamedTuple):
    before: int  # it is added in the order of this, and then of
    number: int
    giver: int
    factor: int
    sign: float
    region: int


def distributed(
    terms: Terms, place: Ints, through: Edges, choices: Choices, output: int, wanted: Ints
) -> tuple[Terms, dict[int, int]]:
    """Return the terms of error signals without choices on the way, and the region where each signal is there.

    `through` are the edges from entries to choices, `place` (numbers,) a topological order. What users send to a choice
    they send to each entry, where it is the one. Where that comes before all else that the entry receives, it is added
    up once for all entries. Regions of terms are EVERYWHERE if they hold wherever the sum matters.
    """
    reached = set(through.operand.tolist())
    ways = {c: [way for way in choices.entries[c] if way[0] in reached] for c in np.unique(through.user).tolist()}
    receiving = {output, *terms.sum.tolist(), *(entry for of in ways.values() for entry, _ in of)}
    ways = {c: of for c, of in ways.items() if c in receiving}
    both = choices.regions.both
    found = _Found(terms, place)
    found.of[output] = [_Term(0, 0, output, NONE, 1.0, EVERYWHERE)]
    there = {output: EVERYWHERE}
    together = _Together(choices, ways, found)
    found.look_at([output, *ways, *np.unique(terms.sum[terms.region != EVERYWHERE]).tolist()])
    while (number := found.next()) is not None:
        arriving = found.arriving(number)
        if number != output:
            present = ((t, both(t.region, there.get(t.giver, EVERYWHERE))) for t in arriving)
            arriving = found.of[number] = sorted(t._replace(region=r) for t, r in present if r != NOWHERE)
            there[number] = _union(choices, arriving)
            if there[number] != EVERYWHERE:
                found.look_at(found.receivers(number))
        if number in ways and arriving:
            as_one = number == output or together.may_be_added(number)
            sent = [arriving[0]._replace(giver=number, factor=NONE, sign=1.0, region=there[number])]
            for entry, region in ways[number]:
                found.arriving(entry).extend(
                    t._replace(region=both(t.region, region)) for t in (sent if as_one else arriving)
                )
            found.look_at(entry for entry, _ in ways[number])
            if not as_one:
                found.of[number] = []
    del found.of[output]
    return found.terms(there, set(wanted.tolist())), there


class _Found:
    """Terms by their sums, of those sums that have been looked at, which are users before what they use."""

    def __init__(self, terms: Terms, place: Ints) -> None:
        self.of: dict[int, list[_Term]] = {}
        self._terms = terms
        self._place = place.tolist()
        self._by_sum = np.argsort(terms.sum, kind="stable")
        self._by_giver = np.argsort(terms.giver, kind="stable")
        places = np.arange(len(place) + 1)
        self._first = np.searchsorted(terms.sum[self._by_sum], places).tolist()
        self._first_given = np.searchsorted(terms.giver[self._by_giver], places).tolist()
        self._waiting: list[tuple[int, int]] = []
        self._seen: set[int] = set()

    def look_at(self, numbers: Iterable[int]) -> None:
        """Let some sums be next, each once, in their order."""
        for number in numbers:
            if number not in self._seen:
                self._seen.add(number)
                heappush(self._waiting, (-self._place[number], number))

    def next(self) -> int | None:
        """Return the next sum to look at."""
        return heappop(self._waiting)[1] if self._waiting else None

    def arriving(self, number: int) -> list[_Term]:
        """Return the terms of a sum, a list to change."""
        if number not in self.of:
            which = self._by_sum[self._first[number] : self._first[number + 1]]
            t = self._terms
            columns = (-t.when[which], which, t.giver[which], t.factor[which], t.sign[which], t.region[which])
            self.of[number] = [_Term(*term) for term in zip(*[c.tolist() for c in columns], strict=True)]
        return self.of[number]

    def receivers(self, number: int) -> list[int]:
        """Return the sums to which one gives."""
        which = self._by_giver[self._first_given[number] : self._first_given[number + 1]]
        found: list[int] = np.unique(self._terms.sum[which]).tolist()
        return found

    def terms(self, there: dict[int, int], wanted: set[int]) -> Terms:
        """Return all terms; what is wanted matters everywhere, the rest where it is there."""
        columns: list[list[float]] = [[], [], [], [], [], []]
        for number, arriving in self.of.items():
            matters = EVERYWHERE if number in wanted else there[number]
            for t in arriving:
                of_term = (
                    number,
                    t.giver,
                    t.factor,
                    t.sign,
                    -t.before,
                    EVERYWHERE if t.region == matters else t.region,
                )
                for column, x in zip(columns, of_term, strict=True):
                    column.append(x)
        untouched = ~np.isin(self._terms.sum, list(self.of))
        pairs = zip(self._terms, columns, strict=True)
        return Terms(*[np.concatenate([old[untouched], np.array(new, old.dtype)]) for old, new in pairs])


class _Together:
    """Which choices may add up what arrives for all their entries at once."""

    def __init__(self, choices: Choices, ways: dict[int, list[tuple[int, int]]], found: _Found) -> None:
        self._both = choices.regions.both
        self._ways = ways
        self._found = found
        self._into: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for choice, of in ways.items():
            for entry, region in of:
                self._into[entry].append((choice, region))

    def may_be_added(self, choice: int) -> bool:
        """Return whether it pays, and each entry receives this before anything else."""
        found = self._found.arriving(choice)
        return len(found) > 1 and all(self._is_first(choice, e, r, found[-1]) for e, r in self._ways[choice])

    def _is_first(self, choice: int, entry: int, region: int, last: _Term) -> bool:
        if entry in self._ways or any(
            other != choice and self._both(region, where) != NOWHERE for other, where in self._into[entry]
        ):
            return False
        return all(last < t for t in self._found.arriving(entry) if self._both(region, t.region) != NOWHERE)


def _union(choices: Choices, terms: list[_Term]) -> int:
    region = NOWHERE
    for t in terms:
        region = choices.regions.either(region, t.region)
    return region
