"""What the nets answer to every mistake; Sequential and Residual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import ShapeError, Value
from microgradx.nn import MLP, Layer, Module, Neuron, Residual, Sequential

MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Neuron(2)([1.0]), ShapeError, "the module has 2 inputs, but x has 1 entries"),
    (lambda: Layer(2, 3)([1.0, 2.0, 3.0]), ShapeError, "the module has 2 inputs, but x has 3 entries"),
    (lambda: MLP(2, [3, 1])([]), ShapeError, "the module has 2 inputs, but x has 0 entries"),
    (lambda: MLP(1, [1])(3.0), ShapeError, r"a list of 1 inputs, not the single 3.0; write \[x\]"),
    (lambda: MLP(1, [1])(Value(3.0)), ShapeError, r"a list of 1 inputs, not the single Value.*write \[x\]"),
    (lambda: MLP(1, [1])(["a"]), TypeError, "one real number, not 'a'"),
    (lambda: MLP(1, [1])([True]), TypeError, "one real number, not True"),
    (lambda: MLP(1, [1])([None]), TypeError, "one real number, not None"),
    (lambda: Neuron(0), ValueError, "number of inputs must be a whole number of at least 1, not 0"),
    (lambda: Neuron(-2), ValueError, "at least 1, not -2"),
    (lambda: Neuron(2.0), ValueError, "at least 1, not 2.0"),  # type: ignore[arg-type]
    (lambda: Neuron(True), ValueError, "at least 1, not True"),
    (lambda: Layer(2, 0), ValueError, "neurons of a layer must be a whole number of at least 1, not 0"),
    (lambda: Layer(2, -1), ValueError, "at least 1, not -1"),
    (lambda: Layer("2", 1), ValueError, "at least 1, not '2'"),  # type: ignore[arg-type]
    (lambda: MLP(0, [1]), ValueError, "at least 1, not 0"),
    (lambda: MLP(2, [3, 0, 1]), ValueError, "at least 1, not 0"),
    (lambda: MLP(2, [3, -5]), ValueError, "at least 1, not -5"),
    (lambda: MLP(2, [3, 1.5]), ValueError, "at least 1, not 1.5"),  # type: ignore[list-item]
    (lambda: MLP(2, []), ValueError, r"at least one, such as \[16, 1\], not \[\]"),
    (lambda: MLP(2, 16), ValueError, r"such as \[16, 1\], not 16"),  # type: ignore[arg-type]
    (lambda: MLP(2, 16.0), ValueError, r"such as \[16, 1\], not 16.0"),  # type: ignore[arg-type]
    (lambda: MLP(2, None), ValueError, r"such as \[16, 1\], not None"),  # type: ignore[arg-type]
    (lambda: Neuron(1, "swish"), ValueError, "no activation named 'swish'; there are 'linear', .* any function"),
    (lambda: MLP(1, [1], output="soft"), ValueError, "no activation named 'soft'"),
    (lambda: MLP(1, [2, 1], activation=["relu"] * 2), ShapeError, "1 hidden layers need as many activations, not 2"),
    (lambda: MLP(1, [2, 2, 1], activation=["relu"]), ShapeError, "2 hidden layers need as many activations, not 1"),
    (lambda: Neuron(1, init="orthogonal"), ValueError, "no initialisation named 'orthogonal'; there are 'auto', 'u"),
    (lambda: Neuron(2, init=[1.0, 2.0]), ShapeError, "2 weights and a bias, not 2 numbers"),
    (lambda: Layer(2, 2, init=[1.0] * 5), ShapeError, "starts from 6 numbers, not 5"),
    (lambda: MLP(2, [2, 1], init=[1.0] * 10), ShapeError, "9 parameters, but init lists 10 numbers"),
    (lambda: MLP(2, [2, 1], init=[1.0] * 8), ShapeError, "starts from 3 numbers, not 2"),
    (lambda: MLP(2, [1], init=[1.0, None, 2.0]), TypeError, "one real number, not None"),  # type: ignore[list-item]
    (lambda: MLP(2, 16, 1), TypeError, r"layers are one list; write MLP\(2, \[16, 1\]\)"),  # type: ignore[arg-type]
    (lambda: MLP(2, 16, 8, 1), TypeError, r"write MLP\(2, \[16, 8, 1\]\)"),  # type: ignore[arg-type]
    (lambda: MLP(2, [1], "tanh"), TypeError, "positional arguments; .* 'tanh', as in act"),  # type: ignore[arg-type]
    (lambda: Sequential(), ValueError, "of no modules computes nothing"),
    (lambda: Sequential([Layer(1, 1)]), TypeError, r"(?s)modules or functions, not \[.*write Sequential\(a, b, c\)"),
    (lambda: Residual(Layer(2, 3))([1.0, 2.0]), ShapeError, r"x has 2 entries, f\(x\) has 3"),
    (lambda: Module()([1.0]), TypeError, r"Module has no __call__\(self, x\); define what it computes"),
    (lambda: MLP.load("m.json"), TypeError, r"called on a model: .* model.load\('m.json'\)"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES)
def test_mistake(mistake: Callable[[], Any], error: type[Exception], message: str) -> None:
    """A wrong size, length, name or kind raises the error that shows it and what is expected."""
    with pytest.raises(error, match=message):
        mistake()


def test_sequential_runs_one_after_the_other() -> None:
    """Sequential composes modules and plain functions, and finds the parameters of the modules."""
    model = Sequential(Layer(1, 2, init=[1.0, 0.0, 2.0, 1.0]), lambda h: [mx.relu(v) for v in h], mx.sum)
    assert model([3.0]).data == 3.0 + 7.0
    assert len(model.parameters()) == 4
    assert next(iter(model.named_parameters()))[0] == "modules.0.neurons.0.w.0"
    assert "modules.0  Layer(1, 2, linear)" in repr(model)


def test_residual_lets_gradients_past_a_dead_layer() -> None:
    """x + f(x) has the slope of the identity where f is dead, and shapes must agree."""
    dead = Residual(Layer(2, 2, "relu", init=[0.0, 0.0, -1.0] * 2))
    x = [Value(1.0), Value(2.0)]
    outputs = dead(x)
    assert [v.data for v in outputs] == [1.0, 2.0]
    assert mx.grad(outputs[0] + 3.0 * outputs[1], x) == [1.0, 3.0]
    assert [v.data for v in Residual(Neuron(1, init=[2.0, 0.0]))([5.0])] == [15.0]


def test_reuse_of_one_module_adds_its_gradients() -> None:
    """A module that is used twice gathers the gradient of both uses, and its parameters count once."""
    layer = Layer(1, 1, init=[3.0, 0.0])
    model = Sequential(layer, layer)
    (output,) = model([2.0])
    output.backward()
    assert (output.data, layer.neurons[0].w[0].grad) == (18.0, 2 * 3.0 * 2.0)
    assert len(model.parameters()) == 2


@pytest.mark.parametrize("X", [[[1.0, 2.0]] * 5, np.ones((2, 2)), [(1.0, 2.0)] * 2, np.ones((1, 2))])
def test_a_batch_is_told_how_it_is_given(X: Any) -> None:
    """A list of rows where one row belongs is a ShapeError with the two ways to give a batch."""
    with pytest.raises(ShapeError, match=r"\[model\(row\) for row in X\], or mx\.compile\(model\)\(X\)"):
        MLP(2, [3, 1])(X)


def test_arrays_of_no_axis_are_numbers() -> None:
    """Entries of a row may be arrays without an axis."""
    assert Neuron(2, init=[1.0, 2.0, 0.0])([np.array(3.0), np.array(4.0)]).data == 11.0
