"""Nets: shapes, starting weights, activations, labels, parameters, state, and an answer to every mistake."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import LoadError, Value
from microgradx.activations import ACTIVATIONS, LAYER_ACTIVATIONS
from microgradx.inits import INITS
from microgradx.nn import MLP, Layer, Module, Neuron, Residual, Sequential


def test_shapes() -> None:
    """A neuron and a network with one output give a number, layers and networks with several give a list."""
    x = [0.5, -1.0, 2.0]
    assert isinstance(Neuron(3)(x), Value)
    assert len(Layer(3, 2)(x)) == 2
    assert isinstance(MLP(3, [4, 1])(x), Value)
    assert len(MLP(3, [4, 2])(x)) == 2
    assert isinstance(MLP(3, [1])(x), Value)
    assert len(Layer(3, 1)(x)) == 1


@pytest.mark.parametrize("kind", [tuple, iter, lambda x: [Value(v) for v in x], lambda x: [Value(x[0]), *x[1:]]])
def test_inputs_of_any_kind(kind: Callable[[list[float]], Any]) -> None:
    """Inputs may be numbers, Values or both, in a list, a tuple or any iterable."""
    model = MLP(3, [4, 1])
    assert model(kind([0.5, -1.0, 2.0])).data == model([0.5, -1.0, 2.0]).data


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_by_name(name: str) -> None:
    """A named activation is the function of that name, in a neuron, a layer, and the hidden and output layers."""
    f = getattr(mx, name)
    z = 0.5 * 2.0 + 0.25
    assert Neuron(1, name, init=[0.5, 0.25])([2.0]).data == f(z)
    assert Layer(1, 1, name, init=[0.5, 0.25])([2.0])[0].data == f(z)
    two = MLP(1, [1, 1], activation=name, output=name, init=[0.5, 0.25, 3.0, -1.0])
    assert two([2.0]).data == f(3.0 * f(z) + -1.0)
    assert f"{name})" in repr(two)


def test_activations_by_callable_and_per_layer() -> None:
    """An activation may be any function, or a list with one entry for each hidden layer."""
    double = MLP(1, [1, 1, 1], activation=["tanh", lambda z: 2 * z], init=[1.0, 0.0] * 3)
    assert double([0.3]).data == 2 * math.tanh(0.3)
    assert MLP(1, [1, 1], activation=mx.sin, init=[1.0, 0.0] * 2)([0.3]).data == math.sin(0.3)
    slope = MLP(1, [1], output=lambda z: mx.leaky_relu(z, 0.5), init=[1.0, 0.0])
    assert slope([-2.0]).data == -1.0


@pytest.mark.parametrize("name", LAYER_ACTIVATIONS)
def test_activations_of_whole_layers(name: str) -> None:
    """softmax and log_softmax take all pre-activations of their layer."""
    outputs = MLP(1, [3], output=name, init=[1.0, 0.0, 2.0, 0.0, 3.0, 0.0])([0.5])
    assert [v.data for v in outputs] == getattr(mx, name)([0.5, 1.0, 1.5])


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
@pytest.mark.parametrize("init", ["auto", *INITS])
def test_starting_weights_by_name(init: str, activation: str) -> None:
    """Each initialisation keeps to its range, fills it, and starts biases at 0, or within ±1/√nin for auto."""
    layer = Layer(50, 40, activation, init=init, seed=3)
    he, xavier = math.sqrt(6 / 50), math.sqrt(6 / 90)
    bound = {"auto": he if activation == "relu" else xavier, "uniform": 1.0, "xavier": xavier, "he": he, "zeros": 0.0}
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    biases = [neuron.b.data for neuron in layer.neurons]
    assert 0.99 * bound[init] <= max(map(abs, weights)) <= bound[init]
    assert abs(sum(weights) / len(weights)) <= 0.05
    assert max(map(abs, biases)) <= (1 / math.sqrt(50) if init == "auto" else 0.0)
    assert len(set(biases)) > 30 or init != "auto"


def test_starting_weights_by_list_and_function() -> None:
    """A list gives all parameters in order, neuron by neuron, weights, then bias; a function gives each weight."""
    numbers = [float(i) for i in range(2 * 3 + 3 + 4)]
    model = MLP(2, [3, 1], init=numbers)
    assert [p.data for p in model.parameters()] == numbers
    assert [w.data for w in model.layers[0].neurons[1].w] == [3.0, 4.0]
    assert model.layers[0].neurons[1].b.data == 5.0
    sizes = MLP(2, [3, 1], init=lambda nin, nout, rng: 10.0 * nin + nout)
    assert sizes.state_dict()["layers.0.neurons.0.w"] == [23.0, 23.0]
    assert sizes.state_dict()["layers.1.neurons.0.w"] == [31.0] * 3


def test_seed_decides_and_nothing_else_does() -> None:
    """The same seed gives the same weights whatever `random` has done before, another seed gives others."""
    random.seed(1)
    one = MLP(2, [3, 1], seed=7).state_dict()
    random.seed(2)
    assert MLP(2, [3, 1], seed=7).state_dict() == one
    assert MLP(2, [3, 1], seed=8).state_dict() != one
    assert MLP(2, [3, 1], seed=0).state_dict() == MLP(2, [3, 1]).state_dict()


def test_labels_and_names() -> None:
    """Parameters are labelled by layer, unit and input as in the lectures, and named by their place in the model."""
    model = MLP(2, [3, 1])
    assert [p.label for p in model.parameters()][:4] == ["w1[1,1]", "w1[1,2]", "b1[1]", "w1[2,1]"]
    assert [p.label for p in model.parameters()][-2:] == ["w2[1,3]", "b2[1]"]
    names = [name for name, _ in model.named_parameters()]
    assert names[:3] == ["layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.b"]
    assert [p.label for p in Neuron(2).parameters()] == ["w1", "w2", "b"]


def test_repr_counts() -> None:
    """repr is a table of parts with parameters and multiply-adds, and their totals."""
    assert repr(MLP(784, [128, 10])).splitlines() == [
        "MLP(784, [128, 10])",
        "            part                    parameters  multiply-adds",
        "  layers.0  Layer(784, 128, relu)      100,480        100,352",
        "  layers.1  Layer(128, 10, linear)       1,290          1,280",
        "  total                                101,770        101,632",
    ]


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_fused_network_is_the_written_sum_bit_for_bit(activation: str) -> None:
    """A network records what w₁·x₁ + w₂·x₂ + … + b, written by hand, records: the same bits, gradients too."""
    model = MLP(3, [4, 2], activation=activation, seed=2)
    f = getattr(mx, activation)

    def by_hand(x: list[Any]) -> list[Any]:
        for layer, g in zip(model.layers, (f, mx.linear), strict=True):
            sums = []
            for neuron in layer.neurons:
                z = neuron.w[0] * x[0]
                for w, xᵢ in zip(neuron.w[1:], x[1:], strict=True):
                    z = z + w * xᵢ
                sums.append(g(z + neuron.b))
            x = sums
        return x

    def run(net: Callable[[list[Any]], list[Any]]) -> tuple[list[float], list[float]]:
        x = [Value(0.3), Value(-0.7), Value(1.9)]
        outputs = net(x)
        return [v.data for v in outputs], mx.grad(outputs[0] * outputs[1], [*x, *model.parameters()])

    assert run(model) == run(by_hand)


def test_a_neuron_records_two_nodes() -> None:
    """A neuron is its fused pre-activation and its activation: two nodes, whatever the number of inputs."""
    neuron = Neuron(10, "tanh")
    a = neuron([1.0] * 10)
    (z,) = a.operands
    assert (a._op, z._op) == ("tanh", "w·x + b")
    assert z.operands[:11] == (*neuron.w, neuron.b)


def test_replaced_weights_are_used() -> None:
    """A Value put in the place of a weight, or shared between neurons, is what the neuron computes with."""
    neuron = Neuron(2, init=[1.0, 2.0, 3.0])
    shared = neuron.w[0] = neuron.w[1] = Value(5.0)
    output = neuron([1.0, 1.0])
    output.backward()
    assert (output.data, shared.grad, neuron.b.grad) == (13.0, 2.0, 1.0)
    assert neuron.parameters() == [shared, neuron.b]


class Custom(Module):
    """A module as a user writes one: attributes of every kind."""

    def __init__(self) -> None:
        self.name = "custom"
        self.scale = Value(2.0, "scale")
        self.body = Sequential(Layer(2, 2, "tanh"), Residual(Layer(2, 2)))
        self.table = {"a": Value(1.0), "b": [Value(2.0), Value(3.0)]}
        self.pair = (Value(4.0), Neuron(1))
        self.tied = self.scale
        self.numbers = [1.0, 2.0]

    def __call__(self, x: Any) -> Any:
        h = self.body(x)
        self.last = h[0] * self.scale
        return self.last + self.table["a"]


def test_a_users_own_module() -> None:
    """Parameters are found in attributes, lists, tuples, dictionaries and modules, in order, shared ones once."""
    model = Custom()
    names = [name for name, _ in model.named_parameters()]
    expected = ["scale", "body.modules.0.neurons.0.w.0", "table.a", "table.b.0", "table.b.1", "pair.0", "pair.1.w.0"]
    assert [name for name in names if name in expected] == expected
    assert len(model.parameters()) == 1 + 6 + 6 + 3 + 1 + 2
    assert "tied" not in names
    model([1.0, 2.0]).backward()
    assert model.scale.grad != 0.0
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_a_computed_value_is_no_parameter() -> None:
    """What a module keeps of a computation is not a parameter: only leaves are."""
    model = Custom()
    before = model.state_dict()
    model([1.0, 2.0])
    assert model.state_dict() == before
    assert model.last not in model.parameters()


def test_state_goes_out_and_in() -> None:
    """load_state_dict(state_dict()) of another seed makes the models equal; the parameters stay the same objects."""
    one, two = Custom(), Custom()
    one.scale.data, one.body.modules[0].neurons[0].w[0].data = -7.5, 0.125
    kept = two.parameters()
    two.load_state_dict(one.state_dict())
    assert two.state_dict() == one.state_dict()
    assert two.parameters() == kept
    assert two([0.5, 1.0]).data == one([0.5, 1.0]).data


STATES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda s: s.pop("layers.1.neurons.0.b"), "the state lacks 'layers.1.neurons.0.b', which the model has"),
    (lambda s: s.clear(), "the state lacks 'layers.0.neurons.0.b', .* and 3 more"),
    (lambda s: s.update(extra=1.0), "the state has 'extra', which the model does not have"),
    (lambda s: s["layers.0.neurons.1.w"].pop(), "'layers.0.neurons.1.w' has 2 numbers in the model, 1 in the state"),
    (lambda s: s.update({"layers.0.neurons.1.w": 3.0}), "is a list of 2 numbers in the model, not 3.0"),
    (lambda s: s.update({"layers.1.neurons.0.b": [3.0]}), "which is not a finite number"),
    (lambda s: s.update({"layers.1.neurons.0.b": math.nan}), "holds nan, which is not a finite number"),
    (lambda s: s.update({"layers.1.neurons.0.b": "3"}), "holds '3', which is not a finite number"),
    (lambda s: s.update({"layers.1.neurons.0.b": True}), "holds True, which is not a finite number"),
    (lambda s: s.update({"layers.1.neurons.0.b": None}), "holds None, which is not a finite number"),
    (lambda s: s.update({"layers.1.neurons.0.b": 10**400}), "which is not a finite number"),
]


def test_a_state_is_a_dictionary() -> None:
    """Anything but a dictionary is a LoadError that shows it."""
    with pytest.raises(LoadError, match=r"a dictionary from names to numbers, not \[1.0, 2.0\]"):
        MLP(1, [1]).load_state_dict([1.0, 2.0])  # type: ignore[arg-type]  # it is the mistake that is tested


@pytest.mark.parametrize(("spoil", "message"), STATES, ids=[message[:40] for _, message in STATES])
def test_a_state_that_does_not_fit_changes_nothing(spoil: Callable[[dict[str, Any]], Any], message: str) -> None:
    """A state with wrong names, lengths or numbers is a LoadError that names it, and the model stays as it was."""
    model = MLP(2, [2, 1])
    before = model.state_dict()
    state = {name: [9.0, 9.0] if isinstance(x, list) else 9.0 for name, x in before.items()}
    spoil(state)
    with pytest.raises(LoadError, match=message):
        model.load_state_dict(state)
    assert model.state_dict() == before
