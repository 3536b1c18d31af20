"""Program: a compiled function gives what Values give, for every shape, dtype and number of rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value

from .small_net import TARGETS, mean_of, net


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


@pytest.mark.filterwarnings("ignore:the function itself changes this")
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


@pytest.mark.filterwarnings("ignore:the function itself changes this")
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
