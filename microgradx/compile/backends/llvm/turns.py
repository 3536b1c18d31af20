"""Threads that share one call in strict mode, where gradients are added row by row: they take turns; see `turns_code`.

Whoever is free takes the next few blocks of rows, computes all that is known of each row alone, and then waits for its
turn to add to the gradients: until the blocks before have been added. So the order of additions is that of the rows,
however many threads there are. What they know of one another stands on a board of integers:

    word 0    how many times blocks have been taken
    word 8    how many times blocks have been added to the gradients, in a line of the cache of its own
    word 16   what gives way to other threads

Word 8 is set with what was added before released, and read with it acquired: so whoever's turn it is finds the sums of
all turns before, although processors may reorder what threads write and read. Word 0 only gives out numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .memory import Room
from .workers import Workers, give_way

ADDED, WAY, WORDS = 8, 16, 24
"""Places on the board, and its size."""


@dataclass(frozen=True)
class Shared:
    """A call of a kernel that so many threads share, as they come; each has its own scratch."""

    call: Callable[..., None]
    scratch: Callable[[], int]
    workers: Workers
    threads: int

    def __call__(self, arguments: tuple[Any, ...], alive: object) -> None:
        """Make the call, with these arguments before the scratch.

        What they are addresses of is kept `alive`: a thread may outlast a call that is interrupted.
        """
        board = Room(WORDS)
        words = (ctypes.c_int64 * WORDS).from_address(board.address)
        words[0], words[ADDED], words[WAY] = 0, 0, give_way()

        def part(_: int, alive: object = alive) -> None:
            self.call(*arguments, self.scratch(), board.address)

        self.workers.run(part, self.threads)
