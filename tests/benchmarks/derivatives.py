"""Derivatives of one small loss: forward, reverse, and of second order."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import microgradx as mx

HIDDEN = 4
X = [[0.2 * i - 1.0, math.sin(i)] for i in range(10)]
Y = [x[0] * x[1] for x in X]
W = [random.Random(i).uniform(-1.0, 1.0) for i in range(4 * HIDDEN + 1)]
V = [random.Random(-1 - i).uniform(-1.0, 1.0) for i in range(4 * HIDDEN + 1)]


def loss(w: list[Any]) -> Any:
    """Return ½ Σ (net(x) − y)² for the net's parameters."""
    *rows, last = [w[3 * j : 3 * j + 3] for j in range(HIDDEN)] + [w[3 * HIDDEN :]]
    errors = []
    for x, y in zip(X, Y, strict=True):
        hidden = [mx.tanh(mx.dot(row, [*x, 1.0])) for row in rows]
        errors.append(mx.dot(last, [*hidden, 1.0]) - y)
    return 0.5 * mx.dot(errors, errors)


def value() -> Callable[[], Any]:
    """Return a step that computes the loss of plain numbers."""
    return lambda: loss(W)


def gradient() -> Callable[[], Any]:
    """Return a step that computes the loss and its gradient."""
    return lambda: mx.value_and_grad(loss)(W)[0]


def directional() -> Callable[[], Any]:
    """Return a step that computes the loss and one directional derivative."""
    return lambda: mx.jvp(loss, W, V)[0]


def graph() -> Callable[[], Any]:
    """Return a step that computes the loss and its gradient as a graph."""
    parameters = [mx.Value(w) for w in W]

    def step() -> Any:
        total = loss(parameters)
        mx.grad(total, parameters, create_graph=True)
        return total.data

    return step


def hessian_vector() -> Callable[[], Any]:
    """Return a step that computes the product of the Hessian with one vector."""
    return lambda: mx.hvp(loss, W, V)[0]


def whole_hessian() -> Callable[[], Any]:
    """Return a step that computes the Hessian."""
    return lambda: mx.hessian(loss, W)[0][0]
