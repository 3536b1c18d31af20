"""Taken: what stood in some places, and whether it still does: the very same objects, all of them at once.

Python compares in C. A list of Values takes about 1 ns an entry, for these equal none but themselves; all else, such as
a number, may be replaced by what equals it, and is looked at by itself, in about 40 ns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import cache, cached_property, partial
from itertools import chain, repeat
from operator import attrgetter, contains, getitem, is_
from typing import Any, NamedTuple

from .containers import GONE, Label, PassingBy, Seen, is_told_by_equality, never_known, pairs
from .place import CONTENTS, ENTRIES, Numbers, Place, attributes_of, class_of

LINE = 64
"""As many bytes of an array are compared in the time of one thing."""

MANY = 1 << 20
"""So many numbers of one container are never compared at each call."""

_DICTIONARY = attrgetter("__dict__")

Loose = Sequence[tuple[Any, Any, Any]]
"""Entries that may equal others: in what they stand, under which key, and what they are."""


class Standing(NamedTuple):
    """A place, what stood there, and of its entries the types, and those that may equal others.

    `cost` is how many things must be looked at to see that it still stands.
    """

    place: Place
    stood: Any
    cost: int
    kinds: Set[type] = frozenset()
    loose: Loose = ()

    def apart(self) -> list[Standing]:
        """Return itself, see `Rows`."""
        return [self]


class Rows(NamedTuple):
    """Lists, or dictionaries, side by side, and what they held, as a Standing has it of each by itself.

    `owners` are the objects whose attributes these dictionaries have, if they are of any, and `cls` is their class.
    """

    where: list[Any]
    copies: list[Any]
    names: Callable[[], list[str]]
    label: Label
    cost: int
    kinds: Set[type]
    loose: Loose
    owners: Sequence[Any]
    cls: type

    def ids(self) -> tuple[Any, list[int]]:
        """Return by what each is known, as a Place is."""
        return ENTRIES, list(map(id, self.where))

    def apart(self) -> list[Standing]:
        """Return each by itself."""
        names = self.names()
        each = zip(self.where, names, self.copies, strict=True)
        found = [_entries(Place(ENTRIES, x, self.label, name), copy) for x, name, copy in each]
        for (x, cls, own), name in zip(self.owned(), names, strict=False):
            found += [Standing(class_of(x, name), cls, 1), Standing(attributes_of(x, name), own, 1)]
        return found

    def owned(self) -> list[tuple[Any, type, Any]]:
        """Return the owners, each with its class and its dictionary."""
        return [(x, self.cls, own) for x, own in zip(self.owners, self.where, strict=False)]


def standing(place: Place) -> Standing:
    """Return what stands in a place now."""
    stood = place.read()
    if place.kind == ENTRIES:
        return _entries(place, stood)
    if type(stood) is Numbers:
        return Standing(place, stood, 1 + len(stood.memory) // LINE)
    is_list = place.kind == CONTENTS and type(stood) is list
    return Standing(place, stood, 1 + len(stood), set(map(type, stood))) if is_list else Standing(place, stood, 1)


def _entries(place: Place, stood: Any) -> Standing:
    kinds, count, loose = _loose([place.where], [stood])
    return Standing(place, stood, 1 + count, kinds, loose)


def rows(where: list[Any], label: Label, names: Callable[[], list[str]], owners: Sequence[Any] = ()) -> Rows | None:
    """Return what is in lists, or in dictionaries, now; None where each is to be looked at by itself."""
    copies = list(map(type(where[0]), where))
    kinds, count, loose = _loose(where, copies)
    cls = type(owners[0] if owners else None)
    return Rows(where, copies, names, label, len(where) + count, kinds, loose, owners, cls) if count <= MANY else None


def _loose(where: list[Any], copies: list[Any]) -> tuple[Set[type], int, Loose]:
    """Return of what types the entries of containers are, how many may equal others, and these, unless too many."""
    values = copies if type(copies[0]) is list else [x.values() for x in copies]
    kinds = set(map(type, chain.from_iterable(values)))
    loose = {kind for kind in kinds if not is_told_by_equality(kind)}
    count = sum(map(loose.__contains__, map(type, chain.from_iterable(values)))) if loose else 0
    if not 0 < count <= MANY:
        return kinds, count, ()
    each = zip(where, copies, strict=True)
    return kinds, count, [(x, k, y) for x, held in each for k, y in pairs(held) if type(y) in loose]


class _Columns(NamedTuple):
    """The same of some places, column by column."""

    where: list[Any]  # dictionaries, and lists
    keys: list[Any]
    items: list[Any]
    objects: list[Any]
    names: list[Any]
    attributes: list[Any]
    containers: list[Any]
    copies: list[Any]
    dictionaries: list[Any]
    ordered: list[Any]  # their keys, one after the other
    holders: list[Any]
    free: list[Any]
    contents: list[tuple[Place, Any]]
    owners: list[Any]
    classes: list[type]
    own: list[Any]  # their dictionaries


class Taken:
    """What stood in some places; `passing_by` may make what tells of many that all is as it was, in less time."""

    def __init__(self, found: Sequence[Standing | Rows], passing_by: PassingBy = never_known) -> None:
        self._found = found
        self._passing_by = passing_by
        self.single = single = [x for x in found if x.__class__ is Standing]
        self._rows = rows = [x for x in found if x.__class__ is Rows]
        self._parted = parted = cache(partial(_parted, single, rows))  # at one time: what is not in one is in the other
        copies = [[x.stood for x in single if x.place.kind == ENTRIES], *(x.copies for x in rows)]
        entries = sum(map(len, chain.from_iterable(copies)))
        self.untouched: Callable[[], bool] = passing_by(lambda: parted()[0], entries)

    @cached_property
    def standing(self) -> list[Standing]:
        """What stood there, place by place."""
        return [one for x in self._found for one in x.apart()]

    @cached_property
    def _whole(self) -> _Columns:
        return _columns(self.single, self._rows)

    @cached_property
    def _rest(self) -> _Columns:
        return _columns(self._parted()[1], [])

    @property
    def places(self) -> list[Place]:
        """The places."""
        return [x.place for x in self.standing]

    @property
    def copies(self) -> dict[int, Any]:
        """What the containers among them held, by the `id` of these."""
        return {id(place.where): stood for place, stood, *_ in self.standing if place.kind == ENTRIES}

    def stands(self) -> bool:
        """Return whether all of it stands there still; False tells nothing."""
        try:
            return _stands(self._rest if self.untouched() else self._whole)
        except Exception:  # something is gone, or compares in a way of its own
            return False

    def touched(self) -> list[Standing]:
        """Return those where something else stands."""
        return [x for x in self.standing if not x.place.is_still(x.stood)]

    def again(self, touched: Sequence[Standing]) -> Taken:
        """Return the same places, with what stands in some of them now."""
        which = set(map(id, touched))
        return Taken([standing(x.place) if id(x) in which else x for x in self.standing], self._passing_by)


def _stands(columns: _Columns) -> bool:
    # Unpacked, and empty lists passed by: this runs at every call, and takes a microsecond itself.
    where, keys, items, objects, names, attributes, containers, copies, *more = columns
    dictionaries, ordered, holders, free, contents, owners, classes, own = more
    return (
        copies == containers
        and (not items or all(map(is_, map(getitem, where, keys), items)))
        and (not attributes or all(map(is_, map(getattr, objects, names, repeat(GONE)), attributes)))
        and (not owners or (all(map(is_, map(type, owners), classes)) and all(map(is_, map(_DICTIONARY, owners), own))))
        and (not dictionaries or all(map(is_, chain.from_iterable(dictionaries), ordered)))
        and not (free and any(map(contains, holders, free)))
        and (not contents or all(place.is_still(stood) for place, stood in contents))
    )


def _parted(standing: Sequence[Standing], rows: Sequence[Rows]) -> tuple[Seen, list[Standing]]:
    """Return what machine code sees as Python has it, see `PassingBy`, and all else."""
    seen: list[Standing] = []
    rest: list[Standing] = []
    for x in standing:
        (seen if x.place.is_seen else rest).append(x)
    containers = [(place.where, stood) for place, stood, *_ in seen if place.kind == ENTRIES]
    containers += [pair for x in rows for pair in zip(x.where, x.copies, strict=True)]
    others = [(place.where, place.key, stood) for place, stood, *_ in seen if place.kind != ENTRIES]
    for owner, cls, own in chain.from_iterable(x.owned() for x in rows):
        others += [(owner, "__class__", cls), (owner, "__dict__", own)]
    return (containers, others), rest


def _columns(standing: Sequence[Standing], rows: Sequence[Rows]) -> _Columns:
    by_kind: tuple[list[Standing], ...] = ([], [], [], [])
    for x in standing:
        by_kind[x.place.kind].append(x)
    items, attributes, entries, contents = by_kind  # as these kinds are numbered
    free = [x.place for x in items if x.stood is GONE]
    found = [(x.place.where, x.place.key, x.stood) for x in items if x.stood is not GONE]
    found += [one for x in entries for one in x.loose] + [one for x in rows for one in x.loose]
    owned = [x for x in rows if x.owners]
    keyed = [(x.place.where, x.stood) for x in entries if x.place.is_ordered]
    keyed += [pair for x in rows if isinstance(x.where[0], dict) for pair in zip(x.where, x.copies, strict=True)]
    return _Columns(
        *([x for x, _, _ in found], [key for _, key, _ in found], [entry for _, _, entry in found]),
        *([x.place.where for x in attributes], [x.place.key for x in attributes], [x.stood for x in attributes]),
        [*(x.place.where for x in entries), *chain.from_iterable(x.where for x in rows)],
        [*(x.stood for x in entries), *chain.from_iterable(x.copies for x in rows)],
        *([where for where, _ in keyed], list(chain.from_iterable(stood for _, stood in keyed))),
        *([place.where for place in free], [place.key for place in free]),
        [(place, stood) for place, stood, *_ in contents],
        list(chain.from_iterable(x.owners for x in owned)),
        list(chain.from_iterable(repeat(x.cls, len(x.owners)) for x in owned)),
        list(chain.from_iterable(x.where for x in owned)),
    )
