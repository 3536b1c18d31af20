"""Called: what is reached through methods, partials and the like, which call what they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import attrgetter, methodcaller
from types import (
    BuiltinMethodType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any
from weakref import ProxyTypes, ref

from .asked import names_in
from .classes import Names
from .place import ATTRIBUTE, Place
from .things import Thing

_BOUND = (BuiltinMethodType, MethodWrapperType)
_UNBOUND = (MethodDescriptorType, WrapperDescriptorType)
CALLING = (MethodType, *_BOUND, *_UNBOUND, partial, ref, *ProxyTypes, attrgetter, methodcaller)
"""What is made of something that it calls, or stands for, or else of C."""


def called(thing: Thing, asked: Names) -> Iterator[Thing | Place]:
    """Yield what is reached through a method, or another object that calls what it is made of; note what it asks."""
    x, name, any_name, _ = thing
    cls: Any = type(x)
    if cls is MethodType:
        if isinstance(x.__func__, FunctionType):
            any_name |= asked.asked_by(x.__func__).any
        yield from (Thing(x.__func__, name, any_name, True), Thing(x.__self__, name, any_name))
    elif issubclass(cls, partial):
        yield from (Place(ATTRIBUTE, x, key, f"{name}.{key}") for key in ("func", "args", "keywords"))
        yield Thing(x.func, name, any_name)
        yield from (Thing(argument, f"argument {i}", any_name) for i, argument in enumerate(x.args))
        yield from named(x.keywords, any_name)
    elif issubclass(cls, ref):
        yield Thing(x(), name, any_name)
    elif issubclass(cls, ProxyTypes):
        yield Thing(_behind(x), name, any_name)
    elif issubclass(cls, attrgetter | methodcaller):
        asked |= (names := names_in(x))
        asked.read_by(*names)
    else:
        asked.read_by(x.__name__)
        if issubclass(cls, _BOUND) and not isinstance(x.__self__, ModuleType):
            yield Thing(x.__self__, name, any_name)


def _behind(x: Any) -> Any:
    """Return what a weak proxy stands for; None if nobody can read that, as where it is gone."""
    try:
        return x.__mro__[0] if hasattr(x, "__mro__") else x.__init__.__self__
    except Exception:
        return None


def named(arguments: dict[str, Any], any_name: bool) -> Iterator[Thing]:
    """Yield arguments that are given by name, and the dictionary that they are given in."""
    yield from (Thing(argument, key, any_name) for key, argument in arguments.items())
    if arguments:
        yield Thing(arguments, "the arguments", any_name)
