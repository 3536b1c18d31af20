"""Program: rows whose numbers are not finite, or outside of a domain, are those of Values."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.rows.eager import Eager
from microgradx.compile.watch.sentinel import Sentinel
from microgradx.errors import DomainError

from .small_net import TARGETS


def risky(x):
    """A function with a domain: log, division, square root."""
    return mx.log(x) + mx.sqrt(x) / (x - 3)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("x", "words"), [(-1.0, r"log\(-1.0\) at 'x'"), (0.0, r"log\(0.0\) at 'x'"), (3.0, "div")])
@pytest.mark.parametrize("method", ["__call__", "gradients", "hessian", "jacobian"])
def test_a_row_outside_of_a_domain_raises_as_values_do(target, x, words, method):
    """The error is that of the engine, with the node, and says which row it was."""
    program = mx.compile(risky, target=target)
    good = [1.0] * 40
    getattr(program, method)(good)
    with pytest.raises(DomainError, match=words) as caught:
        getattr(program, method)([*good, x, *good])
    assert "row 40" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["__call__", "gradients", "hessian", "jacobian"])
def test_a_finite_derivative_outside_of_a_domain_is_no_excuse(target, method):
    """log at −2 raises in every method, although 1/x is finite there."""
    program = mx.compile(lambda x: mx.log(x), target=target)
    with pytest.raises(DomainError, match=r"log\(-2.0\)"):
        getattr(program, method)([1.0, -2.0])
    with pytest.raises(DomainError, match=r"log\(-2.0\)"):
        program.jvp([1.0, -2.0], [1.0, 1.0])


@pytest.mark.parametrize("target", TARGETS)
def test_a_mean_over_a_row_outside_of_a_domain_raises(target):
    """In a sum over rows the bad one is found, and raises as Values do."""
    w = Value(1.0, "w")
    program = mx.compile(lambda x: mx.log(x * w), [w], target=target)
    x = np.ones(70)
    x[41] = -2.0
    with pytest.raises(DomainError, match=r"log\(-2.0\)") as caught:
        program.value_and_grad(x)
    assert "row 41" in "".join(caught.value.__notes__)
    with pytest.raises(DomainError, match=r"log\(-1.0\)"):
        program.value_and_grad(np.ones(3), at=[-1.0])
    assert w.data == 1.0


NOT_FINITE = [
    # a function of x and w, and an x where value or gradient are not finite without an error
    (lambda x, w: mx.exp(x) * w, 1000.0),
    (lambda x, w: x * w, math.inf),
    (lambda x, w: x * w - x * w, math.inf),
    (lambda x, w: x * w, math.nan),
    (lambda x, w: mx.sqrt(x) * w, 0.0),
    (lambda x, w: mx.sqrt(x * w), 0.0),
    (lambda x, w: (x * w) ** 0.5, 0.0),
    (lambda x, w: mx.max(x, w, 0.0), math.nan),
    (lambda x, w: x * x * w, 1e200),
    (lambda x, w: mx.relu(x) * w, math.nan),
    (lambda x, w: x * x * x * w * 1e-100, 1e150),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("f", "bad"), NOT_FINITE)
def test_numbers_that_are_not_finite_are_those_of_values(target, f, bad):
    """Where Values give inf or NaN without an error, a program gives the same, in rows, sums and gradients."""
    w = Value(2.0, "w")
    program = mx.compile(lambda x: f(x, w), [w], target=target)
    x = [0.5, bad, 1.5]
    outputs, inputs = [], [Value(e, "x") for e in x]
    outputs = [f(v, w) for v in inputs]
    values = [y.data for y in outputs]
    np.testing.assert_allclose(program(x), values, rtol=1e-14)
    np.testing.assert_allclose(program.gradients(x), [mx.grad(y, v) for y, v in zip(outputs, inputs, strict=True)])
    mean, gradient = program.value_and_grad(x)
    np.testing.assert_allclose(mean, (values[0] + values[1] + values[2]) / 3)
    np.testing.assert_allclose(gradient, [sum(mx.grad(y, w) for y in outputs) / 3])


def test_very_large_numbers_are_no_reason_to_run_rows_again(monkeypatch):
    """Finite numbers whose squares overflow are results like any other."""
    program = mx.compile(lambda x: x * 2.0, target="numpy")
    program([1.0])
    monkeypatch.setattr(Eager, "values", lambda *_: pytest.fail("a row was run again"))
    monkeypatch.setattr(Sentinel, "is_due", lambda *_: False)
    assert program([1e200, -1e300]).tolist() == [2e200, -2e300]
