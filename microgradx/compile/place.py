"""Place: where something stands that may change between two calls of a function, and what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CellType, MemberDescriptorType
from typing import Any, NamedTuple

from ..module import Module
from .containers import Copier, by_attribute, by_key, differences, kind_of

BYTES = 1 << 15
"""Arrays of no more bytes than that are watched, which are compared in a microsecond."""

GONE = object()
"""What stands where nothing does."""

CONTENTS, ENTRIES = object(), object()
"""Keys of an array and of a container: all that is in it."""


class Place(NamedTuple):
    """Where something stands: in a dictionary, class or cell, and under which key; and what people call it.

    An array is a place by itself: what stands there are its bytes. So is a container, or a model of the library with
    its attributes: what stands there is what it must equal.
    """

    where: Any
    key: Any
    name: str

    @property
    def entries(self) -> Any:
        """What holds it under its key, or all of it."""
        return vars(self.where) if isinstance(self.where, type | Module) else self.where

    @property
    def is_cell(self) -> bool:
        """Whether it is that of an enclosing variable."""
        return isinstance(self.where, CellType)

    @property
    def is_array(self) -> bool:
        """Whether it is an array."""
        return self.key is CONTENTS

    @property
    def is_container(self) -> bool:
        """Whether it is a container, or a model, with all that it holds."""
        return self.key is ENTRIES

    @property
    def label(self) -> Callable[[str, Any], str]:
        """How what stands in it is called."""
        return by_attribute if isinstance(self.where, Module) else by_key

    def read(self) -> Any:
        """Return what stands there now, or GONE."""
        try:
            if self.is_array:
                return Copier().copy(contents_of(self.where))
            if self.is_container:
                return Copier().copy(self.entries)
            return self.where.cell_contents if self.is_cell else self.entries[self.key]
        except (LookupError, ValueError):
            return GONE

    def differences(self, before: Any) -> Iterator[tuple[str, Any, Any]]:
        """Yield name, what was there, and what is, for each difference to what was read before."""
        if self.is_container:
            yield from differences(before, self.entries, self.name, self.label)
        elif self.is_array and kind_of(before):
            yield from differences(before, contents_of(self.where), self.name, by_key)
        elif (now := self.read()) is not before:
            yield self.name, before, now


def contents_of(array: Any) -> Any:
    """Return the numbers of an array as they stand in memory; of one of objects the lists of these."""
    return array.tolist() if _is_of_objects(array) else memoryview(array).tobytes()


def is_array(x: Any) -> bool:
    """Whether something shows what may change in it as its bytes, and not too many: of NumPy, `array`, bytearray."""
    if _is_of_objects(x):
        return bool(x.nbytes <= BYTES)
    try:
        view = memoryview(x)
    except (TypeError, ValueError, BufferError):  # no array
        return False
    return not view.readonly and view.nbytes <= BYTES


def _is_of_objects(x: Any) -> bool:
    """Whether something is an array of Python's objects, such as Values."""
    return getattr(getattr(x, "dtype", None), "char", "") == "O" and hasattr(x, "nbytes")


class Slots:
    """The attributes of an object that stand in slots, by their names."""

    def __init__(self, x: Any) -> None:
        self._x = x

    def keys(self) -> set[str]:
        """Return the names of those that are set."""
        cls: Any = type(self._x)
        return {key for key in _slots(cls) if hasattr(self._x, key)}

    def __getitem__(self, key: str) -> Any:
        try:
            return getattr(self._x, key)
        except AttributeError:
            raise KeyError(key) from None


@lru_cache(maxsize=1000)
def _slots(cls: type) -> frozenset[str]:
    return frozenset(k for kind in cls.__mro__ for k, v in vars(kind).items() if v.__class__ is MemberDescriptorType)
