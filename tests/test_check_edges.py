"""Gradient checks know where a function has no slope, and where differences or complex steps cannot tell."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradx as mx
from microgradx.check import check_gradients
from microgradx.check.complexstep import complex_step

from .test_check import Function, real_only

KINKS: dict[str, tuple[Function, float, float, float]] = {
    "relu": (lambda x: mx.relu(x[0]), 0.0, 0.0, 1.0),
    "abs": (lambda x: mx.abs(x[0]), 0.0, -1.0, 1.0),
    "max": (lambda x: mx.max(x[0], 2.0 * x[0]), 0.0, 1.0, 2.0),
    "leaky relu on a slope": (lambda x: mx.leaky_relu(x[0] - 1.0, 0.1) + 5.0 * x[0], 1.0, 5.1, 6.0),
    "a kink in a curve": (lambda x: mx.relu(x[0]) * mx.exp(x[0]) + 1.0, 0.0, 0.0, 1.0),
    "a small kink in a strong curve": (lambda x: 1e-3 * mx.relu(x[0]) + 100.0 * x[0] ** 2, 0.0, 0.0, 1e-3),
}


@pytest.mark.parametrize(("f", "x", "left", "right"), KINKS.values(), ids=KINKS.keys())
def test_a_kink_is_recognised(f: Function, x: float, left: float, right: float) -> None:
    """At a kink both slopes are reported; backprop's subgradient, or any between, is right, and none outside."""
    (row,) = check_gradients(f, [x]).rows
    assert row.ok
    assert row.kink
    assert row.backward == pytest.approx(left, abs=1e-6)
    assert row.forward == pytest.approx(right, abs=1e-6)
    assert "a kink" in row.remark
    assert check_gradients(f, [x], gradient=[(left + right) / 2]).ok
    for outside in (left - 0.01, right + 0.01, math.nan, math.inf):
        assert not check_gradients(f, [x], gradient=[outside]).ok


@pytest.mark.parametrize("f", [lambda x: x[0] ** 4, lambda x: x[0] ** 4 + 1e-6 * x[0], lambda x: x[0] ** 3 + 1.0])
def test_curvature_is_no_kink(f: Function) -> None:
    """One-sided slopes that differ by curvature alone are not taken for a kink."""
    assert not check_gradients(real_only(f), [0.0]).rows[0].kink


@pytest.mark.parametrize(
    ("f", "x", "backward", "forward"),
    [
        (lambda x: mx.step(x[0]), 0.0, 0.0, math.inf),
        (lambda x: mx.step(x[0]) + 100 * x[0], 0.0, 100.0, math.inf),
        (lambda x: mx.sqrt(x[0]), 0.0, None, math.inf),
        (lambda x: mx.sqrt(x[0]) + 100 * x[0], 0.0, None, math.inf),
        (lambda x: mx.sqrt(-x[0]), 0.0, -math.inf, None),
    ],
)
def test_infinite_slopes_are_recognised(f: Function, x: float, backward: float | None, forward: float | None) -> None:
    """At a jump or a vertical tangent backprop is right if it gives one of the sides' slopes."""
    (row,) = check_gradients(f, [x]).rows
    assert row.ok
    assert row.backward == (None if backward is None else pytest.approx(backward, abs=1e-6))
    assert row.forward == forward
    assert not check_gradients(f, [x], gradient=[0.7]).ok


def test_the_end_of_a_domain_is_checked_from_inside() -> None:
    """Where f is defined at one side only, the slope at that side decides."""
    (row,) = check_gradients(lambda x: x[0] * mx.sqrt(x[0]) + 2 * x[0], [0.0], gradient=[2.0]).rows
    assert row.ok
    assert row.backward is None
    assert "defined at the right only" in row.remark
    assert not check_gradients(lambda x: x[0] * mx.sqrt(x[0]) + 2 * x[0], [0.0], gradient=[2.01]).ok


def test_an_isolated_point_has_no_slope() -> None:
    """Where f is undefined at both sides only NaN is right: (−2)**y by y at y = 3."""
    report = check_gradients(lambda x: x[0] ** x[1], [-2.0, 3.0])
    report.assert_ok()
    assert math.isnan(report.rows[1].backprop)
    assert not check_gradients(lambda x: x[0] ** x[1], [-2.0, 3.0], gradient=[12.0, 0.0]).ok


def test_gradients_near_zero_are_not_failed_for_rounding() -> None:
    """A slope that is zero up to rounding passes, and the report says how far it is known."""

    def cancelling(x: list[Any]) -> Any:
        return mx.sum([(x[0] - t) ** 2 for t in (0.1, 0.7, 0.4)])

    for f in (cancelling, real_only(cancelling)):
        check_gradients(f, [0.4]).assert_ok()
        assert not check_gradients(f, [0.4], gradient=[1e-9]).ok
    (row,) = check_gradients(real_only(lambda x: mx.tanh(x[0])), [20.0]).rows
    assert row.ok
    assert "as far as the slope is known" in row.remark


def test_a_complex_step_sees_slopes_that_differences_cannot() -> None:
    """In saturation tanh' is 1.7e-17: 1 − tanh² gives 0, which a complex step finds wrong."""
    assert check_gradients(lambda x: mx.tanh(x[0]), [20.0]).ok
    assert not check_gradients(lambda x: mx.tanh(x[0]), [20.0], gradient=[0.0]).ok


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mx.abs(x[0]),
        lambda x: mx.step(x[0]),
        lambda x: mx.sign(x[0]),
        lambda x: mx.max(x[0], 0.0),
        lambda x: mx.sqrt(x[0]),
        lambda x: x[0] if x[0] > 0 else 2 * x[0],
        lambda x: x[0] ** 0.5,
        lambda x: math.exp(x[0].data),
    ],
)
def test_a_complex_step_refuses_where_branches_meet(f: Function) -> None:
    """Where the real function has no derivative, or f cannot run on complex numbers, there is no complex step."""
    assert complex_step(f, [0.0], 0) is None


@pytest.mark.parametrize(
    ("f", "x", "gradient"),
    [
        (lambda x: math.sin(getattr(x[0], "data", 1.0)), 1.0, None),
        (lambda x: 0 * x[0] + math.sin(getattr(x[0], "data", 1.0)), 1.0, None),
        (lambda x: x[0] + 1e-4 * math.sin(x[0].data * 2**11 * math.pi), 1.0, None),
        (lambda x: x[0] + 1e-4 * math.sin(getattr(x[0], "data", 0.0) * 2**11 * math.pi), 1.0, None),
        (lambda x: mx.where(x[0] > 0, lambda: x[0] * mx.log(x[0]), 0.0), 0.0, [-5.0]),
        (lambda x: mx.where(x[0] > 0, lambda: x[0] * mx.log(x[0]), 0.0), 0.0, [5.0]),
    ],
)
def test_what_only_differences_see_is_wrong(f: Function, x: float, gradient: list[float] | None) -> None:
    """Slopes hidden from the rules, oscillations with the period of a step, and logarithmic growth are found."""
    assert not check_gradients(f, [x], gradient=gradient).ok


def test_a_logarithmic_growth_has_no_slope_at_that_side() -> None:
    """x log x has the slope −∞ at 0, and only the other side's slope is right."""
    (row,) = check_gradients(lambda x: mx.where(x[0] > 0, lambda: x[0] * mx.log(x[0]), 0.0), [0.0]).rows
    assert row.ok
    assert row.backward == 0.0
    assert row.forward == -math.inf


@pytest.mark.parametrize("x", [1e-120, 1e-280, -1e-300, 5e-324, 0.0])
def test_tiny_inputs_pass(x: float) -> None:
    """The step of the smallest numbers keeps its digits, and stays far below them."""
    for f in (lambda v: v[0] * 0.3, lambda v: mx.exp(v[0])):
        check_gradients(f, [x]).assert_ok()
    if x > 0:
        assert complex_step(lambda v: 1e-300 / v[0], [1e-100], 0) == pytest.approx(-1e-100, rel=1e-12)
