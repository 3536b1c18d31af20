"""What a function reads besides its arguments: the places that it reaches by its names, nearest first."""

from __future__ import annotations

import dis
import os
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

MOST = 32
"""How many places are watched, the nearest first …"""

ENTRIES = 8
"""… and how many entries of each list and dictionary; …"""

BYTES = 1 << 15
"""… and arrays of no more bytes than that, which are compared in a microsecond."""

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")

GONE, _WHOLE = object(), object()
_LIBRARIES = tuple(
    os.path.join(path, "")
    for path in (
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


class Place(NamedTuple):
    """Where something stands: in a dictionary, list, class or cell, and under which key; and what people call it.

    An array is a place by itself: what stands there are its bytes.
    """

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

    @property
    def is_array(self) -> bool:
        """Whether it is an array."""
        return self.key is _WHOLE

    def read(self) -> Any:
        """Return what stands there now, or GONE."""
        try:
            if self.is_array:
                return bytes_of(self.where)
            return self.where.cell_contents if self.is_cell else self.entries[self.key]
        except (LookupError, ValueError):
            return GONE


def bytes_of(array: Any) -> bytes:
    """Return the numbers of an array as they stand in memory."""
    return memoryview(array).tobytes()


def _is_array(x: Any) -> bool:
    """Whether something shows numbers that may change as its bytes, and not too many: of NumPy, `array`, bytearray."""
    try:
        view = memoryview(x)
    except (TypeError, ValueError, BufferError):  # no array, or one of objects
        return False
    return not view.readonly and view.nbytes <= BYTES


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
    elif _is_array(x):
        yield Place(x, _WHOLE, name), _Thing(None, name, asked)
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


def _is_users(filename: str) -> bool:
    """Whether code of a file is the user's own, not a library's; what stands in no file may be a notebook's cell."""
    if not filename or filename.startswith("<frozen"):
        return False
    return not filename.startswith(_LIBRARIES) and "-packages" + os.sep not in filename
