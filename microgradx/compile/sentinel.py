"""The sentinel: whether a function still does what it did when it was traced.

A trace sees operations on Values, and refuses to show their numbers. What a function reads besides them, a global, a
random number, a file, is frozen in the recording as a constant; nothing shows it at the time. So a small function is
run on Values as soon as it is traced, on the same row, and must give the same bits. And it is looked at again: traced
on a row of the call, it must leave the same tape. That is at once where a variable that it names has changed; after a
pause, so that who calls by hand gets no old number; and now and then. A look changes no result: it may raise an error.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from ..engine import Value
from ..errors import TraceError
from .outside import Outside
from .recording import Recording
from .tape import CONSTANT, Floats, Tape

FIRST, FACTOR = 2, 8
"""After its first row, looked at are calls 2, 16, 128, … of a path, and the first after a leaf has changed."""

PAUSE, SHARE = 0.2, 10.0
"""After a call the seconds, and the times that a look takes, until the next call is looked at whichever it is."""

NODES = 10
"""After call 2 a call for so many nodes goes by before the next look, so that calls take longer than looks at them."""

SMALL = 5000
"""Nodes up to which a function is also run on Values, which takes about a microsecond for each."""

REPAID = 200_000
"""Terms of sums for each node that training computes in the time of several looks at that node."""

Replayed = tuple[Floats, NDArray[np.bool_]]

ADVICE = (
    "compiled code sees only arguments and Values: look for random numbers, and for plain numbers outside of it that "
    "have changed. Keep what shall change in a Value, pass random numbers as an argument, or compile again"
)
WAY_OUT = "Keep what shall change in a Value, pass it as an argument, or compile again"


class Sentinel:
    """Looks after one recording: knows at which calls to look, and what to compare.

    `outside` is what the function reads besides its arguments, `seconds` is what tracing it took by the `clock`.
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
        self._clock = clock
        self._called = clock()
        self._pause = max(PAUSE, SHARE * seconds)
        self._read = read.tobytes()  # the leaves when they were last looked at
        self._changed = False
        self._found: str = ""  # what was wrong, once something was: it does not become right by calling again
        self._calls = 0
        self._due = FIRST
        self._trained, self._confirmed = 0, False  # rows in training since the last look, and whether there was one

    def is_due(self, read: Floats) -> bool:
        """Count a call with these leaves, and return whether it is to be looked at."""
        self._calls += 1
        now = self._clock()
        paused, self._called = now - self._called > self._pause, now
        changed = not self._changed and read.tobytes() != self._read
        due = self._calls >= self._due
        if changed:
            self._changed = True
        if due:
            self._due = max(self._due * FACTOR, len(self._recording.tape) // NODES)
        return changed or due or paused or self._outside.has_changed() or bool(self._found)

    def is_repaid(self, rows: int, once: bool) -> bool:
        """Count rows in training, and return whether they took longer than a look; `once`, if there was none yet."""
        tape = self._recording.tape
        self._trained += rows
        repaid = self._trained * len(tape.left) >= REPAID * len(tape) or (once and not self._confirmed)
        if repaid:
            self._trained, self._confirmed = 0, True
        return repaid or self._outside.has_changed() or bool(self._found)

    def meet(self, run: Callable[[], Floats], replay: Callable[[], Replayed]) -> None:
        """Raise TraceError unless the function gives on Values, on the row it was traced on, what its tape gives."""
        self._judge(lambda: self._recording, run, replay)

    def look(self, trace: Callable[[], Recording], run: Callable[[], Floats], replay: Callable[[], Replayed]) -> None:
        """Raise TraceError unless the function traces as before, and gives on Values what its tape gives.

        `trace` traces the row again, `run` runs it on Values, `replay` computes the recording on it, bit for bit as
        Values would: values and guards.
        """
        before = self._clock()
        self._judge(trace, run, replay)
        self._called = self._clock()
        self._pause = max(PAUSE, SHARE * (self._called - before))

    def _judge(self, trace: Callable[[], Recording], run: Callable[[], Floats], replay: Callable[[], Replayed]) -> None:
        self._found = self._found or self._wrong(trace, run, replay)
        if self._found:
            raise TraceError(self._found)
        self._outside.keep()  # anew, since what the function changes itself, counting its calls, is no reason to look

    def _wrong(self, trace: Callable[[], Recording], run: Callable[[], Floats], replay: Callable[[], Replayed]) -> str:
        before, now = self._recording, trace()
        values, guards = None, None
        if len(before.tape) <= SMALL or before.idle or now.expected != before.expected:
            values, guards = replay()
            if not np.array_equal(guards, before.expected):
                return ""  # the row is on this path by a rounding of compiled code alone, and on Values on another
        changes = self._outside.changes()
        if difference := _difference(before, now) or (changes and _other_leaves(before, now, trace())):
            frozen = f"the function no longer does what it did when it was traced: {difference}"
            return f"{_few(changes)}, and {frozen}. {WAY_OUT}" if changes else f"{frozen}; {ADVICE}"
        if values is None or not np.isfinite(values).all():  # a row that is not finite is run on Values anyway
            return ""
        if not np.array_equal(values, on_values := run()):
            return (
                f"on Values the function gives {on_values.tolist()}, but as traced {values.tolist()}: it gives "
                f"another result each time, or treats traced numbers as something else than Values (does it "
                f"ask for their type, or whether a comparison `is True`?); {ADVICE}"
            )
        return ""


def _difference(before: Recording, now: Recording) -> str:
    """Return what differs between two recordings, for people; "" if nothing does."""
    a, b = before.tape, now.tape
    if now.expected != before.expected:
        return "it takes another branch, where no comparison of traced numbers says so"
    if not _same_structure(a, b):
        return f"it then took {len(a)} nodes, and takes {len(b)} now" if len(a) != len(b) else "its operations differ"
    numbers = np.flatnonzero(~((a.number == b.number) | (np.isnan(a.number) & np.isnan(b.number))))
    if len(numbers):
        i = int(numbers[0])
        what = "the constant" if a.op[i] == CONSTANT else "an entry"
        more = f" (and {len(numbers) - 1} others)" if len(numbers) > 1 else ""
        return f"{what} {float(a.number[i])!r} is {float(b.number[i])!r} now{more}"
    if len(before.captured) != len(now.captured):
        return "it uses other leaves"
    for v, u in zip(before.captured, now.captured, strict=True):
        if v is not u and not _same(v, u):
            return f"a leaf that it makes{f' ({v.label!r})' if v.label else ''} was {v.data!r} and is {u.data!r} now"
    return ""


def _other_leaves(before: Recording, now: Recording, again: Recording) -> str:
    """Return what differs if Values that are made elsewhere are others; those made in the function are so each time."""
    triples = zip(before.captured, now.captured, again.captured, strict=True)
    return "it uses other leaves" if any(v is not u and u is w for v, u, w in triples) else ""


def _few(changes: list[str]) -> str:
    return "; ".join(changes[:3]) + (f" (and {len(changes) - 3} more)" if len(changes) > 3 else "")


def same(before: Recording, now: Recording) -> bool:
    """Return whether two recordings are the same path: the same tape and choices under the same guards."""
    a, b = before.tape, now.tape
    return (
        now.expected == before.expected
        and now.choices == before.choices
        and now.decisions == before.decisions
        and _same_structure(a, b)
        and np.array_equal(a.number, b.number, equal_nan=True)
        and np.array_equal(a.outputs["guards"], b.outputs["guards"])
    )


def _same_structure(a: Tape, b: Tape) -> bool:
    columns = ("op", "start", "left", "right", "sign", "split")
    return len(a) == len(b) and all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns)


def _same(v: Value, u: Value) -> bool:
    return v.data == u.data or (v.data != v.data and u.data != u.data)
