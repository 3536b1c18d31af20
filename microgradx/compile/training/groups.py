"""Groups: the examples of a training, by the shape of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import finalize

import numpy as np

from ..backends.future import Future
from ..paths.path import Call, Path
from ..paths.paths import Paths
from ..paths.tally import Tally
from ..rows.arguments import Batch, as_array
from ..tape.tape import Floats, Ints

SPARE = 1 << 24
"""So many bytes of inputs at most are kept as memory for the next training, as the system takes its time to give it."""

MANY = 1 << 17
"""So many inputs are packed beside what else training begins with: it takes 70 µs, and another thread to wake 30."""

AT_ONCE = 8
"""So many rows of a batch are traced before their paths are compiled together."""


class Group:
    """Examples of one shape: their paths, the first of these, and the inputs of all of them on it."""

    def __init__(self, paths: Paths, call: Call) -> None:
        self.paths, self.call = paths, call
        self.path: Path = paths.known[0] if paths.known else paths.traced(call, 0)
        self.path.recording.check_single("train")
        if self.path.is_only:
            self.path.packer.check(call.rows)
        self._awaited: list[Future[None]] = []
        self.beside(self._pack)
        self._last: dict[Path, int] = {}  # of each path a row that took it

    @property
    def matrix(self) -> Floats:
        """The inputs of all examples on the first path, when all has been done that was begun beside."""
        while self._awaited:
            self._awaited[0].result()
            self._awaited.pop(0)
        return self._matrix

    def beside(self, task: Callable[[], None]) -> None:
        """Do something before the inputs are used, where they are many in another thread; errors are raised then."""
        if self.call.rows.size * self.path.packer.width < MANY:
            task()
        else:
            self._awaited.append(self.path.stages.backend.submit(task))

    def _pack(self) -> None:
        """Make the inputs of all examples, in the memory that those of an earlier training leave behind."""
        rows, packer, spare = self.call.rows, self.path.packer, self.path.spare
        try:
            into = spare.pop()
        except IndexError:  # there is none, or another thread was faster
            into = None
        matrix = np.ascontiguousarray(packer.matrix(rows, into))
        if matrix.nbytes <= SPARE and not any(np.may_share_memory(matrix, x) for x in rows.arrays):
            finalize(self, spare.append, matrix)
        self._matrix = matrix

    @property
    def branches(self) -> bool:
        """Whether rows may take several paths."""
        return not self.path.is_only

    def inputs(self, path: Path) -> Floats:
        """Return the inputs of all examples on a path."""
        return self.matrix if path is self.path else self.call.inputs(path)

    def fits(self) -> bool:
        """Return whether all indices are in the range of what they look up on every path, also of rows elsewhere."""
        try:
            for path in self.paths.known:
                self.call.check(path, None)
        except IndexError:
            return False
        return True

    def learn(self, rows: Sequence[int]) -> bool:
        """Trace the first few rows, and return whether there is a path that was not known."""
        before = len(self.paths.known)
        for row in rows[:AT_ONCE]:
            self.paths.traced(self.call, row)
        return len(self.paths.known) > before

    def some(self, order: Ints, weight: float | None = None) -> Call:
        """Return some of the rows as a call of their own, of this weight each, by default that in their mean."""
        rows = self.call.rows
        return Call(Batch(tuple(x[order] for x in rows.arrays), rows.shapes, len(order)), weight=weight)

    def watch(self, order: Ints) -> Floats:
        """Return the numbers of the first path's leaves, and let a sentinel count a call.

        It is on some rows if there is one path; of several each has its turn, on a row that took it.
        """
        if not self.branches:
            read = self.path.read(None)
            self.paths.watch(self.path, order, self.call, read)
            return read
        if self._last:
            path = next(iter(self._last))
            row = self._last[path] = self._last.pop(path)  # which is the last one now
            self.paths.watch(path, np.array([row]), self.call, path.read(None))
        return self.path.read(None)

    def took(self, path: Path, row: int) -> None:
        """Note that a row took a path."""
        self._last[path] = row

    def confirm(self, tally: Tally[Path], at_least_once: bool) -> None:
        """Let the sentinels look, if so many rows took longer than that, or `at_least_once`."""
        for path in self.paths.known:
            if path.is_only or path in self._last:
                self.paths.confirm(path, self.call, tally[path], at_least_once, self._last.get(path, 0))


def by_shape(arguments: Sequence[Any]) -> tuple[list[list[Any]], Ints, Ints]:
    """Return the arguments of the examples of each shape; the group of each example, and its place there."""
    arguments = list(map(as_array, arguments))
    if not arguments or all(isinstance(x, np.ndarray) for x in arguments):
        n = len(arguments[0]) if arguments else 1
        return [arguments], np.zeros(n, np.int64), np.arange(n)
    rows = list(zip(*arguments, strict=True))
    shapes = [tuple(map(np.shape, row)) for row in rows]
    kinds = {shape: i for i, shape in enumerate(dict.fromkeys(shapes))}
    group = np.array([kinds[shape] for shape in shapes], np.int64)
    place = np.zeros(len(rows), np.int64)
    found = []
    for i in kinds.values():
        members = np.flatnonzero(group == i)
        place[members] = np.arange(len(members))
        found.append([[rows[m][a] for m in members.tolist()] for a in range(len(arguments))])
    return found, group, place
