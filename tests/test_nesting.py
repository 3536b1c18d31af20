"""Derivatives nest in each other, forward in reverse and back, without confusing whose variable is whose."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

import microgradx as mx
from microgradx import Value

Scalar = Callable[[Any], Any]


def by_grad(f: Scalar) -> Scalar:
    """Return f′ by reverse mode."""
    return lambda x: mx.value_and_grad(lambda u: f(u[0]))([x])[1][0]


def by_jvp(f: Scalar) -> Scalar:
    """Return f′ by forward mode."""
    return lambda x: mx.jvp(lambda u: f(u[0]), [x], [1.0])[1]


def by_jacobian(f: Scalar) -> Scalar:
    """Return f′ as a Jacobian of one entry."""
    return lambda x: mx.jacobian(lambda u: [f(u[0])], [x])[0][0]


def by_create_graph(f: Scalar) -> Scalar:
    """Return f′ from a gradient graph on a leaf of its own."""

    def slope(x: Any) -> Any:
        u = +x if isinstance(x, Value) else x
        if isinstance(u, Value):
            return mx.grad(f(u), u, create_graph=True)
        return by_grad(f)(x)

    return slope


WAYS = [by_grad, by_jvp, by_jacobian, by_create_graph]
IDS = [way.__name__ for way in WAYS]
POINTS = [0.0, 1e-8, 0.3, -1.7, 5.0, 20.0, -20.0]


def tanh_derivative(order: int, x: float) -> float:
    """Return the derivative of tanh of this order, exactly: mpmath's, at a precision that saturation does not eat."""
    with mp.workprec(600):
        return float(mp.diff(mp.tanh, mpf(x), order))


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_derivatives_of_tanh(way: Callable[[Scalar], Scalar], order: int, x: float) -> None:
    """The first four derivatives of tanh are right to 10⁻¹², at 0 and in saturation too."""
    f: Scalar = mx.tanh
    for _ in range(order):
        f = way(f)
    expected = tanh_derivative(order, x)
    assert type(f(x)) is float
    assert abs(f(x) - expected) <= 1e-12 * abs(expected) + (1e-12 if abs(x) < 5 else 0.0)


@pytest.mark.parametrize("inner", WAYS, ids=IDS)
@pytest.mark.parametrize("middle", WAYS, ids=IDS)
@pytest.mark.parametrize("outer", WAYS, ids=IDS)
def test_every_nesting_of_three_is_right(outer: Any, middle: Any, inner: Any) -> None:
    """Any way of differentiating nests in any other: third derivatives of x⁴ and of sin."""
    assert outer(middle(inner(lambda x: x**4)))(1.5) == pytest.approx(36.0, rel=1e-14)
    assert outer(middle(inner(mx.sin)))(0.7) == pytest.approx(-math.cos(0.7), rel=1e-14)


@pytest.mark.parametrize("inner", WAYS, ids=IDS)
@pytest.mark.parametrize("outer", WAYS, ids=IDS)
def test_no_perturbation_confusion(outer: Any, inner: Any) -> None:
    """An inner derivative by y holds the outer x constant, and the outer one still sees x in it."""
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0
    assert outer(lambda x: x * inner(lambda y: x * y)(x))(3.0) == 6.0
    assert outer(lambda x: inner(lambda y: x)(1.0))(2.0) == 0.0
    assert outer(lambda x: inner(lambda y: y)(x) * x)(2.0) == 1.0
    assert outer(lambda x: inner(lambda y: mx.exp(x * y))(0.0))(2.0) == 1.0
    assert outer(lambda x: inner(lambda y: (x * y) ** 2)(3.0))(2.0) == 24.0


@pytest.mark.parametrize("inner", WAYS, ids=IDS)
@pytest.mark.parametrize("middle", WAYS, ids=IDS)
@pytest.mark.parametrize("outer", WAYS, ids=IDS)
def test_no_confusion_three_deep(outer: Any, middle: Any, inner: Any) -> None:
    """Three variables at three depths: ∂³/∂x∂y∂z of x²y³z⁴."""

    def f(x: Any) -> Any:
        return middle(lambda y: inner(lambda z: x**2 * y**3 * z**4)(2.0))(3.0)

    assert outer(f)(5.0) == pytest.approx(2 * 5 * 3 * 9 * 4 * 8, rel=1e-14)
