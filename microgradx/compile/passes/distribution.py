"""What arrives at choices goes on to their entries, in the order in which Values, which know no choices, add it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, reduce
from heapq import heappop, heappush
from itertools import chain
from typing import NamedTuple

import numpy as np

from ..tape.edges import Edges
from ..tape.tape import NONE, Ints, Mask, gathered
from ..tracing.choices import Choices
from ..tracing.regions import EVERYWHERE, NOWHERE
from .ends import Ends
from .terms import Term, Terms


def through_choices(found: Edges, choices: Choices, last: int) -> Edges:
    """Return the edges in which the choices, up to the node `last`, use their entries, and nothing else."""
    if not choices:
        return found
    users = choices.nodes[choices.nodes <= last]
    ways = [choices.entries[user] for user in users.tolist()]
    count = np.array(list(map(len, ways)), np.int64)
    operand = np.fromiter((entry for of in ways for entry, _ in of), np.int64, count.sum())
    one, none = np.ones(len(operand)), np.full(len(operand), NONE)
    place = gathered(np.zeros_like(count), count)
    every = Edges(np.repeat(users, count), operand, none, one, np.zeros_like(place), place, none)
    own = found[~np.isin(found.user, choices.nodes)]
    columns = [np.concatenate([getattr(of, name) for of in (own, every)]) for name in Edges.__dataclass_fields__]
    return Edges(*columns)[np.argsort(columns[0], kind="stable")]


def distributed(
    terms: Terms, place: Ints, through: Edges, choices: Choices, output: int, wanted: Ints
) -> tuple[Terms, dict[int, int]]:
    """Return the terms of error signals without choices on the way, and the region where each signal is there.

    `through` are the edges from entries to choices, `place` (numbers,) a topological order. What users send to a choice
    they send to each entry, where it is the one. Where that comes before all else that the entry receives, it is added
    up once for all entries. Regions of terms are EVERYWHERE if they hold wherever the sum matters, as they do wherever
    a signal is not said to be.
    """
    both, either = choices.regions.both, choices.regions.either
    is_end = np.ones(len(place), bool)  # what hands nothing on, such as all rows of a table, is left for the end
    is_end[terms.giver] = is_end[through.user] = is_end[output] = False
    ways = _ways(terms, through, choices, output, is_end)
    found, ends = _Found(terms, place, is_end), Ends(terms, is_end)
    found.of[output] = [Term(0, 0, output, NONE, 1.0, EVERYWHERE)]
    there = {output: EVERYWHERE}
    together = _Together(choices, ways, found)
    idle = np.setdiff1d(terms.giver, terms.sum)  # what uses them matters in no row; or they are entries
    found.look_at([output, *ways, *terms.sum[terms.region != EVERYWHERE].tolist(), *idle.tolist()])
    while (number := found.next()) is not None:
        arriving = found.arriving(number)
        if number != output:
            present = ((t, both(t.region, there.get(t.giver, EVERYWHERE))) for t in arriving)
            arriving = found.of[number] = sorted(t._replace(region=r) for t, r in present if r != NOWHERE)
            there[number] = reduce(either, (t.region for t in arriving), NOWHERE)
            if there[number] != EVERYWHERE:
                found.look_at(found.receivers(number))
        if number in ways and arriving:
            as_one = number == output or together.may_be_added(number)
            one = arriving[0]._replace(giver=number, factor=NONE, sign=1.0, region=there[number])
            for t in [one] if as_one else arriving:
                for entry, region in ways[number].inner:
                    found.arriving(entry).append(t._replace(region=both(t.region, region)))
                ends.send(t, ways[number].ends, [both(t.region, region) for region in ways[number].regions])
            found.look_at(entry for entry, _ in ways[number].inner)
            if not as_one:
                found.of[number] = []
    del found.of[output]
    of_ends, unions = ends.terms(there, choices.regions)
    return found.terms(there, set(wanted.tolist())).and_those(of_ends), there | unions


class _Ways(NamedTuple):
    """The entries of a choice, and where it is they: of those that hand nothing on apart, as `regions` of `ends`."""

    inner: list[tuple[int, int]]
    ends: list[int]
    regions: list[int]


def _ways(terms: Terms, through: Edges, choices: Choices, output: int, is_end: Mask) -> dict[int, _Ways]:
    """Return the entries of the choices that receive anything, those that have been reached."""
    reached = np.zeros(len(is_end), bool)
    reached[through.operand] = True
    inner, outer = (bytearray((reached & mask).tobytes()) for mask in (~is_end, is_end))
    ways = {}
    for c in np.unique(through.user).tolist():
        every = choices.entries[c]
        ends = [way for way in every if outer[way[0]]]
        ways[c] = _Ways([way for way in every if inner[way[0]]], [end for end, _ in ends], [where for _, where in ends])
    receiving = {output, *terms.sum.tolist(), *(entry for of in ways.values() for entry, _ in of.inner)}
    return {c: of for c, of in ways.items() if c in receiving}


class _Found:
    """The terms of the sums that have been looked at, by sum: users first, and then what they use.

    Sums that hand nothing on are none of them.
    """

    def __init__(self, terms: Terms, place: Ints, is_end: Mask) -> None:
        self.of: dict[int, list[Term]] = {}
        self._terms = terms
        self._place = place.tolist()
        self._is_end = is_end
        self._by_sum = np.argsort(terms.sum, kind="stable")
        given = np.flatnonzero(~is_end[terms.sum])
        self._by_giver = given[np.argsort(terms.giver[given], kind="stable")]
        places = np.arange(len(place) + 1)
        self._first = np.searchsorted(terms.sum[self._by_sum], places).tolist()
        self._first_given = np.searchsorted(terms.giver[self._by_giver], places).tolist()
        self._waiting: list[tuple[int, int]] = []
        self._seen = bytearray(is_end.tobytes())

    def look_at(self, numbers: Iterable[int]) -> None:
        """Let some sums be next, each once, in their order."""
        for number in numbers:
            if not self._seen[number]:
                self._seen[number] = True
                heappush(self._waiting, (-self._place[number], number))

    def next(self) -> int | None:
        """Return the next sum to look at."""
        return heappop(self._waiting)[1] if self._waiting else None

    def arriving(self, number: int) -> list[Term]:
        """Return the terms of a sum, a list to change."""
        if number not in self.of:
            self.of[number] = self.own(number)
        return self.of[number]

    def own(self, number: int) -> list[Term]:
        """Return the terms of a sum that come through no choices."""
        which = self._by_sum[self._first[number] : self._first[number + 1]]
        t = self._terms
        columns = (-t.when[which], which, t.giver[which], t.factor[which], t.sign[which], t.region[which])
        return [Term(*term) for term in zip(*[c.tolist() for c in columns], strict=True)]

    def receivers(self, number: int) -> list[int]:
        """Return the sums to which one gives, each as often as it does."""
        which = self._by_giver[self._first_given[number] : self._first_given[number + 1]]
        found: list[int] = self._terms.sum[which].tolist()
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
        untouched = ~self._is_end[self._terms.sum] & ~np.isin(self._terms.sum, list(self.of))
        pairs = zip(self._terms, columns, strict=True)
        return Terms(*[np.concatenate([old[untouched], np.array(new, old.dtype)]) for old, new in pairs])


class _Together:
    """Which choices may add up what arrives for all their entries at once."""

    def __init__(self, choices: Choices, ways: dict[int, _Ways], found: _Found) -> None:
        self._both = choices.regions.both
        self._ways = ways
        self._found = found

    @cached_property
    def _into(self) -> dict[int, list[tuple[int, int]]]:
        into: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for choice in self._ways:
            for entry, region in self._entries(choice):
                into[entry].append((choice, region))
        return into

    def may_be_added(self, choice: int) -> bool:
        """Return whether it pays, and each entry receives this before anything else."""
        found = self._found.arriving(choice)
        return len(found) > 1 and all(self._is_first(choice, e, r, found[-1]) for e, r in self._entries(choice))

    def _entries(self, choice: int) -> Iterator[tuple[int, int]]:
        ways = self._ways[choice]
        return chain(ways.inner, zip(ways.ends, ways.regions, strict=True))

    def _is_first(self, choice: int, entry: int, region: int, last: Term) -> bool:
        if entry in self._ways or any(
            other != choice and self._both(region, where) != NOWHERE for other, where in self._into[entry]
        ):
            return False
        return all(last < t for t in self._found.own(entry) if self._both(region, t.region) != NOWHERE)
