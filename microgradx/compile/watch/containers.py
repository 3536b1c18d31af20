"""Containers: lists, tuples and dictionaries copied so that one comparison tells whether anything in them is another.

The copy of a list is a list: Python compares both in C, entry by entry, and lists inside of lists as deep as they go;
equal are the same object, numbers of the same value, and nothing else. That takes about 2 ns an entry.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from ...chain import Block
from ...engine import Value

Label = Callable[[str, Any], str]
Kind = type[list[Any]] | type[tuple[Any, ...]] | type[dict[Any, Any]]
PassingBy = Callable[[list[tuple[Any, Any]], list[tuple[Any, str, Any]]], Callable[[], bool]]
"""Makes what tells at once that the very same objects stand where they stood; or else nothing.

It takes containers, each with its copy; and dictionaries, each with a key and what stands there, or GONE, as well as
other objects with "__class__" or "__dict__" and what these are.
"""

PLAIN = (int, float, complex, str, bytes, type(None))
NUMBERS = 2000
"""How many plain entries of a container are copied; further lists of such are not looked into."""

DEEPEST = 20
"""How deep lists inside of lists are copied."""

GONE = object()
"""What stands where nothing does."""

_PLAIN = frozenset(PLAIN)
_UNIFORM = {Value, Block, *PLAIN, bool}  # which are compared as they are, and lead nowhere
_PLAIN_KINDS = {list, tuple, dict, OrderedDict, defaultdict}


class Same:
    """In a copy what stands for an object that is equal to itself alone, whatever its own class calls equal."""

    __slots__ = ("x",)
    __array_ufunc__ = None  # or arrays would compare entry by entry

    def __init__(self, x: Any) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return other is self.x

    __hash__ = None  # type: ignore[assignment]  # nothing to look up by


class Copier:
    """Copies containers as long as there is room for plain entries, and notes which dictionaries are among them."""

    def __init__(self, room: int = NUMBERS) -> None:
        self.dictionaries: list[dict[Any, Any]] = []
        self._room = room

    def copy(self, x: Any, depth: int = 0) -> Any:
        """Return what x must equal to hold the same: a copy of a container, x itself, or that it is this object."""
        kind = kind_of(x)
        if kind is None:
            return x if _is_told_by_equality(x) else Same(x)
        entries = list(x.values() if kind is dict else x)
        kinds = set(map(type, entries))
        plain = 0 if kinds.isdisjoint(PLAIN) else sum(map(_PLAIN.__contains__, map(type, entries)))
        if plain > self._room or depth == DEEPEST:
            return x
        self._room -= plain
        if kind is dict and len(x) > 1:
            self.dictionaries.append(x)
        is_uniform = kinds <= _UNIFORM and not (plain and 0.0 in entries)
        copies = entries if is_uniform else [self.copy(entry, depth + 1) for entry in entries]
        return dict(zip(x, copies, strict=True)) if kind is dict else kind(copies)


def never_known(containers: list[tuple[Any, Any]], items: list[tuple[Any, str, Any]]) -> Callable[[], bool]:
    """Return what tells nothing, so that all is compared each time.

    >>> never_known([], [])()
    False
    """
    return lambda: False


def kind_of(x: Any) -> Kind | None:
    """Return which container something is, if it compares as that does."""
    cls: Any = type(x)
    return _kind(cls)


@lru_cache(maxsize=1000)
def _kind(cls: type) -> Kind | None:
    kinds: tuple[tuple[Any, Kind], ...] = ((list, list), (tuple, tuple), (dict, dict), (OrderedDict, dict))
    return next((kind for base, kind in kinds if issubclass(cls, base) and cls.__eq__ is base.__eq__), None)


def _is_told_by_equality(x: Any) -> bool:
    """Whether what equals x does as well as x: not a zero, which may be −0.0, nor what compares by its contents."""
    kind: Any = type(x)
    return kind.__eq__ is object.__eq__ or (kind in PLAIN and x != 0)


def objects(x: Any, name: str, label: Label, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield name and object for what stands in a container, and in those inside, and may read something further."""
    kind = kind_of(x)
    if kind is None:
        if type(x) not in _UNIFORM:
            yield name, x
        return
    if depth and type(x) not in _PLAIN_KINDS:  # which may have attributes and methods
        yield name, x
    if depth == DEEPEST:
        return
    if kind is dict and not _UNIFORM.issuperset(map(type, x)):
        for key in list(x):
            yield from objects(key, f"a key of {name}", by_key, depth + 1)
    if not _UNIFORM.issuperset(map(type, x.values() if kind is dict else x)):
        for key, entry in list(x.items() if kind is dict else enumerate(x)):
            yield from objects(entry, label(name, key), by_key, depth + 1)


def differences(copy: Any, x: Any, name: str, label: Label) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs between a container, or object, and its copy: its name, what it was, and what it is."""
    before = copy.x if isinstance(copy, Same) else copy
    kind = None if isinstance(copy, Same) else kind_of(x)
    if kind is None or kind is not kind_of(copy):
        if before is not x:
            yield name, before, x
    elif kind is dict:
        for key in [*copy, *(x.keys() - copy.keys())]:
            was, entry = copy.get(key, GONE), x.get(key, GONE)
            if was != entry:
                yield from differences(was, entry, label(name, key), by_key)
    elif len(copy) != len(x):
        yield name, copy, x
    else:
        for i, entry in enumerate(x):
            if copy[i] != entry:
                yield from differences(copy[i], entry, label(name, i), by_key)


def by_key(name: str, key: Any) -> str:
    """Return what an entry of a list or dictionary is called."""
    return f"{name}[{key!r}]"


def by_attribute(name: str, key: Any) -> str:
    """Return what an attribute is called."""
    return f"{name}.{key}"
