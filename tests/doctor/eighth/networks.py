"""The networks of the lectures, and the examples of the chain rule."""

from __future__ import annotations

from collections.abc import Callable

import microgradx as mx
from microgradx import Value

from .graphs import Variables


def fan_out() -> Variables:
    """001-34: f = y + exp(xy), x = cos t, y = t²."""
    t = Value(0.6)
    x, y = mx.cos(t), t**2
    _L = f = y + mx.exp(x * y)
    return locals()


def product() -> Variables:
    """002-30: f = g²h, J = (f − 1)²."""
    g, h = Value(1.7), Value(-0.6)
    f = g**2 * h
    _L = J = (f - 1) ** 2
    return locals()


def softmax() -> Variables:
    """001-33: z = Wx + b, y = softmax(z), L = −Σ tₖ log yₖ, in lists."""
    W = [[Value(0.4), Value(-0.7)], [Value(1.1), Value(0.3)], [Value(-0.5), Value(0.8)]]
    b, x = [Value(0.1), Value(-0.2), Value(0.3)], [Value(1.2), Value(-0.9)]
    t = [Value(0.0), Value(1.0), Value(0.0)]
    z = [mx.dot(W[k], x) + b[k] for k in range(3)]
    y = mx.softmax(z)
    L = -(t[0] * mx.log(y[0]) + t[1] * mx.log(y[1]) + t[2] * mx.log(y[2]))
    return locals()


def softmax_by_hand() -> Variables:
    """yₖ = eₖ/S, eₖ = exp(zₖ), targets that add up to 1."""
    z1, z2, z3, t1, t2, t3 = map(Value, (0.4, -0.7, 1.1, 0.2, 0.5, 0.3))
    e1, e2, e3 = map(mx.exp, (z1, z2, z3))
    S = e1 + e2 + e3
    y1, y2, y3 = e1 / S, e2 / S, e3 / S
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2) + t3 * mx.log(y3))
    return locals()


def softmax_of_class() -> Variables:
    """The same for the second of three classes, with plain numbers as targets."""
    w1, w2, w3, x = map(Value, (0.4, 1.1, -0.5, 1.2))
    z1, z2, z3 = w1 * x, w2 * x, w3 * x
    y1, y2, y3 = mx.softmax([z1, z2, z3])
    t1, t2, t3 = 0.0, 1.0, 0.0
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2) + t3 * mx.log(y3))
    return locals()


def _two_layers(activation: Callable[[Value], Value]) -> Variables:
    x, t = [Value(0.8), Value(-1.3)], [Value(0.4), Value(-0.6)]
    W1, b1 = [[Value(0.4), Value(-0.9)], [Value(-1.2), Value(0.5)]], [Value(0.2), Value(-0.3)]
    W2, b2 = [[Value(0.9), Value(-0.5)], [Value(1.3), Value(0.6)]], [Value(-0.1), Value(0.4)]
    z = [W1[i][0] * x[0] + W1[i][1] * x[1] + b1[i] for i in range(2)]
    h = [activation(u) for u in z]
    y = [W2[k][0] * h[0] + W2[k][1] * h[1] + b2[k] for k in range(2)]
    L = ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2) / 2
    return {name: x for name, x in locals().items() if name != "activation"}


def two_layers() -> Variables:
    """001-40: two inputs, two logistic units, two outputs, L = ½Σ(yₖ − tₖ)²."""
    return _two_layers(mx.sigmoid)


def two_layers_tanh() -> Variables:
    """The same with tanh."""
    return _two_layers(mx.tanh)


def beta() -> Variables:
    """002-32: logistic outputs too, L = Σ(tₖ − yₖ)²."""
    x1, x2, t1, t2 = map(Value, (0.8, -1.3, 1.0, 0.0))
    w11, w12, w21, w22 = map(Value, (0.4, -0.9, -1.2, 0.5))
    v11, v12, v21, v22 = map(Value, (0.9, -0.5, 1.3, 0.6))
    z1, z2 = w11 * x1 + w12 * x2, w21 * x1 + w22 * x2
    h1, h2 = mx.sigmoid(z1), mx.sigmoid(z2)
    s1, s2 = v11 * h1 + v12 * h2, v21 * h1 + v22 * h2
    y1, y2 = mx.sigmoid(s1), mx.sigmoid(s2)
    L = (t1 - y1) ** 2 + (t2 - y2) ** 2
    return locals()


def _scalar(w1: float) -> Variables:
    x, w1, w2, t = map(Value, (1.4, w1, -1.1, 0.5))  # type: ignore[assignment]
    a = w1 * x
    h = mx.relu(a)
    f = w2 * h
    L = (f - t) ** 2 / 2
    return locals()


def scalar() -> Variables:
    """003-12: f = w₂ relu(w₁x), L = ½(f − t)², a > 0."""
    return _scalar(0.9)


def dead() -> Variables:
    """The same with a < 0."""
    return _scalar(-0.9)


def _skip(w2: float) -> Variables:
    x, w1, w2, v, t = map(Value, (0.8, 0.6, w2, 1.3, -0.2))  # type: ignore[assignment]
    a1 = mx.relu(w1 * x)
    z2 = w2 * a1
    a2 = mx.relu(z2) + a1
    g = v * a2
    L = (g - t) ** 2
    return locals()


def skip() -> Variables:
    """004-28: a₂ = relu(z₂) + a₁, z₂ > 0."""
    return _skip(0.7)


def skip_dead() -> Variables:
    """The same with z₂ < 0."""
    return _skip(-0.7)


def recurrent() -> Variables:
    """002-13: hₛ = tanh(u xₛ + w hₛ₋₁ + b), three steps, y = v h₃, L = ½(y − t)²."""
    u, w, b, v, h0, x1, x2, x3, t = map(Value, (0.6, -0.7, 0.2, 1.4, 0.3, 0.8, -1.2, 0.5, -0.4))
    a1 = u * x1 + w * h0 + b
    h1 = mx.tanh(a1)
    a2 = u * x2 + w * h1 + b
    h2 = mx.tanh(a2)
    a3 = u * x3 + w * h2 + b
    h3 = mx.tanh(a3)
    y = v * h3
    L = (y - t) ** 2 / 2
    return locals()


def recurrent_list() -> Variables:
    """The same with logistic units in a list h, and no names between."""
    u, w, t = Value(0.6), Value(-0.7), Value(-0.4)
    x = [Value(0.8), Value(-1.2), Value(0.5)]
    h = [Value(0.3)]
    for step in range(3):
        h.append(mx.sigmoid(u * x[step] + w * h[step]))
    L = (h[3] - t) ** 2 / 2
    del step
    return locals()


def recurrent_losses() -> Variables:
    """A loss at each of two steps; no state before the first."""
    u, w, v, x1, x2, t1, t2 = map(Value, (0.6, -0.7, 1.4, 0.8, -1.2, -0.4, 0.3))
    h1 = mx.tanh(u * x1)
    h2 = mx.tanh(u * x2 + w * h1)
    y1, y2 = v * h1, v * h2
    L = (y1 - t1) ** 2 / 2 + (y2 - t2) ** 2 / 2
    return locals()


def margin() -> Variables:
    """The hinge loss of a linear classifier, 1 − yz > 0."""
    w, b, x, y = map(Value, (0.3, 0.2, 1.1, 1.0))
    z = w * x + b
    m = 1 - y * z
    L = mx.relu(m)
    return locals()
