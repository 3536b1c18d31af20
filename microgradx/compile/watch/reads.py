"""What a function reads besides its arguments: the places that it reaches by its names, nearest first."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from itertools import chain
from threading import local
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ...module import Module
from .asked import file_in, is_of_users, is_users
from .called import CALLING, called, named
from .classes import Names, entries_of, inside, is_asking, watched
from .containers import GONE, Label, by_attribute, by_key, is_container, leads_nowhere, leads_on
from .place import ATTRIBUTE, CONTENTS, ENTRIES, ITEM, Place, attributes_of, class_of, dictionary_of, is_array, slots
from .taken import Rows, Standing, standing
from .things import Met, Siblings, Thing, leading, values_in
from .ways import CLASS, LABEL, is_of_first, ways_of

_NAMED = {"__name__", "__qualname__", "__doc__"}
"""What functions and classes have in slots, too."""

Found = Iterable[Any]
"""Things, places, and places with what stands there."""


def places_of(f: Callable[..., Any]) -> Iterator[Standing | Rows]:
    """Yield the places that a function reads, nearest first, each once, with what stands there; some side by side.

    The labels of Values come last, if it reads any.
    """
    reading = _Reading(f)
    found = []
    for x in reading.places():
        found.append(x)
        yield x
    if LABEL in reading.asked.ways:
        for v in values_in(found):
            yield standing(Place(ATTRIBUTE, v, "label", f"the label {v.label!r} of a Value"))


class _Reading:
    """What a function reaches, gone through.

    An object may be handed to any function that is reached, so it is asked for the attributes that any of them names.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._waiting: deque[Thing | Siblings] = deque([Thing(f, "self")])
        self._met = Met()
        self._functions: list[Thing] = []  # the user's own
        self._objects: list[Thing] = []  # whose attributes are read, …
        self.asked = Names(f)  # … those of these names

    def places(self) -> Iterator[Standing | Rows]:
        """Yield the places, nearest first, each once, with what stands there."""
        known: tuple[int, ...] = ()
        while self._waiting:
            while self._waiting:
                yield from self._new(self._inside(self._waiting.popleft()))
            if (now := self.asked.known) != known:
                known = now
                for thing in self._objects[:]:
                    yield from self._new(self._of_attributes(thing))
                if keys := self.asked & _NAMED:
                    for thing in self._functions:
                        yield from self._new(self._by_getattr(thing, keys))

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

    def _inside(self, thing: Thing | Siblings) -> Found:
        """Return what one thing reaches, or several do, and where that stands, if it may change there."""
        if isinstance(thing, Siblings):
            return self._side_by_side(thing)
        x, name = thing.x, thing.name
        cls: Any = type(x)  # and not what it says of itself, as a stand-in does
        if is_container(x):
            return self._held(thing, Place(ENTRIES, x, by_key, name))
        if issubclass(cls, Module) and not is_of_users(cls):  # which changes nothing in it when it is called
            held = self._held(thing, Place(ENTRIES, vars(x), by_attribute, name))
            return [class_of(x, name), attributes_of(x, name), *held]
        if issubclass(cls, tuple):
            return self._led(thing, x, set(map(type, x)), by_key)
        if cls is FunctionType:
            return self._of_function(thing)
        if issubclass(cls, CALLING):
            return called(thing, self.asked)
        if is_array(x):
            own = vars(x) if issubclass(cls, np.ndarray) and hasattr(x, "__dict__") else None
            return [*self._held(thing, Place(CONTENTS, x, None, name)), Thing(own, name)]
        return self._object(thing)

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
        if label is by_key and leads_on(thing.x):
            cls: Any = type(thing.x)
            found += self._object(thing) if is_of_users(cls) else self._by_getattr(thing, slots(cls))
        return found

    def _of_function(self, thing: Thing) -> Found:
        """Yield the variables and default arguments of a function; of a library's only what was put into it."""
        f, name, any_name, _ = thing
        if not self.asked.is_users(f):
            self.asked.read_by(f.__name__)
            for cell in f.__closure__ or ():
                yield Thing(Place(ATTRIBUTE, cell, "cell_contents", name).read(), name, any_name)
            return
        asked = self.asked.asked_by(f)
        any_name |= asked.any
        self.asked.are_any |= asked.any and not (thing.is_method and is_of_first(f.__code__))
        for key in ("__code__", "__defaults__", "__kwdefaults__"):
            yield Place(ATTRIBUTE, f, key, f"{name}.{key}")
        positional = f.__code__.co_varnames[: f.__code__.co_argcount]
        for key, default in zip(reversed(positional), reversed(f.__defaults__ or ()), strict=False):
            yield Thing(default, key, any_name)
        yield from named(f.__kwdefaults__ or {}, any_name)
        for key, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            place = Place(ATTRIBUTE, cell, "cell_contents", f"the variable {key!r}")
            yield from (place, Thing(place.read(), key, any_name))
        for key in asked.variables:
            for held in (f.__globals__, f.__builtins__)[: 1 + (key not in f.__globals__)]:
                yield Place(ITEM, held, key, f"global {key!r}")
                if held is f.__globals__ or not ways_of(key):  # else it is known by its name
                    yield Thing(held.get(key), key, any_name)
        if asked.globals:
            held = Thing(f.__globals__, "globals()", any_name)
            yield from self._held(held, Place(ENTRIES, held.x, by_key, held.name))
        for key in asked.modules:
            yield Place(ITEM, sys.modules, key, f"module {key!r}")
            yield Thing(sys.modules.get(key), key, any_name)
        self._functions.append(thing)
        if vars(f):
            yield from self._object(thing)

    def _object(self, thing: Thing) -> Found:
        """Yield what stands in the attributes of something, also in those that are asked for later."""
        if issubclass(type(thing.x), type) and not watched(thing.x):  # as int and zip
            self.asked.is_any |= thing.any
            self.asked.read_by(thing.x.__name__)
            return
        self._objects.append(thing)
        yield from self._of_attributes(thing)

    def _of_attributes(self, thing: Thing) -> Found:
        """Yield the attributes that a module, a class or an object is asked for, and methods of the user's classes."""
        x, name, any_name = thing.x, thing.name, thing.any or self.asked.are_any
        cls: Any = type(x)
        held, is_type, is_module = dictionary_of(x), issubclass(cls, type), issubclass(cls, ModuleType)
        is_own = cls is not FunctionType
        asked = self.asked | {"__getattr__"}  # as a module may have
        if is_module and (file := file_in(held)) and not is_users(file):
            asked, any_name, is_own = self.asked, False, False
        if held is GONE:
            yield from self._by_getattr(thing, self.asked)
            if any_name:  # it is never known whether it is as it was
                yield Standing(attributes_of(x, name), None, 1)
        if issubclass(cls, local):  # each thread has attributes of its own
            yield from self._by_getattr(thing, held.keys() if any_name else self.asked & held.keys())
            held = None
        kinds = watched(x)
        if isinstance(held, dict):
            is_object = not (is_module or is_type)
            if is_own and (any_name or (is_object and is_asking(cls, kinds, self.asked))):
                yield from self._held(thing._replace(any=any_name), Place(ENTRIES, held, by_attribute, name))
            tried = self.asked.tried if kinds or is_own else set[str]()
            keys = sorted(asked & (held.keys() | tried))
            yield from (Place(ITEM, held, key, f"{name}.{key}") for key in keys)
            found = {key: held.get(key) for key in keys}
            yield from leading([found], set(map(type, found.values())), by_attribute, name, any_name)
        if is_own and not (is_module or is_type):
            yield from self._by_getattr(thing, slots(cls) if any_name else self.asked & slots(cls))
        if is_type:
            yield from self._by_getattr(thing, self.asked & _NAMED)
        elif kinds:
            yield class_of(x, name)
            if isinstance(held, dict):
                yield attributes_of(x, name)
            if CLASS in self.asked.ways:
                yield Thing(cls, f"the class of {name}", any_name)
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
        self.asked.is_any |= any_name or self.asked.are_any
        is_type, own = issubclass(type(x), type), dictionary_of(x)
        if kinds:
            yield Place(ATTRIBUTE, x if is_type else type(x), "__mro__", f"the bases of {name}")
        keys = self.asked.union(*(self.asked.special(kind, not is_type) for kind in kinds))
        for kind in kinds:
            yield Place(ENTRIES, entries_of(kind), self.asked.count, name)
            for key in sorted(keys & vars(kind).keys()):
                if isinstance(own, dict) and key not in own and not key.startswith("__"):
                    yield Place(ITEM, own, key, f"{name}.{key}")  # which would come before that of the class
                for found in inside(vars(kind)[key], x, kind):
                    yield Thing(found, name if type(found) is MethodType else f"{name}.{key}", any_name)
