"""A small net with data, and the mean of a loss on Values, for tests of programs."""

from __future__ import annotations

import numpy as np

import microgradx as mx
from microgradx import Value

TARGETS = ["numpy", "llvm"]


def net(seed=0):
    """Return a small net, its loss and data."""
    model = mx.nn.MLP(2, [4, 1], activation="tanh", seed=seed)
    rng = np.random.default_rng(seed)
    return model, (lambda x, y: (model(x) - y) ** 2), rng.normal(size=(9, 2)), rng.normal(size=9)


def mean_of(loss, parameters, X, Y):
    """Return mean value and gradient of a loss over rows, on Values."""
    outputs = [loss([Value(a) for a in x], Value(y)) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    gradient = np.mean([mx.grad(y, parameters) for y in outputs], axis=0)
    return sum(y.data for y in outputs) / len(outputs), gradient
