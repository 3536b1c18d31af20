"""Training of functions with Python's ifs in machine code: the steps that Values make, each row along its own path."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.training.gradient import CompiledGradient
from microgradx.nn import MLP, Layer, Module

from .machine_lanes import targets
from .test_training import OPTIMIZERS, SETTINGS

N = 23
X = [[math.sin(3 * i), math.cos(2 * i)] for i in range(N)]
Y = [1.8 * math.sin(i) for i in range(N)]


def huber(prediction: Any, target: Any) -> Any:
    """Return the Huber loss, of three paths."""
    d = prediction - target
    if d > 1:
        return d - 0.5
    if d < -1:
        return -d - 0.5
    return d * d / 2


def hinge(prediction: Any, target: Any) -> Any:
    """Return the hinge loss, of two paths, on one of which nothing is learnt."""
    margin = 1 - prediction * (1 if target > 0 else -1)
    return margin if margin > 0 else 0.0 * margin


class Leaky(Module):
    """A network whose three hidden units choose by `if`; the slope of one arm is a Value that is no parameter."""

    def __init__(self) -> None:
        self.layers = [Layer(2, 3, seed=1), Layer(3, 1, seed=2)]
        self.slope = [Value(0.1)]

    def parameters(self) -> list[Value]:
        """Return all but the slope."""
        return [v for layer in self.layers for v in layer.parameters()]

    def __call__(self, x: Any) -> Any:
        """Return the output."""
        hidden = [z if z > 0 else self.slope[0] * z for z in self.layers[0](x)]
        return self.layers[1](hidden)[0]


def tanh_net() -> MLP:
    """Return a small network without ifs."""
    return MLP(2, [5, 1], activation="tanh")


MODELS: dict[str, tuple[Callable[[], Any], Any]] = {
    "huber": (tanh_net, huber),
    "hinge": (tanh_net, hinge),
    "leaky": (Leaky, lambda y, t: (y - t) ** 2 / 8),
    "both": (Leaky, huber),
}


def trained(name: str, make: Any = OPTIMIZERS["SGD"], **settings: Any) -> tuple[Any, Any, Any]:
    """Return losses, weights and the optimiser's state after four epochs."""
    model, loss = MODELS[name][0](), MODELS[name][1]
    optimizer = make()
    history = mx.fit(model, X, Y, loss=loss, optimizer=optimizer, **({"epochs": 4} | settings))
    assert history.by == ("llvm" if settings.get("compile", True) else "Values")
    return history.loss, [v.data for v in model.parameters()], optimizer.state_dict()["state"]


@pytest.fixture
def by_python(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many rows each step has that Python asks a gradient for."""
    asked: list[int] = []
    ask = CompiledGradient.__call__

    def noted(self: CompiledGradient, rows: Any) -> float:
        asked.append(len(rows))
        return ask(self, rows)

    monkeypatch.setattr(CompiledGradient, "__call__", noted)
    return asked


WAYS = [(s, o) for s in SETTINGS for o in ("SGD", "momentum", "Adam") if o == "SGD" or s in ("one row", "batches")]
"""Settings, and optimisers to try them with."""


@pytest.mark.parametrize(("settings", "optimizer"), WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_strict_training_is_that_on_values(name: str, optimizer: str, settings: str) -> None:
    """With strict=True losses, weights and the optimiser's memory are those of Values bit for bit."""
    make, given = OPTIMIZERS[optimizer], SETTINGS[settings]
    assert trained(name, make, strict=True, **given) == trained(name, make, compile=False, **given)


@pytest.mark.parametrize(("settings", "optimizer"), WAYS)
@pytest.mark.parametrize("name", ["huber", "both"])
def test_default_training_differs_by_roundings(name: str, optimizer: str, settings: str) -> None:
    """By default the results are those of Values but for roundings, and the same in every run."""
    make, given = OPTIMIZERS[optimizer], SETTINGS[settings]
    found, exact = trained(name, make, **given), trained(name, make, compile=False, **given)
    assert found == trained(name, make, **given)
    assert found[0] == pytest.approx(exact[0], rel=1e-9)
    assert found[1] == pytest.approx(exact[1], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("size", [None, 1, 4, 9])
@pytest.mark.parametrize("name", ["hinge", "both"])
def test_all_steps_are_machine_code(by_python: list[int], name: str, size: int | None, strict: bool) -> None:
    """Python makes no step: paths that come up are traced, and the machine goes on with them."""
    trained(name, batch_size=size, strict=strict)
    assert by_python == []
    trained(name, OPTIMIZERS["Adam"], batch_size=size, strict=strict)
    assert by_python == [size or N]  # the first, which makes the optimiser's memory


@pytest.mark.parametrize("strict", [False, True])
def test_results_do_not_depend_on_how_many_steps_a_call_makes(monkeypatch: pytest.MonkeyPatch, strict: bool) -> None:
    """One call for all steps, or many for a few each, give the same bits."""
    for size, optimizer in ((1, "SGD"), (4, "momentum")):
        given: dict[str, Any] = {"batch_size": size, "strict": strict, "epochs": 7}
        found = trained("huber", OPTIMIZERS[optimizer], **given)
        assert trained("huber", OPTIMIZERS[optimizer], callbacks=lambda run: None, **given) == found
        for rows in (1, 17):
            monkeypatch.setattr(import_module("microgradx.compile.training.native_steps"), "ROWS", rows)
            assert trained("huber", OPTIMIZERS[optimizer], **given) == found
        monkeypatch.undo()


def program_on(target: Any, strict: bool, **settings: Any) -> list[float]:
    """Return the losses and weights of training for a processor, the host's by NumPy without one."""
    model = MLP(2, [3, 1], activation="tanh")
    program = mx.compile(
        lambda x, y: huber(model(x), y), model.parameters(), strict=strict, target="numpy", cache=False
    )
    if target is not None:
        program._backend = LlvmBackend(None, target)
    history = program.train(X, Y, optimizer=mx.optim.SGD(lr=0.05), epochs=2, **settings)
    return [*history.loss, *(v.data for v in model.parameters())]


@pytest.mark.parametrize("size", [1, 12])
def test_training_is_alike_on_every_processor(size: int) -> None:
    """Machine code gives the bits of NumPy in strict mode, and by default the same but for roundings."""
    exact = program_on(None, True, batch_size=size)
    for target in targets():
        assert program_on(target, True, batch_size=size) == exact
        assert program_on(target, False, batch_size=size) == pytest.approx(exact, rel=1e-9, abs=1e-12)
