"""What a function reads besides its arguments: the places that it reaches by its names, nearest first."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from functools import partial
from itertools import chain
from operator import attrgetter, methodcaller
from threading import local
from types import BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any, cast
from weakref import ref

import numpy as np

from ...module import Module
from .asked import Asked, asked_by, is_of_users, is_users, names_in
from .classes import COMPARING, CREATING, Names, entries_of, function_of, is_asking, special, watched
from .containers import Label, by_attribute, by_key, is_container, leads_nowhere, leads_on
from .place import ATTRIBUTE, CONTENTS, ENTRIES, ITEM, Place, attributes_of, class_of, is_array, slots
from .taken import Rows, Standing, standing
from .things import Met, Siblings, Thing, leading

_CALLING = (MethodType, BuiltinMethodType, MethodWrapperType, partial, ref, attrgetter, methodcaller)

Found = Iterable[Any]
"""Things, places, and places with what stands there."""


def places_of(f: Callable[..., Any]) -> Iterator[Standing | Rows]:
    """Yield the places that a function reads, nearest first, each once, with what stands there; some side by side."""
    return _Reading(f).places()


class _Reading:
    """What a function reaches, gone through.

    An object may be handed to any function that is reached, so it is asked for the attributes that any of them names.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self._any = False  # whether all objects may be asked for attributes of any name
        self._waiting: deque[Thing | Siblings] = deque([Thing(f, "self")])
        self._met = Met()
        self._objects: list[Thing] = []  # whose attributes are read, …
        self._asked = Names()  # … those of these names, …
        self._tried: set[str] = set()  # … and of these also if there is none

    def places(self) -> Iterator[Standing | Rows]:
        """Yield the places, nearest first, each once, with what stands there."""
        known: tuple[int, int, bool] = (0, 0, False)
        while self._waiting:
            while self._waiting:
                yield from self._new(self._inside(self._waiting.popleft()))
            if (now := (len(self._asked), len(self._tried), self._any)) != known:
                known = now
                for thing in self._objects[:]:
                    yield from self._new(self._of_attributes(thing))

    def _new(self, found: Found) -> Iterator[Standing | Rows]:
        """Yield what stands in places that are met for the first time, and let things wait that are."""
        met, waiting = self._met, self._waiting
        for new in found:
            kind: Any = new.__class__
            if kind is Siblings or kind is Rows:
                if not met.are_new(new):
                    yield from self._new(new.apart())
                elif kind is Rows:
                    yield new
                else:
                    waiting.append(new)
            elif kind is Thing:
                cls: Any = type(new.x)
                if not leads_nowhere(cls) and met.is_new(new.id, new):
                    waiting.append(new)
            elif met.is_new((new.place if kind is Standing else new).id, new):
                yield new if kind is Standing else standing(new)

    def _asked_by(self, f: FunctionType) -> Asked:
        asked = asked_by(f.__code__)
        self._asked |= asked.attributes
        self._tried |= asked.tried
        return asked

    def _inside(self, thing: Thing | Siblings) -> Found:
        """Return what one thing reaches, or several do, and where that stands, if it may change there."""
        if isinstance(thing, Siblings):
            return self._side_by_side(thing)
        x, name = thing.x, thing.name
        if is_container(x):
            return self._held(thing, Place(ENTRIES, x, by_key, name))
        if isinstance(x, Module) and not is_of_users(type(x)):  # which changes nothing in it when it is called
            held = self._held(thing, Place(ENTRIES, vars(x), by_attribute, name))
            return [class_of(x, name), attributes_of(x, name), *held]
        if isinstance(x, tuple):
            return self._led(thing, x, set(map(type, x)), by_key)
        if isinstance(x, FunctionType):
            return self._of_function(thing)
        if isinstance(x, _CALLING):
            return self._called(thing)
        if is_array(x):
            own = vars(x) if isinstance(x, np.ndarray) and hasattr(x, "__dict__") else None
            return [*self._held(thing, Place(CONTENTS, x, None, name)), Thing(own, name)]
        return self._object(thing)

    def _called(self, thing: Thing) -> Found:
        """Yield what is reached through a method, or another object that calls what it is made of."""
        x, name, any_name, _ = thing
        if isinstance(x, MethodType):
            if isinstance(x.__func__, FunctionType):
                any_name |= self._asked_by(x.__func__).any
            yield from (Thing(x.__func__, name, any_name, True), Thing(x.__self__, name, any_name))
        elif isinstance(x, partial):
            yield from (Place(ATTRIBUTE, x, key, f"{name}.{key}") for key in ("func", "args", "keywords"))
            yield Thing(x.func, name, any_name)
            yield from (Thing(argument, f"argument {i}", any_name) for i, argument in enumerate(x.args))
            yield from self._named(x.keywords, any_name)
        elif isinstance(x, ref):
            yield Thing(x(), name, any_name)
        elif isinstance(x, attrgetter | methodcaller):
            self._asked |= names_in(x)
        else:
            yield Thing(None if isinstance(x.__self__, ModuleType) else x.__self__, name, any_name)

    def _side_by_side(self, siblings: Siblings) -> Found:
        """Return the places of all of them, and what is in them."""
        if (rows := siblings.rows()) is None:
            return chain.from_iterable(map(self._inside, siblings.apart()))
        return [rows, *leading(rows.copies, rows.kinds, rows.label, siblings, siblings.any)]

    def _held(self, thing: Thing, place: Place) -> list[Any]:
        """Return the place of a container, and what is in it."""
        found = standing(place)
        label = by_attribute if place.key is by_attribute else by_key
        return [found, *self._led(thing, found.stood, found.kinds, label)]

    def _led(self, thing: Thing, entries: Any, kinds: Set[type], label: Label) -> list[Any]:
        """Return what is in a container, or tuple; one of the user's own class has attributes besides."""
        found: list[Any] = leading([entries], kinds, label, thing.name, thing.any)
        if label is by_key and leads_on(thing.x) and is_of_users(type(thing.x)):
            found += self._object(thing)
        return found

    def _named(self, arguments: dict[str, Any], any_name: bool) -> Found:
        """Yield arguments that are given by name, and the dictionary that they are given in."""
        yield from (Thing(argument, key, any_name) for key, argument in arguments.items())
        if arguments:
            yield Thing(arguments, "the arguments", any_name)

    def _of_function(self, thing: Thing) -> Found:
        """Yield the variables and default arguments of a function; of a library's only what was put into it."""
        f, name, any_name, _ = thing
        if f is not self._f and not is_users(f.__code__.co_filename):
            for cell in f.__closure__ or ():
                yield Thing(Place(ATTRIBUTE, cell, "cell_contents", name).read(), name, any_name)
            return
        asked = self._asked_by(f)
        any_name |= asked.any
        self._any |= asked.any and not thing.is_method
        for key in ("__code__", "__defaults__", "__kwdefaults__"):
            yield Place(ATTRIBUTE, f, key, f"{name}.{key}")
        positional = f.__code__.co_varnames[: f.__code__.co_argcount]
        for key, default in zip(reversed(positional), reversed(f.__defaults__ or ()), strict=False):
            yield Thing(default, key, any_name)
        yield from self._named(f.__kwdefaults__ or {}, any_name)
        for key, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            place = Place(ATTRIBUTE, cell, "cell_contents", f"the variable {key!r}")
            yield from (place, Thing(place.read(), key, any_name))
        for key in asked.variables:
            for held in (f.__globals__, f.__builtins__)[: 1 + (key not in f.__globals__)]:
                yield Place(ITEM, held, key, f"global {key!r}")
                yield Thing(held.get(key), key, any_name)
        if asked.globals:
            yield Place(ENTRIES, f.__globals__, by_key, "globals()")
        for key in asked.modules:
            yield Place(ITEM, sys.modules, key, f"module {key!r}")
            yield Thing(sys.modules.get(key), key, any_name)
        if vars(f):
            yield from self._object(thing)

    def _object(self, thing: Thing) -> Found:
        """Yield what stands in the attributes of something, also in those that are asked for later."""
        if isinstance(thing.x, type) and not watched(thing.x):  # as int and zip
            self._asked.is_any |= thing.any
            return
        self._objects.append(thing)
        yield from self._of_attributes(thing)

    def _of_attributes(self, thing: Thing) -> Found:
        """Yield the attributes that a module, a class or an object is asked for, and methods of the user's classes."""
        x, name, any_name = thing.x, thing.name, thing.any or self._any
        held, is_type = cast(Any, getattr(x, "__dict__", None)), isinstance(x, type)
        asked = self._asked | {"__getattr__"}  # as a module may have
        if isinstance(x, ModuleType) and not is_users(getattr(x, "__file__", None) or x.__name__):
            asked, any_name = self._asked, False
        if isinstance(x, local):  # each thread has attributes of its own
            yield from self._by_getattr(thing, held.keys() if any_name else self._asked & held.keys())
            held = None
        kinds = watched(x)
        if isinstance(held, dict):
            is_own = not isinstance(x, ModuleType | FunctionType)
            if is_own and (any_name or (not kinds and is_asking(x, self._asked))):
                yield from self._held(thing._replace(any=any_name), Place(ENTRIES, held, by_attribute, name))
            tried = self._tried if kinds or is_own else set[str]()
            keys = sorted(asked & (held.keys() | tried))
            yield from (Place(ITEM, held, key, f"{name}.{key}") for key in keys)
            found = {key: held.get(key) for key in keys}
            yield from leading([found], set(map(type, found.values())), by_attribute, name, any_name)
        if not isinstance(x, type | ModuleType | FunctionType):
            cls: Any = type(x)
            yield from self._by_getattr(thing, slots(cls) if any_name else self._asked & slots(cls))
        if kinds and not is_type:
            yield class_of(x, name)
            if isinstance(held, dict):
                yield attributes_of(x, name)
        yield from self._of_classes(thing, kinds)
        if isinstance(held, dict):
            yield Thing(held.get("__wrapped__"), name, any_name)

    def _by_getattr(self, thing: Thing, keys: Iterable[str]) -> Found:
        for key in sorted(keys):
            place = Place(ATTRIBUTE, thing.x, key, f"{thing.name}.{key}")
            yield from (place, Thing(place.read(), place.name, thing.any))

    def _of_classes(self, thing: Thing, kinds: list[type]) -> Found:
        """Yield classes, and what they have of what an object, or a class itself, is asked for, bound to it."""
        x, name, any_name, _ = thing
        self._asked.is_any |= any_name or self._any
        if kinds:
            yield Place(ATTRIBUTE, x if isinstance(x, type) else type(x), "__mro__", f"the bases of {name}")
        own, keys = getattr(x, "__dict__", None), self._asked | {key for kind in kinds for key in special(kind)}
        for kind in kinds:
            yield Place(ENTRIES, entries_of(kind), self._asked.count, name)
            for key in sorted(keys & vars(kind).keys()):
                if key in CREATING and not isinstance(x, type):
                    continue
                if isinstance(own, dict) and key not in own and not key.startswith("__"):
                    yield Place(ITEM, own, key, f"{name}.{key}")  # which would come before that of the class
                found = vars(kind)[key]
                f = function_of(found)
                if not isinstance(f, FunctionType):
                    yield Thing(found, f"{name}.{key}", any_name)
                elif key not in COMPARING or f.__code__.co_filename != "<string>":  # as dataclasses make them
                    yield Thing(MethodType(f, x), name, any_name)
