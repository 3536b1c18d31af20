"""The doctor in the words of the derivation: terms that are missing, and one name or sign that stands for another."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import Value


def softmax(targets: tuple[float, ...]) -> dict[str, Any]:
    """L = −Σ tₖ log pₖ with p = softmax(z)."""
    zs = [Value(z, f"z{k}") for k, z in enumerate((0.3, -0.4, 0.2)[: len(targets)], 1)]
    ts = [Value(t, f"t{k}") for k, t in enumerate(targets, 1)]
    ps = mx.softmax(zs)
    names = {f"p{k}": p for k, p in enumerate(ps, 1)}
    return {**names, "L": mx.sum([-t * mx.log(p) for t, p in zip(ts, ps, strict=True)])}


@pytest.mark.parametrize("targets", [(1.0, 0.0), (0.7, 0.3), (1.0, 0.0, 0.0), (0.2, 0.5, 0.3)])
def test_a_missing_term_is_told_in_the_names_of_the_formula(targets: tuple[float, ...]) -> None:
    """Where the path that is missing leads through nodes without names, the term is told that it stands for."""
    names = softmax(targets)
    (found,) = mx.compare(names["L"], {"z1": "p1"}, names=names).rows
    assert found.explanation is not None
    assert found.explanation.kind == "missing path"
    assert found.explanation.text == "the term −t1 is missing"


@pytest.mark.parametrize(
    ("node", "formula", "kind", "sentence"),
    [
        ("w", "(y - t)*y*(1 - y)*x * lam*w", "operation", "* stands where + belongs: (y - t)*y*(1 - y)*x + lam*w is"),
        ("w", "(y + t)*y*(1 - y)*x + lam*w", "operation", "+ stands where - belongs: (y - t)*y*(1 - y)*x + lam*w is"),
        ("b", "(y - t)*y*(1 + y)", "wrong derivative", "y(1 + y) = 0.5201 stands where σ'(z) = 0.235 belongs"),
        ("y", "z - t", "activation", "z stands where y belongs: with that it is right (z is before the activation)"),
        (
            "w",
            "(y - t)*y*(1 - t)*x + lam*w",
            "wrong variable",
            "t stands where y belongs: (y - t)*y*(1 - y)*x + lam*w is",
        ),
        ("y", "y - b", "wrong variable", "b stands where t belongs: with that it is right"),
    ],
)
def test_one_word_of_a_formula_is_told(node: str, formula: str, kind: str, sentence: str) -> None:
    """One name or sign of operation that stands for another is told where the graph alone does not explain it."""
    w, x, b, t, lam = Value(0.5), Value(2.0), Value(-1.5), Value(1.0), 0.3
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2 + lam / 2 * w**2
    (found,) = mx.compare(L, {node: formula}, names=locals()).rows
    assert found.explanation is not None
    assert found.explanation.text.startswith(sentence)
    assert found.explanation.kind == kind
    assert found.explanation.certain
