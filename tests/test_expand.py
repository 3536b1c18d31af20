"""Fused nodes open into the primitives of the lectures, with the same values and gradients."""

from __future__ import annotations

import pytest

import microgradx as mx
from microgradx.primitives import TABLE, Primitive, row
from microgradx.sweep import nodes

FUSED = [p for p in TABLE if p.expanded is not None]


@pytest.mark.parametrize("p", FUSED, ids=lambda p: p.name)
def test_expansion_has_the_same_value_and_gradient(p: Primitive) -> None:
    """Each fused row, opened, gives its value and gradient to 1e-12 and holds no fused node any more."""
    leaves = [
        [mx.Value(0.3 + 0.4 * i + 0.1 * j) for i in range(3 - j * (p.name == "affine"))] for j in range(len(p.domain))
    ]
    arguments = leaves if p.blocks else [block[0] for block in leaves]
    fused = mx.apply(p, *arguments)
    opened = mx.expand(fused)
    inputs = [v for block in leaves for v in block] if p.blocks else arguments
    assert opened.data == pytest.approx(fused.data, rel=1e-12)
    assert mx.grad(opened, inputs) == pytest.approx(mx.grad(fused, inputs), rel=1e-12)
    assert all(v._primitive is None or v._primitive.expanded is None for v in nodes(opened))


def test_sigmoid_opens_as_on_the_slide() -> None:
    """The program z = wx + b, y = σ(z), L = ½(y − t)² opens into the slide's sequence t₁ … t₇."""
    w, x, b, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(-1.5, "b"), mx.Value(1.0, "t")
    L = (mx.sigmoid(w * x + b) - t) ** 2 / 2
    assert [v._op for v in nodes(mx.expand(L)) if v._op] == ["*", "+", "neg", "exp", "+", "/", "-", "**", "/"]


OPENED = {
    "tanh": ["exp", "neg", "exp", "-", "+", "/"],
    "logistic_density": ["neg", "exp", "+", "**", "/"],
    "sigmoid": ["neg", "exp", "+", "/"],
}


@pytest.mark.parametrize("name", OPENED)
def test_each_power_is_recorded_once(name: str) -> None:
    """An opened tanh has one e^z and one e^(−z), which numerator and denominator share, as on paper."""
    opened = mx.expand(mx.apply(row(name), mx.Value(0.5)))
    assert [v._op for v in nodes(opened) if v._op] == OPENED[name]


def test_derivation_of_an_opened_tanh_has_its_powers_as_steps() -> None:
    """The chain rule goes through u1 = e^z and u2 = e^(−z), not through a quotient of quotients."""
    z = mx.Value(0.5, "z")
    y = mx.expand(mx.tanh(z))
    y.label = "y"
    told = str(mx.derive(y, wrt=z))
    assert "y = (u1 − u2)/(u1 + u2)" in told
    assert "u\u03041·u1 − u\u03042·u2" in told


def test_expansion_keeps_labels_and_leaves() -> None:
    """Labels stay on the opened nodes, and the leaves are the very same Values."""
    neuron = mx.nn.Neuron(2, "sigmoid")
    y = neuron([1.0, 2.0])
    y.label = "y"
    opened = mx.expand(y)
    assert opened.label == "y"
    assert {id(v) for v in neuron.parameters()} <= {id(v) for v in nodes(opened)}
