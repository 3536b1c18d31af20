"""Paths: Python's own branches, each recorded once, and rows that are sent along the right one.

A recording holds where its guards, comparisons of traced numbers, come out as they did when it was traced. Every kernel
computes them for each row, so that rows which belong elsewhere are seen: they are tried on the other paths that are
known, then one of them is traced, until none is left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine import Value
from ..errors import ShapeError, TraceError
from .arguments import Batch, Shape
from .backends import Result, Run
from .eager import MOVING, Eager, located, moved
from .leaves import Leaves
from .packing import Packer
from .recording import Recording
from .routes import route
from .sentinel import Sentinel, same
from .stages import Stages, Work
from .tape import Floats, Ints

STRICTLY = " (with strict=True each outcome of mx.where and mx.lookup is a path too)"


class Path:
    """One recording with its kernels; `taken` is how many rows of the last call went along it."""

    def __init__(self, recording: Recording, stages: Stages, packer: Packer) -> None:
        self.recording = recording
        self.stages = stages
        self.packer = packer
        self.taken = 0
        self.is_only = not recording.expected  # there are no guards, and so no other paths
        self._leaves = Leaves((*recording.parameters, *recording.captured))
        self._captured = Leaves(recording.captured)
        self._expected = np.array(recording.expected, np.bool_)

    def read(self, at: Floats | None) -> Floats:
        """Return the numbers of all leaves, of the parameters `at` another point if that is given."""
        if at is not None and not self._captured.values:
            return at
        with MOVING:
            return self._leaves.read() if at is None else np.concatenate([at, self._captured.read()])

    def run(self, work: Work, inputs: Floats, order: Ints | None, weight: float, read: Floats) -> Result:
        """Compute some rows of the inputs, all of them without an `order`."""
        return self.stages.runs(work, inputs, order, weight)(read)

    def holds(self, result: Result) -> NDArray[np.bool_] | None:
        """Return which rows of a result belong to this path, (n,); None if all do."""
        right: NDArray[np.bool_] = (result.outputs["guards"] == self._expected).all(axis=1)
        return None if right.all() else right


class Call:
    """What one call of a program works on; what is made of the rows is kept for further calls on them.

    rows     the arguments
    at       numbers for the parameters instead of their own, if given
    along    a direction for each row, (n, numbers), for TANGENTS
    weight   that of each row in a mean
    """

    __slots__ = ("_inputs", "_runs", "along", "at", "rows", "weight")

    def __init__(
        self, rows: Batch, at: Floats | None = None, along: Floats | None = None, before: Call | None = None
    ) -> None:
        """Make a call; with the same rows and directions as one `before`, it need not pack them again."""
        self.rows = rows
        self.at = at
        self.along = along
        self.weight = 1.0 / (rows.size or 1)
        self._inputs: dict[Path, Floats] = {} if before is None else before._inputs
        self._runs: dict[tuple[Path, Work], Run] = {} if before is None else before._runs

    def inputs(self, path: Path) -> Floats:
        """Return the inputs of all rows, (n, inputs), as a path has them."""
        found = self._inputs.get(path)
        if found is None:
            found = path.packer.matrix(self.rows)
            if self.along is not None:
                found = np.hstack([found, path.packer.spread(self.along)])
            self._inputs[path] = found
        return found

    def run(self, path: Path, work: Work, order: Ints | None, read: Floats) -> Result:
        """Compute some rows along a path, or all of them."""
        if order is not None:
            return path.run(work, self.inputs(path), order, self.weight, read)
        run = self._runs.get((path, work))
        if run is None:
            run = self._runs[path, work] = path.stages.runs(work, self.inputs(path), None, self.weight)
        return run(read)


class Part(NamedTuple):
    """Rows that went along one path, and what was computed of them with these numbers of leaves.

    No path: rows that must be run on Values.
    """

    path: Path | None
    order: Ints | None
    result: Result | None
    read: Floats | None


class Paths:
    """The paths of a function for rows of one shape, traced when a row first needs them."""

    def __init__(
        self,
        eager: Eager,
        shapes: Sequence[Shape],
        parameters: Sequence[Value],
        limit: int,
        record: Callable[[Batch, int], Recording],
        stages: Callable[[Recording, float], Stages],
    ) -> None:
        self.eager = eager
        self.shapes = tuple(shapes)
        self.parameters = tuple(parameters)
        self.known: list[Path] = []
        self._sentinels: dict[Path, Sentinel] = {}
        self._limit = limit
        self._record = record
        self._stages = stages
        self._lock = threading.Lock()

    @property
    def single(self) -> bool:
        """Whether the function returns one number, not a list."""
        return not self.known or self.known[0].recording.single

    @property
    def outputs(self) -> int:
        """How many numbers the function returns; 1 while no row has been traced."""
        return len(self.known[0].recording.tape.outputs["values"]) if self.known else 1

    def parts(self, work: Work, call: Call) -> Iterable[Part]:
        """Return the rows of a call, each once, by the path that they belong to, with what was computed of them."""
        path = self.known[0] if self.known else self.traced(call, 0)
        if not path.is_only:
            return self._sorted(work, call)
        read = path.read(call.at)
        self.watch(path, None, call, read)
        return (Part(path, None, call.run(path, work, None, read), read),)

    def _sorted(self, work: Work, call: Call) -> Iterator[Part]:
        """Yield the parts of a function with several paths."""
        waiting: Ints | None = None  # all rows
        untried = iter(self.known[:])
        while True:
            path = next(untried, None)
            fresh = path is None
            if path is None:
                path = self.traced(call, 0 if waiting is None else int(waiting[0]))
            read = path.read(call.at)
            result = call.run(path, work, waiting, read)
            right = path.holds(result)
            if right is None:
                self.watch(path, waiting, call, read)
                yield Part(path, waiting, result, read)
                return
            everything = np.arange(call.rows.size) if waiting is None else waiting
            taken, waiting = everything[right], everything[~right]
            if len(taken):
                self.watch(path, taken, call, read)
                some = call.run(path, work, taken, read) if work is Work.GRADIENT else result.rows(right)
                yield Part(path, taken, some, read)
            if fresh and not right[0]:
                # Traced on this very row, and yet its compiled guards say no: it stands on an edge, by a rounding.
                yield Part(None, waiting[:1], None, None)
                waiting = waiting[1:]
            if not len(waiting):
                return

    def traced(self, call: Call, row: int) -> Path:
        """Return the path of a row, recorded now unless it is known."""
        with self._lock, located(row), self.moved(call.at):
            start = time.perf_counter()
            recording = self._record(call.rows, row)
            seconds = time.perf_counter() - start
            for path in self.known:
                if same(path.recording, recording):
                    return path
            self._check(recording)
            packer = Packer(recording.columns, self.shapes, self.eager.names, self.eager.indices)
            path = Path(recording, self._stages(recording, seconds), packer)
            self._sentinels[path] = Sentinel(recording, path.read(None))
            self.known.append(path)
            return path

    def moved(self, at: Floats | None) -> AbstractContextManager[Any]:
        """Give the parameters these numbers for a while, if any are given; meanwhile no other program does."""
        return MOVING if at is None else moved(self.parameters, at.tolist())

    def _check(self, recording: Recording) -> None:
        if not self.known:
            return
        first = self.known[0].recording
        count, before = len(recording.tape.outputs["values"]), len(first.tape.outputs["values"])
        if count != before or recording.single != first.single:
            raise ShapeError(
                f"the function gives {_described(recording, count)} where {_shown(recording)}, but "
                f"{_described(first, before)} where {_shown(first)}: a compiled function gives as many on every path"
            )
        if len(self.known) >= self._limit:
            raise TraceError(
                f"the function has more than {self._limit} paths: its comparisons come out in ever new ways, this time "
                f"{_shown(recording)}. Choose with mx.where, mx.max or mx.relu instead of if, which need no paths"
                f"{STRICTLY if self.known[0].stages.strict else ''}, or allow more with max_paths={4 * self._limit}"
            )

    def watch(self, path: Path, order: Ints | None, call: Call, read: Floats, now: bool = False) -> None:
        """Count rows that go along a path, check their indices, and let the sentinel look at one.

        It does so if it is time, or `now`.
        """
        path.packer.check(call.rows, order)
        path.taken = call.rows.size if order is None else len(order)
        sentinel = self._sentinels[path]
        if call.rows.size and (sentinel.is_due(read) or now):
            row = 0 if order is None else int(order[0])
            inputs = call.inputs(path)[row : row + 1, : path.packer.width]
            with located(row), self.moved(call.at):
                sentinel.look(
                    lambda: self._record(call.rows, row),
                    lambda: self.eager.values(call.rows, row),
                    lambda: path.stages.replay(inputs, read),
                )


def _described(recording: Recording, count: int) -> str:
    return "one number" if recording.single else f"a list of {count}"


def _shown(recording: Recording) -> str:
    guards = route(recording, 0).guards
    return " and ".join(guards[:6]) + (" and …" if len(guards) > 6 else "") or "there is no comparison"
