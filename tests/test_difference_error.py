"""`difference_error` measures the error of differences over the step, and predicts its least."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from matplotlib.figure import Figure

import microgradx as mx

SMOOTH: tuple[tuple[Callable[[Any], Any], float], ...] = (
    (mx.exp, 1.0),
    (mx.sin, 0.7),
    (lambda x: x**3 - 2 * x, 1.3),
    (mx.sigmoid, 0.4),
    (lambda x: mx.log(x) / x, 2.0),
    (lambda x: 1000 * mx.tanh(x), -0.6),
)


@pytest.mark.parametrize(("f", "x"), SMOOTH)
def test_the_prediction_holds(f: Callable[[Any], Any], x: float) -> None:
    """Near each end of the U the error is as predicted: a line of slope 1 or 2 at the right, below ε/h at the left."""
    found = mx.difference_error(f, x)
    for side, order in ((found.one_sided, 1), (found.two_sided, 2)):
        slope = abs(found.second) / 2 if order == 1 else abs(found.third) / 6
        for h, error in zip(found.steps, side.errors, strict=True):
            if 100 * side.predicted_h < h < 0.02:
                assert error == pytest.approx(slope * h**order, rel=0.2)
            if 1e-15 < h < side.predicted_h / 100:
                assert error < 4 * 2.0**-52 * (abs(found.value) + abs(x * found.derivative)) / (order * h) * 2
        assert side.best_error <= 2 * side.predicted_error
        assert 1e-3 < side.best_h / side.predicted_h < 1e3


def test_derivatives_are_those_of_the_function() -> None:
    """f′, f″ and f‴ are those of backprop, three times over."""
    found = mx.difference_error(lambda x: x**4, 2.0)
    assert (found.derivative, found.second, found.third) == (32.0, 48.0, 48.0)


def test_two_sided_is_better() -> None:
    """The best two-sided difference is far better than the best one-sided one, at a larger step."""
    found = mx.difference_error(mx.exp, 1.0)
    assert found.two_sided.best_error < 0.1 * found.one_sided.best_error
    assert found.two_sided.predicted_h > found.one_sided.predicted_h


def test_a_step_of_1e_10_is_too_small() -> None:
    """The step 1e-10, which lectures name, is worse than the best one."""
    found = mx.difference_error(mx.exp, 1.0)
    errors = dict(zip((round(math.log10(h), 2) for h in found.steps), found.one_sided.errors, strict=True))
    assert errors[-10] > 10 * found.one_sided.best_error


@pytest.mark.parametrize(("f", "x"), [(mx.relu, 0.0), (mx.abs, 0.0), (lambda x: mx.max(x, 2 * x), 0.0)])
def test_a_kink_is_told(f: Callable[[Any], Any], x: float) -> None:
    """At a kink no step is good, which is said; for smooth functions it is not."""
    assert "kink" in str(mx.difference_error(f, x))
    assert "kink" not in str(mx.difference_error(mx.exp, 1.0))
    assert "kink" not in str(mx.difference_error(mx.relu, 1.0))


@pytest.mark.parametrize(
    ("f", "x"), [(lambda x: x * x, 1e10), (lambda x: x * x, 5e9), (lambda x: x * x, 1e12), (lambda x: 3 * x, 1e17)]
)
def test_steps_that_do_not_move_x_are_left_out(f: Callable[[Any], Any], x: float) -> None:
    """At large x small steps are lost in x + h, which is said, and is no kink of a smooth function."""
    found = mx.difference_error(f, x)
    for h, one, two in zip(found.steps, found.one_sided.errors, found.two_sided.errors, strict=True):
        assert math.isnan(one) == math.isnan(two) == (x + h == x or x - h == x)
    told = " ".join(str(found).split())
    assert "kink" not in told
    assert "x + h = x" in told
    assert "are left out: they do not move x" in told
    assert ("no step gives a number" in told) == (x == 1e17)


def test_a_kink_at_a_large_x_is_told() -> None:
    """A kink is told at large x too, where most steps are left out; so is a jump of the slope beside curvature."""
    assert "kink" in str(mx.difference_error(lambda x: mx.abs(x - 1e10), 1e10))
    assert "kink" in str(mx.difference_error(lambda x: mx.max(x * x, x), 1.0))


def test_of_a_line_nothing_is_cut_off() -> None:
    """For a line and a parabola the larger step is the better, and the report says so."""
    line = mx.difference_error(lambda x: 3 * x + 1, 0.7)
    assert math.isinf(line.one_sided.predicted_h)
    assert "the larger h, the better" in " ".join(str(line).split())
    assert math.isinf(mx.difference_error(lambda x: x * x, 0.7).two_sided.predicted_h)


def test_one_entry_of_a_list() -> None:
    """Of a function of a list one entry is moved."""
    found = mx.difference_error(lambda v: v[0] * v[1] ** 2, [3.0, 2.0], index=1)
    assert (found.x, found.derivative) == (2.0, 12.0)
    assert mx.difference_error(lambda v: v[0] * v[1], [mx.Value(3.0), 2.0]).derivative == 2.0


def test_where_f_is_not_defined() -> None:
    """Steps that leave the domain have no error, and the report says so."""
    found = mx.difference_error(mx.log, 0.5)
    assert math.isnan(found.two_sided.errors[0])
    assert "not defined" in str(found)
    assert "two-sided error" in str(found)
    assert "two-sided error" in found._repr_html_()
    assert found.two_sided.best_error < 1e-8


def test_the_plot() -> None:
    """The plot shows two measured and two predicted curves on the axes that it is given, and returns them."""
    ax = Figure().subplots()
    assert mx.difference_error(mx.exp, 1.0).plot(ax=ax) is ax
    assert len(ax.lines) == 6
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    mx.difference_error(lambda x: 0.0 * x, 1.0).plot(ax=Figure().subplots())


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (lambda: mx.difference_error(3.0, 1.0), TypeError, "function and a point"),  # type: ignore[arg-type]
        (lambda: mx.difference_error(lambda x: 2.0, 1.0), TypeError, "depend on x"),
        (lambda: mx.difference_error(mx.exp, "1"), TypeError, "real"),
        (lambda: mx.difference_error(lambda v: v[0], [1.0], index=1), ValueError, "one of the 1 entries"),
        (lambda: mx.difference_error(mx.log, -1.0), mx.DomainError, "needs x > 0"),
        (lambda: mx.difference_error(lambda x: math.exp(x), 1.0), TypeError, "mx.exp, not math.exp"),
    ],
)
def test_wrong_input_is_explained(call: Callable[[], object], error: type[Exception], reason: str) -> None:
    """A function or point that cannot be used gives an error that says why."""
    with pytest.raises(error, match=reason):
        call()


@pytest.mark.parametrize(("f", "x"), SMOOTH)
def test_single_precision_is_predicted_too(f: Callable[[Any], Any], x: float) -> None:
    """In 32 bits the U lies higher, as predicted with ε = 2⁻²³, and its least misses a relative error of 1e-6."""
    double, single = (mx.difference_error(f, x, precision=name) for name in ("double", "single"))
    for fine, coarse in ((double.one_sided, single.one_sided), (double.two_sided, single.two_sided)):
        assert coarse.best_error > 100 * fine.best_error
        assert coarse.best_error <= 3 * coarse.predicted_error
        assert coarse.predicted_h > 100 * fine.predicted_h
        assert coarse.predicted_error > 1e-6 * abs(single.derivative)


def test_single_precision_rounds_each_operation() -> None:
    """A number of 32 bits goes through operators, blocks and branches, and what is added to it is rounded away."""
    found = mx.difference_error(lambda x: mx.dot([x, 1.0], [x, 1e9]) - 1e9, 1.0, precision="single")
    assert found.two_sided.errors[0] > 1  # in 32 bits, the 1 beside 1e9 is lost
    assert mx.difference_error(lambda x: mx.dot([x, 1.0], [x, 1e9]) - 1e9, 1.0).two_sided.errors[0] < 1e-6
    branch = mx.difference_error(
        lambda x: x**2 if 0 < x <= 9 and 9 >= x > 0 else mx.max(x, 0.0), 0.3, precision="single"
    )
    assert branch.two_sided.best_error < 1e-3
    assert branch.x == pytest.approx(0.3, rel=1e-7)
    assert branch.x != 0.3


def test_both_precisions_share_a_plot() -> None:
    """The errors in 32 bits are drawn beside those in 64, in colours and with names of their own."""
    ax = mx.difference_error(mx.exp, 1.0).plot(ax=Figure().subplots())
    mx.difference_error(mx.exp, 1.0, precision="single").plot(ax=ax)
    names = [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
    assert names == ["one-sided", "two-sided", "one-sided, single precision", "two-sided, single precision"]
    assert len({line.get_color() for line in ax.lines}) == 4


def test_another_precision_is_refused() -> None:
    """A precision that there is none of is named, with those that there are."""
    with pytest.raises(ValueError, match="precision is 'double' or 'single', not 'half'"):
        mx.difference_error(mx.exp, 1.0, precision="half")
