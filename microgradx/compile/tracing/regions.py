"""Regions: sets of outcomes of choices, such as all rows where i is 3 and x > 0 does not hold.

A choice has a number and an outcome 0, 1, … in each row; a set of outcomes of one choice is an int, bit by bit. A
region over several is a decision diagram over the choices in order: equal regions are the same int.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

NOWHERE, EVERYWHERE = 0, 1


class Regions:
    """Regions over choices, given with all their outcomes.

    >>> regions = Regions({0: 0b111, 1: 0b11})
    >>> first, rest = regions.of(0, 0b001), regions.of(0, 0b110)
    >>> regions.either(first, rest) == EVERYWHERE, regions.both(first, rest) == NOWHERE
    (True, True)
    >>> regions.without(EVERYWHERE, first) == rest
    True
    """

    def __init__(self, outcomes: Mapping[int, int]) -> None:
        self._outcomes = outcomes
        self._parts: list[tuple[int, tuple[tuple[int, int], ...]]] = [(-1, ()), (-1, ())]
        self._numbers: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
        self._known: dict[tuple[Callable[[int, int], int], int, int], int] = {}

    def of(self, choice: int, outcomes: int) -> int:
        """Return the region where a choice has one of these outcomes."""
        everything = self._outcomes[choice]
        outcomes &= everything
        return self._joined(choice, {EVERYWHERE: outcomes, NOWHERE: everything & ~outcomes})

    def parts(self, region: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Return the first choice of a region that is neither NOWHERE nor EVERYWHERE, and of its outcomes the rest."""
        return self._parts[region]

    def both(self, a: int, b: int) -> int:
        """Return where both hold."""
        return a if a == b or b == EVERYWHERE else b if a == EVERYWHERE else self._combined(_and, a, b)

    def either(self, a: int, b: int) -> int:
        """Return where one or both hold."""
        return a if a == b or b == NOWHERE else b if a == NOWHERE else self._combined(_or, a, b)

    def without(self, a: int, b: int) -> int:
        """Return where a holds but not b."""
        return a if b == NOWHERE else NOWHERE if a == b or b == EVERYWHERE else self._combined(_but, a, b)

    def _combined(self, rule: Callable[[int, int], int], a: int, b: int) -> int:
        if a <= EVERYWHERE and b <= EVERYWHERE:
            return rule(a, b)
        found = self._known.get((rule, a, b))
        if found is None:
            choice = min(self._parts[x][0] for x in (a, b) if x > EVERYWHERE)
            sets: dict[int, int] = {}
            for x, p in self._by(choice, a):
                for y, q in self._by(choice, b):
                    if x & y:
                        part = self._combined(rule, p, q)
                        sets[part] = sets.get(part, 0) | (x & y)
            found = self._known[rule, a, b] = self._joined(choice, sets)
        return found

    def _by(self, choice: int, region: int) -> Iterator[tuple[int, int]]:
        first, parts = self._parts[region]
        return iter(parts if first == choice else ((self._outcomes[choice], region),))

    def _joined(self, choice: int, sets: dict[int, int]) -> int:
        parts = tuple(sorted((outcomes, part) for part, outcomes in sets.items() if outcomes))
        if len(parts) == 1:
            return parts[0][1]
        number = self._numbers.setdefault((choice, parts), len(self._parts))
        if number == len(self._parts):
            self._parts.append((choice, parts))
        return number


def _and(a: int, b: int) -> int:
    return a & b


def _or(a: int, b: int) -> int:
    return a | b


def _but(a: int, b: int) -> int:
    return a & ~b
