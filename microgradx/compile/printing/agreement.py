"""Agreement: which numbers of what runs are those that an explanation shows, as is tried at some points.

What runs is opened into atoms, simplified, and grouped in another way; that its nodes stem from the same recorded node
tells where to look, and their values whether they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..paths.path import Path
from ..paths.stages import Made
from ..tape.evaluate import evaluate
from ..tape.tape import NONE, Floats, Ints, Mask
from .roles import Role, Roles

POINTS = 8
"""At so many points, near and far each, numbers must agree to bear one name."""


class Side(NamedTuple):
    """What is compared: a tape with its plan, and what its nests are to the function."""

    made: Made
    roles: Roles


class Agreement(NamedTuple):
    """What agrees.

    steps      which nodes of what runs are the numbers of the steps shown, (n,)
    partials   nests of what runs that are partial derivatives shown, by their numbers, and the nests that show these
    """

    steps: Mask
    partials: dict[int, int]


def agreement(path: Path, shown: Side, runs: Side, weighted: bool) -> Agreement:
    """Return which steps, and which partial derivatives, of what runs are those shown.

    A pass may leave of a step less than all of it, as of a logsumexp all but the largest operand; and this may be all
    of it for some numbers, as of a softplus where the operand is negative.
    """
    there, partner = _steps(shown, runs)
    alike = _partials(shown, runs)
    ours = [there, *(runs.roles.nodes(runs.made.rolled.plan.nests[i]) for i, _ in alike)]
    theirs = [partner, *(shown.roles.nodes(shown.made.rolled.plan.nests[j]) for _, j in alike)]
    same = _equal(path, (runs.made, np.concatenate(ours)), (shown.made, np.concatenate(theirs)), weighted)
    steps, *partials = np.split(same, np.cumsum([len(nodes) for nodes in ours[:-1]]))
    found = np.zeros(len(runs.made.simple), np.bool_)
    found[there] = steps
    return Agreement(found, {i: j for (i, j), all_same in zip(alike, partials, strict=True) if all_same.all()})


def _steps(shown: Side, runs: Side) -> tuple[Ints, Ints]:
    """Return the nodes that are all of a recorded node, or of its error signal, in both, and those shown for them."""
    last, steps = shown.roles.last, runs.roles.steps(np.arange(len(runs.made.simple)))
    there = np.flatnonzero((steps != NONE) & (steps < last.shape[1]))
    partner = last[runs.roles.are_signals(there), steps[there]]
    return there[partner != NONE], partner[partner != NONE]


def _partials(shown: Side, runs: Side) -> list[tuple[int, int]]:
    """Return pairs of nests, of what runs and shown, that may be the same partial derivatives."""
    of_node: dict[tuple[int, int], list[int]] = {}
    for j, key in _keys(shown):
        of_node.setdefault(key, []).append(j)
    return [(i, j) for i, key in _keys(runs) for j in of_node.get(key, ())]


def _keys(side: Side) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the nests of partial derivatives, with the first recorded node of each and how many numbers it has."""
    for i, (nest, role) in enumerate(zip(side.made.rolled.plan.nests, side.roles.of_nests, strict=True)):
        if role is Role.PARTIAL:
            nodes = side.roles.nodes(nest)
            yield i, (int(side.made.simple.twin[nodes[0]]), len(nodes))


def _equal(path: Path, a: tuple[Made, Ints], b: tuple[Made, Ints], weighted: bool) -> Mask:
    """Return which of some nodes have the numbers of others: equal wherever both are finite, as they are somewhere."""
    finite, alike = np.zeros(len(a[1]), np.bool_), np.ones(len(a[1]), np.bool_)
    for rows, leaves in _points(path, weighted):
        x, y = (evaluate(made.simple, rows, leaves, strict=False)[nodes] for made, nodes in (a, b))
        both = np.isfinite(x) & np.isfinite(y)
        finite |= both.any(axis=1)
        alike &= (~both | np.isclose(x, y, rtol=1e-6, atol=1e-12)).all(axis=1)
    return finite & alike


def _points(path: Path, weighted: bool) -> Iterator[tuple[Floats, Floats]]:
    """Yield inputs of some rows, and leaves: near those of the path, where all is in its domain, and far from them."""
    rng = np.random.default_rng(0)
    columns, read = path.recording.columns, path.read(None)
    number = np.array([c.category is None for c in columns], np.bool_)
    category = np.array([-1 if c.category is None else c.category for c in columns])
    numbers: dict[tuple[object, ...], int] = {}
    index = np.array([numbers.setdefault((c.argument, c.place), len(numbers)) for c in columns], np.int64)

    def moved(x: Floats, far: float, *shape: int) -> Floats:
        moved: Floats = x + far * (np.abs(x) + 0.1) * rng.uniform(-1.0, 1.0, (*shape, len(x)))
        return moved

    for far_leaves in (0.01, 5.0):
        inputs = np.concatenate([moved(path.example, far, POINTS) for far in (0.01, 5.0)])
        chosen = rng.integers(0, category.max(initial=0) + 1, (len(inputs), index.max(initial=0) + 1))
        rows = np.where(number, inputs, chosen[:, index] == category)
        yield np.hstack([rows, rng.uniform(0.5, 1.0, (len(rows), int(weighted)))]), moved(read, far_leaves)
