"""Run-time integers in a trace: what they look up, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tape.tape import INPUT
from microgradx.compile.tracing.choices import Choosing
from microgradx.compile.tracing.recording import Column
from microgradx.compile.tracing.trace import trace
from microgradx.compile.tracing.traced import Traced
from microgradx.compile.tracing.traced_index import TracedIndex
from microgradx.errors import ShapeError, TraceError

from .tapes_by_row import numbers_of, on_values, run, same, shape

HERE = Path(__file__).name
TABLE = [Value(0.5), Value(-2.0), Value(3.0), Value(4.0)]
ROWS_OF_TABLE = [[Value(float(10 * i + j)) for j in range(2)] for i in range(3)]


def with_tests(i: Any) -> Any:
    return [
        1.0 if c else 0.0
        for c in (i == 1, i != 1, i < 2, i <= 1, i in (0, 2), bool(i), i == 2.0, i == 7, i == np.int64(3))
    ]


INDEXED: dict[str, tuple[Callable[..., Any], Sequence[Value], list[list[Any]]]] = {
    "numbers": (lambda i: mx.lookup([1.5, -2.0, 0.25], i), (), [[0], [1], [2]]),
    "Values": (lambda i, x: mx.lookup(TABLE, i) * x, TABLE, [[0, 2.0], [3, -1.0]]),
    "traced numbers": (lambda i, x: mx.lookup([x, x * 2, 3.0], i), (), [[0, 2.0], [1, 2.0], [2, 2.0]]),
    "rows": (lambda i: mx.lookup(ROWS_OF_TABLE, i), (), [[0], [2]]),
    "an array": (lambda i: mx.lookup(np.array([[1.0, 2.0], [3.0, 4.0]]), i), (), [[0], [1]]),
    "rows of rows": (lambda i: mx.lookup([[[1.0, 2.0]], [[3.0, 4.0]]], i)[0], (), [[0], [1]]),
    "lists of indices": (lambda i: [mx.lookup(TABLE, k) for k in i], TABLE, [[[0, 3]], [[1, 1]]]),
    "two tables, the larger first": (lambda i: mx.lookup(TABLE, i) + mx.lookup(TABLE[:2], i), TABLE, [[0], [1]]),
    "two tables, the larger last": (lambda i: mx.lookup(TABLE[:2], i) + mx.lookup(TABLE, i), TABLE, [[0], [1]]),
    "an int for an index": (lambda i: mx.lookup(TABLE, 2) + i, TABLE, [[0], [1]]),
    "in arithmetic": (lambda i, x: i * 2 + x * i - 3 / (i + 1.0) + x**i - (-i), (), [[0, 2.0], [3, -1.0]]),
    "in functions": (lambda i: [mx.sum([i, 1.0]), mx.exp(i), mx.max(i, 1)], (), [[0], [3]]),
    "tests": (with_tests, (), [[0], [1], [2], [3]]),
    "tests of a looked-up index": (lambda i: [mx.lookup(TABLE, i), *with_tests(i)], TABLE, [[0], [1], [2], [3]]),
    "one index and another": (lambda i, j: 1.0 if i == j else 2.0 if i < j else 3.0, (), [[1, 1], [1, 2], [2, 1]]),
    "where": (lambda i: mx.where(i == 1, 5.0, 6.0), (), [[0], [1]]),
    "cross-entropy": (lambda z, i: mx.losses.cross_entropy(z, i), (), [[[0.5, -1.0, 2.0], 0], [[0.5, -1.0, 2.0], 2]]),
    "cross-entropy of rows": (
        lambda z, i: mx.losses.cross_entropy(z, i),
        (),
        [[[[0.5, -1.0], [1.0, 2.0]], [0, 1]], [[[800.0, -1.0], [1.0, 2.0]], [1, 1]]],
    ),
    "likelihood": (lambda z, i: mx.losses.nll_loss(mx.log_softmax(z), i), (), [[[0.5, -1.0], 0], [[0.5, -1.0], 1]]),
    "never used": (lambda i, x: x, (), [[7, 2.0]]),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", INDEXED)
def test_run_time_integers(name: str, strict: bool) -> None:
    """With an index known at run time only, the tape of one row gives every row's result whose guards hold."""
    f, parameters, rows = INDEXED[name]
    indices = [k for k, x in enumerate(rows[0]) if np.asarray(x).dtype.kind == "i"]
    for example in rows:
        found = trace(f, [shape(x) for x in example], parameters, indices=indices, example=example, strict=strict)
        assert run(found, example)[1] == list(found.expected)
        for arguments in rows:
            values, guards = run(found, arguments)
            if tuple(guards) == found.expected:
                expected = f(*[on_values(x, k in indices) for k, x in enumerate(arguments)])
                assert same(values, numbers_of(expected))


def test_lookup_needs_no_guard() -> None:
    """One trace serves all indices, with one input for each category, created once; under strict too, unless asked."""

    def f(i: Any) -> Any:
        return mx.lookup(TABLE, i) * mx.lookup(TABLE, i)

    for strict in (False, True):
        found = trace(f, [()], TABLE, indices=[0], strict=strict)
        assert found.guards == ()
        assert found.columns == tuple(Column(0, (), j) for j in range(4))
        assert [found.names[i] for i in np.flatnonzero(found.tape.op == INPUT)] == [f"[i = {j}]" for j in range(4)]
    guarded = trace(f, [()], TABLE, indices=[0], example=[2], strict=True, choosing=Choosing.NONE)
    assert (guarded.guards, guarded.columns) == (("i == 2.0",), (Column(0),))


@pytest.mark.parametrize("name", ["two tables, the larger first", "two tables, the larger last"])
def test_categories_are_those_that_an_index_may_be(name: str) -> None:
    """Beyond the smallest table that an index looks up there is no input: the columns tell which indices are right."""
    f, parameters, _ = INDEXED[name]
    found = trace(f, [()], parameters, indices=[0])
    assert found.columns == (Column(0, (), 0), Column(0, (), 1))


@pytest.mark.parametrize(("what", "f", "way_out"), [
    ("use as an index", lambda i: [1.0, 2.0][i], r"mx\.lookup\(table, i\)"),
    ("use as an index", lambda i: list(range(i)), "name the argument|range"),
    ("int(v)", lambda i: int(i), "compare it"),
    ("float(v)", lambda i: float(i), "compare it"),
    ("use as a key", lambda i: {0: 1.0}[i], r"mx\.lookup"),
    ("v % n or v // n", lambda i: i % 2, "beforehand"),
    ("v % n or v // n", lambda i: i // 2, "beforehand"),
])  # fmt: skip
def test_what_would_freeze_an_index_is_refused(what: str, f: Callable[[Any], Any], way_out: str) -> None:
    """A run-time integer that is used as a plain one is a TraceError that says to write lookup."""
    for strict in (False, True):
        with pytest.raises(TraceError, match=way_out) as caught:
            trace(f, [()], indices=[0], example=[1], strict=strict)
        assert str(caught.value).startswith(f"{what} at {HERE}:{f.__code__.co_firstlineno}: <traced i> stands for")


def test_lookup_mistakes_in_a_trace() -> None:
    """What cannot be looked up at run time says so."""
    with pytest.raises(ShapeError, match=r"need one length, not \[1, 2\]"):
        trace(lambda i: mx.lookup([[1.0], [1.0, 2.0]], i), [()], indices=[0])
    with pytest.raises(IndexError, match="4 entries has the indices 0 to 3, not 4"):
        trace(lambda i: mx.lookup(TABLE, i), [()], indices=[0], example=[4], strict=True, choosing=Choosing.NONE)
    with pytest.raises(TypeError, match="an index is an int"):
        trace(lambda i: mx.lookup(TABLE, i + 1), [()], indices=[0])


def test_traced_arguments_are_what_the_shapes_say() -> None:
    """A number reaches the function as one traced number, and lists as lists of them, also lists of indices."""

    def f(x: Any, y: Any, i: Any, empty: Any) -> Any:
        assert isinstance(x, Traced)
        assert [[type(e) for e in part] for part in y] == [[Traced] * 3] * 2
        assert [type(e) for e in i] == [TracedIndex] * 2
        assert empty == []
        return x

    trace(f, [(), (2, 3), (2,), (0,)], indices=[2])
