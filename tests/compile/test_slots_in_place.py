"""A float that only its Value holds gets the new number where it stands; a float that anybody else holds never does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import slots
from microgradx.compile.backends.llvm.slots import Slots
from microgradx.node import set_data

from .slotted import N, bits, made, numbers, values_of


def own(seed: int) -> tuple[Value, ...]:
    """Return Values each of which is the only holder of its float."""
    values = values_of([0.5] * N)
    set_data(values, numbers(seed).tolist())
    return values


def attribute(v: Value) -> Callable[[], float]:
    """Let a variable hold it."""
    x = v.data
    return lambda: x


def items(v: Value) -> Callable[[], float]:
    """Let a list and a dictionary hold it."""
    held = [v.data], {"x": v.data}
    return lambda: held[0][0]


def key(v: Value) -> Callable[[], float]:
    """Let a dictionary hold it as its key."""
    held = {v.data: "x"}
    return lambda: next(iter(held))


def another(v: Value) -> Callable[[], float]:
    """Let another Value hold it."""
    other = Value(0.0)
    other._data = v._data
    return lambda: other.data


def recorded(v: Value) -> Callable[[], float]:
    """Let a node computed from it hold it, as the number that it was computed from."""
    node = v * 2.0
    return lambda: node._x


def waiting(v: Value) -> Callable[[], float]:
    """Let a generator hold it on its stack alone, between two instructions."""

    def generator() -> Generator[float, float, None]:
        yield v._data + (yield 0.0)

    at_work = generator()
    next(at_work)
    return lambda: at_work.send(0.0)


def array(v: Value) -> Callable[[], float]:
    """Let an array of objects hold it."""
    held = np.array([v.data, None], object)
    return lambda: held[0]


def called(v: Value) -> Callable[[], float]:
    """Let a call in another thread hold it, as an argument."""
    begun, end, found = threading.Event(), threading.Event(), []

    def wait(*arguments: float) -> None:
        begun.set()
        end.wait(20)
        found.append(arguments[0])

    thread = threading.Thread(target=lambda: wait(v._data))
    thread.start()
    begun.wait(20)

    def seen() -> float:
        end.set()
        thread.join()
        return found[0]

    return seen


HOLDERS = [attribute, items, key, another, recorded, waiting, array, called]


@pytest.mark.parametrize("hold", HOLDERS)
def test_who_holds_a_float_keeps_its_number(hold: Callable[[Value], Callable[[], float]]) -> None:
    """Whoever has got hold of a Value's number before it is set sees the old one afterwards."""
    values, x = own(10), numbers(11)
    before = bits([v._data for v in values])
    places = [0, N // 3, N - 1]
    held = [hold(values[i]) for i in places]
    made().set_data(values, memoryview(x))
    assert bits([see() for see in held]) == [before[i] for i in places]
    assert bits([v._data for v in values]) == bits(x)


def test_a_float_of_its_own_is_set_where_it_stands() -> None:
    """A Value that nobody has asked holds the same object before and after, and numbers follow one another in it."""
    values = own(12)
    places = [id(v._data) for v in values]
    for seed in range(13, 16):
        x = numbers(seed)
        made().set_data(values, memoryview(x))
        assert bits([v._data for v in values]) == bits(x)
    assert [id(v._data) for v in values] == places
    assert {sys.getrefcount(v._data) for v in values} == {1 + sys.getrefcount(float("0.1"))}  # the Value


def test_one_float_of_two_values_becomes_two() -> None:
    """Values that share a float, next to one another or not, hold their own numbers afterwards."""
    values, x = own(17), numbers(18)
    for one, other in ((0, 1), (2, N - 1)):
        values[other]._data = values[one]._data
    made().set_data(values, memoryview(x))
    assert bits([v._data for v in values]) == bits(x)
    twice = (values[5], *values[1:], values[5])
    made().set_data(twice, np.append(x, 7.0).data)
    assert values[5].data == 7.0


def test_constants_stay_what_they_are() -> None:
    """A number that stands in code is the same after Values that held it were set."""

    def constant() -> float:
        return 0.1234567

    values = values_of([0.0] * N)
    for v in values:
        v.data = constant()
    made().set_data(values, memoryview(numbers(19)))
    assert constant() == float("0.1234567")


def test_numbers_seen_between_trainings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that were asked for before a training are those from before it, and losses those that were recorded."""
    monkeypatch.setattr(slots, "LEAST", 1)
    code = made()._code(N)
    monkeypatch.setattr(Slots, "_code", lambda self, count: code)
    net = mx.nn.MLP(2, [6, 1], seed=0)
    program = mx.compile(lambda x, y: (net(x) - y) ** 2, net.parameters())
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 2, "progress": False}
    seen = []
    for _ in range(3):
        seen.append(([v.data for v in net.parameters()], net.state_dict()))
        copies = [list(map(float.hex, numbers)) for numbers, _ in seen]
        program.train(np.ones((4, 2)), np.zeros(4), optimizer=mx.optim.SGD(lr=0.1), **settings)
        assert [list(map(float.hex, numbers)) for numbers, _ in seen] == copies
    assert seen[0][1] != seen[1][1] != seen[2][1]
