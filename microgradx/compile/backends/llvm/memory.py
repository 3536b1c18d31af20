"""Memory for machine code: where an array begins, and room that begins at a multiple of a line of the cache."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from ctypes import addressof, c_char
from typing import Any
from weakref import finalize

import numpy as np

from ...tape.tape import Floats

LINE = 64
"""Bytes of a line of the cache, and of the longest vectors."""

MOST = 1 << 24
"""So many bytes at most are kept as spare room."""

_memory_of = c_char.from_buffer  # looked up once: this runs at every call


def address(x: Any) -> int:
    """Return where the first number of an array stands, in a sixth of the time that x.ctypes.data takes.

    >>> x = np.arange(3.0)
    >>> address(x) == x.ctypes.data
    True
    """
    try:
        return addressof(_memory_of(x))
    except (TypeError, ValueError):  # read-only, of other strides, or without a number
        found: int = x.ctypes.data
        return found


class Room:
    """Memory for `count` numbers, whose address is a multiple of LINE; it lives as long as this object or `numbers`.

    >>> Room(5).address % LINE, Room(5).numbers.shape
    (0, (5,))
    """

    def __init__(self, count: int) -> None:
        self._memory = np.empty(count + LINE // 8)
        begin = self._memory.ctypes.data
        self.address = -(-begin // LINE) * LINE
        self.numbers = self._memory[(self.address - begin) // 8 :][:count]


class Spare:
    """Room that its owners leave behind for the next one: the system takes its time, about 0.1 µs for each kilobyte.

    >>> class Owner: pass
    >>> spare, owner = Spare(), Owner()
    >>> before = spare.numbers(owner, 1000)
    >>> del owner
    >>> spare.numbers(Owner(), 1000) is before
    True
    """

    def __init__(self) -> None:
        self._left: deque[Room] = deque(maxlen=1)

    def numbers(self, owner: object, count: int) -> Floats:
        """Return room for so many numbers, in which anything may stand; nobody may use it when `owner` has ended."""
        room = None
        with suppress(IndexError):  # there is none, or another thread was faster
            room = self._left.pop()
        if room is None or len(room.numbers) != count:
            room = Room(count)
        if 8 * count <= MOST:
            finalize(owner, self._left.append, room).atexit = False
        return room.numbers


class Own(threading.local):
    """Memory of each thread that needs it, by how many numbers it holds."""

    def __init__(self) -> None:
        self._rooms: dict[int, Room] = {}

    def scratch(self, count: int) -> int:
        """Return the address of memory for so many numbers."""
        room = self._rooms.get(count)
        if room is None:
            room = self._rooms[count] = Room(count)
        return room.address
