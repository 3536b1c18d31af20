"""The JAX back end computes what plans say, and its functions are such as JAX can transform."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.jax_arrays import Memory, taken
from microgradx.compile.backends.jax_backend import computed, jax_function
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment, Space
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.paths.stages import Kind
from microgradx.compile.tape.tape import INPUT, LESS, LESS_EQUAL, SUM, Builder, code
from microgradx.errors import ShapeError
from microgradx.floats import evaluate
from microgradx.primitives import ATOMS, row

from . import functions, networks, sequences
from .plans import irregular, numbers, of_program, of_tape
from .zoo import ZOO

jax = pytest.importorskip("jax")

SMALL = [
    networks.mlp([2, 16, 16, 1]),
    networks.classifier([5, 7, 4], "tanh"),
    networks.moons(6, [2, 5, 4, 1]),
    networks.convolution(9, 3, 2),
    functions.mixture(3, 4),
    sequences.lstm(1, inputs=1, width=2),
]
"""Programs that XLA compiles in a second."""


@pytest.fixture(autouse=True)
def _double() -> Any:
    with jax.enable_x64(True):
        yield


def arguments(case: Any, rows: int = 5, seed: int = 0) -> tuple[Any, Any, Any]:
    """Return parameters, inputs without the weight, and weights."""
    inputs, weights, parameters = numbers(case, rows, seed)
    return parameters, inputs[:, : case.plan.inputs - case.plan.weighted], weights


def assert_same(plan: Plan, found: Any, given: Any) -> None:
    """Hold outputs and gradient to those of the NumPy back end."""
    parameters, inputs, weights = given
    expected = NumpyKernel(plan)(inputs, parameters, weights)
    outputs, gradient = found
    assert outputs.keys() == expected.outputs.keys()
    for name, x in expected.outputs.items():
        np.testing.assert_allclose(outputs[name], x, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-9, atol=1e-11)


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


GRID = np.array([-2.5, -2.0, -1.0, -0.5, -0.0, 0.0, 0.3, 1.0, 2.0, 3.0, 1e200, -1e200, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("name", sorted(ATOMS | {"div"}))
def test_atoms_at_edges(name: str) -> None:
    """Each atom follows IEEE rules at zeros, infinities and NaN, to a few units in the last place elsewhere."""
    p = row(name)
    arity = 3 if name == "select" else 2 if p.blocks else len(p.partials)
    x = np.stack(np.meshgrid(*[GRID] * arity), axis=-1).reshape(-1, arity)
    b = Builder()
    plan = reroll(b.tape(values=b.rows(code(p), [b.leaves(INPUT, range(arity))]))).plan
    found = np.asarray(jax.jit(jax_function(plan))(np.zeros(0), x)[0]["values"])[:, 0]
    expected = np.array([evaluate(p, [operands] if p.blocks else operands, None) for operands in x.tolist()])
    np.testing.assert_allclose(found, expected, rtol=2e-15, atol=0.0)
    if name not in ("max", "min"):
        zero = expected == 0.0
        assert (np.signbit(found) == np.signbit(expected))[zero].all()


@pytest.mark.parametrize("op", [LESS, LESS_EQUAL])
def test_comparisons(op: int) -> None:
    """Comparisons give 1.0 or 0.0, and 0.0 if an operand is NaN."""
    x = np.stack(np.meshgrid(GRID, GRID), axis=-1).reshape(-1, 2)
    b = Builder()
    plan = reroll(b.tape(values=b.rows(op, [b.leaves(INPUT, [0, 1])]))).plan
    found = np.asarray(jax_function(plan)(np.zeros(0), x)[0]["values"])[:, 0]
    compare = np.less if op == LESS else np.less_equal
    assert found.tolist() == (compare(x[:, 0], x[:, 1]) * 1.0).tolist()


def place(space: Space, base: int, *strides: int, step: int = 0) -> Address:
    return Address(space, base, strides, step)


def plan_of(*nests: Nest, inputs: int = 6, parameters: int = 6, gradients: int = 0, outputs: int = 0) -> Plan:
    """Return a plan with constants 2 and 3, whose outputs are the slots after the inputs and after the constants."""
    wanted = tuple((Space.ROW, inputs + i) for i in range(outputs))
    constants = np.array([2.0, 3.0])
    return Plan(nests, constants, inputs, inputs + outputs, 9, parameters, gradients, False, {"values": wanted})


TABLE_OF_3 = np.array([[[0, 5]], [[3, 3]], [[1, 0]]])

PLANS = {
    "windows that overlap": plan_of(
        Nest(
            SUM,
            (4,),
            place(Space.ROW, 6, 1),
            (Segment(3, place(Space.ROW, 0, 1, step=1), place(Space.PARAM, 0, 0, step=1)),),
        ),
        outputs=4,
    ),
    "backwards": plan_of(
        Nest(
            SUM,
            (2,),
            place(Space.ROW, 6, 1),
            (Segment(3, place(Space.ROW, 5, -3, step=-1), place(Space.PARAM, 0, 1, step=2)),),
        ),
        outputs=2,
    ),
    "a table": plan_of(
        Nest(SUM, (3, 1), place(Space.ROW, 6, 1, 0), (Segment(2, Address(Space.ROW, 0, (0, 0), 0, TABLE_OF_3)),)),
        outputs=3,
    ),
    "several segments, subtracted": plan_of(
        Nest(
            SUM,
            (2,),
            place(Space.ROW, 6, 1),
            (
                Segment(1, place(Space.ROW, 0, 1), sign=-1.0),
                Segment(2, place(Space.ROW, 2, 0, step=1), place(Space.ONE, 0, 1), -1.0),
                Segment(2, place(Space.PARAM, 1, 1), place(Space.PARAM, 4, 0)),
            ),
        ),
        outputs=2,
    ),
    "a term several times": plan_of(
        Nest(SUM, (), place(Space.ROW, 6), (Segment(4, place(Space.ROW, 1), place(Space.PARAM, 1)),)), outputs=1
    ),
    "the same for all rows": plan_of(
        Nest(
            SUM,
            (3, 2),
            place(Space.ONE, 2, 2, 1),
            (Segment(1, place(Space.PARAM, 0, 2, 1), place(Space.PARAM, 0, 2, 1)),),
        ),
        Nest(code(row("max")), (2,), place(Space.ROW, 6, 1), (Segment(3, place(Space.ONE, 2, 1, step=2)),)),
        Nest(
            code(row("div")),
            (2,),
            place(Space.ROW, 8, 1),
            tuple(Segment(1, place(s, 2, 1)) for s in (Space.ONE, Space.ROW)),
        ),
        outputs=4,
    ),
    "gradients in other order, twice, of no rows": plan_of(
        Nest(
            SUM, (2, 3), place(Space.GRAD, 0, 1, 2), (Segment(1, place(Space.ROW, 0, 0, 1), place(Space.ROW, 3, 1, 0)),)
        ),
        Nest(SUM, (2,), place(Space.GRAD, 5, 1), (Segment(1, place(Space.ROW, 0, 1)),)),
        Nest(SUM, (), place(Space.GRAD, 8), (Segment(1, place(Space.PARAM, 3)),)),
        gradients=10,
    ),
    "places between others": plan_of(
        Nest(SUM, (3,), place(Space.ROW, 6, 2), (Segment(1, place(Space.ROW, 0, 1)),)),
        Nest(SUM, (3,), place(Space.ROW, 7, 2), (Segment(1, place(Space.ROW, 3, 1)),)),
        Nest(SUM, (2,), place(Space.ROW, 12, 1), (Segment(3, place(Space.ROW, 6, 3, step=1)),)),
        outputs=8,
    ),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_plans_by_hand(plan: Plan) -> None:
    """Whatever addresses a layout may choose, the function follows them."""
    rng = np.random.default_rng(2)
    given = rng.normal(size=plan.parameters), rng.normal(size=(3, plan.inputs)), 1.0
    assert_same(plan, jax_function(plan)(*given), given)


def test_outputs_may_stand_in_any_space() -> None:
    """An output may be an input, a constant, a parameter, each more than once; it has a number for each row."""
    places = ((Space.ROW, 1), (Space.ONE, 0), (Space.PARAM, 2), (Space.PARAM, 2), (Space.ROW, 0))
    plan = replace(plan_of(), outputs={"values": places, "none": ()})
    given = np.arange(6.0), np.arange(12.0).reshape(2, 6), 1.0
    outputs, gradient = jax_function(plan)(*given)
    assert outputs["values"].tolist() == [[1.0, 2.0, 2.0, 2.0, 0.0], [7.0, 2.0, 2.0, 2.0, 6.0]]
    assert outputs["none"].shape == (2, 0)
    assert gradient.shape == (0,)


def test_a_wrong_sign_is_noticed() -> None:
    """The comparison with the NumPy back end fails for a plan that is wrong in one sign."""
    plan = PLANS["several segments, subtracted"]
    nest = plan.nests[0]
    wrong = replace(nest, segments=(replace(nest.segments[0], sign=1.0), *nest.segments[1:]))
    given = np.ones(6), np.random.default_rng(3).normal(size=(3, 6)), 1.0
    with pytest.raises(AssertionError):
        assert_same(plan, jax_function(replace(plan, nests=(wrong,)))(*given), given)


@pytest.mark.parametrize("seed", range(30))
def test_slices_take_what_indices_take(seed: int) -> None:
    """Places by any strides, also such as overlap or run backwards, are those that plain indices give."""
    rng = np.random.default_rng(seed)
    extents = tuple(rng.integers(1, 4, rng.integers(0, 4)))
    steps = rng.integers(-7, 8, len(extents)) if seed % 2 else rng.permutation([1, 4, 12])[: len(extents)]
    places = sum(
        (np.arange(n) * s).reshape([-1 if k == i else 1 for k in range(len(extents))])
        for i, (n, s) in enumerate(zip(extents, steps, strict=True))
    )
    places = np.asarray(places, np.int64) - np.min(places, initial=0)
    x = rng.normal(size=(int(places.max(initial=0)) + 1, 2))
    assert np.array_equal(taken(np, x, places), x[places])


def test_memory_adds_to_what_is_there() -> None:
    """Numbers for places that have some are added to these, also if only some of the places have."""
    memory = Memory(np, np.zeros(0))
    memory.add(np.array([3, 1]), np.array([30.0, 10.0]))
    memory.add(np.array([0, 1]), np.array([5.0, 1.0]))
    assert memory.holds(np.arange(5)).tolist() == [True, True, False, True, False]
    assert memory.load(np.array([0, 1, 3])).tolist() == [5.0, 11.0, 30.0]


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
