"""Training, compiled: the weights, losses and optimiser states that Values give, and never silently on Values."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import microgradx as mx
from microgradx.nn import MLP, Module

X = [[math.sin(3 * i), math.cos(2 * i)] for i in range(11)]
Y = [math.sin(i) for i in range(11)]

OPTIMIZERS = {
    "SGD": lambda: mx.optim.SGD(lr=0.05),
    "decay": lambda: mx.optim.SGD(lr=0.05, weight_decay=0.01),
    "momentum": lambda: mx.optim.SGD(lr=0.05, momentum=0.9),
    "nesterov": lambda: mx.optim.SGD(lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda: mx.optim.Adam(lr=0.05),
    "AdamW": lambda: mx.optim.AdamW(lr=0.05),
    "RMSprop": lambda: mx.optim.RMSprop(lr=0.01, centered=True, momentum=0.5),
}
SETTINGS: dict[str, dict[str, Any]] = {
    "full batch": {},
    "one row": {"batch_size": 1},
    "batches": {"batch_size": 4},
    "L2": {"batch_size": 4, "l2": 0.1},
    "clip by value": {"batch_size": 4, "clip_value": 0.02, "l2": 0.1},
    "clip by norm": {"batch_size": 4, "clip_norm": 0.1},
    "schedule": {"batch_size": 4, "schedule": mx.schedules.Cosine(3)},
}


def trained(
    make: Any = OPTIMIZERS["SGD"], y: Any = Y, shape: Any = (5, 1), **settings: Any
) -> tuple[Any, Any, Any, str]:
    """Return losses, weights and the optimiser's state after three epochs, and what computed them."""
    model = MLP(2, list(shape), activation="tanh")
    optimizer = make()
    history = mx.fit(model, X, y, optimizer=optimizer, **({"epochs": 3} | settings))
    return history.loss, [v.data for v in model.parameters()], optimizer.state_dict()["state"], history.by


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_strict_training_is_bit_equal(optimizer: str, settings: str) -> None:
    """With strict=True, losses, weights and the optimiser's memory are those of Values to the last bit."""
    make, given = OPTIMIZERS[optimizer], SETTINGS[settings]
    compiled = trained(make, strict=True, **given)
    assert compiled[:3] == trained(make, compile=False, **given)[:3]
    assert compiled[3] == "llvm"


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_default_training_differs_by_roundings(optimizer: str, settings: str) -> None:
    """By default the results are those of Values but for roundings, and the same in every run."""
    make, given = OPTIMIZERS[optimizer], SETTINGS[settings]
    compiled, again, exact = trained(make, **given), trained(make, **given), trained(make, compile=False, **given)
    assert compiled == again
    assert compiled[0] == pytest.approx(exact[0], rel=1e-9)
    assert compiled[1] == pytest.approx(exact[1], rel=1e-9, abs=1e-12)


LOSSES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "mse": (Y, (5, 1)),
    "l1": (Y, (5, 1)),
    "bce_with_logits": ([float(t > 0) for t in Y], (5, 1)),
    "hinge": ([1 if t > 0 else -1 for t in Y], (5, 1)),
    "cross_entropy": ([i % 3 for i in range(11)], (5, 3)),
    "squared_error": ([[t, -t] for t in Y], (5, 2)),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains_compiled(loss: str, strict: bool) -> None:
    """Losses with classes, with several outputs, and with checks of their targets compile, and train alike."""
    y, shape = LOSSES[loss]
    for size in (None, 3):
        compiled = trained(y=y, shape=shape, loss=loss, strict=strict, batch_size=size)
        exact = trained(y=y, shape=shape, loss=loss, compile=False, batch_size=size)
        assert compiled[3] == "llvm"
        if strict:
            assert compiled[:2] == exact[:2]
        else:
            assert compiled[1] == pytest.approx(exact[1], rel=1e-9, abs=1e-12)


def test_one_hot_targets_are_classes() -> None:
    """A class trains alike as a number and as one of several that is not 0."""
    classes, shape = LOSSES["cross_entropy"]
    one_hot = [[float(k == c) for k in range(3)] for c in classes]
    given = {"shape": shape, "loss": "cross_entropy", "strict": True}
    assert trained(y=one_hot, **given) == trained(y=classes, **given)


class Recurrent(Module):
    """A model that takes sequences of any length."""

    def __init__(self) -> None:
        self.w = [mx.Value(w) for w in (0.5, -0.25, 0.125, 0.75)]

    def __call__(self, x: Any) -> Any:
        h: Any = 0.0
        for entry in x:
            h = mx.tanh(self.w[0] * entry + self.w[1] * h + self.w[2])
        return self.w[3] * h


@pytest.mark.parametrize("size", [None, 1, 4])
@pytest.mark.parametrize("validation", [None, 0.3, ([[0.5, 2.0], [1.5], [0.5, 1.0]], [1.0, -1.0, 0.5])])
def test_rows_of_any_length_train_right(validation: Any, size: int | None) -> None:
    """Rows of several lengths train a model that takes them, with losses and predictions in the order of the rows."""
    rows, found = [X[i][: 1 + i % 2] * (1 + i % 3) for i in range(len(X))], {}
    for name, how in {"values": {"compile": False}, "strict": {"strict": True}, "default": {}}.items():
        model, seen = Recurrent(), list[Any]()
        metrics = {"first": lambda predictions, targets, seen=seen: seen.extend(predictions) or predictions[0]}
        history = mx.fit(model, rows, Y, epochs=3, batch_size=size, validation=validation, metrics=metrics, **how)
        found[name] = [*history.loss, *(history.validation_loss or []), *seen, *[v.data for v in model.w]]
        assert (history.by == "llvm") is (name != "values")
    assert found["strict"] == found["values"]
    assert found["default"] == pytest.approx(found["values"], rel=1e-12)


class Branching(Module):
    """A model whose path depends on its weights."""

    def __init__(self) -> None:
        self.w, self.b = mx.Value(0.01, "w"), mx.Value(0.0, "b")

    def __call__(self, x: Any) -> Any:
        z = self.w * x[0] + self.b
        return z if z > 0 else 0.1 * z


@pytest.mark.parametrize("size", [None, 1, 4])
def test_branches_that_weights_decide_train_right(size: int | None) -> None:
    """Rows that change from path to path while weights change go along the right one, in any mode."""
    found = {}
    for name, how in {"values": {"compile": False}, "strict": {"strict": True}, "default": {}}.items():
        model = Branching()
        history = mx.fit(model, X, Y, optimizer=mx.optim.SGD(lr=0.3), epochs=6, batch_size=size, **how)
        found[name] = [*history.loss, model.w.data, model.b.data]
    assert found["strict"] == found["values"]
    assert found["default"] == pytest.approx(found["values"], rel=1e-12)


def test_what_cannot_be_compiled_says_so() -> None:
    """A loss that needs plain numbers trains on Values, with one line that says why; compile=False says nothing."""

    def loss(y: Any, t: Any) -> Any:
        return (y - t) ** 2 * math.exp(0.0 * float(getattr(y, "data", y)))

    with pytest.warns(UserWarning, match=r"fit trains on Values, not compiled: .*\.data at test_training\.py:\d+"):
        history = mx.fit(MLP(2, [1]), X, Y, loss=loss, epochs=1)
    assert history.by.startswith("Values, because")
    assert mx.fit(MLP(2, [1]), X, Y, loss=loss, epochs=1, compile=False).by == "Values"


def test_a_rule_that_cannot_be_compiled_still_trains() -> None:
    """An optimiser whose rule needs plain numbers steps in Python, and gradients stay compiled."""

    class Sign(mx.optim.Optimizer):
        def __init__(self, lr: float) -> None:
            super().__init__(None, lr=lr)

        def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
            moved = [wᵢ - math.copysign(hyper["lr"], gᵢ) for wᵢ, gᵢ in zip(w, g, strict=True)]
            return mx.optim.Update(moved, {})

    assert trained(lambda: Sign(0.01), strict=True, batch_size=4)[3] == "llvm"
    given: dict[str, Any] = {"batch_size": 4}
    assert (
        trained(lambda: Sign(0.01), strict=True, **given)[:2] == trained(lambda: Sign(0.01), compile=False, **given)[:2]
    )


def test_resumed_in_the_middle_it_is_bit_equal() -> None:
    """Epochs made in two runs, the second from the first's checkpoint, give what one run gives."""
    for strict in (False, True):
        whole, part = MLP(2, [5, 1]), MLP(2, [5, 1])
        given: dict[str, Any] = {"batch_size": 3, "strict": strict}
        full = mx.fit(whole, X, Y, epochs=5, **given)
        first = mx.fit(part, X, Y, epochs=2, **given)
        again = mx.fit(part, X, Y, epochs=5, resume=first, **given)
        assert again == full
        assert again.by == full.by == "llvm"
        assert [v.data for v in part.parameters()] == [v.data for v in whole.parameters()]


def test_a_run_stays_with_its_arithmetic() -> None:
    """A run begun compiled is not resumed on Values, which round in another way; a strict one is."""
    model = MLP(2, [5, 1])
    first = mx.fit(model, X, Y, epochs=1)
    with pytest.raises(mx.LoadError, match="arithmetic 'llvm', which is now 'exact'"):
        mx.fit(model, X, Y, epochs=2, resume=first, compile=False)
    strict = mx.fit(MLP(2, [5, 1]), X, Y, epochs=1, strict=True)
    assert len(mx.fit(MLP(2, [5, 1]), X, Y, epochs=2, resume=strict, compile=False).loss) == 2


def test_validation_and_metrics_are_compiled() -> None:
    """The validation loss and the metrics of compiled training are those of Values, computed without them."""
    y = [i % 2 for i in range(11)]
    given: dict[str, Any] = {"loss": "bce_with_logits", "metrics": ["accuracy"], "validation": 0.3, "epochs": 4}
    exact, compiled = (mx.fit(MLP(2, [5, 1]), X, y, **given, **how) for how in ({"compile": False}, {"strict": True}))
    assert compiled == exact
    assert compiled.validation_loss == exact.validation_loss


def test_batches_of_rows_that_differ_in_shape() -> None:
    """Whether the rows of a batch have one length or two, as those of the first one here, a step is that on Values."""
    rows = [[1.0], [1.0, 2.0], [2.0], [0.5, 1.0]]
    w = mx.Value(0.1, "w")

    def loss(xs: Any) -> Any:
        return sum(((w * x - 1.0) ** 2 for x in xs), 0.0)

    program = mx.compile(loss, [w], strict=True)
    program.train(rows, optimizer=mx.optim.SGD(lr=0.01), epochs=3, batch_size=2)
    trained, w.data, lengths = w.data, 0.1, []
    for epoch in range(3):
        order = list(range(4))
        random.Random(f"0 {epoch}").shuffle(order)
        for batch in (order[:2], order[2:]):
            w.grad = 0.0
            for i in batch:
                loss(rows[i]).backward(0.5)
            w.data -= 0.01 * w.grad
            lengths.append(len({len(rows[i]) for i in batch}))
    assert (trained, lengths[0], min(lengths)) == (w.data, 2, 1)
