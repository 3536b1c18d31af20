"""The JAX back end computes what plans say, and its functions are such as JAX can transform."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.jax_backend import computed, jax_function
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.paths.stages import Kind
from microgradx.errors import ShapeError

from . import functions, networks, sequences
from .in_jax import assert_same, jax
from .in_jax import double as double
from .plans import irregular, numbers, of_program, of_tape
from .test_jax_plans import plan_of
from .zoo import ZOO

SMALL = [
    networks.mlp([2, 16, 16, 1]),
    networks.classifier([5, 7, 4], "tanh"),
    networks.moons(6, [2, 5, 4, 1]),
    networks.convolution(9, 3, 2),
    functions.mixture(3, 4),
    sequences.lstm(1, inputs=1, width=2),
]
"""Programs that XLA compiles in a second."""


def arguments(case: Any, rows: int = 5, seed: int = 0) -> tuple[Any, Any, Any]:
    """Return parameters, inputs without the weight, and weights."""
    inputs, weights, parameters = numbers(case, rows, seed)
    return parameters, inputs[:, : case.plan.inputs - case.plan.weighted], weights


@pytest.mark.parametrize("example", ZOO, ids=str)
@pytest.mark.parametrize("kind", [Kind.GRADIENT, Kind.JACOBIAN], ids=lambda kind: kind.value)
def test_every_program_of_the_zoo(example: Any, kind: Kind) -> None:
    """The operations on arrays, run by NumPy, give values and derivatives of every program."""
    case = of_program(example.build(), kind)
    given = arguments(case)
    with np.errstate(all="ignore"):
        assert_same(case.plan, computed(np, case.plan, *given), given)


@pytest.mark.parametrize("program", SMALL)
def test_programs_in_machine_code_of_jax(program: Any) -> None:
    """Compiled by XLA they give the same."""
    case = of_program(program)
    given = arguments(case)
    assert_same(case.plan, jax.jit(jax_function(case.plan))(*given), given)


@pytest.mark.parametrize("seed", range(4))
def test_tapes_without_any_order(seed: int) -> None:
    """Tables of places, wide and deep, are looked up."""
    case = of_tape(irregular(300, [3, 30, 1000][seed % 3], seed))
    given = arguments(case)
    with np.errstate(all="ignore"):
        assert_same(case.plan, computed(np, case.plan, *given), given)


@pytest.mark.parametrize("program", SMALL)
def test_gradients_are_those_that_jax_finds(program: Any) -> None:
    """JAX differentiates the values and comes to the same gradient as the plan."""
    case = of_program(program)
    parameters, inputs, weights = arguments(case)
    f = jax_function(case.plan)

    def total(parameters: Any) -> Any:
        outputs, gradient = f(parameters, inputs, weights)
        return (outputs["values"][:, 0] * weights).sum(), gradient

    expected, gradient = jax.jit(jax.grad(total, has_aux=True))(parameters)
    np.testing.assert_allclose(gradient, expected[: len(gradient)], rtol=1e-9, atol=1e-11)


def test_jax_maps_over_sets_of_parameters() -> None:
    """vmap gives for each set of parameters what a call of its own gives, and for each row its own gradient."""
    case = of_program(networks.mlp([2, 4, 1]))
    _, inputs, weights = arguments(case)
    sets = np.random.default_rng(1).normal(size=(3, case.parameters))
    f = jax_function(case.plan)
    outputs, gradients = jax.jit(jax.vmap(f, (0, None, None)))(sets, inputs, weights)
    for parameters, values, gradient in zip(sets, outputs["values"], gradients, strict=True):
        assert_same(
            case.plan, ({"values": values, "guards": outputs["guards"][0]}, gradient), (parameters, inputs, weights)
        )
    of_rows = jax.jit(jax.vmap(lambda x, w: f(sets[0], x[None], w)[1]))(inputs, weights)
    np.testing.assert_allclose(of_rows.sum(axis=0), gradients[0], rtol=1e-10, atol=1e-12)


def test_a_weight_for_all_rows() -> None:
    """One number as weight is that of each row, and 1 if none is given."""
    case = of_program(networks.mlp([2, 4, 1]))
    parameters, inputs, _ = arguments(case)
    f = jax.jit(jax_function(case.plan))
    np.testing.assert_allclose(f(parameters, inputs, 0.25)[1], f(parameters, inputs, np.full(5, 0.25))[1])
    np.testing.assert_allclose(f(parameters, inputs)[1], f(parameters, inputs, 1.0)[1])


def test_single_precision_where_double_is_not_enabled() -> None:
    """Without `jax_enable_x64` results are float32, and near those of float64."""
    case = of_program(networks.mlp([2, 4, 1], "tanh"))
    parameters, inputs, weights = arguments(case)
    expected = NumpyKernel(case.plan)(inputs, parameters, weights)
    with jax.enable_x64(False):
        outputs, gradient = jax.jit(jax_function(case.plan))(parameters, inputs, weights)
    assert outputs["values"].dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(outputs["values"], expected.outputs["values"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-4, atol=1e-5)


def test_no_rows() -> None:
    """A batch of no rows has outputs of no rows and a gradient of zeros."""
    case = of_program(networks.mlp([2, 4, 1]))
    outputs, gradient = jax.jit(jax_function(case.plan))(np.ones(case.parameters), np.zeros((0, case.plan.inputs - 1)))
    assert outputs["values"].shape == (0, 1)
    assert gradient.tolist() == [0.0] * case.plan.gradients


@pytest.mark.parametrize(
    ("parameters", "inputs"),
    [(np.zeros(7), np.zeros((1, 6))), (np.zeros(6), np.zeros((1, 5))), (np.zeros(6), np.zeros(6))],
)
def test_wrong_shapes_are_refused(parameters: Any, inputs: Any) -> None:
    """Arrays of other shapes are an error that names both shapes."""
    with pytest.raises(ShapeError, match=r"6 parameters and rows of 6 inputs, not arrays of shapes"):
        jax_function(plan_of())(parameters, inputs)


def test_without_jax_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where jax is missing, the function is refused with the command that installs it."""
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match="pip install jax"):
        jax_function(plan_of())


def run(script: str, **environment: str) -> str:
    """Run a script in a fresh process and return what it prints."""
    import os

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_module_imports_no_jax() -> None:
    """Importing the back end does not import jax."""
    assert run("import sys, microgradx.compile.backends.jax_backend; print('jax' in sys.modules)") == "False"


SHARDED = """
import numpy as np, jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
jax.config.update("jax_enable_x64", True)
from microgradx.compile.backends.jax_backend import jax_function
from microgradx.compile.backends.numpy_backend import NumpyKernel
from tests.compile import networks
from tests.compile.plans import numbers, of_program

case = of_program(networks.mlp([2, 16, 16, 1]))
inputs, weights, parameters = numbers(case, 32)
inputs = inputs[:, :-1]
mesh = Mesh(np.array(jax.devices()), ("rows",))
by_row, everywhere = NamedSharding(mesh, PartitionSpec("rows")), NamedSharding(mesh, PartitionSpec())
placed = [jax.device_put(x, s) for x, s in ((parameters, everywhere), (inputs, by_row), (weights, by_row))]
f = jax.jit(jax_function(case.plan))
outputs, gradient = f(*placed)
expected = NumpyKernel(case.plan)(inputs, parameters, weights)
assert len(jax.devices()) == 4
assert {s.data.shape for s in outputs["values"].addressable_shards} == {(8, 1)}, outputs["values"].sharding
np.testing.assert_allclose(outputs["values"], expected.outputs["values"], rtol=1e-10, atol=1e-12)
np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-9, atol=1e-11)
text = f.lower(*placed).compile().as_text()
assert "all-reduce" in text and "all-gather" not in text, text
print("sharded")
"""


def test_rows_are_sharded_over_devices() -> None:
    """Rows placed on four devices stay there: each computes its own, and only gradients are summed over devices."""
    assert run(SHARDED, XLA_FLAGS="--xla_force_host_platform_device_count=4", JAX_PLATFORMS="cpu") == "sharded"
