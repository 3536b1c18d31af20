"""Re-roll: every tape becomes a plan that computes it, and a regular one a plan of few nests."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from microgradx.compile.nests.addresses import indices
from microgradx.compile.nests.nests import Space
from microgradx.compile.paths.stages import Kind
from microgradx.compile.tape.levels import levels
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, code
from microgradx.primitives import row

from . import functions, networks, sequences
from .plans import (
    has_tables,
    irregular,
    of_program,
    of_tape,
    out_of_order,
    wrong_nodes,
)
from .zoo import ZOO

# What the passes before this one, and the trace, make of a program decides how few nests there are; these hold today
# with a tenth to spare.
FEW = (
    ("a net", partial(networks.mlp, [2, 16, 16, 1]), 22),
    ("a net for many classes", partial(networks.classifier, [8, 9, 10]), 50),
    ("tanh", partial(networks.mlp, [64, 32, 10], "tanh"), 22),
    ("micrograd's demo", partial(networks.moons, 30), 30),
    ("convolution", partial(networks.convolution, 30, 5, 4), 28),
    ("LSTM", partial(sequences.lstm, 4), 180),
    ("mixture", partial(functions.mixture, 10, 25), 80),
    ("transformer", partial(sequences.transformer, 4, fused=True), 230),
)


@pytest.mark.parametrize("example", ZOO, ids=str)
@pytest.mark.parametrize("kind", [Kind.VALUES, Kind.GRADIENT, Kind.JACOBIAN], ids=lambda kind: kind.value)
def test_every_node_of_the_zoo_is_computed_bit_for_bit(example, kind):
    """What stands in a node's slot are the numbers of the tape, node by node, and no slot is read before its turn."""
    case = of_program(example.build(), kind, strict=True)
    assert wrong_nodes(case) == []
    assert out_of_order(case.plan) == []


@pytest.mark.parametrize("seed", range(12))
def test_tapes_without_any_order_are_computed_too(seed):
    """Random graphs, wide and deep, shared and unshared, with literals, parameters and inputs everywhere."""
    window = [3, 30, 1000][seed % 3]
    case = of_tape(irregular(300, window, seed))
    assert wrong_nodes(case) == []
    assert out_of_order(case.plan) == []


def test_random_wiring_becomes_few_nests_with_tables():
    """Nodes that take their operands from anywhere are one nest, whatever their number."""
    rng = np.random.default_rng(5)
    b = Builder()
    x = b.leaves(INPUT, range(500))
    hidden = b.rows(code(row("tanh")), rng.choice(x, (2000, 1)))
    y = b.sums(rng.choice(hidden, (3000, 4)), NONE)
    case = of_tape(b.tape(values=y))
    assert len(case.plan.nests) <= 5
    assert sum(map(has_tables, case.plan.nests)) == 2
    assert wrong_nodes(case) == []


def test_regular_and_random_nodes_of_one_group_are_parted():
    """What follows a rule becomes nests by strides even if other nodes of its kind follow none."""
    rng = np.random.default_rng(6)
    b = Builder()
    x = b.leaves(INPUT, range(100))
    squares = b.sums(x[:, None], x[:, None])
    others = b.sums(rng.choice(x, (60, 1)), rng.choice(x, (60, 1)))
    case = of_tape(b.tape(values=[*squares, *others]))
    assert sorted(map(has_tables, case.plan.nests)) == [False, True]
    assert wrong_nodes(case) == []


def off_by_one(a, extents, length):
    """Yield the address with its base, its step or one of its strides one larger."""
    yield replace(a, base=a.base + 1)
    if length > 1:
        yield replace(a, step=a.step + 1)
    for d, n in enumerate(extents):
        if n > 1:
            yield replace(a, strides=(*a.strides[:d], a.strides[d] + 1, *a.strides[d + 1 :]))


def test_a_wrong_stride_is_noticed():
    """The comparison of slots fails if the base, the step or any stride of any operand is off by one."""
    case = of_program(networks.mlp([3, 5, 4, 1], "tanh"), strict=True)
    sizes = {Space.ROW: case.plan.rows, Space.ONE: case.plan.ones, Space.PARAM: case.plan.parameters}
    tried = 0
    for i, nest in enumerate(case.plan.nests):
        for j, s in enumerate(nest.segments):
            for a in off_by_one(s.a, nest.extents, s.length):
                inside = indices(a, nest.extents, s.length).max() < sizes[a.space]
                if inside and nest.out.space is Space.ROW:
                    segments = (*nest.segments[:j], replace(s, a=a), *nest.segments[j + 1 :])
                    nests = (*case.plan.nests[:i], replace(nest, segments=segments), *case.plan.nests[i + 1 :])
                    assert wrong_nodes(case, plan=replace(case.plan, nests=nests)), (nest, a)
                    tried += 1
    assert tried > 20


def test_a_plan_in_the_wrong_order_is_noticed():
    """The check of the order of nests fails if two that depend on each other change places."""
    plan = of_program(networks.mlp([3, 5, 1]), Kind.VALUES).plan
    assert out_of_order(plan) == []
    assert out_of_order(replace(plan, nests=plan.nests[::-1]))


@pytest.mark.parametrize(("name", "build", "most"), FEW, ids=[name for name, *_ in FEW])
def test_programs_written_with_loops_become_few_nests(name, build, most):
    """Fully unrolled programs are rolled up again, and nothing in them needs a table."""
    plan = of_program(build()).plan
    assert len(plan.nests) <= most
    assert not any(map(has_tables, plan.nests))


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_number_of_nests_does_not_depend_on_the_width(activation, depth):
    """Nets of any different widths, drawn anew at each run, become equally many nests."""
    rng = np.random.default_rng()
    drawn = [[*rng.permutation(np.arange(2, 40))[:depth].tolist(), 1] for _ in range(3)]
    found = {str(sizes): len(of_program(networks.mlp(sizes, activation)).plan.nests) for sizes in drawn}
    assert len(set(found.values())) == 1, found


def test_the_number_of_nests_does_not_depend_on_the_batch_that_is_written_out():
    """Examples written out one after the other are a loop like any other."""
    found = {n: len(of_program(networks.moons(n, (2, 7, 5, 1))).plan.nests) for n in (5, 11, 24)}
    assert len(set(found.values())) == 1, found


def test_a_batch_written_out_is_a_product_of_matrices():
    """A layer of 6 units for 20 examples is one nest: the weights go by units, the inputs by examples."""
    nests = of_program(networks.moons(20, (2, 6, 1))).plan.nests
    layer = next(nest for nest in nests if nest.extents == (20, 6) and nest.op == SUM)
    weights, inputs = layer.segments[1].a, layer.segments[1].b  # behind the bias
    assert (weights.space, weights.strides) == (Space.PARAM, (0, 3))
    assert (inputs.space, inputs.strides) == (Space.ROW, (2, 0))


def test_data_that_are_constants_are_stored_once():
    """A batch of literals is read by strides, along the examples alone."""
    rng = np.random.default_rng(1)
    data = rng.normal(size=(20, 3))
    b = Builder()
    w, x, s = b.leaves(PARAMETER, range(15)).reshape(5, 3), b.leaves(CONSTANT, data.ravel()), b.leaves(INPUT, [0])
    row_of_w = b.sums(w.reshape(-1, 1), s)
    y = b.sums(np.tile(row_of_w.reshape(5, 3), (20, 1)), np.repeat(x.reshape(20, 3), 5, axis=0))
    case = of_tape(b.tape(values=y))
    _, product = case.plan.nests
    assert product.extents == (20, 5)
    assert product.segments[0].a.strides == (3, 0)
    assert np.array_equal(case.plan.constants, data.ravel())
    assert wrong_nodes(case) == []


def test_what_does_not_depend_on_the_row_is_computed_once():
    """Nodes over parameters and constants stand in space ONE, behind the constants, and come before all others."""
    b = Builder()
    w, x, c = b.leaves(PARAMETER, range(3)), b.leaves(INPUT, range(3)), b.leaves(CONSTANT, [2.0])
    e = b.rows(code(row("exp")), w[:, None])
    f = b.sums(e[:, None], c)
    y = b.sums(x[:, None], f[:, None])
    case = of_tape(b.tape(values=y))
    assert [nest.out.space for nest in case.plan.nests] == [Space.ONE, Space.ONE, Space.ROW]
    assert case.rolled.place[e].tolist() == [1, 2, 3]
    assert wrong_nodes(case) == []


def test_subtracted_terms_keep_their_signs():
    """A segment has one sign, and the order of terms is kept."""
    b = Builder()
    x = b.leaves(INPUT, range(12))
    y = b.sums(x.reshape(2, 6), NONE, [1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
    (nest,) = of_tape(b.tape(values=y)).plan.nests
    assert [(s.length, s.sign) for s in nest.segments] == [(3, 1.0), (3, -1.0)]


@pytest.mark.parametrize("seed", range(5))
def test_levels_are_the_longest_paths(seed):
    """A node is one level above the highest of its operands, inputs above all that does not depend on them."""
    tape = irregular(200, 20, seed)
    found = levels(tape)
    for node in np.flatnonzero(tape.op >= SUM).tolist():
        terms = slice(tape.start[node], tape.start[node + 1])
        operands = [i for i in (*tape.left[terms], *tape.right[terms]) if i != NONE]
        assert found[node] == found[operands].max() + 1
    assert set(found[tape.op == INPUT]) == {len(tape)}
    assert set(found[(tape.op == CONSTANT) | (tape.op == PARAMETER)]) == {0}


def test_a_long_chain_is_a_plan_of_as_many_nests():
    """Depth is bounded by memory alone."""
    b = Builder()
    n, (x,) = 3000, b.leaves(INPUT, [0])
    b.append(np.full(n, SUM), np.arange(n) + 1, np.arange(x, x + n), x, 1.0, 0, 0.0, None)
    case = of_tape(b.tape(values=[n]))
    assert len(case.plan.nests) == n
    assert wrong_nodes(case) == []
