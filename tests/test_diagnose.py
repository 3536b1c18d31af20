"""`diagnose` finds each planted illness of a network, names its place and the lectures' remedy, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn

MOONS = mx.datasets.moons(30)


class ByHand(nn.Module):
    """Two ReLU neurons and an output, written out in scalars."""

    def __init__(self, bias: float) -> None:
        self.w = [mx.Value(1.0), mx.Value(1.5)]
        self.b = [mx.Value(0.5), mx.Value(bias)]
        self.v = [mx.Value(1.0), mx.Value(-1.0)]

    def __call__(self, x: Any) -> Any:
        hidden = [(w * x[0] + b).relu() for w, b in zip(self.w, self.b, strict=True)]
        return hidden[0] * self.v[0] + hidden[1] * self.v[1]


class Unused(nn.Module):
    """A model one of whose parameters has no part in its output."""

    def __init__(self) -> None:
        self.w, self.spare = mx.Value(1.0), mx.Value(1.0)

    def __call__(self, x: Any) -> Any:
        return self.w * x[0]


def constant(x: float) -> Callable[..., float]:
    """Return an initialisation with one number."""
    return lambda nin, nout, rng: x


def dead() -> nn.MLP:
    """A network whose second hidden layer is dead."""
    model = nn.MLP(2, [4, 3, 1], seed=1)
    for neuron in model.layers[1].neurons:
        neuron.b.data = -100.0
    return model


def scaled(model: nn.MLP, factor: float) -> nn.MLP:
    """Multiply all weights of a network."""
    for v in model.parameters():
        v.data *= factor
    return model


ILL: tuple[tuple[str, Any, Any, list[str], str, str], ...] = (
    ("a dead layer", dead(), MOONS, ["dead ReLU", "no update"], "layer 2, 3 of 3 units", "skip connection"),
    ("by hand", ByHand(-9.0), ([[1.0], [2.0]], [0.0, 1.0]), ["dead ReLU", "no update"], "w.1 + b.1", "leaky ReLU"),
    (
        "saturated",
        scaled(nn.MLP(2, [4, 1], activation="tanh", seed=2), 60.0),
        MOONS,
        ["saturated units"],
        "layer 1",
        "smaller weights",
    ),
    (
        "vanishing",
        nn.MLP(2, [8] * 10 + [1], activation="sigmoid"),
        MOONS,
        ["vanishing gradient"],
        "11 layers",
        "Residual",
    ),
    (
        "exploding",
        scaled(nn.MLP(2, [8] * 8 + [1], activation="leaky_relu"), 6.0),
        MOONS,
        ["exploding gradient"],
        "9 layers",
        "clip",
    ),
    (
        "duplicates",
        nn.MLP(2, [3, 1], activation="tanh", init=constant(0.5)),
        MOONS,
        ["duplicate neurons"],
        "layer 1, 3 of 3 units",
        "symmetry",
    ),
    ("unused", Unused(), ([1.0, 2.0], [0.0, 0.0]), ["no update"], "does not depend on spare", "take them out"),
    (
        "an input that is 0",
        nn.Neuron(2, seed=0),
        ([[1.0, 0.0]] * 2, [0.0, 1.0]),
        ["no update"],
        "w2",
        "inputs that are 0",
    ),
    (
        "units that are never on together",
        nn.MLP(1, [1, 1, 1], output="linear", init=[1.0, 0.0, -1.0, -0.5, 1.0, 0.0]),
        ([[1.0], [2.0]], [0.0, 1.0]),
        ["dead ReLU", "no update"],
        "layer 2, 1 of 1 units",
        "leaky ReLU",
    ),
    (
        "a unit that feeds only units that are off",
        nn.MLP(1, [2, 1, 1], init=[1.0, 0.0, -1.0, 0.0, 1.0, -1.0, 0.5, 1.0, 0.0]),
        ([[1.0], [2.0], [-1.0]], [0.0, 1.0, 0.0]),
        ["no update"],
        "w1[2,1], b1[2], w2[1,2]",
        "never on together",
    ),
    ("step", nn.MLP(2, [3, 1], activation="step"), MOONS, ["no update"], "9 of 13 parameters", "train with sigmoid"),
    (
        "overflow",
        nn.Neuron(1, init=[1e200, 0.0]),
        ([[1e10], [1.0]], [0.0, 1.0]),
        ["not finite"],
        "2 of 2 examples",
        "standardised inputs",
    ),
)


@pytest.mark.parametrize(
    ("model", "data", "kinds", "where", "remedy"), [case[1:] for case in ILL], ids=[c[0] for c in ILL]
)
def test_an_illness_is_found(model: Any, data: Any, kinds: list[str], where: str, remedy: str) -> None:
    """Each planted illness is found, and no other; the report says where, and what the lectures advise."""
    report = mx.diagnose(model, *data)
    assert [finding.kind for finding in report.findings] == kinds
    text = " ".join(str(report).split())
    assert where in text
    assert remedy in text
    assert not report
    with pytest.raises(AssertionError, match=kinds[0]):
        report.assert_ok()


@pytest.mark.parametrize(
    "model",
    [
        nn.MLP(2, [16, 1], seed=3),
        nn.MLP(2, [8, 1], activation="tanh"),
        nn.MLP(2, [8, 1], activation="leaky_relu", output="sigmoid"),
        nn.Sequential(
            nn.Layer(2, 4, "tanh", seed=0), nn.Residual(nn.Layer(4, 4, "relu", seed=1)), nn.Neuron(4, seed=2)
        ),
    ],
    ids=["relu", "tanh", "leaky", "residual"],
)
def test_a_healthy_network_raises_no_alarm(model: nn.Module) -> None:
    """Nothing is found in networks as they start, and no gradient is touched."""
    report = mx.diagnose(model, *MOONS)
    assert report.ok, str(report)
    assert all(v.grad == 0.0 for v in model.parameters())


def test_the_remedy_helps() -> None:
    """A skip connection brings the layers before a dead one back, and leaky ReLU all of them, as in the lecture."""

    def gradient_of_first(report: Any) -> float:
        return float(report.layers[0].gradient)

    assert gradient_of_first(mx.diagnose(dead(), *MOONS)) == 0.0
    layers = [nn.Layer(2, 3, "relu", seed=1), nn.Layer(3, 3, "relu", seed=2), nn.Neuron(3, seed=3)]
    for neuron in layers[1].neurons:  # type: ignore[union-attr]
        neuron.b.data = -100.0
    assert gradient_of_first(mx.diagnose(nn.Sequential(*layers), *MOONS)) == 0.0
    layers[1] = nn.Residual(layers[1])
    assert gradient_of_first(mx.diagnose(nn.Sequential(*layers), *MOONS)) > 0.0
    leaky = nn.MLP(2, [4, 3, 1], activation="leaky_relu", seed=1)
    leaky.layers[1].neurons[0].b.data = -100.0
    assert mx.diagnose(leaky, *MOONS).ok
