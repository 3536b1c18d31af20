"""Eager graphs as recordings, so that the passes on tapes can be held against the engine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from microgradx import Value
from microgradx.chain import Block
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, Builder, Ints, Tape, code
from microgradx.compile.tracing.recording import Recording
from microgradx.sweep import nodes

Term = tuple[Any, Any, float]


class Recorded(NamedTuple):
    """A recording of eager Values; the last node of its tape is an input, the seed of error signals."""

    recording: Recording
    place: dict[int, int]  # id of a Value → node

    @property
    def tape(self) -> Tape:
        """The tape of the recording."""
        return self.recording.tape

    @property
    def seed(self) -> int:
        """The node that seeds error signals."""
        return len(self.tape) - 1

    @property
    def parameters(self) -> list[float]:
        """The numbers of the leaves."""
        return [v.data for v in self.recording.parameters]

    def at(self, values: Sequence[Value]) -> Ints:
        """Return the nodes of Values."""
        return np.array([self.place[id(v)] for v in values], np.int64)


def recorded(order: Sequence[Value], outputs: Sequence[Value] = ()) -> Recorded:
    """Return a graph, given as Values in any topological order, as a tape whose parameters are the leaves."""
    builder, place = Builder(), {}
    leaves: list[Value] = []
    blocks: dict[int, int] = {}
    sides: dict[int, list[int]] = {}

    def node(x: Any) -> int:
        if x is None:
            return NONE
        return place[id(x)] if isinstance(x, Value) else int(builder.leaves(CONSTANT, [x])[0])

    for v in order:
        if v._primitive is None:
            place[id(v)] = int(builder.leaves(PARAMETER, [len(leaves)])[0])
            leaves.append(v)
            continue
        terms = _terms(v)
        if terms is None:
            place[id(v)] = int(builder.rows(code(v._primitive), [[node(x) for x in v.operands]])[0])
        else:
            left, right, sign = zip(*terms, strict=True)
            place[id(v)] = int(builder.sums([list(map(node, left))], [list(map(node, right))], [sign])[0])
        sides[place[id(v)]] = [
            blocks.setdefault(id(b), len(blocks)) if isinstance(b, Block) else NONE for b in (v._a, v._b)
        ]
    builder.leaves(INPUT, [0])
    table = np.array([sides.get(i, [NONE, NONE]) for i in range(len(builder))])
    tape = builder.tape(values=[place[id(v)] for v in outputs], all=np.arange(len(builder)))
    return Recorded(Recording(tape, (), (), tuple(leaves), (), len(outputs) == 1, table, {}, ()), place)


def _terms(v: Value) -> list[Term] | None:
    """Return a node as a sum of products, None if it is none."""
    x = v.operands
    match v._primitive.name:  # type: ignore[union-attr]
        case "add" | "sum" | "pos":
            return [(a, None, 1.0) for a in x]
        case "sub":
            return [(x[0], None, 1.0), (x[1], None, -1.0)]
        case "neg":
            return [(x[0], None, -1.0)]
        case "mul":
            return [(x[0], x[1], 1.0)]
        case "dot" | "affine":
            k = len(v._x)
            return [(a, b, 1.0) for a, b in zip(x[: len(v._y)], x[k:], strict=True)] + [
                (a, None, 1.0) for a in x[len(v._y) : k]
            ]
    return None


def shuffled(output: Value, rng: random.Random) -> list[Value]:
    """Return the Values of a graph in a random topological order."""
    left = nodes(output)
    missing = {id(v): {id(u) for u in v._prev} for v in left}
    users: dict[int, list[Value]] = {id(v): [] for v in left}
    for v in left:
        for u in {id(u): u for u in v._prev}.values():
            users[id(u)].append(v)
    ready, found = [v for v in left if not missing[id(v)]], []
    while ready:
        v = ready.pop(rng.randrange(len(ready)))
        found.append(v)
        for user in users[id(v)]:
            missing[id(user)].discard(id(v))
            if not missing[id(user)]:
                ready.append(user)
    return found


def bits(numbers: Any) -> Any:
    """Return the bits of floats, the same for every NaN."""
    numbers = np.array(numbers, np.float64)
    numbers[np.isnan(numbers)] = np.nan
    return numbers.view(np.int64).tolist()
