"""Graphs of the fifth catalogue, of regressions and formulas: each function returns its variables, the output as L."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def ridge() -> dict[str, Any]:
    w, b, lam = Value(0.8), Value(-0.3), 0.15
    x1, x2, x3, t1, t2, t3 = 1.5, -0.5, 2.5, 1.2, 0.4, 2.9
    r1, r2, r3 = w * x1 + b - t1, w * x2 + b - t2, w * x3 + b - t3
    J = (r1**2 + r2**2 + r3**2) / 3
    R = w**2 / 2
    L = J + lam * R
    return locals()


def logistic() -> dict[str, Any]:
    w1, w2, b, x1, x2, t = Value(0.7), Value(-1.1), Value(0.35), Value(1.6), Value(0.9), 1.0
    z = w1 * x1 + w2 * x2 + b
    p = mx.sigmoid(z)
    L = -(t * mx.log(p) + (1 - t) * mx.log(1 - p))
    return locals()


def batch() -> dict[str, Any]:
    w, b, x1, x2, x3, t1, t2, t3 = Value(-0.6), Value(0.25), 0.7, -1.3, 2.2, 0.0, 1.0, 1.0
    z1, z2, z3 = w * x1 + b, w * x2 + b, w * x3 + b
    p1, p2, p3 = mx.sigmoid(z1), mx.sigmoid(z2), mx.sigmoid(z3)
    total = 0.0 - (t1 * mx.log(p1) + (1 - t1) * mx.log(1 - p1))
    total = total - (t2 * mx.log(p2) + (1 - t2) * mx.log(1 - p2))
    total = total - (t3 * mx.log(p3) + (1 - t3) * mx.log(1 - p3))
    L = total / 3
    return {name: x for name, x in locals().items() if name != "total"}


def temperature() -> dict[str, Any]:
    s1, s2, s3, T = Value(0.9), Value(-0.4), Value(1.7), Value(2.5)
    p = mx.softmax([s1 / T, s2 / T, s3 / T])
    L = -mx.log(p[1])
    return locals()


def gauss() -> dict[str, Any]:
    """A Gaussian's negative log-likelihood whose log-variance is learnt."""
    w, b, s, x, t = Value(1.15), Value(-0.45), Value(0.6), Value(0.8), Value(2.1)
    m = w * x + b
    d = t - m
    L = 0.5 * (s + d**2 * mx.exp(-s))
    return locals()


def hinge() -> dict[str, Any]:
    w1, w2, b, x1, x2, t, lam = Value(0.55), Value(-0.15), Value(0.1), -0.7, 1.9, -1.0, 0.3
    f = w1 * x1 + w2 * x2 + b
    H = mx.relu(1 - t * f)
    L = H + lam / 2 * (w1**2 + w2**2)
    return locals()


def rbf() -> dict[str, Any]:
    c, s, v, x, t = Value(0.4), Value(0.9), Value(1.6), Value(1.25), Value(0.3)
    d = x - c
    phi = mx.exp(-(d**2) / (2 * s**2))
    y = v * phi
    L = (y - t) ** 2 / 2
    return locals()


def poisson() -> dict[str, Any]:
    w, b, x, n = Value(0.5), Value(0.3), Value(1.45), 4.0
    eta = w * x + b
    rate = mx.exp(eta)
    L = rate - n * mx.log(rate)
    return locals()


def quotient() -> dict[str, Any]:
    a, b, c, d, x = Value(1.7), Value(-0.6), Value(0.8), Value(2.3), Value(0.9)
    u, m = a * x + b, c * x + d
    f = u / m
    return {"a": a, "b": b, "c": c, "d": d, "x": x, "u": u, "m": m, "f": f, "L": f}


def product() -> dict[str, Any]:
    a, b, c, t = Value(0.7), Value(1.9), Value(-1.2), Value(0.5)
    u = a * b * c
    L = (u - t) ** 2 / 2
    return locals()


def lasso() -> dict[str, Any]:
    """A weight at 0, where its penalty has a kink."""
    w, x, t, lam = Value(0.0), 1.8, 0.9, 0.5
    L = (w * x - t) ** 2 / 2 + lam * mx.abs(w)
    return locals()


def elastic() -> dict[str, Any]:
    w1, w2, x1, x2, t, l1, l2 = Value(-0.45), Value(1.35), 0.8, -0.6, 0.25, 0.2, 0.07
    r = w1 * x1 + w2 * x2 - t
    L = r**2 / 2 + l1 * (mx.abs(w1) + mx.abs(w2)) + l2 * (w1**2 + w2**2)
    return locals()


def logits() -> dict[str, Any]:
    w1, w2, w3, x = Value(0.4), Value(-0.7), Value(0.2), Value(1.9)
    z1, z2, z3 = w1 * x, w2 * x, w3 * x
    A = mx.logsumexp([z1, z2, z3])
    L = A - z3
    return locals()
