"""The oracle of the passes: every number of a tape as the engine computes it, bit for bit."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

from microgradx import Value
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, LESS, LESS_EQUAL, NONE, PARAMETER, SUM, Builder, code
from microgradx.floats import evaluate as on_floats
from microgradx.primitives import TABLE, Primitive

from ..checks import samples, shapes
from ..oracle import flat
from ..programs import random_program
from ..test_grids import GRID
from .recorded import bits, recorded, shuffled

ROWS = pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)


def of_one_row(p: Primitive, operands: list[Any], strict: bool = True) -> list[float]:
    """Return p of each of these operands, all of one shape, computed on one tape."""
    builder = Builder()
    inputs = np.array([flat(p, x) for x in operands])
    split = len(operands[0][0]) if p.blocks and len(p.partials) == 2 else 0
    z = builder.rows(code(p), [builder.leaves(INPUT, np.arange(inputs.shape[1]))], split)
    return evaluate(builder.tape(), inputs, strict=strict)[z[0]].tolist()


@ROWS
def test_rows_agree_with_floats(p):
    """Each row, for each length of its blocks, has the bits that it has on Python's floats."""
    every = list(samples(p, 60, reach=30.0))
    for i in range(len(shapes(p))):
        operands = every[i :: len(shapes(p))]
        assert bits(of_one_row(p, operands)) == bits([on_floats(p, x, None) for x in operands])


@ROWS
def test_special_numbers_follow_the_same_rules(p):
    """At infinities, NaN, both zeros, subnormals and huge numbers, also together, each row has the eager bits."""
    if p.blocks:
        shape = max(n for n in shapes(p) if sum(n) <= 3)
        tuples = itertools.product(GRID, repeat=sum(shape))
        operands = [tuple(x[a : a + n] for a, n in zip((0, shape[0]), shape, strict=False)) for x in tuples]
    else:
        operands = list(itertools.product(GRID, repeat=len(p.partials)))
    assert bits(of_one_row(p, operands)) == bits([on_floats(p, x, None) for x in operands])


@ROWS
def test_fast_functions_differ_in_rounding_alone(p):
    """Without `strict` NumPy's own functions are used, which agree to a few ulps."""
    every = list(samples(p, 60))
    for i in range(len(shapes(p))):
        operands = every[i :: len(shapes(p))]
        expected = [on_floats(p, x, None) for x in operands]
        assert np.allclose(of_one_row(p, operands, strict=False), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs(seed):
    """Every number of a random graph is the eager one, in whatever topological order it was recorded."""
    rng = random.Random(seed)
    program = random_program(rng, 40)
    inputs = [Value(x) for x in program.inputs]
    output = program.run(inputs)[-1]
    order = shuffled(output, rng)
    graph = recorded(order)
    found = evaluate(graph.tape, [[1.0]], graph.parameters)[graph.at(order), 0]
    assert bits(found) == bits([v.data for v in order])


def test_a_sum_adds_from_left_to_right():
    """A sum of products rounds each product and each addition, from the first term on, and −0 stays −0."""
    builder = Builder()
    a = builder.leaves(INPUT, range(6))
    products = builder.sums([a[:3]], [a[3:]], [[1.0, 1.0, -1.0]])[0]
    nothing = builder.append([SUM], [0], [], [], [], 0, 0.0, None)[0]
    one = builder.sums([[a[0]]], NONE)[0]
    rows = ([1e16, 1.0, 1e16, 1.0, 1.0, 1.0], [0.0, 0.1, 1.0, 0.0, 10.0, 1.0], [-0.0] * 6)
    z = evaluate(builder.tape(), rows)
    assert z[products].tolist() == [0.0, 0.0, 0.0]  # 1e16 − 1e16 + 1 is 1, and 0.1·10 − 1 is no 0 unless rounded
    assert z[nothing].tolist() == [0.0] * 3
    assert bits(z[one]) == bits([1e16, 0.0, -0.0])


def test_leaves_and_comparisons():
    """Constants, parameters and inputs stand in their rows; a comparison with NaN is false."""
    builder = Builder()
    x = builder.leaves(INPUT, [1, 0])
    p = builder.leaves(PARAMETER, [1])
    c = builder.leaves(CONSTANT, [2.0])
    less = builder.rows(LESS, [[x[1], x[0]], [c[0], p[0]]])
    less_equal = builder.rows(LESS_EQUAL, [[x[1], x[0]], [c[0], p[0]]])
    z = evaluate(builder.tape(), [[1.0, 2.0], [2.0, 2.0], [math.nan, 2.0]], [5.0, 2.0])
    assert z[x].tolist() == [[2.0, 2.0, 2.0], pytest.approx([1.0, 2.0, math.nan], nan_ok=True)]
    assert z[less].tolist() == [[1.0, 0.0, 0.0], [0.0] * 3]
    assert z[less_equal].tolist() == [[1.0, 1.0, 0.0], [1.0] * 3]


def test_no_rows_and_no_nodes():
    """A batch of no rows, and a tape of no nodes, give arrays without entries."""
    builder = Builder()
    builder.rows(code(TABLE[-1]), [[builder.leaves(INPUT, [0])[0]] * 3])
    assert evaluate(builder.tape(), np.zeros((0, 1))).shape == (2, 0)
    assert evaluate(Builder().tape(), np.zeros((3, 0))).shape == (0, 3)


def test_a_deep_graph():
    """A chain of 20,000 nodes is evaluated without recursion."""
    builder = Builder()
    x, half = builder.leaves(INPUT, [0])[0], builder.leaves(CONSTANT, [0.5])[0]
    n = 20_000
    before = np.concatenate([[x], np.arange(n - 1) + 2])
    chain = builder.append(np.full(n, SUM), np.arange(1, n + 1), before, half, 1.0, 0, 0, None)
    z = evaluate(builder.tape(), [[3.0]])
    assert z[chain[[0, 1, 1000, n - 1]], 0].tolist() == [1.5, 0.75, 1.5 * 0.5**1000, 0.0]
