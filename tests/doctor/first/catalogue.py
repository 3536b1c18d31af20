"""The catalogue: right derivations, and planted mistakes with the kind and the node that are to be named.

A mistake is (graph, derivations, the wrong row, kind, nodes of which one is to be named).
"""

from __future__ import annotations

import math
from typing import Any

DZ = "(y - t) * y * (1 - y)"
Z1 = "((y1-t1)*v11 + (y2-t2)*v21) * (1 - h1**2)"
Z2 = "((y1-t1)*v12 + (y2-t2)*v22) * (1 - h2**2)"

RIGHT: dict[str, dict[str, Any]] = {
    "logistic": {
        "y": "y - t", "z": DZ, "w": f"x * {DZ}", "b": lambda y, t: (y - t) * y * (1 - y), "x": f"{DZ} * w",
        "t": "t - y",
    },
    "regularised": {
        "L_reg": 1, "L": 1.0, "R": "lam", "y": "y - 1", "z": "(y - t) * (y - y**2)", "b": DZ,
        "w": f"{DZ} * x + lam * w", "x": "(y - t) * w / (2 + exp(z) + exp(-z))",
    },
    "softmax": {
        "y2": "-1 / y2", "z1": "y1 - t1", "z2": "y2 - t2", "z3": lambda z1, z2, z3: math.exp(z3)
        / (math.exp(z1) + math.exp(z2) + math.exp(z3)), "w11": "(y1 - t1) * x1", "w32": "y3 * x2", "b1": "y1",
        "b2": "-(y1 + y3)", "x1": "(y1-t1)*w11 + (y2-t2)*w21 + (y3-t3)*w31", "w12": "x2 * y1",
    },
    "two layers": {
        "y1": "y1 - t1", "v12": "(y1 - t1) * h2", "c2": "y2 - t2", "h1": "(y1-t1)*v11 + (y2-t2)*v21", "z1": Z1,
        "w21": f"{Z2} * x1", "w12": f"{Z1} * x2", "b2": Z2, "x1": f"{Z1}*w11 + {Z2}*w21",
        "z2": "((y1-t1)*v12 + (y2-t2)*v22) * 4 / (exp(z2) + exp(-z2))**2",
    },
    "residual": {
        "Y": "x + F - t", "F": "Y - t", "v": "(Y - t) * h", "z": "(Y - t) * v * (1 - h**2)",
        "w": "(Y - t) * v * (1 - tanh(w*x + b)**2) * x", "x": "(Y - t) * (1 + v * (1 - h*h) * w)",
    },
    "dead relu": {
        "a1": "2 * (y - t) * v1", "z1": 0, "w1": 0.0, "z2": "2 * (y - t) * v2", "w2": "2*(y-t)*v2*step(z2)*x",
        "v1": 0, "v2": "2 * (y - t) * a2", "x": "2 * (y - t) * v2 * w2", "b1": "2*(y-t)*v1*step(z1)",
    },
    "batch": {
        "y1": "2/3 * (y1 - t1)", "l2": "1/3", "w": "2/3 * ((y1-t1)*x1 + (y2-t2)*x2 + (y3-t3)*x3)",
        "b": "2 * ((y1 + y2 + y3)/3 - (t1 + t2 + t3)/3)",
    },
}  # fmt: skip

Mistake = tuple[str, dict[str, Any], str, str, str]

MISTAKES: list[Mistake] = [
    ("logistic", {"y": "t - y"}, "y", "sign", "y"),
    ("logistic", {"y": "2 * (y - t)"}, "y", "constant factor", "L"),
    ("logistic", {"y": "y - t", "z": "y - t"}, "z", "missing factor", "z"),
    ("logistic", {"w": "(y - t) * x"}, "w", "missing factor", "z"),
    ("logistic", {"w": DZ}, "w", "missing factor", "x"),
    ("logistic", {"b": f"{DZ} * x"}, "b", "extra factor", "x"),
    ("logistic", {"w": f"{DZ} * w"}, "w", "wrong variable", "x"),
    ("logistic", {"z": "(y - t) * z * (1 - z)"}, "z", "activation", "z"),
    ("logistic", {"z": lambda y, t: (y - t) / (2 + math.exp(y) + math.exp(-y))}, "z", "activation", "z"),
    ("logistic", {"z": "(y - t) * y"}, "z", "wrong derivative", "z"),
    ("logistic", {"w": "y * (1 - y) * x"}, "w", "missing factor", "y"),
    ("logistic", {"z": "(y-t)", "w": "(y - t) * x"}, "w", "follows", "z"),
    ("logistic", {"w": "(y - t) * y * (1 - y) * 1.6"}, "w", "this point only", "x"),
    ("logistic", {"y": "y - t", "w": f"-{DZ} * x"}, "w", "sign", "w"),
    ("regularised", {"w": f"{DZ} * x"}, "w", "missing path", "R"),
    ("regularised", {"w": f"{DZ} * x * lam * w"}, "w", "operation", "w"),
    ("logistic", {"z": "(y - t) * y * (1 + y)"}, "z", "wrong derivative", "z"),
    ("logistic", {"y": "z - t"}, "y", "activation", "z"),
    ("logistic", {"y": lambda z, t: z - t}, "y", "activation", "z"),
    ("regularised", {"w": "lam * w"}, "w", "missing path", "z"),
    ("regularised", {"w": f"{DZ} * x + w"}, "w", "constant factor", "L_reg"),
    ("regularised", {"w": f"{DZ} * x + 2 * lam * w"}, "w", "constant factor", "R"),
    ("regularised", {"w": f"{DZ} * x - lam * w"}, "w", "sign", "R"),
    ("regularised", {"b": f"{DZ} + lam * b"}, "b", "extra term", "b"),
    ("regularised", {"w": f"{DZ} + lam * w"}, "w", "missing factor", "x"),
    ("regularised", {"R": 1}, "R", "constant factor", "L_reg"),
    ("softmax", {"z1": "t1 - y1"}, "z1", "sign", "z1"),
    ("softmax", {"y2": "t2 / y2"}, "y2", "sign", "y2"),
    ("softmax", {"w12": "(y1 - t1) * x1"}, "w12", "wrong index", "x1"),
    ("softmax", {"w12": "(y2 - t2) * x1"}, "w12", "wrong index", "w21"),
    ("softmax", {"x1": "(y1-t1)*w11 + (y2-t2)*w21"}, "x1", "missing path", "z3"),
    ("softmax", {"b2": "(y2 - t2) * x2"}, "b2", "extra factor", "x2"),
    ("softmax", {"x2": "(y1-t1)*w11 + (y2-t2)*w22 + (y3-t3)*w32"}, "x2", "wrong index", "w11"),
    ("two layers", {"h1": "(y1-t1)*v11 + (y2-t2)*v12"}, "h1", "wrong index", "v12"),
    ("two layers", {"h2": "(y1-t1)*v21 + (y2-t2)*v22"}, "h2", "wrong index", "v21"),
    ("two layers", {"h1": "(y1-t1)*v11"}, "h1", "missing path", "y2"),
    ("two layers", {"z1": "((y1-t1)*v11 + (y2-t2)*v21) * (1 - z1**2)"}, "z1", "activation", "z1"),
    ("two layers", {"v11": "(y1 - t1) * z1"}, "v11", "activation", "z1"),
    ("two layers", {"w11": "((y1-t1)*v11 + (y2-t2)*v21) * x1"}, "w11", "missing factor", "z1"),
    ("two layers", {"y1": "2 * (y1 - t1)"}, "y1", "constant factor", "L"),
    ("two layers", {"x1": "((y1-t1)*v11 + (y2-t2)*v21)*w11 + ((y1-t1)*v12 + (y2-t2)*v22)*w21"}, "x1",
     "missing factor", "z1"),
    ("residual", {"x": "(Y - t) * v * (1 - h**2) * w"}, "x", "missing path", "Y"),
    ("residual", {"x": "Y - t"}, "x", "missing path", "z"),
    ("residual", {"z": "(Y - t) * (1 - h**2)"}, "z", "missing factor", "v"),
    ("residual", {"z": "(Y - t) * v * (1 - h)"}, "z", "wrong derivative", "z"),
    ("residual", {"v": "(Y - t) * F"}, "v", "extra factor", "v"),
    ("dead relu", {"w1": "2 * (y - t) * v1 * x"}, "w1", "mask", "z1"),
    ("dead relu", {"z2": 0}, "z2", "mask", "z2"),
    ("dead relu", {"z1": lambda y, t, v1: 2 * (y - t) * v1}, "z1", "mask", "z1"),
    ("dead relu", {"w2": "(y - t) * v2 * x"}, "w2", "constant factor", "L"),
    ("dead relu", {"v2": "2 * (y - t) * z1"}, "v2", "wrong variable", "z1"),
    ("batch", {"w": "2 * ((y1-t1)*x1 + (y2-t2)*x2 + (y3-t3)*x3)"}, "w", "mean or sum", "C"),
    ("batch", {"w": "2/3 * ((y1-t1)*x1 + (y2-t2)*x2)"}, "w", "missing path", "y3"),
    ("batch", {"w": "2/3 * ((y1-t1) + (y2-t2) + (y3-t3))"}, "w", "missing factor", "x1"),
    ("batch", {"w": "2/3 * (y3-t3)*x3"}, "w", "missing path", "y1"),
    ("batch", {"b": "1/3 * ((y1-t1) + (y2-t2) + (y3-t3))"}, "b", "constant factor", "l1"),
    ("batch", {"y2": "2 * (y2 - t2)"}, "y2", "mean or sum", "C"),
]  # fmt: skip
