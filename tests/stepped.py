"""Graphs that the tests of the stepper go through: each an output, and names for its nodes."""

from __future__ import annotations

from collections.abc import Callable

import microgradx as mx

Graph = tuple[mx.Value, dict[str, mx.Value]]


def least_squares() -> Graph:
    """Logistic least squares, CSC 311."""
    w, x, b, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(-1.5, "b"), mx.Value(1.0, "t")
    z = w * x + b
    y = z.sigmoid()
    L = (y - t) ** 2 / 2
    return L, {"z": z, "y": y, "L": L}


def regularised() -> Graph:
    """Logistic regression with a penalty: w is used twice, and so is y."""
    w, x, b, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(-1.5, "b"), mx.Value(1.0, "t")
    y = (w * x + b).sigmoid()
    loss = -t * y.log() - (1 - t) * (1 - y).log()
    R = w**2 / 2
    L_reg = loss + mx.Value(0.1, "lambda") * R
    return L_reg, {"y": y, "loss": loss, "R": R, "L_reg": L_reg}


def neuron() -> Graph:
    """One neuron, opened into t1 to t7."""
    y = mx.nn.Neuron(2, "sigmoid", init=[0.5, -0.25, 0.1])([mx.Value(1.0, "x1"), mx.Value(2.0, "x2")])
    return mx.expand(y), {}


def network() -> Graph:
    """The loss of a network 2-2-1: neurons that share a block of inputs."""
    model = mx.nn.MLP(2, [2, 1], activation="tanh", seed=1)
    y = model([mx.Value(1.0, "x1"), mx.Value(-2.0, "x2")])
    return (y - 1.0) ** 2 / 2, {"y": y}


def shared() -> Graph:
    """Nodes that stand twice in a product, in blocks and outside of them."""
    x, y = mx.Value(0.3, "x"), mx.Value(-0.7, "y")
    return mx.dot([x, y, x], [y, x, x]) + x * x + mx.sum([x, x, y]) * y, {}


def dead() -> Graph:
    """A dead ReLU, a part that no signal reaches, and a number that is not finite."""
    w, x = mx.Value(-1.0, "w"), mx.Value(2.0, "x")
    return mx.relu(w * x) + mx.detach(x * x) * w + mx.exp(mx.Value(1000.0, "u")) * 1e-300, {}


def hostile() -> Graph:
    """Labels that want to be markup, script or LaTeX, and one of 10,000 characters."""
    a = mx.Value(2.0, "</script><img src=x onerror=\"document.title='hacked'\">'\n<!--<script>")
    b = mx.Value(3.0, "a very long label " * 556)
    c = a * b
    c.label = r"$\href{javascript:alert(1)}{x}$ & <b>"
    return c + a, {}


GRAPHS: dict[str, Callable[[], Graph]] = {
    "least squares": least_squares,
    "regularised": regularised,
    "neuron": neuron,
    "network": network,
    "shared": shared,
    "dead": dead,
    "hostile": hostile,
}
