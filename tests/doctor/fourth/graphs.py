"""Graphs of the fourth catalogue, of losses and of layers: each function returns its variables, the output as L.

Data and settings are plain numbers, as they are in a student's program.
"""

from __future__ import annotations

import math
from typing import Any

import microgradx as mx
from microgradx import Value


def svr(t: float = 2.6) -> dict[str, Any]:
    """An ε-insensitive loss with a penalty; with t = 0.95 inside of the tube."""
    w, b, x, eps, lam = Value(0.7), Value(-0.4), 1.9, 0.25, 0.3
    y = w * x + b
    r = y - t
    e = mx.abs(r)
    h = mx.max(e - eps, 0.0)
    R = lam / 2 * w**2
    L = h + R
    return locals()


def svr_inside() -> dict[str, Any]:
    return svr(0.95)


def huber(t: float = -0.3) -> dict[str, Any]:
    """Huber's loss, on its linear side; with t = 2.2 on the quadratic one."""
    w, b, x, delta = Value(1.3), Value(0.2), 2.1, 1.4
    y = w * x + b
    r = y - t
    L = mx.where(abs(r) <= delta, lambda: r**2 / 2, lambda: delta * (abs(r) - delta / 2))
    return locals()


def huber_quadratic() -> dict[str, Any]:
    return huber(2.2)


def poisson() -> dict[str, Any]:
    w, b = Value(0.45), Value(-0.2)
    x1, x2, x3, k1, k2, k3 = 0.8, -1.1, 2.3, 2.0, 1.0, 4.0
    eta1, eta2, eta3 = w * x1 + b, w * x2 + b, w * x3 + b
    mu1, mu2, mu3 = mx.exp(eta1), mx.exp(eta2), mx.exp(eta3)
    l1, l2, l3 = mu1 - k1 * eta1, mu2 - k2 * eta2, mu3 - k3 * eta3
    L = (l1 + l2 + l3) / 3
    return locals()


def cauchy() -> dict[str, Any]:
    w, b, x, t = Value(0.55), Value(0.3), 1.8, 0.2
    y = w * x + b
    r = y - t
    s = 1 + r**2
    L = mx.log(s)
    return locals()


def hinge(w0: float = 0.8, b0: float = 0.1, x1: float = 0.6) -> dict[str, Any]:
    """A support vector machine on three examples, of which the third is beyond the margin."""
    w, b, x2, x3, t1, t2, t3, lam = Value(w0), Value(b0), -0.3, 2.4, 1.0, -1.0, 1.0, 0.05
    m1, m2, m3 = 1 - t1 * (w * x1 + b), 1 - t2 * (w * x2 + b), 1 - t3 * (w * x3 + b)
    l1, l2, l3 = mx.relu(m1), mx.relu(m2), mx.relu(m3)
    L = (l1 + l2 + l3) / 3 + lam * w**2
    return {name: x for name, x in locals().items() if name not in ("w0", "b0")}


def hinge_at_kink() -> dict[str, Any]:
    return hinge(1.0, 0.5, 0.5)


def ranking() -> dict[str, Any]:
    w, v, p1, p2, n1, n2 = Value(0.9), Value(-0.55), 1.3, 0.4, 0.7, -1.1
    sp, sn = w * p1 + v * p2, w * n1 + v * n2
    d = sp - sn
    L = mx.softplus(-d)
    return locals()


def mixture() -> dict[str, Any]:
    """The negative log-likelihood of one point under two Gaussians."""
    mu1, mu2, s1, s2, x, c = Value(-0.5), Value(1.8), Value(0.9), Value(1.4), 0.6, 0.35
    N1 = mx.exp(-((x - mu1) ** 2) / (2 * s1**2)) / (s1 * math.sqrt(2 * math.pi))
    N2 = mx.exp(-((x - mu2) ** 2) / (2 * s2**2)) / (s2 * math.sqrt(2 * math.pi))
    p = c * N1 + (1 - c) * N2
    L = -mx.log(p)
    return locals()


def ridge() -> dict[str, Any]:
    w, b, lam = Value(1.7), Value(-0.6), 0.15
    x, t = [0.4, 1.5, -2.2], [0.9, 1.0, -3.1]
    y = [w * each + b for each in x]
    data = ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2 + (y[2] - t[2]) ** 2) / 3
    return {"w": w, "b": b, "lam": lam, "x": x, "t": t, "y": y, "data": data, "L": data + lam * w**2}


def poly() -> dict[str, Any]:
    w0, w1, w2, lam = Value(0.5), Value(-0.8), Value(0.35), 0.25
    x1, x2, x3, t1, t2, t3 = -1.4, 0.6, 2.1, 2.9, 0.4, -0.2
    r1 = w0 + w1 * x1 + w2 * x1**2 - t1
    r2 = w0 + w1 * x2 + w2 * x2**2 - t2
    r3 = w0 + w1 * x3 + w2 * x3**2 - t3
    E = (r1**2 + r2**2 + r3**2) / 2
    L = E + lam / 2 * (w1**2 + w2**2)
    return locals()


def michaelis(x0: float = 1.35) -> dict[str, Any]:
    a, k, x, t = Value(2.0), Value(0.75), Value(x0), 0.9
    y = a * x / (k + x)
    L = (y - t) ** 2 / 2
    return {"a": a, "k": k, "x": x, "t": t, "y": y, "L": L}


def michaelis_at_one() -> dict[str, Any]:
    return michaelis(1.0)


def elu() -> dict[str, Any]:
    w, b, alpha, x, t = Value(-0.9), Value(0.2), Value(1.6), 1.3, 0.5
    z = w * x + b
    a = mx.where(z > 0, lambda: z, lambda: alpha * (mx.exp(z) - 1))
    L = (a - t) ** 2 / 2
    return locals()
