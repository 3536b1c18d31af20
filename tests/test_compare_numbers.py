"""Which numbers are those of backprop: rounding is no mistake, and luck at one point is no proof."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradx as mx
from microgradx import StaleGraphError, Value
from microgradx.check import compare

from .test_compare import regularised_logistic


def test_a_zero_against_zero_has_no_error() -> None:
    """A node through which nothing flows is rightly derived as 0, and wrongly as anything else."""
    x = Value(-2.0, "x")
    L = mx.relu(x) + 3.0
    assert compare(L, {"x": 0}).rows[0].relative_error == 0.0
    assert not compare(L, {"x": 1e-30}).ok


def test_rounding_is_no_mistake() -> None:
    """Where y has come as near to t as floats can, y − t is all rounding, and is not called wrong for it."""
    z = Value(40.0, "z")
    L = mx.softplus(-z)
    y = mx.sigmoid(z)
    report = compare(L, {"z": "y - 1"}, names={"y": y})
    report.assert_ok()
    assert report.rows[0].hand == 0.0 != report.rows[0].backprop
    assert not compare(L, {"z": "y"}, names={"y": y}).ok
    near = Value(35.5, "z")  # 1 − y is a few units in the last place, and log is undefined beyond them
    compare(mx.softplus(-near), {"z": "-exp(log(1 - y))"}, names={"y": mx.sigmoid(near)}).assert_ok()


@pytest.mark.parametrize(
    ("f", "x", "wrong"),
    [
        (lambda x: mx.relu(1 - x), 1.0, lambda x: -3.0 if x < 1 else 7.0),
        (lambda x: mx.relu(x - 1), 1.0, "3*step(x-0.9999999999999999)"),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x >= 2 else 0.0),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x > 2 else 0.0),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x == 2 else 4.0),
        (lambda x: mx.abs(x), 0.0, lambda x: 5.0 if x == 0 else math.copysign(1.0, x)),
    ],
)
def test_a_threshold_is_not_rounding(f: Any, x: float, wrong: Any) -> None:
    """A derivation that jumps at the recorded number is not called right for what it is beyond the jump."""
    assert not compare(f(Value(x, "x")), {"x": wrong}).ok


def test_right_at_one_point_only_is_not_ok() -> None:
    """A formula or a function that is wrong at other points is not ok, though its number is right; a number is."""
    w, x, b, t = Value(0.5, "w"), Value(2.0, "x"), Value(-1.5, "b"), Value(1.0, "t")
    y = mx.sigmoid(w * x + b)
    y.label = "y"
    L = (y - t) ** 2 / 2
    for hand in ("(y-t)*y*(1-y)/2", lambda y, t: (y - t) * y * (1 - y) / 2):
        report = compare(L, {"x": hand, "y": "y - t"})
        assert [row.ok for row in report.rows] == [False, True]
        assert report.max_error == 0.0
        assert report.rows[0].explanation is not None
        assert report.rows[0].explanation.kind == "this point only"
        assert "right here only" in str(report)
        assert ">right here only</td>" in report._repr_html_()
        with pytest.raises(AssertionError, match="right at this point only: with w = "):
            report.assert_ok()
    compare(L, {"x": report.rows[0].hand}).assert_ok()


def test_no_grad_is_read_or_changed() -> None:
    """The comparison needs no backward and leaves every `.grad` as it was."""
    x = Value(2.0, "x")
    L = x**2
    x.grad = 7.0
    assert compare(L, {"x": "2 * x"}).ok
    assert x.grad == 7.0


def test_derivations_use_the_recorded_numbers() -> None:
    """After an optimiser's step the old graph is still compared as it was recorded."""
    x = Value(2.0, "x")
    L = x**2
    x.data = 100.0
    assert compare(L, {"x": "2 * x"}).rows[0].hand == 4.0
    with pytest.raises(StaleGraphError, match=r"2\.0 and with 100\.0"):
        compare(L + x, {"x": "2 * x + 1"})


def test_derivations_can_be_evaluated_at_other_points() -> None:
    """A row keeps its derivation and what its names stand for, for whoever wants to find out what is wrong."""
    variables = regularised_logistic()
    hand = {"z": "(y - t) * pi", "y": lambda y, t, scale=2.0: scale * (y - t), "w": 0.5}
    z, y, w = compare(variables["L_reg"], hand, names=variables).rows
    assert dict(z.derivation.names) == {"y": variables["y"], "t": 1.0}
    assert z.derivation.evaluate({"y": 3.0}) == 2.0 * math.pi
    assert y.derivation.evaluate({"y": 3.0, "t": 0.0}) == 6.0
    assert w.derivation.evaluate() == 0.5
    assert str(z.derivation) == "(y - t) * pi"
    assert str(y.derivation) == "lambda(y, t)"


def test_derivations_may_give_any_real_number() -> None:
    """Whole numbers, Values and functions that compute with captured Values are numbers too."""
    a, b = Value(2.0, "a"), Value(3.0, "b")
    compare(a * b, {a: b, b: lambda: a * 1.0}).assert_ok()
