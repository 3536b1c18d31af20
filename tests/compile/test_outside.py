"""What a function reads besides its arguments is watched: no call gives the number of a variable that has changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.watch.outside import MOST, Outside
from microgradx.errors import TraceError

W = Value(2.0, "w")
SETTINGS = ModuleType("settings")
here = globals()
scale: Any = 1.0
activation: Any = mx.tanh
model: Any = mx.nn.Neuron(1, seed=0)


@pytest.fixture(autouse=True)
def _numbers() -> Iterator[None]:
    here.update(scale=1.0, activation=mx.tanh, model=mx.nn.Neuron(1, seed=0))
    SETTINGS.rate = 1.0  # type: ignore[attr-defined]
    yield
    here.update(scale=1.0)


def scaled(x: Any) -> Any:
    return by() * W * x


def by() -> Any:
    return scale


class Regularised:
    """A loss whose numbers are attributes: its own, its class's, a property's."""

    power = 2.0

    def __init__(self) -> None:
        self.rate = 0.5
        self.options = {"shift": 1.0, "unused": [3.0]}

    @property
    def twice(self) -> float:
        return 2.0 * self.rate

    def loss(self, x: Any) -> Any:
        return self.twice * W**self.power * x + self.options["shift"]

    __call__ = loss


def made(x: Any, factor: Any = None) -> Any:
    return x * W * factor[0]


Case = tuple[Callable[..., Any], Callable[[], Any], str]


def cases() -> list[Case]:
    """Return functions, what changes something that they read, and what the error calls it."""
    table = SimpleNamespace(rates=[1.0, 2.0], by={"a": 1.0})
    factor, inner = [1.0], True
    one, two, three, four = (Regularised() for _ in range(4))

    def change() -> None:
        nonlocal inner
        inner = False

    def stronger() -> None:
        Regularised.power += 1.0

    return [
        (lambda x: scale * W * x, lambda: here.update(scale=10.0), "global 'scale' was 1.0 and is 10.0"),
        (scaled, lambda: here.update(scale=10), "global 'scale' was 1.0 and is 10,"),
        (lambda x: mx.sum([scale * u for u in [x]]), lambda: here.update(scale=3.0), "global 'scale'"),
        (
            lambda x: activation(W * x),
            lambda: here.update(activation=mx.exp),
            "global 'activation' is another function",
        ),
        (
            lambda x: model([x]),
            lambda: here.update(model=mx.nn.Neuron(1, seed=0)),
            "global 'model' is another Neuron than it was",
        ),
        (lambda x: SETTINGS.rate * x, lambda: setattr(SETTINGS, "rate", 2.0), "SETTINGS.rate was 1.0"),
        (lambda x: table.rates[1] * x, partial(table.rates.__setitem__, 1, 5.0), r"rates\[1\] was 2.0"),
        (lambda x: table.by["a"] * x, partial(table.by.update, a=5.0), r"table.by\['a'\] was 1.0"),
        (partial(made, factor=factor), partial(factor.__setitem__, 0, 4.0), r"factor\[0\] was 1.0 and is 4.0"),
        (one.loss, lambda: setattr(one, "rate", 3.0), "self.rate was 0.5 and is 3.0"),
        (two, stronger, "self.power was .* and is "),
        (lambda x: three(x), lambda: three.options.update(shift=9.0), r"options\['shift'\] was 1.0"),
        (lambda x: four.loss(x), lambda: setattr(four, "rate", 4.0), "four.rate was 0.5 and is 4.0"),
        (lambda x: x * W if inner else x, change, "the variable 'inner' was True and is False"),
    ]


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("case", range(len(cases())))
def test_the_first_call_after_a_change_says_so(case: int, bound: bool) -> None:
    """However many calls went before, the first call after a change is a TraceError that names the variable."""
    f, change, message = cases()[case]
    program = mx.compile(f, [W], target="numpy")
    call: Callable[[], Any] = program.on([1.0, 2.0]) if bound else lambda: program([1.0, 2.0])
    for _ in range(40):
        call()
    change()
    for _ in range(2):
        with pytest.raises(TraceError, match=f"{message}.*no longer does what it did"):
            call()


class Weighted:
    """A loss whose number is its class's, until an object has its own."""

    beta = 0.0

    def loss(self, x: Any) -> Any:
        return x * W + self.beta


def test_an_attribute_of_its_own_before_its_class_is_a_change() -> None:
    """What an object is first given beyond its class is seen at the next call, and other calls cost no look."""
    weighted = Weighted()
    outside = Outside(weighted.loss)
    program = mx.compile(weighted.loss, [W], target="numpy")
    for _ in range(3):
        program([1.0])
    assert outside.version() == 0
    weighted.beta = 5.0
    assert outside.version() == 1
    with pytest.raises(TraceError, match=r"self\.beta is 5\.0 now, and was not there"):
        program([1.0])


def test_a_variable_that_is_gone_has_changed() -> None:
    """A global that is deleted is a change; the function's own error comes through."""
    program = mx.compile(scaled, [W], target="numpy")
    program([1.0])
    del here["scale"]
    with pytest.raises(NameError, match="scale"):
        program([1.0])


def test_training_sees_a_change_of_a_callback() -> None:
    """A schedule of one's own by a global variable is a TraceError of training, and nothing is changed by it."""
    w = Value(0.5, "w")
    program = mx.compile(lambda x: (scale * w * x - 1.0) ** 2, [w])
    with pytest.raises(TraceError, match=r"global 'scale' was 1\.0 and is 2\.0"):
        program.train([1.0, 2.0], epochs=5, callbacks=lambda run: here.update(scale=2.0))
    assert w.data == 0.5


def test_libraries_are_not_watched() -> None:
    """Of a library's modules what is asked of them is watched, and nothing inside of its functions."""
    outside = Outside(lambda x: mx.max(mx.tanh(x), 0.0) + np.pi * math.sin(1.0))
    names = {place.name for place in outside._taken.places if place.where is not outside._f}
    asked = {f"{module}.{key}" for module in ("math", "mx", "np") for key in ("max", "pi", "sin", "tanh")}
    assert {"mx.max", "mx.tanh", "np.pi", "math.sin"} <= names
    assert names <= asked | {"global 'math'", "global 'mx'", "global 'np'"}


def test_no_more_than_some_things_are_watched() -> None:
    """Of many numbers the nearest are watched, and as many more as there are Values to read."""
    near, far = [0.5], [[float(i) for i in range(MOST // 4)] for _ in range(6)]
    outside = Outside(lambda x: x * near[0] + far[5][0])
    far[5][0] = 7.0
    assert outside.version() == 0
    near[0] = 7.0
    assert outside.version() == 1
    outside.widen(values=MOST)
    far[5][0] = 9.0
    assert outside.version() == 2
    assert outside.changes(since=1) == ["far[5][0] was 7.0 and is 9.0"]


def test_what_does_not_fit_is_watched_when_there_is_more_room() -> None:
    """However many numbers are nearer, one after another of them as many as there was room for exactly."""

    def reading(near: list[float], far: list[list[float]]) -> Outside:
        return Outside(lambda x: x * near[0] + far[0][0])

    for n in range(MOST - 64, MOST + 1):
        far = [[1.0]]
        outside = reading([0.5] * n, far)
        outside.widen(values=1000)
        far[0][0] = 2.0
        assert outside.version() == 1, n
