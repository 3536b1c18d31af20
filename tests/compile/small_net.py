"""Small nets, one with data, and the mean of a loss on Values, for tests of programs."""

from __future__ import annotations

from typing import Any

import numpy as np

import microgradx as mx
from microgradx import Value
from microgradx.compile.program import Program

TARGETS = ["numpy", "llvm"]


def net(seed=0):
    """Return a small net, its loss and data."""
    model = mx.nn.MLP(2, [4, 1], activation="tanh", seed=seed)
    rng = np.random.default_rng(seed)
    return model, (lambda x, y: (model(x) - y) ** 2), rng.normal(size=(9, 2)), rng.normal(size=9)


def classifier(inputs: int, widths: list[int], **settings: Any) -> tuple[mx.nn.MLP, Program]:
    """Return a net of ReLUs, and the program of its cross-entropy by the number of the class."""
    model = mx.nn.MLP(inputs, widths, activation="relu", seed=0)
    settings |= {"parameters": model.parameters(), "indices": ["y"], "cache": False}
    return model, mx.compile(lambda x, y: mx.losses.cross_entropy(model(x), y), **settings)


def mean_of(loss, parameters, X, Y):
    """Return mean value and gradient of a loss over rows, on Values."""
    outputs = [loss([Value(a) for a in x], Value(y)) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    gradient = np.mean([mx.grad(y, parameters) for y in outputs], axis=0)
    return sum(y.data for y in outputs) / len(outputs), gradient
