"""The gradient kernels of a training run, by the shape of rows, as the loop over batches takes them."""

from __future__ import annotations

import numpy as np

from ..backends.llvm.machine import Machine
from ..backends.llvm.memory import Room, address
from ..paths.path import Path
from ..tape.tape import Floats, Ints
from .branches import Branches
from .gradient import CompiledGradient
from .groups import Group


class Kernels:
    """Kernels for batches of up to `size` rows, whose gradients are added to the parameters if `in_place`.

    table    (shapes, 3) the address of each kernel, of what it takes for X, and the stride
    room     scratch, enough for each of them
    shares   whether other threads may help
    layout   where the leaves of all of them stand
    """

    def __init__(self, gradient: CompiledGradient, size: int, in_place: bool) -> None:
        self._gradient, self._size, self._in_place = gradient, size, in_place
        self._branches: dict[int, Branches] = {}
        self._machines: dict[tuple[int, Path], Machine] = {}
        self._packed: list[tuple[int, Group]] = []  # whose inputs nobody has waited for yet
        self.table = np.zeros((len(gradient.groups), 3), np.int64)
        self.room, self.shares, self._scratch = Room(0), False, 0
        self.layout = gradient.layout

    def enter(self, shapes: Ints) -> bool:
        """Compile the kernels for these shapes, as far as they are not there, or do not know all paths.

        Return whether they may be run: a row may have an index that is out of range on a path that others take.
        """
        here = self._among(shapes)
        missing = [i for i in here if not self.table[i, 0] or self._is_old(i)]
        if not all(self._gradient.groups[i].fits() for i in missing):
            return False
        for i in missing:  # LLVM works on one while Python writes the next
            if not (group := self._gradient.groups[i]).branches:
                self._machine(i, group.path).prepare(self._size, self._in_place)
        for i in missing:
            self._enter(i, self._gradient.groups[i])
        if missing:
            self.layout = self._gradient.layout
        return True

    def _is_old(self, i: int) -> bool:
        return i in self._branches and len(self._branches[i].paths) < len(self._gradient.groups[i].paths.known)

    def _enter(self, i: int, group: Group) -> None:
        if group.branches:
            found = self._gradient.branches(i, self._size, self._in_place)
            self._branches[i] = found
            self.table[i] = found.kernel, found.address, 0
            self._reserve(found.scratch, found.shares)
            return
        kernel = self._machine(i, group.path).kernel(self._size, self._in_place)
        self.table[i, 0] = kernel.address
        self._packed.append((i, group))
        self._reserve(kernel.scratch, kernel.shares)

    def _reserve(self, scratch: int, shares: bool) -> None:
        self.shares |= shares
        if scratch > self._scratch:
            self._scratch, self.room = scratch, Room(scratch)

    def _machine(self, i: int, path: Path) -> Machine:
        if (i, path) not in self._machines:
            self._machines[i, path] = self._gradient.kernel(i, path)
        return self._machines[i, path]

    def begin(self) -> None:
        """Forget which rows have been computed, and see that all inputs are packed."""
        for i, group in self._packed:
            self.table[i, 1:] = address(group.matrix), group.matrix.shape[1]
        self._packed.clear()
        for found in self._branches.values():
            found.begin()

    def learn(self) -> bool:
        """Trace rows whose paths were not known, if there were any; return whether a path is new."""
        lost = [self._gradient.groups[i].learn(found.lost) for i, found in self._branches.items()]
        return any(lost)

    def count(self, shapes: Ints, starts: Ints) -> None:
        """Count steps that are made, and their rows, which are of these shapes and start there; see `Timetable`."""
        self._gradient.at_once += len(shapes)
        here = self._among(shapes)
        for i in here:
            if i in self._branches:
                self._gradient.count_rows(i, self._branches[i])
            else:
                some = np.diff(starts)[shapes == i].sum() if len(here) > 1 else starts[-1] - starts[0]
                self._gradient.tally.add(self._gradient.groups[i].path, int(some))

    def last(self, shape: int, rows: Ints) -> tuple[Machine, Floats]:
        """Return what computes the rows of the last step in place, which are of this shape, and their inputs."""
        group = self._gradient.groups[shape]
        path = self._branches[shape].last if shape in self._branches else group.path
        return self._machine(shape, path), group.inputs(path)[rows]

    def _among(self, shapes: Ints) -> list[int]:
        """Return which groups there are among these, of which there may be very many."""
        return [0] if len(self.table) == 1 else np.flatnonzero(np.bincount(shapes)).tolist()

    @property
    def lost(self) -> bool:
        """Whether there was a row whose path was not known."""
        return any(found.lost for found in self._branches.values())
