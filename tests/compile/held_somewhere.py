"""All holders and numbers, by what people call them: see `holders`."""

from __future__ import annotations

import copy
import dataclasses
import operator
import types
import weakref
from collections import ChainMap, OrderedDict, UserDict, UserList, deque
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from functools import lru_cache, partial, reduce
from types import MappingProxyType, SimpleNamespace
from typing import Any

from microgradx import Value
from microgradx.nn import Module

from .holders import (
    Frozen,
    Held,
    Holder,
    Line,
    Ordered,
    Record,
    Slotted,
    Thing,
    attribute,
    by_closure,
    by_default,
    by_default_factory,
    by_descriptor,
    by_dispatch,
    by_metaclass_call,
    by_missing_key,
    by_partialmethod,
    by_unknown_attribute,
    container,
    in_class,
    made_by_type,
)


def _module() -> Any:
    module = types.ModuleType("settings_of_a_test")
    module.__file__ = __file__
    return module


def _matched(x: Any, name: str) -> Any:
    match x:
        case Record(inner):
            return inner
    return None


def _kept(inner: Any, read: Callable[[list[Any]], Callable[[], Any]]) -> Held:
    kept = [inner]
    return Held(read(kept), partial(kept.__setitem__, 0))


def _weak(kept: list[Any]) -> Callable[[], Any]:
    x = Thing(kept)
    weakly: Any = weakref.ref(x)
    return lambda: (x, weakly().inner[0])[1]


def _enum(kept: list[Any]) -> Callable[[], Any]:
    named: Any = Enum("named", {"A": kept})
    return lambda: named.A.value[0]


def _partial(kept: list[Any]) -> Callable[[], Any]:
    first = partial(lambda held: held[0], kept)
    return lambda: first()


def _cached(kept: list[Any]) -> Callable[[], Any]:
    cached = lru_cache(lambda: kept)
    return lambda: cached()[0]


def _first(x: Any, read: Callable[[Any], list[Any]]) -> Callable[[], Any]:
    return lambda: read(x)[0]


def _context(inner: Any) -> Held:
    shared = ContextVar("shared", default=inner)
    return Held(lambda: shared.get(), lambda y: shared.set(y))


TEMPLATE, COMPUTED = "{0.inner}", "{}ner"
ask: Any = getattr
table: dict[str, Any] = {"ask": getattr, "all": vars}
HOLDERS: dict[str, Holder] = {
    "list": lambda y: container([y], 0),
    "dict": lambda y: container({"a": y}, "a"),
    "dict of numbers": lambda y: container({1: y}, 1),
    "OrderedDict": lambda y: container(OrderedDict(a=y), "a", lambda x, _: next(iter(x.values()))),
    "UserDict": lambda y: container(UserDict(a=y), "a"),
    "UserList": lambda y: container(UserList([y]), 0),
    "ChainMap": lambda y: container(ChainMap({}, {"b": 1}, {"a": y}).maps[2], "a"),
    "deque": lambda y: container(deque([y]), 0),
    "namespace": lambda y: attribute(y, lambda x, _: x.inner),
    "getattr": lambda y: attribute(y, lambda x, name: getattr(x, name)),
    "attrgetter": lambda y: attribute(y, lambda x, name: operator.attrgetter(f"{name}")(x)),
    "alias of getattr": lambda y: attribute(y, lambda x, name: ask(x, name), Thing),
    "table of functions": lambda y: attribute(y, lambda x, name: table["ask"](x, name), Thing),
    "partial of getattr": lambda y: attribute(y, lambda x, name: partial(getattr, x)(name), Thing),
    "vars": lambda y: attribute(y, lambda x, name: vars(x)[name], Thing),
    "__dict__": lambda y: attribute(y, lambda x, name: x.__dict__[name], Thing),
    "__getattribute__": lambda y: attribute(y, lambda x, name: x.__getattribute__(name), Thing),
    "object.__getattribute__": lambda y: attribute(y, lambda x, name: object.__getattribute__(x, name), Thing),
    "getattr in a method": lambda y: attribute(y, lambda x, name: Thing().by_name(x, name)),
    "reduce": lambda y: attribute(y, lambda x, name: reduce(getattr, [name], x)),
    "format of a name": lambda y: attribute(y, lambda x, name: getattr(x, COMPUTED.format("in"))),
    "slots": lambda y: attribute(y, lambda x, name: getattr(x, name), Slotted),
    "property": lambda y: attribute(y, lambda x, _: x.shown, Thing),
    "module": lambda y: attribute(y, lambda x, _: x.inner, _module),
    "getattr of a module": lambda y: attribute(y, lambda x, name: getattr(x, name), _module),
    "model": lambda y: attribute(y, lambda x, _: x.inner, Module),
    "fields": lambda y: attribute(y, lambda x, _: getattr(x, dataclasses.fields(x)[0].name), lambda: Record(None)),
    "replace": lambda y: attribute(y, lambda x, _: dataclasses.replace(x, name="b").inner, lambda: Record(None)),
    "copy": lambda y: attribute(y, lambda x, name: getattr(copy.copy(x), name), Thing),
    "match": lambda y: attribute(y, _matched, lambda: Record(None)),
    "class": lambda y: in_class(y, lambda x: x.inner),
    "type": lambda y: in_class(y, lambda x: type(x).inner),
    "__class__": lambda y: in_class(y, lambda x: x.__class__.inner),
    "getattr of type": lambda y: in_class(y, lambda x: getattr(type(x), "in" + "ner")),
    "metaclass": lambda y: in_class(y, lambda x: type(x).inner, meta=True),
    "getattr of a metaclass": lambda y: in_class(y, lambda x: getattr(type(type(x)), "in" + "ner"), meta=True),
    "made by type": lambda y: made_by_type(y, lambda x: type(x)()),
    "made by __class__": lambda y: made_by_type(y, lambda x: x.__class__()),
    "made by a metaclass": by_metaclass_call,
    "default_factory of a field": by_default_factory,
    "default_factory of a dictionary": by_missing_key,
    "partialmethod": lambda y: by_partialmethod(y, named=False),
    "partialmethod by name": lambda y: by_partialmethod(y, named=True),
    "singledispatch": lambda y: by_dispatch(y, method=False),
    "singledispatchmethod": lambda y: by_dispatch(y, method=True),
    "closure": by_closure,
    "default": lambda y: by_default(y, keyword=False),
    "default by name": lambda y: by_default(y, keyword=True),
    "property of a variable": lambda y: by_descriptor(y, cached=False),
    "cached property": lambda y: by_descriptor(y, cached=True),
    "__getattr__": by_unknown_attribute,
    "context": _context,
    "weak reference": lambda y: _kept(y, _weak),
    "Enum": lambda y: _kept(y, _enum),
    "partial": lambda y: _kept(y, _partial),
    "cache": lambda y: _kept(y, _cached),
    "generator": lambda y: _kept(y, lambda kept: lambda: next(z for z in kept)),
    "view": lambda y: _kept(y, lambda kept: _first(MappingProxyType({"a": kept}), lambda view: view["a"])),
    "named tuple": lambda y: _kept(y, lambda kept: _first(Line(kept), lambda line: line.inner)),
}

Number = tuple[Callable[[], float], Callable[[], Any]]
"""What reads a number, and what changes it."""


def _held(y: float) -> Number:
    kept = [y]
    return lambda: kept[0], lambda: kept.__setitem__(0, 5.0)


def _of_records(read: Callable[[Any, Any], bool], kind: Any = Record) -> Number:
    one, two = kind(1.0), kind(1.0)
    return lambda: 2.0 if read(one, two) else 3.0, lambda: object.__setattr__(two, "inner", 0.5)


def _of_text(x: Any, read: Callable[[Any], str]) -> Number:
    return lambda: float(len(read(x))), lambda: setattr(x, "inner", 1000.5)


def _of_label(read: Callable[[Value], str]) -> Number:
    v = Value(1.0, "a")
    return lambda: 2.0 if read(v) == "a" else 3.0, lambda: setattr(v, "label", "b")


def _of_model(read: Callable[[Any], float]) -> Number:
    model: Any = Module()
    model.one, model.two = Value(1.0), Value(2.0)
    return lambda: read(model), lambda: setattr(model, "more", [Value(1.0), Value(3.0)])


def _of_part() -> Number:
    model: Any = Module()
    return lambda: float(len(list(model.parts()))), lambda: setattr(model, "part", Module())


def _of_order(make: Callable[[], Any], read: Callable[[Any], Any]) -> Number:
    x = make()
    x.one, x.two = 1.0, 2.0

    def change() -> None:
        y = x.one
        del x.one
        x.one = y

    return lambda: list(read(x))[-1], change


NUMBERS: dict[str, Callable[[], Number]] = {
    "number": lambda: _held(2.0),
    "==": lambda: _of_records(lambda x, y: x == y),
    "== of tuples": lambda: _of_records(lambda x, y: (1, x) == (1, y)),
    "== of namespaces": lambda: _of_records(lambda x, y: x == y, lambda y: SimpleNamespace(inner=y)),
    "eq": lambda: _of_records(lambda x, y: operator.eq(x, y)),
    "in": lambda: _of_records(lambda x, y: x in [y]),
    "index": lambda: _of_records(lambda x, y: [y, x].index(x) == 0),
    "count": lambda: _of_records(lambda x, y: [x, y].count(x) > 1),
    "<": lambda: _of_records(lambda x, y: x <= y, Ordered),
    "max": lambda: _of_records(lambda x, y: max(y, x) is y, Ordered),
    "sorted": lambda: _of_records(lambda x, y: sorted([x, y])[0] is x, Ordered),
    "key": lambda: _of_records(lambda x, y: {x: True}.get(y, False), Frozen),
    "set": lambda: _of_records(lambda x, y: len({x, y}) == 1, Frozen),
    "repr": lambda: _of_text(Thing(1.0), repr),
    "repr in a function": lambda: _of_text(Thing(1.0), lambda x: repr(x)),
    "str of a record": lambda: _of_text(Record(1.0), lambda x: str(x)),
    "f-string": lambda: _of_text(Record(1.0), lambda x: f"{x}"),
    "format": lambda: _of_text(SimpleNamespace(inner=1.0), lambda x: TEMPLATE.format(x)),
    "repr of a namespace": lambda: _of_text(SimpleNamespace(inner=1.0), lambda x: repr(x)),
    "label": lambda: _of_label(lambda v: v.label),
    "label by getattr": lambda: _of_label(lambda v: str(getattr(v, "label"))),  # noqa: B009
    "label by attrgetter": lambda: _of_label(operator.attrgetter("label")),
    "parameters": lambda: _of_model(lambda m: float(len(m.parameters()))),
    "named_parameters": lambda: _of_model(lambda m: float(len(dict(m.named_parameters())))),
    "parts": lambda: _of_part(),
    "order of vars": lambda: _of_order(SimpleNamespace, lambda x: vars(x).values()),
    "order of __dict__": lambda: _of_order(Thing, lambda x: x.__dict__.values()),
}


def chain(read: Callable[[], Any], holders: list[str]) -> tuple[Callable[[], Any], list[Held]]:
    """Return what reads a number through some holders, the innermost first, and these."""
    held = []
    for name in holders:
        made = HOLDERS[name](read)
        held.append(made)
        read = partial(_through, made.read)
    return read, held


def _through(read: Callable[[], Any]) -> Any:
    return read()()
