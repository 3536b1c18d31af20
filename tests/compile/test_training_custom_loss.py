"""Losses that users write, given to fit: classes compile, random numbers do not, and the true reason is told."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.losses import cross_entropy, nll_loss
from microgradx.nn import MLP, Module, Neuron

X = [[math.sin(3 * i), math.cos(2 * i)] for i in range(12)]
CLASSES = [i % 3 for i in range(12)]
WEIGHTS = [1.0, 2.0, 0.5]
OURS = np.random.default_rng(1)

OF_CLASSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross_entropy": lambda p, t: cross_entropy(p, t),
    "nll_loss": lambda p, t: nll_loss(mx.log_softmax(p), t),
    "weighted": lambda p, t: cross_entropy(p, t) * mx.lookup(WEIGHTS, t),
    "asked which": lambda p, t: cross_entropy(p, t) * (2.0 if t == 0 else 1.0),
}


def trained(loss: Any, y: Any = CLASSES, **how: Any) -> tuple[list[float], list[float], str]:
    """Return losses, weights and what trained a small classifier."""
    model = MLP(2, [4, 3])
    history = mx.fit(model, X, y, loss=loss, epochs=4, batch_size=5, **how)
    return history.loss, [v.data for v in model.parameters()], history.by


@pytest.mark.parametrize("name", OF_CLASSES)
def test_a_custom_loss_of_classes_compiles(name: str) -> None:
    """Without a warning, and with strict the losses and weights are those of Values bit for bit."""
    on_values = trained(OF_CLASSES[name], compile=False)
    strict = trained(OF_CLASSES[name], strict=True)
    assert strict[:2] == on_values[:2]
    default = trained(OF_CLASSES[name])
    assert default[0] == pytest.approx(on_values[0], rel=1e-12)
    assert not strict[2].startswith("Values")
    assert not default[2].startswith("Values")


ONE_HOT = [[float(k == c) for k in range(3)] for c in CLASSES]


@pytest.mark.parametrize("loss", ["cross_entropy", OF_CLASSES["cross_entropy"]], ids=["named", "own"])
def test_strict_leaves_to_values_what_they_round_otherwise(loss: Any) -> None:
    """A one-hot target among others, or of a loss of one's own, is a class on Values: strict training says so."""
    for y in [[[0.25, 0.25, 0.5], *ONE_HOT[1:]], *[ONE_HOT] * callable(loss)]:
        with pytest.warns(UserWarning, match="strict=True takes classes as ints"):
            found = trained(loss, y, strict=True)
        assert found[:2] == trained(loss, y, compile=False)[:2]


@pytest.mark.parametrize("y", [ONE_HOT, [[1.0, 2.0, -1.0], *ONE_HOT[1:]]], ids=["one-hot", "mixed"])
def test_lists_for_a_loss_that_knows_no_classes_are_compiled(y: Any) -> None:
    """Where a loss takes no probabilities it is of no matter whether a target is one-hot."""
    found = trained("mse", y, strict=True)
    assert not found[2].startswith("Values")
    assert found[:2] == trained("mse", y, compile=False)[:2]


REASONS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "random": (lambda p, t: cross_entropy(p, t) * random.random(), "the model or the loss draws random numbers"),
    "data": (
        lambda p, t: cross_entropy(p, t) * (1.0 if p[0].data > -99.0 else 2.0),
        r"v\.data at test_training_custom_loss\.py:\d+",
    ),
    "weights[t]": (lambda p, t: cross_entropy(p, t) * WEIGHTS[t], r"use as an index at .* write mx\.lookup"),
    "a set": (lambda p, t: cross_entropy(p, t) * (1.0 + (t in {1, 2})), r"use as a key at .* mx\.lookup"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_does_not_compile_in_a_loss_of_classes_is_told(name: str) -> None:
    """The warning gives the reason that stands in the way, and not that of an attempt before."""
    loss, reason = REASONS[name]
    with pytest.warns(UserWarning, match=f"fit trains on Values, not compiled: {reason}") as told:
        assert trained(loss)[2].startswith("Values, because")
    assert [each.filename for each in told] == [__file__]


def test_classes_that_are_floats_are_told_of() -> None:
    """Targets that are no ints are numbers, not classes: the warning says to give ints."""
    with pytest.warns(UserWarning, match="use as a class at .* give fit its y as ints"):
        mx.fit(MLP(2, [3]), X, list(map(float, CLASSES)), loss=lambda p, t: cross_entropy(p, t), epochs=1)


class Dropout(Module):
    """A hidden layer of which each unit is left out with probability p, by random numbers that `draw` gives."""

    def __init__(self, p: float, draw: Callable[[], float]) -> None:
        self.hidden, self.last, self.p, self.draw = MLP(2, [5], activation="tanh"), Neuron(5), p, draw

    def __call__(self, x: Any) -> Any:
        return self.last([v if self.draw() >= self.p else 0.0 for v in self.hidden(x)])


class Held(Dropout):
    """The same with a generator that the model holds."""

    def __init__(self, p: float, seed: int) -> None:
        super().__init__(p, lambda: 0.0)
        self.rng = random.Random(seed)

    def __call__(self, x: Any) -> Any:
        return self.last([v if self.rng.random() >= self.p else 0.0 for v in self.hidden(x)])


@pytest.mark.parametrize("p", [0.0, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["shared", "NumPy", "held"])
def test_a_model_that_draws_trains_on_values(p: float, seed: int, kind: str) -> None:
    """Whatever the numbers drawn, fit says once that there are some, at the user's line, and compiles nothing."""
    random.seed(seed)
    shared, numpys = (lambda: random.random()), (lambda: float(OURS.random()))
    model = Held(p, seed) if kind == "held" else Dropout(p, numpys if kind == "NumPy" else shared)
    with pytest.warns(UserWarning, match="fit trains on Values") as told:
        history = mx.fit(model, X, [x[0] for x in X], epochs=2)
    assert history.by == "Values, because the model or the loss draws random numbers"
    assert [each.filename for each in told] == [__file__]


def test_a_model_that_could_draw_and_does_not_compiles() -> None:
    """A generator that is held and not drawn from, as after training with dropout, stands in no way."""

    class Resting(Held):
        def __call__(self, x: Any) -> Any:
            return self.last(self.hidden(x))

    history = mx.fit(Resting(0.5, 0), X, [x[0] for x in X], epochs=2)
    assert not history.by.startswith("Values")


def test_a_draw_on_a_later_path_ends_training() -> None:
    """Where examples draw that are met late, model and weights are as before, and the error says why."""
    model = Neuron(2, init=[0.5, 0.5, 0.0])

    def loss(y: Any, t: Any) -> Any:
        return (y - t) ** 2 * (random.random() if y < -50.0 else 1.0)

    before = [v.data for v in model.parameters()]
    with pytest.raises(mx.TraceError, match="the model or the loss draws random numbers"):
        mx.fit(model, X, [-1e3] * len(X), loss=loss, epochs=50, optimizer=mx.optim.SGD(lr=0.1))
    assert [v.data for v in model.parameters()] == before


def test_train_says_where_a_learning_rate_goes() -> None:
    """A setting of an optimiser is no setting of train, and neither is a model a loss."""
    model = MLP(2, [1])
    program = mx.compile(lambda x, y: (model(x) - y) ** 2, parameters=model.parameters())
    with pytest.raises(TypeError, match=r"no setting 'lr'; write optimizer=mx\.optim\.SGD\(lr=0\.1\)"):
        program.train(X, CLASSES, lr=0.1)
    with pytest.raises(TypeError, match=r"no setting 'betas'; write optimizer=mx\.optim\.Adam\(betas=\(0\.9, 0\.9\)\)"):
        program.train(X, CLASSES, betas=(0.9, 0.9))
    with pytest.raises(TypeError, match="no setting 'epoch'; did you mean 'epochs'"):
        program.train(X, CLASSES, epoch=3)
    with pytest.raises(TypeError, match=r"but 2 were given; what is trained is a loss: write mx\.fit\(model, X, y\)"):
        mx.compile(model, parameters=model.parameters()).train(X, CLASSES)
