"""The neurons and regressions of the lectures, at points as students choose them; some with everything in one line."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value

Variables = dict[str, Any]


def neuron() -> Variables:
    """001-30: z = wx + b, y = σ(z), L = ½(y − t)²."""
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, 1.0))
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    return locals()


def in_one_line() -> Variables:
    """001-29, as in calculus class: L = ½(σ(wx + b) − t)²."""
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, 0.2))
    L = (mx.sigmoid(w * x + b) - t) ** 2 / 2
    return locals()


def half() -> Variables:
    """The ½ bears a name."""
    half = 0.5
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, 0.2))
    y = mx.sigmoid(w * x + b)
    L = half * (y - t) ** 2
    return locals()


def half_value() -> Variables:
    """The ½ is a Value."""
    w, x, b, t, half = map(Value, (0.7, 1.3, -0.4, 0.2, 0.5))
    y = mx.sigmoid(w * x + b)
    L = half * (y - t) ** 2
    return locals()


def tanh_unit() -> Variables:
    """002-12: h = tanh(wx + b), L = ½(h − t)²."""
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, 0.2))
    z = w * x + b
    h = mx.tanh(z)
    L = (h - t) ** 2 / 2
    return locals()


def gaussian_unit() -> Variables:
    """002-12: a = exp(−z²/2), L = ½(a − t)²."""
    w, c, t = map(Value, (0.7, 0.4, 0.9))
    z = w * 1.3 - c
    a = mx.exp(-(z**2) / 2)
    L = (a - t) ** 2 / 2
    return locals()


def primitives() -> Variables:
    """002-40: the neuron as t₁ … t₇."""
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, 0.2))
    t1 = w * x
    z = t1 + b
    t3 = -z
    t4 = mx.exp(t3)
    t5 = 1 + t4
    y = 1 / t5
    t6 = y - t
    t7 = t6**2
    L = t7 / 2
    return locals()


def _cross_entropy(t: float) -> Variables:
    w, x, b, t = map(Value, (0.7, 1.3, -0.4, t))  # type: ignore[assignment]
    z = w * x + b
    g = mx.sigmoid(z)
    L = -(t * mx.log(g) + (1 - t) * mx.log(1 - g))
    return locals()


def of_one() -> Variables:
    """000-23: L = −(t log g + (1 − t) log(1 − g)), for t = 1."""
    return _cross_entropy(1.0)


def of_zero() -> Variables:
    """The same for t = 0."""
    return _cross_entropy(0.0)


def of_plain_zero() -> Variables:
    """The same for t = 0, which is a plain number."""
    w, x, b, t = Value(0.7), Value(1.3), Value(-0.4), 0.0
    z = w * x + b
    g = mx.sigmoid(z)
    L = -(t * mx.log(g) + (1 - t) * mx.log(1 - g))
    return locals()


def linear() -> Variables:
    """004-15: g = w₁x₁ + w₂x₂, L = (g − y)²."""
    w1, w2, x1, x2, y = map(Value, (0.5, -1.2, 2.0, 0.7, 1.1))
    g = w1 * x1 + w2 * x2
    L = (g - y) ** 2
    return locals()


def _rectified(w: float) -> Variables:
    w, x, y = map(Value, (w, 1.4, 0.3))  # type: ignore[assignment]
    z = w * x
    g = mx.relu(z)
    L = (g - y) ** 2
    return locals()


def open_relu() -> Variables:
    """004-17: g = relu(wx), L = (g − y)², z > 0."""
    return _rectified(0.8)


def closed_relu() -> Variables:
    """The same with z < 0."""
    return _rectified(-0.8)


def mean() -> Variables:
    """000-24: J = ⅓Σ(yᵢ − tᵢ)² with yᵢ = wxᵢ + b."""
    w, b, x1, x2, x3, t1, t2, t3 = map(Value, (0.6, -0.3, 1.2, -0.8, 0.5, 0.4, -1.1, 0.9))
    y1, y2, y3 = w * x1 + b, w * x2 + b, w * x3 + b
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2 + (y3 - t3) ** 2) / 3
    return locals()


def mean_of_data() -> Variables:
    """The same where the data are plain numbers and all is one line."""
    w, b, n = Value(0.6), Value(-0.3), 3
    x1, x2, x3, t1, t2, t3 = 1.2, -0.8, 0.5, 0.4, -1.1, 0.9
    L = ((w * x1 + b - t1) ** 2 + (w * x2 + b - t2) ** 2 + (w * x3 + b - t3) ** 2) / n
    return locals()


def regularised() -> Variables:
    """001-37: L = ½(y − t)², R = ½w², Lreg = L + λR."""
    w, x, b, t, lam = map(Value, (0.7, 1.3, -0.4, 0.2, 0.1))
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    _L = Lreg = L + lam * R
    return locals()


def penalty_inside() -> Variables:
    """The penalty (λ/2)w² is a term of L."""
    w, x, b, t, lam = map(Value, (0.7, 1.3, -0.4, 0.2, 0.1))
    y = mx.sigmoid(w * x + b)
    L = (y - t) ** 2 / 2 + lam / 2 * w**2
    return locals()


def penalty_of_numbers() -> Variables:
    """The same with a plain λ, so that the graph has 0.05 alone."""
    w, x, b, t, lam = *map(Value, (0.7, 1.3, -0.4, 0.2)), 0.1
    y = mx.sigmoid(w * x + b)
    L = 0.5 * (y - t) ** 2 + 0.5 * lam * w**2
    return locals()


def all_inside() -> Variables:
    """Nothing but the leaves has a name."""
    w, x, b, t, lam = *map(Value, (0.7, 1.3, -0.4, 0.2)), 0.1
    L = (mx.sigmoid(w * x + b) - t) ** 2 / 2 + lam / 2 * w**2
    return locals()


def _logistic(lam: Any, data: Any, labels: Any) -> Variables:
    a, b, m = Value(0.4), Value(-0.6), 3
    x11, x12, x21, x22, x31, x32 = data
    y1, y2, y3 = labels
    h1, h2, h3 = mx.sigmoid(a * x11 + b * x12), mx.sigmoid(a * x21 + b * x22), mx.sigmoid(a * x31 + b * x32)
    first = y1 * mx.log(h1) + (1 - y1) * mx.log(1 - h1)
    second = y2 * mx.log(h2) + (1 - y2) * mx.log(1 - h2)
    third = y3 * mx.log(h3) + (1 - y3) * mx.log(1 - h3)
    L = -(first + second + third) / m + lam / (2 * m) * (a**2 + b**2)
    return {name: x for name, x in locals().items() if name not in ("first", "second", "third", "data", "labels")}


_DATA, _LABELS = (1.2, 0.5, -0.7, 1.4, 0.3, -0.9), (1.0, 0.0, 1.0)


def logistic_regression() -> Variables:
    """002-23: the mean cross-entropy of three examples, and (λ/2m)(a² + b²); λ and the data are plain numbers."""
    return _logistic(0.3, _DATA, _LABELS)


def logistic_of_values() -> Variables:
    """The same where they are Values."""
    return _logistic(Value(0.3), map(Value, _DATA), map(Value, _LABELS))


def ridge() -> Variables:
    """L = (y − t)² + λ(w₁² + w₂²) with a plain λ."""
    w1, w2, b, x1, x2, t, lam = *map(Value, (0.5, -0.8, 0.3, 1.2, 0.7, 0.9)), 0.2
    y = w1 * x1 + w2 * x2 + b
    L = (y - t) ** 2 + lam * (w1**2 + w2**2)
    return locals()


def lasso() -> Variables:
    """L = ½(y − t)² + λ(|w₁| + |w₂|) with a plain λ."""
    w1, w2, x1, x2, t, lam = *map(Value, (0.5, -0.8, 1.2, 0.7, 0.9)), 0.2
    y = w1 * x1 + w2 * x2
    L = (y - t) ** 2 / 2 + lam * (abs(w1) + abs(w2))
    return locals()
