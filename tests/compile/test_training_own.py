"""Compiled training with optimisers and schedules that a user writes: what training on Values makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import optim
from microgradx.compile.training.fixed import is_fixed
from microgradx.nn import MLP

from .test_training import X, Y
from .test_training_native import leap_of


class Centred(optim.SGD):
    """Takes the mean of all gradients off each of them."""

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        mean = sum(g) / len(g)
        return super().rule(w, [x - mean for x in g], memory, hyper)


class Normed(optim.Adam):
    """Divides gradients by their norm."""

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        norm = mx.sqrt(sum(x * x for x in g))
        return super().rule(w, [x / (norm + 1e-3) for x in g], memory, hyper)


class ByPlace(optim.SGD):
    """Makes smaller steps for later parameters."""

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        return super().rule(w, [x / (i + 1) for i, x in enumerate(g)], memory, hyper)


class Counting(optim.SGD):
    """Makes smaller steps later."""

    t = 0

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        self.t += 1
        return super().rule(w, [x / self.t for x in g], memory, hyper)


class Scaled(optim.SGD):
    """Multiplies gradients by a number of its own, which a callback changes."""

    k = 1.0

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        return super().rule(w, [self.k * x for x in g], memory, hyper)


class Signs(optim.SGD):
    """Changes gradients before it proposes."""

    def propose(self, scale: float = 1.0) -> Any:
        for v in self.parameters():
            v.grad = math.copysign(0.1, v.grad)
        return super().propose(scale)


class Bounded(optim.SGD):
    """Keeps weights small when it accepts."""

    def accept(self, updates: Any) -> None:
        super().accept(updates)
        for v in self.parameters():
            v.data = max(min(v.data, 0.5), -0.5)


def shadowed(lr: float) -> Any:
    """Return an optimiser whose rule stands in the object, not in its class."""
    optimizer: Any = optim.SGD(lr=lr)
    rule = optimizer.rule
    optimizer.rule = lambda w, g, memory, hyper: rule(w, [x - g[0] for x in g], memory, hyper)
    return optimizer


def double(run: Any) -> None:
    """Change what a rule reads of its optimiser."""
    run.optimizer.k = 1.0 + run.epoch


def trained(make: Callable[..., Any], program: bool = False, **settings: Any) -> list[float]:
    """Return losses and weights after five epochs."""
    model = MLP(2, [5, 1], activation="tanh", seed=0)
    given = {"optimizer": make(lr=0.1), "epochs": 5, "batch_size": 4} | settings
    if program:
        compiled = mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), strict=given.pop("strict"))
        history = compiled.train(X, Y, **given)
    else:
        history = mx.fit(model, X, Y, **given)
    return [*history.loss, *(v.data for v in model.parameters())]


@pytest.mark.parametrize("own", [Centred, Normed, ByPlace, Counting, Scaled, Signs, Bounded, shadowed])
def test_optimisers_of_users_do_what_they_do_on_values(own: Callable[..., Any]) -> None:
    """Whatever a user's method reads, changes or couples, strict training is that on Values bit for bit."""
    given: dict[str, Any] = {"callbacks": double} if own is Scaled else {}
    exact = trained(own, compile=False, **given)
    for program in (False, True):
        assert trained(own, program, strict=True, **given) == exact
        assert trained(own, program, strict=False, **given) == pytest.approx(exact, rel=1e-9)
    assert trained(getattr(own, "__base__", None) or optim.SGD, strict=True) != exact  # so the method matters


def test_only_rules_of_this_library_run_as_machine_code() -> None:
    """A method that a user writes is Python's, and the reason is told; a class that only sets defaults is native."""

    class Slow(optim.SGD):
        def __init__(self) -> None:
            super().__init__(lr=0.001)

    leap, _ = leap_of(Slow)
    assert leap.reason == ""
    leap, _ = leap_of(lambda: Centred(lr=0.1))
    assert leap.reason == "Centred has its own rule, which Python runs"


class Adaptive:
    """A schedule that reads a parameter."""

    def __init__(self, v: mx.Value) -> None:
        self.v = v

    def __call__(self, t: float) -> float:
        return 1.0 / (1.0 + abs(self.v.data))


class Calls:
    """A schedule that counts its calls."""

    def __init__(self, v: mx.Value) -> None:
        self.n = 0

    def __call__(self, t: float) -> float:
        self.n += 1
        return 1.0 / self.n


SCHEDULES: dict[str, Callable[[mx.Value], Any]] = {
    "of a weight": lambda v: lambda t: 1.0 / (1.0 + abs(v.data)),
    "after a warm up": lambda v: mx.schedules.WarmUp(1, then=lambda t: 1.0 / (1.0 + abs(v.data))),
    "an object": Adaptive,
    "a counter": Calls,
}


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_that_read_what_training_changes(name: str, size: int) -> None:
    """A schedule of weights, or of its own calls, is asked at each step, when the weights are those of that step."""
    ways: dict[str, dict[str, Any]] = {"values": {"compile": False}, "strict": {"strict": True}, "default": {}}
    found = {}
    for how, given in ways.items():
        model = MLP(2, [5, 1], activation="tanh", seed=0)
        schedule = SCHEDULES[name](model.parameters()[0])
        optimizer = optim.SGD(lr=0.3)
        history = mx.fit(model, X, Y, optimizer=optimizer, schedule=schedule, epochs=5, batch_size=size, **given)
        found[how] = [*history.loss, *(v.data for v in model.parameters())]
    assert found["strict"] == found["values"]
    assert found["default"] == pytest.approx(found["values"], rel=1e-9)


def test_fixed_functions_are_told_from_others() -> None:
    """What reads numbers alone is fixed; what reads Values, lists, objects, clocks or its own past is not."""
    v, numbers, half, n = mx.Value(1.0), [0.5], 0.5, 0

    def counts(t: float) -> float:
        nonlocal n
        n += 1
        return half**n

    def remembers(t: float, seen: list[float] = []) -> float:  # noqa: B006
        seen.append(t)
        return 1.0 / len(seen)

    def marked(t: float) -> float:
        return half

    def imports(t: float) -> float:
        from random import random

        return random()

    def falls(t: float) -> float:
        return falls(t - 1.0) * half if t > 1.0 else 1.0

    marked.past = numbers  # type: ignore[attr-defined]
    for f in (
        lambda t: half**t,
        lambda t: math.cos(t) + np.exp(t),
        lambda t: half ** sum(t >= m for m in (3, 6)),
        falls,
    ):
        assert is_fixed(f)
    for schedule in (mx.schedules.Cosine(3), mx.schedules.WarmUp(2, then=mx.schedules.Linear(3)), math.exp):
        assert is_fixed(schedule)
    reading: list[Any] = [lambda t: v.data, lambda t: numbers[0], lambda t: np.random.rand(), lambda t: X[0][0]]
    for f in (*reading, counts, remembers, marked, imports, numbers.count, Calls(v), Adaptive(v), lambda t: counts(t)):
        assert not is_fixed(f)


@pytest.mark.parametrize("size", [1, 2])
def test_a_callback_changes_the_learning_rate(size: int) -> None:
    """Steps after a callback that changes the learning rate have the new one, as on Values bit for bit."""

    def halve(run: Any) -> None:
        run.optimizer.param_groups[0]["lr"] *= 0.5

    found = []
    for given in ({"strict": True}, {"compile": False}):
        model, optimizer = MLP(2, [3, 1], seed=0), optim.SGD(lr=0.1)
        mx.fit(model, X, Y, optimizer=optimizer, epochs=4, batch_size=size, callbacks=halve, **given)
        found.append([v.data for v in model.parameters()])
    assert found[0] == found[1]
