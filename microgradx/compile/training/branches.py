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

from ..backends.llvm.framed import FRAME, RECORD
from ..backends.llvm.jit import Kernel
from ..backends.llvm.machine import FEW, Machine
from ..backends.llvm.memory import Room, address
from ..nests.layout import Layout
from ..paths.path import Path
from ..paths.stages import Kind
from ..tape.tape import Floats, Ints

CHUNK, NUMBERS = 64, 1 << 16
"""So many rows are led to their paths at a time, or as many as have so many guards."""

UNKNOWN = -1

Name = tuple[int, str]  # of a kernel: the number of a path, and a kind of work
Wanted = dict[Name, tuple[Machine, int, bool]]  # what makes a kernel, for how many rows, and whether it makes a step

JOINT: Name = UNKNOWN, "joint"


class Branches:
    """The paths of rows of one shape that are known by now; each has `inputs` of all rows.

    `machine` gives what computes a kind of work along a path, in memory as all of them have it, and `kernel` is what
    leads rows to them. Batches are of `size` rows at most; `in_order` adds them up one after the other, and `in_place`
    makes a step of each. `joint` gives what computes rows of all paths side by side, if there is such a thing.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        inputs: Callable[[Path], Floats],
        machine: Callable[[Path, Kind], Machine],
        joint: Callable[[], Machine | None],
        kernel: Any,
        size: int,
        in_place: bool,
        in_order: bool,
    ) -> None:
        self.paths, self._call = tuple(paths), kernel
        self.kernel: int = ctypes.cast(kernel, ctypes.c_void_p).value or 0
        self._count = len(paths[0].recording.parameters)
        first, following = tree([path.recording.expected for path in paths])
        run = 1 if in_order else size  # few rows that follow one another take one path
        wanted: Wanted = {}
        if together := joint() if in_order and not in_place and size >= FEW else None:
            wanted[JOINT] = together, size, False
        else:
            steps = ((i, machine(path, Kind.TRAINING)) for i, path in enumerate(paths))
            wanted |= {(i, Kind.TRAINING): (each, run, in_place) for i, each in steps}
        wanted |= {(i, Kind.GUARDS): (machine(paths[i], Kind.GUARDS), size, False) for i in following}
        kernels = _kernels(wanted)
        most = max(len(path.recording.expected) for path in paths)
        chunk = 1 if in_place else max(1, min(size, max(CHUNK, NUMBERS // most)))
        self._records = np.zeros((len(paths), len(RECORD)), np.int64)
        self._frame = np.zeros(len(FRAME), np.int64)
        room, found = np.empty((3, chunk), np.int64), Room(chunk * most)
        self._states, self._some = room[0], room[FRAME.index("some") - FRAME.index("states")]
        self._alive: list[Any] = [found, room, kernels]
        for i, path in enumerate(paths):
            self._record(i, kernels, inputs(path), following.get(i, []))
        self._frame[:] = (
            *(first, chunk, in_place or in_order, len(paths), address(self._records)),
            *(*map(address, room), found.address, 0),
            *(self._together(kernels[JOINT], inputs(paths[0])) if together else (0, 0, 0)),
        )
        self.scratch = max(kernel.scratch for kernel in kernels.values())
        self.shares = any(kernel.shares for kernel in kernels.values())
        self.address = address(self._frame)

    def _record(self, i: int, kernels: dict[Name, Kernel], inputs: Floats, following: Sequence[int]) -> None:
        x, states = np.ascontiguousarray(inputs), np.array([*following, UNKNOWN], np.int64)
        expected = np.array(self.paths[i].recording.expected, np.float64)
        self._alive += [x, states, expected]
        guards, steps = (
            kernels[i, kind].address if (i, kind) in kernels else 0 for kind in (Kind.GUARDS, Kind.TRAINING)
        )
        of_guards = guards, address(x), x.shape[1], len(expected), address(expected), address(states)
        self._records[i] = (*of_guards, steps, 0, 0)

    def _together(self, kernel: Kernel, inputs: Floats) -> tuple[int, int, int]:
        """Return what the frame says of a joint kernel, whose last input is which path a row takes."""
        x = np.column_stack([inputs, np.zeros(len(inputs))])
        self._alive.append(x)
        return kernel.address, address(x), x.shape[1]

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
    def last(self) -> Path:
        """The path that the last row has taken, of steps in place."""
        return self.paths[int(self._states[0])]

    @property
    def taken(self) -> list[tuple[Path, int, int]]:
        """Each path that rows have taken, how many, and the last one."""
        some: Ints = self._records[:, [RECORD.index("taken"), RECORD.index("last")]]
        return [(path, n, row) for path, (n, row) in zip(self.paths, some.tolist(), strict=True) if n]


def _kernels(wanted: Wanted) -> dict[Name, Kernel]:
    """Return the kernels that are wanted."""
    for machine, rows, in_place in wanted.values():  # LLVM works on one while Python writes the next
        machine.prepare(rows, in_place)
    return {name: machine.kernel(rows, in_place) for name, (machine, rows, in_place) in wanted.items()}


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
