"""A function that treats traced numbers as something else than Values is found out, and so are graphs made before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tape.slopes import Slopes, unlike
from microgradx.compile.tracing.trace import trace
from microgradx.errors import TraceError


def by_isinstance(v: Any) -> Any:
    return v.data if isinstance(v, Value) else v


def by_type(v: Any) -> Any:
    return float(v.data) if type(v) is Value else v


def by_trying(v: Any) -> Any:
    try:
        return v.data
    except Exception:
        return v


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("number", [by_isinstance, by_type, by_trying])
def test_another_gradient_at_the_same_value_is_an_error(number: Callable[[Any], Any], strict: bool) -> None:
    """A factor that is a constant on Values, and a number of the trace when compiled, is refused at every call."""
    program = mx.compile(lambda x: x * number(x), strict=strict, target="numpy")
    for _ in range(2):
        with pytest.raises(TraceError, match=r"derivatives|v\.data"):
            program.gradients([3.0])


def test_another_gradient_by_a_parameter_is_an_error() -> None:
    """Gradients by parameters are compared as well as those by arguments."""
    w = Value(2.0, "w")
    program = mx.compile(lambda x: w * by_isinstance(w * x), [w], target="numpy")
    with pytest.raises(TraceError, match="derivatives"):
        program.value_and_grad([1.0])


def test_an_error_of_the_trace_that_is_swallowed_is_one_all_the_same() -> None:
    """A function that goes on after a TraceError took a way that Values do not take; it fails although rows agree."""

    def f(x: Any) -> Any:
        try:
            return x * abs(x.data)
        except TypeError:
            return x * 1.0

    with pytest.raises(TraceError, match=r"v\.data at test_sentinel.py"):
        mx.compile(f, target="numpy")([0.0, 3.0])


def test_a_second_row_is_run_on_values() -> None:
    """What the first row does not show, the last row of the first call does."""
    program = mx.compile(lambda x: mx.where(x > 0, x, (2 if isinstance(x, Value) else 3) * x), target="numpy")
    with pytest.raises(TraceError, match=r"gives \[-2\.0\], but as traced \[-3\.0\]"):
        program([1.0, 2.0, -1.0])


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("edit", ["leaf", "node"])
def test_a_graph_made_before_is_not_computed_again(edit: str, bound: bool) -> None:
    """Values keep a graph as it was recorded; edited, each call is a TraceError, whatever changed before."""
    a, w = Value(2.0, "a"), Value(1.0, "w")
    b = a * 3.0
    program = mx.compile(lambda x: w * b * x, [w], target="numpy")
    call: Callable[[], Any] = program.on([1.0]) if bound else lambda: program([1.0])
    assert call() == 6.0
    w.data = 1.5
    assert call() == 9.0
    (a if edit == "leaf" else b).data = 10.0
    for _ in range(3):
        with pytest.raises(TraceError, match="keeps what it was"):
            call()


def test_a_graph_made_before_is_not_moved_by_a_point() -> None:
    """A point given for a parameter from which a graph was made before is a TraceError too."""
    a, w = Value(2.0, "a"), Value(1.0, "w")
    b = a * 3.0
    loss = mx.compile(lambda x: (w + 0.0 * a) * b * x, [a, w], target="numpy").on([1.0])
    assert loss.value_and_grad(at=[2.0, 1.5])[0] == 9.0
    for _ in range(2):
        with pytest.raises(TraceError, match="keeps what it was"):
            loss.value_and_grad(at=[10.0, 1.5])


@pytest.mark.filterwarnings("ignore:the function itself changes this")
def test_graphs_that_the_function_makes_follow_their_leaves() -> None:
    """A penalty of the parameters is computed anew with their numbers, without looks at each call."""
    w, calls = Value(1.0, "w"), []

    def f(x: Any) -> Any:
        calls.append(1)
        return w * w * 3.0 + x

    program = mx.compile(f, [w], target="numpy")
    for k in range(12):
        w.data = float(k)
        assert program([1.0]).tolist() == [3.0 * k * k + 1.0]
    assert len(calls) <= 6


def test_training_looks_before_it_begins() -> None:
    """The contents of an array that have changed since the last training are seen by the next, at once."""
    w, array = Value(0.5, "w"), np.array([0.0])
    program = mx.compile(lambda x: (w * x - 1.0) ** 2 + float(array[0]) * w, [w])
    program.train([1.0, 2.0], epochs=2, progress=False)
    array[0], before = 5.0, w.data
    with pytest.raises(TraceError, match="no longer does"):
        program.train([1.0, 2.0], epochs=2, progress=False)
    assert w.data == before


def test_slopes_are_derivatives() -> None:
    """The slopes of a row are the gradient on Values, also through choices whose other entry is inf."""
    shapes: list[tuple[int, ...]] = [(), ()]

    def f(x: Any, y: Any) -> Any:
        return mx.where(x > 100.0, mx.exp(x), mx.tanh(x * y) / y) + mx.log(y) * x

    for point in ([0.5, 2.0], [800.0, 3.0], [-3.0, 0.25]):
        row = Slopes(trace(f, shapes, example=point).tape).at(np.array([point]), np.zeros(0))
        if point[0] < 100.0:
            x, y = map(Value, point)
            exact = np.array(mx.grad(f(x, y), [x, y]))
            assert not unlike(row.signals[:2], row.sizes[:2], exact)
            assert unlike(row.signals[:2] * 1.001, row.sizes[:2], exact)
        else:
            assert row.signals[0] == np.inf
