"""Outside: what a function reads besides its arguments, watched at each call of what was made of it.

These are the globals and enclosing variables that it names, the attributes that it asks of them, and what stands in
lists, dictionaries, small arrays and models among them, also by way of the user's other functions and classes. Objects
are compared by identity, arrays by their bytes and lists in C, in microseconds: that something changed is a reason to
trace again, and no more than that.
"""

from __future__ import annotations

import reprlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from operator import attrgetter, contains, getitem, is_
from typing import Any, NamedTuple
from warnings import warn

from .containers import GONE, PLAIN, PassingBy, kind_of, never_known
from .place import Numbers, Place, contents_of
from .reads import MOST, places_of

REMEMBERED = 100
"""How many changes are remembered, to tell of them."""

TIRED = 10
"""After so many changes without effect it is said that they cost time."""


class Change(NamedTuple):
    """What has changed, and how."""

    name: str
    how: str

    @property
    def text(self) -> str:
        """Both."""
        return f"{self.name} {self.how}"


class Taken(NamedTuple):
    """What stood in some places: dictionaries, attributes, arrays, containers and their order; nothing in free ones.

    `untouched` may tell of containers and plain places that all is as it was, in less time than Python takes for them;
    `rest` is what stood elsewhere.
    """

    places: list[Place]
    where: list[Any]
    keys: list[Any]
    items: list[Any]
    objects: list[Any]
    names: list[Any]
    attributes: list[Any]
    arrays: list[Any]
    array_contents: list[Any]
    containers: list[Any]
    copies: list[Any]
    dictionaries: list[Any]
    orders: list[Any]
    holders: list[Any]
    free: list[Any]
    untouched: Callable[[], bool] = never_known([], [])
    rest: Any = None


class Outside:
    """What a function reads besides its arguments, and how often that has changed, for all who have traced it.

    `values` is how many Values it may read: see `widen`. `passing_by` makes what tells that all is untouched.

    >>> settings = {"scale": 1.0}
    >>> outside = Outside(lambda x: settings["scale"] * x)
    >>> traced = outside.version()
    >>> settings["scale"] = 10.0
    >>> outside.version() - traced, outside.changes(since=traced)
    (1, ["settings['scale'] was 1.0 and is 10.0"])
    """

    def __init__(self, f: Callable[..., Any], values: int = 0, passing_by: PassingBy = never_known) -> None:
        self._f = f
        self._passing_by = passing_by
        self._most = MOST + values
        self._version = 0
        self._log: deque[tuple[int, list[Change]]] = deque(maxlen=REMEMBERED)
        self._idle: Counter[str] = Counter()  # how often something changed without effect, by its name
        self.keep()

    def keep(self) -> None:
        """Take everything as it is now, which is no change: the function itself has run, and may count its calls."""
        self._taken = _taken(list(islice(places_of(self._f), self._most)), self._passing_by)

    def widen(self, values: int) -> None:
        """Watch more places, besides the nearest one for each of so many Values that the function reads."""
        cut = len(self._taken.places) == self._most
        self._most = max(self._most, MOST + values)
        if cut:
            self.keep()

    def version(self) -> int:
        """Return how many changes were met so far, now included."""
        if not self._is_as_taken():
            if changes := self._changes():
                self._version += 1
                self._log.append((self._version, changes))
                self.keep()
            else:
                self._taken = _taken(self._taken.places, self._passing_by)  # other objects of the same numbers
        return self._version

    def changes(self, since: int) -> list[str]:
        """Return what has changed since a version, for people."""
        return list(dict.fromkeys(change.text for change in self._since(since)))

    def harmless(self, since: int) -> None:
        """Note that what has changed since a version made no difference, and say so if it does again and again."""
        for change in self._since(since):
            self._idle[change.name] += 1
            if self._idle[change.name] == TIRED:
                told = f"{change.text}: {TIRED} such changes had no effect on the compiled function, but each makes it"
                warn(f"{told} be traced anew. Keep what changes so often where it does not read it", stacklevel=2)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the function run: what changes meanwhile it changes itself."""
        self.version()
        yield
        if not self._is_as_taken():
            self.keep()

    def _since(self, since: int) -> Iterator[Change]:
        return (change for version, found in self._log if version > since for change in found)

    def _is_as_taken(self) -> bool:
        taken = self._taken
        try:
            return _stands(taken.rest if taken.untouched() else taken)
        except (LookupError, ValueError, RecursionError):  # something is gone, or compares in a way of its own
            return False

    def _changes(self) -> list[Change]:
        places, taken = self._taken.places, self._taken
        stood = taken.items + taken.attributes + taken.array_contents + taken.copies + [GONE] * len(taken.free)
        pairs = zip(places, stood, strict=True)
        differing = [difference for place, before in pairs for difference in place.differences(before)]
        found = [Change(name, _change(x, y)) for name, x, y in differing if not _are_equal(x, y)]
        for x, order in zip(taken.dictionaries, taken.orders, strict=True):
            if list(x) != order and set(x) == set(order):
                told = f"come as {reprlib.repr(list(x))} now, in another order"
                found.append(Change("the keys of a dictionary", told))
        return found


def _stands(taken: Taken) -> bool:
    # Unpacked, and empty lists passed by: this runs at every call, and takes a microsecond itself.
    _, where, keys, items, objects, names, attributes, *more, _, _ = taken
    arrays, array_contents, containers, copies, dictionaries, orders, holders, free = more
    return (
        (not items or all(map(is_, map(getitem, where, keys), items)))
        and (not attributes or all(map(is_, map(getattr, objects, names, repeat(GONE)), attributes)))
        and (not arrays or array_contents == list(map(contents_of, arrays)))
        and copies == containers
        and (not orders or orders == list(map(list, dictionaries)))
        and not (free and any(map(contains, holders, free)))
    )


Standing = tuple[Place, Any, list[dict[Any, Any]]]
"""A place, what stands there, and the dictionaries in it whose order counts."""


def _taken(places: list[Place], passing_by: PassingBy) -> Taken:
    found = [(p, *p.copied()) for p in places]
    plain = [x for x in found if x[0].is_plain]
    held = [(p.entries, copy) for p, copy, _ in found if p.is_container]
    untouched = passing_by(held, [(p.entries, p.key, x) for p, x, _ in plain])
    whole = _in_columns(found)
    rest = _in_columns([x for x in found if not (x[0].is_container or x[0].is_plain)])
    return whole._replace(untouched=untouched, rest=rest)


def _in_columns(found: list[Standing]) -> Taken:
    attributes, arrays, containers = (
        [x for x in found if is_kind(x[0])] for is_kind in map(attrgetter, ("is_attribute", "is_array", "is_container"))
    )
    others = [x for x in found if not (x[0].is_attribute or x[0].is_array or x[0].is_container)]
    free, items = [x for x in others if x[1] is GONE], [x for x in others if x[1] is not GONE]
    dictionaries = [x for _, _, inside in arrays + containers for x in inside]
    return Taken(
        [p for p, _, _ in items + attributes + arrays + containers + free],
        *([p.entries for p, _, _ in items], [p.key for p, _, _ in items], [x for _, x, _ in items]),
        *([p.where for p, _, _ in attributes], [p.key for p, _, _ in attributes], [x for _, x, _ in attributes]),
        *([p.where for p, _, _ in arrays], [copy for _, copy, _ in arrays]),
        *([p.entries for p, _, _ in containers], [copy for _, copy, _ in containers]),
        *(dictionaries, list(map(list, dictionaries))),
        *([p.entries for p, _, _ in free], [p.key for p, _, _ in free]),
    )


def _are_equal(x: Any, y: Any) -> bool:
    return x.__class__ is y.__class__ and isinstance(x, PLAIN) and repr(x) == repr(y)  # tells −0.0 from 0.0


def _change(x: Any, y: Any) -> str:
    if isinstance(x, Numbers) and isinstance(y, Numbers):
        return "has other numbers" if x.shape == y.shape else "has another shape"
    if isinstance(x, PLAIN) and isinstance(y, PLAIN):
        return f"was {reprlib.repr(x)} and is {reprlib.repr(y)}"
    if x is GONE:
        return f"is {reprlib.repr(y)} now, and was not there"
    if y is GONE:
        return "is gone"
    if kind_of(x) is not None and kind_of(x) is kind_of(y) and len(x) != len(y):
        return f"had {len(x)} entries and has {len(y)}"
    before, now = type(x).__name__, type(y).__name__
    return f"is another {now} than it was" if before == now else f"was of type {before} and is of type {now}"
