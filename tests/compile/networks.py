"""Programs of the zoo that are feed-forward networks."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import microgradx as mx
from microgradx import Value

from .examples import Program, Rows


def points(*shapes: tuple[int, ...]) -> Rows:
    """Return a generator of normal numbers: one argument of each shape."""

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return tuple(rng.normal(size=(n, *shape)) for shape in shapes)

    return rows


def mlp(sizes: Sequence[int], activation: str = "relu", loss: str = "squared_error", seed: int = 1) -> Program:
    """Return the library's net with a loss of numbers."""
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation, seed=seed)
    distance = mx.losses.LOSSES[loss]

    def f(x: Any, y: Any) -> Any:
        return distance(model(x), y)

    return Program(f, model.parameters(), points((sizes[0],), () if sizes[-1] == 1 else (sizes[-1],)))


def classes_of_two(sizes: Sequence[int], activation: str = "relu") -> Program:
    """Return the library's net with binary cross-entropy; targets are probabilities, 0 and 1 among them."""
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation, seed=2)

    def f(x: Any, t: Any) -> Any:
        return mx.losses.binary_cross_entropy_with_logits(model(x), t)

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return rng.normal(size=(n, sizes[0])), rng.integers(0, 3, n) / 2.0

    return Program(f, model.parameters(), rows)


def classifier(sizes: Sequence[int], activation: str = "relu", seed: int = 3) -> Program:
    """Return the library's net with cross-entropy; the target is a run-time integer."""
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation, seed=seed)

    def f(x: Any, c: Any) -> Any:
        return mx.losses.cross_entropy(model(x), c)

    return Program(f, model.parameters(), labelled(sizes[0], sizes[-1]), indices=("c",))


def labelled(inputs: int, classes: int) -> Rows:
    """Return a generator of points and classes."""

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return rng.normal(size=(n, inputs)), rng.integers(0, classes, n)

    return rows


class Unit:
    """A neuron as users of micrograd write it: one node for each operation."""

    def __init__(self, inputs: int, nonlinear: bool, rng: random.Random) -> None:
        self.w = [Value(rng.uniform(-1.0, 1.0)) for _ in range(inputs)]
        self.b = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x: Sequence[Any]) -> Any:
        z = sum((wᵢ * xᵢ for wᵢ, xᵢ in zip(self.w, x, strict=True)), self.b)
        return z.relu() if self.nonlinear else z


class Net:
    """Layers of units, the last of them linear."""

    def __init__(self, sizes: Sequence[int], seed: int = 4) -> None:
        rng = random.Random(seed)
        last = len(sizes) - 2
        self.layers = [[Unit(n, i < last, rng) for _ in range(m)] for i, (n, m) in enumerate(pairwise(sizes))]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [unit(x) for unit in layer]
        return x[0]

    def parameters(self) -> list[Value]:
        """Return all parameters, neuron by neuron, weights before the bias."""
        return [v for layer in self.layers for unit in layer for v in (*unit.w, unit.b)]


def by_hand(sizes: Sequence[int]) -> Program:
    """Return a net and a squared error made of nothing but operators."""
    model = Net(sizes)

    def f(x: Any, y: Any) -> Any:
        return (model(x) - y) * (model(x) - y)  # computed twice, as users do

    return Program(f, model.parameters(), points((sizes[0],), ()))


def moons(count: int, sizes: Sequence[int] = (2, 16, 16, 1), penalty: float = 1e-4) -> Program:
    """Return micrograd's demo: one row is a whole batch of `count` points, its loss written out; max-margin and L2."""
    model = Net(sizes)

    def f(X: Any, y: Any) -> Any:
        scores = [model(x) for x in X]
        margins = [(1 + -yᵢ * score).relu() for yᵢ, score in zip(y, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        return data_loss + penalty * sum(p * p for p in model.parameters())

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        angle, side = rng.uniform(0.0, np.pi, (n, count)), np.arange(count) % 2
        x = np.where(side, 1.0 - np.cos(angle), np.cos(angle)) + 0.1 * rng.normal(size=(n, count))
        y = np.where(side, 0.5 - np.sin(angle), np.sin(angle)) + 0.1 * rng.normal(size=(n, count))
        return np.stack([x, y], axis=-1), np.broadcast_to(2.0 * side - 1.0, (n, count)).copy()

    return Program(f, model.parameters(), rows)


def frozen() -> Program:
    """Return a net of which the last layer alone is trained: the others are Values that are no parameters."""
    model = mx.nn.MLP(2, [4, 3, 1], activation="tanh", seed=5)

    def f(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    return Program(f, model.layers[-1].parameters(), points((2,), ()))


def residual(width: int, depth: int) -> Program:
    """Return skip connections around small nets, then the mean of all units."""
    blocks = [
        mx.nn.Residual(mx.nn.MLP(width, [2 * width, width], activation="relu", seed=seed)) for seed in range(depth)
    ]

    def f(x: Any, y: Any) -> Any:
        for block in blocks:
            x = block(x)
        return (mx.sum(x) / len(x) - y) ** 2

    return Program(f, [v for block in blocks for v in block.parameters()], points((width,), ()))


def convolution(length: int, window: int, channels: int) -> Program:
    """Return a net of one dimension that slides its weights along a signal, pools the largest, and adds up."""
    rng = random.Random(6)
    filters = [[Value(rng.uniform(-1.0, 1.0)) for _ in range(window + 1)] for _ in range(channels)]
    out = [Value(rng.uniform(-1.0, 1.0)) for _ in range(channels)]

    def responses(x: Any, weights: Sequence[Value]) -> list[Any]:
        *w, b = weights
        return [mx.relu(mx.dot(w, x[i : i + window]) + b) for i in range(length - window + 1)]

    def f(x: Any, y: Any) -> Any:
        pooled = [pool(responses(x, weights)) for weights in filters]
        return (mx.dot(out, pooled) - y) ** 2

    pool: Callable[[list[Any]], Any] = lambda values: mx.max(values) + mx.sum(values) / len(values)  # noqa: E731
    return Program(f, [*(v for weights in filters for v in weights), *out], points((length,), ()))
