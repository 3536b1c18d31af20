"""Networks that other libraries can have, by name, each with the number of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import microgradx as mx
from microgradx import nn
from microgradx.activations import ACTIVATIONS, LAYER_ACTIVATIONS


def _block(seed: int) -> nn.Residual:
    return nn.Residual(nn.Sequential(nn.Layer(4, 5, "relu", seed=seed), nn.Layer(5, 4, seed=seed)))


NETWORKS: dict[str, tuple[int, Callable[[], nn.Module]]] = {
    "neuron": (3, lambda: nn.Neuron(3, "sigmoid", seed=1)),
    "layer": (3, lambda: nn.Layer(3, 2, "tanh", seed=1)),
    "one output": (2, lambda: nn.MLP(2, [3, 1], seed=1)),
    "deep": (4, lambda: nn.MLP(4, [6, 5, 4, 3], activation=["relu", "tanh", "sigmoid"], output="softmax", seed=1)),
    "other slope": (2, lambda: nn.MLP(2, [6, 2], activation=partial(mx.leaky_relu, slope=0.3), seed=1)),
    "sequential": (2, lambda: nn.Sequential(nn.MLP(2, [3, 2], seed=1), nn.Layer(2, 3, seed=2), mx.log_softmax)),
    "neuron and function": (2, lambda: nn.Sequential(nn.Neuron(2, seed=1), mx.sigmoid)),
    "residual": (4, lambda: nn.Sequential(_block(1), _block(2), nn.Layer(4, 2, seed=3))),
    "residual in residual": (4, lambda: nn.Residual(nn.Sequential(_block(1), nn.Layer(4, 4, "sigmoid", seed=4)))),
    "residual alone": (3, lambda: nn.Residual(nn.Layer(3, 3, "softmax", seed=1))),
    "softmax after a sum": (4, lambda: nn.Sequential(_block(1), mx.softmax)),
    **{
        name: (3, partial(nn.Layer, 3, 4, name, init=[0.5 * i - 4.0 for i in range(16)]))
        for name in (*ACTIVATIONS, *LAYER_ACTIVATIONS)
    },
}

ROWS = {
    2: [[0.0, 0.0], [1.5, -2.0], [-30.0, 4.0]],
    3: [[0.0, 0.0, 0.0], [1.5, -2.0, 0.25], [-40.0, 20.0, 3.0], [7.0, 8.0, 9.0], [-0.1, -0.2, 0.1]],
    4: [[0.1, -0.2, 0.3, -0.4], [1.0, 2.0, -3.0, 4.0], [50.0, -20.0, 10.0, 0.0]],
}
"""Inputs for each number of entries, some of them far out, where activations are saturated or dead."""


def outputs(model: nn.Module, rows: list[list[float]]) -> list[list[float]]:
    """Return what a model computes for each row, as a list of numbers also if it is one number."""
    found = [model(row) for row in rows]
    return [[v.data for v in (y if isinstance(y, list) else [y])] for y in found]


class Own(nn.Module):
    """A module that computes in its own way."""

    def __init__(self) -> None:
        self.w = mx.Value(1.0)


class Doubled(nn.MLP):
    """A subclass that computes something else than its base class."""

    def __call__(self, x: object) -> object:
        """Return twice the sum."""
        return 2.0 * super().__call__(x)  # type: ignore[arg-type]


class Named(nn.MLP):
    """A subclass that computes what its base class does."""

    def __init__(self) -> None:
        super().__init__(2, [3, 1], seed=1)


def two_activations() -> nn.Layer:
    """Return a layer whose neurons differ in their activation."""
    layer = nn.Layer(2, 2, "relu")
    layer.neurons[1].activation = mx.tanh
    return layer


REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a function": (lambda: mx.relu, TypeError, "takes a model"),
    "a class of its own": (Own, TypeError, r"the model is a Own, which computes in its own way"),
    "inside": (lambda: nn.Sequential(nn.Layer(2, 2), Own()), TypeError, r"modules\.1 is a Own"),
    "a subclass": (lambda: Doubled(2, [1]), TypeError, "a Doubled, which computes in its own way"),
    "a lambda": (lambda: nn.Layer(2, 1, lambda x: x * x), TypeError, "the model uses .*<lambda>"),
    "a lambda inside": (lambda: nn.Sequential(nn.Layer(2, 1), lambda x: x), TypeError, r"modules\.1 uses .*<lambda>"),
    "other arguments": (lambda: nn.Neuron(2, partial(mx.pow, y=2.0)), TypeError, "the model uses functools.partial"),
    "two activations": (two_activations, TypeError, "the layer has several"),
    "widths": (
        lambda: nn.Sequential(nn.Layer(2, 3), nn.Layer(2, 1)),
        mx.ShapeError,
        r"modules\.1 takes 2 inputs, but gets 3",
    ),
    "a wide sum": (
        lambda: nn.Sequential(nn.Residual(nn.Layer(2, 3))),
        mx.ShapeError,
        r"modules\.0 has 2 inputs, 3 outputs",
    ),
}
"""Models that cannot be had elsewhere, the error, and what it says."""
