"""Gradient checks pass what is right, fail what is wrong, and say which in a short report."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

import microgradx as mx
from microgradx import ShapeError, Value
from microgradx.calculus import value_and_grad
from microgradx.check import check_gradients
from microgradx.check.report import MOST_ROWS, relative_error
from microgradx.nn import MLP

Function = Callable[[list[Any]], Any]


def logistic(p: list[Any]) -> Any:
    """L = ½(σ(wx + b) − t)² + ½λw² (CSC 311, lecture 4)."""
    w, b = p
    return (mx.sigmoid(w * 2.0 + b) - 1.0) ** 2 / 2 + 0.1 * w**2 / 2


def cross_entropy(z: list[Any]) -> Any:
    """−log softmax(z)₁."""
    return -mx.log_softmax(z)[1]


def rosenbrock(x: list[Any]) -> Any:
    """The banana function of any number of variables."""
    return mx.sum([(1 - a) ** 2 + 100 * (b - a**2) ** 2 for a, b in pairwise(x)])


def real_only(f: Function) -> Function:
    """Return f in a form that does not run on complex numbers, so that differences alone decide."""
    return lambda x: f(x) + 0.0 * x[0].data


SMOOTH: dict[str, tuple[Function, list[float]]] = {
    "logistic least squares": (logistic, [0.5, -1.5]),
    "cross entropy": (cross_entropy, [0.3, -1.2, 2.0]),
    "cross entropy in saturation": (cross_entropy, [3.0, -40.0, 2.0]),
    "rosenbrock": (rosenbrock, [-1.2, 1.0, 0.5, 2.0]),
    "every scale": (lambda x: x[0] * x[1] * x[2], [1e-6, 1.0, 1e6]),
    "tiny logarithm": (lambda x: mx.log(x[0]), [1e-8]),
    "near a pole": (lambda x: 1 / x[0], [1e-5]),
    "fast oscillation": (lambda x: mx.sin(1000.0 * x[0]), [0.3]),
    "far away": (lambda x: mx.sin(x[0]), [1e6]),
    "beside a kink": (lambda x: mx.relu(x[0]) * 3.0 + mx.abs(x[1]), [1e-5, -1e-5]),
    "powers": (lambda x: x[0] ** x[1] + x[1] ** -2, [1.7, 2.3]),
    "negative base": (lambda x: x[0] ** 3 + x[0] ** 101, [-1.1]),
    "hyperbolic": (lambda x: mx.tanh(x[0]) * mx.gaussian(x[1]) + mx.softplus(x[0]), [0.7, -0.2]),
    "exp1m and log1p": (lambda x: mx.expm1(x[0]) * mx.log1p(x[1]), [1e-3, -0.5]),
}


@pytest.mark.parametrize(("f", "x"), SMOOTH.values(), ids=SMOOTH.keys())
def test_right_gradients_pass(f: Function, x: list[float]) -> None:
    """Backprop agrees with two-sided differences to 1e-6, and with a complex step to 1e-12."""
    report = check_gradients(f, x)
    report.assert_ok()
    assert report.max_error < 1e-12
    assert all(row.complex_step is not None and not row.kink for row in report.rows)
    differences = check_gradients(real_only(f), x)
    differences.assert_ok()
    assert all(row.complex_step is None for row in differences.rows)


@pytest.mark.parametrize("wrap", [real_only, lambda f: f], ids=["differences", "complex step"])
@pytest.mark.parametrize(("f", "x"), SMOOTH.values(), ids=SMOOTH.keys())
def test_a_gradient_wrong_by_a_twentieth_of_a_percent_fails(f: Function, x: list[float], wrap: Any) -> None:
    """The checker can fail: each component, made 0.05 % too large, is reported wrong, and no other is."""
    gradient = value_and_grad(f)(x)[1]
    for i in range(len(x)):
        wrong = [g * (1.0005 if j == i else 1.0) for j, g in enumerate(gradient)]
        report = check_gradients(wrap(f), x, gradient=wrong)
        if abs(gradient[i]) > 1e-9:
            assert [row.ok for row in report.rows] == [j != i for j in range(len(x))]
            with pytest.raises(AssertionError, match="WRONG"):
                report.assert_ok()


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.5, 2.0])
def test_the_common_mistakes_fail(factor: float) -> None:
    """A gradient that is zero, has the wrong sign, or is off by a factor of two is reported wrong."""
    gradient = value_and_grad(logistic)([0.5, -1.5])[1]
    report = check_gradients(logistic, [0.5, -1.5], gradient=[factor * g for g in gradient])
    assert not any(row.ok for row in report.rows)


def test_a_network_passes() -> None:
    """An MLP with every smooth activation is right by its inputs, on complex numbers too."""
    model = MLP(3, [4, 4, 1], activation="tanh", output="sigmoid", seed=3)
    report = check_gradients(model, [0.3, -0.2, 0.8])
    report.assert_ok()
    assert all(row.complex_step is not None for row in report.rows)


def test_random_programs_pass() -> None:
    """Random compositions of smooth operations pass, whatever their scale."""
    rng = random.Random(0)
    unary = [mx.tanh, mx.sigmoid, mx.sin, mx.gaussian, mx.softplus, lambda v: mx.exp(mx.sin(v))]
    for _ in range(40):
        plan = [(rng.choice(unary), rng.randrange(3), rng.uniform(-2, 2)) for _ in range(8)]

        def program(x: list[Any], plan: Any = plan) -> Any:
            values = list(x)
            for f, back, scale in plan:
                values.append(f(values[-1] * scale + values[-1 - back]))
            return mx.sum(values)

        check_gradients(program, [rng.uniform(-2, 2) for _ in range(3)]).assert_ok()


def test_values_in_the_function_are_constants() -> None:
    """A function that uses Values of its own, parameters say, is checked by its arguments alone."""
    w = Value(3.0, "w")
    report = check_gradients(lambda x: w * x[0] ** 2, [2.0])
    assert report.rows[0].complex_step == report.rows[0].backprop == 12.0
    assert w.grad == 0.0


def test_a_given_gradient_may_be_a_function() -> None:
    """A hand-written gradient is checked as a list or as a function of x, and must have one component an input."""
    assert check_gradients(logistic, [0.5, -1.5], gradient=lambda x: value_and_grad(logistic)(x)[1]).ok
    with pytest.raises(ShapeError, match="1 components for 2 inputs"):
        check_gradients(logistic, [0.5, -1.5], gradient=[1.0])


def test_no_inputs_are_right() -> None:
    """A function of nothing has nothing to be wrong."""
    report = check_gradients(lambda x: 3.0, [])
    assert report.ok
    assert report.max_error == 0.0


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_value_that_is_not_finite_is_never_right(value: float) -> None:
    """Where f(x) is inf or NaN nothing can be checked, and the report says so."""
    report = check_gradients(lambda x: x[0] * value, [1.0])
    assert not report.ok
    assert math.isnan(report.max_error)
    assert f"f(x) is {value!r}" in str(report)


def test_wrong_arguments_are_explained() -> None:
    """Infinite inputs, a single number, several outputs, no number, and chance are refused by name."""
    with pytest.raises(ValueError, match=r"x\[1\] is inf"):
        check_gradients(logistic, [0.0, math.inf])
    with pytest.raises(TypeError, match=r"write \[2.0\]"):
        check_gradients(logistic, 2.0)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(ShapeError, match="returns one number, not a list of 2"):
        check_gradients(lambda x: [x[0], x[0]], [1.0])
    with pytest.raises(TypeError, match="None"):
        check_gradients(lambda x: None, [1.0])
    rng = random.Random(0)
    with pytest.raises(ValueError, match="without chance"):
        check_gradients(lambda x: x[0] * rng.random(), [1.0])


def test_relative_error_is_that_of_the_lectures() -> None:
    """|a − b| / (|a| + |b|): 0 against 0 is 0, opposite signs give 1, large numbers do not overflow, NaN stays."""
    assert relative_error(0.0, 0.0) == relative_error(math.inf, math.inf) == 0.0
    assert relative_error(1.0, 3.0) == 0.5
    assert relative_error(2.0, -2.0) == relative_error(5e-324, 0.0) == relative_error(1.0, math.inf) == 1.0
    assert relative_error(1.5e308, 0.5e308) == pytest.approx(0.5)
    assert math.isnan(relative_error(math.nan, math.inf))


def test_a_report_prints_in_a_terminal() -> None:
    """The text fits a hundred columns, names every column, and says what is wrong."""
    report = check_gradients(logistic, [0.5, -1.5], gradient=[-0.2, -1.1e-5])
    text = str(report)
    assert text == repr(report)
    assert max(map(len, text.splitlines())) <= 100
    for word in ("0 of 2 right", "given", "left slope", "right slope", "two-sided", "complex step", "WRONG"):
        assert word in text
    assert not report


def test_a_long_report_is_shortened_and_keeps_what_is_wrong() -> None:
    """Of many rows those that fail and the worst others are printed; `rows` holds all."""
    x = [float(i) for i in range(100)]
    report = check_gradients(lambda v: mx.dot(v, v), x, gradient=[2 * i + (i == 70) for i in x])
    text = str(report)
    assert len(report.rows) == 100
    assert "x[70]" in text
    assert text.count("\n") == MOST_ROWS + 2
    assert "60 more rows, all of them right" in text


@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (lambda x: mx.detach(x[0]) * x[0] + x[1] ** 2, (3.0, 6.0)),
        (lambda x: mx.detach(mx.exp(x[0]) * x[1]) + 0 * x[0], (0.0, 2 * math.exp(3.0))),
        (lambda x: (x[0] - mx.detach(mx.max(x))) ** 2 * x[1], (0.0, 0.0)),
    ],
)
def test_what_is_detached_is_held_for_differences(f: Function, slopes: tuple[float, float]) -> None:
    """Backprop takes detach(v) for a constant; a row that differences alone call wrong says so, and is right."""
    report = check_gradients(f, [3.0, 2.0])
    assert report.ok, str(report)
    row = report.rows[0]
    assert row.backprop == slopes[0]
    told = f"with what detach gives held; else the slope is {slopes[1]:.7g}"
    assert row.remark == (told if slopes[0] != slopes[1] else "")


def test_detach_excuses_no_wrong_gradient() -> None:
    """A gradient that is neither that of f nor that with detached numbers held is WRONG, by the slopes of f."""
    report = check_gradients(lambda x: mx.detach(x[0]) * x[0], [3.0], gradient=[4.0])
    assert not report.ok
    assert report.rows[0].two_sided == pytest.approx(6.0)
    assert check_gradients(lambda x: mx.detach(x[0]) * x[0], [3.0], gradient=[6.0]).ok


def test_inputs_are_called_by_their_labels() -> None:
    """Values among the inputs lend the report their labels, and one-sided slopes are said to be left and right."""
    report = check_gradients(lambda x: mx.relu(x[0]) * x[1], [Value(0.0, "w"), 2.0])
    assert [row.cells[:4] for row in report.rows] == [("w", "0", "0", "2"), ("x[1]", "0", "0", "0")]
    assert report.header[2:4] == ("left slope", "right slope")
