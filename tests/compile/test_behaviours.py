"""Classes, modules and other objects that behave otherwise than they did are seen to do so at the next call."""

from __future__ import annotations

import builtins
import math
import operator
import statistics
import sys
import threading
from collections.abc import Callable
from functools import partial, partialmethod
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import untouched as passing
from microgradx.errors import TraceError

from .seen import is_seen

Case = tuple[Callable[[Any], Any], Callable[[], Any]]
TOLD: Any = ModuleType("told")
TOLD.__file__ = __file__
here = globals()
variable: Any = 1


class Plain:
    """A class without anything of its own."""


class Rated:
    """Another one, with a rate."""

    rate = 5.0


def described() -> dict[str, Case]:
    """Return functions of what classes, modules and other objects do, and what changes that."""

    def classes(**own: Any) -> tuple[Any, Any]:
        kind = type("Kind", (type("Base", (Plain,), {}),), own)
        return kind, kind()

    def later(name: str, ask: Callable[[Any], Any], what: Any) -> Case:
        kind, x = classes()
        x.rate = 1.0
        return (lambda v: ask(x) * v), partial(setattr, kind, name, what)

    based, x = classes()
    upper, y = classes()
    of_class: Any = type("OfClass", (type("Base", (Plain,), {"rate": 1.0}),), {})
    meta: Any = type("Meta", (type,), {"rate": 1.0})
    made = meta("Made", (), {})
    descriptor = type("Descriptor", (), {"__get__": lambda self, x, kind=None: 5.0})
    _, z = classes(rate=descriptor())
    z.__dict__["rate"] = 1.0
    several = type("Several", (), {"at": lambda self, by, v: by * v})
    several.turned = partialmethod(several.at, 1.0)  # type: ignore[attr-defined]
    one = several()
    called = operator.methodcaller("rate")
    rated: Any = type("Called", (), {"rate": lambda self: self.kept})()
    rated.kept = 1.0
    bound = partial(operator.mul, 1.0)
    own = threading.local()
    own.rate = 1.0
    hidden = {"rate": 1.0}

    def asked(name: str) -> Any:
        if name in hidden:
            return hidden[name]
        raise AttributeError(name)

    TOLD.__getattr__ = asked

    def keyed(v: Any, *, by: float = 1.0) -> Any:
        return by * v

    def imported(v: Any) -> Any:
        import told  # type: ignore[import-not-found]

        return told.rate * v

    other: Any = ModuleType("told")
    other.rate = 5.0
    memory = np.array([1.0, 2.0])
    view = memory.view()
    view.flags.writeable = False
    masked, days = np.ma.array([1.0, 2.0], mask=[False, False]), np.array([1, 2], "datetime64[s]")
    return {
        "bases": (lambda v: getattr(x, "rate", 1.0) * v, lambda: setattr(based, "__bases__", (Rated, Plain))),
        "bases of a base": (
            lambda v: getattr(y, "rate", 1.0) * v,
            lambda: setattr(upper.__bases__[0], "__bases__", (Rated, Plain)),
        ),
        "bases of a class": (lambda v: of_class.rate * v, lambda: setattr(of_class, "__bases__", (Rated, Plain))),
        "metaclass": (lambda v: made.rate * v, lambda: setattr(meta, "rate", 5.0)),
        "__getattr__": later("__getattr__", lambda x: getattr(x, "none", 1.0), lambda self, name: 5.0),
        "__getattribute__": later("__getattribute__", lambda x: x.rate, lambda self, name: 5.0),
        "__bool__": later("__bool__", lambda x: 1.0 if x else 5.0, lambda self: False),
        "__len__": later("__len__", lambda x: 1.0 if x else 5.0, lambda self: 0),
        "__eq__": later("__eq__", lambda x: 5.0 if x == 3 else 1.0, lambda self, other: True),
        "__call__": later("__call__", lambda x: 5.0 if callable(x) else 1.0, lambda self: 1.0),
        "property": later("rate", lambda x: x.rate, property(lambda self: 5.0)),
        "__set__ of a descriptor": (
            lambda v: z.rate * v,
            lambda: setattr(descriptor, "__set__", lambda self, x, value: None),
        ),
        "partialmethod": (
            lambda v: one.turned(v),
            lambda: setattr(several, "turned", partialmethod(several.at, 5.0)),  # type: ignore[attr-defined]
        ),
        "methodcaller": (lambda v: called(rated) * v, lambda: setattr(rated, "kept", 5.0)),
        "state of a partial": (
            lambda v: bound(v),
            lambda: bound.__setstate__((operator.mul, (5.0,), {}, {})),  # type: ignore[attr-defined]
        ),
        "defaults by name": (lambda v: keyed(v), lambda: setattr(keyed, "__kwdefaults__", {"by": 5.0})),
        "constant of a library": (lambda v: v * math.tau, lambda: setattr(math, "tau", 5.0)),
        "function of a library": (
            lambda v: v * statistics.mean([1.0]),
            lambda: setattr(statistics, "mean", lambda x: 5.0),
        ),
        "builtin": (lambda v: v * abs(-1.0), lambda: setattr(builtins, "abs", lambda x: 5.0)),
        "import": (imported, lambda: sys.modules.update(told=other)),
        "__getattr__ of a module": (lambda v: TOLD.rate * v, lambda: hidden.update(rate=5.0)),
        "evaluated": (lambda v: eval("2.0 * variable") * v, lambda: here.update(variable=5.0)),
        "any variable": (lambda v: globals()["".join(("vari", "able"))] * v, lambda: here.update(variable=5.0)),
        "attribute of a thread": (lambda v: own.rate * v, lambda: setattr(own, "rate", 5.0)),
        "array that is read only": (lambda v: float(view[0]) * v, lambda: memory.fill(5.0)),
        "mask": (lambda v: float(masked.sum()) * v, lambda: masked.__setitem__(0, np.ma.masked)),
        "times": (lambda v: float(days[0].astype(int)) * v, lambda: days.__setitem__(0, np.datetime64(5, "s"))),
    }


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "SMALL", -1)
    monkeypatch.setattr(passing, "CALLS", 1)
    for module, name in ((math, "tau"), (statistics, "mean"), (builtins, "abs"), (sys.modules[__name__], "variable")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setitem(sys.modules, "told", TOLD)


@pytest.mark.parametrize("case", described())
def test_another_behaviour_is_a_change(case: str) -> None:
    """Whatever is done to the classes, modules and objects that a function reads, the next call is an error."""
    is_seen(*described()[case])


def test_each_thread_reads_what_is_its_own() -> None:
    """A program that reads an attribute of its thread is told of it in another thread, and gives what it is there."""
    own = threading.local()
    own.rate, found = 2.0, []
    program = mx.compile(lambda x: own.rate * x, target="numpy")

    def call(rate: float) -> None:
        own.rate = rate
        try:
            found.append(program([1.0]).tolist())
        except TraceError as error:
            found.append(str(error).partition(",")[0])

    call(2.0)
    for rate in (2.0, 3.0):
        thread = threading.Thread(target=call, args=(rate,))
        thread.start()
        thread.join()
    call(2.0)
    assert found == [[2.0], [2.0], "own.rate was 2.0 and is 3.0", [2.0]]
