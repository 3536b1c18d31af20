"""`cost` counts what the lectures count."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn


def of_mlp(sizes: list[int], *, values: bool = True) -> Any:
    """Return the cost of a multilayer perceptron; inputs that are Values get gradients too."""
    model = nn.MLP(sizes[0], sizes[1:], activation="tanh")
    x = [mx.Value(0.1) if values else 0.1 for _ in range(sizes[0])]
    output = model(x)
    return mx.cost(output)


@pytest.mark.parametrize("sizes", [[3, 5, 1], [10, 10, 10, 1], [1, 1]])
def test_one_multiply_add_forward_two_backward(sizes: list[int]) -> None:
    """Each weight takes one multiply-add forward and two backward; a bias, being added, takes one backward."""
    weights = sum(a * b for a, b in pairwise(sizes))
    biases = sum(sizes[1:])
    row = next(row for row in of_mlp(sizes).rows if row.primitive == "w·x + b")
    assert row.forward == weights
    assert row.backward == 2 * weights + biases


def test_plain_inputs_need_no_gradient() -> None:
    """Where inputs are plain numbers, the first layer's weights take one multiply-add backward."""
    assert of_mlp([4, 1]).backward - of_mlp([4, 1], values=False).backward == 4


def test_linear_in_layers_quadratic_in_units() -> None:
    """The cost grows by as much with each layer, and four times with twice the units (CSC 311, lecture 4)."""
    layers = [of_mlp([16] * n + [1]).forward for n in (2, 3, 4, 5)]
    steps = [b - a for a, b in pairwise(layers)]
    assert len(set(steps)) == 1
    small, large = (of_mlp([n, n, n, 1]).forward for n in (32, 64))
    assert large / small == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize(
    ("build", "rows"),
    [
        (lambda x, y: x * y, [("*", 1, 1, 2)]),
        (lambda x, y: x * 3.0, [("*", 1, 1, 1)]),
        (lambda x, y: x + x, [("+", 1, 1, 2)]),
        (lambda x, y: mx.sum([x, y, x]), [("Σ", 1, 2, 3)]),
        (lambda x, y: mx.dot([x, y], [y, 2.0]), [("dot", 1, 2, 3)]),
        (lambda x, y: (x * y).tanh() * x, [("*", 2, 2, 4), ("tanh", 1, 1, 1)]),
        (lambda x, y: x, []),
    ],
)
def test_operations_by_primitive(build: Any, rows: list[tuple[str, int, int, int]]) -> None:
    """Nodes, operations forward and backward are counted for each primitive."""
    x, y = mx.Value(0.5), mx.Value(0.25)
    found = mx.cost(build(x, y))
    assert [tuple(row) for row in found.rows] == rows
    assert found.forward == sum(row[2] for row in rows)
    assert found.backward == sum(row[3] for row in rows)


def test_forward_mode_against_reverse_mode() -> None:
    """Reverse mode is cheaper for many inputs, forward mode for many outputs."""
    many = [mx.Value(0.1) for _ in range(20)]
    assert "reverse mode is the cheaper one" in " ".join(str(mx.cost(mx.dot(many, many))).split())
    x = mx.Value(0.5, "x")
    outputs = [x * k for k in range(20)]
    found = mx.cost(outputs)
    told = " ".join(str(found).split())
    assert "forward mode is the cheaper one" in told
    assert (found.inputs, found.outputs) == (1, 20)
    assert found.forward_mode < found.reverse_mode
    assert f"all derivatives of 20 outputs by 1 number: reverse mode takes {found.reverse_mode:,} op" in told


def test_memory_grows_with_the_graph() -> None:
    """The memory held is that of the nodes: in a chain twice as long, twice as much."""

    def chain(n: int) -> int:
        y = mx.Value(1.0)
        for _ in range(n):
            y = y * 1.5
        return mx.cost(y).memory

    assert chain(2000) / chain(1000) == pytest.approx(2.0, rel=0.02)
    assert 50 * 1000 < chain(1000) < 200 * 1000


def test_times_are_measured_and_no_gradient_is_touched() -> None:
    """Times stand beside the counts, and measuring them leaves every grad as it was."""
    model = nn.MLP(2, [4, 1])
    found = mx.cost(model([1.0, 2.0]))
    assert found.forward_seconds > 0
    assert found.backward_seconds > 0
    assert "ns an operation" in str(found)
    assert "<table" in found._repr_html_()
    assert all(v.grad == 0.0 for v in model.parameters())


def test_wrong_input_is_explained() -> None:
    """What is no graph, or an input from elsewhere, is refused with the reason."""
    for wrong in (3.0, [], [3.0], None, "L"):
        with pytest.raises(TypeError, match="given by its output"):
            mx.cost(wrong)  # type: ignore[arg-type]
    x = mx.Value(1.0)
    with pytest.raises(ValueError, match="not in the graph"):
        mx.cost(x * 2.0, [mx.Value(1.0)])
    with pytest.raises(TypeError, match="inputs are Values"):
        mx.cost(x * 2.0, [1.0])  # type: ignore[list-item]
