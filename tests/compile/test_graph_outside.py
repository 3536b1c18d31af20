"""Graphs of Values from outside: in a traced function, and as programs of their own; how their nodes are named."""

from __future__ import annotations

import math

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tracing.trace import trace
from microgradx.errors import TraceError


@pytest.mark.parametrize("parameters", [True, False])
def test_a_graph_from_outside_whose_leaf_has_changed(parameters: bool) -> None:
    """A Value that was computed outside, from a leaf that has changed since, is named, with the way out."""
    w = Value(2.0, "w")
    h = w * 3.0
    h.label = "h"
    program = mx.compile(lambda x: x * h, [w] if parameters else [], target="numpy")
    assert program([2.0]).tolist() == [12.0]
    w.data = 5.0
    message = r"the use of Value\(6\.0.*'h'.* at test_graph_outside\.py:\d+: .*'w'\) was 2\.0.*inside"
    with pytest.raises(TraceError, match=message):
        program([2.0])


def test_a_graph_from_outside_that_was_edited() -> None:
    """Data that were set on a computed Value are no part of its graph: TraceError, not one of the two numbers."""
    w = [Value(2.0), Value(3.0)]
    h, block = w[0] * 3.0, mx.dot(w, w)
    h.data = block.data = 7.0
    for v in (h, block):
        with pytest.raises(TraceError, match="keeps what it was"):
            trace(lambda x, v=v: x * v, [()], example=[1.0])


def test_a_graph_from_outside_that_stayed() -> None:
    """A graph from outside whose leaves are as they were, NaN among them, is taken over."""
    w = [Value(math.nan), Value(3)]
    h = mx.dot(w, w) + w[1]
    assert len(trace(lambda x: x * h, [()], example=[1.0]).captured) == 2


def test_equal_labels_are_told_apart() -> None:
    """Guards name two nodes of one label differently."""
    a, b = Value(1.0, "a"), Value(2.0, "a")
    found = trace(lambda x: x if a <= b and x < b else -x, [()], [a, b], example=[0.5])
    assert found.guards == ("a <= a#2", "x < a#2")
    assert list(found.names.values()) == ["a", "a", "x"]


def test_inputs_of_a_graph_are_given_once() -> None:
    """The same leaf twice among the inputs, and lists that are no array, are refused when the graph is compiled."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    with pytest.raises(ValueError, match=r"'x'.*given twice among the inputs"):
        mx.compile_graph(x * y, inputs=[x, y, x])
    with pytest.raises(ValueError, match="lists of one length"):
        mx.compile_graph(x * y, inputs=[x, [y]])


def test_rows_of_a_graph_have_its_shape() -> None:
    """Rows that do not fit the inputs of a graph are told with both shapes."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    program = mx.compile_graph(x * y, inputs=[x, y], target="numpy")
    assert program([[2.0, 3.0]]).tolist() == [6.0]
    for rows, shape in (([1.0, 2.0], r"\(n,\)"), ([[1.0, 2.0, 3.0]], r"\(n, 3\)")):
        with pytest.raises(mx.ShapeError, match=rf"rows of shape \(n, 2\), not {shape}"):
            program(rows)
    with pytest.raises(mx.ShapeError, match=r"rows of shape \(n,\), not \(n, 1\)"):
        mx.compile_graph(x * y, inputs=x, target="numpy")([[1.0]])


def test_a_function_without_outputs() -> None:
    """A function that returns an empty list has values and a Jacobian of no columns, and no gradient."""
    program = mx.compile(lambda x: [], target="numpy")
    assert program([1.0, 2.0]).shape == (2, 0)
    assert program.jacobian([1.0, 2.0]).shape == (2, 0, 1)
    with pytest.raises(mx.ShapeError, match="returns a list of 0"):
        program.gradients([1.0, 2.0])
