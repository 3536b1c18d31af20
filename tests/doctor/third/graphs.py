"""Graphs of the third catalogue: each function returns its variables, the output as L.

Those with a leading _ are not told to compare: a student would not have named them.
"""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def gru() -> dict[str, Any]:
    x, h, t = map(Value, (0.73, -0.41, 0.58))
    u, r, b, v, q = map(Value, (1.17, 0.62, -0.23, 0.84, -1.31))
    a = u * x + r * h + b
    z = mx.sigmoid(a)
    m = v * x + q * h
    c = mx.tanh(m)
    _kept = (1 - z) * h
    hn = _kept + z * c
    L = (hn - t) ** 2 / 2
    return locals()


def quadratic() -> dict[str, Any]:
    x = [Value(number) for number in (0.83, -0.57, 1.21)]
    b = [Value(number) for number in (0.37, -0.46, 0.29)]
    A = [[Value(n) for n in row] for row in ((1.31, -0.42, 0.77), (0.26, 0.94, -0.63), (-0.35, 0.58, 1.73))]
    s = [row[0] * x[0] + row[1] * x[1] + row[2] * x[2] for row in A]
    f = x[0] * s[0] + x[1] * s[1] + x[2] * s[2]
    lin = b[0] * x[0] + b[1] * x[1] + b[2] * x[2]
    return {"x": x, "b": b, "A": A, "s": s, "f": f, "lin": lin, "L": f / 2 - lin}


def focal() -> dict[str, Any]:
    w, x, b, g = Value(0.64), Value(1.37), Value(-0.52), 2.3
    z = w * x + b
    p = mx.sigmoid(z)
    q = 1 - p
    k = q**g
    L = -k * mx.log(p)
    return locals()


def temperature() -> dict[str, Any]:
    o, T = [Value(number) for number in (0.92, -0.35, 1.48)], Value(1.63)
    s = [logit / T for logit in o]
    e = [mx.exp(score) for score in s]
    Z = e[0] + e[1] + e[2]
    p = [each / Z for each in e]
    return {"o": o, "T": T, "s": s, "e": e, "Z": Z, "p": p, "L": -mx.log(p[1])}


def tied() -> dict[str, Any]:
    w0, w1, x0, x1 = map(Value, (0.71, -1.16, 1.34, 0.47))
    a = w0 * x0 + w1 * x1
    h = mx.sigmoid(a)
    r0, r1 = w0 * h, w1 * h
    d0, d1 = r0 - x0, r1 - x1
    L = (d0**2 + d1**2) / 2
    return locals()


def contrastive() -> dict[str, Any]:
    w0, w1, p0, q0, p1, q1 = map(Value, (0.66, 1.23, 0.87, 0.24, -0.39, 0.18))
    m = 1.74
    u0, v0, u1, v1 = w0 * p0, w0 * q0, w1 * p1, w1 * q1
    e0, e1 = u0 - v0, u1 - v1
    D = mx.sqrt(e0**2 + e1**2)
    k = m - D
    g = mx.relu(k)
    L = g**2 / 2
    return locals()


def decay() -> dict[str, Any]:
    A, k = Value(1.83), Value(0.67)
    t, y = [0.31, 1.27, 2.45], [1.12, 0.94, 0.27]
    E = [mx.exp(-k * time) for time in t]
    f = [A * each for each in E]
    d = [each - seen for each, seen in zip(f, y, strict=True)]
    return {"A": A, "k": k, "t": t, "y": y, "E": E, "f": f, "d": d, "L": (d[0] ** 2 + d[1] ** 2 + d[2] ** 2) / 3}


def experts() -> dict[str, Any]:
    x, r, c, a, beta, w, t = map(Value, (1.19, 0.58, -0.27, 0.86, 1.42, -0.73, 0.94))
    g = mx.sigmoid(r * x + c)
    m1 = a * x
    n = beta * m1
    q = mx.sigmoid(n)
    s1 = m1 * q
    f2 = w * x
    y = g * s1 + (1 - g) * f2
    L = mx.log((mx.exp(y - t) + mx.exp(t - y)) / 2)
    return locals()
