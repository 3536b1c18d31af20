"""The native loop of training: many steps at once, whoever looks on, and on every processor."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.llvm.backend import LlvmBackend
from microgradx.compile.outside import Outside
from microgradx.compile.program import Program
from microgradx.compile.sentinel import REPAID, Sentinel
from microgradx.compile.trace import trace
from microgradx.compile.training import Compiled
from microgradx.nn import MLP
from microgradx.train.examples import examples
from microgradx.train.settings import Settings
from microgradx.train.steps import Position

from .machine_lanes import targets
from .test_training import OPTIMIZERS, X, Y, trained


def leap_of(make: Any, **settings: Any) -> Any:
    """Return what makes many steps at once for a small network."""
    model = MLP(2, [5, 1])
    optimizer = make()
    optimizer.bind(model.parameters())
    usual = {"epochs": 1, "batch_size": 1, "l2": 0.0, "seed": 0, "patience": None, "schedule": None}
    work = Compiled(model, mx.losses.mse_loss, examples(X, Y), [], False)
    return work.leap(optimizer, Settings(**(usual | {"clip_norm": None, "clip_value": None} | settings))), optimizer


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_whole_epoch_is_one_call(optimizer: str) -> None:
    """Machine code makes all steps of an epoch at once, for every optimiser of this library."""
    leap, bound = leap_of(OPTIMIZERS[optimizer])
    if (steps := leap(Position(), 1)) is None:  # the first step, which makes the optimiser's memory, is Python's
        bound.step()
        steps = leap(Position(), 1)
    assert leap.reason == ""
    assert (len(steps.totals), steps.batch) == (1, 11)


def test_the_order_is_that_of_the_settings() -> None:
    """Machine code shuffles as `Settings.batches` does."""
    import numpy as np

    from microgradx.compile.llvm.backend import LlvmBackend

    for n in (1, 2, 3, 100, 1000, 65_537):
        order = list(range(n))
        random.Random(f"7 {n}").shuffle(order)
        found = np.empty(n, np.int64)
        LlvmBackend().loop(strict=True).shuffle(found, f"7 {n}")
        assert found.tolist() == order


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("size", [None, 1, 4])
def test_many_epochs_at_once_are_epochs_one_by_one(
    monkeypatch: pytest.MonkeyPatch, size: int | None, strict: bool
) -> None:
    """Losses and weights do not depend on how many steps a call makes, nor on whether somebody watches each epoch."""
    for optimizer in ("SGD", "Adam"):
        given: dict[str, Any] = {"epochs": 7, "batch_size": size, "strict": strict, "l2": 0.01}
        found = [
            trained(OPTIMIZERS[optimizer], **given),
            trained(OPTIMIZERS[optimizer], callbacks=lambda run: None, **given),
        ]
        for rows in (1, 5, 17):
            monkeypatch.setattr(import_module("microgradx.compile.leap"), "ROWS", rows)
            found.append(trained(OPTIMIZERS[optimizer], **given))
        assert all(other == found[0] for other in found)
        monkeypatch.undo()


def trained_on(target: Any, make: Any, strict: bool, **settings: Any) -> list[float]:
    """Return the losses and weights of training for a processor, the host's by NumPy without one."""
    model = MLP(2, [5, 3, 1], activation="relu")
    program = Program(lambda x, y: (model(x) - y) ** 2, model.parameters(), (), strict, "numpy")
    if target is not None:
        program._backend = LlvmBackend(None, target)
    history = program.train(X, Y, optimizer=make(), epochs=4, batch_size=3, **settings)
    return [*history.loss, *(v.data for v in model.parameters())]


@pytest.mark.parametrize("settings", [{}, {"l2": 0.1, "clip_value": 0.02}, {"clip_norm": 0.1}], ids=str)
def test_training_is_alike_on_every_processor(settings: dict[str, Any]) -> None:
    """The loop gives the bits of NumPy in strict mode, and by default the same but for roundings."""
    for optimizer in ("SGD", "Adam"):
        exact = trained_on(None, OPTIMIZERS[optimizer], True, **settings)
        for target in targets():
            assert trained_on(target, OPTIMIZERS[optimizer], True, **settings) == exact
            assert trained_on(target, OPTIMIZERS[optimizer], False, **settings) == pytest.approx(exact, rel=1e-9)
        assert trained_on(None, OPTIMIZERS[optimizer], True, seed=1, **settings) != exact


def test_orders_are_shuffled_alike_on_every_processor() -> None:
    """An order is Python's on every processor, and another one for another seed."""
    for target in targets():
        native, found = LlvmBackend(None, target).loop(strict=False), np.empty(700, np.int64)
        for seed in ("0 0", "-3 17", "12345678901234567890 4"):
            order = list(range(700))
            random.Random(seed).shuffle(order)
            native.shuffle(found, seed)
            assert found.tolist() == order
            native.shuffle(found, seed + "1")
            assert found.tolist() != order


def test_looks_after_training_are_repaid() -> None:
    """After its first training a function is looked at again only when as much was computed as a look costs."""

    def f(x: Any) -> Any:
        return x * 2.0 + 1.0

    recording = trace(f, [()])
    sentinel = Sentinel(recording, np.zeros(0), Outside(f), seconds=0.0)
    assert not sentinel.is_repaid(10, once=False)
    assert sentinel.is_repaid(10, once=True)
    assert not sentinel.is_repaid(10, once=True)
    assert sentinel.is_repaid(REPAID * len(recording.tape), once=True)
    assert not sentinel.is_repaid(10, once=True)
