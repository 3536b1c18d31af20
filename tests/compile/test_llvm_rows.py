"""Machine code takes every number of rows in any order; a row depends on itself alone, and nothing else is written."""

import numpy as np
import pytest

from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.target import AVX512
from microgradx.compile.nests.nests import Address, Segment
from microgradx.compile.tape.tape import SUM

from .kernels import compile_kernel
from .sketches import GRAD, ONE, PARAM, ROW, Sketch, at, mlp, op, run
from .test_llvm import agree, data, same_bits


def test_every_number_of_rows():
    """From no row to many, no row is forgotten, repeated, or read where there is none."""
    plan = mlp((3, 5, 1))
    kernels = [compile_kernel(plan, lanes=lanes, strict=True) for lanes in (1, 8, 32)]
    for rows in (0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 100, 1023):
        X, P, G = data(plan, rows)
        assert all(agree(kernel, plan, X, P, G) for kernel in kernels)


def test_rows_in_a_given_order():
    """Rows are taken from X by number, some of them twice."""
    plan = mlp((9, 4, 1))
    X, P, G = data(plan, 50)
    order = np.random.default_rng(1).integers(0, 50, 37)
    for lanes in (1, 8, 16):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, X, P, G, order=order)


def test_a_row_does_not_depend_on_its_neighbours():
    """A row of NaN, a row beyond the range of a polynomial, and padding change no other row's bits."""
    s = Sketch(3)
    out = s.block(3)
    for i, name in enumerate(("sin", "exp", "tanh")):
        s.nest(op(name), (), at(ROW, out + i), Segment(1, at(ROW, i)))
    s.output("values", ROW, out, 3)
    plan = s.plan()
    X = np.random.default_rng(0).normal(size=(21, 3))
    kernel = compile_kernel(plan, lanes=8, strict=False)
    alone = np.vstack([run(kernel, plan, row[None], np.zeros(0), 1.0, np.zeros(0)) for row in X])
    X[[3, 9, 20]] = [[np.nan] * 3, [1e15, 1e15, 1e15], [np.inf] * 3]
    together = run(kernel, plan, X, np.zeros(0), 1.0, np.zeros(0))
    others = [r for r in range(21) if r not in (3, 9, 20)]
    assert same_bits(together[others], alone[others])
    assert abs(together[9, 0] - np.sin(1e15)) <= 2.0**-53


def test_padding_leaves_gradients_alone():
    """The lanes after the last row add nothing: not to −0.0, and no NaN where the last row's gradient is infinite."""
    plan = mlp((2, 4, 1))
    X, P, _ = data(plan, 3)
    X[2] = 1e200
    G = np.full(plan.gradients, -0.0)
    assert agree(compile_kernel(plan, lanes=16, strict=True), plan, X, P, G)


def test_nothing_is_written_beyond_the_results():
    """Guards around results, gradients and scratch are still there after a call."""
    plan = mlp((3, 17, 3))
    X, P, _ = data(plan, 21)
    for lanes in (1, 8, 24):
        kernel = compile_kernel(plan, lanes=lanes, strict=False)
        blocks = [np.full(n + 32, 7.0) for n in (21, plan.gradients, kernel.scratch + 8)]
        out, gradient, scratch = (b.ctypes.data + 128 for b in blocks)
        start = scratch + -scratch % 64
        used = (start - blocks[2].ctypes.data) // 8
        kernel.run(21, None, X.ctypes.data, 4, 1.0, P.ctypes.data, out, gradient, start)
        assert all((b[:16] == 7.0).all() for b in blocks)
        assert (blocks[0][37:] == 7.0).all()
        assert (blocks[1][16 + plan.gradients :] == 7.0).all()
        assert (blocks[2][used + kernel.scratch :] == 7.0).all()


def test_numbers_that_are_the_same_for_all_rows():
    """What depends on parameters alone is computed once, and can be a result, and an operand of every row."""
    s = Sketch(1, 3, constants=(2.0,))
    double, out = s.block(3, ONE), s.block(3)
    s.nest(SUM, (3,), at(ONE, double, 1), Segment(1, at(PARAM, 0, 1), at(ONE, 0, 0)))
    s.nest(SUM, (3,), at(ROW, out, 1), Segment(1, at(ONE, double, 1), at(ROW, 0, 0)))
    s.output("values", ROW, out, 3)
    s.output("once", ONE, double, 3)
    s.output("given", PARAM, 0, 3)
    plan = s.plan()
    for lanes in (1, 8):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, *data(plan, 11))


def test_gradients_that_no_row_changes():
    """A gradient that is the same for each row is added once a row, not once a lane."""
    s = Sketch(1, 9, weighted=True)
    s.nest(SUM, (9,), at(GRAD, 0, 1), Segment(1, at(PARAM, 0, 1)))
    plan = s.plan()
    X, P, _ = data(plan, 11)
    for strict in (True, False):
        G = np.zeros(9)
        run(compile_kernel(plan, lanes=8, strict=strict), plan, X, P, 1.0, G)
        assert np.allclose(G, 11 * P, rtol=1e-14)


def test_an_elementwise_gradient():
    """A gradient that is no sum, but a selection, is added up over the rows all the same."""
    s = Sketch(3, 3, weighted=True)
    operands = (at(ROW, 0, 1), at(ROW, 3, 0), at(PARAM, 0, 1))
    s.nest(op("select"), (3,), at(GRAD, 0, 1), *(Segment(1, a) for a in operands))
    plan = s.plan()
    X, P, G = data(plan, 19)
    X[::2] = 0.0
    for lanes in (1, 8):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, X, P, G)


def test_gradients_without_weight():
    """Lanes without a row cannot be told from others if no weight is 0 there."""
    s = Sketch(1, 1)
    s.nest(SUM, (), Address(GRAD, 0, ()), Segment(1, at(ROW, 0)))
    with pytest.raises(ValueError, match="need a weight"):
        emit(s.plan(), AVX512, lanes=8, strict=False)
