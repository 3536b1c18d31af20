"""Paths: Python's own branches, each recorded once, and rows that are sent along the right one.

A recording holds where its guards, comparisons of traced numbers, come out as they did when it was traced. Every kernel
computes them for each row, so that rows which belong elsewhere are seen: they are tried on the other paths that are
known, then one of them is traced, until none is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any

import numpy as np

from ...engine import Value
from ...errors import DomainError, ShapeError, TooManyPaths, warn_user
from ..collector import paused
from ..forks import MOVING
from ..rows.arguments import Batch, Shape
from ..rows.eager import Eager, called_by_row, located, moved
from ..tape.tape import Floats, Ints
from ..tracing.differences import same
from ..tracing.recording import Recording
from ..watch.outside import Outside
from ..watch.sentinel import OnValues, Recorded, Sentinel
from .packing import Packer
from .path import Call, Part, Path
from .routes import shown
from .stages import Kind, Stages

STRICTLY = " (with strict=True mx.where and mx.lookup of computed numbers may need them too, and in Hessians they do)"


class Paths:
    """The paths of a function for rows of one shape, traced when a row first needs them."""

    def __init__(
        self,
        eager: Eager,
        shapes: Sequence[Shape],
        parameters: tuple[Value, ...],
        limit: int,
        record: Callable[[Batch, int], Recording],
        stages: Callable[[Recording, float], Stages],
        outside: Callable[[], Outside],
    ) -> None:
        self.eager = eager
        self.shapes = tuple(shapes)
        self.parameters = parameters
        self.known: list[Path] = []
        self._is_idle = self._has_warned = False
        self._sentinels: dict[Path, Sentinel] = {}
        self._limit = limit
        self._record = record
        self._stages = stages
        self._outside = outside

    @property
    def strict(self) -> bool:
        """Whether results equal those of Values bit for bit; False while no row has been traced."""
        return bool(self.known) and self.known[0].stages.strict

    @property
    def single(self) -> bool:
        """Whether the function returns one number, not a list."""
        return not self.known or self.known[0].recording.single

    @property
    def outputs(self) -> int:
        """How many numbers the function returns; 1 while no row has been traced."""
        return len(self.known[0].recording.packed.outputs["values"]) if self.known else 1

    def parts(self, kind: Kind, call: Call, some: Ints | None = None) -> Iterable[Part]:
        """Return the rows of a call, or `some`, each once, by the path that they belong to, with what was computed."""
        if self.known:
            return self._parts(kind, call, some, None)
        with paused():
            return self._parts(kind, call, some, self._begun(call))

    def _parts(self, kind: Kind, call: Call, some: Ints | None, read: Floats | None) -> Iterable[Part]:
        """Do so, given the numbers of the leaves of the first path if they have been read for this call."""
        path = self.known[0]
        if not path.is_only:
            return self._sorted(kind, call, some)
        read = path.read(call.at) if read is None else read
        self.watch(path, some, call, read)
        return (Part(path, some, call.run(path, kind, some, read), read),)

    def sums(self, call: Call) -> tuple[float, Floats] | None:
        """Return the sum of the values of all rows, NaN if any number is not finite, and the gradient of their mean.

        None where there are several paths, and where that is no faster than `parts`.
        """
        if self.known:
            return self._sums(call, None)
        with paused():
            return self._sums(call, self._begun(call))

    def _sums(self, call: Call, read: Floats | None) -> tuple[float, Floats] | None:
        path = self.known[0]
        if not path.is_only or (sums := call.sums(path)) is None:
            return None
        read = path.read(call.at) if read is None else read
        self.watch(path, None, call, read)
        return sums(read)

    def _begun(self, call: Call) -> Floats | None:
        """Record the first row; return the numbers of the leaves of the first path, if they were read for that."""
        path, read = self._recorded(call, 0)
        return read if path is self.known[0] else None  # another thread may have been faster

    def _sorted(self, kind: Kind, call: Call, waiting: Ints | None) -> Iterator[Part]:
        """Yield the parts of a function with several paths, of all rows or of those that are `waiting`."""
        untried = iter(self.known[:])
        while True:
            path = next(untried, None)
            fresh = path is None
            if path is None:
                path = self.traced(call, 0 if waiting is None else int(waiting[0]))
            read = path.read(call.at)
            result = call.run(path, kind, waiting, read)
            right = path.holds(result)
            if right is None:
                self.watch(path, waiting, call, read)
                self.rest()
                yield Part(path, waiting, result, read)
                return
            everything = np.arange(call.rows.size) if waiting is None else waiting
            taken, waiting = everything[right], everything[~right]
            if len(taken):
                self.watch(path, taken, call, read)
                some = call.run(path, kind, taken, read) if kind is Kind.GRADIENT else result.rows(right)
                yield Part(path, taken, some, read)
            if fresh and not right[0]:
                # Traced on this very row, and yet its compiled guards say no: it stands on an edge, by a rounding.
                yield Part(None, waiting[:1], None, None)
                waiting = waiting[1:]
            if not len(waiting):
                self.rest()  # the looks at other paths are no pause of one
                return

    def traced(self, call: Call, row: int) -> Path:
        """Return the path of a row, recorded now unless it is known."""
        return self._recorded(call, row)[0]

    def _recorded(self, call: Call, row: int) -> tuple[Path, Floats]:
        """Return the path of a row, and the numbers of its leaves, as they are in this call."""
        with located(row), self.moved(call.at), paused():
            outside = self._outside()
            start = time.perf_counter()
            with outside.running(), nullcontext() if self.known else called_by_row(self.eager, call.rows):
                recording = self._record(call.rows, row)
            seconds = time.perf_counter() - start
            for path in self.known:
                if same(path.recording, recording):
                    return path, path.read(None)
            self._check(recording)
            packer = Packer(recording.columns, self.shapes, self.eager.names, self.eager.indices)
            path = Path(recording, self._stages(recording, seconds), packer)
            packer.check(call.rows, np.array([row]))
            path.example = call.inputs(path)[row, : packer.width].copy()
            read = path.read(None)
            outside.widen(len(read))
            self._sentinels[path] = sentinel = Sentinel(recording, read, outside, seconds)
            sentinel.meet(*self._row(path, row, call))
            outside.tell_of_draws()
            self.known.append(path)
            self._is_idle = all(path.is_idle for path in self.known)
            return path, read

    def check_parameters(self, training: bool = False) -> None:
        """Raise ValueError if rows used Values, but no parameter; if no Value at all in training, else warn."""
        if not self._is_idle:
            return
        other = {id(v) for path in self.known for v in path.recording.captured}
        is_constant = all(path.is_only for path in self.known)
        idle = f"the function uses none of its parameters ({len(self.parameters)} given), so that every gradient is 0"
        if other or (training and is_constant):
            also = f"; it uses {len(other)} other Values" if other else ""
            anew = "Were they made anew since? Compile again, with parameters=model.parameters() of the model it uses"
            raise ValueError(f"{idle}{also}. {anew}")
        if is_constant and not self._has_warned:
            self._has_warned = True
            warn_user(idle)

    def moved(self, at: Floats | None) -> AbstractContextManager[Any]:
        """Give the parameters these numbers for a while, if any are given; meanwhile no other program does."""
        return MOVING if at is None else moved(self.parameters, at.tolist())

    def _check(self, recording: Recording) -> None:
        if not self.known:
            return
        first = self.known[0].recording
        count, before = len(recording.packed.outputs["values"]), len(first.packed.outputs["values"])
        if count != before or recording.single != first.single:
            raise ShapeError(
                f"the function gives {_described(recording, count)} where {shown(recording)}, but "
                f"{_described(first, before)} where {shown(first)}: a compiled function gives as many on every path"
            )
        if len(self.known) >= self._limit:
            raise TooManyPaths(
                f"the function has more than {self._limit} paths: its comparisons come out in ever new ways, this time "
                f"{shown(recording)}. Choose with mx.where, mx.max or mx.relu instead of if, which need no paths"
                f"{STRICTLY if self.known[0].stages.strict else ''}, or allow more with max_paths={4 * self._limit}"
            )

    def watch(self, path: Path, order: Ints | None, call: Call, read: Floats, now: bool = False) -> None:
        """Count rows that go along a path, check their indices, and let the sentinel look at one.

        It does so if it is time, or `now`.
        """
        call.check(path, order)
        call.tally.note(path, order)
        sentinel = self._sentinels[path]
        if sentinel.is_due(read) or now:
            self._look(path, 0 if order is None else int(order[0]), call)
        if sentinel.is_alone and (call.rows.size if order is None else len(order)) > 1:
            sentinel.is_alone = False
            row = call.rows.size - 1 if order is None else int(order[-1])
            with located(row), self.moved(call.at):
                sentinel.meet(*self._row(path, row, call))

    def rest(self) -> None:
        """Let no sentinel take the time since the last call for a pause."""
        for sentinel in self._sentinels.values():
            sentinel.rest()

    def _look(self, path: Path, row: int, call: Call) -> None:
        if call.rows.size:
            with located(row), self.moved(call.at):
                self._sentinels[path].look(lambda: self._record(call.rows, row), *self._row(path, row, call))

    def _row(self, path: Path, row: int, call: Call) -> tuple[OnValues, Recorded]:
        """Return what runs a row on Values, and what computes the recording on it, both with the leaves as they are."""
        inputs = call.inputs(path)[row : row + 1, : path.packer.width]
        on_values = partial(self.eager.values_and_slopes, call.rows, row, self.parameters)
        return on_values, lambda: path.as_recorded(inputs, path.read(None))

    def confirm(self, path: Path, call: Call, rows: int, at_least_once: bool, row: int = 0) -> None:
        """Let the sentinel look, at a row, at a path on which so many were trained: see `Sentinel.is_due_after`."""
        if rows and self._sentinels[path].is_due_after(rows, at_least_once):
            with suppress(DomainError):  # where the last step led to nobody has asked for a value
                self.watch(path, np.array([row]), call, path.read(None), now=True)


def _described(recording: Recording, count: int) -> str:
    return "one number" if recording.single else f"a list of {count}"
