"""The sentinel: whether a function still does what it did when it was traced.

A trace sees operations on Values, and refuses to show their numbers. What a function reads besides them, a global, a
random number, a file, is frozen in the recording as a constant; nothing shows it at the time. So a small function is
run on Values as soon as it is traced, on the same row, and must give the same bits. And it is looked at again: traced
on a row of the call, it must leave the same tape. That is at once where a variable that it names has changed; after a
pause, so that who calls by hand gets no old number; and now and then. A look changes no result: it may raise an error.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...engine import Value
from ...errors import TraceError
from ..tape.slopes import unlike
from ..tape.tape import Floats
from ..tracing.differences import difference as differs
from ..tracing.differences import other_leaves
from ..tracing.imported import operands
from ..tracing.recording import Recording
from .outside import Outside

FIRST, FACTOR = 2, 8
"""After its first row, looked at are calls 2, 16, 128, … of a path, and the first after a leaf has changed."""

PAUSE, SHARE = 0.2, 10.0
"""After a call the seconds, and the times that a look takes, until the next call is looked at whichever it is."""

NODES = 10
"""After call 2 a call for so many nodes goes by before the next look, so that calls take longer than looks at them."""

SMALL = 5000
"""Nodes up to which a function is also run on Values, which takes about a microsecond for each."""

REPAID = 4_000_000
"""Terms of sums for each node that training computes in the time of 60 to 200 looks at that node."""


class AsRecorded(NamedTuple):
    """One row as the recorded tape gives it, its values and guards bit for bit as on Values.

    The derivatives are those of the weighted sum of the outputs by the numbers of the row and the parameters, and
    `sizes` is the sum of the magnitudes of their path products.
    """

    values: Floats
    guards: NDArray[np.bool_]
    derivatives: Floats
    sizes: Floats


Trace = Callable[[], Recording]
OnValues = Callable[[], tuple[Floats, Floats]]
Recorded = Callable[[], AsRecorded]

ADVICE = (
    "compiled code sees only arguments and Values: look for random numbers, and for plain numbers outside of it that "
    "have changed. Keep what shall change in a Value, pass random numbers as an argument, or compile again"
)
WAY_OUT = "Keep what shall change in a Value, pass it as an argument, or compile again"


class Sentinel:
    """Looks after one recording: knows at which calls to look, and what to compare.

    `outside` is what the function reads besides its arguments, also of others that look after it; `seconds` is what
    tracing it took by the `clock`.
    """

    def __init__(
        self,
        recording: Recording,
        read: Floats,
        outside: Outside,
        seconds: float,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._recording = recording
        self._outside = outside
        self._version = outside.known
        self._clock = clock
        self._called = clock()
        self._pause = max(PAUSE, SHARE * seconds)
        self._read = bytearray(read.data)  # the leaves when they were last looked at, compared in place
        self._changed = self._settled = False  # whether a leaf has changed since then, and that was looked at
        self._is_known = not recording.computed  # which graphs were made before the function ran
        self._kept: list[Value] = []  # their nodes and leaves, …
        self._as_kept: list[float] = []  # … their numbers when last looked at, …
        self._places: list[int] = []  # … and the places of those that are read at each call
        self.is_small = recording.size[0] <= SMALL
        self.is_alone = self.is_small  # whether it should be run on Values on a second row yet
        self._found: str = ""  # what was wrong at the last look: there is one at each call until nothing is
        self._calls = 0
        self._due = FIRST
        self._trained, self._confirmed = 0, False  # rows in training since the last look, and whether there was one

    def is_due(self, read: Floats) -> bool:
        """Count a call with these leaves, and return whether it is to be looked at."""
        self._calls += 1
        now = self._clock()
        paused = self._calls > 1 and now - self._called > self._pause  # the first call was compiled meanwhile
        self._called = now
        self._changed = not self._settled and self._read != read.data
        if due := self._calls >= self._due:
            self._due = max(self._due * FACTOR, self._recording.size[0] // NODES)
        return (
            due
            or paused
            or self._changed
            or bool(self._kept and self._is_edited(read))
            or self._outside.version() != self._version
            or bool(self._found)
        )

    def rest(self) -> None:
        """Note that a call has ended only now, so that the time that it took is no pause."""
        self._called = self._clock()

    def is_due_after(self, rows: int, at_least_once: bool) -> bool:
        """Count rows in training, and return whether they took longer than a look, or `at_least_once` are the first."""
        nodes, terms = self._recording.size
        self._trained += rows
        repaid = self._trained * terms >= REPAID * nodes or (at_least_once and not self._confirmed)
        if repaid:
            self._trained, self._confirmed = 0, True
        edited = bool(self._kept and self._is_edited()) or self._outside.version() != self._version
        return repaid or edited or bool(self._found)

    def _is_edited(self, read: Floats | None = None) -> bool:
        """Return whether a graph that was made before the function ran has other numbers since, or is `read` so."""
        elsewhere = read is not None and [read[i] for i in self._places] != self._as_kept[: len(self._places)]
        return elsewhere or [v._data for v in self._kept] != self._as_kept

    def meet(self, run: OnValues, recorded: Recorded) -> None:
        """Raise TraceError unless the function gives on Values, on the row it was traced on, what its tape gives.

        One that is not small is believed to do so at first.
        """
        if self.is_small or self._recording.idle:
            self._judge(lambda: self._recording, run, recorded)

    def look(self, trace: Trace, run: OnValues, recorded: Recorded) -> None:
        """Raise TraceError unless the function traces as before, and gives on Values what its tape gives.

        `trace` traces the row again, `run` runs it on Values, for the values and their derivatives, and `recorded`
        computes the recording on it.
        """
        before = self._clock()
        self._judge(trace, run, recorded)
        self._settled |= self._changed
        self._called = self._clock()
        self._pause = max(PAUSE, SHARE * (self._called - before))

    def _judge(self, trace: Trace, run: OnValues, recorded: Recorded) -> None:
        with self._outside.running() as version:
            try:
                self._found = self._wrong(trace, run, recorded)
            except TraceError as error:
                self._found = str(error)
                raise
        if self._found:
            raise TraceError(self._found)
        self._outside.harmless(self._version)
        self._version = version

    def _wrong(self, trace: Trace, run: OnValues, recorded: Recorded) -> str:
        before, now = self._recording, trace()
        if now is not before:
            self._keep(now)
        found = None
        if self.is_small or before.idle or now.expected != before.expected:
            found = recorded()
            if not np.array_equal(found.guards, before.expected):
                return ""  # the row is on this path by a rounding of compiled code alone, and on Values on another
        changes = self._outside.changes(self._version)
        if difference := differs(before, now) or (changes and other_leaves(before, now, trace())):
            frozen = f"the function no longer does what it did when it was traced: {difference}"
            return f"{_few(changes)}, and {frozen}. {WAY_OUT}" if changes else f"{frozen}; {ADVICE}"
        if found is None or not np.isfinite(found.values).all():  # what is not finite is run on Values anyway
            return ""
        return _unlike_values(found, *run())

    def _keep(self, now: Recording) -> None:
        """Note which graphs were made before the function ran, as it now meets them again, and what they depend on.

        On Values these stay as they were computed. Those that the function makes itself are others each time.
        """
        if not self._is_known:
            again = set(map(id, now.computed))
            kept = {id(v): v for v in self._recording.computed if id(v) in again}
            below = {id(u) for v in kept.values() for u in operands(v) if u is not None}
            leaves = [*self._recording.parameters, *self._recording.captured]
            self._places = [i for i, v in enumerate(leaves) if id(v) in below]
            self._kept = [leaves[i] for i in self._places] + list(kept.values())
            self._is_known = True
            self._recording.computed.clear()
        self._as_kept = [v._data for v in self._kept]


def _unlike_values(found: AsRecorded, values: Floats, derivatives: Floats) -> str:
    """Return what a recording gives otherwise than Values; "" if it is alike."""
    if np.array_equal(found.values, values):
        if not unlike(found.derivatives, found.sizes, derivatives):
            return ""
        what, on_values, traced = "the derivatives", derivatives, found.derivatives
    else:
        what, on_values, traced = "the values", values, found.values
    return (
        f"on Values the function gives {_shortened(on_values)}, but as traced {_shortened(traced)}, for {what}: it "
        "gives another result each time, or treats traced numbers as something else than Values (does it ask for "
        "their type, as isinstance(v, Value) does, or for their text, or whether a comparison `is True`, or does it "
        f"catch a DomainError?); {ADVICE}"
    )


def _shortened(numbers: Floats) -> str:
    return reprlib.repr(numbers.tolist())


def _few(changes: list[str]) -> str:
    return "; ".join(changes[:3]) + (f" (and {len(changes) - 3} more)" if len(changes) > 3 else "")
