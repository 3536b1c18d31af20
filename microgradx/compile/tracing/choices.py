"""Choices: nodes of a trace that are one of others, as `where` and `lookup` return them, and no nodes to Values.

Where a choice is made at run time, strict mode must still add error signals up as Values do, which see the chosen entry
alone: what uses the choice uses the entry, under a condition. Conditions are regions of outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from ..tape.columns import Constants
from ..tape.tape import NONE, Builder, Ints, Tape
from .regions import EVERYWHERE, NOWHERE, Regions


class Choosing(Enum):
    """Which choices are made at run time in strict mode."""

    ALL = auto()
    LEAVES = auto()
    NONE = auto()


class Choice(NamedTuple):
    """A node that is entries[k] where the outcome of the decision `by` is in the set outcomes[k]; see `regions`."""

    by: int
    outcomes: tuple[int, ...]
    entries: tuple[int, ...]


class Decision(NamedTuple):
    """Nodes that are 1.0 or 0.0: the outcome is k where nodes[k] is 1.0, and where none is, the last of `outcomes`."""

    nodes: tuple[int, ...]
    outcomes: int


class Choices:
    """The choices of a recording: of each, its entries and the regions where it is they."""

    def __init__(self, choices: Mapping[int, Choice], decisions: Mapping[int, Decision]) -> None:
        self.decisions = decisions
        self.regions = Regions({by: (1 << decision.outcomes) - 1 for by, decision in decisions.items()})
        regions = cache(lambda by, outcomes: [self.regions.of(by, one) for one in outcomes])  # most choices share them
        self.entries = {
            node: [way for way in zip(entries, regions(by, outcomes), strict=True) if way[1] != NOWHERE]
            for node, (by, outcomes, entries) in choices.items()
        }

    def __bool__(self) -> bool:
        return bool(self.entries)

    @cached_property
    def together(self) -> dict[int, int]:
        """Of choices and their entries one node for all that are connected: what one receives may go on to another."""
        of: dict[int, int] = {}

        def root(v: int) -> int:
            while (above := of.setdefault(v, v)) != v:
                of[v] = v = of[above]
            return v

        for choice, entries in self.entries.items():
            for entry, _ in entries:
                of[root(entry)] = root(choice)
        return {v: root(v) for v in of}

    @property
    def nodes(self) -> Ints:
        """The nodes that are choices."""
        return np.array(list(self.entries), np.int64)


class Conditions:
    """Nodes that say whether a row is in a region, appended when first asked for."""

    def __init__(self, choices: Choices, builder: Builder, tape: Tape) -> None:
        self._choices = choices
        self._builder = builder
        self._constants = Constants(builder, tape)
        self._known: dict[int, tuple[int, bool]] = {}
        self._opposites: dict[int, int] = {}

    def constant(self, number: float) -> int:
        """Return the node of a constant."""
        return int(self._constants.nodes(np.array([number]))[0])

    def node(self, region: int) -> tuple[int, bool]:
        """Return a node that is 1.0 or 0.0, and whether the region is where it is 1.0."""
        if region not in self._known:
            self._known[region] = self._of(region)
        return self._known[region]

    def _of(self, region: int) -> tuple[int, bool]:
        if region <= EVERYWHERE:
            return self.constant(float(region)), True
        by, parts = self._choices.regions.parts(region)
        parts = tuple((outcomes, part) for outcomes, part in parts if part != NOWHERE)
        if parts[0][1] == EVERYWHERE and len(parts) == 1:
            return self._outcomes(by, parts[0][0])
        terms = [(self._one(*self._outcomes(by, outcomes)), self._one(*self.node(part))) for outcomes, part in parts]
        left, right = zip(*terms, strict=True)
        return int(self._builder.sums([left], [right])[0]), True

    def _outcomes(self, by: int, outcomes: int) -> tuple[int, bool]:
        nodes, count = self._choices.decisions[by]
        sets = (outcomes, ((1 << count) - 1) & ~outcomes)
        last, other = (one.bit_length() - 1 for one in sets)
        fewer = sets[0].bit_count() <= sets[1].bit_count()
        holds = fewer if max(last, other) < len(nodes) else last < len(nodes)
        found = [nodes[k] for k in _members(sets[0 if holds else 1])]
        return found[0] if len(found) == 1 else int(self._builder.sums([found], NONE)[0]), holds

    def _one(self, node: int, holds: bool) -> int:
        if not holds and node not in self._opposites:
            one = self.constant(1.0)
            self._opposites[node] = int(self._builder.sums([[one, node]], NONE, [[1.0, -1.0]])[0])
        return node if holds else self._opposites[node]


def _members(outcomes: int) -> list[int]:
    """Return which outcomes are in a set.

    >>> _members(0b1010)
    [1, 3]
    """
    found = []
    while outcomes:
        found.append(outcomes.bit_length() - 1)
        outcomes ^= 1 << found[-1]
    return found[::-1]
