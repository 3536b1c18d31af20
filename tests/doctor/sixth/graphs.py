"""Graphs of the sixth catalogue, of regressions and formulas: each function returns its variables, the output as L."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def gauss() -> dict[str, Any]:
    x0, x1, x2 = Value(1.2), Value(-0.4), Value(2.3)
    mu, v = Value(0.37), Value(2.6)
    r0, r1, r2 = x0 - mu, x1 - mu, x2 - mu
    S = r0**2 + r1**2 + r2**2
    L = 3 * mx.log(v) / 2 + S / (2 * v)
    return locals()


def poisson() -> dict[str, Any]:
    x, k = [Value(e) for e in (0.5, -1.0, 2.0, 1.5)], [Value(e) for e in (1.0, 0.0, 3.0, 2.0)]
    w, b = Value(0.6), Value(0.3)
    eta = [w * xi + b for xi in x]
    lam = [mx.exp(e) for e in eta]
    n = len(x)
    L = sum(lam[i] - k[i] * eta[i] for i in range(n)) / n
    return {"x": x, "k": k, "w": w, "b": b, "eta": eta, "lam": lam, "n": n, "L": L}


def huber() -> dict[str, Any]:
    w, b, delta = Value(0.8), Value(-0.3), Value(0.75)
    x0, x1, x2 = Value(1.1), Value(-0.6), Value(2.5)
    y0, y1, y2 = Value(0.9), Value(-0.2), Value(-1.7)
    e0, e1, e2 = w * x0 + b - y0, w * x1 + b - y1, w * x2 + b - y2
    l0, l1, l2 = _rho(e0, delta), _rho(e1, delta), _rho(e2, delta)
    L = (l0 + l1 + l2) / 3
    return locals()


def _rho(e: Value, delta: Value) -> Any:
    return mx.where(mx.abs(e) <= delta, lambda: e**2 / 2, lambda: delta * (mx.abs(e) - delta / 2))


def ranking() -> dict[str, Any]:
    w0, w1 = Value(0.2), Value(-1.4)
    xp = [[Value(1.0), Value(0.5)], [Value(0.3), Value(-1.5)]]
    xn = [[Value(-0.5), Value(0.2)], [Value(-0.8), Value(0.6)]]
    lam = Value(0.2)
    m1 = 1 - (w0 * xp[0][0] + w1 * xp[0][1]) + (w0 * xn[0][0] + w1 * xn[0][1])
    m2 = 1 - (w0 * xp[1][0] + w1 * xp[1][1]) + (w0 * xn[1][0] + w1 * xn[1][1])
    h1, h2 = mx.relu(m1), mx.relu(m2)
    D = (h1 + h2) / 2
    R = (w0**2 + w1**2) / 2
    L = D + lam * R
    return locals()


def factors() -> dict[str, Any]:
    """A matrix of ratings, of which three are known, as a product of two."""
    U = [[Value(0.6), Value(-1.2)], [Value(1.1), Value(0.4)]]
    V = [[Value(0.9), Value(0.35)], [Value(-0.7), Value(1.5)]]
    r00, r01, r10, lam = Value(1.0), Value(-2.0), Value(0.5), Value(0.2)
    e00 = r00 - (U[0][0] * V[0][0] + U[0][1] * V[0][1])
    e01 = r01 - (U[0][0] * V[1][0] + U[0][1] * V[1][1])
    e10 = r10 - (U[1][0] * V[0][0] + U[1][1] * V[0][1])
    penalty = sum(e**2 for row in U + V for e in row)
    L = (e00**2 + e01**2 + e10**2) / 2 + lam * penalty / 2
    return locals()


def elastic(w: tuple[float, float] = (0.7, -0.45)) -> dict[str, Any]:
    w0, w1 = map(Value, w)
    x = [[Value(1.0), Value(-0.5)], [Value(2.0), Value(1.5)], [Value(-1.0), Value(0.8)]]
    y = [Value(0.4), Value(2.7), Value(-1.6)]
    alpha, rho = Value(0.3), Value(0.6)
    e0, e1, e2 = (w0 * x[i][0] + w1 * x[i][1] - y[i] for i in range(3))
    D = (e0**2 + e1**2 + e2**2) / 6
    A = mx.abs(w0) + mx.abs(w1)
    B = (w0**2 + w1**2) / 2
    L = D + alpha * (rho * A + (1 - rho) * B)
    return {name: x for name, x in locals().items() if name != "w"}


def contrastive() -> dict[str, Any]:
    w, x1, x2, x3, x4, margin = Value(0.75), Value(1.3), Value(-0.55), Value(0.4), Value(1.7), Value(2.0)
    a1, b1, a2, b2 = w * x1, w * x2, w * x3, w * x4
    d1, d2 = a1 - b1, mx.abs(a2 - b2)
    L = d1**2 / 2 + mx.relu(margin - d2) ** 2 / 2
    return locals()


def cosine() -> dict[str, Any]:
    u1, u2, v1, v2, t = Value(1.1), Value(-0.6), Value(0.45), Value(1.9), Value(0.8)
    p = u1 * v1 + u2 * v2
    nu, nv = mx.sqrt(u1**2 + u2**2), mx.sqrt(v1**2 + v2**2)
    c = p / (nu * nv)
    L = (c - t) ** 2 / 2
    return locals()


def powerlaw() -> dict[str, Any]:
    a, x, p, t = Value(0.6), Value(2.5), Value(1.8), Value(1.4)
    f = a * x**p
    L = (f - t) ** 2 / 2
    return locals()
