"""Where a plan puts things: gradients, inputs and parameters, outputs, constants."""

from __future__ import annotations

import numpy as np

from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.literals import Literals
from microgradx.compile.nests.nests import Space
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, code
from microgradx.primitives import row

from . import networks
from .plans import bits, expected_gradient, numbers, of_program, of_tape, wrong_nodes


def gradients_of_a_small_tape():
    """Return a tape, and nodes for the gradients of 6 parameters: sums, one used twice, a leaf, an alias, and none."""
    b = Builder()
    x, w, one = b.leaves(INPUT, range(4)), b.leaves(PARAMETER, range(2)), b.leaves(CONSTANT, [1.0])
    own = b.sums([[x[0], x[1]]], [[x[2], x[3]]])
    shared = b.sums([[x[0]]], [[w[1]]])
    user = b.rows(code(row("exp")), [shared])
    copied = b.sums([[x[1], x[2]]], NONE)
    gradients = np.array([own[0], shared[0], x[3], copied[0], NONE, copied[0]])
    return b.tape(values=[*user, *one], gradients=gradients), gradients


def test_gradients_are_added_over_rows_in_their_places():
    """Whatever node the gradient of a parameter is, its place of GRAD gets its sum over all rows, bit for bit."""
    tape, gradients = gradients_of_a_small_tape()
    case = of_tape(tape, gradients)
    for rows in (1, 5):
        inputs, _, parameters = numbers(case, rows)
        found = NumpyKernel(case.plan, strict=True)(inputs, parameters[: case.parameters]).gradient
        assert bits(found).tolist() == bits(expected_gradient(case, gradients, inputs, parameters)).tolist()
    assert wrong_nodes(case) == []


def test_a_gradient_that_nothing_else_uses_is_never_stored_for_each_row():
    """Its terms are added up in GRAD at once; others are stored and read by a sum of one term."""
    tape, gradients = gradients_of_a_small_tape()
    case = of_tape(tape, gradients)
    assert [int(case.rolled.place[g]) >= 0 for g in gradients[[0, 1, 3]]] == [False, True, True]
    assert sum(np.prod(nest.extents) for nest in case.plan.nests if nest.out.space is Space.GRAD) == 5


def test_gradients_come_last_and_are_no_output():
    """Values are computed before gradients, and what is added up in GRAD is not given row by row too."""
    plan = of_program(networks.mlp([2, 3, 1])).plan
    summed = [nest.out.space is Space.GRAD for nest in plan.nests]
    assert summed == sorted(summed)
    assert "gradients" not in plan.outputs
    assert plan.gradients == 13


def test_inputs_and_parameters_that_the_tape_does_not_use_have_places_too():
    """Inputs are the first slots of a row, by number, whether or not they are used."""
    b = Builder()
    x, w = b.leaves(INPUT, [2]), b.leaves(PARAMETER, [1])
    plan = reroll(b.tape(values=b.sums([x], [w])), inputs=5, parameters=4).plan
    assert (plan.inputs, plan.rows, plan.parameters) == (5, 6, 4)
    assert plan.outputs["values"] == ((Space.ROW, 5),)


def test_outputs_may_be_leaves_or_nothing():
    """A constant output, an input, a parameter, and a signal that does not arrive all have places."""
    b = Builder()
    x, w, c = b.leaves(INPUT, [0]), b.leaves(PARAMETER, [0]), b.leaves(CONSTANT, [7.0])
    plan = of_tape(b.tape(values=[*x, *w, *c, NONE])).plan
    assert NumpyKernel(plan)([[5.0]], [3.0]).outputs["values"].tolist() == [[5.0, 3.0, 7.0, 0.0]]


def test_a_sum_of_nothing_is_zero():
    """A sum without terms is the constant 0, wherever it stands."""
    b = Builder()
    x, nothing = b.leaves(INPUT, [0]), b.append([SUM], [0], [], [], [], 0, 0.0, None)
    plan = of_tape(b.tape(values=[*nothing, *b.sums([[x[0], nothing[0]]], NONE)])).plan
    assert NumpyKernel(plan)([[5.0]]).outputs["values"].tolist() == [[0.0, 5.0]]


def test_constants_are_told_apart_by_their_bits():
    """0.0 and −0.0 are not shared, equal numbers are."""
    pool = Literals()
    places = [pool.address(np.array([x])).base for x in (0.0, -0.0, np.nan, 0.0, -0.0, np.nan)]
    assert places == [0, 1, 2, 0, 1, 2]
