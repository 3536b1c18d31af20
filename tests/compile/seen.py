"""Whether a change of what a function reads is seen, whoever compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.untouched import Untouched
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

from .test_untouched import native


def is_seen(f: Callable[[Any], Any], change: Callable[[], Any]) -> None:
    """Assert that a change is seen at the next call, of a program too, by Python and where machine code compares."""
    program = mx.compile(f, target="numpy")
    outsides = [Outside(f), Outside(f, passing_by=lambda x, y: Untouched(x, y, native)), program._outside]
    for _ in range(4):
        assert program([1.0, 2.0]).tolist() == [f(Value(x)).data for x in (1.0, 2.0)]
        assert [outside.version() for outside in outsides] == [0, 0, 0]
    change()
    assert [outside.version() for outside in outsides] == [1, 1, 1]
    with pytest.raises(TraceError, match="no longer does what it did"):
        program([1.0, 2.0])
