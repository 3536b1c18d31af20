"""What a function reads besides its arguments is watched: no call gives the number of a variable that has changed."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tracing.trace import trace
from microgradx.compile.watch.outside import MOST, Outside
from microgradx.compile.watch.place import BYTES
from microgradx.compile.watch.sentinel import OnValues, Replay, Replayed, Sentinel
from microgradx.errors import TraceError

W = Value(2.0, "w")
SETTINGS = ModuleType("settings")
here = globals()
scale: Any = 1.0
unused: Any = 1.0
activation: Any = mx.tanh
model: Any = mx.nn.Neuron(1, seed=0)


@pytest.fixture(autouse=True)
def _numbers() -> Iterator[None]:
    here.update(scale=1.0, unused=1.0, activation=mx.tanh, model=mx.nn.Neuron(1, seed=0))
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


def test_a_change_without_effect_is_none() -> None:
    """The same number anew, a function of the same operations, and what decides nothing: calls go on."""
    extra = [0.0]

    def f(x: Any) -> Any:
        assert unused is not None
        return activation(scale * W * x) + (0.0 if extra[0] < 100.0 else 1.0)

    program = mx.compile(f, [W], target="numpy")
    expected = program([1.0]).tolist()

    def changing() -> None:
        for i in range(20):
            here.update(unused=i, scale=float("1.0"), activation=lambda v: mx.tanh(v))
            extra[0] += 1.0
            assert program([1.0]).tolist() == expected

    with pytest.warns(UserWarning, match="10 such changes had no effect") as told:
        changing()
    named = [str(warning.message).partition(" was ")[0] for warning in told]
    assert named[0] == "global 'unused'"
    assert named[1].startswith("global 'activation' is another")
    assert named[2:] == ["extra[0]"]
    extra[0] = 100.0
    with pytest.raises(TraceError, match=r"extra\[0\]|variable 'extra'"):
        program([1.0])


def test_a_change_that_is_taken_back_is_forgiven() -> None:
    """A function that does again what it did when it was traced is called again; others are told by their own names."""
    program = mx.compile(scaled, [W], target="numpy")
    expected = program([1.0]).tolist()
    for x in (10.0, 20.0):
        here.update(scale=x)
        with pytest.raises(TraceError, match=f"global 'scale' was .* and is {x}"):
            program([1.0])
        here.update(scale=1.0)
        assert program([1.0]).tolist() == expected


def test_equal_objects_cost_no_look() -> None:
    """A number that is computed anew at each call, and is the same, traces nothing."""
    outside = Outside(lambda x: scale * x)
    for x in (1.0, float("1.0"), np.float64(1.0).item()):
        here.update(scale=x)
        assert outside.version() == 0
    others: list[Any] = [1, True, math.nan, -0.0, None, "1.0"]
    for count, x in enumerate(others, 1):
        here.update(scale=x)
        assert outside.version() == outside.version() == count


def test_a_variable_that_is_gone_has_changed() -> None:
    """A global that is deleted is a change; the function's own error comes through."""
    program = mx.compile(scaled, [W], target="numpy")
    program([1.0])
    del here["scale"]
    with pytest.raises(NameError, match="scale"):
        program([1.0])


def test_a_function_may_count_its_calls() -> None:
    """What the function itself changes when it runs is no reason to look at each call."""
    count = {"runs": 0}

    def f(x: Any) -> Any:
        count["runs"] += 1
        return W * x

    program = mx.compile(f, [W], target="numpy")
    with pytest.warns(UserWarning, match=r"the function itself changes this .*: count\['runs'\] was \d and is \d"):
        found = [program([1.0]).tolist() for _ in range(10)]
    assert found == [[2.0]] * 10
    assert count["runs"] < 12


def test_a_function_with_several_paths_may_keep_a_list() -> None:
    """What a function notes when it runs on one path is no change for its others, nor for rows of other lengths."""
    noted: list[float] = []

    def f(x: Any) -> Any:
        noted.append(len(noted))
        return W * x[0] if x[0] > 0.0 else mx.sum(x)

    program = mx.compile(f, [W], target="numpy")
    rows = [[1.0], [-1.0]], [[1.0, 2.0], [-1.0, 2.0]]
    with pytest.warns(UserWarning, match="noted had . entries and has") as told:
        assert [program(x).tolist() for x in rows * 20] == [[2.0, -1.0], [2.0, 1.0]] * 20
    assert len(noted) < 40
    assert len(told) == 1


def test_changes_are_told_to_each_who_asks() -> None:
    """Who looks later than others is told of all that has changed since their last look, what runs changes once."""
    table = {"a": 1.0}
    outside = Outside(lambda x: table["a"] * x)
    table["a"] = 2.0
    assert outside.version() == 1
    with outside.running():
        table["a"] = 3.0
    assert outside.version() == 2
    table["a"] = 4.0
    assert outside.version() == 3
    with outside.running():
        table["a"] = 5.0
    assert outside.version() == 3
    assert outside.changes(since=3) == []
    assert outside.changes(since=2) == ["table['a'] was 3.0 and is 4.0"]
    assert outside.changes(since=0) == [f"table['a'] was {x}.0 and is {x + 1}.0" for x in (1, 2, 3)]


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


def watched(f: Any, clock: Callable[[], float]) -> Sentinel:
    """Return a sentinel of f, traced on one number, whose time is told by a clock."""
    return Sentinel(trace(f, [()]), np.zeros(0), Outside(f), 0.01, clock)


def both(y: float) -> tuple[OnValues, Replay]:
    """Return a row on Values, and as recorded, both of this value."""
    value, slope = np.array([y]), np.array([1.0])
    return lambda: (value, slope), lambda: Replayed(value, np.zeros(0, np.bool_), slope, slope)


ARRAYS = {
    "NumPy": np.array([1.0, 2.0]),
    "every second number": np.arange(6.0)[::2],
    "of bytes": bytearray(8),
    "of the standard library": array("d", [1.0, 2.0]),
}


@pytest.mark.parametrize("held", [lambda x: x, lambda x: [x], lambda x: {"scale": x}], ids=["itself", "list", "dict"])
@pytest.mark.parametrize("kind", ARRAYS)
def test_numbers_in_small_arrays_are_watched(kind: str, held: Callable[[Any], Any]) -> None:
    """A number that changes in an array that a function reads is seen at the next call, and named."""
    scale = held(ARRAYS[kind])
    outside = Outside(lambda x: scale * x)
    assert outside.version() == 0
    ARRAYS[kind][1] += 1
    assert outside.version() == outside.version() == 1
    assert [text.endswith("has other numbers") for text in outside.changes(since=0)] == [True]


def test_a_call_sees_a_number_that_has_changed_in_an_array() -> None:
    """A compiled function whose array has other numbers is refused at once, unless it does not read that number."""
    scale = np.array([2.0, 3.0])
    program = mx.compile(lambda x: x * float(scale[0]), target="numpy")
    assert program([1.0]).tolist() == program([1.0]).tolist() == [2.0]
    scale[1] = 7.0
    assert program([1.0]).tolist() == [2.0]
    scale[0] = 7.0
    with pytest.raises(TraceError, match=r"scale has other numbers, .* the constant 2\.0 is 7\.0 now"):
        program([1.0])


def test_the_first_call_after_a_pause_is_looked_at() -> None:
    """After a fifth of a second without a call, or ten times what a look takes if that is more, comes a look.

    What passes between tracing and the first call is no such pause: it is compiled.
    """
    now, length = [0.0], [0.001]
    sentinel = watched(lambda x: x * 2.0, lambda: now[0])
    recording = trace(lambda x: x * 2.0, [()])

    def traced() -> Any:
        now[0] += length[0]
        return recording

    def called(pause: float) -> bool:
        now[0] += pause
        if due := sentinel.is_due(np.zeros(0)):
            sentinel.look(traced, *both(2.0))
        return due

    assert [called(5.0 if i == 0 else 0.0) for i in range(20)] == [i in (1, 15) for i in range(20)]
    assert [called(pause) for pause in (0.19, 0.21, 0.19, 5.0)] == [False, True, False, True]
    length[0] = 1.0
    assert [called(pause) for pause in (0.3, 9.0, 11.0, 9.0)] == [True, False, True, False]


def test_what_cannot_be_watched_is_found_after_a_pause() -> None:
    """A number in a large array, which nothing compares at each call, is found out by the next look."""
    large, now = np.ones(BYTES // 8 + 1), [0.0]

    def f(x: Any) -> Any:
        return x * float(large[0])

    sentinel = watched(f, lambda: now[0])
    sentinel.is_due(np.zeros(0))
    large[0] = 3.0
    assert sentinel._outside.version() == 0
    now[0] = 1.0
    assert sentinel.is_due(np.zeros(0))
    with pytest.raises(TraceError, match=r"the constant 1\.0 is 3\.0 now"):
        sentinel.look(lambda: trace(f, [()]), *both(1.0))
