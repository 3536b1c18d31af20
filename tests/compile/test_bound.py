"""Bound programs: the same results as the program's own, on rows that are taken once."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import DomainError, ShapeError, TraceError

TARGETS = ["numpy", "llvm"]


def smooth():
    """Return a function of two arguments, its parameters, and rows."""
    w = [Value(0.5, "w0"), Value(-1.5, "w1")]
    rng = np.random.default_rng(0)
    return (lambda x, y: mx.tanh(w[0] * x[0] + w[1] * x[1]) * y), w, (rng.normal(size=(40, 2)), rng.normal(size=40))


def branching():
    """Return a function of one argument with three paths, its parameter, and rows."""
    w = [Value(2.0, "w")]

    def f(x):
        return x * w[0] if x > 1 else x * x if x > 0 else mx.sin(x) * w[0]

    return f, w, (np.random.default_rng(1).normal(size=40),)


def looking_up():
    """Return a function of an index and a number, its parameters, and rows."""
    table = [Value(float(i), f"t{i}") for i in range(5)]
    rng = np.random.default_rng(2)
    f = lambda i, x: mx.lookup(table, i) * x + i  # noqa: E731
    return f, table, (rng.integers(0, 5, 40), rng.normal(size=40))


METHODS = ["__call__", "value_and_grad", "gradients", "jacobian", "hessian"]
PROGRAMS = [smooth, branching, looking_up]


def equal(found, expected):
    """Assert that results, or lists and tuples of them, have the same bits."""
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            equal(a, b)
    else:
        np.testing.assert_array_equal(found, expected)


def made(build, target="numpy"):
    """Return a program, its parameters and rows."""
    f, parameters, rows = build()
    return mx.compile(f, parameters, indices=["i"] if build is looking_up else (), target=target), parameters, rows


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("build", PROGRAMS)
@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_that_of_the_program(method, build, target):
    """Bound or not, first call or later, the results have the same bits, and follow the parameters."""
    program, parameters, rows = made(build, target)
    bound = program.on(*rows)
    for step in range(3):
        parameters[0].data = 0.5 + step
        equal(getattr(bound, method)(), getattr(program, method)(*rows))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("build", PROGRAMS)
def test_every_method_takes_another_point(build, target):
    """With `at` each method gives what it gives once the parameters have these numbers; they keep their own."""
    program, parameters, rows = made(build, target)
    bound = program.on(*rows)
    point = np.linspace(-1.0, 2.0, len(parameters))
    before = [v.data for v in parameters]
    directions = tuple(np.ones(np.shape(x)) for x in rows)
    direction = directions if len(rows) > 1 else directions[0]
    found = [getattr(bound, method)(at=point) for method in METHODS] + [bound.jvp(direction, at=point.tolist())]
    assert [v.data for v in parameters] == before
    for v, x in zip(parameters, point.tolist(), strict=True):
        v.data = x
    equal(found, [getattr(program, method)(*rows) for method in METHODS] + [program.jvp(*rows, direction)])


def test_directions_are_new_in_each_call():
    """Nothing of one direction is left when another is given on the same rows."""
    program, _, (X, Y) = made(smooth)
    bound = program.on(X, Y)
    for scale in (1.0, -2.0, 0.0):
        direction = (np.full(X.shape, scale), np.full(Y.shape, scale * scale))
        equal(bound.jvp(direction), program.jvp(X, Y, direction))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("build", PROGRAMS)
def test_later_changes_of_the_arrays_are_not_seen(build, target):
    """The rows are those that were given: what becomes of the arrays does not matter."""
    program, _, rows = made(build, target)
    bound = program.on(*rows)
    expected = bound.value_and_grad()
    for x in rows:
        x[:] = 0
    equal(bound.value_and_grad(), expected)
    assert expected[0] != program.value_and_grad(*rows)[0]


def test_one_matrix_is_copied_too():
    """An argument that the machine code reads as it lies in memory is no exception."""
    program = mx.compile(lambda x: x[0] * x[1], target="llvm")
    X = np.arange(20.0).reshape(10, 2)
    bound = program.on(X)
    X[:] = -1.0
    assert bound().tolist() == [4.0 * i * i + 2.0 * i for i in range(10)]


def test_a_single_number_is_no_point():
    """`at` is a list also of one parameter."""
    w = Value(2.0)
    program = mx.compile(lambda x: w * x, [w], target="numpy")
    with pytest.raises(ShapeError, match="one number for each of 1 parameter, in a list, and is not the single number"):
        program.value_and_grad([1.0], at=2.0)


def test_no_rows_and_no_arguments():
    """Zero rows give empty results and no mean; a function of nothing gives its one result."""
    program, parameters, _ = made(smooth)
    bound = program.on(np.zeros((0, 2)), [])
    assert bound().shape == (0,)
    assert bound.hessian().shape == (0, 3, 3)
    with pytest.raises(ValueError, match="mean over 0 rows"):
        bound.value_and_grad()
    assert repr(bound).endswith("on 0 rows")
    nothing = mx.compile(lambda: parameters[0] * 2.0, parameters, target="numpy").on()
    assert nothing(at=[4.0, 0.0]) == 8.0
    assert repr(nothing).endswith("on 1 row")


def test_mistakes_are_those_of_the_program():
    """Wrong rows are refused when they are bound, wrong points in the call, and each time anew."""
    program, _, (X, Y) = made(smooth)
    with pytest.raises(ShapeError, match="'x' has 40, but 'y' has 3"):
        program.on(X, Y[:3])
    with pytest.raises(TypeError, match="takes 2 arguments"):
        program.on(X)
    bound = program.on(X, Y)
    with pytest.raises(ShapeError, match="one number for each of 2 parameters"):
        bound.value_and_grad(at=[1.0])
    with pytest.raises(ValueError, match="no parameters"):
        mx.compile(lambda x: x, target="numpy").on([1.0]).value_and_grad()
    program, _, (i, x) = made(looking_up)
    bound = program.on(i + 1, x)
    for _ in range(2):
        with pytest.raises(IndexError, match="from 0 to 4"):
            bound()


@pytest.mark.parametrize("target", TARGETS)
def test_rows_outside_of_a_domain_raise_at_the_point_where_they_are(target):
    """The error is that of Values at the given point, and the parameters are as before."""
    w = Value(1.0, "w")
    bound = mx.compile(lambda x: mx.log(x * w), [w], target=target).on(np.ones(20))
    for _ in range(2):
        with pytest.raises(DomainError, match=r"log\(-1.0\)"):
            bound.value_and_grad(at=[-1.0])
        assert bound.value_and_grad(at=[math.e])[0] == pytest.approx(1.0)
    assert w.data == 1.0


def test_a_function_that_changes_is_noticed_in_bound_calls():
    """The sentinel looks after bound calls as after all others."""
    w, scale = Value(1.0, "w"), [1.0]
    bound = mx.compile(lambda x: x * w * scale[0], [w], target="numpy").on([1.0, 2.0])
    bound.value_and_grad()
    scale[0] = 3.0
    with pytest.raises(TraceError, match="no longer does what it did"):
        bound.value_and_grad(at=[2.0])


def test_paths_count_the_rows_of_bound_calls():
    """`paths` tells of the last call, bound or not."""
    program, _, (x,) = made(branching)
    bound = program.on(x)
    for _ in range(2):
        bound()
        assert sum(path.rows for path in program.paths) == 40
        program([2.0])
        assert sum(path.rows for path in program.paths) == 1


def test_a_minimiser_takes_it_as_it_is():
    """SciPy's minimiser finds the least squares of a line."""
    optimize = pytest.importorskip("scipy.optimize")
    w, b = Value(0.0), Value(0.0)
    x = np.linspace(-1.0, 1.0, 50)
    loss = mx.compile(lambda x, y: (w * x + b - y) ** 2, [w, b]).on(x, 3.0 * x - 2.0)
    found = optimize.minimize(loss.value_and_grad, [0.0, 0.0], jac=True)
    np.testing.assert_allclose(found.x, [3.0, -2.0], rtol=1e-6)
    assert (w.data, b.data) == (0.0, 0.0)


def test_points_of_several_threads_do_not_meet():
    """Calls at other points, which move the parameters to trace and to run rows again, see none of each other's."""
    w = Value(1.0, "w")
    wrong = []

    def work(k):
        program = mx.compile(lambda x: mx.exp(x * w) if x * w > 0 else x * w, [w], target="numpy")
        x = np.array([1.0, 2.0, 1000.0, -1.0])
        for step in range(20):
            if k % 2:
                if program(x[:2]).tolist() != pytest.approx([math.exp(1.0), math.exp(2.0)]):
                    wrong.append("its own numbers")
            elif program.on(x)(at=[-1.0 - k - step]).tolist()[0] != -1.0 - k - step:
                wrong.append("a point")

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert w.data == 1.0
