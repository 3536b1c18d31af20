"""Leaves, names and blocks of what is recorded, and graphs of Values that are recorded already."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.chain import Block
from microgradx.compile.tape.tape import FIRST_ROW, INPUT, NONE, PARAMETER, ROWS, SUM
from microgradx.compile.tracing.recorder import Recorder
from microgradx.compile.tracing.recording import Column
from microgradx.compile.tracing.trace import record_graph, trace
from microgradx.nn import MLP, Layer, Neuron
from microgradx.sweep import nodes

from .tapes_by_row import numbers_of, on_values, run, same, shape

W = [Value(0.75, "w0"), Value(-1.25, "w1"), Value(2.0, "w2")]
C = Value(1.5, "c")
NET = MLP(2, [3, 2], activation="tanh", seed=1)


def penalty(parameters: Any) -> Any:
    return mx.sum([p * p for p in parameters])


def test_names() -> None:
    """Inputs are named after the function's arguments, and labels of parameters and nodes are kept."""

    def f(x: Any, y: Any) -> Any:
        z = W[0] * x[1][0] + C
        z.label = "z"
        square = W[1] * W[1]
        square.label = "square"
        assert (z.label, (+z).label) == ("z", "")
        return z * square - y

    found = trace(f, [(2, 1), ()], W)
    assert sorted(found.names.values()) == sorted(["w0", "w1", "w2", "x[0][0]", "x[1][0]", "y", "c", "z", "square"])
    assert found.tape.op[[i for i, name in found.names.items() if name == "x[1][0]"]].tolist() == [INPUT]
    assert found.columns == (Column(0, (0, 0)), Column(0, (1, 0)), Column(1))


def test_names_without_a_signature() -> None:
    """Where a function does not tell the names of its arguments they are numbered."""
    for f, names in (
        (lambda *x: x[0] + x[1], ["arg0", "arg1"]),
        (lambda a, *x: a + x[0], ["a", "arg1"]),
        (NET.layers[0].neurons[0].activation, None),
        (operator.add, ["a", "b"]),
        (mx.max, None),
    ):
        found = trace(f, [(), ()][: len(names) if names else 1])
        assert names is None or list(found.names.values()) == names
    assert list(trace(NET, [(2,)]).names.values())[:2] == ["x[0]", "x[1]"]


def test_leaves_are_parameters_or_captured() -> None:
    """Leaves that are no parameters are captured, each once; all are read where the tape is run, not when traced."""
    other = Value(4.0)
    found = trace(lambda x: W[1] * x + C * other - C, [()], W[:2])
    assert (found.parameters, found.captured) == (tuple(W[:2]), (C, other))
    before = run(found, [2.0])[0]
    C.data = 10.0
    try:
        assert run(found, [2.0])[0] == [-2.5 + 40.0 - 10.0]
    finally:
        C.data = 1.5
    assert run(found, [2.0])[0] == before
    assert (found.tape.op == PARAMETER).sum() == 4


def test_editing_a_leaf_between_tracing_and_running_changes_no_constant() -> None:
    """A graph of parameters is recorded as such: it follows its leaves."""
    w = Value(3.0)
    square = w * w
    found = trace(lambda x: x + square, [()], [w])
    w.data = 5.0
    assert run(found, [1.0])[0] == [26.0]


def test_shared_graphs_are_recorded_once() -> None:
    """A graph of Values that is met again, from above or from inside, adds no node twice."""

    def f(x: Any) -> Any:
        total: Any = 0.0
        square = W[0] * W[0]
        grown = square
        for _ in range(50):
            grown = grown + square
            total = total + x * grown + grown
        return total

    eager = [v for v in nodes(f(Value(2.0))) if v._primitive is not None]
    found = trace(f, [()], W)
    assert int((found.tape.op >= SUM).sum()) == len(eager)
    assert same(run(found, [2.0])[0], [f(Value(2.0)).data])


def test_a_deep_graph_needs_no_recursion() -> None:
    """A chain of 100,000 nodes is traced, imported and recorded under the default recursion limit."""

    def chain(v: Any) -> Any:
        for _ in range(100_000):
            v = v + 1.0
        return v

    w = Value(0.0)
    deep = chain(w)
    assert len(trace(chain, [()]).tape) == 100_002
    assert len(trace(lambda x: x + deep, [()], [w]).tape) == 100_004
    assert len(record_graph(deep, [w]).tape) == 100_002


def test_record_graph() -> None:
    """A graph of Values becomes a function of the leaves that are named as inputs, in lists if need be."""
    x, y = [[Value(1.0), Value(2.0, "x1")], [Value(3.0), Value(4.0)]], Value(5.0)
    outputs = [W[0] * x[0][0] + x[0][1] * C + mx.dot(x[1], [y, 2.0]), y, x[1][1] * 2]
    outputs[0].label = "L"
    found = record_graph(outputs, [x, y], W)
    columns = [Column(0, (0, 0)), Column(0, (0, 1)), Column(0, (1, 0)), Column(0, (1, 1)), Column(1)]
    assert list(found.columns) == columns
    assert (found.parameters, found.captured, found.single) == (tuple(W), (C,), False)
    assert run(found, [[[1.0, 2.0], [3.0, 4.0]], 5.0])[0] == numbers_of(outputs)
    assert run(found, [[[0.0, 0.0], [3.0, 1.0]], 1.0])[0] == [5.0, 1.0, 2.0]
    assert {"w0", "x1", "c", "L", "input 0[0][0]", "input 1"} <= set(found.names.values())
    assert record_graph(outputs[0], [x, y]).single


def test_record_graph_of_unused_inputs_and_constants() -> None:
    """An input that the graph does not use, and an output that depends on none, are as good as others."""
    found = record_graph([W[0] * 2, 3.0], [Value(1.0)], W)
    assert run(found, [7.0])[0] == [1.5, 3.0]


def test_record_graph_refuses() -> None:
    """Inputs are leaves, given once, and no parameters as well."""
    x = Value(1.0)
    for inputs, error, message in (
        ([x * 2], ValueError, "has been computed"),
        ([[x, x]], ValueError, "given once"),
        ([W[0]], ValueError, "no parameter as well"),
        ([1.0], TypeError, "not 1.0"),
    ):
        with pytest.raises(error, match=message):
            record_graph(x * W[0], inputs, W)


def test_a_graph_that_was_edited_is_recorded_as_it_was_built() -> None:
    """What counts is the structure: the numbers of leaves are those of the run, constants those that were written."""
    x = Value(2.0)
    y = x * 3
    y.data = 100.0
    assert run(record_graph(y, [x]), [5.0])[0] == [15.0]


def eager_blocks(outputs: Sequence[Value]) -> list[list[tuple[Any, ...]]]:
    """Return, for each block of an eager graph, the users with their sides, by symbol, in one order for all graphs."""
    users: dict[int, list[tuple[Any, ...]]] = {}
    for v in nodes(*outputs):
        for side, block in enumerate((v._a, v._b)):
            if isinstance(block, Block):
                users.setdefault(id(block), []).append((v._primitive.name, side, len(v._x)))  # type: ignore[union-attr]
    return sorted(users.values())


def traced_blocks(f: Callable[..., Any], arguments: Sequence[Any], parameters: Sequence[Value]) -> list[Any]:
    """Return the same of a trace, from the recorder's own rows, before they become sums of products."""
    kept: list[Recorder] = []

    def watched(*traced: Any) -> Any:
        result = f(*traced)
        from microgradx.in_trace import AT_WORK

        kept.append(AT_WORK.get())
        return result

    found = trace(watched, [shape(x) for x in arguments], parameters, example=arguments)
    rows = [i for i, op in enumerate(kept[0].ops) if op >= FIRST_ROW and ROWS[op - FIRST_ROW].blocks]
    users: dict[int, list[tuple[Any, ...]]] = {}
    for i, extent in zip(rows, kept[0].extents, strict=True):
        for side, block in enumerate(found.blocks[i].tolist()):
            if block != NONE:
                name = ROWS[kept[0].ops[i] - FIRST_ROW].name
                users.setdefault(block, []).append((name, side, extent.first))
    assert (np.delete(found.blocks, rows, axis=0) == NONE).all()
    return sorted(users.values())


NEURON = Neuron(2, "tanh", seed=4)
LAYER = Layer(2, 3, "softmax", seed=5)
BLOCKS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "each call its own": (lambda x: mx.dot(x, W[:2]) + mx.dot(x, W[:2]) + mx.sum(x), [[1.0, 2.0]]),
    "even of one tuple": (lambda x: (lambda t: mx.dot(t, t) + mx.sum(t))(tuple(x)), [[1.0, 2.0]]),
    "of numbers none": (lambda x: mx.dot(x, [1.0, 2.0]) * mx.dot([1.0], [2.0]), [[1.0, 2.0]]),
    "a neuron's own for good": (lambda x: NEURON(x) + NEURON([x[0], 1.0]), [[1.0, 2.0]]),
    "a neuron of parameters too": (lambda x: NEURON(x) + NEURON(W[:2]), [[1.0, 2.0]]),
    "a layer's inputs shared": (lambda x: mx.sum(LAYER(x)), [[1.0, 2.0]]),
    "a net": (lambda x: mx.sum(NET(NET(x))), [[1.0, 2.0]]),
    "a net of one input": (lambda x: mx.sum(NET([x, 3.0])), [1.0]),
    "all rows over blocks": (lambda x: mx.max(x) + mx.min(x) * mx.logsumexp(x), [[1.0, 2.0]]),
    "recorded before": (lambda x: x[0] * mx.sum(LAYER(W[:2])) + NEURON(W[1:]), [[1.0, 2.0]]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_shared_as_eagerly(name: str) -> None:
    """Which operands of rows came through one block is as in the eager graph, where error signals add up in it."""
    f, arguments = BLOCKS[name]
    parameters = [*W, *NEURON.parameters(), *LAYER.parameters(), *NET.parameters()]
    expected = eager_blocks([f(*map(on_values, arguments))])
    assert traced_blocks(f, arguments, parameters) == expected
    assert expected


def test_blocks_of_a_recorded_graph() -> None:
    """A recorded graph has the blocks of its Values: one for a layer's inputs, one for each neuron."""
    x = [Value(1.0), Value(2.0)]
    found = record_graph(LAYER(x)[0], [x], LAYER.parameters())
    affine = [b for b in found.blocks.tolist() if b[1] != NONE]
    assert len(affine) == 3
    assert len({b for _, b in affine}) == 1
    assert len({a for a, _ in affine}) == 3


def test_a_neuron_keeps_its_block_when_copied() -> None:
    """A copied or pickled net shares blocks within itself as before, and none with the original."""
    x = [Value(1.0), Value(2.0)]
    for twin in (copy.deepcopy(LAYER), pickle.loads(pickle.dumps(LAYER))):
        assert eager_blocks(twin(x)) == eager_blocks(LAYER(x))
        assert mx.grad(twin(x)[0], x) == mx.grad(LAYER(x)[0], x)
        assert traced_blocks(lambda x, twin=twin: mx.sum(twin(x)), [[1.0, 2.0]], twin.parameters())
