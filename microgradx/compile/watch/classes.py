"""Classes: which methods of an object run without being asked for by name, and what functions they are."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

from ...module import Module
from .asked import Asked, asked_by, asked_within, is_of_users, is_users
from .ways import ANY, CLASS, EQUAL, TEXT, ways_of

CREATING = {"__init__", "__new__", "__post_init__"}
"""Methods of a class that run when it is called, and not for an object that is made already."""

UNUSED = {
    "__repr__",
    "__replace__",
    "__init_subclass__",
    "__set_name__",
    "__class_getitem__",
    "__del__",
    "__reduce__",
    "__doc__",
    "__annotations__",
}
"""Methods that a function of numbers has no use for, unless it takes texts, or copies of objects with changes."""

_COMPARING = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"}
_SHOWING = {"__repr__", "__str__", "__format__"}

_MIXED_IN = {"abc", "typing", "collections.abc"}
"""Where classes are whose methods ask for what methods of other classes give."""


class Names(set[str]):
    """Names of attributes that objects are asked for, and in which `ways` they are read besides.

    `tried` are names asked for that need not be there. `is_any` is whether some object may be asked for any, and
    `are_any` whether all may be.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self.tried: set[str] = set()
        self.ways: set[str] = set()
        self.is_any = self.are_any = False

    @property
    def known(self) -> tuple[int, ...]:
        """What is another if there is anything new."""
        return len(self), len(self.tried), len(self.ways), self.are_any

    def is_users(self, f: FunctionType) -> bool:
        """Return whether a function is the user's own: the very one that is compiled, or not a library's."""
        return f is self._f or is_users(f.__code__.co_filename)

    def asked_by(self, f: FunctionType) -> Asked:
        """Return what a function asks for, and note it."""
        if not self.is_users(f):
            self |= (asked := asked_within(f)).attributes
            return asked
        asked = asked_by(f.__code__)
        self |= asked.attributes
        self.ways |= asked.ways
        self.tried |= asked.tried
        return asked

    def read_by(self, *names: str) -> None:
        """Note in which ways objects are read by functions of libraries with these names."""
        self.ways = self.ways.union(*map(ways_of, names))
        self.are_any |= any(ANY in ways_of(name) for name in names)

    def count(self, name: str) -> bool:
        """Return whether it matters what classes have of this name."""
        is_used = {"__repr__": TEXT, "__replace__": CLASS}.get(name) in self.ways
        return self.is_any or name in self or (name.startswith("__") and name not in UNUSED) or is_used

    def special(self, kind: type, is_made: bool) -> set[str]:
        """Return the names of the methods of a class that operators, calls and the like call, if an object is made."""
        held = vars(kind)
        found = {key for key, x in held.items() if key.startswith("__") and key not in UNUSED and callable(x)}
        if is_made:
            found -= CREATING
        if EQUAL not in self.ways and _is_generated(held.get("__eq__")):
            found.discard("__eq__")
        if TEXT in self.ways and "__repr__" in held:
            found.add("__repr__")
        return found


def _is_generated(f: Any) -> bool:
    """Return whether a decorator made a method, as those of dataclasses, which read every attribute."""
    return isinstance(f, FunctionType) and f.__code__.co_filename == "<string>"


def is_asking(cls: type, own: Sequence[type], asked: Names) -> bool:
    """Return whether an object runs code of a library's class, as a UserDict does, which may ask it for anything.

    It does when it is asked for a method or property, and where operators, calls and the like run such a one. `own`
    are its classes that are gone through.
    """
    kinds = [kind for kind in cls.__mro__[:-1] if kind not in own and str(kind.__module__) not in _MIXED_IN]
    ways = [_COMPARING] * (EQUAL in asked.ways) + [_SHOWING] * (TEXT in asked.ways)
    return any(not names.isdisjoint(vars(kind)) for kind in kinds for names in ways) or any(
        isinstance(found, FunctionType | property) and (key in asked or _runs(key))
        for kind in kinds
        for key, found in vars(kind).items()
    )


def _runs(name: str) -> bool:
    return name.startswith("__") and name not in UNUSED | CREATING | _COMPARING | _SHOWING


def is_watched(kind: type) -> bool:
    """Return whether what a class has is gone through: the user's own, or a model."""
    return issubclass(kind, Module) or is_of_users(kind)


def watched(x: Any) -> list[type]:
    """Return the classes of something that are gone through; those of a class are also itself and its bases."""
    own: Any = x.__mro__ if issubclass(type(x), type) else ()
    return [kind for kind in (*own, *type(x).__mro__) if is_watched(kind)]


def entries_of(kind: type) -> Mapping[str, Any]:
    """Return what a class has, as it changes: the dictionary behind the view that Python shows, or else this."""
    found = gc.get_referents(vars(kind))
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else vars(kind)


def inside(found: Any, x: Any, kind: type) -> Iterator[Any]:
    """Yield what x leads to by something that one of its classes has: a function, bound to x, or the thing itself.

    A method of a class is bound to that; a function that any object may be handed is not bound.
    """
    cls: Any = type(found)
    f = found if cls is FunctionType or is_of_users(cls) else _function_of(found)
    if type(f) is FunctionType:
        is_free = issubclass(cls, staticmethod) or (found is f and not issubclass(type(x), kind))
        owner = type(x) if issubclass(cls, classmethod) and not issubclass(type(x), type) else x
        yield f if is_free else MethodType(f, owner)
    elif f is not found:
        yield f  # as a static method may hold
    if not issubclass(cls, FunctionType | property | classmethod | staticmethod) or type(f) is not FunctionType:
        yield found


def _function_of(found: Any) -> Any:
    each = (getattr(found, key, None) for key in ("fget", "__func__", "func", "__wrapped__"))
    return next((f for f in each if f is not None), found)
