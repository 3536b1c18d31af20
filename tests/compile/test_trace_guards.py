"""Guards: which outcomes a trace holds under, how they read, and that a trace keeps to its thread and cleans up."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.tape.tape import code
from microgradx.compile.tracing.trace import trace
from microgradx.primitives import row

from .tapes_by_row import run
from .test_trace import NET, W, newton, penalty


def test_guards_read_as_written() -> None:
    """A guard is told in the user's names, as it was written, each comparison once, in the order in which they came."""

    def f(x: Any, y: Any) -> Any:
        z = x[0] * x[1] - y / 2
        z.label = "z"
        for _ in range(3):
            again = +z if z > 0 and x[0] <= 1 else -z
        s = mx.sum(x) + W[0]
        return again if s < 3 else z if mx.tanh(s) ** 2 >= mx.max([y, 1.0, 2.0, 3.0, 4.0]) else z if W[0] < y else -z

    found = trace(f, [(2,), ()], W, example=[[1.0, 4.0], -1.0])
    assert found.guards == (
        "z > 0.0",
        "x[0] <= 1.0",
        "x[0] + x[1] + w0 < 3.0",
        "tanh(x[0] + x[1] + w0)**2.0 >= max(y, 1.0, …, 4.0)",
        "w0 < y",
    )
    assert found.expected == (True, True, False, False, False)


def test_comparisons_within_a_guard_read_as_comparisons() -> None:
    """A choice in a guard is told with the comparison that it goes by, not with a row of the table."""
    for f, told in ((lambda x, y: x < y, "x < y"), (lambda x, y: x >= y, "y <= x")):
        found = trace(lambda x, y, f=f: x if mx.where(f(x, y), x, 1.0) > 0 else y, [(), ()], example=[1.0, 2.0])
        assert found.guards == (f"select({told}, x, 1.0) > 0.0",)


@pytest.mark.parametrize("strict", [False, True])
def test_where_is_a_select_and_needs_no_guard(strict: bool) -> None:
    """`where` between numbers is one node, under strict too; with callables, and of anything else it is a guard."""
    kinds: list[tuple[Callable[[Any], Any], bool]] = [
        (lambda x: mx.where(x > 0, x, 2), True),
        (lambda x: mx.where(x > 0, W[0], np.float64(3.0)), True),
        (lambda x: mx.where(W[0] > 0, x, 2.0), True),
        (lambda x: mx.where(x > 0, lambda: x, 2.0), False),
        (lambda x: mx.where(x > 0, [x], [2.0]), False),
        (lambda x: 1.0 if mx.where(x > 0, True, False) else x, False),
    ]
    for f, is_select in kinds:
        found = trace(f, [()], W, example=[1.5], strict=strict)
        selects = int((found.tape.op == code(row("select"))).sum())
        assert (selects, len(found.guards)) == ((1, 0) if is_select else (0, 1))


def test_rows_that_choose_need_no_guard() -> None:
    """max, relu, abs and their like are rows, without a guard, and so without an example."""
    found = trace(lambda x: mx.max(x.relu(), abs(x), mx.min(x, 1.0), x.step(), mx.sign(x)), [()])
    assert found.guards == ()


def test_a_comparison_that_nobody_asks_is_a_guard() -> None:
    """A comparison whose truth is not asked for is a guard: something may depend on it that a trace cannot see."""

    def f(x: Any) -> Any:
        return mx.where(x > 0, x, 2.0) if (x > 1) is True else -x

    found = trace(f, [()], example=[1.5])
    assert (found.guards, found.idle) == (("x > 1.0",), True)
    assert not trace(lambda x: mx.where(x > 0, x, 2.0) if x > 1 else x, [()], example=[1.5]).idle


def test_concrete_numbers_are_those_of_values() -> None:
    """Guards come out as on Values also after overflow, at poles and through NaN, where nothing raises."""

    def f(x: Any, y: Any) -> Any:
        a = mx.exp(x * 1000) / y
        b = (x - x) / y
        return [1.0 if c else 0.0 for c in (a > 1e308, b < 1, b >= 1, not b < 1, a - a > 0, x.log() < 0)]

    found = trace(f, [(), ()], example=[2.0, 0.0])
    assert run(found, [2.0, 0.0])[0] == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_comparisons_of_other_threads_are_no_guards() -> None:
    """While a trace runs, what another thread compares goes by data there, and lands in no trace."""
    seen: list[Any] = []

    def f(x: Any) -> Any:
        thread = threading.Thread(target=lambda: seen.append(W[0] > W[1]))
        thread.start()
        thread.join()
        return x

    assert trace(f, [()], W, example=[1.0]).guards == ()
    assert seen == [True]
    assert (W[0] > W[1]) is True


def test_traces_nest() -> None:
    """A trace inside another records to itself, and then the outer one goes on."""

    def inner(x: Any) -> Any:
        return x if W[1] < x else -x

    def outer(x: Any) -> Any:
        found = trace(inner, [()], W, example=[2.0])
        return x * len(found.guards) if W[0] > x else x

    found = trace(outer, [()], W, example=[0.5])
    assert found.guards == ("w0 > x",)


def test_an_error_ends_the_trace() -> None:
    """After an error in the function comparisons go by data again, and the collector is as it was."""

    def f(x: Any) -> Any:
        assert not gc.isenabled()
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        trace(f, [()])
    assert (W[0] > W[1]) is True
    assert gc.isenabled()


def test_the_collector_stays_off_if_it_was() -> None:
    """A trace pauses the cyclic collector, and starts it again only if it was on."""
    gc.disable()
    try:
        trace(lambda x: x, [()])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_no_reference_cycles() -> None:
    """After a trace reference counts free everything but the recording."""
    gc.collect()
    gc.disable()
    try:
        found = trace(lambda x: newton(x) * penalty(W) + NET([x, x])[0], [()], W, example=[2.0])
        del found
        assert gc.collect() == 0
    finally:
        gc.enable()
