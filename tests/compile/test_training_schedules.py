"""What schedules and callbacks read and set while machine code trains: all counts as on Values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import optim
from microgradx.nn import MLP

X = [[0.1 * i, 0.3 - 0.2 * i] for i in range(12)]
Y = [0.5 - 0.1 * i for i in range(12)]


def trained(what: str, size: int | None, compiled: bool) -> list[float]:
    """Return losses and weights of a training whose schedule changes something at its fifth step."""
    model, optimizer = MLP(2, [5, 1], activation="tanh", seed=0), optim.SGD(lr=0.1, momentum=0.5)
    given: dict[str, Any] = {"optimizer": optimizer, "schedule": changing(model, optimizer, what), "epochs": 5}
    history = mx.fit(model, X, Y, batch_size=size, compile=compiled, strict=True, **given)
    return [*history.loss, *(v.data for v in model.parameters())]


def changing(model: mx.nn.Module, optimizer: Any, what: str) -> Callable[[float], float]:
    """Return a schedule that changes something at its fifth step."""
    calls = []

    def schedule(t: float) -> float:
        calls.append(t)
        if len(calls) == 5 and what == "weight":
            model.parameters()[0].data = 3.0
        elif len(calls) == 5 and what:
            optimizer.param_groups[0][what] = 0.25
        return 1.0

    return schedule


@pytest.mark.parametrize("size", [1, 4, None])
@pytest.mark.parametrize("what", ["lr", "weight", "momentum"])
def test_what_a_schedule_sets_counts_as_on_values(what: str, size: int | None) -> None:
    """A schedule that sets the rate, a weight or momentum trains as on Values, bit for bit."""
    assert trained(what, size, compiled=True) == trained(what, size, compiled=False) != trained("", size, False)


class Bent(mx.nn.Module):
    """A model of several paths, which rows take one after the other."""

    def __init__(self) -> None:
        self.inner = MLP(2, [3, 1], activation="tanh", seed=1)

    def __call__(self, x: Any) -> Any:
        y = self.inner(x)
        return 2.0 * y if y > 0.0 else y if y > -0.1 else 0.5 * y


@pytest.mark.parametrize("size", [1, 4, None])
def test_a_schedule_is_asked_once_for_each_step(size: int | None) -> None:
    """A row that takes a new path does not have a schedule asked again that changes something at each call."""
    found = []
    for compiled in (False, True):
        optimizer = optim.SGD(lr=0.1)
        calls: list[float] = []

        def decay(t: float, optimizer: Any = optimizer, calls: list[float] = calls) -> float:
            calls.append(t)
            optimizer.param_groups[0]["lr"] *= 0.95
            return 1.0

        given: dict[str, Any] = {"schedule": decay, "epochs": 3, "batch_size": size, "strict": True}
        history = mx.fit(model := Bent(), X, Y, optimizer=optimizer, compile=compiled, **given)
        found.append((calls, history.loss, [v.data for v in model.parameters()]))
    assert found[0] == found[1]


@pytest.mark.parametrize("size", [1, 4, None])
@pytest.mark.parametrize("make", [lambda: optim.SGD(lr=0.1), lambda: optim.Adam(lr=0.1)])
def test_a_schedule_reads_the_gradient_of_its_step(make: Callable[[], Any], size: int | None) -> None:
    """A schedule is asked when the gradient is there, as on Values."""

    def found(compiled: bool) -> list[float]:
        model = MLP(2, [5, 1], activation="tanh", seed=0)
        given: dict[str, Any] = {"schedule": lambda t: 1.0 / (1.0 + norm(model)), "epochs": 3, "batch_size": size}
        mx.fit(model, X, Y, optimizer=make(), compile=compiled, strict=True, **given)
        return [v.data for v in model.parameters()]

    assert found(compiled=True) == found(compiled=False)


def norm(model: mx.nn.Module) -> float:
    """Return the sum of the squares of all gradients."""
    return float(sum(v.grad**2 for v in model.parameters()))


def test_a_callback_leaves_all_steps_to_machine_code() -> None:
    """Steps are machine code's, whatever a callback reads."""
    model = MLP(2, [5, 1], activation="tanh", seed=0)
    program = mx.compile(lambda x, y: (model(x) - y) ** 2, parameters=model.parameters())
    given: dict[str, Any] = {"epochs": 4, "batch_size": 4, "callbacks": lambda run: norm(model)}
    program.train(X, Y, optimizer=optim.SGD(lr=0.1), **given)
    assert "the last training was 12 steps, all in machine code" in " ".join(str(program.explain()).split())
