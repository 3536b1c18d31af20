"""After a pause a function is looked at again, so that a change is found out that no call compares."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.tracing.trace import trace
from microgradx.compile.watch.outside import Outside
from microgradx.compile.watch.place import BYTES
from microgradx.compile.watch.sentinel import AsRecorded, OnValues, Recorded, Sentinel
from microgradx.errors import TraceError


def watched(f: Any, clock: Callable[[], float]) -> Sentinel:
    """Return a sentinel of f, traced on one number, whose time is told by a clock."""
    return Sentinel(trace(f, [()]), np.zeros(0), Outside(f), 0.01, clock)


def both(y: float) -> tuple[OnValues, Recorded]:
    """Return a row on Values, and as recorded, both of this value."""
    value, slope = np.array([y]), np.array([1.0])
    return lambda: (value, slope), lambda: AsRecorded(value, np.zeros(0, np.bool_), slope, slope)


def test_the_first_call_after_a_pause_is_looked_at() -> None:
    """After a fifth of a second without a call, or ten times what a look takes if that is more, comes a look.

    What passes between tracing and the first call is no such pause: it is compiled.
    """
    now, length = [0.0], [0.001]
    sentinel = watched(lambda x: x * 2.0, lambda: now[0])
    recording = trace(lambda x: x * 2.0, [()])

    def traced() -> Any:
        now[0] += length[0]
        return recording

    def called(pause: float) -> bool:
        now[0] += pause
        if due := sentinel.is_due(np.zeros(0)):
            sentinel.look(traced, *both(2.0))
        return due

    assert [called(5.0 if i == 0 else 0.0) for i in range(20)] == [i in (1, 15) for i in range(20)]
    assert [called(pause) for pause in (0.19, 0.21, 0.19, 5.0)] == [False, True, False, True]
    length[0] = 1.0
    assert [called(pause) for pause in (0.3, 9.0, 11.0, 9.0)] == [True, False, True, False]


def test_the_time_that_a_call_takes_is_no_pause() -> None:
    """Steps of training that take seconds, one after the other, are not looked at each time; what comes later is."""
    now = [0.0]
    sentinel = watched(lambda x: x * 2.0, lambda: now[0])

    def steps(pause: float, seconds: float) -> bool:
        now[0] += pause
        due = sentinel.is_due(np.zeros(0))
        now[0] += seconds
        sentinel.rest()
        return due

    assert [steps(0.01, 5.0) for _ in range(20)] == [i in (1, 15) for i in range(20)]
    assert [steps(0.21, 5.0), steps(0.01, 5.0), steps(7.0, 5.0)] == [True, False, True]


def test_looks_at_other_paths_are_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many paths, each of which is looked at for longer than a pause, none is looked at again for that."""
    now, looks = [0.0], [0]
    look = Sentinel.look

    def slow(self: Sentinel, *given: Any) -> None:
        looks[0] += 1
        now[0] += 5.0
        look(self, *given)

    monkeypatch.setattr(Sentinel, "look", slow)
    paths = import_module("microgradx.compile.paths.paths")
    monkeypatch.setattr(paths, "Sentinel", partial(Sentinel, clock=lambda: now[0]))
    w = mx.Value(1.0)
    program = mx.compile(lambda x: w * x if x > 1 else w if x > 0 else -w * x, [w], cache=False)
    counted = []
    for _ in range(20):
        program.value_and_grad([2.0, 0.5, -1.0])
        counted.append(looks[0])
    assert [counted[i] - counted[i - 1] for i in range(1, 20)] == [3 * (i in (1, 15)) for i in range(1, 20)]
    now[0] += 60.0
    program.value_and_grad([2.0, 0.5, -1.0])
    assert looks[0] == counted[-1] + 3


def test_what_cannot_be_watched_is_found_after_a_pause() -> None:
    """A number in a large array, which nothing compares at each call, is found out by the next look."""
    large, now = np.ones(BYTES // 8 + 1), [0.0]

    def f(x: Any) -> Any:
        return x * float(large[0])

    sentinel = watched(f, lambda: now[0])
    sentinel.is_due(np.zeros(0))
    large[0] = 3.0
    assert sentinel._outside.version() == 0
    now[0] = 1.0
    assert sentinel.is_due(np.zeros(0))
    with pytest.raises(TraceError, match=r"the constant 1\.0 is 3\.0 now"):
        sentinel.look(lambda: trace(f, [()]), *both(1.0))


def test_a_change_before_the_first_call_is_looked_at() -> None:
    """What changes when the function was traced, and before anybody looks for changes, is found by the first call."""
    scale = [2.0]

    def f(x: Any) -> Any:
        return x * scale[0]

    outside = Outside(f)
    recording = trace(f, [()])
    scale[0] = 3.0
    sentinel = Sentinel(recording, np.zeros(0), outside, 0.01)
    assert sentinel.is_due(np.zeros(0))
    with pytest.raises(TraceError, match=r"scale\[0\] was 2\.0 and is 3\.0"):
        sentinel.look(lambda: trace(f, [()]), *both(3.0))
