"""Holders: ways in which a function may come to something that stands elsewhere, each in something that may change."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial, partialmethod, singledispatch, singledispatchmethod
from functools import wraps as wrapping
from types import SimpleNamespace
from typing import Any, NamedTuple


class Held(NamedTuple):
    """How something is read, and how another thing is put there."""

    read: Callable[[], Any]
    put: Callable[[Any], Any]


Holder = Callable[[Any], Held]


class Thing:
    """An object of a class of the user's own."""

    def __init__(self, inner: Any = None) -> None:
        self.inner = inner

    def by_name(self, other: Any, name: str) -> Any:
        return getattr(other, name)

    @property
    def shown(self) -> Any:
        return self.inner

    def __repr__(self) -> str:
        return f"Thing of {self.inner}"


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("inner",)


class Line(NamedTuple):
    """A tuple with a name for its entry."""

    inner: Any


@dataclass
class Record:
    """A record that may change, and equals others."""

    inner: Any
    name: str = "a"


@dataclass(frozen=True)
class Frozen:
    """A record that is a key."""

    inner: Any


@dataclass(order=True)
class Ordered:
    """A record that is more or less than others."""

    inner: Any


def attribute(inner: Any, read: Callable[[Any, str], Any], make: Callable[[], Any] = SimpleNamespace) -> Held:
    """Hold it in an attribute that is read somehow."""
    x, name = make(), "inner"
    setattr(x, name, inner)
    return Held(lambda: read(x, name), lambda y: setattr(x, name, y))


def container(x: Any, key: Any, read: Callable[[Any, Any], Any] = operator.getitem) -> Held:
    """Hold it as an entry."""
    return Held(lambda: read(x, key), lambda y: operator.setitem(x, key, y))


def in_class(inner: Any, read: Callable[[Any], Any], meta: bool = False) -> Held:
    """Hold it in a class, or in the class of one, where it is not bound as a method."""
    inner = staticmethod(inner)
    kind: Any = type("Meta", (type,), {"inner": inner}) if meta else type
    cls = kind("Kind", (Thing,), {"__init__": lambda self: None} | ({} if meta else {"inner": inner}))
    x = cls()
    return Held(lambda: read(x), lambda y: setattr(kind if meta else cls, "inner", staticmethod(y)))


def made_by_type(inner: Any, again: Callable[[Any], Any]) -> Held:
    """Hold it in a variable that only the making of an object reads."""
    kept = inner

    class Made:
        def __init__(self, first: bool = False) -> None:
            self.own = None if first else kept

        def again(self) -> Any:
            return again(self)

    def put(y: Any) -> None:
        nonlocal kept
        kept = y

    x = Made(True)
    return Held(lambda: x.again().own, put)


def by_metaclass_call(inner: Any) -> Held:
    """Hold it in a variable that only the class of a class reads."""
    kept = [inner]

    class Making(type):
        def __call__(cls, *given: Any) -> Any:
            x = super().__call__(*given)
            x.own = kept[0]
            return x

    class Made(metaclass=Making):
        pass

    return Held(lambda: Made().own, partial(kept.__setitem__, 0))  # type: ignore[attr-defined]


def by_default_factory(inner: Any) -> Held:
    """Hold it in a variable that the default of a field reads."""
    kept = [inner]

    @dataclass
    class Made:
        own: Any = field(default_factory=lambda: kept[0])

    return Held(lambda: Made().own, partial(kept.__setitem__, 0))


def by_missing_key(inner: Any) -> Held:
    """Hold it in a variable that a dictionary reads where it lacks a key."""
    kept = [inner]
    table: dict[str, Any] = defaultdict(lambda: kept[0])

    def read() -> Any:
        try:
            return table["a"]
        finally:
            del table["a"]

    return Held(read, partial(kept.__setitem__, 0))


def by_partialmethod(inner: Any, named: bool) -> Held:
    """Hold it in an argument of a method that is made of another one."""
    kept = [inner]

    def given(self: Any, held: list[Any]) -> Any:
        return held[0]

    method: Any = partialmethod(given, held=kept) if named else partialmethod(given, kept)
    x = type("Parted", (), {"method": method})()
    return Held(lambda: x.method(), partial(kept.__setitem__, 0))


def by_dispatch(inner: Any, method: bool) -> Held:
    """Hold it in a variable of the function for one type."""
    kept = [inner]
    if method:

        class Many:
            @singledispatchmethod
            def of(self, x: Any) -> Any:
                return None

            @of.register
            def _(self, x: str) -> Any:
                return kept[0]

        many = Many()
        return Held(lambda: many.of("a"), partial(kept.__setitem__, 0))
    of = singledispatch(lambda x: None)
    of.register(str, lambda x: kept[0])
    return Held(lambda: of("a"), partial(kept.__setitem__, 0))


def by_closure(inner: Any) -> Held:
    """Hold it in a variable of a function around, behind a decorator."""
    kept = inner

    def decorated(f: Callable[..., Any]) -> Callable[..., Any]:
        return wrapping(f)(lambda *given: f(*given))

    @decorated
    def read() -> Any:
        return kept

    def put(y: Any) -> None:
        nonlocal kept
        kept = y

    return Held(lambda: read(), put)


def by_default(inner: Any, keyword: bool) -> Held:
    """Hold it in a default of a function."""

    def positional(x: Any = None) -> Any:
        return x

    def named(*, x: Any = None) -> Any:
        return x

    f: Any = named if keyword else positional

    def put(y: Any) -> None:
        f.__kwdefaults__, f.__defaults__ = ({"x": y}, None) if keyword else (None, (y,))

    put(inner)
    return Held(lambda: f(), put)


def by_descriptor(inner: Any, cached: bool) -> Held:
    """Hold it where a property, or one that keeps what it finds, reads it."""
    kept = [inner]
    x = type("Described", (), {})()
    found: Any = cached_property(lambda self: kept[0]) if cached else property(lambda self: kept[0])
    type(x).found = found
    if cached:
        found.__set_name__(type(x), "found")
        return Held(lambda: x.found, partial(x.__dict__.__setitem__, "found"))
    return Held(lambda: x.found, partial(kept.__setitem__, 0))


def by_unknown_attribute(inner: Any) -> Held:
    """Hold it where an object looks for attributes that it has not."""
    kept = {"rate": inner}
    x: Any = type("Open", (), {"__getattr__": lambda self, name: kept[name]})()
    return Held(lambda: x.rate, partial(kept.__setitem__, "rate"))
