"""A function that records ever more ends in an error, before memory does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import TraceError, Value

w = Value(0.5, "w")


def multiplies(x: Any) -> Any:
    """Multiply for ever."""
    while True:
        x = x * w + 1.0  # grows


def adds_up(x: Any) -> Any:
    """Take inner products while a plain number says so, which never changes."""
    k = 0
    while k < 1:
        x = mx.dot([x, w], [w, x])  # grows
    return x


def squashes(x: Any) -> Any:
    """Apply a function for ever."""
    while True:
        x = mx.tanh(x)  # grows


@pytest.mark.parametrize("f", [multiplies, adds_up, squashes])
def test_a_loop_without_an_end_is_an_error(f: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the line that records, and what raises the limit; the next program is none the worse."""
    monkeypatch.setenv("MICROGRADX_MAX_NODES", "5000")
    program = mx.compile(f, parameters=[w], cache=False)
    with open(__file__, encoding="utf-8") as file:
        lines = [i for i, line in enumerate(file, 1) if "# grows" in line]
    with pytest.raises(
        TraceError, match=r"a loop here may have no end; .* MICROGRADX_MAX_NODES, now 5000, to"
    ) as caught:
        program([1.0])
    assert any(f" at test_trace_endless.py:{line}: " in str(caught.value) for line in lines)
    assert mx.compile(lambda x: x * w, parameters=[w], cache=False)([2.0]).tolist() == [1.0]


def test_long_functions_are_none() -> None:
    """Without a limit of the user's, 130,000 operations are few; one that is set lets as many pass as it says."""

    def long(x: Any, count: int = 130_000) -> Any:
        for _ in range(count // 2):
            x = x * w + 1.0
        return x

    from microgradx.compile.tracing.trace import trace

    assert len(trace(long, [()], [w], example=[1.0]).codes) >= 130_000


def test_the_limit_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many nodes as it says are traced, and not one more; it may be written as 1e3."""
    from microgradx.compile.tracing.trace import trace

    monkeypatch.setenv("MICROGRADX_MAX_NODES", "1e3")

    def doubled(times: int) -> Callable[[Any], Any]:
        def f(x: Any) -> Any:
            for _ in range(times):
                x = x + x
            return x

        return f

    assert len(trace(doubled(999), [()], example=[1.0]).codes) == 1000
    with pytest.raises(TraceError, match="operation 1,000 of a row"):
        trace(doubled(1000), [()], example=[1.0])
