"""What a function reads otherwise than by names is watched where it does so, and is no reason to look where not."""

from __future__ import annotations

import dataclasses
from collections import ChainMap, UserDict, UserList
from collections.abc import Callable
from functools import partial, reduce
from types import SimpleNamespace
from typing import Any

import pytest

import microgradx as mx
from microgradx.compile.watch.outside import Outside

from .seen import is_refused

Case = tuple[Callable[[Any], Any], Callable[[], Any]]


class Asking:
    """An object that asks itself, and others, for attributes whose names it computes."""

    def __init__(self) -> None:
        self.part = SimpleNamespace(rate1=1.0)
        self.rate1 = 1.0

    @staticmethod
    def free(x: Any, name: str) -> Any:
        return getattr(x, f"{name}1")

    def own(self, name: str) -> Any:
        return sum([getattr(self, name + end) for end in ("1",)])

    def of_part(self, name: str) -> Any:
        return getattr(self.part, f"{name}1")

    def of_variable(self, name: str) -> Any:
        part = self.part
        return getattr(part, f"{name}1")

    def rebound(self, name: str) -> Any:
        self = self.part  # type: ignore[assignment]
        return getattr(self, f"{name}1")

    def by_another_self(self, name: str) -> Any:
        return [getattr(self, f"{name}1") for self in [self.part]][0]  # noqa: RUF015

    def handed_on(self, name: str) -> Any:
        return reduce(getattr, [f"{name}1"], self.part)

    def chosen(self, name: str) -> Any:
        return getattr(self if name == "none" else self.part, f"{name}1")


class Adding(Asking):
    """An object whose operator asks the other operand."""

    def __add__(self, other: Any) -> Any:
        return getattr(other, "rate{}".format(1))  # noqa: UP032


OF_PART: dict[str, Callable[[Asking], Any]] = {
    "static method": lambda x: x.free(x.part, "rate"),
    "method of another": lambda x: Asking.own(x.part, "rate"),  # type: ignore[arg-type]
    "partial of a method": lambda x: partial(Asking.own, x.part)("rate"),  # type: ignore[arg-type]
    "function of a method": lambda x: x.own.__func__(x.part, "rate"),  # type: ignore[attr-defined]
    "attribute": lambda x: x.of_part("rate"),
    "variable": lambda x: x.of_variable("rate"),
    "self that is another": lambda x: x.rebound("rate"),
    "self in a list": lambda x: x.by_another_self("rate"),
    "getattr handed on": lambda x: x.handed_on("rate"),
    "choice": lambda x: x.chosen("rate"),
    "operator": lambda x: x + x.part,  # type: ignore[operator]
}


@pytest.mark.parametrize("name", OF_PART)
def test_what_a_method_asks_of_another_object(name: str) -> None:
    """Whichever object a method asks for an attribute whose name it computes, that is watched."""
    x, read = Adding(), OF_PART[name]
    is_refused(lambda row: read(x) * row[0], lambda: setattr(x.part, "rate1", 5.0))


@dataclasses.dataclass
class Trainer:
    """A record of what happened, besides what a loss reads."""

    rate: float = 1.0
    steps: int = 0
    losses: list[float] = dataclasses.field(default_factory=list)

    def loss(self, x: Any) -> Any:
        if x < -1e9:
            raise ValueError(f"{self!r} is not for {x}")
        return self.rate * x


def test_what_a_method_asks_of_itself_is_its_own() -> None:
    """Where a model asks itself for attributes by computed names, counters of other objects are no changes."""
    x, trainer = Asking(), Trainer()
    outside = Outside(lambda row: trainer.loss(row[0]) * x.own("rate"))
    for _ in range(3):
        trainer.steps += 1
        trainer.losses.append(1.0)
        assert outside.version() == 0
    x.rate1 = 2.0
    assert outside.version() == 1


def caught(x: Any) -> Any:
    """Return an attribute, if there is one."""
    try:
        return x.more
    except:  # noqa: E722
        return 1.0


class Claiming(mx.nn.Neuron):
    """A neuron that says that it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


class Raising:
    """What cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise TypeError("not to be compared")

    def __call__(self, x: Any) -> Any:
        return 5.0 * x


rates_1 = [1.0]
code = compile("rates_1[0]", "code", "eval")


def double(x: Any) -> Any:
    return 2.0 * x


def cases() -> dict[str, Case]:
    """Return functions of a list of two numbers, and what changes their results."""
    kinds = [type("Own", (base,), {}) for base in (UserDict, UserList, ChainMap, SimpleNamespace)]
    table, entries, chained = kinds[0](a=1.0), kinds[1]([1.0]), kinds[2]({}, {"a": 1.0})
    one, two, empty = kinds[3](rate=1.0), kinds[3](rate=1.0), SimpleNamespace()
    layer, functions, by_name = mx.nn.Layer(1, 1, seed=0), [double], {"named": 1.0, "Own": 1.0, "other": 5.0}

    def named(x: Any) -> Any:
        return x

    return {
        "UserDict of the user": (lambda x: table["a"] * x[0], lambda: table.update(a=5.0)),
        "UserList of the user": (lambda x: entries[0] * x[0], lambda: entries.__setitem__(0, 5.0)),
        "ChainMap of the user": (lambda x: chained["a"] * x[0], lambda: chained.maps[1].update(a=5.0)),
        "namespace of the user": (lambda x: x[0] if one == two else 3.0 * x[0], lambda: setattr(two, "rate", 5.0)),
        "attribute that is caught": (lambda x: caught(empty) * x[0], lambda: setattr(empty, "more", 5.0)),
        "what claims to be equal": (
            lambda x: layer([x[0]])[0],
            lambda: layer.neurons.__setitem__(0, Claiming(1, seed=3)),
        ),
        "variable by a computed name": (
            lambda x: globals()["rates_" + str(len(x) - 1)][0] * x[0],
            lambda: rates_1.__setitem__(0, 5.0),
        ),
        "evaluated code": (lambda x: eval(code) * x[0], lambda: rates_1.__setitem__(0, 7.0)),
        "name of a function": (lambda x: by_name[named.__name__] * x[0], lambda: setattr(named, "__name__", "other")),
        "name of a class": (
            lambda x: by_name[type(one).__name__] * x[0],
            lambda: setattr(type(one), "__name__", "other"),
        ),
        "what cannot be compared": (lambda x: functions[0](x[0]), lambda: functions.__setitem__(0, Raising())),
    }


@pytest.mark.parametrize("name", cases())
def test_the_first_call_after_a_change_is_an_error(name: str) -> None:
    """Whoever compares, and whichever code of a library reads an object, the next call is a TraceError."""
    is_refused(*cases()[name])
