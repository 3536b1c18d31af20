"""Small graphs on which the doctor of `compare` is tried, and the row that it judges."""

from __future__ import annotations

from typing import Any

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor import Explanation
from microgradx.check.hand import ComparisonRow

from .first.graphs import logistic as logistic

Variables = dict[str, Any]


def square() -> Variables:
    """y = wx, L = (y − t)²."""
    w, x, t = Value(1.18), Value(0.87), Value(-0.63)
    y = w * x
    L = (y - t) ** 2
    return locals()


def elastic() -> Variables:
    """p = wx, L = ½(p − t)² + l₁|w| + l₂w²: one named node, and two penalties that are terms of L."""
    w, x, t, l1, l2 = Value(0.69), Value(1.27), Value(1.94), Value(0.16), Value(0.31)
    p = w * x
    L = (p - t) ** 2 / 2 + l1 * abs(w) + l2 * w**2
    return locals()


def batch() -> Variables:
    """zᵢ = wxᵢ + b, L = ⅓Σ (softplus(zᵢ) − tᵢzᵢ): cross-entropy over three examples."""
    w, b, x1, x2, x3 = Value(0.67), Value(-0.35), Value(1.24), Value(-0.58), Value(2.11)
    t1, t2, t3 = 1.0, 0.0, 0.0
    z1, z2, z3 = w * x1 + b, w * x2 + b, w * x3 + b
    L = (mx.softplus(z1) - t1 * z1 + mx.softplus(z2) - t2 * z2 + mx.softplus(z3) - t3 * z3) / 3
    return locals()


def leaky() -> Variables:
    """z₁ < 0 < z₂, y = v₁h₁ + v₂h₂ with leaky ReLUs, L = ½(y − t)²."""
    z1, z2, v1, v2, t = Value(-1.1), Value(0.8), Value(0.79), Value(-1.21), Value(0.27)
    h1, h2 = mx.leaky_relu(z1, 0.13), mx.leaky_relu(z2, 0.13)
    y = v1 * h1 + v2 * h2
    L = (y - t) ** 2 / 2
    return locals()


def hinge() -> Variables:
    """L = ½Σ relu(kᵢ), the first of two examples beyond the margin."""
    w, x1, x2 = Value(0.88), Value(1.53), Value(-0.37)
    k1, k2 = 1 - w * x1, 1 - w * x2
    L = (mx.relu(k1) + mx.relu(k2)) / 2
    return locals()


def gate() -> Variables:
    """o = σ(z), h = om, L = h²."""
    z, m = Value(-0.4), Value(0.7)
    o = mx.sigmoid(z)
    h = o * m
    L = h**2
    return locals()


def normalisation() -> Variables:
    """dᵢ = xᵢ − m, v the variance, L = Σ aᵢdᵢ/√v."""
    x1, x2, x3, a1, a2, a3 = map(Value, (0.7, -1.4, 2.1, 0.5, -0.9, 0.3))
    m = (x1 + x2 + x3) / 3
    d1, d2, d3 = x1 - m, x2 - m, x3 - m
    v = (d1**2 + d2**2 + d3**2) / 3
    r = v**-0.5
    L = a1 * d1 * r + a2 * d2 * r + a3 * d3 * r
    return locals()


def row(L: Value, name: str, hand: Any, names: dict[str, Any] | None = None) -> ComparisonRow:
    """Return the only row of a comparison."""
    return mx.compare(L, {name: hand}, names=names).rows[0]


def row_of(graph: Any, name: str, hand: Any) -> ComparisonRow:
    """Return the row of a derivation for a node of a graph."""
    names = graph()
    return mx.compare(names["L"], {name: hand}, names=names).rows[0]


def told(found: ComparisonRow) -> Explanation:
    """Return the explanation of a row that has one."""
    assert found.explanation is not None
    return found.explanation
