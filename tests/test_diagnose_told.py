"""What `diagnose` says of a network: the numbers, names and sentences of its report."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn

from .test_diagnose import MOONS, ByHand, constant


def test_the_numbers_are_those_of_the_mean_loss() -> None:
    """The gradient norm of a layer is that of the mean loss's gradient by its parameters."""
    model = nn.MLP(2, [4, 1], activation="tanh")
    X, y = MOONS
    L = mx.losses.mse_loss([model(x) for x in X], list(y))
    for layer, row in zip(model.layers, mx.diagnose(model, X, y).layers, strict=True):
        assert row.gradient == pytest.approx(math.hypot(*mx.grad(L, layer.parameters())), rel=1e-12)
        assert row.units == len(layer.neurons)


def test_layers_by_hand_are_those_of_nn() -> None:
    """A network written out in scalars has the same layers, units and numbers as the same one of `nn`."""
    by_hand = ByHand(0.25)
    same = nn.MLP(1, [2, 1], init=[1.0, 0.5, 1.5, 0.25, 1.0, -1.0, 0.0])
    data = ([[1.0], [-2.0]], [0.0, 1.0])
    pairs = zip(mx.diagnose(by_hand, *data).layers, mx.diagnose(same, *data).layers, strict=True)
    for mine, theirs in pairs:
        assert (mine.layer, mine.units, mine.activation, mine.dead) == theirs[:4]
        assert mine.signal == pytest.approx(theirs.signal, rel=1e-12)


def test_relu_may_be_written_as_a_maximum() -> None:
    """max(z, 0) and max(0, z) are ReLUs: dead ones are found, with the numbers of those written as relu."""

    class Written(nn.Module):
        def __init__(self, relu: Callable[[Any], Any]) -> None:
            self.hidden = nn.Layer(2, 3, "linear", init=[1.0, 0.5, -9.0, -0.7, 1.1, 0.3, 0.2, 0.4, 0.1])
            self.output = nn.Neuron(3, init=[1.0, -1.0, 0.5, 0.0])
            self.relu = relu

        def __call__(self, x: Any) -> Any:
            return self.output([self.relu(z) for z in self.hidden(x)])

    ways = (mx.relu, lambda z: mx.max(z, 0), lambda z: mx.max(0.0, z))
    found = [mx.diagnose(Written(way), [[1.0, -2.0], [0.5, 1.0]], [0.0, 1.0]) for way in ways]
    assert str(found[0]) == str(found[1]) == str(found[2])
    assert found[1].findings[0].kind == "dead ReLU"


def test_shared_weights_are_one_finding() -> None:
    """A neuron that is used at several places, as in a convolution, is alive if it is alive at one of them."""
    neuron = nn.Neuron(1, "relu", init=[1.0, 0.0])
    report = mx.diagnose(lambda x: neuron([x[0]]) + neuron([x[1]]), [[1.0, 2.0]], [0.0], parameters=neuron.parameters())
    assert report.ok


def test_first_node_that_is_not_finite() -> None:
    """Of a number that is not finite the first node and the example are named; so are domains that were left."""
    report = mx.diagnose(nn.Neuron(1, init=[1e200, 0.0]), [[1.0], [1e200]], [0.0, 0.0], loss="l1")
    told = " ".join(str(report).split())
    assert "example 1: the first that is not finite: w·x + b of (1e+200, 0.0, 1e+200) = inf" in told
    w = mx.Value(1.0, "w")
    report = mx.diagnose(lambda x: (w * x[0]).log(), [[1.0], [-1.0]], [0.0, 0.0], parameters=[w])
    assert report.findings[0].kind == "not finite"
    assert "needs x > 0" in str(report)


def test_what_is_not_finite_is_told_in_sentences() -> None:
    """The first inf and the first NaN are two sentences, in which a neuron's sum is called by its formula."""
    report = mx.diagnose(nn.Neuron(2, init=[1e200, 1e200, 0.0]), [[1e200, -1e200]], [0.0])
    (finding,) = report.findings
    assert finding.text == (
        "the first is example 0: the first that is not finite: "
        "w·x + b of (1e+200, 1e+200, 0.0, 1e+200, -1e+200) = nan, of 'w1' and 'w2' and 'b'"
    )
    careless = nn.MLP(1, [1], activation=lambda z: z.exp(), output=lambda z: z.exp(), init=[1000.0, 0.0])
    told = str(mx.diagnose(careless, [[1.0]], [0.0]))
    assert "exp(1000.0) = inf, of 'w·x + b'" in " ".join(told.split())
    w = mx.Value(1e200, "w")
    report = mx.diagnose(lambda x: w * w * x[0] - w * w, [[1.0]], [0.0], parameters=[w])
    assert "of 'w' and 'w'. The first NaN: sub(inf, inf) = nan, of" in report.findings[0].text


@pytest.mark.parametrize("bias", [0.0, 0.5])
def test_weights_of_0_are_told_for_what_they_are(bias: float) -> None:
    """Where nothing is updated because all weights behind are 0, inputs that are 0 are not blamed."""
    model = nn.MLP(2, [4, 1], activation="tanh", init=constant(0.0))
    model.layers[1].neurons[0].b.data = bias
    report = mx.diagnose(model, [[1.0, 2.0], [3.0, 1.0]], [0.0, 1.0])
    (finding,) = [finding for finding in report.findings if finding.kind == "no update"]
    assert finding.remedy.startswith("the weights of layer 2 are 0, so that no error signal comes back")
    lazy = mx.diagnose(nn.MLP(2, [4, 1], activation="tanh"), [[0.0, 2.0], [0.0, 1.0]], [0.0, 1.0])
    (finding,) = [finding for finding in lazy.findings if finding.kind == "no update"]
    assert finding.remedy.startswith("look for inputs that are 0 in all examples")


def test_notes_on_models_without_relus() -> None:
    """A model without ReLUs, or without activations, is told so, and nothing is made up."""
    assert "no ReLUs (it has tanh)" in str(mx.diagnose(nn.MLP(2, [3, 1], activation="tanh"), *MOONS))
    assert "no activation of this library was found" in str(mx.diagnose(nn.Neuron(2), *MOONS))


@pytest.mark.parametrize(
    ("activation", "bias", "kind"),
    [("relu", -9.0, "dead ReLU"), ("tanh", 9.0, "saturated units"), ("tanh", 0.5, "duplicate neurons")],
)
def test_units_that_are_not_named_are_counted(activation: str, bias: float, kind: str) -> None:
    """Of five units with one illness three are named, and the text says that there are two more."""
    model = nn.MLP(2, [5, 1], activation=activation, init=[0.0, 0.0, bias] * 5 + [0.3] * 5 + [0.1])
    (finding,) = [each for each in mx.diagnose(model, *MOONS).findings if each.kind == kind]
    assert "layer 1, 5 of 5 units" in finding.where
    assert "w1[3,1] + … + b1[3] and 2 more" in finding.text
    assert "w1[4,1]" not in finding.text


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (lambda: mx.diagnose(lambda x: x[0], [1.0], [1.0]), TypeError, "parameters=\\[w, b\\]"),
        (lambda: mx.diagnose(3, [1.0], [1.0]), TypeError, "model with parameters"),
        (lambda: mx.diagnose(nn.Neuron(1), [1.0, 2.0], [1.0]), mx.ShapeError, "2 rows"),
        (lambda: mx.diagnose(nn.Neuron(1), [], []), ValueError, "0 rows"),
        (lambda: mx.diagnose(nn.Neuron(1), [1.0], [1.0], loss="msee"), ValueError, "no loss named"),
        (lambda: mx.diagnose(nn.Neuron(2), [1.0], [1.0]), mx.ShapeError, "2 inputs"),
        (lambda: mx.diagnose(lambda x: 2.0, [1.0], [1.0], parameters=[mx.Value(1.0)]), TypeError, "use its parameters"),
    ],
)
def test_wrong_input_is_explained(call: Callable[[], object], error: type[Exception], reason: str) -> None:
    """Data or a model that cannot be diagnosed gives an error that says why and what to write."""
    with pytest.raises(error, match=reason):
        call()


def test_a_hostile_label_is_inert() -> None:
    """Labels are text in the HTML, on one line and of bounded length in the table."""
    model = ByHand(-9.0)
    model.b[1].label = "<script>\n" + "x" * 10_000
    report = mx.diagnose(model, [[1.0], [2.0]], [0.0, 1.0])
    assert "<script>" not in report._repr_html_()
    assert max(map(len, str(report).splitlines())) <= 120


def test_a_parameter_that_is_listed_twice_is_one() -> None:
    """Tied weights, which a model of one's own may list twice, count once."""
    v, w, b = mx.Value(1.0, "v"), mx.Value(0.5, "w"), mx.Value(-50.0, "b")

    def model(x: list[Any]) -> Any:
        return v * (w * x[0] + b).relu() + w * x[1]

    def told(parameters: list[mx.Value]) -> str:
        return str(mx.diagnose(model, [[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0], parameters=parameters))

    assert told([v, w, v, b]) == told([v, w, b])
    assert "2 of 3 parameters" in told([v, w, v, b])
