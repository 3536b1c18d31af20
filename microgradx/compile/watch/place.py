"""Place: where something stands that may change between two calls of a function, and what stands there."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import is_
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType
from typing import Any, NamedTuple

import numpy as np

from .containers import (
    GONE,
    Copies,
    Difference,
    are_alike,
    are_equal,
    by_attribute,
    by_key,
    copied,
    differences,
)

BYTES = 1 << 20
"""Arrays of no more bytes than that are watched, which are compared in a tenth of a millisecond."""

LISTED = 1 << 14
"""Sets and the like of no more entries than that are."""

_VIEWS: tuple[type, ...] = (MappingProxyType, type({}.items()), type({}.keys()), type({}.values()))
_LISTED: tuple[Any, ...] = (dict, list, set, frozenset, deque, *_VIEWS)
_PAIRED: tuple[type, ...] = (dict, MappingProxyType, type({}.items()))

ITEM, ATTRIBUTE, ENTRIES, CONTENTS = range(4)
"""Kinds of places: what a dictionary has under a key; what `getattr` finds, as in a cell, a function, or a slot; all
that is in a list or dictionary; all that is in an array, a set and the like: a list of it, or its numbers in memory."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What an array holds: as it stands in memory, and how that is to be read."""

    memory: Any
    shape: tuple[int, ...]
    format: Any


class Place(NamedTuple):
    """Where something stands: in what, under which key, and what people call it.

    Of ENTRIES the key is how they are called, or which of those of a class count.
    """

    kind: int
    where: Any
    key: Any
    name: str

    @property
    def id(self) -> tuple[Any, int]:
        """By what it is known: what counts there, and the `id` of what it stands in."""
        return self.kind if self.key is None or self.kind == ENTRIES else self.key, id(self.where)

    @property
    def is_seen(self) -> bool:
        """Whether machine code sees what stands there as Python has it; see `PassingBy`."""
        cls: Any = type(self.where)
        if self.kind == ENTRIES:
            return isinstance(self.where, list) or (isinstance(self.where, dict) and cls.__iter__ is dict.__iter__)
        if self.kind == ITEM:
            return cls is dict and type(self.key) is str
        return self.kind == ATTRIBUTE and self.key in ("__class__", "__dict__") and has_both(cls)

    def read(self) -> Any:
        """Return what stands there now, or GONE; a copy of entries and contents."""
        if self.kind == ITEM:
            return self.where.get(self.key, GONE)
        if self.kind == ENTRIES:
            return copied(self.where)
        try:
            return contents_of(self.where) if self.kind == CONTENTS else getattr(self.where, self.key, GONE)
        except Exception:  # a cell may be empty, and what has shown its contents may not do so any more
            return GONE

    def is_still(self, stood: Any, same: Callable[[Any, Any], bool] = is_) -> bool:
        """Return whether there still stands what did: the very same objects, or what is the `same` as they."""
        if self.kind == ENTRIES:
            return not any(self._others(stood)) if self._counts else are_alike(stood, self.where, same)
        now = self.read()
        if self.kind == CONTENTS and isinstance(stood, list) and isinstance(now, list):
            return are_alike(stood, now, same)
        return same(stood, now) or (isinstance(stood, Numbers) and isinstance(now, Numbers) and now == stood)

    def differences(self, stood: Any, copies: Copies) -> Iterator[Difference]:
        """Yield what is another than what stood there, and counts."""
        if self.kind != ENTRIES:
            label = by_attribute if self.key == "__dict__" else None
            now = self.read()
            if self.kind == CONTENTS and isinstance(self.where, _PAIRED):
                stood, now = (x if x is GONE else dict(zip(x[::2], x[1::2], strict=True)) for x in (stood, now))
            yield from differences(stood, now, self.name, copies, label)
        elif self._counts:
            yield from self._others(stood)
        else:
            yield from differences(self.where, self.where, self.name, copies, self.key)

    @property
    def is_ordered(self) -> bool:
        """Whether the order of keys counts."""
        return self.kind == ENTRIES and isinstance(self.where, dict) and not self._counts

    @property
    def _counts(self) -> bool:
        """Whether only some entries count, those of a class."""
        return self.key not in (by_key, by_attribute)

    def _others(self, stood: Any) -> Iterator[Difference]:
        now = copied(self.where)
        for key in [*stood, *(now.keys() - stood.keys())]:
            x, y = stood.get(key, GONE), now.get(key, GONE)
            if not are_equal(x, y) and self.key(key):
                yield by_attribute(self.name, key), x, y


def class_of(x: Any, name: str) -> Place:
    """Return where it stands of which class something is."""
    return Place(ATTRIBUTE, x, "__class__", f"the class of {name}")


def attributes_of(x: Any, name: str) -> Place:
    """Return where it stands which dictionary the attributes of something are in."""
    return Place(ATTRIBUTE, x, "__dict__", name)


def contents_of(x: Any) -> Any:
    """Return the numbers of an array, or the list of the objects in it; also of those in a set, deque and the like."""
    cls: Any = type(x)
    if cls is ContextVar:
        try:
            return [x.get()]  # or its default
        except LookupError:
            return [GONE]
    if base := _listed(cls):
        pairs = base.items(x) if base in (dict, MappingProxyType) else base.__iter__(x)
        return list(chain.from_iterable(pairs) if base in _PAIRED else pairs)
    if _is_like_an_array(cls):
        x = _shown(x)
        if x.dtype.hasobject:  # as an array of Values
            return [*x.ravel().tolist(), sys.intern(str(x.shape))]
        return Numbers(x.tobytes(), x.shape, x.dtype)
    view = memoryview(x)
    return Numbers(view.tobytes(), view.shape or (), view.format)


def is_array(x: Any) -> bool:
    """Return whether something shows what may change in it, as its bytes or as a list, and not too much.

    These are arrays of NumPy, of `array` and others, bytearrays, sets, deques and the like, and context variables.
    """
    cls: Any = type(x)
    if base := _listed(cls):
        return bool(base.__len__(x) <= LISTED)
    if issubclass(cls, np.generic):
        return False
    try:
        view: Any = _shown(x) if _is_like_an_array(cls) else memoryview(x)
    except Exception:  # no array, or one of a library that does not show it
        return cls is ContextVar
    is_made = not issubclass(cls, np.ndarray) and isinstance(view, np.ndarray) and view.dtype.hasobject
    return bool(view.nbytes <= BYTES and not is_made)


@lru_cache(maxsize=1000)
def _listed(cls: Any) -> Any:
    """Return which kind of set, deque and the like the objects of a class are, or None."""
    return next((kind for kind in _LISTED if issubclass(cls, kind)), None)


def _shown(x: Any) -> Any:
    """Return an array as one of NumPy; parameters of PyTorch show their numbers only when they are detached."""
    return np.asarray(x.detach() if hasattr(type(x), "requires_grad") else x)


@lru_cache(maxsize=1000)
def _is_like_an_array(cls: Any) -> bool:
    """Return whether NumPy can read the objects of a class."""
    return hasattr(cls, "__array__")


@lru_cache(maxsize=1000)
def has_both(cls: Any) -> bool:
    """Return whether no code of their own tells of which class objects are, and which dictionary they have."""
    kinds = cls.__mro__[:-1]
    own = any("__class__" in vars(kind) for kind in kinds) or cls.__getattribute__ is not object.__getattribute__
    return not own and all(isinstance(vars(kind).get("__dict__"), GetSetDescriptorType | None) for kind in kinds)


def dictionary_of(x: Any) -> Any:
    """Return the dictionary of an object's attributes, also where its own code raises when that is asked for.

    None if it has none, GONE if only Python can find it.
    """
    try:
        return getattr(x, "__dict__", None)
    except Exception:
        cls: Any = type(x)
        found = (vars(kind).get("__dict__") for kind in cls.__mro__)
        shown = next((y for y in found if type(y) is GetSetDescriptorType), None)
        return shown.__get__(x) if shown is not None else GONE if cls.__dictoffset__ else None


@lru_cache(maxsize=1000)
def slots(cls: type) -> frozenset[str]:
    """Return the names of the attributes that objects of a class have in slots."""
    return frozenset(k for kind in cls.__mro__ for k, v in vars(kind).items() if v.__class__ is MemberDescriptorType)
