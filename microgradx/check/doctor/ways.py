"""Where a backward pass can go wrong: all ways from one node to the output, and what arrives by them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ...replay import Edge
from .links import Graph, Link, dependents
from .points import tangents
from .series import Series, series

MOST_LINKS = 4000
MOST_NAMED = 40


class Ways:
    """All ways from one node to the output, with the error signals that arrive there."""

    def __init__(self, graph: Graph, target: int, given: Mapping[int, Series] | None = None) -> None:
        self.graph = graph
        self.target = target
        self.given = given or {}
        self.signals = graph.signals if not given else graph.signals_with(self.given)
        self.tangents = series([tangents(point.edges, target) for point in graph.points])
        self.gradient: Series = self._arriving()

    def _arriving(self) -> Series:
        if self.target == len(self.graph.replay.order) - 1:
            return (1.0,) * len(self.graph.points)
        return tuple(
            sum(link.partial[k] * self.signals[link.user][k] for link in self.uses(self.target))
            for k in range(len(self.graph.points))
        )

    def uses(self, i: int) -> list[Link]:
        """Return the links from node i to its users."""
        return [link for user in self.graph.users[i] for link in self._into(user) if link.operand == i]

    def _into(self, user: int) -> list[Link]:
        edges = [point.edges[user] for point in self.graph.points]
        return [_link(each) for each in zip(*edges, strict=True)]

    def are_all(self, i: int) -> bool:
        """Return whether every way leads through node i."""
        through = zip(self.signals[i], self.tangents[i], self.gradient, strict=True)
        return all(abs(s * d - g) <= 1e-12 * abs(g) for s, d, g in through)

    def into(self, i: int) -> list[int]:
        """Return the places of the operands of node i that depend on the target."""
        on_the_way = set(self.on_the_way)
        return list(dict.fromkeys(j for j in self.graph.replay.operands[i] if j in on_the_way and j is not None))

    @cached_property
    def on_the_way(self) -> list[int]:
        """The places of the nodes that depend on the target, the target first."""
        return dependents(self.graph.replay, self.target)

    @cached_property
    def links(self) -> list[Link]:
        """All links on the way, those between named nodes after the others, and nearest to the target first."""
        on_the_way = set(self.on_the_way)
        found: list[Link] = []
        for i in self.on_the_way[1:]:
            found += [link for link in self._into(i) if link.operand in on_the_way]
            if len(found) > MOST_LINKS:
                break
        return found + list(self._between_named())

    def _between_named(self) -> Iterator[Link]:
        last = len(self.graph.replay.order) - 1
        stations = [i for i in self.on_the_way if i in self.graph.named or i in (self.target, last)]
        if len(stations) > MOST_NAMED:
            stations = [*stations[: MOST_NAMED - 1], last]
        for a in stations:
            reached = self._until_named(a, set(stations))
            for b in stations:
                if b in reached and not (b == last == a):
                    direct = [operand for operand in self.graph.replay.operands[b] if operand == a]
                    through = any(
                        operand in reached and operand != a and operand not in stations
                        for operand in self.graph.replay.operands[b]
                    )
                    if through or len(direct) > 1:
                        yield Link(b, a, -1, tuple(each[b] for each in reached[b]))

    def _until_named(self, start: int, stations: set[int]) -> dict[int, list[dict[int, float]]]:
        """Return which nodes are reached from `start` through unnamed ones, with ∂node/∂start at every point."""
        each: list[dict[int, float]] = []
        for point in self.graph.points:
            found = {start: 1.0}
            for i in self.on_the_way:
                if i <= start:
                    continue
                terms = [
                    (edge.partial or 0.0) * found[edge.operand]
                    for edge in point.edges[i]
                    if edge.operand in found and (edge.operand == start or edge.operand not in stations)
                ]
                if terms:
                    found[i] = sum(terms)
            each.append(found)
        return {i: each for i in each[0] if i != start}

    def steps(self, i: int) -> list[Link]:
        """Return the links from node i to the next nodes that are named, whatever lies between."""
        return [link for link in self._steps if link.operand == i]

    @cached_property
    def _steps(self) -> list[Link]:
        between = [link for link in self.links if not link.whole]
        covered = {(link.user, link.operand) for link in between}
        stations = {self.target, len(self.graph.replay.order) - 1, *self.graph.named}
        direct = [
            link
            for link in self.links
            if link.whole and {link.user, link.operand} <= stations and (link.user, link.operand) not in covered
        ]
        return direct + between

    def with_signals(self, link: Link, partial: Series) -> Series:
        """Return the gradient as it would be if this link's local derivative were `partial`."""
        s, d = self.signals[link.user], self.tangents[link.operand]
        return tuple(
            g + sₖ * (new - old) * dₖ
            for g, sₖ, new, old, dₖ in zip(self.gradient, s, partial, link.partial, d, strict=True)
        )

    def with_all(self, partials: Mapping[tuple[int, int], float], k: int) -> float:
        """Return the gradient at point k as it would be if these links, by user and slot, had other local derivatives.

        Nodes that do not depend on the target hand nothing on to it, and are passed over.
        """
        edges = self.graph.points[k].edges
        signals = dict.fromkeys(self.on_the_way, 0.0)
        signals[len(edges) - 1] = 1.0
        for i in reversed(self.on_the_way):
            g = signals[i] = self.given[i][k] if i in self.given else signals[i]
            if not g or i == self.target:
                continue
            for edge in edges[i]:
                if edge.operand in signals:
                    partial = partials.get((edge.user, edge.slot), edge.partial)
                    if partial:
                        signals[edge.operand] += g * partial
        return signals[self.target]

    def needed(self, link: Link, hand: Sequence[float]) -> Series | None:
        """Return the local derivative of this link that alone would explain the hand derivation; None if none does."""
        found = []
        for k, h in enumerate(hand):
            weight = self.signals[link.user][k] * self.tangents[link.operand][k]
            if not weight:
                return None
            found.append(link.partial[k] + (h - self.gradient[k]) / weight)
        return tuple(found) if math.isfinite(found[0]) else None


def _link(edges: Sequence[Edge]) -> Link:
    first = edges[0]
    return Link(first.user, first.operand, first.slot, tuple(edge.partial or 0.0 for edge in edges))
