"""Graphs of the seventh catalogue, of regressions and a step of SGD: variables at a given point, the output as _L."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import microgradx as mx
from microgradx import Value


def values(p: dict[str, Any]) -> dict[str, Any]:
    """Return a Value for each number, also in lists."""
    return {name: _value(x) for name, x in p.items()}


def _value(x: Any) -> Any:
    return [_value(each) for each in x] if isinstance(x, list) else Value(x)


def _linear(n: int, scale: float, **p: Any) -> dict[str, Any]:
    """y_i = w x_i + b, J = scale * sum (y_i - t_i)^2."""
    d = values(p)
    for i in range(1, n + 1):
        d[f"y{i}"] = d["w"] * d[f"x{i}"] + d["b"]
    total = sum(((d[f"y{i}"] - d[f"t{i}"]) ** 2 for i in range(2, n + 1)), (d["y1"] - d["t1"]) ** 2)
    d["_L"] = total / scale
    return d


def linear_mean(**p: Any) -> dict[str, Any]:
    return _linear(3, 3, **p)  # J = (1/3) sum (y - t)^2


def linear_half_mean(**p: Any) -> dict[str, Any]:
    return _linear(3, 6, **p)  # J = 1/(2*3) sum (y - t)^2


def linear_half_sum(**p: Any) -> dict[str, Any]:
    return _linear(4, 2, **p)  # J = 1/2 sum (y - t)^2, four examples


def logistic(**p: Any) -> dict[str, Any]:
    """Regularised logistic regression: D = mean cross-entropy of 3 examples, R = (w1^2 + w2^2)/2, J = D + lam R / 3."""
    d = values(p)
    w1, w2, b, lam = d["w1"], d["w2"], d["b"], d["lam"]
    ces = []
    for i in "123":
        z = d["z" + i] = w1 * d[f"x{i}1"] + w2 * d[f"x{i}2"] + b
        y = d["y" + i] = mx.sigmoid(z)
        t = d["t" + i]
        ces.append(-(t * mx.log(y) + (1 - t) * mx.log(1 - y)))
    d["D"] = (ces[0] + ces[1] + ces[2]) / 3
    d["R"] = (w1**2 + w2**2) / 2
    d["_L"] = d["D"] + lam * d["R"] / 3
    return d


def sgd_step(**p: Any) -> dict[str, Any]:
    """One step of SGD inside the graph: g = (w0 x1 - t1) x1, w1 = w0 - eta g, then the loss of the next example."""
    d = values(p)
    n = SimpleNamespace(**d)
    y1 = d["y1"] = n.w0 * n.x1
    g = d["g"] = (y1 - n.t1) * n.x1
    w1 = d["w1"] = n.w0 - n.eta * g
    y2 = d["y2"] = w1 * n.x2
    d["_L"] = (y2 - n.t2) ** 2 / 2
    return d
