"""Classes: which methods of an object run without being asked for by name, and what functions they are."""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping, Set
from types import FunctionType
from typing import Any

from ...module import Module
from .asked import is_of_users

CREATING = {"__init__", "__new__", "__post_init__"}
"""Methods of a class that run when it is called, and not for an object that is made already."""

COMPARING = {"__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"}
"""Methods that read every attribute where they were made by a decorator."""

UNUSED = {
    "__repr__",
    "__init_subclass__",
    "__set_name__",
    "__class_getitem__",
    "__del__",
    "__reduce__",
    "__doc__",
    "__annotations__",
}
"""Methods that a function of numbers has no use for."""


class Names(set[str]):
    """Names of attributes that objects are asked for; `is_any` is whether some may be asked for any."""

    is_any = False

    def count(self, name: str) -> bool:
        """Return whether it matters what classes have of this name."""
        return self.is_any or name in self or (name.startswith("__") and name not in UNUSED)


def special(kind: type) -> frozenset[str]:
    """Return the names of the methods of a class that operators, calls and the like call."""
    return frozenset(key for key, x in vars(kind).items() if key.startswith("__") and key not in UNUSED and callable(x))


def is_asking(x: Any, asked: Set[str]) -> bool:
    """Return whether an object of a library's class, as a UserDict, runs its own code, which may ask it for anything.

    It does when it is used as a container, or called, or asked for a method or property.
    """
    own = [vars(kind)[key] for kind in type(x).__mro__ for key in (asked | {"__call__"}) & vars(kind).keys()]
    return isinstance(x, Collection) or any(isinstance(found, FunctionType | property) for found in own)


def is_watched(kind: type) -> bool:
    """Return whether what a class has is gone through: the user's own, or a model."""
    return issubclass(kind, Module) or is_of_users(kind)


def watched(x: Any) -> list[type]:
    """Return the classes of something that are gone through; those of a class are also itself and its bases."""
    own: Any = x.__mro__ if isinstance(x, type) else ()
    return [kind for kind in (*own, *type(x).__mro__) if is_watched(kind)]


def entries_of(kind: type) -> Mapping[str, Any]:
    """Return what a class has, as it changes: the dictionary behind the view that Python shows, or else this."""
    found = gc.get_referents(vars(kind))
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else vars(kind)


def function_of(found: Any) -> Any:
    """Return the function in a method, property or the like of a class, if there is one."""
    if isinstance(found, FunctionType) or is_of_users(type(found)):
        return found
    inside = (getattr(found, key, None) for key in ("fget", "__func__", "func", "__wrapped__"))
    return next((f for f in inside if f is not None), found)
