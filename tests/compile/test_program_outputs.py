"""Program: what a function may return, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import ShapeError, TraceError

from .small_net import TARGETS


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
    """A list of one output gives (n, 1), and a Jacobian of one row."""
    program = mx.compile(lambda x: [x * x], target="numpy")
    assert program([3.0]).tolist() == [[9.0]]
    assert program.jacobian([3.0]).tolist() == [[[6.0]]]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["gradients", "hessian", "value_and_grad", "train"])
def test_a_gradient_needs_one_output(method, target):
    """Methods that need one number refuse a list, even of one as Values do, also where its code is known already."""
    w = Value(1.0)
    settings = {"epochs": 1} if method == "train" else {}
    getattr(mx.compile(lambda x: x * w, [w], target=target), method)([1.0], **settings)
    for outputs, instead in ((lambda x: [x * w], "that number itself"), (lambda x: [x * w, x], "their sum or mean")):
        program = mx.compile(outputs, [w], target=target)
        count = program([1.0]).shape[1]
        said = f"{method} needs .* one number, but this one returns a list of {count}; return {instead}, or see jac"
        with pytest.raises(ShapeError, match=said):
            getattr(program, method)([1.0], **settings)
    with pytest.raises(ShapeError, match="not a list of 1"):
        mx.value_and_grad(lambda x: [x[0]])([1.0])


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
