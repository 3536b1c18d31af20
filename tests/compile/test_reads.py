"""What a function reads by way of operators, helpers, decorators, imports and other containers is watched as well."""

from __future__ import annotations

import collections
import dataclasses
import dis
import functools
import inspect
import operator
import sys
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import astuple, dataclass
from types import CodeType, MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.watch import asked
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

SHARED = ContextVar("SHARED", default=1.0)
IMPORTED = ModuleType("imported_when_called")
IMPORTED.__file__ = __file__
named = 1.0
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


class Weights(list[float]):
    """A list with an attribute, and a mapping of names that are asked for as attributes."""

    gain = 1.0


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


class Pair(NamedTuple):
    """A tuple with a method."""

    first: float
    second: float

    def dot(self, x: Any) -> Any:
        return self.first * x[0] + self.second * x[1] + named


def chained(model: Any, x: Any) -> Any:
    """Return what the parts of a model give that is an argument."""
    for part in model.parts:
        x = part.rate * x
    return x


def chosen(model: Any, x: Any) -> Any:
    """Return what the part gives that is looked up by its number."""
    return getattr(model, f"part{model.number}") * x


def by_default(x: Any, factor: float = 1.0) -> Any:
    return factor * x


def memoised(f: Callable[..., Any]) -> Any:
    """Return a function that keeps its results, with one to compute them in its __wrapped__."""
    return functools.lru_cache(f)


Case = tuple[Callable[[Any], Any], Callable[[], Any]]


def cases() -> dict[str, Case]:
    """Return functions of a list of two numbers, and what changes their results."""
    v, w, longer, plain = Vector(1.0, 2.0), Vector(1.0, 2.0), Longer(1.0, 2.0), Vector(1.0, 2.0)
    one, two = Open(), Open()
    parts = SimpleNamespace(parts=[SimpleNamespace(rate=1.0), SimpleNamespace(rate=2.0)])
    numbered = SimpleNamespace(part1=1.0, part2=2.0, number=1)
    ordered = {"a": 2.0, "b": 3.0}
    deep = [{"a": Value(2.0), "b": Value(3.0)}]
    mapping = collections.OrderedDict(a=2.0, b=3.0)
    queue, some, counter = collections.deque([1.0, 2.0]), {1.0, 2.0}, collections.Counter("a")
    user, chain = collections.UserDict(a=1.0), collections.ChainMap({}, {"a": 1.0})
    view = MappingProxyType(ordered)
    held = np.array([SimpleNamespace(rate=1.0)], dtype=object)
    weights = Weights([1.0])
    table, matrix = {"a": 1.0}, np.array([[1.0, 2.0], [3.0, 4.0]])
    get, rate_of, keyword = table.get, operator.attrgetter("rate"), functools.partial(by_default, factor=1.0)
    kept = SimpleNamespace(rate=1.0)
    pointed = Vector(1.0)
    weakly: Any = weakref.ref(pointed)
    factors = [2.0]
    pairs, step = [Pair(1.0, 2.0)], mx.optim.SGD(lr=1.0)
    cached = memoised(lambda n: n * factors[0])
    late = Vector(1.0, 2.0)
    keyed, point, pointer = {late: 1.0}, Point(1.0), Point(1.0)
    swapped = Vector(1.0, 2.0)

    def with_attribute(x: Any) -> Any:
        return with_attribute.rate * x[0]  # type: ignore[attr-defined]

    with_attribute.rate = 1.0  # type: ignore[attr-defined]

    def of_import(x: Any) -> Any:
        from imported_when_called import rate  # type: ignore[import-not-found]

        return rate * x[0]

    def in_order(of: Any) -> Callable[[Any], Any]:
        return lambda x: functools.reduce(lambda y, key: mx.tanh(y) * of[key], of, x[0])

    def tried(x: Any) -> Any:
        return x[0] * (late.more if hasattr(late, "more") else 1.0)

    def inner(x: Any, by: float = 1.0) -> Any:
        return by * x

    def matched(x: Any) -> Any:
        match point:
            case Point(rate):
                return rate * x[0]

    def turn(x: Any, key: Any = "a") -> None:
        x[key] = x.pop(key)

    def built(x: Any) -> Any:
        return Longer(*x)[0] * 2.0

    return {
        "operator": (lambda x: v @ x, lambda: v.entries.__setitem__(0, 5.0)),
        "operator of the class": (
            lambda x: w @ x,
            functools.partial(_set, Vector, "__matmul__", lambda v, x: 7.0 * x[0]),
        ),
        "entry": (lambda x: plain[0] * x[0], lambda: plain.entries.__setitem__(0, 5.0)),
        "class that comes first": (lambda x: longer @ x, functools.partial(_set, Longer, "offset", 5.0)),
        "constructor": (built, functools.partial(_set, Longer, "__getitem__", lambda v, i: 7.0)),
        "class of an object": (lambda x: swapped @ x, lambda: setattr(swapped, "__class__", Other)),
        "descriptor": (lambda x: one.twice * x[0], lambda: setattr(one, "base", 5.0)),
        "__getattr__": (lambda x: two.rate * x[0], lambda: two.inside.update(rate=5.0)),
        "argument of a helper": (lambda x: chained(parts, x[0]), lambda: setattr(parts.parts[1], "rate", 5.0)),
        "computed name": (lambda x: chosen(numbered, x[0]), lambda: setattr(numbered, "part1", 5.0)),
        "order of keys": (in_order(ordered), lambda: turn(ordered)),
        "order of keys, inside": (lambda x: in_order(deep[0])(x), lambda: turn(deep[0])),
        "object that is a key": (
            lambda x: mx.sum([k[0] * x[0] for k in keyed]),
            lambda: late.entries.__setitem__(0, 5.0),
        ),
        "pattern": (matched, lambda: setattr(point, "rate", 5.0)),
        "fields": (lambda x: astuple(pointer)[0] * x[0], lambda: setattr(pointer, "rate", 5.0)),
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
        "property of a library's object": (lambda x: step.lr * x[0], lambda: setattr(step, "lr", 5.0)),
        "attribute of a list": (lambda x: weights.gain * x[0], lambda: setattr(weights, "gain", 5.0)),
        "bound method of a dictionary": (lambda x: get("a") * x[0], lambda: table.update(a=5.0)),
        "attrgetter": (lambda x: rate_of(kept) * x[0], lambda: setattr(kept, "rate", 5.0)),
        "weak reference": (lambda x: weakly()[0] * x[0], lambda: pointed.entries.__setitem__(0, 5.0)),
        "argument of a partial": (lambda x: keyword(x[0]), lambda: keyword.keywords.update(factor=5.0)),
        "cache": (lambda x: cached(3) * x[0], lambda: (factors.__setitem__(0, 5.0), cached.cache_clear())),
        "attribute of a function": (with_attribute, functools.partial(setattr, with_attribute, "rate", 5.0)),
        "default": (lambda x: inner(x[0]), lambda: setattr(inner, "__defaults__", (5.0,))),
        "import": (of_import, lambda: setattr(IMPORTED, "rate", 5.0)),
        "globals()": (lambda x: globals()["named"] * x[0], lambda: globals().update(named=5.0)),
        "name of a builtin": (lambda x: abs(-2.0) * x[0], lambda: globals().update(abs=lambda x: 5.0)),
        "code": (
            lambda x: by_default(x[0]),
            lambda: setattr(by_default, "__code__", (lambda x, factor=1.0: 5.0 * x).__code__),
        ),
        "context": (lambda x: SHARED.get() * x[0], lambda: SHARED.set(5.0)),
        "attribute that is new": (tried, lambda: setattr(late, "more", 5.0)),
    }


class Other(Vector):
    """Another class for an object."""

    def __matmul__(self, x: Any) -> Any:
        return 7.0 * x[0]


def _set(kind: type, key: str, x: Any) -> None:
    UNDO.append((kind, key, vars(kind).get(key)))
    setattr(kind, key, x)


UNDO: list[tuple[type, str, Any]] = []


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Any:
    IMPORTED.rate = 1.0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, IMPORTED.__name__, IMPORTED)
    before, code, token = dict(globals()), by_default.__code__, SHARED.set(1.0)
    yield
    globals().pop("abs", None)
    globals().update(before)
    by_default.__code__ = code
    SHARED.reset(token)
    while UNDO:
        kind, key, x = UNDO.pop()
        delattr(kind, key) if x is None else setattr(kind, key, x)


@pytest.mark.parametrize("name", cases())
def test_the_first_call_after_a_change_is_an_error(name: str) -> None:
    """Whichever way a function reads something, the next call after it has changed is a TraceError."""
    f, change = cases()[name]
    program = mx.compile(f, target="numpy")
    rows = [[1.0, 2.0]]
    outside = program._outside
    for _ in range(4):
        assert program(rows).tolist() == [float(getattr(f([Value(1.0), Value(2.0)]), "data", 1.0))]
    assert outside.version() == 0
    change()
    with pytest.raises(TraceError, match="no longer does what it did"):
        program(rows)


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


def all_code(code: CodeType) -> Iterator[CodeType]:
    """Yield some code and what is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_code(constant)


def test_names_are_those_that_dis_tells() -> None:
    """Of every function of large modules, those with more than 255 names among them, names are read as `dis` does."""
    many = compile("\n".join(f"name{i}.attribute{i}" for i in range(300)), "many", "exec")
    for code in (many, *(compile(inspect.getsource(m), m.__name__, "exec") for m in (inspect, dataclasses, asked))):
        expected: dict[str, list[str]] = {}
        for each in all_code(code):
            for i in dis.get_instructions(each):
                if i.opname in (*asked.GLOBALS, *asked.ATTRIBUTES, "IMPORT_NAME"):
                    expected.setdefault(i.opname, []).append(i.argval)
        found = asked._names(code)
        assert {kind: sorted(names) for kind, names in expected.items()} == {
            kind: sorted(names) for kind, names in found.items() if kind != "MATCH_CLASS"
        }
        assert len(expected) >= 2
