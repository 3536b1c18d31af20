"""What the tests of the JAX back end share: double precision, and plans held against the NumPy back end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.nests import Plan

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True)
def double() -> Any:
    """Let JAX compute in double precision, in every test of a file that names this fixture."""
    with jax.enable_x64(True):
        yield


def assert_same(plan: Plan, found: Any, given: Any) -> None:
    """Hold outputs and gradient to those of the NumPy back end."""
    parameters, inputs, weights = given
    expected = NumpyKernel(plan)(inputs, parameters, weights)
    outputs, gradient = found
    assert outputs.keys() == expected.outputs.keys()
    for name, x in expected.outputs.items():
        np.testing.assert_allclose(outputs[name], x, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-9, atol=1e-11)
