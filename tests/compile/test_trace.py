"""Tracing: what is recorded is what Values would record, and computes what they compute, along each path."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tape.tape import CONSTANT, NONE, SUM, code
from microgradx.compile.tracing.trace import record_graph, trace
from microgradx.nn import MLP
from microgradx.primitives import row
from microgradx.sweep import nodes

from ..programs import random_program
from .tapes_by_row import numbers_of, on_values, run, same, shape

NAN, INF = math.nan, math.inf

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
        lambda x: [x.abs(), x.exp(), x.expm1(), x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.softplus(), x.gaussian()],
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
        lambda x, y: [1.0 if c else 2.0 for c in (x < y, x <= y, x > y, x >= y, x < 1, 2.0 >= y)],  # noqa: SIM300
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
