"""What a function reads of objects, by operators or attributes of any kind, is watched, and nothing else of them."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from enum import IntEnum
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

import microgradx as mx
from microgradx.compile.watch.outside import Outside

from .seen import is_refused

total = 0


class Vector:
    """Numbers with operators of their own."""

    offset = 0.0

    def __init__(self, *entries: float) -> None:
        self.entries = list(entries)

    def __matmul__(self, x: Any) -> Any:
        return mx.sum([a * b for a, b in zip(self.entries, x, strict=True)]) + self.offset

    def __getitem__(self, i: int) -> Any:
        return self.entries[i]


class Longer(Vector):
    """A vector that has all it needs from its class."""


class Scaled:
    """A descriptor: an attribute that is computed of another one."""

    def __init__(self, by: float) -> None:
        self.by = by

    def __get__(self, x: Any, kind: Any = None) -> Any:
        return self.by * x.base


class Open:
    """What knows its attributes by __getattr__ only."""

    twice = Scaled(2.0)

    def __init__(self) -> None:
        self.base = 1.0
        self.inside = {"rate": 1.0}

    def __getattr__(self, key: str) -> Any:
        try:
            return self.__dict__["inside"][key]
        except KeyError:
            raise AttributeError(key) from None


@dataclass
class Point:
    """An object that is taken apart without naming its attribute."""

    rate: float


def chained(model: Any, x: Any) -> Any:
    """Return what the parts of a model give that is an argument."""
    for part in model.parts:
        x = part.rate * x
    return x


def chosen(model: Any, x: Any) -> Any:
    """Return what the part gives that is looked up by its number."""
    return getattr(model, f"part{model.number}") * x


Case = tuple[Callable[[Any], Any], Callable[[], Any]]


def cases() -> dict[str, Case]:
    """Return functions of a list of two numbers, and what changes their results."""
    v, w, longer, plain = Vector(1.0, 2.0), Vector(1.0, 2.0), Longer(1.0, 2.0), Vector(1.0, 2.0)
    one, two = Open(), Open()
    parts = SimpleNamespace(parts=[SimpleNamespace(rate=1.0), SimpleNamespace(rate=2.0)])
    numbered = SimpleNamespace(part1=1.0, part2=2.0, number=1)
    kept, rate_of = SimpleNamespace(rate=1.0), operator.attrgetter("rate")
    pointed = Vector(1.0)
    weakly: Any = weakref.ref(pointed)
    late, swapped = Vector(1.0, 2.0), Vector(1.0, 2.0)
    point, pointer, step = Point(1.0), Point(1.0), mx.optim.SGD(lr=1.0)

    empty, rate, texts, two_ways = SimpleNamespace(), Rate(2.0), {"a": Text("a")}, Way.TWO
    rate.unit = 1.0

    def tried(of: Any, x: Any) -> Any:
        return x[0] * (of.more if hasattr(of, "more") else 1.0)

    def matched(x: Any) -> Any:
        match point:
            case Point(rate):
                return rate * x[0]

    def built(x: Any) -> Any:
        return Longer(*x)[0] * 2.0

    return {
        "operator": (lambda x: v @ x, lambda: v.entries.__setitem__(0, 5.0)),
        "operator of the class": (
            lambda x: w @ x,
            partial(_set, Vector, "__matmul__", lambda v, x: 7.0 * x[0]),
        ),
        "entry": (lambda x: plain[0] * x[0], lambda: plain.entries.__setitem__(0, 5.0)),
        "class that comes first": (lambda x: longer @ x, partial(_set, Longer, "offset", 5.0)),
        "constructor": (built, partial(_set, Longer, "__getitem__", lambda v, i: 7.0)),
        "class of an object": (lambda x: swapped @ x, lambda: setattr(swapped, "__class__", Other)),
        "descriptor": (lambda x: one.twice * x[0], lambda: setattr(one, "base", 5.0)),
        "__getattr__": (lambda x: two.rate * x[0], lambda: two.inside.update(rate=5.0)),
        "argument of a helper": (lambda x: chained(parts, x[0]), lambda: setattr(parts.parts[1], "rate", 5.0)),
        "computed name": (lambda x: chosen(numbered, x[0]), lambda: setattr(numbered, "part1", 5.0)),
        "pattern": (matched, lambda: setattr(point, "rate", 5.0)),
        "fields": (lambda x: astuple(pointer)[0] * x[0], lambda: setattr(pointer, "rate", 5.0)),
        "property of a library's object": (lambda x: step.lr * x[0], lambda: setattr(step, "lr", 5.0)),
        "attrgetter": (lambda x: rate_of(kept) * x[0], lambda: setattr(kept, "rate", 5.0)),
        "weak reference": (lambda x: weakly()[0] * x[0], lambda: pointed.entries.__setitem__(0, 5.0)),
        "attribute that is new": (lambda x: tried(late, x), lambda: setattr(late, "more", 5.0)),
        "attribute that is new, of a namespace": (lambda x: tried(empty, x), lambda: setattr(empty, "more", 5.0)),
        "attribute of a number": (lambda x: rate.unit * x[0], lambda: setattr(rate, "unit", 5.0)),
        "method of a text": (lambda x: texts["a"].of(x[0]), partial(_set, Text, "of", lambda text, x: 7.0 * x)),
        "attribute of a number that has a name": (lambda x: two_ways.unit * x[0], partial(_set, Way, "unit", 5.0)),
    }


class Rate(float):
    """A number with attributes."""

    unit: float


class Text(str):
    """A text with a method."""

    def of(self, x: Any) -> Any:
        return 2.0 * x


class Way(IntEnum):
    """Numbers with names."""

    TWO = 2

    @property
    def unit(self) -> float:
        return 1.0


class Other(Vector):
    """Another class for an object."""

    def __matmul__(self, x: Any) -> Any:
        return 7.0 * x[0]


def _set(kind: type, key: str, x: Any) -> None:
    UNDO.append((kind, key, vars(kind).get(key)))
    setattr(kind, key, x)


UNDO: list[tuple[type, str, Any]] = []


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    while UNDO:
        kind, key, x = UNDO.pop()
        delattr(kind, key) if x is None else setattr(kind, key, x)


@pytest.mark.parametrize("name", cases())
def test_the_first_call_after_a_change_is_an_error(name: str) -> None:
    """Whichever way a function asks an object, the next call after its answer has changed is a TraceError."""
    is_refused(*cases()[name])


class Trainer:
    """A loss with much besides that it does not read."""

    runs = 0

    def __init__(self) -> None:
        self.model = mx.nn.MLP(2, [3, 1], seed=0)
        self.steps, self.losses, self.best = 0, [0.0], {"at": 0}

    def loss(self, x: Any) -> Any:
        return self.model(x)

    def step(self) -> None:
        """Note what happens."""
        global total
        total += 1
        Trainer.runs += 1
        self.steps += 1
        self.losses.append(1.0)
        self.best["at"] = self.steps
        self.model([1.0, 2.0])
        self.model.zero_grad()

    def __repr__(self) -> str:
        return f"{self.steps} steps: {self.losses}, {self.best}, {self.runs}"

    def __len__(self) -> int:
        return 1


def test_what_is_not_read_costs_no_look() -> None:
    """Counters and histories of an object, its class and its module are no changes of what its loss reads."""
    trainer = Trainer()
    outside = Outside(lambda x: trainer.loss(x))
    for _ in range(3):
        trainer.step()
        assert outside.version() == 0
