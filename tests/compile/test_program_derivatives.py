"""Program: gradients, Hessians and directional derivatives, of arguments and parameters, here and at other points."""

from __future__ import annotations

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import ShapeError

from .small_net import TARGETS, mean_of, net


@pytest.mark.parametrize("target", TARGETS)
def test_hessians_equal_those_of_values(target):
    """Second derivatives over all numbers of a row, argument by argument, equal `mx.hessian`."""

    def f(x, y):
        return mx.exp(x[0] * y) + x[1] ** 3 * x[0] + mx.tanh(y) / x[1]

    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 2)) + 2, rng.normal(size=5)
    found = mx.compile(f, target=target).hessian(X, Y)
    expected = [mx.hessian(lambda z: f(z[:2], z[2]), [*x, y]) for x, y in zip(X, Y, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("one", [1, 1.0, 2, 0])
def test_strict_hessians_take_a_constant_however_it_is_written(one, target):
    """A factor 1 is no node of a gradient's graph, whether it is written as 1 or as 1.0, so that no order changes."""

    def f(x):
        return (one * (mx.exp(x[0]) * mx.sin(x[0]))) * x[0]

    rows = np.random.default_rng(0).normal(size=(50, 1)).tolist()
    found = mx.compile(f, strict=True, target=target).hessian(rows)
    assert found.tolist() == [mx.hessian(f, row) for row in rows]


@pytest.mark.parametrize("target", TARGETS)
def test_directional_derivatives_equal_those_of_duals(target):
    """jvp gives what `mx.jvp` gives, row by row."""

    def f(x):
        return [mx.sin(x[0]) * x[1], x[0] / x[1]]

    rng = np.random.default_rng(1)
    X, V = rng.normal(size=(6, 2)) + 3, rng.normal(size=(6, 2))
    values, tangents = mx.compile(f, target=target).jvp(X, V)
    expected = [mx.jvp(f, x, v) for x, v in zip(X.tolist(), V.tolist(), strict=True)]
    np.testing.assert_allclose(values, [e[0] for e in expected], rtol=1e-14)
    np.testing.assert_allclose(tangents, [e[1] for e in expected], rtol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_a_loss_with_derivatives_in_it(target):
    """The residual u″ + u of a network, by jvp in jvp, has the values and the gradient that reverse mode gives."""
    model = mx.nn.MLP(1, [4, 1], activation="tanh", seed=1)

    def slope(u, x):
        return mx.jvp(lambda q: u(q[0]), [x], [1.0])[1]

    def forward(x):
        return (slope(lambda q: slope(lambda r: model([r]), q), x) + model([x])) ** 2

    def reverse(x):
        u = model([x])
        return (mx.grad(mx.grad(u, x, create_graph=True), x, create_graph=True) + u) ** 2

    X = np.linspace(-1.0, 1.0, 5)
    losses = [reverse(Value(x)) for x in X.tolist()]
    program = mx.compile(forward, model.parameters(), target=target)
    np.testing.assert_allclose(program(X), [loss.data for loss in losses], rtol=1e-12)
    expected = mx.grad(mx.sum(losses) / len(X), model.parameters())
    np.testing.assert_allclose(program.value_and_grad(X)[1], expected, rtol=1e-11, atol=1e-13)


def test_a_direction_is_shaped_as_its_argument():
    """A direction of another shape, or too few of them, is a ShapeError with both shapes."""
    program = mx.compile(lambda x, y: x[0] * y, target="numpy")
    X, Y = [[1.0, 2.0]], [3.0]
    with pytest.raises(ShapeError, match=r"'x' has the shape \(1, 2\), its direction \(1,\)"):
        program.jvp(X, Y, ([1.0], [1.0]))
    with pytest.raises(ShapeError, match="1 parts where there are 2 arguments"):
        program.jvp(X, Y, (X,))
    with pytest.raises(TypeError, match=r"jvp\(X, V\)"):
        program.jvp(X)


@pytest.mark.parametrize("target", TARGETS)
def test_parameters_are_read_at_each_call(target):
    """After a step of an optimiser the program computes with the new numbers, of captured leaves too."""
    w, c = Value(1.0, "w"), Value(10.0, "c")
    program = mx.compile(lambda x: w * x + c, [w], target=target)
    assert program([2.0]).tolist() == [12.0]
    w.data, c.data = 3.0, 0.5
    assert program([2.0]).tolist() == [6.5]
    w.data = 4  # an int, as users write
    assert program.value_and_grad([2.0]) == (8.5, pytest.approx([2.0]))
    w.data = "four"
    with pytest.raises(TypeError, match=r"'w'.*'four'"):
        program([2.0])


def test_a_program_trains_a_model():
    """value_and_grad drives an optimiser: its gradient steps lower the loss as those of `backward` do."""
    model, loss, X, Y = net()
    twin = net()[0]
    program = mx.compile(loss, model.parameters())
    for _ in range(20):
        mean, gradient = program.value_and_grad(X, Y)
        expected, slopes = mean_of(lambda x, y: (twin(x) - y) ** 2, twin.parameters(), X, Y)
        assert mean == pytest.approx(expected, rel=1e-9)
        for v, g, u, s in zip(model.parameters(), gradient, twin.parameters(), slopes, strict=True):
            v.data -= 0.1 * g
            u.data -= 0.1 * s


@pytest.mark.parametrize("target", TARGETS)
def test_at_another_point(target):
    """`at` gives the parameters other numbers for one call, and leaves theirs as they are."""
    model, loss, X, Y = net()
    parameters = model.parameters()
    program = mx.compile(loss, parameters, target=target)
    start = [v.data for v in parameters]
    point = np.random.default_rng(2).normal(size=len(parameters))
    mean, gradient = program.value_and_grad(X, Y, at=point)
    assert [v.data for v in parameters] == start
    for v, x in zip(parameters, point, strict=True):
        v.data = float(x)
    assert program.value_and_grad(X, Y)[0] == mean
    assert program.value_and_grad(X, Y, at=point.tolist())[1].tolist() == gradient.tolist()


@pytest.mark.parametrize(
    ("at", "error", "words"),
    [([1.0, 2.0], ShapeError, "1 parameter, "), (3.0, ShapeError, "'at'"), (["a"], TypeError, r"at\[0\]")],
)
def test_a_point_is_one_number_for_each_parameter(at, error, words):
    """Another length or kind is an error that names `at`."""
    w = Value(1.0)
    with pytest.raises(error, match=words):
        mx.compile(lambda x: x * w, [w], target="numpy").value_and_grad([1.0], at=at)


def test_a_gradient_needs_parameters():
    """value_and_grad without parameters says how to give them."""
    with pytest.raises(ValueError, match=r"parameters=\[...\].*gradients"):
        mx.compile(lambda x: x * 2, target="numpy").value_and_grad([1.0])


@pytest.mark.parametrize("data", [np.array([1.5, 1.3]), np.array([2.0]), 10**400, "2", None])
def test_data_that_is_no_number_is_refused_by_name(data):
    """What someone set `data` to that no float can hold, as an array of gradients makes it, is told with the leaf."""
    w = Value(1.0, "w")
    program = mx.compile(lambda x: w * x, [w], target="numpy")
    w.data = data
    with pytest.raises(TypeError, match=r"the data of a leaf at 'w' must be a number that .* is an index missing"):
        program.value_and_grad([1.0])
