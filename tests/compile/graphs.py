"""Programs of the zoo that are random: irregular graphs, which no loop can describe."""

from __future__ import annotations

import random
from typing import Any

import microgradx as mx
from microgradx import Value

from .examples import Program
from .networks import points

Step = tuple[int, tuple[int, ...]]

# Each operation gives moderate numbers for moderate numbers, so that any of them may follow any other.
OPERATIONS = (
    lambda a, b, c: a + b - c,
    lambda a, b, c: a * mx.tanh(b),
    lambda a, b, c: mx.sin(a) - mx.cos(b),
    lambda a, b, c: a / (1.0 + b * b),
    lambda a, b, c: mx.exp(-(a * a)),
    lambda a, b, c: mx.log(1.0 + a * a),
    lambda a, b, c: mx.sqrt(1.0 + a * a) - b,
    lambda a, b, c: mx.relu(a) + 0.5 * c,
    lambda a, b, c: mx.sigmoid(a) * b,
    lambda a, b, c: mx.softplus(a) - 1.0,
    lambda a, b, c: mx.leaky_relu(a, 0.1),
    lambda a, b, c: mx.max(a, b) - mx.min(b, c),
    lambda a, b, c: mx.logsumexp([a, b, c]) - 1.0,
    lambda a, b, c: mx.dot([a, b], [mx.tanh(b), mx.tanh(c)]),
    lambda a, b, c: mx.sum([a, -b, c]),
    lambda a, b, c: abs(a) - 1.0,
    lambda a, b, c: mx.tanh(a) ** 2 - mx.tanh(b) ** 3,
)


def random_graph(seed: int, size: int = 40, inputs: int = 3) -> Program:
    """Return a random graph of `size` operations on parameters, inputs and earlier results, many of them shared."""
    rng = random.Random(f"graph {seed}")
    parameters = [Value(rng.uniform(-1.5, 1.5)) for _ in range(rng.randint(2, 5))]
    first = inputs + len(parameters)
    steps: list[Step] = []
    for i in range(first, first + size):
        recent = rng.randrange(max(0, i - 6), i)
        steps.append((rng.randrange(len(OPERATIONS)), (recent, rng.randrange(i), rng.randrange(i))))

    def f(x: Any) -> Any:
        numbers = [*x, *parameters]
        for operation, operands in steps:
            numbers.append(OPERATIONS[operation](*(numbers[i] for i in operands)))
        return mx.tanh(mx.sum(numbers[first:]) * 0.1) + mx.dot(x, x) * 0.1

    return Program(f, parameters, points((inputs,)))
