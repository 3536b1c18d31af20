"""Graphs of the fourth catalogue, of networks: each function returns its variables, the output as L."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def two_logits(bias1: float = 0.1, bias2: float = -0.3) -> dict[str, Any]:
    w11, w12, w21, w22 = Value(0.6), Value(-0.9), Value(0.35), Value(1.2)
    b1, b2, x1, x2, t1, t2 = Value(bias1), Value(bias2), Value(1.4), Value(-0.7), 0.9, 0.2
    z1, z2 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2
    y1, y2 = mx.sigmoid(z1), mx.sigmoid(z2)
    L1 = -(t1 * mx.log(y1) + (1 - t1) * mx.log(1 - y1))
    L2 = -(t2 * mx.log(y2) + (1 - t2) * mx.log(1 - y2))
    L = L1 + L2
    return {name: x for name, x in locals().items() if not name.startswith("bias")}


def saturated() -> dict[str, Any]:
    return two_logits(14.0, -11.0)


def rnn() -> dict[str, Any]:
    u, v, c, x1, x2, x3, t, h0 = Value(0.8), Value(-0.6), Value(1.5), 0.5, -1.2, 0.9, 0.4, 0.3
    h1 = mx.tanh(u * x1 + v * h0)
    h2 = mx.tanh(u * x2 + v * h1)
    h3 = mx.tanh(u * x3 + v * h2)
    y = c * h3
    L = (y - t) ** 2 / 2
    return locals()


def attention() -> dict[str, Any]:
    q, k1, k2, v1, v2, t, d = Value(1.1), Value(0.7), Value(-0.5), Value(2.2), Value(-0.8), 0.1, 3.0
    s1, s2 = q * k1 / mx.sqrt(d), q * k2 / mx.sqrt(d)
    a1, a2 = mx.softmax([s1, s2])
    o = a1 * v1 + a2 * v2
    L = (o - t) ** 2 / 2
    return locals()


def batchnorm() -> dict[str, Any]:
    x1, x2, x3, gamma, beta = Value(1.3), Value(-0.4), Value(2.9), Value(1.2), Value(0.3)
    t1, t2, t3 = 0.5, -2.0, 0.8
    m = (x1 + x2 + x3) / 3
    var = ((x1 - m) ** 2 + (x2 - m) ** 2 + (x3 - m) ** 2) / 3
    s = mx.sqrt(var + 0.01)
    n1, n2, n3 = (x1 - m) / s, (x2 - m) / s, (x3 - m) / s
    y1, y2, y3 = gamma * n1 + beta, gamma * n2 + beta, gamma * n3 + beta
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2 + (y3 - t3) ** 2) / 2
    return locals()


def residual() -> dict[str, Any]:
    w1, b1, w2, b2, x, t = Value(0.9), Value(-0.2), Value(-1.3), Value(0.5), Value(0.8), 1.9
    z1 = w1 * x + b1
    a1 = mx.tanh(z1)
    h1 = x + a1
    z2 = w2 * h1 + b2
    a2 = mx.tanh(z2)
    h2 = h1 + a2
    L = (h2 - t) ** 2
    return locals()


def tied() -> dict[str, Any]:
    """An autoencoder whose decoder has the encoder's weights."""
    w1, w2, c1, c2, x1, x2 = Value(0.75), Value(-0.45), Value(0.15), Value(-0.05), 1.6, -0.9
    z = w1 * x1 + w2 * x2
    h = mx.tanh(z)
    o1, o2 = w1 * h + c1, w2 * h + c2
    L = ((o1 - x1) ** 2 + (o2 - x2) ** 2) / 2
    return locals()


def rbf() -> dict[str, Any]:
    c1, c2, s, w, b, x1, x2, t = Value(0.3), Value(-0.7), Value(1.25), Value(2.4), Value(0.35), 1.1, 0.2, 0.6
    q = (x1 - c1) ** 2 + (x2 - c2) ** 2
    phi = mx.exp(-q / (2 * s**2))
    y = w * phi + b
    L = (y - t) ** 2
    return locals()


def temperature() -> dict[str, Any]:
    z1, z2, z3, T, t1, t2, t3 = Value(1.2), Value(-0.3), Value(0.5), Value(1.7), 0.2, 0.7, 0.1
    e1, e2, e3 = mx.exp(z1 / T), mx.exp(z2 / T), mx.exp(z3 / T)
    S = e1 + e2 + e3
    p1, p2, p3 = e1 / S, e2 / S, e3 / S
    L = -(t1 * mx.log(p1) + t2 * mx.log(p2) + t3 * mx.log(p3))
    return locals()


def glu() -> dict[str, Any]:
    wg, bg, wh, bh, x, t = Value(1.1), Value(-0.3), Value(0.65), Value(0.2), Value(0.85), 1.0
    zg, zh = wg * x + bg, wh * x + bh
    gate, h = mx.sigmoid(zg), mx.tanh(zh)
    y = gate * h
    L = (y - t) ** 2 / 2
    return locals()


def vae() -> dict[str, Any]:
    mu, lv, w, x, eps = Value(0.7), Value(-0.5), Value(1.45), 0.3, 0.9
    sd = mx.exp(lv / 2)
    z = mu + sd * eps
    y = w * z
    rec = (x - y) ** 2 / 2
    KL = (mu**2 + mx.exp(lv) - lv - 1) / 2
    L = rec + KL
    return locals()


def lstm() -> dict[str, Any]:
    zf, zi, zg, zo, c0, t = Value(0.9), Value(-0.4), Value(0.7), Value(0.25), Value(1.3), -0.2
    f, i, o = mx.sigmoid(zf), mx.sigmoid(zi), mx.sigmoid(zo)
    cand = mx.tanh(zg)
    c = f * c0 + i * cand
    h = o * mx.tanh(c)
    L = (h - t) ** 2 / 2
    return locals()
