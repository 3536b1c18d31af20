"""TRUST's policy at edges, line by line, by every way there is to a derivative; and the special grids."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import DomainError, Value

INF, NAN, TINY = math.inf, math.nan, 5e-324

# An edge: what it is, the function of a list, where, its value, its slopes.
EDGES: list[tuple[str, Callable[[Any], Any], list[float], float, list[float]]] = [
    ("relu at 0", lambda x: mx.relu(x[0]), [0.0], 0.0, [0.0]),
    ("relu at -0", lambda x: mx.relu(x[0]), [-0.0], 0.0, [0.0]),
    ("relu at NaN", lambda x: mx.relu(x[0]), [NAN], NAN, [NAN]),
    ("leaky_relu at 0", lambda x: mx.leaky_relu(x[0], 0.25), [0.0], 0.0, [0.25]),
    ("abs at 0", lambda x: abs(x[0]), [0.0], 0.0, [0.0]),
    ("max of a tie of two", lambda x: mx.max(x[0], x[1]), [2.0, 2.0], 2.0, [0.5, 0.5]),
    ("min of a tie of two", lambda x: mx.min(x[0], x[1]), [2.0, 2.0], 2.0, [0.5, 0.5]),
    ("max of a tie of three", lambda x: mx.max(x), [2.0, 2.0, 1.0, 2.0], 2.0, [1 / 3, 1 / 3, 0.0, 1 / 3]),
    ("min of a tie with a number", lambda x: mx.min(x[0], 2.0), [2.0], 2.0, [0.5]),
    ("max(x, x)", lambda x: mx.max(x[0], x[0]), [3.0], 3.0, [1.0]),
    ("max of 0 and -0", lambda x: mx.max(x), [0.0, -0.0], 0.0, [0.5, 0.5]),
    ("step above 0", lambda x: mx.step(x[0]), [TINY], 1.0, [0.0]),
    ("step at 0", lambda x: mx.step(x[0]), [0.0], 0.0, [0.0]),
    ("step below 0", lambda x: mx.step(x[0]), [-3.0], 0.0, [0.0]),
    ("step at NaN", lambda x: mx.step(x[0]), [NAN], NAN, [0.0]),
    ("x**0 at 0", lambda x: x[0] ** 0, [0.0], 1.0, [0.0]),
    ("x**1 at 0", lambda x: x[0] ** 1, [0.0], 0.0, [1.0]),
    ("x**2 at 0", lambda x: x[0] ** 2, [0.0], 0.0, [0.0]),
    ("x**y at (0, 0)", lambda x: x[0] ** x[1], [0.0, 0.0], 1.0, [0.0, 0.0]),
    ("x**y at (0, 1)", lambda x: x[0] ** x[1], [0.0, 1.0], 0.0, [1.0, 0.0]),
    ("x**y at (0, 2)", lambda x: x[0] ** x[1], [0.0, 2.0], 0.0, [0.0, 0.0]),
    ("negative x, whole y", lambda x: x[0] ** 3, [-2.0], -8.0, [12.0]),
    ("2**y", lambda x: 2 ** x[0], [3.0], 8.0, [8.0 * math.log(2.0)]),
    ("0**y", lambda x: 0 ** x[0], [3.0], 0.0, [0.0]),
    ("x**0.5 at 0", lambda x: x[0] ** 0.5, [0.0], 0.0, [INF]),
    ("sqrt at 0", lambda x: mx.sqrt(x[0]), [0.0], 0.0, [INF]),
    ("tanh at 20", lambda x: mx.tanh(x[0]), [20.0], 1.0, [4.0 * math.exp(-40.0)]),
    ("tanh at -20", lambda x: mx.tanh(x[0]), [-20.0], -1.0, [4.0 * math.exp(-40.0)]),
    ("sigmoid at 40", lambda x: mx.sigmoid(x[0]), [40.0], 1.0, [math.exp(-40.0)]),
    ("sigmoid at -40", lambda x: mx.sigmoid(x[0]), [-40.0], math.exp(-40.0), [math.exp(-40.0)]),
    ("sigmoid at -740", lambda x: mx.sigmoid(x[0]), [-740.0], math.exp(-740.0), [math.exp(-740.0)]),
    ("sigmoid at 800", lambda x: mx.sigmoid(x[0]), [800.0], 1.0, [0.0]),
    ("sigmoid at -800", lambda x: mx.sigmoid(x[0]), [-800.0], 0.0, [0.0]),
    ("softplus at 800", lambda x: mx.softplus(x[0]), [800.0], 800.0, [1.0]),
    ("softplus at -800", lambda x: mx.softplus(x[0]), [-800.0], 0.0, [0.0]),
    ("softplus at -740", lambda x: mx.softplus(x[0]), [-740.0], math.exp(-740.0), [math.exp(-740.0)]),
    ("logsumexp at 800", lambda x: mx.logsumexp(x), [800.0, 800.0], 800.0 + math.log(2.0), [0.5, 0.5]),
    ("logsumexp at ±800", lambda x: mx.logsumexp(x), [800.0, -800.0], 800.0, [1.0, 0.0]),
    ("logsumexp at -800", lambda x: mx.logsumexp(x), [-800.0, -800.0], math.log(2.0) - 800.0, [0.5, 0.5]),
    ("logsumexp of -inf", lambda x: mx.logsumexp([x[0], -INF]), [1.0], 1.0, [1.0]),
    ("softmax at ±800", lambda x: mx.softmax(x)[0], [800.0, -800.0], 1.0, [0.0, 0.0]),
    ("softmax of equals", lambda x: mx.softmax(x)[0], [-800.0, -800.0], 0.5, [0.25, -0.25]),
    ("log_softmax at ±800", lambda x: mx.log_softmax(x)[1], [800.0, -800.0], -1600.0, [-1.0, 1.0]),
    ("where on the safe side", lambda x: mx.where(x[0] > 0, lambda: mx.log(x[0]), 0.0) + x[0], [0.0], 0.0, [1.0]),
    ("where over a pole", lambda x: mx.where(x[0] > 0, mx.sqrt(x[0]), 2 * x[0]), [0.0], 0.0, [2.0]),
    ("max over a pole", lambda x: mx.max(mx.sqrt(x[0]), 1.0), [0.0], 1.0, [NAN]),
    ("a dead pole", lambda x: (mx.sqrt(x[0]), x[0] * 3)[1], [0.0], 0.0, [3.0]),
    ("a pole behind a step", lambda x: mx.sqrt(mx.step(x[0])) + x[0], [0.0], 0.0, [1.0]),
    ("an input not reached", lambda x: x[0] * 2, [1.0, 5.0], 2.0, [2.0, 0.0]),
    ("exp(1000)", lambda x: mx.exp(x[0]), [1000.0], INF, [INF]),
    ("1e200 * 1e200", lambda x: x[0] * x[1], [1e200, 1e200], INF, [1e200, 1e200]),
    ("1e200 ** 2", lambda x: x[0] ** 2, [1e200], INF, [2e200]),
    ("1e308 + 1e308", lambda x: x[0] + x[1], [1e308, 1e308], INF, [1.0, 1.0]),
    ("-1e308 - 1e308", lambda x: x[0] - x[1], [-1e308, 1e308], -INF, [1.0, -1.0]),
    ("1e308 / 1e-10", lambda x: x[0] / x[1], [1e308, 1e-10], INF, [1e10, -INF]),
    ("(-1e200) ** 3", lambda x: x[0] ** 3, [-1e200], -INF, [INF]),
    ("(-inf) ** 0.5", lambda x: x[0] ** 0.5, [-INF], INF, [0.0]),
    ("(-inf) ** -0.5", lambda x: x[0] ** -0.5, [-INF], 0.0, [0.0]),
    ("(-inf) ** -3", lambda x: x[0] ** -3, [-INF], -0.0, [-0.0]),
    ("inf - inf", lambda x: x[0] - x[1], [INF, INF], NAN, [1.0, -1.0]),
    ("0 * inf", lambda x: x[0] * x[1], [0.0, INF], NAN, [INF, 0.0]),
    ("subnormals", lambda x: x[0] * 0.5, [2 * TINY], TINY, [0.5]),
    ("division", lambda x: x[0] / x[1], [1.0, 49.0], 1.0 / 49.0, [1.0 / 49.0, -(1.0 / 49.0) / 49.0]),
]


def same(a: float, b: float) -> bool:
    """Return whether two floats agree to a few ulps; NaN agrees with NaN, and both zeros with each other."""
    return (a != a and b != b) or a == b or (math.isfinite(a) and abs(a - b) <= 4 * 2.0**-52 * abs(b))


def slopes(f: Callable[[Any], Any], x: Sequence[float]) -> dict[str, list[float]]:
    """Return ∂f/∂xᵢ by each way that there is: all must agree."""

    def alone(i: int) -> Callable[[list[Any]], Any]:
        return lambda dual: f([*x[:i], dual[0], *x[i + 1 :]])

    inputs = [Value(xᵢ) for xᵢ in x]
    output = f(inputs)
    found = {"grad": mx.grad(output, inputs)}
    output.backward()
    found["backward"] = [v.grad for v in inputs]
    recorded = mx.grad(output, inputs, create_graph=True)
    found["create_graph"] = [g.data if isinstance(g, Value) else g for g in recorded]
    found["value_and_grad"] = mx.value_and_grad(f)(x)[1]
    found["jvp"] = [mx.jvp(f, x, [float(i == j) for j in range(len(x))])[1] for i in range(len(x))]
    found["jvp of one"] = [mx.jvp(alone(i), [x[i]], [1.0])[1] for i in range(len(x))]
    return found


@pytest.mark.parametrize(("f", "x", "value", "expected"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edge(f: Callable[[Any], Any], x: list[float], value: float, expected: list[float]) -> None:
    """At an edge, value and slopes are as written, the same on floats, Values, in gradient graphs and forward mode."""
    assert same(f([Value(xᵢ) for xᵢ in x]).data, value)
    for way, actual in slopes(f, x).items():
        assert all(map(same, actual, expected)), f"{way}: {actual}, not {expected}"


SECOND = [
    ("x**0 at 0", lambda x: x**0, 0.0, 0.0),
    ("x**1 at 0", lambda x: x**1, 0.0, 0.0),
    ("x**2 at 0", lambda x: x**2, 0.0, 2.0),
    ("x**3 at 0", lambda x: x**3, 0.0, 0.0),
    ("sqrt at 0", mx.sqrt, 0.0, -INF),
    ("x**0.5 at 0", lambda x: x**0.5, 0.0, -INF),
    ("relu at 0", mx.relu, 0.0, 0.0),
    ("abs at 0", mx.abs, 0.0, 0.0),
    ("tanh at 20", mx.tanh, 20.0, -8.0 * math.exp(-40.0)),
    ("softplus at 800", mx.softplus, 800.0, 0.0),
]


@pytest.mark.parametrize(("f", "x", "expected"), [e[1:] for e in SECOND], ids=[e[0] for e in SECOND])
def test_second_derivative_at_an_edge(f: Callable[[Any], Any], x: float, expected: float) -> None:
    """Second derivatives at edges are right by reverse over reverse, forward over reverse and forward over forward."""
    v = Value(x)
    assert same(mx.grad(mx.grad(f(v), v, create_graph=True), v), expected)
    assert same(mx.hessian(lambda u: f(u[0]), [x])[0][0], expected)
    assert same(mx.jvp(lambda u: mx.value_and_grad(lambda w: f(w[0]))(u)[1][0], [x], [1.0])[1], expected)
    assert same(mx.jvp(lambda u: mx.jvp(lambda w: f(w[0]), u, [1.0])[1], [x], [1.0])[1], expected)


@pytest.mark.parametrize("n", range(5))
def test_derivatives_of_every_order_of_a_power_at_0(n: int) -> None:
    """The k-th derivative of xⁿ at 0 is n! for k = n and else 0, never 0·inf or an error, by gradients of gradients."""
    x = Value(0.0)
    y: Any = x**n
    for k in range(7):
        assert (y.data if isinstance(y, Value) else y) == (math.factorial(n) if k == n else 0.0)
        y = mx.grad(y, x, create_graph=True) if isinstance(y, Value) else 0.0


DOMAIN_ERRORS = [
    (lambda v: mx.log(v), 0.0, r"log\(0.0\) at 'v': a real logarithm needs x > 0; write log"),
    (lambda v: mx.log(v), -2.0, r"log\(-2.0\) at 'v': a real logarithm needs x > 0; write log\(max\(x, 1e-12\)\) or"),
    (lambda v: mx.log(v), -INF, r"log\(-inf\) at 'v'"),
    (lambda v: mx.log1p(v), -1.0, r"log1p\(-1.0\) at 'v': a real log1p needs x > -1"),
    (lambda v: mx.sqrt(v), -TINY, r"sqrt\(-5e-324\) at 'v': a real square root needs x >= 0"),
    (lambda v: 1 / v, 0.0, r"div\(1.0, 0.0\) at 'v': a divisor must not be 0; write where"),
    (lambda v: v / -0.0, 1.0, r"div\(1.0, -0.0\) at 'v'"),
    (lambda v: v / v, 0.0, r"div\(0.0, 0.0\) at 'v', 'v'"),
    (lambda v: v**-1, 0.0, r"pow\(0.0, -1.0\) at 'v': a real power needs x > 0, or x = 0 with y >= 0, or a whole y"),
    (lambda v: v ** (1 / 3), -8.0, r"pow\(-8.0, 0.333\d*\) at 'v': .* write max\(abs\(x\), 1e-12\)\*\*y or"),
    (lambda v: (-8.0) ** v, 0.5, r"pow\(-8.0, 0.5\) at 'v'"),
    (lambda v: (v * 2).log(), -1.0, r"log\(-2.0\) at '\*'"),
]


@pytest.mark.parametrize(("f", "x", "message"), DOMAIN_ERRORS, ids=[e[2][:16] for e in DOMAIN_ERRORS])
def test_outside_the_domain(f: Callable[[Any], Any], x: float, message: str) -> None:
    """Outside its real domain an operation raises when it is recorded, and names itself, the node and the way out."""
    for error in (DomainError, ValueError, ArithmeticError):
        with pytest.raises(error, match=message):
            f(Value(x, label="v"))
    with pytest.raises(DomainError):
        mx.jvp(lambda u: f(u[0]), [x], [1.0])


def test_plain_numbers_follow_the_same_policy() -> None:
    """The functions on floats overflow to inf and refuse what lies outside their domain, as on Values."""
    assert (mx.exp(1000.0), mx.expm1(1000), mx.pow(1e200, 2), mx.pow(-1e200, 3)) == (INF, INF, INF, -INF)
    assert math.isnan(mx.sin(INF))
    for refused in (lambda: mx.log(0.0), lambda: mx.sqrt(-1), lambda: mx.pow(0.0, -1), lambda: mx.pow(-8.0, 1 / 3)):
        with pytest.raises(DomainError, match=r"needs x"):
            refused()


def test_where_evaluates_only_the_branch_taken() -> None:
    """A callable branch of where is called only if it is taken; values are passed through."""
    calls = []
    x = Value(-1.0)
    taken = mx.where(x > 0, lambda: calls.append("yes"), lambda: -x)
    assert (taken.data, calls) == (1.0, [])
    assert mx.where(True, 2.0, lambda: calls.append("no")) == 2.0
    assert mx.where(np.float64(3.0) > 0, x, 0.0) is x
    assert calls == []


def test_division_is_a_real_division() -> None:
    """x / y has the bits of Python's, by Value, by number, and reflected, and so have the other operators."""
    rng = random.Random(0)
    for _ in range(1000):
        x, y = rng.uniform(-9.0, 9.0) * 10.0 ** rng.randint(-200, 200), rng.uniform(0.1, 9.0)
        for operate in (operator.add, operator.sub, operator.mul, operator.truediv):
            expected = operate(x, y)
            assert (
                operate(Value(x), Value(y)).data == operate(Value(x), y).data == operate(x, Value(y)).data == expected
            )
