"""Graphs of the seventh catalogue, of networks: each function returns its variables at a point, the output as _L."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import microgradx as mx

from .graphs import values


def softmax3(**p: Any) -> dict[str, Any]:
    """z_k = sum_j W_kj x_j + b_k, y = softmax(z), L = -sum t_k log y_k."""
    d = values(p)
    W, x, b, t = d["W"], d["x"], d["b"], d["t"]
    z = d["z"] = [W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)]
    y = d["y"] = mx.softmax(z)
    d["_L"] = -(t[0] * mx.log(y[0]) + t[1] * mx.log(y[1]) + t[2] * mx.log(y[2]))
    return d


def mlp(**p: Any) -> dict[str, Any]:
    """CSC 311's MLP, 2-2-2, logistic hidden units, squared error with 1/2."""
    d = values(p)
    x, t, W1, b1, W2, b2 = (d[k] for k in ("x", "t", "W1", "b1", "W2", "b2"))
    z = d["z"] = [W1[i][0] * x[0] + W1[i][1] * x[1] + b1[i] for i in range(2)]
    h = d["h"] = [mx.sigmoid(u) for u in z]
    y = d["y"] = [W2[k][0] * h[0] + W2[k][1] * h[1] + b2[k] for k in range(2)]
    d["_L"] = ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2) / 2
    return d


def mlp_tanh(**p: Any) -> dict[str, Any]:
    """The same with tanh units and scalar names: w_ij into hidden unit i, v_ki into output k."""
    d = values(p)
    n = SimpleNamespace(**d)
    d["z1"] = n.w11 * n.x1 + n.w12 * n.x2 + n.b1
    d["z2"] = n.w21 * n.x1 + n.w22 * n.x2 + n.b2
    h1 = d["h1"] = mx.tanh(d["z1"])
    h2 = d["h2"] = mx.tanh(d["z2"])
    y1 = d["y1"] = n.v11 * h1 + n.v12 * h2 + n.c1
    y2 = d["y2"] = n.v21 * h1 + n.v22 * h2 + n.c2
    d["_L"] = ((y1 - n.t1) ** 2 + (y2 - n.t2) ** 2) / 2
    return d


def residual(**p: Any) -> dict[str, Any]:
    """Two residual blocks: h1 = x + relu(w1 x + b1), h2 = h1 + tanh(w2 h1 + b2), y = v h2, L = (y - t)^2 / 2."""
    d = values(p)
    n = SimpleNamespace(**d)
    a1 = d["a1"] = n.w1 * n.x + n.b1
    r1 = d["r1"] = mx.relu(a1)
    h1 = d["h1"] = n.x + r1
    a2 = d["a2"] = n.w2 * h1 + n.b2
    r2 = d["r2"] = mx.tanh(a2)
    h2 = d["h2"] = h1 + r2
    y = d["y"] = n.v * h2
    d["_L"] = (y - n.t) ** 2 / 2
    return d


def rnn(**p: Any) -> dict[str, Any]:
    """h_s = tanh(u x_s + w h_(s-1) + b) for three steps, y = v h3, L = (y - t)^2 / 2."""
    d = values(p)
    n = SimpleNamespace(**d)
    h = n.h0
    for s in "123":
        a = d["a" + s] = n.u * d["x" + s] + n.w * h + n.b
        h = d["h" + s] = mx.tanh(a)
    y = d["y"] = n.v * h
    d["_L"] = (y - n.t) ** 2 / 2
    return d


def rnn_losses(**p: Any) -> dict[str, Any]:
    """The same with an output and a loss at each step: y_s = v h_s, L = sum_s (y_s - t_s)^2 / 2."""
    d = values(p)
    n = SimpleNamespace(**d)
    h, losses = n.h0, []
    for s in "123":
        a = d["a" + s] = n.u * d["x" + s] + n.w * h + n.b
        h = d["h" + s] = mx.tanh(a)
        y = d["y" + s] = n.v * h
        losses.append((y - d["t" + s]) ** 2 / 2)
    d["_L"] = losses[0] + losses[1] + losses[2]
    return d


def heads(**p: Any) -> dict[str, Any]:
    """Shared trunk h = tanh(w x + b); regression head y = a h, classification head s = sigmoid(q), q = c h + e."""
    d = values(p)
    n = SimpleNamespace(**d)
    z = d["z"] = n.w * n.x + n.b
    h = d["h"] = mx.tanh(z)
    y = d["y"] = n.a * h
    q = d["q"] = n.c * h + n.e
    s = d["s"] = mx.sigmoid(q)
    ce = d["C"] = -(n.k * mx.log(s) + (1 - n.k) * mx.log(1 - s))
    sq = d["S"] = (y - n.t) ** 2 / 2
    d["_L"] = sq + n.alpha * ce
    return d


def tied(**p: Any) -> dict[str, Any]:
    """Autoencoder with one weight for both directions: h = softplus(w x + b), r = w h + c, L = (r - x)^2 / 2."""
    d = values(p)
    n = SimpleNamespace(**d)
    z = d["z"] = n.w * n.x + n.b
    h = d["h"] = mx.softplus(z)
    r = d["r"] = n.w * h + n.c
    d["_L"] = (r - n.x) ** 2 / 2
    return d


def leaky(**p: Any) -> dict[str, Any]:
    """a = leaky_relu(w x + b) with slope 0.1, y = v a, L = (y - t)^2."""
    d = values(p)
    n = SimpleNamespace(**d)
    z = d["z"] = n.w * n.x + n.b
    a = d["a"] = mx.leaky_relu(z, 0.1)
    y = d["y"] = n.v * a
    d["_L"] = (y - n.t) ** 2
    return d


def two_layer(**p: Any) -> dict[str, Any]:
    """z = w x + b, h = sigmoid(z), y = v h + c, L = (y - t)^2 / 2; eta = 0.5 is the step size of SGD."""
    d = values(p)
    n = SimpleNamespace(**d)
    z = d["z"] = n.w * n.x + n.b
    h = d["h"] = mx.sigmoid(z)
    y = d["y"] = n.v * h + n.c
    d["eta"] = 0.5
    d["_L"] = (y - n.t) ** 2 / 2
    return d
