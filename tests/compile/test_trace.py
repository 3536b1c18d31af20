"""Tracing: what is recorded is what Values would record, under guards, and never a number that was frozen unseen."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle
import random
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.chain import Block
from microgradx.compile.recorder import Recorder
from microgradx.compile.recording import Column, Recording
from microgradx.compile.tape import CONSTANT, FIRST_ROW, INPUT, LESS, NONE, PARAMETER, ROWS, SUM, code
from microgradx.compile.trace import record_graph, trace
from microgradx.compile.traced import Traced, TracedIndex
from microgradx.errors import ShapeError, TraceError
from microgradx.floats import evaluate
from microgradx.nn import MLP, Layer, Neuron
from microgradx.operators import Operators
from microgradx.primitives import row
from microgradx.sweep import nodes

from ..programs import random_program

HERE = Path(__file__).name
NAN, INF = math.nan, math.inf


def entry(arguments: Sequence[Any], column: Column) -> float:
    """Return the number of an input in one row."""
    x: Any = arguments
    for i in (column.argument, *column.place):
        x = x[i]
    return float(x) if column.category is None else float(x == column.category)


def run(found: Recording, arguments: Sequence[Any]) -> tuple[list[float], list[bool]]:
    """Return the values and the guards of a recording in one row, node by node on Python's floats."""
    tape, numbers = found.tape, []
    leaves = [v.data for v in (*found.parameters, *found.captured)]
    for i, op in enumerate(tape.op.tolist()):
        terms = range(tape.start[i], tape.start[i + 1])
        operands = [numbers[tape.left[t]] for t in terms]
        if op == CONSTANT:
            z = float(tape.number[i])
        elif op == PARAMETER:
            z = leaves[int(tape.number[i])]
        elif op == INPUT:
            z = entry(arguments, found.columns[int(tape.number[i])])
        elif op == SUM:
            products = [x if tape.right[t] == NONE else x * numbers[tape.right[t]] for t, x in zip(terms, operands)]
            signed = [p if tape.sign[t] > 0 else -p for t, p in zip(terms, products)]
            z = signed[0]
            for p in signed[1:]:
                z = z + p
        elif op < FIRST_ROW:
            z = float(operands[0] < operands[1] if op == LESS else operands[0] <= operands[1])
        else:
            p = ROWS[op - FIRST_ROW]
            z = evaluate(p, (tuple(operands),) if p.blocks else operands, None)
        numbers.append(z)
    values = [numbers[i] for i in tape.outputs["values"]]
    return values, [numbers[i] == 1.0 for i in tape.outputs["guards"]]


def numbers_of(y: Any) -> list[float]:
    """Return what a function gave as floats."""
    return [v.data if isinstance(v, Value) else float(v) for v in (y if isinstance(y, list | tuple) else [y])]


def on_values(x: Any, integer: bool = False) -> Any:
    """Return an argument of one row as a function takes it eagerly."""
    if isinstance(x, list):
        return [on_values(e, integer) for e in x]
    return int(x) if integer else Value(x)


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of an argument of one row."""
    return np.shape(x)


def same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two lists of floats have the same bits, NaN apart."""
    return np.array_equal(np.array(a, float), np.array(b, float), equal_nan=True) and [
        math.copysign(1.0, x) for x in a if x == 0
    ] == [math.copysign(1.0, x) for x in b if x == 0]


W = [Value(0.75, "w0"), Value(-1.25, "w1"), Value(2.0, "w2")]
C = Value(1.5, "c")
NET = MLP(2, [3, 2], activation="tanh", seed=1)
PAIR = MLP(2, [3, 1], output="sigmoid", seed=2)


def penalty(parameters: Any) -> Any:
    return mx.sum([p * p for p in parameters])


def newton(x: Any) -> Any:
    root = x
    while abs(root * root - x) > 1e-9:
        root = 0.5 * (root + x / root)
    return root


def with_outcomes(x: Any, y: Any) -> Any:
    return [(x < y) + (x <= y) * 2, 3.0 * (y > x), ((x >= 0) & (y >= 0)) * 1.0, [1.0, 2.0][y > 1]]


# name: the function, its parameters, rows of arguments on one path or several
PROGRAMS: dict[str, tuple[Callable[..., Any], Sequence[Value], list[list[Any]]]] = {
    "operators": (lambda x, y: x + y - x * y / (x - 5.0) + (-x) ** 2 + +y, (), [[1.5, -2.0], [0.25, 8.0]]),
    "numbers on the left": (lambda x: 2 + 3 * x - (1 - x) + 4.0 / x + 2.0**x, (), [[1.5], [-0.5]]),
    "kinds of numbers": (
        lambda x: x * np.float64(2) + np.int64(3) - np.array(0.5) + np.float32(0.5) * x + True.__int__() * x,
        (),
        [[1.5]],
    ),
    "zeros of both signs": (lambda x: [x + 0.0, x + -0.0, x * -0.0, -x, 0.0 - x, x - x], (), [[0.0], [-0.0], [1.0]]),
    "constants": (lambda x: [x * INF, x + NAN, x - 10**20, x * 5e-324], (), [[1.5]]),
    "methods": (
        lambda x: [getattr(x, name)() for name in "abs exp expm1 sin cos tanh sigmoid softplus gaussian".split()],
        (),
        [[0.5], [-2.0], [800.0]],
    ),
    "more methods": (lambda x: [x.log(), x.log1p(), x.sqrt(), x.relu(), x.step(), x.detach()], (), [[0.5], [2.0]]),
    "functions": (
        lambda x: [mx.exp(x), mx.sign(x), mx.leaky_relu(x, 0.1), mx.pow(x, 3), mx.abs(x), mx.linear(x)],
        (),
        [[0.5], [-2.0]],
    ),
    "blocks": (
        lambda x: [mx.sum(x), mx.dot(x, x), mx.dot(x, [1, 2.5, -3]), mx.max(x), mx.min(*x, 0.1), mx.logsumexp(x)],
        (),
        [[[1.0, -2.0, 0.5]], [[3.0, 3.0, 3.0]]],
    ),
    "softmax": (lambda x: mx.softmax(x) + mx.log_softmax(x), (), [[[1.0, -2.0, 0.5]], [[800.0, 0.0, 799.0]]]),
    "an affine row of a bias alone": (lambda x: mx.apply(row("affine"), (x,), ()), (), [[-0.0], [2.0]]),
    "lists of lists": (lambda x: sum(mx.dot(r, r) * k for k, r in enumerate(x)), (), [[[[1.0, 2.0], [3.0, 4.0]]]]),
    "parameters on both sides": (lambda x: W[0] * x + x * W[1] - W[2] / x + x**C - C, W, [[1.5], [0.5]]),
    "a graph of parameters": (lambda x: x * penalty(W) + 0.1 * penalty(W) + C * W[0], W, [[1.5]]),
    "parameters alone": (lambda x: penalty(W) / (C + 1), W, [[1.5]]),
    "an unused argument": (lambda x, y: x * 2, W, [[1.5, 2.0]]),
    "a constant": (lambda x: 2.5, W, [[1.5]]),
    "several outputs": (lambda x: (x, 1, W[0], x, W[1] * 2), W, [[1.5]]),
    "no outputs": (lambda x: [], (), [[1.5]]),
    "a net": (NET, NET.parameters(), [[[0.5, -1.0]], [[2.0, 3.0]]]),
    "a net twice": (
        lambda x, y: mx.losses.mse_loss(PAIR([PAIR(x), y]), y) + mx.losses.l2_penalty(PAIR.parameters()),
        PAIR.parameters(),
        [[[0.5, -1.0], 0.25], [[2.0, 3.0], 0.75]],
    ),
    "a net of parameters alone": (lambda x: NET(W[:2])[0] * x + NET([1.0, x])[1], [*NET.parameters(), *W], [[0.5]]),
    "an if": (lambda x: x * 2 if x > 0 else -x, (), [[1.5], [-1.5], [0.0], [NAN]]),
    "comparisons of all kinds": (
        lambda x, y: [1.0 if c else 2.0 for c in (x < y, x <= y, x > y, x >= y, 1 < x, 1 <= y, 2 > x, 2.0 >= y)],
        (),
        [[1.0, 2.0], [2.0, 1.0], [1.0, 1.0], [NAN, 1.0], [INF, -INF], [0.0, -0.0]],
    ),
    "comparisons with parameters": (lambda x: [x if x < W[0] else W[1], 1.0 if W[0] < W[1] else x], W, [[0.5], [1.0]]),
    "and, or, not": (
        lambda x, y: 1.0 if x > 0 and not y > 0 else 2.0 if x > 1 or y > 1 else x,
        (),
        [[1.0, -1.0], [-1.0, 2.0], [-1.0, 1.0], [0.5, 0.5]],
    ),
    "Python's max, min, sorted": (
        lambda x: [max(x), min(x), *sorted(x), abs(x[0])],
        (),
        [[[1.0, -2.0, 0.5]], [[3.0, 3.0, -0.0]], [[0.0, 1.0, 2.0]]],
    ),
    "a loop as long as a row needs": (newton, (), [[2.0], [10.0], [0.01]]),
    "outcomes as numbers": (with_outcomes, (), [[1.0, 2.0], [2.0, 1.0], [-1.0, -1.0]]),
    "where": (
        lambda x: [mx.where(x > 0, x * 2, 3.0), mx.where(x >= 1, 1, x), mx.where(W[0] > x, W[0], W[1])],
        W,
        [[0.5], [-1.0], [1.0], [NAN]],
    ),
    "where of callables": (lambda x: mx.where(x > 0, lambda: mx.log(x), lambda: x * x), (), [[0.5], [-1.0], [0.0]]),
    "where of lists": (lambda x: mx.where(x > 0, [x, 1.0], [2.0, x]), (), [[0.5], [-1.0]]),
    "losses": (
        lambda z, t: [
            mx.losses.binary_cross_entropy_with_logits(z, t),
            mx.losses.hinge_loss(z, 2 * t - 1),
            mx.losses.l1_loss(z, t),
            mx.losses.gaussian_nll_loss(z, t, 0.5),
        ],
        (),
        [[0.5, 1.0], [-3.0, 0.0]],
    ),
    "a soft target": (mx.losses.cross_entropy, (), [[[0.5, 1.0], [0.25, 0.75]]]),
    "forward mode inside": (
        lambda x: list(mx.jvp(lambda u: mx.tanh(u[0] * W[0]) * u[0].relu() ** u[1], [x, 2.0], [1.0, 0.0])),
        W,
        [[0.5], [-1.0]],
    ),
    "forward mode with branches": (
        lambda x: list(mx.jvp(lambda u: mx.max(u) * (u[0] if u[0] > u[1] else u[1] ** 2), [x, C], [1.0, 0.5])),
        W,
        [[0.5], [4.0]],
    ),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", PROGRAMS)
def test_tape_computes_what_values_compute(name: str, strict: bool) -> None:
    """On each row, along the path traced on it, the tape gives the eager result bit for bit, and all guards hold."""
    f, parameters, rows = PROGRAMS[name]
    for arguments in rows:
        found = trace(f, [shape(x) for x in arguments], parameters, example=arguments, strict=strict)
        values, guards = run(found, arguments)
        assert same(values, numbers_of(f(*map(on_values, arguments))))
        assert tuple(guards) == found.expected
        assert len(found.guards) == len(found.expected)
        assert found.single is not isinstance(f(*map(on_values, arguments)), list | tuple)


@pytest.mark.parametrize("name", PROGRAMS)
def test_guards_tell_paths_apart(name: str) -> None:
    """A row whose guards all hold on the path of another has its eager result there too."""
    f, parameters, rows = PROGRAMS[name]
    for example in rows:
        found = trace(f, [shape(x) for x in example], parameters, example=example)
        for arguments in rows:
            values, guards = run(found, arguments)
            if tuple(guards) == found.expected:
                assert same(values, numbers_of(f(*map(on_values, arguments))))


def test_an_outcome_that_is_not_guarded_is_noticed() -> None:
    """The test above can fail: without its guards a path gives another row the wrong result."""
    f, _, _ = PROGRAMS["an if"]
    found = trace(f, [()], example=[1.5])
    assert run(found, [-1.5]) == ([-3.0], [False])
    assert numbers_of(f(Value(-1.5))) == [1.5]


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    """Random programs over the whole table give the eager numbers, traced, or recorded first."""
    program = random_program(random.Random(seed))
    inputs = [Value(x) for x in program.inputs]
    outputs = program.run(inputs)
    expected = [v.data for v in outputs]
    for found in (
        trace(program.run, [(len(inputs),)], example=[list(program.inputs)]),
        record_graph(outputs, [inputs]),
    ):
        assert same(run(found, [list(program.inputs)])[0], expected)


def test_nodes_are_as_few_as_eager_ones() -> None:
    """A trace has one node for each eager one, for each leaf, and for each constant that differs in bits."""
    for f in (
        lambda x: (x * 2 + 2.0) * 2 - 0.0 * x + -0.0,
        lambda x: mx.dot([x, x, 3.0], [1.0, 2, x]) ** 2 + penalty(W),
    ):
        eager = nodes(f(Value(1.5)))
        found = trace(f, [()], W, example=[1.5])
        constants = int((found.tape.op == CONSTANT).sum())
        computed = [v for v in eager if v._primitive is not None]
        assert len(found.tape) - constants == len(computed) + len(W) + 1
        numbers = found.tape.number[found.tape.op == CONSTANT]
        assert len({x.tobytes() for x in numbers}) == constants


def test_sums_of_products() -> None:
    """add, sub, mul, neg, pos, sum, dot and affine become sums of products, terms in order, all else rows."""

    def f(x: Any, y: Any) -> Any:
        affine = mx.apply(row("affine"), (x, y, 3.0), (y, x))
        return [x + y, x - y, x * y, -x, +x, mx.sum([x, y, x]), mx.dot([x, y], [y, y]), affine, x / y]

    found = trace(f, [(), ()])
    tape = found.tape
    terms = [
        [(int(tape.left[t]), int(tape.right[t]), float(tape.sign[t])) for t in range(tape.start[v], tape.start[v + 1])]
        for v in tape.outputs["values"]
    ]
    three = int(np.flatnonzero(tape.op == CONSTANT)[0])
    assert terms == [
        [(0, NONE, 1.0), (1, NONE, 1.0)],
        [(0, NONE, 1.0), (1, NONE, -1.0)],
        [(0, 1, 1.0)],
        [(0, NONE, -1.0)],
        [(0, NONE, 1.0)],
        [(0, NONE, 1.0), (1, NONE, 1.0), (0, NONE, 1.0)],
        [(0, 1, 1.0), (1, 1, 1.0)],
        [(0, 1, 1.0), (1, 0, 1.0), (three, NONE, 1.0)],
        [(0, NONE, 1.0), (1, NONE, 1.0)],
    ]
    assert tape.op[tape.outputs["values"]].tolist() == [SUM] * 8 + [code(row("div"))]
    assert not tape.split.any()
    assert np.array_equal(tape.twin, np.arange(len(tape)))


# Guards


def test_guards_read_as_written() -> None:
    """A guard is told in the user's names, as it was written, each comparison once, in the order in which they came."""

    def f(x: Any, y: Any) -> Any:
        z = x[0] * x[1] - y / 2
        z.label = "z"
        for _ in range(3):
            again = +z if z > 0 and x[0] <= 1 else -z
        s = mx.sum(x) + W[0]
        return again if 3 > s else z if mx.tanh(s) ** 2 >= mx.max([y, 1.0, 2.0, 3.0, 4.0]) else z if W[0] < y else -z

    found = trace(f, [(2,), ()], W, example=[[1.0, 4.0], -1.0])
    assert found.guards == (
        "z > 0.0",
        "x[0] <= 1.0",
        "x[0] + x[1] + w0 < 3.0",
        "tanh(x[0] + x[1] + w0)**2.0 >= max(y, 1.0, …, 4.0)",
        "w0 < y",
    )
    assert found.expected == (True, True, False, False, False)


@pytest.mark.parametrize("strict", [False, True])
def test_where_is_a_select_and_needs_no_guard(strict: bool) -> None:
    """`where` between numbers is one node; under strict, with callables, and of anything else it is a guard."""
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
        assert (selects, len(found.guards)) == ((1, 0) if is_select and not strict else (0, 1))


def test_rows_that_choose_need_no_guard() -> None:
    """max, relu, abs and their like are rows, without a guard, and so without an example."""
    found = trace(lambda x: mx.max(x.relu(), abs(x), mx.min(x, 1.0), x.step(), mx.sign(x)), [()])
    assert found.guards == ()


def test_a_comparison_that_nobody_asks_is_no_guard() -> None:
    """A comparison whose truth is not used leaves no guard."""

    def f(x: Any) -> Any:
        x > 0  # noqa: B015
        return x

    assert trace(f, [()], example=[1.0]).guards == ()


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


# Refused


def set_data(x: Any) -> None:
    x.data = 3.0


REFUSED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("float(v)", lambda x: float(x), r"mx\.exp\(v\) and the like, not math\.exp\(v\).*mx\.where"),
    ("int(v)", lambda x: int(x), "indices="),
    ("complex(v)", lambda x: complex(x), "real numbers"),
    ("float(v)", lambda x: math.exp(x), r"not math\.exp"),
    ("float(v)", lambda x: math.isnan(x), r"not math\.exp"),
    ("truth of v", lambda x: 1 if x else 2, "compare it, as in v > 0"),
    ("truth of v", lambda x: mx.where(x, 1.0, 2.0), "compare it, as in v > 0"),
    ("use as an index", lambda x: [1, 2][x], r"mx\.lookup\(table, i\)"),
    ("use as an index", lambda x: list(range(x)), r"range\(len\(x\)\)"),
    ("use as an index", lambda x: "a" * x, r"mx\.lookup"),
    ("round(v)", lambda x: round(x), "no derivative"),
    ("round(v)", lambda x: round(x, 2), "no derivative"),
    ("math.floor(v)", lambda x: math.floor(x), "no derivative"),
    ("math.ceil(v)", lambda x: math.ceil(x), "no derivative"),
    ("math.trunc(v)", lambda x: math.trunc(x), "no derivative"),
    ("v.data", lambda x: x.data, r"compute with v itself, or with mx\.detach\(v\)"),
    ("v.data", set_data, "compute with v itself"),
    ("v.grad", lambda x: x.grad, r"program\.gradients"),
    ("v.backward()", lambda x: x.backward(), r"program\.value_and_grad"),
    ("v.backward()", lambda x: x.backward(2.0), r"program\.value_and_grad"),
    ("v.operands", lambda x: x.operands, "on Values"),
    ("a copy or pickle of v", lambda x: copy.deepcopy(x), "compute it again"),
    ("a copy or pickle of v", lambda x: pickle.dumps(x), "compute it again"),
]


@pytest.mark.parametrize(("what", "f", "way_out"), REFUSED)
def test_what_would_freeze_a_number_is_refused(what: str, f: Callable[[Any], Any], way_out: str) -> None:
    """TraceError says what was done, at which file and line of the user, to which number, and what to write instead."""

    def caller(x: Any) -> Any:
        return f(x)

    line = f.__code__.co_firstlineno + (f.__name__ == "set_data")
    with pytest.raises(TraceError, match=way_out) as caught:
        trace(caller, [()], example=[1.0])
    message = str(caught.value)
    assert message.startswith(f"{what} at {HERE}:{line}: Traced(x) is a number of a trace")


def test_the_line_is_the_users() -> None:
    """The line in a TraceError is the user's also where it is our own code that asks for the number."""
    with pytest.raises(
        TraceError, match=rf"truth of v at {HERE}:{test_the_line_is_the_users.__code__.co_firstlineno + 4}"
    ):
        trace(lambda x:
              mx.where(x, 1.0, 2.0), [()])  # fmt: skip


MISTAKES: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda x: None, TypeError, "not None of type NoneType; is a return missing"),
    (lambda x: "x", TypeError, "not 'x'"),
    (lambda x: x > 0, TypeError, "not Condition"),
    (lambda x: [[x]], ShapeError, "not a list of lists"),
    (lambda x: x + "a", TypeError, "unsupported operand"),
    (lambda x: x * True, TypeError, "not True of type bool"),
    (lambda x: x * np.ones(2), TypeError, "lists of Values and loops over single numbers"),
    (lambda x: np.ones(2) * x, TypeError, "lists of Values and loops over single numbers"),
    (lambda x: Value(x), TypeError, r"not Traced\(x\) of type Traced; it is a number already; write \+v"),
    (lambda x: mx.sum([x, "a"]), TypeError, "not 'a' of type str"),
    (lambda x: mx.pow(x, None), TypeError, "not None of type NoneType"),
    (lambda x: x % 2, TypeError, "unsupported operand"),
    (lambda x: setattr(x, "label", 3), TypeError, "a label is a string, not 3"),
    (lambda x: mx.apply(CUBE, x), TraceError, r"<primitive cube>, …\) at test_trace.py:\d+: only rows of the table"),
    (lambda x: mx.apply(CUBE, W[0]) * x, TraceError, "only rows of the table compile"),
    (lambda x: mx.losses.cross_entropy([x, x], x), ValueError, "name its argument in indices="),
    (lambda x: mx.lookup([1.0], x), TypeError, "takes it as an argument named in indices="),
    (lambda x: math.log(W[0]), TypeError, "would lose its graph"),
    (lambda x: mx.nn.Neuron(2)(x), ShapeError, r"not the single Traced\(x\)"),
]
CUBE = mx.Primitive("cube", "x³", "", ((-1.0, 1.0),), lambda m, x: x * x * x, (lambda m, z, x: 3.0 * x * x,))


@pytest.mark.parametrize(("f", "error", "message"), MISTAKES)
def test_mistakes(f: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    """Other mistakes raise what they raise on Values, or say what does not compile."""
    with pytest.raises(error, match=message):
        trace(f, [()], W, example=[1.0])


def test_parameters_are_checked() -> None:
    """Parameters are Values, leaves, and each is given once."""
    for wrong, error, message in (
        ([W[0] * 2], ValueError, "has been computed"),
        ([1.0], TypeError, "not 1.0"),
        ([W[0], W[1], W[0]], ValueError, r"Value\(0.75.*given twice"),
    ):
        with pytest.raises(error, match=message):
            trace(lambda x: x, [()], wrong)


def test_a_comparison_needs_an_example() -> None:
    """Without an example, a comparison that decides a branch is an error with the user's line, not a guess."""
    with pytest.raises(TraceError, match=f"a comparison at {HERE}.*no example"):
        trace(lambda x: x if x > 0 else -x, [()])


LEAKS: list[Callable[[Any], Any]] = [
    lambda v: v + 1,
    lambda v: 1 + v,
    lambda v: W[0] * v,
    lambda v: -v,
    lambda v: v.tanh(),
    lambda v: mx.exp(v),
    lambda v: mx.sum([v, 1.0]),
    lambda v: v > 0,
    lambda v: W[0] < v,
    lambda v: setattr(v, "label", "z"),
    lambda v: NET([v, 1.0]),
]


@pytest.mark.parametrize("leak", LEAKS)
def test_leaked_numbers_are_refused(leak: Callable[[Any], Any]) -> None:
    """A traced number used after its trace, in another one, or in another thread raises TraceError."""
    kept: list[Any] = []
    message = r"Traced\(x\) at .*: a traced number lives no longer than its trace, and in its thread"

    def keep(x: Any) -> Any:
        kept.append(x)
        return x

    def in_a_thread(x: Any) -> Any:
        errors: list[BaseException] = []

        def work() -> None:
            try:
                leak(x)
            except TraceError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        raise errors[0]

    trace(keep, [()])
    with pytest.raises(TraceError, match=message):
        leak(kept[0])
    with pytest.raises(TraceError, match=message):
        trace(lambda y: y * 1.0 + leak(kept[0]), [()])
    with pytest.raises(TraceError, match=message):
        trace(in_a_thread, [()])
    assert repr(kept[0]) == "Traced(x)"


def test_numbers_of_two_traces_do_not_mix() -> None:
    """A number of an outer trace is refused in an inner one, also beside a number of that."""
    with pytest.raises(TraceError, match="lives no longer than its trace"):
        trace(lambda x: trace(lambda y: x * y, [()]), [()])
    with pytest.raises(TraceError, match="lives no longer than its trace"):
        trace(lambda x: trace(lambda y: y * x, [()]), [()])


def test_leaked_conditions_are_refused() -> None:
    """A condition of a trace that has ended decides nothing."""
    kept: list[Any] = []
    trace(lambda x: kept.append(x > 0) or x, [()], example=[1.0])
    for leak in (bool, lambda c: mx.where(c, 1.0, 2.0)):
        with pytest.raises(TraceError, match="lives no longer"):
            leak(kept[0])


def test_equality_is_identity() -> None:
    """As for Values, `==` on traced numbers is identity, `in` finds the very number, and hashing works."""

    def f(x: Any, y: Any) -> Any:
        assert x == x
        assert x != y
        assert x != 1.0
        assert x in [y, x]
        assert {x: 1, y: 2}[y] == 2
        return x

    assert trace(f, [(), ()], example=[1.0, 1.0]).guards == ()


def test_traced_numbers_have_all_methods() -> None:
    """Whatever may be written with a Value, or with other kinds of numbers, may be written with a traced one."""
    written = {name for name, x in vars(Operators).items() if callable(x)}
    assert written <= set(dir(Traced))
    assert {name for name in vars(Value) if not name.startswith("_")} <= set(dir(Traced))


# Names, columns, leaves


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


# Blocks


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
        from microgradx.tracing import AT_WORK

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
    """A recorded graph has the blocks of its Values: one of a layer's inputs for all its neurons, one for each neuron."""
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


# Graphs that are recorded already


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


# Run-time integers

TABLE = [Value(0.5), Value(-2.0), Value(3.0), Value(4.0)]
ROWS_OF_TABLE = [[Value(float(10 * i + j)) for j in range(2)] for i in range(3)]


def with_tests(i: Any) -> Any:
    return [1.0 if c else 0.0 for c in (i == 1, i != 1, i < 2, 1 >= i, i in (0, 2), bool(i), i == 2.0, i == 7, i == -1)]


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
        looks_up = any(c.category is not None for c in found.columns)
        assert not (strict and looks_up)


def test_lookup_needs_no_guard() -> None:
    """One trace serves all indices, with one input for each category, created once; under strict there is a guard."""
    found = trace(lambda i: mx.lookup(TABLE, i) * mx.lookup(TABLE, i), [()], TABLE, indices=[0])
    assert found.guards == ()
    assert found.columns == tuple(Column(0, (), j) for j in range(4))
    assert [found.names[i] for i in np.flatnonzero(found.tape.op == INPUT)] == [f"[i = {j}]" for j in range(4)]
    strict = trace(
        lambda i: mx.lookup(TABLE, i) * mx.lookup(TABLE, i), [()], TABLE, indices=[0], example=[2], strict=True
    )
    assert (strict.guards, strict.columns) == (("i == 2.0",), (Column(0),))


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
        assert str(caught.value).startswith(f"{what} at {HERE}:{f.__code__.co_firstlineno}: TracedIndex(i)")


def test_lookup_mistakes_in_a_trace() -> None:
    """What cannot be looked up at run time says so."""
    with pytest.raises(ShapeError, match=r"need one length, not \[1, 2\]"):
        trace(lambda i: mx.lookup([[1.0], [1.0, 2.0]], i), [()], indices=[0])
    with pytest.raises(IndexError, match="4 entries has the indices 0 to 3, not 4"):
        trace(lambda i: mx.lookup(TABLE, i), [()], indices=[0], example=[4], strict=True)
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
