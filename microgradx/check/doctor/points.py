"""The points at which hand derivations and backprop are held against each other: the recorded one, and some near it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

from ...engine import Value
from ...replay import Edge, Replay

Signs = list[Any]

_KINKS = frozenset({"relu", "leaky_relu", "abs", "step", "sign", "max", "min", "select", "equal"})
WIDE, NARROW = 0.4, 0.01
"""Relative changes of leaves: to another number altogether, and to one on the same side of whatever may branch."""

_HALVINGS = 24
_SEED = 20  # any number: the same points for the same graph


class Point(NamedTuple):
    """The graph at one choice of numbers for its leaves: values, edges with partials, and error signals by place."""

    leaves: Mapping[Value, float]
    values: list[float]
    edges: list[list[Edge]]
    signals: list[float]


def point(replay: Replay, leaves: Mapping[Value, float]) -> Point:
    """Return the graph as it is with these leaves; the others keep their recorded numbers."""
    values = replay.values(leaves)
    edges = replay.edges(values)
    return Point(leaves, values, edges, swept(edges))


def swept(edges: Sequence[Sequence[Edge]], given: Mapping[int, float] | None = None) -> list[float]:
    """Return the error signals that the edges send back from the last node, where some are given by place.

    A given signal is what its node hands on.
    """
    signals = [0.0] * len(edges)
    signals[-1] = 1.0
    given = given or {}
    for i in range(len(edges) - 1, -1, -1):
        g = signals[i] = given.get(i, signals[i])
        if g:
            for edge in edges[i]:
                if edge.partial:
                    signals[edge.operand] += g * edge.partial
    return signals


def tangents(edges: Sequence[Sequence[Edge]], of: int) -> list[float]:
    """Return ∂v/∂u of every node v by the node u at place `of`, by forward mode."""
    found = [0.0] * len(edges)
    found[of] = 1.0
    for i in range(of + 1, len(edges)):
        total = 0.0
        for edge in edges[i]:
            if edge.partial and found[edge.operand]:
                total += edge.partial * found[edge.operand]
        found[i] = total
    return found


def nearby_points(
    replay: Replay, count: int, shares: Sequence[Sequence[Value]], held: Set[int], radius: float = WIDE
) -> list[Point]:
    """Return the recorded point, and up to `count` random ones near it on the same side of every kink.

    The leaves move by up to a relative `radius`, and by less where that leaves a domain or crosses a kink; those in
    `held`, by id, stay, and those that are `shares` of one whole keep their sum. Where nothing can move there are none.
    """
    found = [point(replay, {})]
    rng = random.Random(_SEED)
    recorded = sides(replay, found[0].values)
    for _ in range(count):
        for _ in range(_HALVINGS):
            moved = _moved(replay, rng, radius, shares, held)
            values = replay.values(moved)
            if values == found[0].values:
                break
            if all(map(math.isfinite, values)) and _same(recorded, sides(replay, values)):
                near = point(replay, moved)
                if all(map(math.isfinite, near.signals)):
                    found.append(near)
                    break
            radius /= 2
    return found


def _moved(
    replay: Replay, rng: random.Random, radius: float, shares: Sequence[Sequence[Value]], held: Set[int]
) -> dict[Value, float]:
    found = {}
    for v, x in zip(replay.order, replay.values(), strict=True):
        if v._primitive is None:
            change = rng.choice((-1.0, 1.0)) * rng.uniform(0.3, 1.0) * radius
            found[v] = x if id(v) in held else x * (1.0 + change) if x else change / 2
    for group in shares:
        whole = math.fsum(abs(found[v]) for v in group)
        found |= {v: abs(found[v]) / whole for v in group}
    return found


def shares_of_one(leaves: Mapping[str, Value], stem: Callable[[str], str]) -> list[list[Value]]:
    """Return the leaves that are probabilities of one distribution: named alike but for indices, and adding up to 1.

    Derivations may rely on that, as y − t does for the cross-entropy of a softmax.
    """
    groups: dict[str, list[Value]] = {}
    for name, v in leaves.items():
        groups.setdefault(stem(name), []).append(v)
    return [
        group
        for group in groups.values()
        if len(group) > 1 and all(v.data >= 0 for v in group) and abs(math.fsum(v.data for v in group) - 1.0) < 1e-9
    ]


def certain(group: Sequence[Value]) -> bool:
    """Return whether a distribution is one-hot over three classes or more: derivations may leave out what is 0."""
    return len(group) > 2 and all(v.data in (0.0, 1.0) for v in group)


def sides(replay: Replay, values: Sequence[float]) -> Signs:
    """Return for each node that has a kink on which side of it the node is; None exactly on it."""
    return [
        _side(v._primitive.name, [
            values[place] if place is not None else float(v.operands[slot])
            for slot, place in enumerate(operands)
        ])
        for v, operands in zip(replay.order, replay.operands, strict=True)
        if v._primitive is not None and v._primitive.name in _KINKS
    ]  # fmt: skip


def kinked(replay: Replay) -> list[int]:
    """Return the places of the nodes that have a kink, in the order of `sides`."""
    return [i for i, v in enumerate(replay.order) if v._primitive is not None and v._primitive.name in _KINKS]


def _side(name: str, operands: Sequence[float]) -> Any:
    if name in ("max", "min"):
        best = max(operands) if name == "max" else min(operands)
        return operands.index(best) if operands.count(best) == 1 else None
    if name == "select":
        return operands[0] != 0
    if name == "equal":
        return (operands[0] > operands[1]) - (operands[0] < operands[1]) or None
    return (operands[0] > 0) - (operands[0] < 0) or None


def _same(recorded: Signs, now: Signs) -> bool:
    return all(before is None or before == after for before, after in zip(recorded, now, strict=True))
