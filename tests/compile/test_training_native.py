"""The native loop of training: many steps at once, whoever looks on, and on every processor."""

from __future__ import annotations

import random
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.fitting import Compiled
from microgradx.compile.program import Program
from microgradx.compile.tracing.trace import trace
from microgradx.compile.training.timetable import AHEAD, Clock
from microgradx.compile.watch.outside import Outside
from microgradx.compile.watch.sentinel import REPAID, Sentinel
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

    from microgradx.compile.backends.llvm.backend import LlvmBackend

    for n in (1, 2, 3, 100, 1000, 65_537):
        order = list(range(n))
        random.Random(f"7 {n}").shuffle(order)
        found = np.empty((1, n), np.int64)
        LlvmBackend().loop(strict=True).shuffle(found, [f"7 {n}"])
        assert found[0].tolist() == order


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
            monkeypatch.setattr(import_module("microgradx.compile.training.native_steps"), "ROWS", rows)
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
        native = LlvmBackend(None, target).loop(strict=False)
        for seeds in (["0 0"], ["-3 17", "12345678901234567890 4", "0 0"], [f"0 {epoch}" for epoch in range(95, 119)]):
            orders = [list(range(700)) for _ in seeds]
            for order, seed in zip(orders, seeds, strict=True):
                random.Random(seed).shuffle(order)
            found = np.empty((len(seeds), 700), np.int64)
            native.shuffle(found, seeds)
            assert found.tolist() == orders
            native.shuffle(found, [seed + "1" for seed in seeds])
            assert all(x != order for x, order in zip(found.tolist(), orders, strict=True))


def test_looks_after_training_are_repaid() -> None:
    """After its first training a function is looked at again only when as much was computed as a look costs."""

    def f(x: Any) -> Any:
        return x * 2.0 + 1.0

    recording = trace(f, [()])
    sentinel = Sentinel(recording, np.zeros(0), Outside(f), seconds=0.0)
    assert not sentinel.is_due_after(10, at_least_once=False)
    assert sentinel.is_due_after(10, at_least_once=True)
    assert not sentinel.is_due_after(10, at_least_once=True)
    assert sentinel.is_due_after(REPAID * len(recording.tape), at_least_once=True)
    assert not sentinel.is_due_after(10, at_least_once=True)


@pytest.mark.parametrize("n", [1, 5, 37, AHEAD + 1])
def test_an_order_does_not_depend_on_what_was_asked_before(n: int) -> None:
    """Orders that were shuffled ahead of time serve for their own epochs alone, wherever one goes on."""
    rng, settings = random.Random(n), Settings(25, 3, 0.0, 4, None, None, None, None)
    gradient: Any = SimpleNamespace(count=n)
    clock = Clock(gradient, settings, LlvmBackend().loop(strict=False))
    epoch = 0
    for _ in range(12 if n < 100 else 3):
        until = epoch + rng.randrange(1, 12 if n < 100 else 3)
        expected = [i for e in range(epoch, until) for batch in settings.batches(e, n) for i in batch]
        assert clock._order(epoch, until).tolist() == expected
        epoch = rng.choice((epoch, epoch + 1, until - 1, rng.randrange(14)))


def test_sums_of_epochs_are_python_s() -> None:
    """Losses are added from left to right, epoch by epoch, wherever the first batch stands in its own."""
    native, rng = LlvmBackend().loop(strict=False), random.Random(2)
    for batches in (1, 2, 3, 7):
        for batch in range(batches):
            for count in (1, 2, 6, 15, 80):
                totals = [rng.uniform(-1.0, 1.0) * 10.0 ** rng.uniform(-8.0, 8.0) for _ in range(count)]
                sums, begun = [rng.uniform(-1.0, 1.0)], batch
                before = sums[0]
                for x in totals:
                    if begun == batches:
                        sums, begun = [*sums, 0.0], 0
                    sums[-1], begun = sums[-1] + x, begun + 1
                assert native.sums(np.array(totals), batch, batches, before) == sums


def test_a_large_net_s_parameters_are_taken_as_they_are() -> None:
    """A program's parameters are checked once: an optimiser takes them, and other groups of them are still refused."""
    model = MLP(2, [3, 1])
    program = Program(lambda x, y: (model(x) - y) ** 2, model.parameters())
    optimizer = mx.optim.SGD(lr=0.1)
    program.train(X, Y, optimizer=optimizer, epochs=1)
    assert optimizer.param_groups[0]["params"] is program.parameters
    assert Program(lambda x: model(x), program.parameters).parameters is program.parameters
    with pytest.raises(ValueError, match="given twice"):
        optimizer.add_param_group({"params": program.parameters})
    first = [v.data for v in model.parameters()]
    program.train(X, Y, optimizer=optimizer, epochs=1)  # which has them already
    assert [v.data for v in model.parameters()] != first
    with pytest.raises(ValueError, match="not the model's"):
        program.train(X, Y, optimizer=mx.optim.SGD([mx.Value(1.0)], lr=0.1))


@pytest.mark.parametrize("alone", [False, True])
def test_trainings_share_memory_and_nothing_else(alone: bool) -> None:
    """A training on other rows is what it is by itself, and rows are as the user left them."""
    w = mx.Value(0.5)
    program = Program((lambda x: (w * x[0] - x[1]) ** 2) if alone else (lambda x, y: (w * x[0] + x[1] - y) ** 2), [w])
    for x in np.random.default_rng(0).uniform(size=(3, 9, 2)):
        given = (x,) if alone else (x, x[:, 0])  # a single array is the inputs as it is
        before, found = x.copy(), []
        for run in (program, Program(program.f, [w])):
            w.data = 0.5
            run.train(*given, optimizer=mx.optim.SGD(lr=0.1), epochs=3, batch_size=2)
            found.append(w.data)
        assert found[0] == found[1] != 0.5
        assert (x == before).all()


def test_a_program_makes_no_checkpoint_but_for_a_callback() -> None:
    """Nothing resumes the training of a program, whose history has none; a callback that asks for one is given it."""
    w = mx.Value(0.0)
    program = mx.compile(lambda x, y: (w * x - y) ** 2, parameters=[w])
    found: list[Any] = []
    history = program.train([1.0, 2.0], [3.0, 6.0], epochs=2, callbacks=lambda run: found.append(run.checkpoint()))
    assert history.checkpoint is None
    assert found[-1].model == {"values": [w.data]}


class Table:
    """What pandas gives: its entries are columns, and `to_numpy` gives its rows."""

    def __init__(self, rows: Any) -> None:
        self._rows = np.array(rows)

    def __iter__(self) -> Any:
        return iter("abc")

    def __len__(self) -> int:
        return len(self._rows)

    def to_numpy(self) -> Any:
        """Return the rows."""
        return self._rows


def test_programs_learn_from_tables() -> None:
    """A table and a column of pandas train as the lists that they hold."""
    found = []
    for xs, ys in ((X, Y), (Table(X), Table(Y)), (Table(X), Y), (np.array(X), Table(Y))):
        model = MLP(2, [3, 1])
        program = mx.compile(lambda x, y, model=model: (model(x) - y) ** 2, model.parameters())
        found.append((program.train(xs, ys, epochs=2, batch_size=3).loss, [v.data for v in model.parameters()]))
    assert all(each == found[0] for each in found)
