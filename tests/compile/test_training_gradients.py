"""What `grad` holds after training, and in callbacks: the gradient of the last step, whoever made it."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import optim
from microgradx.nn import MLP
from tests.compile.test_training_schedules import Bent

rng = np.random.default_rng(0)
X = rng.normal(size=(23, 2)).tolist()
Y = rng.normal(size=23).tolist()

OPTIMISERS: dict[str, Callable[[], Any]] = {
    "SGD": lambda: optim.SGD(lr=0.05),
    "momentum": lambda: optim.SGD(lr=0.05, momentum=0.9),
    "weight decay": lambda: optim.SGD(lr=0.05, weight_decay=0.1),
    "Adam": lambda: optim.Adam(lr=0.05),
}

SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "l2": {"l2": 0.1},
    "by value": {"clip_value": 0.05},
    "by norm": {"clip_norm": 0.1},
    "both": {"l2": 0.1, "clip_value": 0.05, "clip_norm": 0.1},
    "schedule": {"schedule": mx.schedules.WarmUp(2, then=mx.schedules.Cosine(4))},
}

MODELS: dict[str, Callable[[], Any]] = {"one path": lambda: MLP(2, [5, 1], activation="tanh", seed=0), "paths": Bent}


def grads(model: mx.nn.Module) -> list[float]:
    """Return all gradients."""
    return [v.grad for v in model.parameters()]


def found(make: Callable[[], Any], watched: bool, **given: Any) -> tuple[list[list[float]], list[float], list[float]]:
    """Return the gradients that a callback read, those after the training, and the weights."""
    model, read = make(), list[list[float]]()
    callbacks = [lambda run: read.append(grads(run.model))] if watched else []
    mx.fit(model, X, Y, epochs=3, callbacks=callbacks, **given)
    return read, grads(model), [v.data for v in model.parameters()]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [1, 7, None])
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_gradients_are_those_of_the_last_step(optimiser: str, settings: str, size: int | None, model: str) -> None:
    """After training and in callbacks gradients are what they are on Values, bit for bit if it is strict."""
    given = {"batch_size": size, **SETTINGS[settings]}
    for watched in (True, False):
        eager, strict, default = (
            found(MODELS[model], watched, optimizer=OPTIMISERS[optimiser](), **given, **how)
            for how in ({"compile": False}, {"strict": True}, {})
        )
        assert strict == eager
        assert default[1] == pytest.approx(eager[1], rel=1e-9, abs=1e-12)
        assert np.array(default[0]) == pytest.approx(np.array(eager[0]), rel=1e-9, abs=1e-12)
        assert len(eager[0]) == 3 * watched
        assert any(eager[1])


def trained(model: Any, compiled: bool = True, **given: Any) -> Any:
    """Return a model after steps of gradient descent on single rows, bit for bit those of Values."""
    given = {"epochs": 2, "batch_size": 1, "strict": True, "optimizer": optim.SGD(lr=0.05), **given}
    mx.fit(model, X, Y, compile=compiled, **given)
    return model


def test_what_reads_gradients_finds_them() -> None:
    """Backward adds to the gradients that training left; copies, steps and text have them, and zero_grad ends them."""
    model, eager = (trained(MLP(2, [5, 1], seed=0), compiled) for compiled in (True, False))
    last = grads(eager)
    for one in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert grads(one) == last
    for m in (model, eager):
        (m(X[0]) * sum(m(x) for x in X)).backward()
    assert grads(model) == grads(eager) != last
    model, eager = (trained(MLP(2, [5, 1], seed=0), compiled) for compiled in (True, False))
    assert repr(model.parameters()[0]) == repr(eager.parameters()[0])
    model, eager = (trained(MLP(2, [5, 1], seed=0), compiled) for compiled in (True, False))
    for m in (model, eager):
        optim.SGD(m.parameters(), lr=0.5).step()
    assert [v.data for v in model.parameters()] == [v.data for v in eager.parameters()]
    trained(model, optimizer=(optimizer := optim.SGD(model.parameters(), lr=0.05)))
    optimizer.zero_grad()
    assert not any(grads(model))


@pytest.mark.parametrize("target", ["llvm", "numpy"])
@pytest.mark.parametrize("size", [1, 5, None])
def test_gradients_are_those_of_the_rows_and_numbers_at_training(target: str, size: int | None) -> None:
    """What changes after training, rows, weights or other Values, changes nothing in the gradient that it left."""
    model, scale = MLP(2, [5, 1], seed=0), mx.Value(2.0)
    x, y = np.array(X), np.array(Y)
    program = mx.compile(
        lambda x, y: scale * (model(x) - y) ** 2, parameters=model.parameters(), target=target, strict=True
    )
    same = MLP(2, [5, 1], seed=0)
    program.train(x, y, optimizer=optim.SGD(lr=0.05), epochs=2, batch_size=size)
    x[:], y[:], scale.data = 1.0, 2.0, 7.0
    for v in model.parameters():
        v.data += 1.0
    given: dict[str, Any] = {"optimizer": optim.SGD(lr=0.05), "epochs": 2, "batch_size": size, "compile": False}
    mx.fit(same, X, Y, loss=lambda y, t: 2.0 * (y - t) ** 2, **given)
    assert grads(model) == grads(same)


@pytest.mark.parametrize("seed", range(4))
def test_gradients_of_rows_of_several_shapes(seed: int) -> None:
    """A last row of another shape than the first leaves its own gradient."""
    rows, targets = [[1.0], [2.0, 3.0], [0.5], [1.5, -1.0], [4.0, 1.0]], [1.0, 2.0, 3.0, 4.0, 5.0]
    w, same = ([mx.Value(0.5), mx.Value(-0.25)] for _ in range(2))

    def loss(x: Any, t: Any, w: list[mx.Value]) -> Any:
        return (sum(w[1] * xᵢ for xᵢ in x) + w[0] - t) ** 2

    program = mx.compile(lambda x, t: loss(x, t, w), parameters=w, strict=True)
    program.train(rows, targets, optimizer=optim.SGD(lr=0.01), epochs=2, batch_size=1, seed=seed)
    optimizer = optim.SGD(same, lr=0.01)
    for epoch in range(2):
        order = list(range(5))
        random.Random(f"{seed} {epoch}").shuffle(order)
        for i in order:
            optimizer.zero_grad()
            loss(rows[i], targets[i], same).backward()
            optimizer.step()
    assert [(v.data, v.grad) for v in w] == [(v.data, v.grad) for v in same]


@pytest.mark.parametrize("patience", [None, 1])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_training_that_ends_early_leaves_the_gradient_of_its_last_step(
    error: type[BaseException], patience: int | None
) -> None:
    """A callback, or a schedule, that ends training leaves the same gradients as on Values."""

    def callback(run: Any) -> None:
        if run.epoch == 2:
            raise error

    def schedule(t: float) -> float:
        return 1.0 / (2.0 - t) if t != 2.0 else 1.0 / 0.0

    for given in ({"callbacks": callback}, {"schedule": schedule}):
        found = []
        for compiled in (True, False):
            model = MLP(2, [5, 1], seed=0)
            with suppress(ZeroDivisionError):
                trained(model, compiled, epochs=9, patience=patience, validation=0.3, **given)
            found.append(grads(model))
        assert found[0] == found[1]
        assert any(found[0])


@pytest.mark.parametrize("size", [1, None])
def test_a_training_of_another_function_leaves_no_gradient(size: int | None) -> None:
    """Where the function is found to have changed, weights are as before, and gradients 0."""
    model, scale = MLP(2, [5, 1], seed=0), [1.0]
    program = mx.compile(lambda x, y: scale[0] * (model(x) - y) ** 2, parameters=model.parameters())
    before = [v.data for v in model.parameters()]
    given: dict[str, Any] = {"batch_size": size, "callbacks": lambda run: scale.append(scale.pop() + 1.0)}
    with pytest.raises(mx.TraceError):
        program.train(X, Y, optimizer=optim.SGD(lr=0.05), epochs=2, **given)
    assert [v.data for v in model.parameters()] == before
    assert not any(grads(model))
