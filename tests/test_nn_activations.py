"""An activation can be changed after a network is made, and what is printed is what is computed."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import pytest

import microgradx as mx
from microgradx.nn import MLP, Layer, Neuron

X = [0.3, -0.5]


def test_an_activation_that_is_set_is_used_and_printed() -> None:
    """layer.activation = "tanh" gives the network that was made with tanh, in numbers and in print."""
    for name in ("tanh", mx.tanh):
        model, other = MLP(2, [3, 2, 1]), MLP(2, [3, 2, 1], activation=["tanh", "relu"])
        model.load_state_dict(other.state_dict())
        model.layers[0].activation = name
        assert model(X).data == other(X).data
        assert str(model) == str(other)
        assert model.layers[0].activation_name == "tanh"


def test_the_hidden_layers_of_a_network_are_set_as_they_are_given() -> None:
    """model.activation takes one for all hidden layers, or a list, and leaves the output layer alone."""
    model = MLP(2, [3, 2, 1], output="sigmoid")
    cases: list[tuple[Any, list[str]]] = [("tanh", ["tanh"] * 2), (["softplus", mx.relu], ["softplus", "relu"])]
    for given, names in cases:
        model.activation = given
        assert [layer.activation_name for layer in model.layers] == [*names, "sigmoid"]
        assert [f.__name__ for f in model.activation] == names


def test_a_layer_goes_from_its_neurons_activation_to_softmax_and_back() -> None:
    """softmax, by name or function, is applied to the whole layer; after it another is applied by each neuron again."""
    layer = Layer(2, 2, init=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    for softmax in ("softmax", mx.softmax):
        layer.activation = softmax
        assert sum(y.data for y in layer(X)) == pytest.approx(1.0, abs=1e-15)
        assert layer.activation is mx.softmax
        layer.activation = "tanh"
        assert [y.data for y in layer(X)] == [math.tanh(x) for x in X]


def test_neurons_that_differ_are_all_named() -> None:
    """A layer whose neurons were given several activations names each."""
    layer = Layer(2, 3, "relu")
    layer.neurons[1].activation = "tanh"
    assert layer.describe() == "Layer(2, 3, relu, tanh)"


@pytest.mark.parametrize("given", ["tanhh", 3, None])
def test_what_is_no_activation_changes_nothing(given: Any) -> None:
    """A wrong name or type is an error, in neurons, layers and networks, and all stay as they were."""
    model = MLP(2, [3, 2, 1])
    before = str(model)
    for part in (model.layers[0].neurons[0], model.layers[0], model):
        with pytest.raises((ValueError, TypeError), match="activation"):
            part.activation = given
    with pytest.raises(ValueError, match="'tanhh'; did you mean 'tanh'"):
        model.activation = ["tanh", "tanhh"]
    assert str(model) == before


def test_the_name_cannot_be_set_beside_the_function() -> None:
    """activation_name tells what is applied, and is not set by itself."""
    for part in (Neuron(1), Layer(1, 1)):
        with pytest.raises(AttributeError, match="activation_name"):
            part.activation_name = "tanh"  # type: ignore[misc]


def test_copies_have_activations_of_their_own() -> None:
    """A copy and a pickle compute the same to the bit, and changing them leaves the original as it was."""
    model = MLP(2, [3, 1], activation="tanh")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other(X).data == model(X).data
        other.activation = "relu"
        assert model.layers[0].activation_name == "tanh"
        assert other(X).data != model(X).data


def test_a_compiled_program_notices() -> None:
    """A program of a network whose activation was changed since says so instead of computing what was."""
    model = MLP(2, [3, 1], activation="tanh")
    program = mx.compile(model, model.parameters())
    program([X])
    model.activation = "relu"
    with pytest.raises(mx.TraceError, match="activation is another function than it was"):
        program([X])
