"""Outside: what a function reads besides its arguments, watched at each call of what was made of it.

These are the globals and enclosing variables that it names, the attributes that it asks of them, and what stands in
lists, dictionaries, arrays, models and classes among them, also by way of the user's other functions. The code of
libraries is taken as it is. Objects are compared by identity, which takes microseconds for all of them: that something
changed is a reason to trace again, and no more than that.
"""

from __future__ import annotations

import reprlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import unwrap
from typing import Any, NamedTuple, TypeVar
from warnings import warn, warn_explicit

from .containers import GONE, PLAIN, Order, PassingBy, are_equal, is_container, never_known
from .draws import drawn, is_generator
from .place import ENTRIES, Numbers
from .reads import places_of
from .taken import LINE, Rows, Standing, Taken

T = TypeVar("T")

DRAWS = 3
"""A function that draws random numbers so often in succession is said to."""

MOST = 1 << 14
"""So many things are watched, the nearest first, besides one for each Value that the function reads.

These are objects, and numbers and the like in lists and dictionaries; 64 bytes of an array count as one.
"""

REMEMBERED = 100
"""How many changes are remembered, to tell of them."""

RESTLESS = 2
"""After the function itself has changed something so often it is said that compiled code does not."""

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
        self._own: Counter[str] = Counter()  # how often the function itself changed something, by its name, …
        self._restless: list[Change] = []  # … and what of that is to be told of
        self._is_new = True  # whether nobody has asked yet since all was taken
        self.has_drawn = self._is_told = False  # random numbers; and whether its user has been told of it
        self.keep()

    def keep(self) -> None:
        """Take everything as it is now."""
        room = self._most
        found: list[Standing | Rows] = []
        for standing in places_of(self._f):
            for x in standing.apart() if standing.cost > room else [standing]:
                if x.cost <= room:
                    found.append(x)
                room -= x.cost if x.cost <= room else 1 + x.cost // LINE
            if room <= 0:
                break
        self._is_cut = room <= 0 or room + sum(x.cost for x in found) < self._most
        self._taken = taken = Taken(found, self._passing_by)
        self._generators = [x.stood for x in taken.single if x.place.kind != ENTRIES and is_generator(x.stood)]

    def widen(self, values: int) -> None:
        """Watch more, besides the nearest one for each of so many Values that the function reads."""
        self._most = max(self._most, MOST + values)
        if self._is_cut:
            self.keep()

    @property
    def known(self) -> int:
        """How many changes were met so far."""
        return self._version

    def version(self) -> int:
        """Return how many changes were met so far, now included."""
        self._is_new = False
        if not self._taken.stands() and (changes := self._met()):
            self._note(changes)
        return self._version

    def _met(self) -> list[Change]:
        """Return what is another than was taken, and take it as it is now."""
        taken = self._taken
        touched = taken.touched()
        if all(x.place.is_still(x.stood, are_equal) for x in touched):
            self._taken = taken.again(touched) if touched else taken  # other objects of the same numbers
            return []
        copies = taken.copies
        found = [difference for x in touched for difference in x.place.differences(x.stood, copies)]
        self.keep()
        return [Change(name, _change(x, y)) for name, x, y in found]

    def _note(self, changes: list[Change]) -> None:
        self._version += 1
        self._log.append((self._version, changes))

    def changes(self, since: int) -> list[str]:
        """Return what has changed since a version, for people."""
        return list(dict.fromkeys(change.text for change in self._since(since)))

    def harmless(self, since: int) -> None:
        """Note that what has changed since a version made no difference, and say so if it does again and again.

        What the function itself changes again and again, and would change at each row if it were not compiled, is said
        once.
        """
        for change in self._since(since):
            self._idle[change.name] += 1
            if self._idle[change.name] == TIRED:
                told = f"{change.text}: {TIRED} such changes had no effect on the compiled function, but each makes it"
                warn(f"{told} be traced anew. Keep what changes so often where it does not read it", stacklevel=2)
        while self._restless:
            told = f"the function itself changes this when it runs: {self._restless.pop().text}. Compiled, it runs only"
            warn_explicit(f"{told} when it is traced, and not once for each row", UserWarning, *_where(self._f))
        self.tell_of_draws()

    def noting_draws(self, run: Callable[[], T]) -> T:
        """Run the function, and note it if it draws random numbers, from shared generators or those it holds.

        Another thread may draw meanwhile: only a function in whose runs numbers are drawn each time is said to.
        """
        for _ in range(DRAWS):
            before = drawn(self._generators)
            found = run()
            if drawn(self._generators) == before:
                return found
        self.has_drawn = True
        return found

    def tell_of_draws(self) -> None:
        """Say once that the function draws random numbers, if it has been seen to."""
        if self.has_drawn and not self._is_told:
            self._is_told = True
            told = "the function draws random numbers. Compiled, it has those of the row it was traced on, for all rows"
            warn_explicit(f"{told}: pass them as an argument", UserWarning, *_where(self._f))

    @contextmanager
    def running(self) -> Iterator[int]:
        """Let the function run, from this version on: what changes meanwhile it changes itself.

        Whatever it changes for the first time may be read on another of its paths. What has just been taken is not
        compared before.
        """
        version, self._is_new = 0 if self._is_new else self.version(), False
        yield version
        if self._taken.stands():
            return
        changes = {change.name: change for change in self._met()}
        fresh = [change for name, change in changes.items() if name not in self._own]
        if fresh and len(self._own) < REMEMBERED:
            self._note(fresh)
        self._own.update(changes.keys())
        self._restless += [change for name, change in changes.items() if self._own[name] == RESTLESS]

    def _since(self, since: int) -> Iterator[Change]:
        return (change for version, found in self._log if version > since for change in found)


def _where(f: Callable[..., Any]) -> tuple[str, int]:
    """Return the file and line of a function."""
    while isinstance(f, partial):
        f = f.func
    code = getattr(unwrap(f), "__code__", None) or getattr(type(f).__call__, "__code__", None)
    return (str(f), 0) if code is None else (code.co_filename, code.co_firstlineno)


def _change(x: Any, y: Any) -> str:
    if isinstance(x, Numbers) and isinstance(y, Numbers):
        return "has other numbers" if x.shape == y.shape else "has another shape"
    if isinstance(x, PLAIN) and isinstance(y, PLAIN):
        return f"was {reprlib.repr(x)} and is {reprlib.repr(y)}"
    if x is GONE:
        return f"is {reprlib.repr(y)} now, and was not there"
    if y is GONE:
        return "is gone"
    if isinstance(x, Order) and isinstance(y, Order):
        other = "in another order" if set(x.keys) == set(y.keys) else "of other types"
        return f"come as {reprlib.repr(y.keys)} now, {other}"
    if type(x) is type(y) and is_container(x) and len(x) != len(y):
        return f"had {len(x)} entries and has {len(y)}"
    before, now = type(x).__name__, type(y).__name__
    return f"is another {now} than it was" if before == now else f"was of type {before} and is of type {now}"
