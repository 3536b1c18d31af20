"""Whether a change of what a function reads is seen, whoever compares."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.alike import Alike, Native
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.backends.llvm.untouched import Untouched
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError


@cache
def native() -> Native:
    """Return the machine code that compares containers, waited for."""
    made: Native = waited(Alike(lambda of, text: lambda: object_code(text(), host()), host()))
    return made


def waited(made: Callable[[], Any]) -> Any:
    """Return what something gives once it gives anything."""
    until = time.monotonic() + 60.0
    while (found := made()) is None:
        assert time.monotonic() < until
        time.sleep(0.001)
    return found


def is_seen(f: Callable[[Any], Any], change: Callable[[], Any]) -> None:
    """Assert that a change is seen at the next call, of a program too, by Python and where machine code compares."""
    program = mx.compile(f, target="numpy")
    outsides = [Outside(f), Outside(f, passing_by=partial(Untouched, alike=native)), program._outside]
    for _ in range(4):
        assert program([1.0, 2.0]).tolist() == [f(Value(x)).data for x in (1.0, 2.0)]
        assert [outside.version() for outside in outsides] == [0, 0, 0]
    change()
    assert [outside.version() for outside in outsides] == [1, 1, 1]
    with pytest.raises(TraceError, match="no longer does what it did"):
        program([1.0, 2.0])


def is_refused(f: Callable[[Any], Any], change: Callable[[], Any]) -> None:
    """Assert that a function of a list of two numbers goes on as on Values, until a change makes it a TraceError."""
    program = mx.compile(f, target="numpy")
    rows = [[1.0, 2.0]]
    outside = program._outside
    for _ in range(4):
        assert program(rows).tolist() == [float(getattr(f([Value(1.0), Value(2.0)]), "data", 1.0))]
    assert outside.version() == 0
    change()
    with pytest.raises(TraceError, match="no longer does what it did"):
        program(rows)
