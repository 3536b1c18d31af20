"""Things: what a function reaches, one by one, or side by side, as the rows of a matrix and the neurons of a layer are.

Those that stand side by side are copied, and asked for what they hold, all at once in C: a fraction of the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from types import MethodType
from typing import Any, NamedTuple

from ...engine import Value
from ...module import Module
from .asked import is_of_users
from .containers import LEADING_NOWHERE, Label, by_attribute, by_key, pairs
from .place import has_both
from .taken import Rows, Standing, rows

MOST = 1 << 16
"""So many things are gone through, the nearest first."""

Id = tuple[Any, int]
"""By what something is known as long as it is kept: in which way it counts, and its `id`."""


class Thing(NamedTuple):
    """What a function reaches: by which name, and whether it may ask it for attributes of any name.

    A function may be reached as a method, which has its object; others are handed objects.
    """

    x: Any
    name: str
    any: bool = False
    is_method: bool = False

    @property
    def id(self) -> Id:
        """By what it is known; a method is made anew each time that it is asked for."""
        x = self.x
        return (id(x.__func__), id(x.__self__)) if type(x) is MethodType else ((self.any, self.is_method), id(x))


@dataclass(eq=False, slots=True)
class Siblings:
    """All lists, or all models of one class, that stand in some containers; `any` is that of each as a Thing.

    `inside` are copies of these containers, and `label` says what people call an entry; `above` are the siblings that
    they are, or the name of the only one.
    """

    them: list[Any]
    inside: Sequence[Any]
    label: Label
    above: Siblings | str
    any: bool
    _names: list[str] | None = None

    def names(self) -> list[str]:
        """Return what people call them, found when it is first asked for."""
        line: list[Siblings] = []
        above: Siblings | str = self
        while isinstance(above, Siblings) and above._names is None:
            line.append(above)
            above = above.above
        found = [above] if isinstance(above, str) else above._names or []
        for x in reversed(line):
            kind, each = type(x.them[0]), zip(found, x.inside, strict=True)
            found = [x.label(name, key) for name, held in each for key, entry in pairs(held) if type(entry) is kind]
            x._names = found
        return found

    def ids(self) -> tuple[Any, list[int]]:
        """Return by what each is known, as an Id."""
        return (self.any, False), list(map(id, self.them))

    def apart(self) -> list[Thing]:
        """Return each by itself."""
        return [Thing(x, name, self.any) for x, name in zip(self.them, self.names(), strict=True)]

    def rows(self) -> Rows | None:
        """Return what they hold; None where each is to be gone through by itself."""
        if type(self.them[0]) is list:
            return rows(self.them, by_key, self.names)
        held = list(map(vars, self.them))
        return rows(held, by_attribute, self.names, self.them) if set(map(type, held)) == {dict} else None


class Met:
    """What has been met: nothing is gone through twice. It is kept, so that nothing else has its `id`.

    There is room for `MOST` things, and for all places in these.
    """

    def __init__(self) -> None:
        self._met: defaultdict[Any, dict[int, Any]] = defaultdict(dict)
        self._room = MOST

    def is_new(self, known: Id, found: Any) -> bool:
        """Note something, and return whether it is met for the first time."""
        way, i = known
        met, needed = self._met[way], int(found.__class__ is Thing)
        if i in met or needed > self._room:
            return False
        met[i] = found
        self._room -= needed
        return True

    def are_new(self, them: Siblings | Rows) -> bool:
        """Return whether all of them are met for the first time; if so, note them."""
        way, ids = them.ids()
        met, new = self._met[way], dict.fromkeys(ids, them)
        needed = len(new) if them.__class__ is Siblings else 0
        if len(new) < len(ids) or needed > self._room or not met.keys().isdisjoint(new):
            return False
        met |= new
        self._room -= needed
        return True


def leading(
    inside: Sequence[Any], kinds: Set[type], label: Label, above: Siblings | str, any_name: bool
) -> list[Thing | Siblings]:
    """Return what may read something further in containers whose entries are of these kinds, each at least once."""
    keys = chain.from_iterable(x for x in inside if isinstance(x, dict))
    are_plain = LEADING_NOWHERE.issuperset(map(type, keys))
    further = [kind for kind in kinds if kind not in LEADING_NOWHERE]
    if are_plain and not further:
        return []
    entries = list(chain.from_iterable(x.values() if isinstance(x, dict) else x for x in inside))
    alike = sorted(filter(_are_alike, further), key=lambda kind: kind.__qualname__)
    found: list[Thing | Siblings] = []
    for kind in alike:
        found.append(Siblings([x for x in entries if type(x) is kind], inside, label, above, any_name))
    if are_plain and len(alike) == len(further):
        return found
    names = [above] if isinstance(above, str) else above.names()
    if not are_plain:
        each = [(x, name) for x, name in zip(inside, names, strict=True) if isinstance(x, dict)]
        odd = [(key, name) for x, name in each for key in x if type(key) not in LEADING_NOWHERE]
        found += [Thing(key, f"a key of {name}", any_name) for key, name in odd]
    others = set(further).difference(alike)
    missing = {id(x) for x in entries if type(x) in others}
    for held, name in zip(inside, names, strict=True):
        if not missing:
            break
        for key, x in pairs(held):
            if id(x) in missing:
                missing.remove(id(x))
                found.append(Thing(x, label(name, key), any_name))
    return found


def _are_alike(kind: Any) -> bool:
    """Return whether all objects of a class are gone through in the same way: lists, and a library's models."""
    is_model = issubclass(kind, Module) and not issubclass(kind, list | dict) and not is_of_users(kind)
    return kind is list or (is_model and has_both(kind))


def values_in(found: Sequence[Standing | Rows]) -> Iterable[Value]:
    """Return the Values that stood in places, each once, also those in tuples there."""
    held = chain.from_iterable(x.copies if isinstance(x, Rows) else [x.stood] for x in found)
    waiting: list[Any] = []
    for x in held:
        waiting += x if isinstance(x, list) else x.values() if isinstance(x, dict) else [x]
    values: dict[int, Value] = {}
    while waiting:
        x = waiting.pop()
        if issubclass(type(x), Value):
            values[id(x)] = x
        elif issubclass(type(x), tuple):
            waiting += x
    return values.values()
