"""Branches: the paths of rows of one shape as one gradient kernel, which leads each row to its own.

Paths are the leaves of a tree: as long as two of them agree, the same comparison comes next. So the guards of one path,
computed for a row, lead it on to the first that comes out otherwise, and from there to the paths that agree so far.
The machine code is `llvm.dispatch`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends.llvm.dispatch import FRAME, RECORD
from ..backends.llvm.machine import Machine
from ..backends.llvm.memory import Room, address
from ..nests.layout import Layout
from ..paths.path import Path
from ..paths.stages import Kind
from ..tape.tape import Floats, Ints

CHUNK, NUMBERS = 64, 1 << 16
"""So many rows are led to their paths at a time, or as many as have so many guards."""

UNKNOWN = -1


class Branches:
    """The paths of rows of one shape that are known by now; each has `inputs` of all rows.

    `machine` gives what computes a kind of work along a path, in memory as all of them have it, and `kernel` is what
    leads rows to them. Batches are of `size` rows at most; `in_order` adds them up one after the other, and `in_place`
    makes a step of each.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        inputs: Callable[[Path], Floats],
        machine: Callable[[Path, Kind], Machine],
        kernel: Any,
        size: int,
        in_place: bool,
        in_order: bool,
    ) -> None:
        self.paths, self._call = tuple(paths), kernel
        self.kernel: int = ctypes.cast(kernel, ctypes.c_void_p).value or 0
        self._count = len(paths[0].recording.parameters)
        first, following = tree([path.recording.expected for path in paths])
        wanted = [(path, Kind.TRAINING) for path in paths] + [(paths[i], Kind.GUARDS) for i in following]
        run = 1 if in_order else size  # few rows that follow one another take one path
        sizes = {Kind.TRAINING: (run, in_place), Kind.GUARDS: (size, False)}
        made = [(machine(path, kind), *sizes[kind]) for path, kind in wanted]
        for each, rows, adds in made:  # LLVM works on one while Python writes the next
            each.prepare(rows, adds)
        kernels = {name: each.kernel(rows, adds) for name, (each, rows, adds) in zip(wanted, made, strict=True)}
        most = max(len(path.recording.expected) for path in paths)
        chunk = 1 if in_place else max(1, min(size, max(CHUNK, NUMBERS // most)))
        self._records = np.zeros((len(paths), len(RECORD)), np.int64)
        self._frame = np.zeros(len(FRAME), np.int64)
        room, found = np.empty((3, chunk), np.int64), Room(chunk * most)
        self._some = room[FRAME.index("some") - FRAME.index("states")]
        self._alive: list[Any] = [found, room, kernels]
        for i, path in enumerate(paths):
            guards = kernels[path, Kind.GUARDS].address if i in following else 0
            self._record(i, guards, inputs(path), following.get(i, []), kernels[path, Kind.TRAINING].address)
        self._frame[:] = (
            *(first, chunk, in_place or in_order, len(paths), address(self._records)),
            *(*map(address, room), found.address, 0),
        )
        self.scratch = max(kernel.scratch for kernel in kernels.values())
        self.shares = any(kernel.shares for kernel in kernels.values())
        self.address = address(self._frame)

    def _record(self, i: int, guards: int, inputs: Floats, following: Sequence[int], kernel: int) -> None:
        x, states = np.ascontiguousarray(inputs), np.array([*following, UNKNOWN], np.int64)
        expected = np.array(self.paths[i].recording.expected, np.float64)
        self._alive += [x, states, expected]
        of_guards = guards, address(x), x.shape[1], len(expected), address(expected), address(states)
        self._records[i] = (*of_guards, kernel, 0, 0)

    def begin(self) -> None:
        """Forget which rows have been computed."""
        self._records[:, RECORD.index("taken")] = 0
        self._frame[FRAME.index("lost")] = 0

    @property
    def lost(self) -> list[int]:
        """The first rows whose paths were not known."""
        found: list[int] = self._some[: self._frame[FRAME.index("lost")]].tolist()
        return found

    def run(self, order: Ints, weight: float, leaves: Floats, layout: Layout) -> tuple[Floats, Floats]:
        """Return the losses of some rows and the sum of their gradients, (p,), or NaN from a row that is lost on."""
        n, room = len(order), Room(self.scratch)
        given, losses, gradient = leaves.take(layout.inverse), np.empty(n), np.zeros(layout.own)
        rows, frame = np.ascontiguousarray(order), self.address
        self.begin()
        self._call(n, address(rows), frame, 0, weight, *map(address, (given, losses, gradient)), room.address)
        return losses, gradient[layout.places[: self._count]]

    @property
    def taken(self) -> list[tuple[Path, int, int]]:
        """Each path that rows have taken, how many, and the last one."""
        some: Ints = self._records[:, [RECORD.index("taken"), RECORD.index("last")]]
        return [(path, n, row) for path, (n, row) in zip(self.paths, some.tolist(), strict=True) if n]


class _Fork:
    """What paths have in common that agree so far: the first of those with most guards; and how they go on."""

    def __init__(self) -> None:
        self.path = UNKNOWN
        self.after: dict[bool, _Fork] = {}


def tree(expected: Sequence[Sequence[bool]]) -> tuple[int, dict[int, list[int]]]:
    """Return the state in which each row begins, and the next ones of paths whose guards are to be computed.

    A path is known by how its guards are `expected` to come out. States are those of `llvm.dispatch`: the number of a
    path, −2 − its number where its guards are to be computed, or UNKNOWN.

    >>> tree([[True], [False, True], [False, False]])  # d > 1; if not, d < −1; if not, neither
    (-3, {1: [0, 2, 1]})
    """
    top = _Fork()
    for i, outcomes in enumerate(expected):
        at = top
        for outcome in (*outcomes, None):
            if at.path == UNKNOWN or len(expected[at.path]) < len(outcomes):
                at.path = i
            if outcome is not None:
                at = at.after.setdefault(outcome, _Fork())
    states: dict[int, list[int]] = {}

    def state(fork: _Fork | None, depth: int) -> int:
        if fork is None:
            return UNKNOWN
        if len(expected[fork.path]) == depth:
            return fork.path
        waiting.append((fork, depth))
        return -2 - fork.path

    waiting: list[tuple[_Fork, int]] = []
    first = state(top, 0)
    while waiting:
        fork, depth = waiting.pop()
        path = fork.path
        found = states[path] = [UNKNOWN] * depth
        for outcome in expected[path][depth:]:
            depth += 1
            found.append(state(fork.after.get(not outcome), depth))
            fork = fork.after[outcome]
        found.append(path)
    return first, states
