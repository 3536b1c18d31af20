"""Derivatives on the tape beyond one sweep: of traced programs, of second order, and in forward mode."""

from __future__ import annotations

import inspect
import random

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.passes.adjoint import adjoint, tangent
from microgradx.compile.passes.lower import lower
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, Builder, code
from microgradx.compile.tracing.eager_order import eager_order
from microgradx.compile.tracing.trace import trace
from microgradx.primitives import row
from microgradx.sweep import nodes

from ..checks import graph as graph_of_row
from ..checks import samples
from ..programs import random_program
from .examples import eager, plain
from .recorded import Recorded, bits, recorded
from .test_evaluate import ROWS as EVERY_ROW
from .zoo import ZOO


@pytest.mark.parametrize("each", ZOO, ids=lambda each: each.name)
def test_traced_programs(each):
    """Traced in strict mode, each program of the zoo has its eager gradients bit for bit, lowered too."""
    program = each.build()
    arguments = program.rows(2, 0)
    names = list(inspect.signature(program.f).parameters)
    indices = [i for i, name in enumerate(names) if name in program.indices]
    expected = eager(program, arguments)
    shapes_of_row = [np.shape(x)[1:] for x in arguments]
    for i, example in enumerate(zip(*map(plain, arguments), strict=True)):
        recording = trace(program.f, shapes_of_row, program.parameters, indices=indices, example=example, strict=True)
        columns = recording.columns
        inputs = [entry(example, column) for column in columns]
        slopes = [d for found in expected.by_arguments if found is not None for d in np.ravel(found[i]).tolist()]
        free = [n for n, column in enumerate(columns) if column.argument not in indices]
        for lowered in (False, True):
            of_parameters, of_inputs = gradients(recording, inputs, lowered)
            assert bits(of_parameters) == bits(expected.by_parameters[i])
            assert bits([of_inputs[n] for n in free]) == bits(slopes)


def entry(example, column) -> float:
    """Return the number that a row has for an input."""
    x = example[column.argument]
    for i in column.place:
        x = x[i]
    return float(x) if column.category is None else float(x == column.category)


def gradients(recording, inputs, lowered) -> list[list[float]]:
    """Return the derivatives of a recording's value by its parameters and by its inputs, 0 where nothing arrives."""
    builder = Builder(recording.tape)
    seed = int(builder.leaves(INPUT, [len(inputs)])[0])
    (output,) = recording.tape.outputs["values"].tolist()
    tape = builder.tape()
    leaves = np.flatnonzero(np.isin(tape.op[:seed], (PARAMETER, INPUT)))
    tape, found = adjoint(tape, output, seed, leaves, eager_order(recording, output))
    tape = tape.with_outputs(found=found)
    tape = lower(tape) if lowered else tape
    parameters = [v.data for v in (*recording.parameters, *recording.captured)]
    numbers = evaluate(tape, [[*inputs, 1.0]], parameters)[:, 0]
    result = []
    for kind, count in ((PARAMETER, len(recording.parameters)), (INPUT, len(inputs))):
        slopes = [0.0] * (count + len(parameters))  # captured numbers come after the parameters
        for leaf, node in zip(leaves.tolist(), tape.outputs["found"].tolist(), strict=True):
            if recording.tape.op[leaf] == kind and node != NONE:
                slopes[int(recording.tape.number[leaf])] = numbers[node]
        result.append(slopes[:count])
    return result


def hessian(graph: Recorded, output: Value, inputs: list[Value]) -> np.ndarray:
    """Return the second derivatives as error signals of error signals."""
    places = graph.at(inputs)
    tape, gradient = adjoint(graph.tape, int(graph.at([output])[0]), graph.seed, places)
    found = np.full((len(inputs), len(inputs)), NONE)
    for i, node in enumerate(gradient.tolist()):
        if node != NONE:
            tape, found[i] = adjoint(tape, node, graph.seed, places)
    tape = lower(tape.with_outputs(found=found.ravel()))
    numbers = evaluate(tape, [[1.0]], graph.parameters)[:, 0]
    places = tape.outputs["found"].reshape(found.shape)
    return np.where(places == NONE, 0.0, numbers[places])


@pytest.mark.parametrize("block", range(5))
def test_second_derivatives(block):
    """The error signals of error signals are the Hessian, and the tangents of error signals are it too."""
    for seed in range(8 * block, 8 * block + 8):
        program = random_program(random.Random(seed), 16)
        expected = np.array(mx.hessian(lambda x, program=program: program.run(x)[-1], program.inputs))
        inputs = [Value(x) for x in program.inputs]
        output = program.run(inputs)[-1]
        graph = recorded([*inputs, *[v for v in nodes(output) if v._primitive is not None]])
        tolerance = {"rtol": 1e-9, "atol": 1e-9 * np.abs(expected).max(initial=0.0)}
        assert np.allclose(hessian(graph, output, inputs), expected, **tolerance)
        tape, gradient = adjoint(graph.tape, int(graph.at([output])[0]), graph.seed, graph.at(inputs))
        reached = np.flatnonzero(gradient != NONE)
        for j, v in enumerate(inputs):
            one, found = tangent(tape, graph.at([v]), np.array([graph.seed]), gradient[reached])
            numbers = evaluate(one, [[1.0]], graph.parameters)[:, 0]
            assert np.allclose(np.where(found == NONE, 0.0, numbers[found]), expected[reached, j], **tolerance)


@EVERY_ROW
def test_second_derivatives_of_every_row(p):
    """Second derivatives of each row agree with those of eager gradient graphs."""
    for operands in samples(p, 8):
        inputs, output = graph_of_row(p, operands)
        expected = [mx.grad(slope, inputs) for slope in mx.grad(output, inputs, create_graph=True)]
        found = hessian(recorded([*inputs, output]), output, inputs)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("n", range(4))
def test_powers_at_zero(n):
    """x⁰, x¹, x² and x³ have all their derivatives at 0, because a constant exponent decides its branches at once."""
    builder = Builder()
    x, one = builder.leaves(INPUT, [0, 1])
    z = builder.rows(code(row("pow")), [[x, builder.leaves(CONSTANT, [float(n)])[0]]])[0]
    tape, factorial = builder.tape(), [1.0, 1.0, 2.0, 6.0][n]
    for k in range(1, 6):
        tape, (z,) = adjoint(tape, z, one, [x])
        if z == NONE:
            assert k > n
            break
        lowered = lower(tape.with_outputs(z=[z]))
        assert evaluate(lowered, [[0.0, 1.0]])[lowered.outputs["z"], 0] == (factorial if k == n else 0.0)


@pytest.mark.parametrize("seed", range(40))
def test_tangents_are_those_of_duals(seed):
    """Forward mode gives the bits that Duals give, for every number of a random graph."""
    rng = random.Random(seed)
    program = random_program(rng, 40)
    direction = [rng.choice((1.0, -0.7, rng.gauss(0.0, 1.0))) for _ in program.inputs]
    _, expected = mx.jvp(program.run, program.inputs, direction)
    inputs = [Value(x) for x in program.inputs]
    numbers = program.run(inputs)
    graph = recorded(numbers)
    builder = Builder(graph.tape)
    directions = builder.leaves(CONSTANT, direction)
    longer, found = tangent(builder.tape(), graph.at(inputs), directions, graph.at(numbers))
    lowered = lower(longer.with_outputs(z=found))
    z = evaluate(lowered, [[1.0]], graph.parameters)[lowered.outputs["z"], 0]
    assert bits(np.where(found == NONE, 0.0, z)) == bits(expected)
