"""The graphs of the catalogue: those of the lectures, each as its variables by name, the output's name first."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value

Variables = dict[str, Any]


def logistic() -> Variables:
    """z = wx + b, y = σ(z), L = ½(y − t)²."""
    w, x, b, t = Value(0.7), Value(1.6), Value(-0.9), Value(0.8)
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    return locals()


def regularised() -> Variables:
    """The same with R = ½w² and L_reg = L + λR."""
    w, x, b, t, lam = Value(0.7), Value(1.6), Value(-0.9), 1.0, 0.3
    z = w * x + b
    y = mx.sigmoid(z)
    L = 0.5 * (y - t) ** 2
    R = 0.5 * w**2
    L_reg = L + lam * R
    return locals()


def softmax_cross_entropy() -> Variables:
    """zₖ = wₖ₁x₁ + wₖ₂x₂ + bₖ, y = softmax(z), L = −Σ tₖ log yₖ for three classes, the second one true."""
    x1, x2 = Value(0.7), Value(-1.1)
    w11, w12, w21, w22, w31, w32 = (Value(v) for v in (0.3, -0.2, 0.8, 0.5, -0.6, 0.1))
    b1, b2, b3 = Value(0.1), Value(0.2), Value(-0.3)
    t1, t2, t3 = Value(0.0), Value(1.0), Value(0.0)
    z1, z2, z3 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2, w31 * x1 + w32 * x2 + b3
    y1, y2, y3 = mx.softmax([z1, z2, z3])
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2) + t3 * mx.log(y3))
    return locals()


def two_layers() -> Variables:
    """z = Wx + b, h = tanh(z), y = Vh + c, L = ½Σ (yₖ − tₖ)²: two inputs, two hidden units, two outputs."""
    x1, x2, t1, t2 = Value(0.9), Value(-0.4), 0.5, -0.5
    w11, w12, w21, w22, b1, b2 = (Value(v) for v in (0.4, 0.25, -0.7, 0.35, 0.1, 0.2))
    v11, v12, v21, v22, c1, c2 = (Value(v) for v in (1.1, -0.3, 0.6, 0.9, 0.05, -0.15))
    z1, z2 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2
    h1, h2 = mx.tanh(z1), mx.tanh(z2)
    y1, y2 = v11 * h1 + v12 * h2 + c1, v21 * h1 + v22 * h2 + c2
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2) / 2
    return locals()


def residual() -> Variables:
    """Y = x + v·tanh(wx + b), L = ½(Y − t)²: the skip connection."""
    x, w, b, v, t = Value(0.6), Value(1.3), Value(-0.2), Value(0.75), 1.7
    z = w * x + b
    h = mx.tanh(z)
    F = v * h
    Y = x + F
    L = (Y - t) ** 2 / 2
    return locals()


def dead_relu() -> Variables:
    """Two ReLUs side by side, the first one dead: zᵢ = wᵢx + bᵢ, aᵢ = ReLU(zᵢ), y = v₁a₁ + v₂a₂, L = (y − t)²."""
    x, t = Value(1.2), 0.4
    w1, w2, b1, b2, v1, v2 = (Value(u) for u in (-0.8, 0.9, 0.1, 0.3, 1.4, 0.65))
    z1, z2 = w1 * x + b1, w2 * x + b2
    a1, a2 = mx.relu(z1), mx.relu(z2)
    y = v1 * a1 + v2 * a2
    L = (y - t) ** 2
    return locals()


def batch_mean() -> Variables:
    """yᵢ = wxᵢ + b, C = ⅓Σ (yᵢ − tᵢ)²: the mean over three examples."""
    w, b = Value(0.35), Value(-0.15)
    x1, x2, x3 = Value(0.8), Value(-1.3), Value(2.1)
    t1, t2, t3 = 0.2, 0.9, -0.4
    y1, y2, y3 = w * x1 + b, w * x2 + b, w * x3 + b
    l1, l2, l3 = (y1 - t1) ** 2, (y2 - t2) ** 2, (y3 - t3) ** 2
    C = (l1 + l2 + l3) / 3
    return locals()


GRAPHS = {
    "logistic": (logistic, "L"),
    "regularised": (regularised, "L_reg"),
    "softmax": (softmax_cross_entropy, "L"),
    "two layers": (two_layers, "L"),
    "residual": (residual, "L"),
    "dead relu": (dead_relu, "L"),
    "batch": (batch_mean, "C"),
}
