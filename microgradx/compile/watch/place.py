"""Place: where something stands that may change between two calls of a function, and what stands there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType
from typing import Any, NamedTuple

from ...module import Module
from .containers import GONE, NUMBERS, Copier, by_attribute, by_key, differences

BYTES = 1 << 15
"""Arrays of no more bytes than that are watched, which are compared in a microsecond."""

CONTENTS, ENTRIES, ATTRIBUTES = object(), object(), object()
"""Keys of all that is in an array or set, in a list or dictionary, and of all attributes of an object."""

_VIEWS: tuple[type, ...] = (MappingProxyType, type({}.keys()), type({}.values()), type({}.items()))
_LISTED: tuple[Any, ...] = (dict, list, tuple, set, frozenset, deque, *_VIEWS)


class Numbers(NamedTuple):
    """What an array holds: as it stands in memory, and how that is to be read."""

    memory: bytes
    shape: tuple[int, ...]
    format: str


class Place(NamedTuple):
    """Where something stands: in a dictionary or class and under which key, or in an attribute; what people call it.

    An array is a place by itself: what stands there are its bytes. So is a container, or an object with all of its
    attributes: what stands there is what it must equal.
    """

    where: Any
    key: Any
    name: str

    @property
    def entries(self) -> Any:
        """What holds it under its key, or all of it."""
        return vars(self.where) if self.key is ATTRIBUTES or isinstance(self.where, type) else self.where

    @property
    def is_attribute(self) -> bool:
        """Whether it is what `getattr` finds, as in a cell, a function, or a slot."""
        return isinstance(self.key, str) and type(self.where) is not dict and not isinstance(self.where, type)

    @property
    def is_array(self) -> bool:
        """Whether it is an array, or something else with contents to list."""
        return self.key is CONTENTS

    @property
    def is_container(self) -> bool:
        """Whether it is a container, or an object, with all that it holds."""
        return self.key is ENTRIES or self.key is ATTRIBUTES

    @property
    def is_plain(self) -> bool:
        """Whether it is under a name in a dictionary, or the class or the dictionary of an object as Python has it."""
        cls: Any = type(self.where)
        if cls is dict:
            return type(self.key) is str
        return self.is_attribute and self.key in ("__class__", "__dict__") and _has_both(cls)

    @property
    def label(self) -> Callable[[str, Any], str]:
        """How what stands in it is called."""
        return by_attribute if self.key is ATTRIBUTES else by_key

    def read(self) -> Any:
        """Return what stands there now, or GONE."""
        return self.copied()[0]

    def copied(self) -> tuple[Any, list[dict[Any, Any]]]:
        """Return what stands there now, or GONE, and the dictionaries in it whose order counts."""
        copier = Copier()
        try:
            if self.is_array:
                contents = contents_of(self.where)
                is_list = isinstance(contents, list)
                return (copier.copy(contents), copier.dictionaries) if is_list else (contents, [])
            if self.is_container:
                copy = copier.copy(self.entries)
                is_model = isinstance(self.where, Module)
                return copy, [x for x in copier.dictionaries if not (is_model and x is self.entries)]
            return getattr(self.where, self.key, GONE) if self.is_attribute else self.entries[self.key], []
        except (LookupError, ValueError):  # a cell may be empty
            return GONE, []

    def differences(self, before: Any) -> Iterator[tuple[str, Any, Any]]:
        """Yield name, what was there, and what is, for each difference to what was read before."""
        if self.is_container:
            yield from differences(before, self.entries, self.name, self.label)
        elif self.is_array and isinstance(before, list):
            yield from differences(before, contents_of(self.where), self.name, by_key)
        elif (now := self.read()) is not before and not (self.is_array and now == before):
            yield self.name, before, now


def contents_of(x: Any) -> Any:
    """Return the numbers of an array, or the list of the objects in it; also of those in a set, deque and the like."""
    if isinstance(x, ContextVar):
        return [x.get(GONE)]
    if isinstance(x, _LISTED):
        base: Any = next(kind for kind in _LISTED if isinstance(x, kind))
        return list(base.items(x) if base in (dict, MappingProxyType) else base.__iter__(x))
    if _is_of_objects(x):
        return x.tolist()
    view = memoryview(x)
    return Numbers(view.tobytes(), view.shape or (), view.format)


def is_array(x: Any) -> bool:
    """Whether something shows what may change in it, as its bytes or as a list, and not too much.

    These are arrays of NumPy and of `array`, bytearrays, sets, deques and the like, and context variables.
    """
    if isinstance(x, _LISTED):
        return len(x) <= NUMBERS
    if _is_of_objects(x):
        return bool(x.nbytes <= BYTES)
    try:
        view = memoryview(x)
    except (TypeError, ValueError, BufferError):  # no array
        return isinstance(x, ContextVar)
    return not view.readonly and view.nbytes <= BYTES


def _is_of_objects(x: Any) -> bool:
    """Whether something is an array of Python's objects, such as Values."""
    cls = type(x)  # which does not ask the user's __getattr__
    return hasattr(cls, "dtype") and hasattr(cls, "nbytes") and getattr(x.dtype, "char", "") == "O"


@lru_cache(maxsize=1000)
def _has_both(cls: Any) -> bool:
    """Return whether no code of their own tells of which class objects are, and which dictionary they have."""
    kinds = cls.__mro__[:-1]
    own = any("__class__" in vars(kind) for kind in kinds) or cls.__getattribute__ is not object.__getattribute__
    return not own and all(isinstance(vars(kind).get("__dict__"), GetSetDescriptorType | None) for kind in kinds)


@lru_cache(maxsize=1000)
def slots(cls: type) -> frozenset[str]:
    """Return the names of the attributes that objects of a class have in slots."""
    return frozenset(k for kind in cls.__mro__ for k, v in vars(kind).items() if v.__class__ is MemberDescriptorType)
