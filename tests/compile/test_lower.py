"""Lowering: only atoms are left, and not a bit of any number changes."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from microgradx import Value
from microgradx.compile.passes.lower import lower
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, FIRST_ROW, INPUT, ROWS, SUM, Builder, Tape, code, name
from microgradx.floats import evaluate as on_floats
from microgradx.primitives import ATOMS, row

from ..checks import samples, shapes
from ..oracle import flat
from ..programs import random_program
from ..test_grids import GRID
from .recorded import bits, recorded, shuffled
from .test_evaluate import ROWS as EVERY_ROW


def of_rows(p, shape, constant=()):
    """Return a tape of one node p over inputs, of which those at the places `constant` are constants."""
    builder = Builder()
    operands = [
        builder.leaves(CONSTANT, [dict(constant)[i]])[0] if i in dict(constant) else builder.leaves(INPUT, [i])[0]
        for i in range(sum(shape) if p.blocks else len(p.partials))
    ]
    split = shape[0] if p.blocks and len(shape) == 2 else 0
    return builder.tape(values=builder.rows(code(p), [operands], split))


def check_lowered(tape: Tape) -> None:
    """Assert that only leaves, sums, divisions and atoms are left, operands before users."""
    names = {ROWS[op - FIRST_ROW].name for op in tape.op.tolist() if op >= FIRST_ROW}
    assert names <= ATOMS | {"div"}, names - ATOMS
    assert (tape.left < tape.owner).all()
    assert (tape.right < tape.owner).all()
    assert (tape.twin >= 0).all()


def numbers(tape, inputs, output="values", parameters=()):
    """Return the numbers of the nodes of an output."""
    return evaluate(tape, inputs, parameters)[tape.outputs[output]]


@EVERY_ROW
def test_every_row_keeps_its_bits(p):
    """Each row of the table, for each length of its blocks, is made of atoms and gives the bits of the row."""
    every = list(samples(p, 60, reach=30.0))
    for i, shape in enumerate(shapes(p)):
        operands = every[i :: len(shapes(p))]
        tape = of_rows(p, shape)
        lowered = lower(tape)
        check_lowered(lowered)
        inputs = [flat(p, x) for x in operands]
        found = numbers(lowered, inputs)[0]
        assert bits(found) == bits([on_floats(p, x, None) for x in operands]) == bits(numbers(tape, inputs)[0])


@EVERY_ROW
def test_every_row_keeps_special_numbers(p):
    """At infinities, NaN, both zeros, subnormals and huge numbers, also as constants, the bits are those of the row."""
    shape = max((n for n in shapes(p) if sum(n) <= 3), default=())
    count = sum(shape) if p.blocks else len(p.partials)
    points = list(itertools.product(GRID, repeat=count))
    tape = of_rows(p, shape)
    expected = numbers(tape, points)[0]
    assert bits(numbers(lower(tape), points)[0]) == bits(expected)
    for place, x in itertools.product(range(count), GRID):
        lowered = lower(of_rows(p, shape, [(place, x)]))
        check_lowered(lowered)
        at = [i for i, point in enumerate(points) if point[place] is x]
        assert bits(numbers(lowered, [points[i] for i in at])[0]) == bits(expected[at])


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs_keep_every_number(seed):
    """All numbers of a random graph, in a random topological order, are there after lowering, bit for bit."""
    rng = random.Random(seed)
    program = random_program(rng, 40)
    order = shuffled(program.run([Value(x) for x in program.inputs])[-1], rng)
    graph = recorded(order)
    lowered = lower(graph.tape)
    check_lowered(lowered)
    found = evaluate(lowered, [[1.0]], graph.parameters)[lowered.outputs["all"][graph.at(order)], 0]
    assert bits(found) == bits([v.data for v in order])


def test_twins_and_order_are_those_of_the_opened_node():
    """What a row is opened into stands where the row stood, and belongs to the node to which the row belonged."""
    builder = Builder()
    x = builder.leaves(INPUT, [0, 1])
    a = builder.rows(code(row("sigmoid")), x[:, None])
    b = builder.rows(code(row("tanh")), a[:, None])
    builder.rows(code(row("relu")), b[:, None], twin=a)
    lowered = lower(builder.tape())
    nodes = np.flatnonzero(lowered.op != CONSTANT)
    twins, order = lowered.twin[nodes], [name(op) for op in lowered.op[nodes].tolist()]
    assert twins.tolist() == [0, 1] + [2] * 7 + [3] * 7 + [4, 5] + [2, 2, 3, 3]
    sigmoid = ["abs", "sum of products", "exp", "step", "select", "sum of products", "div"]
    assert order == ["input"] * 2 + sigmoid * 2 + ["tanh"] * 2 + ["step", "select"] * 2


def test_rows_that_give_their_operand_vanish():
    """pos and detach leave no node: users and outputs take the operand, through any number of them."""
    builder = Builder()
    x = builder.leaves(INPUT, [0])
    chain = x
    for p in ("pos", "detach", "detach", "pos"):
        chain = builder.rows(code(row(p)), [chain])
    square = builder.sums([chain], [chain])
    last = builder.rows(code(row("detach")), [builder.rows(code(row("relu")), [chain])])
    lowered = lower(builder.tape(values=[chain[0], square[0], last[0]]))
    assert [name(op) for op in lowered.op] == ["constant", "input", "sum of products", "step", "select"]
    assert lowered.outputs["values"].tolist() == [1, 2, 4]
    assert numbers(lowered, [[-3.0], [2.0]]).tolist() == [[-3.0, 2.0], [9.0, 4.0], [0.0, 2.0]]


def test_a_lowered_tape_stays_as_it_is():
    """Lowering twice is lowering once."""
    program = random_program(random.Random(4), 60)
    order = shuffled(program.run([Value(x) for x in program.inputs])[-1], random.Random(5))
    once = lower(recorded(order).tape)
    twice = lower(once)
    assert once.op.tolist() == twice.op.tolist()
    assert once.left.tolist() == twice.left.tolist()
    assert once.twin.tolist() == twice.twin.tolist()


def test_many_nodes_of_a_row_are_opened_at_once():
    """A thousand nodes take as many nodes each as one, and share the constants."""

    def count(n):
        builder = Builder()
        x = builder.leaves(INPUT, range(n))
        builder.rows(code(row("softplus")), x[:, None])
        lowered = lower(builder.tape())
        return len(lowered), np.count_nonzero(lowered.op == CONSTANT)

    (one, constants), (thousand, same) = count(1), count(1000)
    assert constants == same == 1
    assert thousand - 1 == 1000 * (one - 1)


def test_a_known_condition_leaves_one_branch():
    """Where an operand is constant, what it decides is decided: no select and nothing to compute is left."""
    lowered = lower(of_rows(row("relu"), (), [(0, 2.5)]))
    assert lowered.number[lowered.outputs["values"]].tolist() == [2.5]
    assert np.isin(lowered.op, [CONSTANT]).all()


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "gaussian", "affine", "logistic_density"])
def test_a_wrong_opening_is_noticed(name):
    """An opening with the sign of any one term changed has other numbers: the comparison can fail."""
    p = row(name)
    operands = max(samples(p, 20), key=lambda x: len(flat(p, x)))
    lowered = lower(of_rows(p, [len(x) for x in operands] if p.blocks else ()))
    expected = bits(on_floats(p, operands, None))
    for t in np.flatnonzero(lowered.op[lowered.owner] == SUM):
        sign = lowered.sign.copy()
        sign[t] = -sign[t]
        assert bits(numbers(replace(lowered, sign=sign), [flat(p, operands)])[0, 0]) != expected
