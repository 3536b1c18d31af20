"""Untouched: whether the very objects stand in places where they stood before, in one call of machine code.

A program looks at everything that its function reads at each call: of a model, lists of Values, and what stands in
objects. Python does so in C, in about 20 to 60 ns for each object, list or dictionary, and 1 ns for an entry of a list;
that is several times as long as `alike` takes. Where it finds the same objects in the same order, nothing need be
compared. All else is left to Python, as is everything where nothing can be read so.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from ...tape.tape import Ints
from ...watch.containers import GONE, PassingBy, Seen
from .alike import CLASS, DICTIONARY, FUNCTIONS, ITEM, LIST, OWN, Alike, Native
from .memory import address
from .target import Target

CALLS, ENTRIES = 100, 1 << 20
"""After so many calls, or when so many entries were looked at, machine code is asked for; where nothing comes of it,
after twice as many calls again."""

LOOK, SMALL = 25, 600
"""Python takes the time of so many entries for each thing besides these, and machine code for all in all."""


class _Held:
    """The objects in items and containers as they stood."""

    def __init__(self, containers: list[tuple[Any, Any]], items: list[tuple[Any, str, Any]]) -> None:
        self.objects: list[Any] = []  # kept, so that no other has its address
        self._table: list[int] = []
        for x, key, found in items:
            if type(x) is dict:
                self._note(x, ITEM, [key, found])
            else:
                self._note(x, CLASS if key == "__class__" else OWN, [found])
        for x, copy in containers:
            is_dict = isinstance(copy, dict)
            self._note(x, DICTIONARY if is_dict else LIST, list(chain.from_iterable(copy.items()) if is_dict else copy))
        self.count = len(self._table) // 3
        self._addresses = np.fromiter(map(id, self.objects), np.int64, len(self.objects))
        self._addresses[self._addresses == id(GONE)] = 0
        functions = [ctypes.cast(ctypes.pythonapi[name], ctypes.c_void_p).value for name in FUNCTIONS]
        self._frame: Ints = np.array([self.count, address(self._addresses), *functions, *self._table], np.int64)
        self.address = address(self._frame)

    def _note(self, x: Any, kind: int, entries: list[Any]) -> None:
        self.objects += entries
        self._table += [id(x), kind, len(entries)]


class Untouched:
    """Tells that objects stand where they stood when containers last equalled their copies; False tells nothing.

    It has machine code do so once there were some calls, if that is worth while; `alike` is that code, or None so far.
    """

    def __init__(self, seen: Callable[[], Seen], entries: int, alike: Callable[[], Native | None]) -> None:
        self._seen = seen
        self._coming = alike
        self._alike: Native | None = None
        self._calls, self._due = 0, min(CALLS, ENTRIES // (1 + entries))

    def __call__(self) -> bool:
        """Look at all of them."""
        if self._alike is not None:
            if self._alike(self._held.address):
                return True
            self._alike = None
        self._calls += 1
        if self._calls >= self._due:
            self._due = 2 * self._calls
            self._begin()
        return False

    def _begin(self) -> None:
        if (alike := self._coming()) is not None:
            held = _Held(*self._seen())
            if LOOK * held.count + len(held.objects) > SMALL:
                self._held, self._alike = held, alike


def passing_by(code: Callable[[str, Callable[[], str]], Callable[[], bytes]], target: Target) -> PassingBy:
    """Return what makes an Untouched, as a program wants it; `code` as `Alike` takes it."""
    return partial(Untouched, alike=Alike(code, target))
