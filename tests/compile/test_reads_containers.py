"""What a function reads of containers is watched: their order, keys, entries and attributes."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from functools import reduce
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value

from .seen import is_refused

named = 1.0


class Weights(list[float]):
    """A list with an attribute."""

    gain = 1.0


class Pair(NamedTuple):
    """A tuple with a method."""

    first: float
    second: float

    def dot(self, x: Any) -> Any:
        return self.first * x[0] + self.second * x[1] + named


class Key:
    """A key that holds numbers itself."""

    def __init__(self, *entries: float) -> None:
        self.entries = list(entries)

    def __getitem__(self, i: int) -> float:
        return self.entries[i]


Case = tuple[Callable[[Any], Any], Callable[[], Any]]


def cases() -> dict[str, Case]:
    """Return functions of a list of two numbers, and what changes their results."""
    ordered, mapping = {"a": 2.0, "b": 3.0}, collections.OrderedDict(a=2.0, b=3.0)
    deep = [{"a": Value(2.0), "b": Value(3.0)}]
    queue, some, counter = collections.deque([1.0, 2.0]), {1.0, 2.0}, collections.Counter("a")
    user, chain = collections.UserDict(a=1.0), collections.ChainMap({}, {"a": 1.0})
    view = MappingProxyType(ordered)
    held, matrix = np.array([SimpleNamespace(rate=1.0)], dtype=object), np.array([[1.0, 2.0], [3.0, 4.0]])
    weights, pairs = Weights([1.0]), [Pair(1.0, 2.0)]
    table = {"a": 1.0}
    get, late = table.get, Key(1.0, 2.0)
    keyed = {late: 1.0}

    def in_order(of: Any) -> Callable[[Any], Any]:
        return lambda x: reduce(lambda y, key: mx.tanh(y) * of[key], of, x[0])

    def turn(x: Any, key: Any = "a") -> None:
        x[key] = x.pop(key)

    return {
        "order of keys": (in_order(ordered), lambda: turn(ordered)),
        "order of keys, inside": (lambda x: in_order(deep[0])(x), lambda: turn(deep[0])),
        "object that is a key": (
            lambda x: mx.sum([k[0] * x[0] for k in keyed]),
            lambda: late.entries.__setitem__(0, 5.0),
        ),
        "OrderedDict": (in_order(mapping), lambda: mapping.move_to_end("a")),
        "view": (lambda x: view["b"] * x[0], lambda: ordered.update(b=5.0)),
        "deque": (lambda x: queue[0] * x[0], lambda: queue.rotate(1)),
        "set": (lambda x: sum(some) * x[0], lambda: some.add(5.0)),
        "Counter": (lambda x: counter["a"] * x[0], lambda: counter.update("a")),
        "UserDict": (lambda x: user["a"] * x[0], lambda: user.update(a=5.0)),
        "ChainMap": (lambda x: chain["a"] * x[0], lambda: chain.update(a=5.0)),
        "object in an array": (lambda x: held[0].rate * x[0], lambda: setattr(held[0], "rate", 5.0)),
        "shape of an array": (lambda x: len(matrix.tolist()) * x[0], lambda: matrix.resize((4, 1), refcheck=False)),
        "method of a tuple": (lambda x: pairs[0].dot(x), lambda: globals().update(named=5.0)),
        "attribute of a list": (lambda x: weights.gain * x[0], lambda: setattr(weights, "gain", 5.0)),
        "bound method of a dictionary": (lambda x: get("a") * x[0], lambda: table.update(a=5.0)),
    }


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    globals().update(named=1.0)


@pytest.mark.parametrize("name", cases())
def test_the_first_call_after_a_change_is_an_error(name: str) -> None:
    """Whatever changes in a container, or in what stands in it, the next call after that is a TraceError."""
    is_refused(*cases()[name])
