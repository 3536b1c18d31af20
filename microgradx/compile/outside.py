"""Outside: what a function reads besides its arguments, watched at each call of what was made of it.

These are the globals and enclosing variables that it names, the attributes that it asks of them, and what stands in
small lists, dictionaries and arrays among them, also by way of the user's other functions and classes. Objects are
compared by identity and arrays by their bytes, in a microsecond: that something changed is a reason to trace again, and
no more than that.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from itertools import islice
from operator import attrgetter, contains, eq, getitem, is_
from typing import Any, NamedTuple

from .reads import GONE, MOST, Place, bytes_of, places_of

PLAIN = (int, float, complex, str, bytes, type(None))
_contents = attrgetter("cell_contents")


class Taken(NamedTuple):
    """What stood in some places: dictionaries and the like, then cells, then arrays; nothing in those that are free."""

    places: list[Place]
    where: list[Any]
    keys: list[Any]
    items: list[Any]
    cells: list[Any]
    contents: list[Any]
    arrays: list[Any]
    numbers: list[bytes]
    holders: list[Any]
    free: list[Any]


class Outside:
    """What a function reads besides its arguments, and what that was when it was last traced.

    >>> settings = {"scale": 1.0}
    >>> outside = Outside(lambda x: settings["scale"] * x)
    >>> settings["scale"] = 10.0
    >>> outside.has_changed(), outside.changes()
    (True, ["settings['scale'] was 1.0 and is 10.0"])
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self.keep()

    def keep(self) -> None:
        """Take everything as it is now."""
        self._taken = _taken(list(islice(places_of(self._f), MOST)))

    def has_changed(self) -> bool:
        """Return whether anything is not what it was."""
        places, where, keys, items, cells, contents, arrays, numbers, holders, free = self._taken
        try:
            if (
                all(map(is_, map(getitem, where, keys), items))
                and all(map(is_, map(_contents, cells), contents))
                and all(map(eq, map(bytes_of, arrays), numbers))
                and not any(map(contains, holders, free))
            ):
                return False
        except (LookupError, ValueError):  # something is gone
            pass
        if self.changes():
            return True
        self._taken = _taken(places)  # other objects of the same numbers
        return False

    def changes(self) -> list[str]:
        """Return what has changed, for people."""
        places, taken = self._taken.places, self._taken
        stood = taken.items + taken.contents + taken.numbers + [GONE] * len(taken.free)
        triples = [(place, x, place.read()) for place, x in zip(places, stood, strict=True)]
        return [
            f"{place.name} {'has other numbers' if place.is_array else _change(x, y)}"
            for place, x, y in triples
            if x is not y and not _are_equal(x, y)
        ]


def _taken(places: list[Place]) -> Taken:
    cells, arrays = [p for p in places if p.is_cell], [p for p in places if p.is_array]
    others = [p for p in places if not (p.is_cell or p.is_array)]
    free = [p for p in others if p.read() is GONE]
    items = [p for p in others if p.read() is not GONE]
    found = [p.read() for p in items], [p.where for p in cells], [p.read() for p in cells]
    numbers = [p.where for p in arrays], [p.read() for p in arrays]
    nothing = [p.entries for p in free], [p.key for p in free]
    every = items + cells + arrays + free
    return Taken(every, [p.entries for p in items], [p.key for p in items], *found, *numbers, *nothing)


def _are_equal(x: Any, y: Any) -> bool:
    return x.__class__ is y.__class__ and isinstance(x, PLAIN) and repr(x) == repr(y)  # tells −0.0 from 0.0


def _change(x: Any, y: Any) -> str:
    if isinstance(x, PLAIN) and isinstance(y, PLAIN):
        return f"was {reprlib.repr(x)} and is {reprlib.repr(y)}"
    if x is GONE:
        return f"is {reprlib.repr(y)} now, of its own"
    if y is GONE:
        return "is gone"
    before, now = type(x).__name__, type(y).__name__
    return f"is another {now} than it was" if before == now else f"was of type {before} and is of type {now}"
