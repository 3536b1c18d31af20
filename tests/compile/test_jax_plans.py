"""The JAX back end computes what plans written by hand say, at edges too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from microgradx.compile.backends.jax_arrays import Memory, taken
from microgradx.compile.backends.jax_backend import jax_function
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment, Space
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.tape.tape import INPUT, LESS, LESS_EQUAL, SUM, Builder, code
from microgradx.floats import evaluate
from microgradx.primitives import ATOMS, row

from .in_jax import assert_same, jax
from .in_jax import double as double

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


TABLE_OF_3 = np.array([[[0, 5]], [[3, 3]], [[1, 0]]])


def place(space: Space, base: int, *strides: int, step: int = 0) -> Address:
    return Address(space, base, strides, step)


def plan_of(*nests: Nest, inputs: int = 6, parameters: int = 6, gradients: int = 0, outputs: int = 0) -> Plan:
    """Return a plan with constants 2 and 3, whose outputs are the slots after the inputs and after the constants."""
    wanted = tuple((Space.ROW, inputs + i) for i in range(outputs))
    constants = np.array([2.0, 3.0])
    return Plan(nests, constants, inputs, inputs + outputs, 9, parameters, gradients, False, {"values": wanted})


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


def test_a_wrong_sign_is_noticed() -> None:
    """The comparison with the NumPy back end fails for a plan that is wrong in one sign."""
    plan = PLANS["several segments, subtracted"]
    nest = plan.nests[0]
    wrong = replace(nest, segments=(replace(nest.segments[0], sign=1.0), *nest.segments[1:]))
    given = np.ones(6), np.random.default_rng(3).normal(size=(3, 6)), 1.0
    with pytest.raises(AssertionError):
        assert_same(plan, jax_function(replace(plan, nests=(wrong,)))(*given), given)
