"""The sentinel: whether a function still does what it did when it was traced.

A trace sees operations on Values. What a function reads besides them, `w.data`, a global, a random number, the outcome
of `math.exp`, is frozen in the recording as a constant; nothing shows it at the time. So now and then the function is
traced again on a row of the call, and must leave the same tape; and a small one is run on Values, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..engine import Value
from ..errors import TraceError
from .recording import Recording
from .tape import CONSTANT, Floats, Tape

FIRST, FACTOR = 2, 8
"""Looked at are calls 2, 16, 128, … of a path, and the first after a leaf has changed."""

NODES = 10
"""After call 2 a call for so many nodes goes by before the next look, so that calls take longer than looks at them."""

SMALL = 5000
"""Nodes up to which a function is also run on Values, which takes about a microsecond for each."""

Replayed = tuple[Floats, NDArray[np.bool_]]

ADVICE = (
    "compiled code sees only arguments and Values: look for v.data, float(v) or math.exp(v.data) in Python logic, "
    "random numbers, and plain numbers outside of it that have changed. Write mx.exp(v) and mx.where(v > 0, a, b), "
    "keep what shall change in a Value, pass random numbers as an argument, or compile again"
)


class Sentinel:
    """Looks after one recording: knows at which calls to look, and what to compare."""

    def __init__(self, recording: Recording, read: Floats) -> None:
        self._recording = recording
        self._read = read.tobytes()  # the leaves when they were last looked at
        self._changed = False
        self._found: str = ""  # what was wrong, once something was: it does not become right by calling again
        self._calls = 0
        self._due = FIRST

    def is_due(self, read: Floats) -> bool:
        """Count a call with these leaves, and return whether it is to be looked at."""
        self._calls += 1
        changed = not self._changed and read.tobytes() != self._read
        due = self._calls >= self._due
        if changed:
            self._changed = True
        if due:
            self._due = max(self._due * FACTOR, len(self._recording.tape) // NODES)
        return changed or due or bool(self._found)

    def look(self, trace: Callable[[], Recording], run: Callable[[], Floats], replay: Callable[[], Replayed]) -> None:
        """Raise TraceError unless the function traces as before, and gives on Values what its tape gives.

        `trace` traces the row again, `run` runs it on Values, `replay` computes the recording on it, bit for bit as
        Values would: values and guards.
        """
        self._found = self._found or self._wrong(trace, run, replay)
        if self._found:
            raise TraceError(self._found)

    def _wrong(self, trace: Callable[[], Recording], run: Callable[[], Floats], replay: Callable[[], Replayed]) -> str:
        before, now = self._recording, trace()
        values, guards = None, None
        if len(before.tape) <= SMALL or now.expected != before.expected:
            values, guards = replay()
            if not np.array_equal(guards, before.expected):
                return ""  # the row is on this path by a rounding of compiled code alone, and on Values on another
        if difference := _difference(before, now):
            return f"the function no longer does what it did when it was traced: {difference}; {ADVICE}"
        if values is None or not np.isfinite(values).all():  # a row that is not finite is run on Values anyway
            return ""
        if not np.array_equal(values, on_values := run()):
            return (
                f"on Values the function gives {on_values.tolist()}, but as traced {values.tolist()}: it treats "
                f"traced numbers as something else than Values (does it ask for their type?); {ADVICE}"
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


def same(before: Recording, now: Recording) -> bool:
    """Return whether two recordings are the same path: the same tape under the same guards."""
    a, b = before.tape, now.tape
    return (
        now.expected == before.expected
        and _same_structure(a, b)
        and np.array_equal(a.number, b.number, equal_nan=True)
        and np.array_equal(a.outputs["guards"], b.outputs["guards"])
    )


def _same_structure(a: Tape, b: Tape) -> bool:
    columns = ("op", "start", "left", "right", "sign", "split")
    return len(a) == len(b) and all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns)


def _same(v: Value, u: Value) -> bool:
    return v.data == u.data or (v.data != v.data and u.data != u.data)
