"""Random functions that choose by `where` and `lookup`, among leaves, constants, computed numbers and other choices."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import microgradx as mx
from microgradx import Value
from microgradx.compile.program import Program

CATEGORIES = 3
ROWS = 8
SPECIAL = (0.0, -0.0, 1.0, -1.0, 1e-310, 1e300, math.inf, -math.inf, math.nan)

Step = Callable[[Sequence[Any], Sequence[Any], int, float], Any]

STEPS: dict[str, Step] = {
    "add": lambda z, i, k, c: z[0] + z[1],
    "sub": lambda z, i, k, c: z[0] - z[1],
    "mul": lambda z, i, k, c: z[0] * z[1],
    "div": lambda z, i, k, c: z[0] / (2.0 + z[1] * z[1]),
    "scaled": lambda z, i, k, c: c * z[0],
    "sin": lambda z, i, k, c: mx.sin(z[0]),
    "tanh": lambda z, i, k, c: mx.tanh(z[0]),
    "relu": lambda z, i, k, c: mx.relu(z[0]),
    "max": lambda z, i, k, c: mx.max(z[:2]),
    "detached": lambda z, i, k, c: mx.detach(z[0]) + z[1],
    "dot": lambda z, i, k, c: mx.dot(z[:3], z[3:6]),
    "sum": lambda z, i, k, c: mx.sum(z[:4]),
    "logsumexp": lambda z, i, k, c: mx.logsumexp(list(map(mx.tanh, z[:3]))),
    "where": lambda z, i, k, c: mx.where(z[0] > z[1], z[2], z[3]),
    "where one is a number": lambda z, i, k, c: mx.where(z[0] > z[1], z[2], c),
    "where the index is": lambda z, i, k, c: mx.where(i[0] == k, z[0], z[1]),
    "lookup": lambda z, i, k, c: mx.lookup(z[:3], i[0]),
    "lookup again": lambda z, i, k, c: mx.lookup(z[:3], i[1]) * mx.lookup(z[1:4], i[1]),
    "rows": lambda z, i, k, c: mx.dot(*[mx.lookup([z[:2], z[2:4], z[4:6]], i[0])] * 2),
    "cross-entropy": lambda z, i, k, c: mx.losses.cross_entropy(list(map(mx.tanh, z[:3])), i[1]),
    "likelihood": lambda z, i, k, c: mx.losses.nll_loss(mx.log_softmax(list(map(mx.tanh, z[:3]))), i[0]),
}


class Drawn(NamedTuple):
    """A random function f(x, i), its parameters, and rows of arguments that take different choices."""

    f: Callable[[Any, Any], Any]
    parameters: list[Value]
    x: np.ndarray
    i: np.ndarray
    direction: np.ndarray

    def program(self, target: str = "numpy") -> Program:
        """Return the function compiled strictly."""
        return Program(self.f, self.parameters, ("i",), True, target, cache=False, max_paths=500)


def drawn(seed: int, special: bool = False) -> Drawn:
    """Return a random function by its number; with `special`, its rows hold zeros, infinities and NaN too."""
    rng = random.Random(f"choosing {seed}")
    inputs, count = rng.randint(1, 3), rng.randint(1, 4)
    steps, size = [], inputs + count + 1
    for _ in range(rng.randint(3, 14)):
        places = [rng.randrange(size) for _ in range(6)]
        steps.append((STEPS[rng.choice(list(STEPS))], places, rng.randrange(CATEGORIES), rng.uniform(-2.0, 2.0)))
        size += 1
    parameters = [Value(rng.uniform(-2.0, 2.0)) for _ in range(count)]

    def f(x: Any, i: Any) -> Any:
        numbers = [*x, *parameters, 1.0]
        for step, places, k, c in steps:
            numbers.append(step([numbers[p] for p in places], i, k, c))
        return numbers[-1] * numbers[-2] + numbers[-3] + parameters[0] * x[0]

    def entry() -> float:
        return rng.choice(SPECIAL) if special and rng.random() < 0.5 else rng.uniform(-2.0, 2.0)

    x = np.array([[entry() for _ in range(inputs)] for _ in range(ROWS)])
    i = np.array([[rng.randrange(CATEGORIES) for _ in range(2)] for _ in range(ROWS)])
    direction = np.array(
        [[rng.choice((0.0, -0.0, 1.0, rng.gauss(0.0, 1.0))) for _ in range(inputs)] for _ in range(ROWS)]
    )
    return Drawn(f, parameters, x, i, direction)
