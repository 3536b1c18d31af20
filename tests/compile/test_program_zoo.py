"""Every program of the zoo, compiled, against the same on Values: values, gradients by arguments and by parameters."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import microgradx as mx

from .examples import eager
from .zoo import ZOO

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]


@pytest.mark.parametrize("each", EXAMPLES)
def test_strict_programs_equal_values_bit_for_bit(each):
    """Values and gradients by arguments equal the engine's bits, row by row; the mean gradient to the last digits."""
    program = each.build()
    rows = program.rows(3, 7)
    expected = eager(program, rows)
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, strict=True, target="numpy")
    assert compiled(*rows).tolist() == expected.values
    compare_gradients(compiled, rows, expected, np.testing.assert_array_equal)
    compare_means(compiled, program, rows, expected)


@pytest.mark.parametrize("each", EXAMPLES)
def test_programs_equal_values_within_rounding(each):
    """Values, gradients by arguments and the mean gradient of the default target are the engine's but for rounding."""
    program = each.build()
    rows = program.rows(11, 8)
    expected = eager(program, rows)
    compiled = mx.compile(program.f, program.parameters, indices=program.indices)
    close = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11)
    close(compiled(*rows), expected.values)
    compare_gradients(compiled, rows, expected, close)
    compare_means(compiled, program, rows, expected)


def compare_gradients(compiled, rows, expected, equal):
    """Compare the gradients by arguments."""
    found = compiled.gradients(*rows)
    found = [found] if len(rows) == 1 else found
    for gradient, by_argument, x in zip(found, expected.by_arguments, rows, strict=True):
        equal(gradient, np.zeros(np.shape(x)) if by_argument is None else np.reshape(by_argument, np.shape(x)))


def compare_means(compiled, program, rows, expected):
    """Compare the mean and its gradient by parameters."""
    if program.parameters:
        mean, gradient = compiled.value_and_grad(*rows)
        assert isinstance(mean, float)
        np.testing.assert_allclose(mean, np.mean(expected.values), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(gradient, np.mean(expected.by_parameters, axis=0), rtol=1e-9, atol=1e-11)


def test_a_wrong_gradient_is_seen():
    """The comparison above can fail: a gradient 1e-7 off is seen."""
    program = ZOO[0].build()
    rows = program.rows(3, 7)
    expected = eager(program, rows)
    expected.by_arguments[0][1][0] *= 1 + 1e-7
    compiled = mx.compile(program.f, program.parameters, target="numpy")
    with pytest.raises(AssertionError):
        compare_gradients(compiled, rows, expected, partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11))
