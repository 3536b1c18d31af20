"""Program: the methods of a compiled function give what Values give, for every shape, dtype and number of rows."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.eager import Eager
from microgradx.compile.program import Program
from microgradx.compile.sentinel import Sentinel
from microgradx.errors import DomainError, ShapeError, TraceError

TARGETS = ["numpy", "llvm"]


def net(seed=0):
    """Return a small net, its loss and data."""
    model = mx.nn.MLP(2, [4, 1], activation="tanh", seed=seed)
    rng = np.random.default_rng(seed)
    return model, (lambda x, y: (model(x) - y) ** 2), rng.normal(size=(9, 2)), rng.normal(size=9)


def mean_of(loss, parameters, X, Y):
    """Return mean value and gradient of a loss over rows, on Values."""
    outputs = [loss([Value(a) for a in x], Value(y)) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    gradient = np.mean([mx.grad(y, parameters) for y in outputs], axis=0)
    return sum(y.data for y in outputs) / len(outputs), gradient


# Rows.


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 31, 32, 33, 100])
def test_any_number_of_rows(target, n):
    """Each row's numbers are the same among any others, and alone."""
    model, loss, _, _ = net()
    rng = np.random.default_rng(n)
    X, Y = rng.normal(size=(n, 2)), rng.normal(size=n)
    program = mx.compile(loss, model.parameters(), target=target)
    values, gradients = program(X, Y), program.gradients(X, Y)
    assert values.shape == (n,)
    assert [g.shape for g in gradients] == [(n, 2), (n,)]
    some = sorted({0, n // 2, n - 1})
    np.testing.assert_allclose([program(X[i : i + 1], Y[i : i + 1])[0] for i in some], values[some], rtol=1e-13)
    mean, gradient = mean_of(loss, model.parameters(), X, Y)
    found = program.value_and_grad(X, Y)
    np.testing.assert_allclose(found[0], mean, rtol=1e-12)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_lanes_do_not_depend_on_each_other(target):
    """One row of NaN, inf or huge numbers leaves the bits of all others as they were."""
    program = mx.compile(lambda x, y: mx.tanh(x * y) + x, target=target)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=70), rng.normal(size=70)
    before = program(x, y)
    for i, bad in ((0, math.nan), (33, math.inf), (69, 1e300)):
        x[i] = bad
        after = program(x, y)
        others = np.arange(70) > i
        assert after[others].tolist() == before[others].tolist()


def test_no_rows_are_an_empty_result():
    """Zero rows give results of shape (0, …), and no mean, before and after a call with rows."""
    w = Value(2.0)
    program = mx.compile(lambda x, y: x[0] * w + x[1] * y, [w], target="numpy")
    X, Y = np.zeros((0, 2)), np.zeros(0)
    for _ in range(2):
        assert program(X, Y).shape == (0,)
        assert [g.shape for g in program.gradients(X, Y)] == [(0, 2), (0,)]
        assert program.hessian(X, Y).shape == (0, 3, 3)
        assert program.jacobian(X, Y).shape == (0, 1, 3)
        assert [part.shape for part in program.jvp(X, Y, (X, Y))] == [(0,), (0,)]
        with pytest.raises(ValueError, match="mean over 0 rows"):
            program.value_and_grad(X, Y)
        program([[1.0, 2.0]], [3.0])
    several = mx.compile(lambda x: [x, x * 2], target="numpy")
    several([1.0])
    assert several([]).shape == (0, 2)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda X: X.tolist(), id="lists"),
        pytest.param(lambda X: X[::-1][::-1], id="negative strides"),
        pytest.param(lambda X: np.asfortranarray(X), id="columns first"),
        pytest.param(lambda X: np.repeat(X, 2, axis=1)[:, ::2], id="every other column"),
        pytest.param(lambda X: X.astype(">f8"), id="other byte order"),
        pytest.param(lambda X: X.astype("g"), id="long doubles"),
        pytest.param(lambda X: tuple(map(tuple, X)), id="tuples"),
        pytest.param(lambda X: list(X), id="a list of arrays"),
        pytest.param(lambda X: frozen(X), id="read-only"),
    ],
)
@pytest.mark.parametrize("target", TARGETS)
def test_layouts_and_types_of_one_matrix_give_one_result(given, target):
    """However the same numbers lie in memory, the result has the same bits, and the arguments stay as they were."""
    model, loss, X, Y = net()
    program = mx.compile(loss, model.parameters(), target=target)
    mean, gradient = program.value_and_grad(X, Y)
    other = given(X)
    found = program.value_and_grad(other, Y)
    assert found[0] == mean
    assert found[1].tolist() == gradient.tolist()
    assert np.array_equal(np.array(other, np.float64), X)


def frozen(X):
    """Return a copy that cannot be written to."""
    X = X.copy()
    X.flags.writeable = False
    return X


@pytest.mark.parametrize("dtype", ["f4", "i2", "u1", "f2"])
def test_numbers_of_any_real_type_become_float64(dtype):
    """The result is that of the same numbers as float64."""
    x = np.array([0, 1, 2, 3], dtype)
    program = mx.compile(lambda x: mx.exp(x) / 3, target="numpy")
    assert program(x).tolist() == program(x.astype(float)).tolist()
    assert program(x).dtype == np.float64


def test_shapes_of_an_argument_are_lists_of_lists():
    """(n, d, e) reaches the function as d lists of e numbers, and gradients come back in that shape."""
    seen = []

    def f(x):
        seen.append((len(x), len(x[0])))
        return mx.sum([mx.sum(row) * (i + 1) for i, row in enumerate(x)])

    program = mx.compile(f, target="numpy")
    x = np.arange(12.0).reshape(2, 2, 3)
    assert program(x).tolist() == [3 + 2 * 12, 21 + 2 * 30]
    assert program.gradients(x).tolist() == [[[1] * 3, [2] * 3]] * 2
    assert seen[0] == (2, 3)


def test_programs_are_kept_by_shape():
    """A loop over a sequence is traced once for each length, and not again."""
    calls = []

    def f(xs):
        calls.append(len(xs))
        total = 0.0
        for x in xs:
            total = total * 0.5 + x
        return total

    program = mx.compile(f, target="numpy")
    for _ in range(1):
        for length in (1, 4, 2, 3):
            found = program(np.ones((3, length)))
            assert found.tolist() == [sum(0.5**i for i in range(length))] * 3
    assert calls == [1] * 3 + [4] * 3 + [2] * 3 + [3] * 3  # once traced, and on Values twice to see that it is the same


def test_an_argument_of_the_wrong_shape_is_the_functions_error():
    """Too few entries are the function's own error, with the row."""
    program = mx.compile(lambda x: x[0] * x[1], target="numpy")
    with pytest.raises(IndexError) as caught:
        program([[1.0]])
    assert "row 0" in "".join(caught.value.__notes__)


# What a function may return.


@pytest.mark.parametrize("target", TARGETS)
def test_several_outputs(target):
    """k outputs give (n, k), their derivatives (n, k, m)."""
    program = mx.compile(lambda x, y: [x * y, mx.exp(x), y, 2.0], target=target)
    x, y = [0.0, 1.0], [2.0, 3.0]
    e = math.e
    np.testing.assert_allclose(program(x, y), [[0, 1, 2, 2], [3, e, 3, 2]], rtol=1e-15)
    expected = [[[2, 0], [1, 0], [0, 1], [0, 0]], [[3, 1], [e, 0], [0, 1], [0, 0]]]
    np.testing.assert_allclose(program.jacobian(x, y), expected, rtol=1e-15)
    values, tangents = program.jvp(x, y, ([1.0, 1.0], [0.0, 2.0]))
    np.testing.assert_allclose(values, program(x, y))
    np.testing.assert_allclose(tangents, [[2, 1, 0, 0], [3 + 2, e, 2, 0]], rtol=1e-15)


def test_a_list_of_one_is_a_column():
    """A list of one output gives (n, 1), and has a gradient."""
    program = mx.compile(lambda x: [x * x], target="numpy")
    assert program([3.0]).tolist() == [[9.0]]
    assert program.gradients([3.0]).tolist() == [6.0]


@pytest.mark.parametrize("method", ["gradients", "hessian", "value_and_grad"])
def test_a_gradient_needs_one_output(method):
    """Methods that need one number say how many the function returns, and what to do."""
    w = Value(1.0)
    program = mx.compile(lambda x: [x * w, x], [w], target="numpy")
    with pytest.raises(ShapeError, match=rf"{method} needs .* one number, but this one returns 2.*jacobian"):
        getattr(program, method)([1.0])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("result", [2.5, 3, Value(4.0), [1.0, Value(2.0)]])
def test_constant_outputs_stand_in_every_row(target, result):
    """What does not depend on the arguments is the same number for all rows, with the derivative 0."""
    program = mx.compile(lambda x: result, target=target)
    expected = [getattr(y, "data", y) for y in (result if isinstance(result, list) else [result])]
    np.testing.assert_array_equal(program([7.0, 8.0, 9.0]).reshape(3, -1), [expected] * 3)
    np.testing.assert_array_equal(program.jacobian([7.0, 8.0, 9.0]), np.zeros((3, len(expected), 1)))


@pytest.mark.parametrize("target", TARGETS)
def test_an_output_may_be_an_argument_or_a_parameter(target):
    """An output need not be computed: arguments and parameters pass through, with the derivative 1."""
    w = Value(2.0)
    program = mx.compile(lambda x: x[1], target=target)
    assert program([[1.0, 5.0]]).tolist() == [5.0]
    assert program.gradients([[1.0, 5.0]]).tolist() == [[0.0, 1.0]]
    own = mx.compile(lambda x: w, [w], target=target)
    assert own.value_and_grad([1.0, 2.0]) == (2.0, pytest.approx([1.0]))


@pytest.mark.parametrize("target", TARGETS)
def test_unused_arguments_and_parameters_have_gradient_zero(target):
    """What the function does not use has the derivative 0, of the right shape."""
    w, unused = Value(2.0), Value(3.0)
    program = mx.compile(lambda x, y: x[0] * w, [unused, w], target=target)
    gx, gy = program.gradients([[1.0, 2.0]], [[1.0, 2.0, 3.0]])
    assert gx.tolist() == [[2.0, 0.0]]
    assert gy.tolist() == [[0.0, 0.0, 0.0]]
    assert program.value_and_grad([[1.0, 2.0]], [[1.0] * 3])[1].tolist() == [0.0, 1.0]


NO_NUMBERS = [
    (None, TypeError, "is a return missing"),
    ("text", TypeError, "not 'text' of type str"),
    ([[1.0]], ShapeError, "list of lists"),
    ([None], TypeError, "None"),
    (1j, TypeError, "complex"),
    ({1.0}, TypeError, "set"),
]


@pytest.mark.parametrize(("result", "error", "words"), NO_NUMBERS)
def test_a_result_that_is_no_number_is_refused(result, error, words):
    """A function that returns anything else than numbers is a clear error."""
    with pytest.raises(error, match=words):
        mx.compile(lambda x: result, target="numpy")([1.0])


def test_a_leaked_number_is_refused():
    """A traced number kept from one trace and used in another, or afterwards, is a TraceError."""
    kept = []

    def leak(x):
        kept.append(x)
        return x * 2 + (kept[0] if len(kept) > 1 else 0.0)

    program = mx.compile(leak, target="numpy")
    for _ in range(2):
        with pytest.raises(TraceError, match=r"lives no longer than its trace"):
            program([1.0])
    with pytest.raises(TraceError, match=r"lives no longer than its trace"):
        kept[0] * 2


# Derivatives.


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
    [([1.0, 2.0], ShapeError, "1 parameters"), (3.0, ShapeError, "'at'"), (["a"], TypeError, r"at\[0\]")],
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


# Numbers that are not finite.


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


# Making a program.


def test_compile_is_a_decorator():
    """`@mx.compile` and `@mx.compile(parameters=…)` give programs with the function's name and docstring."""
    w = Value(3.0)

    @mx.compile
    def square(x: Value) -> Value:
        """Return x²."""
        return x * x

    @mx.compile(parameters=[w], target="numpy", strict=True)
    def scaled(x):
        return x * w

    assert isinstance(square, Program)
    assert square.__name__ == "square"
    assert square.__doc__ == "Return x²."
    assert square([3.0]).tolist() == [9.0]
    assert scaled.value_and_grad([2.0]) == (6.0, pytest.approx([2.0]))
    assert scaled.strict
    assert scaled.target == "numpy"


def test_a_model_is_a_function_of_one_row():
    """A Module can be compiled as it is."""
    model, _, X, _ = net()
    program = mx.compile(model, model.parameters(), target="numpy")
    np.testing.assert_allclose(program(X), [model(x).data for x in X.tolist()], rtol=1e-14)
    assert "MLP(x)" in repr(program)


def test_a_function_of_nothing():
    """A function without arguments, such as a loss over data that it holds itself, gives single results."""
    w = Value(3.0)
    program = mx.compile(lambda: (w * w) - 1.0, [w], target="numpy")
    assert program() == 8.0
    assert program.value_and_grad() == (8.0, pytest.approx([6.0]))
    w.data = 1.0
    assert program() == 0.0
    assert mx.compile(lambda: [w, w * 2], target="numpy")().tolist() == [1.0, 2.0]


def test_optional_and_further_arguments():
    """Arguments with defaults may be left out, and a function may take any number of them."""
    program = mx.compile(lambda x, scale=2.0: x * scale, target="numpy")
    assert program([3.0]).tolist() == [6.0]
    assert program([3.0], [5.0]).tolist() == [15.0]
    summed = mx.compile(lambda *xs: mx.sum(xs), target="numpy")
    assert summed([1.0], [2.0], [3.0]).tolist() == [6.0]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((), TypeError, r"f\(x, y\) takes 2 arguments.*but 0 were given"),
        (([1.0],), TypeError, "but 1 were given"),
        (([1.0], [1.0], [1.0]), TypeError, "but 3 were given"),
        (([1.0], [1.0, 2.0]), ShapeError, "'x' has 1, but 'y' has 2"),
        (([1.0], 2.0), ShapeError, "'y' needs one entry for each row"),
    ],
)
def test_calls_with_the_wrong_arguments(arguments, error, words):
    """The number of arguments, and of their rows, is checked against the function's own."""

    def f(x, y):
        return x * y

    with pytest.raises(error, match=words):
        mx.compile(f, target="numpy")(*arguments)


REFUSED = [
    (lambda: mx.compile(3.0), TypeError, "function of one row"),
    (lambda: mx.compile(Value(1.0)), TypeError, "compile_graph"),
    (lambda: mx.compile(math.hypot, target="numpy")([1.0], [1.0]), TypeError, None),
    (lambda: mx.compile(lambda x: x, parameters=Value(1.0)), TypeError, "list of Values"),
    (lambda: mx.compile(lambda x: x, parameters=net()[0]), TypeError, r"model.parameters\(\)"),
    (lambda: mx.compile(lambda x: x, parameters=[1.0]), TypeError, "entry 0 is 1.0"),
    (lambda: mx.compile(lambda x: x, parameters=[Value(1.0) * 2]), ValueError, "parameter 0 is computed"),
    (lambda: mx.compile(lambda x: x, parameters=[W, Value(1.0), W]), ValueError, "parameters 0 and 2 are the same"),
    (lambda: mx.compile(lambda x: x, indices="y"), ValueError, "named 'y'; there is|named 'y'"),
    (lambda: mx.compile(lambda token: token, indices=["tokne"]), ValueError, "did you mean 'token'"),
    (lambda: mx.compile(lambda x, *, k: x), TypeError, "needs 'k' by name"),
    (lambda: mx.compile(lambda x: x, target="gpu"), ValueError, "'auto', 'llvm' or 'numpy', not 'gpu'"),
    (lambda: mx.compile(mx.compile(lambda x: x)), TypeError, "compiled already"),
    (lambda: mx.compile(lambda x: x, max_paths=0), ValueError, "at least 1, not 0"),
    (lambda: copy.deepcopy(mx.compile(lambda x: x)), TypeError, "compile its function again"),
    (lambda: pickle.dumps(mx.compile(mx.tanh)), TypeError, "compile its function again"),
]
W = Value(1.0)


@pytest.mark.parametrize(("make", "error", "words"), REFUSED)
def test_what_cannot_be_compiled_is_refused(make, error, words):
    """Each mistake has its own error, with the value and the way out."""
    with pytest.raises(error, match=words):
        make()


def test_indices_are_whole_numbers_in_range():
    """An index out of range or not whole names the row; within range it looks up, with gradients for the table."""
    table = [Value(10.0, "a"), Value(20.0, "b"), Value(30.0, "c")]
    program = mx.compile(lambda i, x: mx.lookup(table, i) * x, table, indices="i", target="numpy")
    assert program([2, 0], [1.0, 2.0]).tolist() == [30.0, 20.0]
    assert program.value_and_grad([2, 0], [1.0, 2.0])[1].tolist() == [1.0, 0.0, 0.5]
    gi, gx = program.gradients([2, 0], [1.0, 2.0])
    assert gi.tolist() == [0.0, 0.0]
    assert gx.tolist() == [30.0, 10.0]
    assert program.hessian([2, 0], [1.0, 2.0]).shape == (2, 1, 1)
    _, tangents = program.jvp([2, 0], [1.0, 2.0], (None, [1.0, 1.0]))
    assert tangents.tolist() == [30.0, 10.0]
    for wrong in (-1, 3):
        with pytest.raises(IndexError, match=rf"i\[1\] is {wrong}.*from 0 to 2"):
            program([2, wrong], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"i\[0\] is 0.5"):
        program([0.5, 1], [1.0, 2.0])


def test_an_index_is_a_number_too():
    """In arithmetic and comparisons an index is the number that it is; nothing has a derivative with respect to it."""
    program = mx.compile(lambda i, x: x * i + (1.0 if i > 1 else x) + mx.lookup([0.0, 5.0, 6.0], i), indices=["i"])
    i, x = [0, 1, 2], [1.5, 2.5, 3.5]
    assert program(i, x).tolist() == [1.5, 2.5 + 2.5 + 5.0, 7.0 + 1.0 + 6.0]
    assert program.gradients(i, x)[1].tolist() == [1.0, 2.0, 2.0]
    assert program.gradients(i, x)[0].tolist() == [0.0] * 3
    assert program.jacobian(i, x).tolist() == [[[1.0]], [[2.0]], [[2.0]]]


def test_lists_of_indices():
    """An argument of shape (n, t) of indices reaches the function as a list of t of them."""
    table = [[Value(i * 10.0 + j) for j in range(2)] for i in range(3)]
    flat = [v for row in table for v in row]
    program = mx.compile(lambda ts: mx.sum([mx.lookup(table, t)[k] for k, t in enumerate(ts)]), flat, indices="ts")
    assert program([[0, 1], [2, 2]]).tolist() == [0.0 + 11.0, 20.0 + 21.0]
    assert program.value_and_grad([[0, 1], [2, 2]])[1].tolist() == [0.5, 0, 0, 0.5, 0.5, 0.5]
    with pytest.raises(IndexError, match=r"ts\[1, 0\] is 3"):
        program([[0, 1], [3, 2]])


def test_an_index_is_in_range_on_its_own_path():
    """An index need fit only what its row looks up; the range of another path does not matter."""
    small, large = [1.0, 2.0], [10.0, 20.0, 30.0, 40.0]
    program = mx.compile(lambda i, x: mx.lookup(small, i) * x if x > 0 else mx.lookup(large, i) * x, indices="i")
    assert program([1, 3, 0], [1.0, -1.0, -1.0]).tolist() == [2.0, -40.0, -10.0]
    with pytest.raises(IndexError, match=r"i\[2\] is 3.*from 0 to 1"):
        program([1, 3, 3], [1.0, -1.0, 1.0])


def test_without_llvmlite_numpy_serves(monkeypatch):
    """The target "auto" is "numpy" where llvmlite is missing."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None if name == "llvmlite" else name)
    assert mx.compile(lambda x: x).target == "numpy"


def test_without_numpy_the_error_says_what_to_install():
    """compile names the command that installs what it needs; importing the package needs none of it."""
    program = (
        "import sys; sys.modules['numpy'] = None; import microgradx as mx\n"
        "try: mx.compile(lambda x: x)\nexcept ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'microgradx[compile]'" in run.stdout


# Graphs.


@pytest.mark.parametrize("target", TARGETS)
def test_a_recorded_graph_is_a_program(target):
    """A graph gives the same numbers as Values on other inputs and parameters, and keeps their order of gradients."""
    w, b = Value(2.0, "w"), Value(-1.0, "b")
    x = [Value(0.5, "x0"), Value(1.5, "x1")]
    y = mx.tanh(w * x[0] + b) * x[1] + mx.dot([w, b], x)
    program = mx.compile_graph(y, inputs=x, parameters=[b, w], target=target)
    assert program([[0.5, 1.5]])[0] == pytest.approx(y.data, rel=1e-15)
    _, gradient = program.value_and_grad([[0.5, 1.5]])
    np.testing.assert_allclose(gradient, mx.grad(y, [b, w]), rtol=1e-14)
    np.testing.assert_allclose(program.gradients([[0.5, 1.5]])[0], mx.grad(y, x), rtol=1e-14)
    w.data, b.data = 0.3, 0.7
    again = mx.tanh(w * 3.0 + b) * 4.0 + mx.dot([w, b], [3.0, 4.0])
    assert program([[3.0, 4.0]])[0] == pytest.approx(again.data, rel=1e-15)


@pytest.mark.parametrize("target", TARGETS)
def test_a_loss_over_a_batch_is_a_program_of_nothing(target):
    """Code in micrograd's manner, one loss over a whole batch, compiles as it stands, and follows the parameters."""
    model = mx.nn.MLP(2, [3, 1], seed=1)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(6, 2)).tolist(), rng.choice([-1.0, 1.0], 6).tolist()

    def loss():
        scores = [model([Value(a) for a in x]) for x in X]
        data = sum((1 + -y * s).relu() for y, s in zip(Y, scores, strict=True)) * (1.0 / 6)
        return data + 1e-4 * sum(p * p for p in model.parameters())

    program = mx.compile_graph(loss(), parameters=model.parameters(), target=target)
    as_function = mx.compile(loss, model.parameters(), target=target)
    for _ in range(3):
        expected = loss()
        slopes = mx.grad(expected, model.parameters())
        for each in (program, as_function):
            value, gradient = each.value_and_grad()
            assert value == pytest.approx(expected.data, rel=1e-13)
            np.testing.assert_allclose(gradient, slopes, rtol=1e-11, atol=1e-14)
        for v, g in zip(model.parameters(), slopes, strict=True):
            v.data -= 0.5 * g


def test_a_graph_outside_of_its_domain_raises_as_values_do():
    """The labels of the graph are in the error."""
    x = Value(2.0, "x")
    z = x - 1.0
    z.label = "z"
    program = mx.compile_graph(mx.log(z), inputs=x, target="numpy")
    assert program([2.0]).tolist() == [0.0]
    with pytest.raises(DomainError, match=r"log\(-1.0\) at 'z'"):
        program([0.0])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: mx.compile_graph(W * 2, inputs=[3.0]), TypeError, "not 3.0"),
        (lambda: mx.compile_graph(W * 2, inputs=[Value(1.0)]), ValueError, "none of the inputs"),
        (lambda: mx.compile_graph("W", inputs=[W]), TypeError, "'W'"),
        (lambda: mx.compile_graph(W * 2, parameters=[W * 2]), ValueError, "computed"),
        (lambda: mx.compile_graph(W * 2, inputs=[W], parameters=[W]), ValueError, "parameter"),
    ],
)
def test_what_is_no_graph_is_refused(make, error, words):
    """Inputs that are no Values, or not those of the graph, are errors when the program is made."""
    with pytest.raises(error, match=words):
        make()
