"""Graphs of the second catalogue: each function returns its variables.

Those with a leading _ are not told to compare: a student would not have named them.
"""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value


def rnn() -> dict[str, Any]:
    w, u, h0, x1, x2, x3, t = map(Value, (0.73, -0.58, 0.17, 0.91, -1.34, 0.62, 0.45))
    _r1 = w * h0
    a1 = _r1 + u * x1
    h1 = mx.tanh(a1)
    _r2 = w * h1
    a2 = _r2 + u * x2
    h2 = mx.tanh(a2)
    a3 = w * h2 + u * x3
    h3 = mx.tanh(a3)
    L = (h3 - t) ** 2 / 2
    return locals()


def lstm() -> dict[str, Any]:
    x, c0, t = Value(1.37), Value(-0.64), Value(0.29)
    wf, wi, wg, wo = map(Value, (0.81, -0.47, 1.13, 0.36))
    bf, bi, bg, bo = map(Value, (0.22, 0.15, -0.33, -0.71))
    _wox = wo * x
    zf, zi, zg, zo = wf * x + bf, wi * x + bi, wg * x + bg, _wox + bo
    f, i, g, o = mx.sigmoid(zf), mx.sigmoid(zi), mx.tanh(zg), mx.sigmoid(zo)
    _fc = f * c0
    c = _fc + i * g
    m = mx.tanh(c)
    h = o * m
    L = (h - t) ** 2
    return locals()


def attention() -> dict[str, Any]:
    q1, q2, t = Value(0.57), Value(-0.92), Value(0.38)
    k11, k12, k21, k22, k31, k32 = map(Value, (0.44, -0.71, 1.23, 0.35, -0.86, 0.67))
    v1, v2, v3 = map(Value, (0.95, -1.42, 0.53))
    s1, s2, s3 = q1 * k11 + q2 * k12, q1 * k21 + q2 * k22, q1 * k31 + q2 * k32
    a1, a2, a3 = mx.softmax([s1, s2, s3])
    y = a1 * v1 + a2 * v2 + a3 * v3
    L = (y - t) ** 2 / 2
    return locals()


def ridge() -> dict[str, Any]:
    c0, c1, c2, lam = map(Value, (0.31, -0.77, 0.59, 0.23))
    x1, x2, x3, x4 = map(Value, (-1.16, 0.42, 0.87, 1.71))
    y1, y2, y3, y4 = map(Value, (2.05, -0.28, 0.64, 0.19))
    p1, p2, p3, p4 = (c0 + c1 * x + c2 * x**2 for x in (x1, x2, x3, x4))
    e1, e2, e3, e4 = p1 - y1, p2 - y2, p3 - y3, p4 - y4
    J = (e1**2 + e2**2 + e3**2 + e4**2) / 4
    _q2 = c2**2
    _q = c1**2 + _q2
    R = lam / 2 * _q
    L = J + R
    return locals()


def gaussian() -> dict[str, Any]:
    mu, s, y1, y2, y3 = map(Value, (0.63, -0.41, 1.87, -0.26, 0.94))
    d1, d2, d3 = y1 - mu, y2 - mu, y3 - mu
    _ns, _norm = -s, 1.5 * s
    prec = mx.exp(_ns)
    Q = d1**2 + d2**2 + d3**2
    L = _norm + prec * Q / 2
    return locals()


def factorisation() -> dict[str, Any]:
    u11, u12, u21, u22 = map(Value, (0.83, -0.39, 0.52, 1.17))
    v11, v12, v21, v22 = map(Value, (1.26, 0.45, -0.68, 0.91))
    r11, r12, r21, lam = map(Value, (1.52, -0.33, 0.76, 0.14))
    e11 = u11 * v11 + u12 * v12 - r11
    e12 = u11 * v21 + u12 * v22 - r12
    e21 = u21 * v11 + u22 * v12 - r21
    F = (e11**2 + e12**2 + e21**2) / 2
    R = lam / 2 * mx.sum([p**2 for p in (u11, u12, u21, u22, v11, v12, v21, v22)])
    L = F + R
    return locals()


def normalisation() -> dict[str, Any]:
    x1, x2, x3, gamma, beta = map(Value, (0.72, -1.45, 2.13, 1.34, -0.27))
    t1, t2, t3, eps = map(Value, (0.58, -0.93, 0.36, 0.013))
    _s = x1 + x2 + x3
    m = _s / 3
    d1, d2, d3 = x1 - m, x2 - m, x3 - m
    _q1 = d1**2
    var = (_q1 + d2**2 + d3**2) / 3
    _ve = var + eps
    r = _ve**-0.5
    n1, n2, n3 = d1 * r, d2 * r, d3 * r
    y1, y2, y3 = gamma * n1 + beta, gamma * n2 + beta, gamma * n3 + beta
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2 + (y3 - t3) ** 2) / 2
    return locals()


def bce() -> dict[str, Any]:
    w, b, x1, x2, x3 = map(Value, (0.67, -0.35, 1.24, -0.58, 2.11))
    t1, t2, t3 = Value(1.0), Value(0.0), Value(0.0)
    z1, z2, z3 = w * x1 + b, w * x2 + b, w * x3 + b
    l1, l2, l3 = mx.softplus(z1) - t1 * z1, mx.softplus(z2) - t2 * z2, mx.softplus(z3) - t3 * z3
    L = (l1 + l2 + l3) / 3
    return locals()


def gated() -> dict[str, Any]:
    w, b, v, c, x, t = map(Value, (1.18, -0.34, -0.76, 0.49, 0.87, 1.63))
    a = w * x + b
    g = mx.sigmoid(v * x + c)
    y = a * g
    L = (y - t) ** 2
    return locals()


def cosine() -> dict[str, Any]:
    a1, a2, b1, b2 = map(Value, (0.74, -1.28, 1.57, 0.46))
    dot = a1 * b1 + a2 * b2
    _q1 = a1**2
    _qa = _q1 + a2**2
    na, nb = mx.sqrt(_qa), mx.sqrt(b1**2 + b2**2)
    _den = na * nb
    c = dot / _den
    L = 1 - c
    return locals()


def leaky() -> dict[str, Any]:
    x1, x2, t = Value(0.93), Value(-0.61), Value(0.27)
    w11, w12, w21, w22, o1, o2 = map(Value, (-0.84, 0.55, 1.32, 0.18, 0.79, -1.21))
    z1, z2 = w11 * x1 + w12 * x2, w21 * x1 + w22 * x2
    h1, h2 = mx.leaky_relu(z1, 0.13), mx.leaky_relu(z2, 0.13)
    y = o1 * h1 + o2 * h2
    L = (y - t) ** 2 / 2
    return locals()


def poisson() -> dict[str, Any]:
    w, b, x1, x2, y1, y2 = map(Value, (0.53, -0.19, 1.46, -0.82, 3.0, 1.0))
    eta1, eta2 = w * x1 + b, w * x2 + b
    mu1, mu2 = mx.exp(eta1), mx.exp(eta2)
    L = mu1 - y1 * eta1 + mu2 - y2 * eta2
    return locals()


def exposure() -> dict[str, Any]:
    w, b, x, k, y = map(Value, (0.53, -0.19, 1.46, 1.0, 3.0))
    eta = w * x + b
    L = k * mx.exp(eta) - y * eta
    return locals()


def hinge() -> dict[str, Any]:
    w, b, x1, x2, x3 = map(Value, (0.88, 0.24, 1.53, -0.37, -1.19))
    t1, t2, t3 = Value(1.0), Value(1.0), Value(-1.0)
    k1, k2, k3 = 1 - t1 * (w * x1 + b), 1 - t2 * (w * x2 + b), 0.35 - t3 * (w * x3 + b)
    L = (mx.relu(k1) + mx.relu(k2) + mx.relu(k3)) / 3
    return locals()


def margin() -> dict[str, Any]:
    w, b, x, t = Value(0.5), Value(-0.25), Value(2.5), Value(1.0)
    k = 1 - t * (w * x + b)
    L = mx.relu(k)
    return locals()


def elastic() -> dict[str, Any]:
    w, x, t, l1, l2 = map(Value, (0.69, 1.27, 1.94, 0.16, 0.31))
    p = w * x
    _abs, _sq = abs(w), w**2
    L = (p - t) ** 2 / 2 + l1 * _abs + l2 * _sq
    return locals()


def huber() -> dict[str, Any]:
    w, x, t, delta = map(Value, (1.36, 2.08, 0.57, 0.75))
    r = w * x - t
    L = mx.where(abs(r) <= delta, r**2 / 2, delta * (abs(r) - delta / 2))
    return locals()
