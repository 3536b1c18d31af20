"""Derivatives of every row on the tape are the eager ones bit for bit, at special numbers too."""

from __future__ import annotations

import itertools
import random

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.passes.adjoint import adjoint
from microgradx.compile.passes.lower import lower
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import INPUT, PARAMETER, Builder, code
from microgradx.primitives import row

from ..checks import graph as graph_of_row
from ..checks import samples, shapes
from ..oracle import shaped
from ..test_grids import GRID
from .recorded import recorded
from .test_adjoint import eager_signals, same, signals
from .test_evaluate import ROWS as EVERY_ROW


@EVERY_ROW
def test_every_row(p):
    """Each row, for each length of its blocks, sends what it sends in eager mode, lowered too."""
    for operands in samples(p, 12, reach=30.0):
        inputs, output = graph_of_row(p, operands)
        check_row(inputs, output)


@EVERY_ROW
def test_every_row_at_special_numbers(p):
    """At infinities, NaN, both zeros, subnormals and huge numbers each row sends what it sends in eager mode."""
    shape = max((n for n in shapes(p) if sum(n) <= 3), default=())
    count = sum(shape) if p.blocks else len(p.partials)
    points = list(itertools.product(GRID, repeat=count))
    for x in points if count < 3 else random.Random(0).sample(points, 150):
        operands = shaped(p, [(0.0,) * n for n in shape] if p.blocks else (0.0,) * count, list(x))
        try:
            inputs, output = graph_of_row(p, operands)
        except mx.DomainError:
            continue
        check_row(inputs, output)


def check_row(inputs: list[Value], output: Value) -> None:
    """Assert that a node sends its operands the eager error signals."""
    graph = recorded([*inputs, output])
    expected = dict(zip(map(id, inputs), [None] * len(inputs), strict=True))
    expected |= {id(v): g for v, g in eager_signals(output, 1.5)}
    found = signals(graph, output, inputs, 1.5, lowered=True)
    assert same(found, [expected[id(v)] for v in inputs]), (output._op, [v.data for v in inputs], found)


@pytest.mark.parametrize("name", ["dot", "affine", "sum"])
def test_rows_over_blocks_that_stay_rows(name):
    """What a trace records as a sum of products may also stand on the tape as the row that it is."""
    p = row(name)
    for operands in samples(p, 12):
        inputs, output = graph_of_row(p, operands)
        builder = Builder()
        leaves = builder.leaves(PARAMETER, range(len(inputs)))
        split = len(operands[0]) if len(operands) == 2 else 0
        z = builder.rows(code(p), [leaves], split)
        seed = builder.leaves(INPUT, [0])
        tape, found = adjoint(builder.tape(), z[0], seed[0], leaves)
        for longer in (tape.with_outputs(found=found), lower(tape.with_outputs(found=found))):
            numbers = evaluate(longer, [[1.0]], [v.data for v in inputs])
            assert numbers[longer.outputs["found"], 0].tolist() == mx.grad(output, inputs)
