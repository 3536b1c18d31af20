"""What a function reads besides its arguments: the places that it reaches by its names, nearest first."""

from __future__ import annotations

import dis
import os
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from ..engine import Value
from ..module import Module
from .containers import PLAIN, kind_of, objects
from .place import CONTENTS, ENTRIES, Place, Slots, is_array

MOST = 32
"""How many places are watched, the nearest first, besides one for each Value that the function reads …"""

THINGS = 1 << 15
"""… among so many things that are gone through."""

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")

ANY, DYNAMIC = "any attribute", {"getattr", "vars", "__dict__"}
"""What stands for attributes of all names, and the names by which they are asked for."""

_LIBRARIES = tuple(
    os.path.join(path, "")
    for path in (
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


class _Thing(NamedTuple):
    """What a function reaches: by which name, and which attributes are asked for where it does."""

    x: Any
    name: str
    asked: frozenset[str]


def places_of(f: Callable[..., Any]) -> Iterator[Place]:
    """Yield the places that a function reads, nearest first, each once; there may be more than MOST."""
    waiting = deque([_Thing(f, "self", frozenset())])
    met: dict[tuple[Any, ...], Any] = {}
    for thing in iter(lambda: waiting.popleft() if waiting else None, None):
        x = thing.x
        key = (id(x.__func__), id(x.__self__)) if isinstance(x, MethodType) else (id(x), thing.asked)
        if key in met or len(met) > THINGS:
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
        asked = _asked(x.__func__.__code__) if isinstance(x.__func__, FunctionType) else asked
        yield None, _Thing(x.__func__, name, asked)
        yield None, _Thing(x.__self__, name, asked)
    elif isinstance(x, FunctionType):
        if is_root or _is_users(x.__code__.co_filename):
            yield from _of_function(x)
    elif isinstance(x, partial):
        arguments = {f"argument {i}": argument for i, argument in enumerate(x.args)} | x.keywords
        for called, part in ({name: x.func} | arguments).items():
            yield None, _Thing(part, called, asked)
    elif kind_of(x) is not None or _is_of_library(x):
        place = Place(x, ENTRIES, name)
        yield place, _Thing(None, name, asked)
        for inside, entry in objects(place.entries, name, place.label):
            yield None, _Thing(entry, inside, asked)
    elif is_array(x):
        yield Place(x, CONTENTS, name), _Thing(None, name, asked)
    elif not isinstance(x, (Value, *PLAIN)):
        yield from _of_attributes(thing)


def _is_of_library(x: Any) -> bool:
    """Whether something is a model of a class of the library, which changes nothing in it when it is called."""
    return isinstance(x, Module) and not _is_of_users(type(x))


def _of_function(f: FunctionType) -> Iterator[tuple[Place | None, _Thing]]:
    asked = _asked(f.__code__)
    positional = f.__code__.co_varnames[: f.__code__.co_argcount]
    defaults = zip(reversed(positional), reversed(f.__defaults__ or ()), strict=False)
    for name, default in [*defaults, *(f.__kwdefaults__ or {}).items()]:
        yield None, _Thing(default, name, asked)
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
    for held in (getattr(x, "__dict__", None), None if isinstance(x, type | ModuleType) else Slots(x)):
        if isinstance(held, dict | Slots):
            everything = ANY in asked and not isinstance(x, type | ModuleType)
            for key in sorted(held.keys() if everything else asked & held.keys()):
                yield Place(held, key, f"{name}.{key}"), _Thing(held[key], f"{name}.{key}", asked)
    for kind in (x if isinstance(x, type) else type(x)).__mro__:
        if issubclass(kind, Module) or _is_of_users(kind):
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


def _asked(code: CodeType) -> frozenset[str]:
    """Return the names of the attributes that some code asks for, and ANY if it may ask for others."""
    asked = frozenset(_names(code, ATTRIBUTES))
    return asked | {ANY} if DYNAMIC & (asked | set(_names(code, GLOBALS))) else asked


@lru_cache(maxsize=1000)
def _names(code: CodeType, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that some code, and the functions defined in it, load by instructions of these kinds.

    Code never changes, and every look at what a function reads asks for the same.
    """
    found = [str(i.argval) for i in dis.get_instructions(code) if i.opname in kinds]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _names(constant, kinds)
    return tuple(dict.fromkeys(found))


def _is_of_users(kind: type) -> bool:
    """Whether a class is the user's own."""
    module = sys.modules.get(kind.__module__)
    return module is None or module.__name__ == "__main__" or _is_users(getattr(module, "__file__", None) or "")


def _is_users(filename: str) -> bool:
    """Whether code of a file is the user's own, not a library's; what stands in no file may be a notebook's cell."""
    if not filename or filename.startswith("<frozen"):
        return False
    return not filename.startswith(_LIBRARIES) and "-packages" + os.sep not in filename
