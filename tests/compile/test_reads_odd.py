"""Objects that say of themselves what is not so, or raise errors when they are asked, are watched as all others."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.watch.outside import Outside

Case = tuple[Callable[[Any], Any], Callable[[], Any]]


def raising(*_: Any) -> Any:
    raise RuntimeError("no")


class Held:
    """An object with a number, and a method that reads that of its class."""

    scale = 1.0

    def __init__(self) -> None:
        self.rate = 1.0

    def scaled(self) -> float:
        return self.scale


KINDS: dict[str, type[Held]] = {
    "tells no class": type("A", (Held,), {"__class__": property(raising)}),
    "says that it is a dictionary": type("B", (Held,), {"__class__": property(lambda self: dict)}),
    "shows no dictionary": type("C", (Held,), {"__dict__": property(raising)}),
    "knows no module": type("D", (Held,), {"__module__": None}),
}
HIDDEN: Any = type("Hidden", (), {"__dict__": property(raising), "rate": 1.0})
"""Python alone finds the dictionary of its objects."""


class Endless(list[Any]):
    def __len__(self) -> int:
        return int(raising())


class Key:
    def __repr__(self) -> str:
        return str(raising())


def cases() -> dict[str, Case]:
    """Return for each odd thing a function that reads it, and a change of what is read."""
    found: dict[str, Case] = {}
    for name, kind in KINDS.items():
        x = kind()
        found[name] = lambda v, x=x: v * x.rate, lambda x=x: setattr(x, "rate", 2.0)
    hidden = HIDDEN()
    found["hides its dictionary"] = lambda v: v * hidden.rate, lambda: setattr(hidden, "rate", 2.0)
    name = "rate"
    found["hides it from any name"] = lambda v: v * getattr(hidden, name + ""), lambda: setattr(hidden, "rate", 3.0)
    kept = Held()
    proxy = weakref.proxy(kept)
    found["a proxy"] = lambda v: v * proxy.rate, lambda: setattr(kept, "rate", 2.0)
    found["a proxy's method"] = lambda v: v * proxy.scaled(), lambda: setattr(type(kept), "scale", kept.scale + 1.0)
    endless = Endless([1.0])
    found["tells no length"] = lambda v: v * endless[0], lambda: list.__setitem__(endless, 0, 2.0)
    keys: dict[Any, Any] = {Key(): [1.0]}
    found["a key without a text"] = (
        lambda v: v * next(iter(keys.values()))[0],
        lambda: keys.update(dict.fromkeys(keys, 2.0)),
    )
    return found


@pytest.mark.parametrize("name", list(cases()))
def test_what_is_odd_is_watched(name: str) -> None:
    """A change of it is met at the next call."""
    f, change = cases()[name]
    outside = Outside(f)
    before = outside.version()
    change()
    assert outside.version() > before


def test_parameters_of_torch_are_watched() -> None:
    """They show their numbers only when they are detached."""
    torch = pytest.importorskip("torch")
    w = torch.nn.Parameter(torch.ones(3))
    outside = Outside(lambda x: x * float(w[0]))
    before = outside.version()
    assert outside.version() == before
    with torch.no_grad():
        w[0] = 5.0
    assert outside.version() > before


def unreadable() -> dict[str, Any]:
    """Return what nobody can read, or what has no name, file or module that is a text."""
    module = ModuleType("by_hand")
    module.__file__ = Path("by_hand.py")  # type: ignore[assignment]
    nameless = ModuleType("nameless")
    del nameless.__dict__["__name__"]
    answering = ModuleType("answering")
    answering.__getattr__ = lambda name: 2.0  # type: ignore[method-assign]
    return {
        "a dead proxy": weakref.proxy(Held()),
        "an object that raises": type("R", (), {"__getattribute__": raising})(),
        "a class in no module": type("N", (), {"__module__": 5}),
        "a path": module,
        "no name": nameless,
        "any attribute": answering,
    }


@pytest.mark.parametrize("name", list(unreadable()))
@pytest.mark.parametrize("target", ["numpy", "auto"])
def test_what_cannot_be_read_is_no_error(name: str, target: str) -> None:
    """A function that has it at hand compiles, and is called again."""
    x = unreadable()[name]

    def f(v: Any) -> Any:
        return v * len([x])

    program = mx.compile(f, target=target)
    for _ in range(3):
        assert program([2.0]).tolist() == [2.0]


def test_classes_of_a_module_that_answers_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a module computes when it is asked for its file is no file."""
    module = unreadable()["any attribute"]
    monkeypatch.setitem(sys.modules, "answering", module)
    x = type("Of", (Held,), {"__module__": "answering"})()
    outside = Outside(lambda v: v * x.rate)
    before = outside.version()
    x.rate = 2.0
    assert outside.version() > before


class Counting:
    """A number that is read by a word, and a counter beside it."""

    def __init__(self) -> None:
        self.rate, self.steps = np.ones(2), 0

    def by_word(self, x: Any) -> Any:
        return x * float(getattr(self, "rate")[0])  # noqa: B009

    def by_name(self, x: Any, name: str = "rate") -> Any:
        return x * float(getattr(self, name)[0])

    def all_by_word(self, x: Any) -> Any:
        return x * float(getattr(self, "__dict__")["rate"][0])  # noqa: B009


@pytest.mark.parametrize(("name", "is_any"), [("by_word", False), ("by_name", True), ("all_by_word", True)])
def test_getattr_of_a_word_asks_for_that_alone(name: str, is_any: bool) -> None:
    """A counter beside it is nobody's concern, unless what is asked for is computed, or is all there is."""
    x = Counting()
    outside = Outside(getattr(x, name))
    before = outside.version()
    x.steps += 1
    assert (outside.version() > before) is is_any
    before = outside.version()
    x.rate[0] = 2.0
    assert outside.version() > before
