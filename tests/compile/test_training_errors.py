"""Compiled training that ends early: what weights, the optimiser's memory and the history are then."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.nn import MLP, Module

X = [[math.sin(3 * i), math.cos(2 * i)] for i in range(11)]
Y = [math.sin(i) for i in range(11)]

OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "SGD": lambda: mx.optim.SGD(lr=0.05),
    "momentum": lambda: mx.optim.SGD(lr=0.05, momentum=0.9),
    "Adam": lambda: mx.optim.Adam(lr=0.05),
}
HOW: dict[str, dict[str, Any]] = {"values": {"compile": False}, "strict": {"strict": True}, "default": {}}


def state(model: Any, optimizer: Any) -> tuple[list[float], Any]:
    """Return the weights and what the optimiser remembers, with copies of its lists."""
    return [v.data for v in model.parameters()], optimizer.state_dict()["state"]


def trained(how: str, make: Callable[[], Any], steps: int, program: bool = False, **settings: Any) -> Any:
    """Return model and optimiser after so many steps of three rows each, four of them an epoch, or what stops them."""
    model, optimizer = MLP(2, [5, 1], activation="tanh"), make()
    given = {"epochs": -(-steps // 4), "batch_size": 3} | settings
    if program:
        compiled = mx.compile(lambda x, y: (model(x) - y) ** 2, parameters=model.parameters(), **HOW[how])
        compiled.train(X, Y, optimizer=optimizer, **given)
    else:
        mx.fit(model, X, Y, optimizer=optimizer, **given, **HOW[how])
    return model, optimizer


def test_ctrl_c_ends_compiled_training_after_a_step() -> None:
    """An interrupt between epochs leaves whole steps, a history, and the way to go on."""
    model = MLP(2, [5, 1])

    def interrupt(run: Any) -> None:
        if run.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    history = mx.fit(model, X, Y, epochs=9, batch_size=1, callbacks=interrupt)
    assert (len(history.loss), history.stopped) == (3, "interrupted in epoch 4")
    assert len(mx.fit(model, X, Y, epochs=9, batch_size=1, resume=history).loss) == 9


def test_divergence_is_that_of_values() -> None:
    """Where weights overflow, the error, the history and the weights before that step are those of Values."""
    found = []
    for how in ({"compile": False}, {"strict": True}):
        model = MLP(2, [5, 1], activation="linear")
        with pytest.raises(mx.DivergenceError) as caught:
            mx.fit(model, X, Y, optimizer=mx.optim.SGD(lr=50.0), epochs=50, batch_size=2, **how)
        found.append((str(caught.value), caught.value.history.loss, [v.data for v in model.parameters()]))
    assert found[0] == found[1]


def test_an_error_of_values_is_the_error_of_compiled_training() -> None:
    """What Values refuse in the middle of training is refused, with the same error and the example."""

    def loss(y: Any, t: Any) -> Any:
        return mx.log(y) + t

    for how in ({"compile": False}, {}):
        with pytest.raises(mx.DomainError, match="a real logarithm needs x > 0") as caught:
            mx.fit(MLP(2, [1], init="zeros"), X, Y, loss=loss, epochs=1, **how)
        assert any("with example 0" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("make", [mx.optim.Adam, mx.optim.SGD])
@pytest.mark.parametrize(
    "settings", [{}, {"batch_size": 2}, {"strict": True}, {"batch_size": 1}, {"validation": ([[1.0]], [0.0])}]
)
def test_an_error_of_a_trace_tells_numbers(settings: dict[str, Any], make: Any) -> None:
    """A ValueError that a later row or step meets in a trace is that of Values, with the number and the example."""
    said = []
    count = 2 if "validation" in settings else 4
    for how in ({"compile": False}, {}):
        given = {"loss": "bce", "optimizer": make(lr=0.1), "epochs": 400} | settings | how
        with pytest.raises(ValueError, match=r"from 0 to 1, but a prediction is Value\(-?\d") as caught:
            mx.fit(mx.nn.Neuron(1, init=[0.0, 0.5]), [0, 1, 2, 3][:count], [1, 1, 1, 0][:count], **given)
        said.append(getattr(caught.value, "__notes__", []))
    assert said[0] == said[1]


@pytest.mark.filterwarnings("ignore:the function itself changes this")
def test_a_model_that_changes_its_mind_is_noticed() -> None:
    """A model that computes something else from some call on is not trained on what it was when it was traced."""

    class Fickle(Module):
        def __init__(self) -> None:
            self.w, self.calls = mx.Value(1.0), 0

        def __call__(self, x: Any) -> Any:
            self.calls += 1
            return self.w * x[0] * (2.0 if self.calls > 4 else 1.0)

    # Which of the looks comes after call 4 depends on pauses: one that traces again, or one that runs it on Values.
    with pytest.raises(
        mx.TraceError, match=r"no longer does what it did when it was traced|gives another result"
    ) as told:
        mx.fit(Fickle(), X, Y, epochs=9)
    assert "compile=False" in told.value.__notes__[-1]


class Stops:
    """A schedule that does something else than to give 1.0 at one time."""

    def __init__(self, time: float, act: Callable[[], object]) -> None:
        self.time, self.act, self.done = time, act, False

    def __call__(self, t: float) -> float:
        if t == self.time and not self.done:
            self.done = True
            self.act()
        return 1.0


def fails() -> None:
    """Raise an error of the user's."""
    raise LookupError("mine")


def after(how: str, make: Callable[[], Any], program: bool, **settings: Any) -> tuple[list[float], Any]:
    """Return the state after training that the user's own code has stopped by an error."""
    kept: list[Any] = []

    def remembered() -> Any:
        kept.append(make())
        return kept[0]

    with pytest.raises(LookupError, match="mine"):
        trained(how, remembered, 20, program, **settings)
    optimizer = kept[0]
    return [v.data for v in optimizer.parameters()], optimizer.state_dict()["state"]


@pytest.mark.parametrize("program", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_error_of_a_schedule_leaves_whole_steps(optimizer: str, program: bool) -> None:
    """Where a schedule raises an error, weights and memory are those after the last step before it."""
    make = OPTIMIZERS[optimizer]
    for how in ("strict", "default"):
        whole = state(*trained(how, make, 4, program, schedule=Stops(math.inf, fails)))
        assert after(how, make, program, schedule=Stops(1.0, fails)) == whole
    exact = after("values", make, False, schedule=Stops(1.5, fails))
    assert after("strict", make, program, schedule=Stops(1.5, fails)) == exact != whole


@pytest.mark.parametrize("program", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_error_of_a_callback_leaves_whole_steps(optimizer: str, program: bool) -> None:
    """Where a callback raises an error, weights and memory are those after the epoch before it."""
    make = OPTIMIZERS[optimizer]
    for how in ("strict", "default"):
        whole = state(*trained(how, make, 4, program, callbacks=lambda run: None))
        assert after(how, make, program, callbacks=lambda run: fails()) == whole


def changed_on_the_way(program: bool, optimizer: Any) -> Any:
    """Return the state before training a model that changes in it, and after the error."""
    scale = [1.0]
    model = MLP(2, [5, 1], activation="tanh")

    class Scaled(Module):
        def __init__(self) -> None:
            self.inner = model

        def __call__(self, x: Any) -> Any:
            return scale[0] * self.inner(x)

    def change(run: Any) -> None:
        scale[0] = 2.0

    scaled = Scaled()
    compiled = mx.compile(lambda x, y: (scaled(x) - y) ** 2, parameters=scaled.parameters())

    def train(**settings: Any) -> None:
        if program:
            compiled.train(X, Y, optimizer=optimizer, batch_size=3, **settings)
        else:
            mx.fit(scaled, X, Y, optimizer=optimizer, batch_size=3, **settings)

    mx.fit(scaled, X, Y, optimizer=optimizer, epochs=2)
    remembered = state(scaled, optimizer)
    with pytest.raises(mx.TraceError, match="no longer does what it did when it was traced"):
        train(epochs=4, callbacks=change)
    return remembered, state(scaled, optimizer)


@pytest.mark.parametrize("program", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_trace_that_was_wrong_changes_nothing(optimizer: str, program: bool) -> None:
    """Where something else was trained than the model, weights and memory are as before the call."""
    before, now = changed_on_the_way(program, OPTIMIZERS[optimizer]())
    assert now == before


def test_a_trace_that_was_wrong_would_change_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above fails if nothing is brought back."""
    monkeypatch.setattr("microgradx.train.run.TraceError", LookupError)
    before, now = changed_on_the_way(True, OPTIMIZERS["Adam"]())
    assert now != before


def test_an_interrupt_in_the_middle_of_an_epoch_leaves_whole_steps() -> None:
    """Where Ctrl-C comes between steps made at once, the run goes on from whole steps to what it would have been."""
    for how in ("strict", "default"):
        whole, part = MLP(2, [5, 1]), MLP(2, [5, 1])
        given: dict[str, Any] = {"batch_size": 3, "epochs": 5, **HOW[how]}
        full = mx.fit(whole, X, Y, schedule=Stops(-1.0, fails), **given)
        schedule = Stops(2.5, lambda: signal.raise_signal(signal.SIGINT))
        cut = mx.fit(part, X, Y, schedule=schedule, **given)
        assert cut.stopped.startswith("interrupted in epoch")
        assert mx.fit(part, X, Y, schedule=schedule, resume=cut, **given).loss == full.loss
        assert [v.data for v in part.parameters()] == [v.data for v in whole.parameters()]


@pytest.mark.parametrize("nothing", [[], np.zeros(0)], ids=["list", "array"])
def test_training_on_no_rows_is_refused(nothing: Any) -> None:
    """Without a row there is nothing to learn from, and training says so."""
    w = mx.Value(1.0)
    with pytest.raises(ValueError, match="no row to learn from"):
        mx.compile(lambda x, y: (w * x - y) ** 2, [w]).train(nothing, nothing)


@pytest.mark.parametrize("strict", [False, True])
def test_where_the_last_step_leads_to_is_not_asked_for(strict: bool) -> None:
    """A step that takes the weights out of a domain is made, as on Values, and the next one is the DomainError."""
    w = mx.Value(0.5, "w")
    program = mx.compile(lambda x: mx.tanh(mx.log(mx.relu(w * x))), [w], strict=strict)
    history = program.train([1.0, 1.0], optimizer=mx.optim.SGD(lr=1.0), epochs=1)
    assert (len(history.loss), w.data < 0.0) == (1, True)
    with pytest.raises(mx.DomainError):
        program.train([1.0, 1.0], optimizer=mx.optim.SGD(lr=1.0), epochs=1)
