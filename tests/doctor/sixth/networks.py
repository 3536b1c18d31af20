"""Graphs of the sixth catalogue, of networks: each function returns its variables, the output as L."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def gru() -> dict[str, Any]:
    x, h, t, wz, uz = Value(-1.24), Value(0.37), Value(0.8), Value(0.65), Value(-1.1)
    bz, wc, uc, bc = Value(0.2), Value(0.9), Value(1.35), Value(-0.15)
    a = wz * x + uz * h + bz
    z = mx.sigmoid(a)
    p = wc * x + uc * h + bc
    c = mx.tanh(p)
    hn = (1 - z) * h + z * c
    L = (hn - t) ** 2 / 2
    return locals()


def attention() -> dict[str, Any]:
    q, v = [Value(0.7), Value(-1.15)], [Value(1.6), Value(-0.55)]
    k = [[Value(0.4), Value(1.1)], [Value(-0.9), Value(0.25)]]
    t, d = Value(-0.35), Value(2.0)
    root = mx.sqrt(d)
    s = [(q[0] * k[0][0] + q[1] * k[0][1]) / root, (q[0] * k[1][0] + q[1] * k[1][1]) / root]
    a = mx.softmax(s)
    o = a[0] * v[0] + a[1] * v[1]
    L = (o - t) ** 2
    return {"q": q, "k": k, "v": v, "t": t, "d": d, "root": root, "s": s, "a": a, "o": o, "L": L}


def layernorm() -> dict[str, Any]:
    g, b = Value(1.4), Value(0.37)
    x0, x1, x2 = Value(0.9), Value(-1.24), Value(2.1)
    t0, t1, t2 = Value(0.5), Value(-1.0), Value(0.2)
    m = (x0 + x1 + x2) / 3
    d0, d1, d2 = x0 - m, x1 - m, x2 - m
    var = (d0**2 + d1**2 + d2**2) / 3
    r = mx.sqrt(var)
    n0, n1, n2 = d0 / r, d1 / r, d2 / r
    y0, y1, y2 = g * n0 + b, g * n1 + b, g * n2 + b
    L = ((y0 - t0) ** 2 + (y1 - t1) ** 2 + (y2 - t2) ** 2) / 2
    return locals()


def rnn() -> dict[str, Any]:
    x1, x2, h0, w, u, v, t = Value(1.5), Value(-1.8), Value(0.3), Value(0.8), Value(0.55), Value(1.3), Value(0.9)
    a1 = w * x1 + u * h0
    h1 = mx.tanh(a1)
    a2 = w * x2 + u * h1
    h2 = mx.tanh(a2)
    y = v * h2
    L = (y - t) ** 2 / 2
    return locals()


def entropy() -> dict[str, Any]:
    w, x, b, t = Value(-0.7), Value(2.0), Value(1.9), Value(0.3)
    z = w * x + b
    y = mx.sigmoid(z)
    L = -(t * mx.log(y) + (1 - t) * mx.log(1 - y))
    return locals()


def vae() -> dict[str, Any]:
    mu, s, eps, w, x, beta = Value(0.4), Value(-0.9), Value(1.3), Value(0.85), Value(2.05), Value(0.7)
    sig = mx.exp(s / 2)
    z = mu + sig * eps
    xh = w * z
    KL = (mu**2 + mx.exp(s) - s - 1) / 2
    L = (xh - x) ** 2 / 2 + beta * KL
    return locals()


def temperature() -> dict[str, Any]:
    z, t, T = [Value(1.2), Value(-0.4), Value(0.5)], [Value(0.0), Value(1.0), Value(0.0)], Value(1.6)
    s = [zi / T for zi in z]
    y = mx.softmax(s)
    L = -(t[0] * mx.log(y[0]) + t[1] * mx.log(y[1]) + t[2] * mx.log(y[2]))
    return {"z": z, "t": t, "T": T, "s": s, "y": y, "L": L}


def leaky() -> dict[str, Any]:
    x, w1, b1, w2, b2 = Value(1.24), Value(0.9), Value(0.1), Value(-0.8), Value(0.35)
    v1, v2, t = Value(0.65), Value(-1.5), Value(-0.7)
    slope = 0.2
    z1, z2 = w1 * x + b1, w2 * x + b2
    h1, h2 = mx.leaky_relu(z1, slope), mx.leaky_relu(z2, slope)
    y = v1 * h1 + v2 * h2
    L = (y - t) ** 2 / 2
    return locals()
