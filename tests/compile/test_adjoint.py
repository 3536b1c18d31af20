"""Derivatives on the tape: in strict order the eager ones bit for bit, of any order, forward and reverse."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.passes.adjoint import adjoint
from microgradx.compile.passes.dead import dead
from microgradx.compile.passes.lower import lower
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, SUM, Builder, code
from microgradx.compile.tracing.eager_order import eager_order
from microgradx.nn import MLP, Neuron
from microgradx.primitives import row
from microgradx.sweep import nodes, sweep, topological_order

from ..programs import random_program
from .recorded import Recorded, bits, recorded, shuffled


def eager_signals(output: Value, seed: float) -> list[tuple[Value, float | None]]:
    """Return each Value of a graph with its error signal; None where none arrives."""
    order = topological_order(output)
    pairs = zip(order, sweep(order, seed), strict=True)
    return [(v, None if g is None else float(g)) for v, g in pairs if isinstance(v, Value)]


def signals(graph: Recorded, output: Value, wanted: list[Value], seed=1.0, strict=True, lowered=False, order=None):
    """Return the error signals of Values as the tape computes them; None where none arrives."""
    tape, node = graph.tape, int(graph.at([output])[0])
    if strict:
        order = eager_order(graph.recording, node)
    longer, found = adjoint(tape, node, graph.seed, graph.at(wanted), order)
    assert (longer.left < longer.owner).all()
    assert (longer.right < longer.owner).all()
    longer = longer.with_outputs(signals=found)
    longer = lower(longer) if lowered else longer
    numbers = evaluate(longer, [[seed]], graph.parameters)[:, 0]
    return [None if n == NONE else numbers[n] for n in longer.outputs["signals"].tolist()]


def same(found, expected) -> bool:
    """Tell whether two lists of numbers and Nones are the same bit for bit."""
    return [x if x is None else bits(x) for x in found] == [x if x is None else bits(x) for x in expected]


def check_backward(output: Value, rng: random.Random) -> None:
    """Assert that every node has its eager error signal, however the graph was recorded, and to rounding by default."""
    seed = rng.choice((1.0, -0.3))
    wanted, expected = zip(*eager_signals(output, seed), strict=True)
    for order in (nodes(output), shuffled(output, rng)):
        graph = recorded(order)
        assert same(signals(graph, output, wanted, seed), expected)
        assert same(signals(graph, output, wanted, seed, lowered=True), expected)
        leaves = [i for i, v in enumerate(wanted) if v._primitive is None]
        some = rng.sample(leaves, rng.randint(1, len(leaves)))
        assert same(signals(graph, output, [wanted[i] for i in some], seed), [expected[i] for i in some])
    found = signals(graph, output, wanted, seed, strict=False)
    assert [x is None for x in found] == [x is None for x in expected]
    assert [x for x in found if x is not None] == pytest.approx([x for x in expected if x is not None], 1e-9, 1e-9)


@pytest.mark.parametrize("block", range(10))
def test_random_graphs(block):
    """On random graphs every error signal is the eager one, and absent where it is absent."""
    for seed in range(20 * block, 20 * block + 20):
        rng = random.Random(seed)
        program = random_program(rng, rng.randint(4, 50))
        check_backward(program.run([Value(x) for x in program.inputs])[-1], rng)


def random_network(rng: random.Random) -> Value:
    """Return the loss of a network whose layers share blocks, with a recurrent neuron and operands that come twice."""
    activation = rng.choice(("relu", "tanh", "sigmoid", "softplus", "gaussian", "leaky_relu", "linear"))
    sizes = [rng.randint(1, 5) for _ in range(rng.randint(1, 3))]
    nin = rng.randint(1, 4)
    model = MLP(nin, sizes, activation=activation, seed=rng.randrange(1000))
    x = [Value(rng.gauss(0.0, 1.0)) if rng.random() < 0.6 else rng.gauss(0.0, 1.0) for _ in range(nin)]
    y = model(x) if sizes[-1] > 1 else [model(x)]
    loss = mx.logsumexp(y) + sum((yᵢ - 1.0) ** 2 for yᵢ in y) + mx.dot(y, y) + mx.max(y) * y[0]
    neuron, state = Neuron(2, "tanh", seed=1), Value(0.1)
    for _ in range(rng.randint(0, 4)):
        state = neuron([state, rng.choice(y)])
    h = mx.where(rng.random() < 0.5, state * state, state + state)
    again = model([mx.sin(xᵢ) for xᵢ in x])
    return loss * h + mx.dot([h, state, y[0]], [y[0], h, h]) + mx.sum(again if sizes[-1] > 1 else [again, h])


@pytest.mark.parametrize("block", range(6))
def test_networks_that_share_blocks(block):
    """Where the neurons of a layer share their inputs, and a neuron is used again and again, no bit differs."""
    for seed in range(8 * block, 8 * block + 8):
        rng = random.Random(seed)
        check_backward(random_network(rng), rng)


@pytest.mark.parametrize("seed", range(10))
def test_detached_nodes_count_in_the_order(seed):
    """No signal flows through detach, but the walk over the graph does, and it decides the order of additions."""
    rng = random.Random(seed)
    x = Value(0.7)
    terms = [mx.sin(x * rng.uniform(0.5, 2.0)) * 10.0 ** rng.randint(-3, 3) for _ in range(8)]
    output = mx.sum([mx.detach(v) for v in rng.sample(terms, 8)]) + mx.sum(terms)
    check_backward(output, rng)


def test_constants_decide_branches_row_by_row():
    """Powers with a constant exponent and with a constant base stand side by side, and neither needs a select."""
    x, y = Value(3.0), Value(2.0)
    output = mx.sum([x**2.0, 2.0**y, x**3.0, 0.5**y, y**1.0])
    check_backward(output, random.Random(0))
    graph = recorded(nodes(output))
    tape, found = adjoint(graph.tape, int(graph.at([output])[0]), graph.seed, graph.at([x, y]))
    tape = dead(tape.with_outputs(found=found))
    assert not np.isin(tape.op, [code(row("select")), code(row("equal"))]).any()


def test_another_order_is_noticed():
    """Added up from the last user on tape to the first, or without blocks, some error signals differ in a bit."""
    by_creation = without_blocks = 0
    for seed in range(30):
        output = random_network(random.Random(seed))
        wanted, expected = zip(*eager_signals(output, 1.0), strict=True)
        graph = recorded(shuffled(output, random.Random(seed)))
        by_creation += not same(signals(graph, output, wanted, strict=False), expected)
        order = eager_order(graph.recording, int(graph.at([output])[0]))
        order = order._replace(blocks=np.full_like(order.blocks, NONE))
        without_blocks += not same(signals(graph, output, wanted, strict=False, order=order), expected)
    assert by_creation > 10
    assert without_blocks > 3


def test_a_dropped_term_is_noticed():
    """Without any one of the terms that error signals have, some error signal differs: the comparison can fail."""
    output = random_network(random.Random(3))
    leaves = [v for v in nodes(output) if v._primitive is None]
    graph = recorded(nodes(output))
    longer, found = adjoint(graph.tape, int(graph.at([output])[0]), graph.seed, graph.at(leaves))
    expected = evaluate(longer, [[1.0]], graph.parameters)[found, 0]
    new = np.flatnonzero((longer.owner >= len(graph.tape)) & (longer.op[longer.owner] == SUM))
    unnoticed = 0
    for t in new:
        sign = longer.sign.copy()
        sign[t] = 0.0
        numbers = evaluate(replace(longer, sign=sign), [[1.0]], graph.parameters)[found, 0]
        unnoticed += bits(numbers) == bits(expected)
    assert unnoticed <= len(new) // 10  # those that are 0 by their values, or lost in rounding


def test_what_is_not_reached_has_no_signal():
    """Constants, comparisons, detached nodes, later and unrelated nodes have none; the output has its seed."""
    builder = Builder()
    x, y, seed = builder.leaves(INPUT, [0, 1, 2])
    c = builder.leaves(CONSTANT, [2.0])[0]
    cut = builder.rows(code(row("detach")), [[y]])[0]
    z = builder.sums([[x, cut]], [[c, x]])[0]
    later = builder.sums([[z, y]], [[x, y]])[0]
    tape = builder.tape()
    longer, found = adjoint(tape, z, seed, [x, y, c, cut, z, later, seed])
    assert (found == NONE).tolist() == [False, True, True, False, False, True, True]
    assert found[4] == seed
    assert evaluate(longer, [[1.0, 5.0, 10.0]])[found[[0, 3]], 0].tolist() == [20.0 + 50.0, 10.0]
    for leaf in (x, c):
        same_tape, found = adjoint(tape, leaf, seed, [x, y])
        assert len(same_tape) == len(tape)
        assert found.tolist() == [seed if leaf == x else NONE, NONE]
    assert adjoint(tape, z, seed, [])[1].shape == (0,)


def test_nothing_is_computed_beside_the_paths():
    """Only nodes between what is wanted and the output get signals, and each belongs to the node whose signal it is."""
    builder = Builder()
    x = builder.leaves(INPUT, [0, 1, 2])
    sines = builder.rows(code(row("sin")), x[:2, None])
    beside = builder.rows(code(row("exp")), sines[:, None])
    z = builder.sums([[sines[0], beside[1]]], [[sines[1], NONE]])[0]
    builder.rows(code(row("tanh")), [[z]])
    tape = builder.tape()
    longer, found = adjoint(tape, z, x[2], [x[0]])
    assert longer.twin[len(tape) :].tolist() == [sines[0], sines[0], x[0]]  # cos, then two signals
    assert found.tolist() == [len(tape) + 2]
    assert longer.twin[: len(tape)].tolist() == list(range(len(tape)))


def test_a_deep_graph():
    """A chain of 20,000 nodes, with a dead chain beside it, is differentiated without recursion."""
    builder = Builder()
    x, y, seed = builder.leaves(INPUT, [0, 1, 2])
    n = 20_000
    chain = np.stack([np.arange(n) * 2 + 1, np.arange(n) * 2 + 2], axis=1)
    chain[0] = x, y
    builder.append(np.full(2 * n, SUM), np.arange(1, 2 * n + 1), chain.ravel(), NONE, -1.0, 0, 0.0, None)
    tape = builder.tape()
    longer, found = adjoint(tape, len(tape) - 2, seed, [x, y])
    assert evaluate(longer, [[1.0, 1.0, 3.0]])[found[0], 0] == 3.0
    assert found[1] == NONE
    assert len(longer) == len(tape) + n


def test_work_is_linear():
    """Twice as many examples in one loss give twice as many nodes and terms of error signals."""

    def sizes(n):
        model = MLP(2, [3, 1], activation="tanh", seed=0)
        losses = [(model([Value(i / n), Value(1.0)]) - 1.0) ** 2 for i in range(n)]
        order = nodes(mx.sum(losses))
        graph = recorded(order)
        longer, _ = adjoint(graph.tape, int(graph.at(order[-1:])[0]), graph.seed, graph.at(model.parameters()))
        return np.array([len(longer) - len(graph.tape), len(longer.left) - len(graph.tape.left)])

    one, two, three = map(sizes, (20, 40, 60))
    assert (two - one == three - two).all()
