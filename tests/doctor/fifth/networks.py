"""Graphs of the fifth catalogue, of networks: each function returns its variables, the output as L."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def tanh_net() -> dict[str, Any]:
    w11, w12, w21, w22 = Value(0.45), Value(0.8), Value(1.2), Value(0.3)
    b1, b2, v1, v2, c = Value(0.15), Value(-0.55), Value(1.4), Value(-0.65), Value(0.2)
    x1, x2, t = Value(1.3), Value(0.6), Value(0.75)
    a1, a2 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2
    h1, h2 = mx.tanh(a1), mx.tanh(a2)
    y = v1 * h1 + v2 * h2 + c
    L = (y - t) ** 2 / 2
    return locals()


def in_lists() -> dict[str, Any]:
    """Two layers whose weights, sums and outputs are lists."""
    W = [[Value(0.5), Value(-1.2)], [Value(0.9), Value(0.4)]]
    V = [[Value(1.1), Value(-0.7)], [Value(0.6), Value(1.5)]]
    x, t = [Value(0.8), Value(-1.4)], [Value(0.3), Value(1.0)]
    a = [row[0] * x[0] + row[1] * x[1] for row in W]
    h = [mx.sigmoid(each) for each in a]
    y = [row[0] * h[0] + row[1] * h[1] for row in V]
    L = ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2) / 2
    return {"W": W, "V": V, "x": x, "t": t, "a": a, "h": h, "y": y, "L": L}


def residual() -> dict[str, Any]:
    q, s, w, b, v, t = Value(0.9), Value(1.5), Value(0.6), Value(-0.2), Value(-1.3), Value(1.8)
    x = q * s
    u = w * x + b
    h = mx.relu(u)
    o = x + v * h
    L = (o - t) ** 2 / 2
    return locals()


def leaky() -> dict[str, Any]:
    """Two leaky units, of which the first is on its negative side."""
    w1, b1, w2, b2, x, t, k = Value(-1.2), Value(0.4), Value(-0.9), Value(0.65), Value(1.7), Value(1.5), 0.1
    z1 = w1 * x + b1
    a1 = mx.leaky_relu(z1, k)
    z2 = w2 * a1 + b2
    a2 = mx.leaky_relu(z2, k)
    L = (a2 - t) ** 2
    return locals()


def tied() -> dict[str, Any]:
    w1, w2, x1, x2 = Value(0.85), Value(-0.4), Value(0.95), Value(-1.1)
    h = mx.tanh(w1 * x1 + w2 * x2)
    y1, y2 = w1 * h, w2 * h
    e1, e2 = y1 - x1, y2 - x2
    L = (e1**2 + e2**2) / 2
    return locals()


def recurrent() -> dict[str, Any]:
    u, r, h0, x1, x2, x3 = Value(0.75), Value(1.25), Value(0.1), Value(0.5), Value(-0.9), Value(1.1)
    t = Value(-0.35)
    h1 = mx.tanh(u * x1 + r * h0)
    h2 = mx.tanh(u * x2 + r * h1)
    h3 = mx.tanh(u * x3 + r * h2)
    L = (h3 - t) ** 2 / 2
    return locals()


def attention() -> dict[str, Any]:
    q, k1, k2, v1, v2, t = Value(1.3), Value(0.6), Value(-0.5), Value(2.0), Value(-1.0), Value(0.4)
    e1, e2 = q * k1, q * k2
    a1, a2 = mx.softmax([e1, e2])
    o = a1 * v1 + a2 * v2
    L = (o - t) ** 2 / 2
    return locals()


def gate() -> dict[str, Any]:
    """A gate that is just half open: g = σ(0)."""
    w, b, x, t = Value(0.75), Value(-1.5), Value(2.0), Value(1.3)
    z = w * x + b
    g = mx.sigmoid(z)
    o = g * x
    L = (o - t) ** 2 / 2
    return locals()
