"""What a function reads besides its arguments: the places that it reaches by its names, nearest first."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from types import BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any, NamedTuple
from weakref import ref

from ...engine import Value
from ...module import Module
from .asked import Asked, asked_by, is_of_users, is_users
from .classes import COMPARING, MAKING, function_of, is_asking, is_watched, special
from .containers import PLAIN, kind_of, objects
from .place import ATTRIBUTES, CONTENTS, ENTRIES, Place, contents_of, is_array, slots

MOST = 512
"""How many places are watched, the nearest first, besides one for each Value that the function reads …"""

THINGS = 1 << 15
"""… among so many things that are gone through."""


class _Thing(NamedTuple):
    """What a function reaches: by which name, and whether it may ask it for attributes of any name.

    A function may be reached as a method, which has its object; others are handed objects.
    """

    x: Any
    name: str
    any: bool = False
    is_method: bool = False


Found = Iterator[Place | _Thing]


def places_of(f: Callable[..., Any]) -> Iterator[Place]:
    """Yield the places that a function reads, nearest first, each once; there may be more than MOST."""
    return _Reading(f).places()


class _Reading:
    """What a function reaches, gone through.

    An object may be handed to any function that is reached, so it is asked for the attributes that any of them names.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self._any = False  # whether objects may be asked for attributes of all names
        self._waiting = deque([_Thing(f, "self")])
        self._met: dict[tuple[Any, ...], Any] = {}
        self._objects: list[_Thing] = []  # whose attributes are read, …
        self._asked: set[str] = set()  # … those of these names, …
        self._tried: set[str] = set()  # … and of these also if there is none

    def places(self) -> Iterator[Place]:
        """Yield the places, nearest first, each once."""
        known: tuple[int, int, bool] = (0, 0, False)
        while self._waiting:
            while self._waiting:
                yield from self._new(self._inside(self._waiting.popleft()))
            if (now := (len(self._asked), len(self._tried), self._any)) != known:
                known = now
                for thing in self._objects[:]:
                    yield from self._new(self._of_attributes(thing))

    def _new(self, found: Found) -> Iterator[Place]:
        """Yield the places that are met for the first time, and let things wait that are."""
        for new in found:
            x: Any = new.x if isinstance(new, _Thing) else None
            if isinstance(new, Place):
                key: tuple[Any, ...] = id(new.where), new.key
            elif isinstance(x, (Value, *PLAIN)):
                continue
            else:
                key = (id(x.__func__), id(x.__self__)) if isinstance(x, MethodType) else (id(x), new.any, new.is_method)
            if key in self._met or len(self._met) > THINGS:
                continue
            self._met[key] = new  # kept, so that no other has its id
            if isinstance(new, Place):
                yield new
            else:
                self._waiting.append(new)

    def _ask(self, asked: Asked) -> None:
        self._asked |= asked.attributes
        self._tried |= asked.tried

    def _inside(self, thing: _Thing) -> Found:
        """Yield what one thing reaches, and where that stands, if it may change there."""
        x, name, any_name, _ = thing
        if isinstance(x, MethodType):
            if isinstance(x.__func__, FunctionType):
                asked = asked_by(x.__func__.__code__)
                self._ask(asked)
                any_name |= asked.any
            yield from (_Thing(x.__func__, name, any_name, True), _Thing(x.__self__, name, any_name))
        elif isinstance(x, FunctionType):
            yield from self._of_function(thing)
        elif isinstance(x, partial):
            yield _Thing(x.func, name, any_name)
            yield from (_Thing(argument, f"argument {i}", any_name) for i, argument in enumerate(x.args))
            yield from self._named(x.keywords, any_name)
        elif isinstance(x, BuiltinMethodType | MethodWrapperType):
            yield _Thing(None if isinstance(x.__self__, ModuleType) else x.__self__, name, any_name)
        elif isinstance(x, ref):
            yield _Thing(x(), name, any_name)
        elif isinstance(x, attrgetter):
            self._asked.update(word for path in x.__reduce__()[1] for word in path.split("."))
        elif kind_of(x) is not None:
            yield from self._held(thing, Place(x, ENTRIES, name))
        elif is_array(x):
            yield from self._held(thing, Place(x, CONTENTS, name))
        elif isinstance(x, Module) and not is_of_users(type(x)):  # which changes nothing in it when it is called
            yield from self._held(thing, Place(x, ATTRIBUTES, name))
        elif not isinstance(x, (Value, *PLAIN)):
            yield from self._object(thing)

    def _held(self, thing: _Thing, place: Place) -> Found:
        """Yield the place of a container, and what is in it; one of the user's own class has attributes besides."""
        yield place
        entries = contents_of(place.where) if place.is_array else place.entries
        for inside, entry in objects(entries, thing.name, place.label):
            yield _Thing(entry, inside, thing.any)
        if not isinstance(thing.x, Module) and is_of_users(type(thing.x)):
            yield from self._object(thing)

    def _named(self, arguments: dict[str, Any], any_name: bool) -> Found:
        """Yield arguments that are given by name, and the dictionary that they are given in."""
        yield from (_Thing(argument, key, any_name) for key, argument in arguments.items())
        if arguments:
            yield _Thing(arguments, "the arguments", any_name)

    def _of_function(self, thing: _Thing) -> Found:
        """Yield the variables and default arguments of a function; of a library's only what was put into it."""
        f, name, any_name, _ = thing
        if f is not self._f and not is_users(f.__code__.co_filename):
            for cell in f.__closure__ or ():
                yield _Thing(Place(cell, "cell_contents", name).read(), name, any_name)
            return
        asked = asked_by(f.__code__)
        self._ask(asked)
        any_name |= asked.any
        self._any |= asked.any and not thing.is_method
        yield from (Place(f, key, f"{name}.{key}") for key in ("__code__", "__defaults__"))
        positional = f.__code__.co_varnames[: f.__code__.co_argcount]
        for key, default in zip(reversed(positional), reversed(f.__defaults__ or ()), strict=False):
            yield _Thing(default, key, any_name)
        yield from self._named(f.__kwdefaults__ or {}, any_name)
        for key, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            place = Place(cell, "cell_contents", f"the variable {key!r}")
            yield from (place, _Thing(place.read(), key, any_name))
        for key in asked.variables:
            yield Place(f.__globals__, key, f"global {key!r}")
            yield _Thing(f.__globals__.get(key), key, any_name)
        for key in asked.modules:
            yield _Thing(sys.modules.get(key), key, any_name)
        if vars(f):
            yield from self._object(thing)

    def _object(self, thing: _Thing) -> Found:
        """Yield what stands in the attributes of something, also in those that are asked for later."""
        self._objects.append(thing)
        yield from self._of_attributes(thing)

    def _of_attributes(self, thing: _Thing) -> Found:
        """Yield the attributes that a module, a class or an object is asked for, and methods of the user's classes."""
        x, name, any_name = thing.x, thing.name, thing.any or self._any
        if isinstance(x, ModuleType) and not is_users(getattr(x, "__file__", None) or x.__name__):
            return
        held, is_type = getattr(x, "__dict__", None), isinstance(x, type)
        kinds = [kind for kind in (*(x.__mro__ if is_type else ()), *type(x).__mro__) if is_watched(kind)]
        if isinstance(held, dict):
            is_any = any_name or (not kinds and is_asking(x, self._asked))
            if is_any and not isinstance(x, ModuleType | FunctionType):
                yield Place(x, ATTRIBUTES, name)
                for inside, entry in objects(held, name, Place(x, ATTRIBUTES, name).label):
                    yield _Thing(entry, inside, any_name)
            for key in sorted(self._asked & (held.keys() | (self._tried if kinds else set()))):
                yield from (Place(held, key, f"{name}.{key}"), _Thing(held.get(key), f"{name}.{key}", any_name))
        if not isinstance(x, type | ModuleType | FunctionType):
            cls: Any = type(x)
            for key in sorted(slots(cls) if any_name else self._asked & slots(cls)):
                place = Place(x, key, f"{name}.{key}")
                yield from (place, _Thing(place.read(), place.name, any_name))
        if kinds and not is_type:
            yield Place(x, "__class__", f"the class of {name}")
            if isinstance(held, dict):
                yield Place(x, "__dict__", f"all of {name}")
        yield from self._of_classes(thing, kinds)
        if isinstance(held, dict):
            yield _Thing(held.get("__wrapped__"), name, any_name)

    def _of_classes(self, thing: _Thing, kinds: list[type]) -> Found:
        """Yield what classes have of what an object, or a class itself, is asked for, bound to it."""
        x, name, any_name, _ = thing
        own, keys = getattr(x, "__dict__", None), self._asked | {key for kind in kinds for key in special(kind)}
        for i, kind in enumerate(kinds):
            for key in sorted(keys & vars(kind).keys()):
                is_special = key.startswith("__")
                if key in MAKING and not isinstance(x, type):
                    continue
                # An earlier class of it comes first, as does an attribute of its own.
                yield from (Place(other, key, f"{name}.{key}") for other in kinds[: i + 1])
                if isinstance(own, dict) and key not in own and not is_special:
                    yield Place(own, key, f"{name}.{key}")
                found = vars(kind)[key]
                f = function_of(found)
                if not isinstance(f, FunctionType):
                    yield _Thing(found, f"{name}.{key}", any_name)
                elif key not in COMPARING or f.__code__.co_filename != "<string>":  # as dataclasses make them
                    yield _Thing(MethodType(f, x), name, any_name)
