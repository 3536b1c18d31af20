"""Outside: what a function reads besides its arguments, watched at each call of what was made of it.

These are the globals and enclosing variables that it names, the attributes that it asks of them, and what stands in
small lists and dictionaries among them, also by way of the user's other functions and classes. They are compared by
identity, in a microsecond: that something changed is a reason to trace again, and no more than that.
"""

from __future__ import annotations

import dis
import os
import reprlib
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from operator import attrgetter, contains, getitem, is_
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

MOST = 32
"""How many places are watched, the nearest first …"""

ENTRIES = 8
"""… and how many entries of each list and dictionary."""

PLAIN = (int, float, complex, str, bytes, type(None))
GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")

GONE = object()
_contents = attrgetter("cell_contents")
_LIBRARIES = tuple(
    os.path.join(path, "")
    for path in (
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


class Place(NamedTuple):
    """Where something stands: in a dictionary, list, class or cell, and under which key; and what people call it."""

    where: Any
    key: Any
    name: str

    @property
    def entries(self) -> Any:
        """What holds it under its key."""
        return vars(self.where) if isinstance(self.where, type) else self.where

    @property
    def is_cell(self) -> bool:
        """Whether it is that of an enclosing variable."""
        return isinstance(self.where, CellType)

    def read(self) -> Any:
        """Return what stands there now, or GONE."""
        try:
            return self.where.cell_contents if self.is_cell else self.entries[self.key]
        except (LookupError, ValueError):
            return GONE


class Taken(NamedTuple):
    """What stood in some places: in dictionaries and the like, then in cells; nothing in those that are free."""

    places: list[Place]
    where: list[Any]
    keys: list[Any]
    items: list[Any]
    cells: list[Any]
    contents: list[Any]
    holders: list[Any]
    free: list[Any]


class Outside:
    """What a function reads besides its arguments, and what that was when it was last traced.

    >>> settings = {"scale": 1.0}
    >>> outside = Outside(lambda x: settings["scale"] * x)
    >>> settings["scale"] = 10.0
    >>> outside.has_changed(), outside.changes()
    (True, ["settings['scale'] was 1.0 and is 10.0"])
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self.keep()

    def keep(self) -> None:
        """Take everything as it is now."""
        self._taken = _taken(list(islice(_places(self._f), MOST)))

    def has_changed(self) -> bool:
        """Return whether anything is not what it was."""
        places, where, keys, items, cells, contents, holders, free = self._taken
        try:
            if (
                all(map(is_, map(getitem, where, keys), items))
                and all(map(is_, map(_contents, cells), contents))
                and not any(map(contains, holders, free))
            ):
                return False
        except (LookupError, ValueError):  # something is gone
            pass
        if self.changes():
            return True
        self._taken = _taken(places)  # other objects of the same numbers
        return False

    def changes(self) -> list[str]:
        """Return what has changed, for people."""
        places, _, _, items, _, contents, _, free = self._taken
        pairs = zip(places, items + contents + [GONE] * len(free), strict=True)
        triples = [(place.name, x, place.read()) for place, x in pairs]
        return [f"{name} {_change(x, y)}" for name, x, y in triples if x is not y and not _are_equal(x, y)]


def _taken(places: list[Place]) -> Taken:
    cells = [p for p in places if p.is_cell]
    free = [p for p in places if not p.is_cell and p.read() is GONE]
    items = [p for p in places if not p.is_cell and p.read() is not GONE]
    where, keys = [p.entries for p in items], [p.key for p in items]
    found = [p.read() for p in items], [p.where for p in cells], [p.read() for p in cells]
    return Taken(items + cells + free, where, keys, *found, [p.entries for p in free], [p.key for p in free])


def _are_equal(x: Any, y: Any) -> bool:
    return x.__class__ is y.__class__ and isinstance(x, PLAIN) and repr(x) == repr(y)  # tells −0.0 from 0.0


def _change(x: Any, y: Any) -> str:
    if isinstance(x, PLAIN) and isinstance(y, PLAIN):
        return f"was {reprlib.repr(x)} and is {reprlib.repr(y)}"
    if x is GONE:
        return f"is {reprlib.repr(y)} now, of its own"
    if y is GONE:
        return "is gone"
    before, now = type(x).__name__, type(y).__name__
    return f"is another {now} than it was" if before == now else f"was of type {before} and is of type {now}"


class _Thing(NamedTuple):
    """What a function reaches: by which name, and which attributes are asked for where it does."""

    x: Any
    name: str
    asked: frozenset[str]


def _places(f: Callable[..., Any]) -> Iterator[Place]:
    """Yield the places that a function reads, nearest first, each once."""
    waiting = deque([_Thing(f, "self", frozenset())])
    met: dict[tuple[Any, ...], Any] = {}
    for thing in iter(lambda: waiting.popleft() if waiting else None, None):
        x = thing.x
        key = (id(x.__func__), id(x.__self__)) if isinstance(x, MethodType) else (id(x), thing.asked)
        if key in met or len(met) > 4 * MOST:
            continue
        met[key] = x  # kept, so that no other has its id
        for place, further in _inside(thing, is_root=len(met) == 1):
            if place is not None and (id(place.where), place.key) not in met:
                met[id(place.where), place.key] = place
                yield place
            waiting.append(further)


def _inside(thing: _Thing, is_root: bool) -> Iterator[tuple[Place | None, _Thing]]:
    """Yield what one thing reaches, with the place where it stands, if it may change there."""
    x, name, asked = thing
    if isinstance(x, MethodType):
        asked = frozenset(_names(x.__func__.__code__, ATTRIBUTES)) if isinstance(x.__func__, FunctionType) else asked
        yield None, _Thing(x.__func__, name, asked)
        yield None, _Thing(x.__self__, name, asked)
    elif isinstance(x, FunctionType):
        if is_root or _is_users(x.__code__.co_filename):
            yield from _of_function(x)
    elif isinstance(x, partial):
        arguments = {f"argument {i}": argument for i, argument in enumerate(x.args)} | x.keywords
        for called, part in ({name: x.func} | arguments).items():
            yield None, _Thing(part, called, asked)
    elif x.__class__ in (dict, list):
        entries = x.items() if isinstance(x, dict) else enumerate(x)
        for key, entry in list(islice(entries, ENTRIES)):
            yield Place(x, key, f"{name}[{key!r}]"), _Thing(entry, f"{name}[{key!r}]", asked)
    else:
        yield from _of_attributes(thing)


def _of_function(f: FunctionType) -> Iterator[tuple[Place | None, _Thing]]:
    asked = frozenset(_names(f.__code__, ATTRIBUTES))
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        place = Place(cell, name, f"the variable {name!r}")
        try:
            yield place, _Thing(cell.cell_contents, name, asked)
        except ValueError:  # empty
            continue
    for name in _names(f.__code__, GLOBALS):
        if name in f.__globals__:
            yield Place(f.__globals__, name, f"global {name!r}"), _Thing(f.__globals__[name], name, asked)


def _of_attributes(thing: _Thing) -> Iterator[tuple[Place | None, _Thing]]:
    """Yield the attributes that a module, a class or an object is asked for, and methods of the user's own classes."""
    x, name, asked = thing
    if isinstance(x, ModuleType) and not _is_users(getattr(x, "__file__", None) or x.__name__):
        return
    own = getattr(x, "__dict__", None)
    if isinstance(own, dict):
        for key in sorted(asked & own.keys()):
            yield Place(own, key, f"{name}.{key}"), _Thing(own[key], f"{name}.{key}", asked)
    for kind in (x if isinstance(x, type) else type(x)).__mro__:
        module = sys.modules.get(kind.__module__)
        if module is None or module.__name__ == "__main__" or _is_users(getattr(module, "__file__", None) or ""):
            yield from _of_class(kind, thing)


def _of_class(kind: type, thing: _Thing) -> Iterator[tuple[Place | None, _Thing]]:
    """Yield what a class has of what an object of it, or it itself, is asked for; methods are bound to the object."""
    (x, name, asked), own = thing, getattr(thing.x, "__dict__", None)
    for key in sorted((asked | {"__call__"}) & vars(kind).keys()):
        found = vars(kind)[key]
        f = getattr(found, "fget", None) or getattr(found, "__func__", found)
        is_method = isinstance(f, FunctionType)
        further = _Thing(MethodType(f, x), name, asked) if is_method else _Thing(found, f"{name}.{key}", asked)
        yield Place(kind, key, f"{name}.{key}"), further
        if isinstance(own, dict) and key not in own and not is_method:  # an attribute of its own would come first
            yield Place(own, key, f"{name}.{key}"), further


def _names(code: CodeType, kinds: tuple[str, ...]) -> list[str]:
    """Return the names that some code, and the functions defined in it, load by instructions of these kinds."""
    found = [str(i.argval) for i in dis.get_instructions(code) if i.opname in kinds]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _names(constant, kinds)
    return list(dict.fromkeys(found))


def _is_users(filename: str) -> bool:
    """Whether code of a file is the user's own, not a library's; what stands in no file may be a notebook's cell."""
    if not filename or filename.startswith("<frozen"):
        return False
    return not filename.startswith(_LIBRARIES) and "-packages" + os.sep not in filename
