"""Programs written for micrograd run with only the module's name changed, and give its numbers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from sklearn.datasets import make_moons

from microgradx.engine import Value
from microgradx.nn import MLP

from .test_draw_renderers import trace


def sanity(value: Any) -> tuple[Any, Any]:
    """The expression of micrograd's first test of its engine."""
    x = value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    return (x,), y


def more_operations(value: Any) -> tuple[Any, Any]:
    """The expression of its second test, which is also the example of its README."""
    a, b = value(-4.0), value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return (a, b), g


@pytest.mark.parametrize("expression", [sanity, more_operations])
def test_engine_agrees_with_micrograd(expression: Any) -> None:
    """The expressions of micrograd's engine tests give the values and gradients that micrograd gives."""
    theirs, ours = (expression(value) for value in (import_module("micrograd.engine").Value, Value))
    for _, output in (theirs, ours):
        output.backward()
    assert ours[1].data == pytest.approx(theirs[1].data, rel=1e-15)
    assert [v.grad for v in ours[0]] == pytest.approx([v.grad for v in theirs[0]], rel=1e-14)


def test_readme_example() -> None:
    """The example of micrograd's README prints 24.7041, 138.8338 and 645.5773."""
    (a, b), g = more_operations(Value)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert (f"{a.grad:.4f}", f"{b.grad:.4f}") == ("138.8338", "645.5773")


def test_names_that_drawing_code_uses() -> None:
    """`_prev` and `_op`, from which micrograd's notebook draws a graph, lead to every node and edge."""
    x, w = Value(2.0), Value(-3.0)
    y = (x * w + 1).relu()
    nodes, edges = trace(y)
    assert sorted(v._op for v in nodes if v._op) == ["*", "+", "relu"]
    assert len(edges) == 4


def test_moons_demo() -> None:
    """Its demo, with a margin loss and 100 steps on the moons, ends with every point on its own side."""
    points, classes = make_moons(n_samples=100, noise=0.1, random_state=1)
    sides = classes * 2 - 1
    model = MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337

    def loss() -> tuple[Any, float]:
        inputs = [list(map(Value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -side * score).relu() for side, score in zip(sides, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        right = [(side > 0) == (score.data > 0) for side, score in zip(sides, scores, strict=True)]
        return data_loss + penalty, sum(right) / len(right)

    for k in range(100):
        total, _ = loss()
        model.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= rate * p.grad
    total, accuracy = loss()
    assert accuracy == 1.0
    assert total.data < 0.1
