"""Calculus: every order, every nesting, every shape."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import StaleGraphError, Value
from microgradx.nn import MLP


def g(x: Any) -> Any:
    """A function of two numbers that mixes them."""
    return mx.tanh(x[0] * x[1]) + mx.exp(x[0]) * x[1] ** 3 + mx.logsumexp(x)


def h(x: Any) -> Any:
    """A function of three numbers that a Hessian is full for."""
    return mx.sin(x[0] * x[1]) * mx.exp(x[2]) + mx.dot(x, [x[2], x[0], x[1]]) ** 2 + mx.softmax(x)[0]


def test_derivative_with_respect_to_a_direction() -> None:
    """A tangent may itself be a variable: ∂/∂v of ∇f·v is ∇f, and of (Hv)₀ is H's first row."""
    x = [0.3, -0.8]
    expected = mx.value_and_grad(g)(x)[1]
    assert mx.value_and_grad(lambda v: mx.jvp(g, x, v)[1])([1.0, 2.0])[1] == pytest.approx(expected, rel=1e-14)
    row = mx.value_and_grad(lambda v: mx.jvp(lambda u: mx.value_and_grad(g)(u)[1], x, v)[1][0])([1.0, 2.0])[1]
    assert row == pytest.approx(mx.hessian(g, x)[0], rel=1e-13)
    v = Value(2.0)
    slope = mx.jvp(lambda u: mx.value_and_grad(lambda w: mx.sin(w[0]))(u)[1][0], [0.3], [v])[1]
    assert mx.grad(slope, v) == pytest.approx(-math.sin(0.3), rel=1e-14)


@pytest.mark.parametrize("x", [[0.3, -0.8, 0.5], [1.0, 2.0, -1.0]])
def test_hessian_is_symmetric_and_its_columns_are_products(x: list[float]) -> None:
    """H = Hᵀ, hvp with unit vectors gives its columns, and forward over reverse and over forward agree."""
    full = mx.hessian(h, x)
    assert all(type(entry) is float for row in full for entry in row)
    for j in range(3):
        unit = [float(i == j) for i in range(3)]
        column = [full[i][j] for i in range(3)]
        assert column == pytest.approx(full[j], rel=1e-13, abs=1e-14)
        assert mx.hvp(h, x, unit) == pytest.approx(column, rel=1e-13, abs=1e-14)
        assert mx.jvp(lambda u: mx.value_and_grad(h)(u)[1], x, unit)[1] == pytest.approx(column, rel=1e-13, abs=1e-14)
        assert mx.jvp(lambda u, v=unit: mx.jvp(h, u, v)[1], x, unit)[1] == pytest.approx(full[j][j], rel=1e-13)


def test_hvp_is_linear_in_the_direction() -> None:
    """H(2v + w) = 2Hv + Hw."""
    rng = random.Random(0)
    x, v, w = ([rng.uniform(-1.0, 1.0) for _ in range(3)] for _ in range(3))
    mixed = mx.hvp(h, x, [2 * a + b for a, b in zip(v, w, strict=True)])
    parts = zip(mx.hvp(h, x, v), mx.hvp(h, x, w), strict=True)
    assert mixed == pytest.approx([2 * a + b for a, b in parts], rel=1e-13)


def test_shapes_of_jacobians() -> None:
    """jacobian(f, x)[i][j] = ∂fᵢ/∂xⱼ for one output or several, one input or several, and constants among them."""
    assert mx.jacobian(lambda x: x[0] * x[1], [3.0, 4.0]) == [[4.0, 3.0]]
    assert mx.jacobian(lambda x: (x[0] * 2, 5.0, x[0] ** 2), [3.0]) == [[2.0], [0.0], [6.0]]
    assert mx.jacobian(lambda x: [x[1], x[0]], [3.0, 4.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert mx.jacobian(lambda x: [], [3.0]) == []
    assert mx.hessian(lambda x: 3.0, [1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert mx.hessian(lambda x: x[0] + 2 * x[1], [1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_constants_and_inputs_that_are_not_reached() -> None:
    """What does not depend on an input has the derivative 0.0, in each function of the calculus."""
    x = Value(2.0)
    assert mx.grad(Value(3.0), x) == 0.0
    assert mx.grad(3.0, [x, x]) == [0.0, 0.0]
    assert mx.grad(x * 3, [x, Value(1.0), x]) == [3.0, 0.0, 3.0]
    assert mx.grad(x * 3, Value(1.0), create_graph=True) == 0.0
    assert mx.value_and_grad(lambda u: 5.0)([1.0]) == (5.0, [0.0])
    assert mx.value_and_grad(lambda u: u[0])([1.0]) == (1.0, [1.0])
    assert mx.jvp(lambda u: 5.0, [1.0], [1.0]) == (5.0, 0.0)
    assert mx.jvp(lambda u: [u[0] * 2, 5.0], [3.0], [1.0]) == ([6.0, 5.0], [2.0, 0.0])
    assert mx.hvp(lambda u: u[0] * 3, [1.0, 2.0], [1.0, 1.0]) == [0.0, 0.0]


def test_gradient_by_intermediate_nodes() -> None:
    """grad differentiates with respect to any node, and touches no .grad."""
    x = Value(2.0)
    y = x * 3
    z = y * y
    assert mx.grad(z, [y, x, z]) == [12.0, 36.0, 1.0]
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 0.0)
    first = mx.grad(z, y, create_graph=True)
    assert mx.grad(first, [y, x]) == [2.0, 6.0]


def test_captured_parameters_stay_constants() -> None:
    """value_and_grad of a function that uses a model gives floats, and leaves the parameters' gradients alone."""
    model = MLP(2, [3, 1], activation="tanh")
    value, gradient = mx.value_and_grad(model)([0.5, -0.5])
    assert type(value) is float
    assert all(type(entry) is float for entry in gradient)
    assert all(p.grad == 0.0 for p in model.parameters())
    inputs = [Value(0.5), Value(-0.5)]
    model(inputs).backward()
    assert [v.grad for v in inputs] == gradient


def test_models_take_duals() -> None:
    """A model runs on dual numbers, on lists that mix them with floats, and inside gradients of gradients."""
    model = MLP(2, [3, 2], activation=["gaussian"], output="softmax", seed=1)
    x, v = [0.5, -0.5], [1.0, 2.0]
    full = mx.jacobian(model, x)
    expected = [sum(entry * vⱼ for entry, vⱼ in zip(row, v, strict=True)) for row in full]
    values, tangents = mx.jvp(model, x, v)
    assert [u.data for u in tangents] == pytest.approx(expected, rel=1e-14)
    assert [u.data for u in values] == [u.data for u in model(x)]
    assert mx.jvp(lambda u: model([u[0], 1.0])[0], [0.5], [1.0])[1].data == pytest.approx(
        mx.jacobian(model, [0.5, 1.0])[0][0], rel=1e-14
    )
    curvature = mx.hessian(lambda u: model(u)[0], x)
    assert curvature[0][1] == pytest.approx(curvature[1][0], rel=1e-13)


def test_duals_compare_by_value() -> None:
    """Dual numbers compare with numbers, Values and each other, so that code with branches runs in forward mode."""

    def clip(x: Any) -> Any:
        above = x[0] > np.float32(1.0) and x[0] >= Value(1.0) and not x[0] < 1 and not x[0] <= x[1]
        return x[0] if above else x[1]

    assert mx.jvp(clip, [2.0, 0.5], [1.0, 0.0]) == (2.0, 1.0)
    assert mx.jvp(clip, [0.5, 2.0], [1.0, 0.0]) == (2.0, 0.0)


def test_zero_directions_and_dead_branches_stay_zero() -> None:
    """A direction of 0 and what stands behind a step contribute nothing in forward mode, not 0·inf."""
    assert mx.jvp(lambda x: mx.sqrt(x[0]) + x[1], [0.0, 1.0], [0.0, 1.0]) == (1.0, 1.0)
    assert mx.jvp(lambda x: mx.sqrt(mx.step(x[0])) + x[0], [0.0], [1.0]) == (0.0, 1.0)


def test_forward_mode_on_parameters() -> None:
    """jvp results hold the graph of captured Values, so that they are differentiated again by reverse mode."""
    w = Value(3.0)
    _, tangent = mx.jvp(lambda u: mx.tanh(w * u[0]), [0.2], [1.0])
    tangent.backward()
    t = math.tanh(0.6)
    assert w.grad == pytest.approx((1 - t * t) - 2 * 0.6 * t * (1 - t * t), rel=1e-13)


def test_an_error_in_the_function_leaves_nothing_open() -> None:
    """A function that raises passes its error on, and later calls, nested or not, are right."""
    for differentiate in (mx.value_and_grad(lambda u: 1 / u[0]), lambda x: mx.jvp(lambda u: 1 / u[0], x, [1.0])):
        with pytest.raises(mx.DomainError):
            differentiate([0.0])
    assert mx.value_and_grad(lambda u: u[0] ** 2)([3.0]) == (9.0, [6.0])


def test_a_function_of_several_numbers_is_told_how_it_is_given() -> None:
    """Where a function of one list is differentiated, one of two numbers is refused with its arguments."""
    for differentiate in (mx.check_gradients, mx.hessian, mx.jacobian, lambda f, x: mx.jvp(f, x, [1.0, 0.0])):
        with pytest.raises(TypeError, match=r"not of 2 arguments, w, b; write lambda x: f\(\*x\)"):
            differentiate(lambda w, b: w * b, [0.5, -1.5])
    assert mx.jacobian(lambda x, power=2: x[0] ** power, [3.0]) == [[6.0]]


def test_edits_inside_a_function_are_noticed() -> None:
    """A second derivative of a function that edits a captured Value on the way is refused, not mixed."""
    w = Value(2.0, label="w")

    def f(u: Any) -> Any:
        output = w * u[0] ** 2
        w.data += 1.0
        return output

    with pytest.raises(StaleGraphError, match="at 'w'"):
        mx.hessian(f, [1.0])
