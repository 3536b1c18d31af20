"""Containers: lists and dictionaries, each copied by itself, and how what they hold differs from what they held.

The very same objects in the same order are the same; all else is looked into: a number in place of one of the same
type and bits is no difference, an equal number of another type is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import is_
from types import MappingProxyType
from typing import Any

from ...chain import Block
from ...engine import Value
from .asked import is_of_users

Label = Callable[[str, Any], str]
Difference = tuple[str, Any, Any]
"""What it is called that differs, what it was, and what it is."""

Copies = Mapping[int, Any]
"""Copies of containers, by the `id` of these."""

Seen = tuple[list[tuple[Any, Any]], list[tuple[Any, str, Any]]]
"""Lists and dictionaries, each with its copy; and dictionaries, each with a key and what stands there, or GONE.

Among the latter are other objects too, with "__class__" or "__dict__" and what these are.
"""

PassingBy = Callable[[Callable[[], Seen], int], Callable[[], bool]]
"""Makes what tells at once that the very same objects stand where they stood; or else nothing.

It takes what tells of these objects, which is asked only if that is worth while, and how many entries containers have.
"""

PLAIN = (int, float, complex, str, bytes, type(None))
LEAVES = (Value, Block, *PLAIN)
"""What leads nowhere."""

GONE = object()
"""What stands where nothing does."""

_EXACT = frozenset((bool, *PLAIN))
LEADING_NOWHERE = frozenset((bool, *LEAVES))
_COMPILED = f"{__package__.rpartition('.')[0]}."
_DICTIONARIES = (dict, MappingProxyType)
_PLAIN_KINDS = {list, tuple, dict, OrderedDict}


@dataclass(frozen=True)
class Order:
    """The keys of a dictionary as they come."""

    keys: list[Any]


@lru_cache(maxsize=1000)
def leads_nowhere(cls: Any) -> bool:
    """Return whether nothing that a function may read stands in objects of a class, as in numbers, and in programs.

    A number or text of the user's own class has attributes and methods.

    >>> leads_nowhere(float), leads_nowhere(list)
    (True, False)
    """
    if issubclass(cls, PLAIN):
        return not is_of_users(cls)
    return issubclass(cls, LEAVES) or str(cls.__module__).startswith(_COMPILED)


def never_known(seen: Callable[[], Seen], entries: int) -> Callable[[], bool]:
    """Return what tells nothing, so that all is compared each time.

    >>> never_known(lambda: ([], []), 0)()
    False
    """
    return lambda: False


def is_container(x: Any) -> bool:
    """Return whether something is a list or dictionary, and compares and is gone through as these are."""
    cls: Any = type(x)
    return cls is list or cls is dict or _kind(cls) in (list, dict)


def leads_on(x: Any) -> bool:
    """Return whether something besides its entries counts of a container: it may have attributes and methods."""
    return type(x) not in _PLAIN_KINDS


@lru_cache(maxsize=1000)
def _kind(cls: type) -> type | None:
    own = ("__eq__", "__iter__", "__getitem__", "__len__", "keys", "values", "items")
    kinds: tuple[type, ...] = (list, OrderedDict, dict, tuple)
    base = next((kind for kind in kinds if issubclass(cls, kind)), None)
    same = all(getattr(cls, name, None) is getattr(base, name, None) for name in own)
    return (dict if base is OrderedDict else base) if same else None


def copied(x: Any) -> Any:
    """Return the same objects in a list or dictionary of its own."""
    return dict(x) if isinstance(x, _DICTIONARIES) else list(x)


@lru_cache(maxsize=1000)
def is_told_by_equality(cls: Any) -> bool:
    """Return whether objects of a class equal none but themselves, as Values do.

    Something may come to stand in place of an object of another class that claims to equal it.
    """
    return issubclass(cls, Value | Block) and cls.__eq__ is object.__eq__


def are_alike(xs: Any, ys: Any, same: Callable[[Any, Any], bool] = is_) -> bool:
    """Return whether two lists, or two dictionaries, hold the very same objects in the same order, or `same` ones."""
    if len(xs) != len(ys):
        return False
    return all(map(same, xs, ys)) and (not isinstance(xs, dict) or all(map(same, xs.values(), ys.values())))


def are_equal(x: Any, y: Any) -> bool:
    """Return whether two objects are one, or plain ones of the same type with the same bits.

    >>> are_equal(1.0, float("1.0")), are_equal(1, 1.0), are_equal(0.0, -0.0), are_equal([], [])
    (True, False, False, False)
    """
    kind = type(x)
    if x is y or type(y) is not kind or kind not in _EXACT:
        return x is y
    return repr(x) == repr(y) if kind in (float, complex) else bool(x == y)


def pairs(x: Any) -> Iterable[tuple[Any, Any]]:
    """Return the entries of a list, tuple or dictionary with their keys."""
    return x.items() if isinstance(x, dict) else enumerate(x)


def differences(before: Any, now: Any, name: str, copies: Copies, label: Label | None = None) -> Iterator[Difference]:
    """Yield how what stands somewhere differs from what stood there; what a container held is told by its copy."""
    pairs = [(before, now, name, label)]
    met = set()
    while pairs:
        before, now, name, label = pairs.pop()
        if label is None and (are_equal(before, now) or (id(before), id(now)) in met):
            continue
        met.add((id(before), id(now)))
        was, entries = _entries(before, copies), _entries(now, {})
        if was is None or entries is None or type(was) is not type(entries) or type(before) is not type(now):
            yield name, before, now
        elif isinstance(was, dict):
            yield from _of_keys(was, entries, "attributes" if label is by_attribute else "keys", name)
            keys = [*was, *(entries.keys() - was.keys())]
            each = [(was.get(key, GONE), entries.get(key, GONE), key) for key in keys]
            pairs += [(x, y, (label or by_key)(name, key), None) for x, y, key in each[::-1] if x is not y]
        elif len(was) != len(entries):
            yield name, was, entries
        else:
            each = [(x, y, i) for i, (x, y) in enumerate(zip(was, entries, strict=True)) if x is not y]
            pairs += [(x, y, by_key(name, i), None) for x, y, i in each[::-1]]


def _entries(x: Any, copies: Copies) -> Any:
    """Return what a container held, or holds if there is no copy of it; None if it is none."""
    if id(x) in copies:
        return copies[id(x)]
    cls: Any = type(x)
    kind = _kind(cls)
    return None if kind is None else x if kind is tuple else copied(x)


def _of_keys(was: dict[Any, Any], now: dict[Any, Any], what: str, name: str) -> Iterator[Difference]:
    if was.keys() == now.keys() and not all(map(are_equal, was, now)):
        yield f"the {what} of {name}", Order(list(was)), Order(list(now))


def by_key(name: str, key: Any) -> str:
    """Return what an entry of a list or dictionary is called."""
    try:
        return f"{name}[{key!r}]"
    except Exception:  # as the key's own code may raise
        return f"{name}[{object.__repr__(key)}]"


def by_attribute(name: str, key: Any) -> str:
    """Return what an attribute is called."""
    return f"{name}.{key}"
