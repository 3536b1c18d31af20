"""Machine code of plans, held against an interpreter of plans that knows nothing of vectors, blocks or registers."""

import re
import threading
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from microgradx.compile.backends.llvm.bytecode import LINES
from microgradx.compile.backends.llvm.groups import groups
from microgradx.compile.backends.llvm.jit import compile_kernel, from_object
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.target import AVX2, AVX512, BASELINE, Target, host
from microgradx.compile.nests.nests import Address, Segment
from microgradx.compile.tape.tape import LESS, LESS_EQUAL, SUM

from .machine_lanes import targets
from .random_nests import Drawn
from .sketches import GRAD, ONE, PARAM, ROW, Sketch, at, interpret, mlp, op, run

SPECIAL = (
    0.0,
    -0.0,
    1.0,
    -1.3,
    0.49,
    1e20,
    -1e20,
    5e-324,
    np.inf,
    -np.inf,
    np.nan,
    1e-300,
    710.0,
    -746.0,
    0.5,
    2.0,
    3.0,
)


def lanes_of(target):
    """One row at a time, blocks of one vector, and of several."""
    return (1, target.vector, 24)


FORMS = [pytest.param(t, lanes, id=f"{t.cpu}-{lanes}") for t in targets() for lanes in lanes_of(t)]


def data(plan, rows, seed=0, scale=1.0):
    """Return X, P and G for a plan, drawn at random."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, plan.inputs - plan.weighted)) * scale
    return X, rng.normal(size=plan.parameters), rng.normal(size=plan.gradients)


def same_bits(x, y):
    """Whether numbers are equal bit for bit, or both NaN."""
    return bool(((x.view(np.int64) == y.view(np.int64)) | (np.isnan(x) & np.isnan(y))).all())


def agree(kernel, plan, X, P, G, weight=0.5, order=None):
    """Whether a kernel gives the interpreter's results, bit for bit."""
    expected_G, found_G = G.copy(), G.copy()
    with np.errstate(all="ignore"):
        expected = interpret(plan, X if order is None else X[order], P, weight, expected_G)
    found = run(kernel, plan, X, P, weight, found_G, order)
    return same_bits(found, expected) and same_bits(found_G, expected_G)


@pytest.mark.parametrize(("target", "lanes"), FORMS)
def test_strict_networks_are_bit_equal(target, lanes):
    """Values and gradients of networks of several shapes are those of plain left folds, on every processor."""
    for sizes in ((2, 16, 16, 1), (3, 5, 1), (9, 17, 10), (1, 1)):
        plan = mlp(sizes)
        kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target)
        assert agree(kernel, plan, *data(plan, 29))


@pytest.mark.parametrize(("target", "lanes"), FORMS)
def test_default_networks_are_within_the_bound_of_sums(target, lanes):
    """Fused and reordered sums stay within a few ulps of the size of their terms."""
    plan = mlp((2, 16, 16, 1))
    kernel = compile_kernel(plan, lanes=lanes, strict=False, target=target)
    X, P, G = data(plan, 29)
    expected_G, found_G = G.copy(), G.copy()
    expected, found = interpret(plan, X, P, 0.5, expected_G), run(kernel, plan, X, P, 0.5, found_G)
    assert np.allclose(found, expected, rtol=1e-13, atol=1e-12)
    assert np.allclose(found_G, expected_G, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("seed", range(24))
def test_random_plans_are_bit_equal(seed):
    """Nests of any shape, address and operation, and any chain of them, compute what they say."""
    plan = Drawn(seed, 8).plan()
    rng = np.random.default_rng(seed)
    X, P, G = data(plan, int(rng.integers(1, 40)), seed)
    X[rng.random(X.shape) < 0.03] = rng.choice(SPECIAL)
    target = targets()[seed % len(targets())]
    for lanes in (1, 2 * target.vector):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True, target=target), plan, X, P, G)


@pytest.mark.parametrize("seed", range(100, 116))
def test_random_sums_are_within_the_bound(seed):
    """In default mode sums, code or bytecode, differ from left folds by no more than rounding their terms allows."""
    plan = Drawn(seed, 3, sums=True).plan()
    X, P, G = data(plan, 16, seed)
    expected_G, size_G = G.copy(), abs(G)
    expected = interpret(plan, X, P, 0.5, expected_G)
    nests = tuple(replace(n, segments=tuple(replace(s, sign=1.0) for s in n.segments)) for n in plan.nests)
    size = interpret(replace(plan, nests=nests, constants=abs(plan.constants)), abs(X), abs(P), 0.5, size_G)
    roundings = 16 + sum(2 * s.length for n in plan.nests for s in n.segments)
    target = targets()[seed % len(targets())]
    for lanes, lines in product((1, 16), (LINES, 0)):
        found_G = G.copy()
        kernel = compile_kernel(plan, lanes=lanes, strict=False, target=target, lines=lines)
        found = run(kernel, plan, X, P, 0.5, found_G)
        assert (abs(found - expected) <= roundings * 2.0**-52 * size).all()
        assert (abs(found_G - expected_G) <= roundings * 2.0**-52 * size_G).all()


def test_a_wrong_sign_is_seen():
    """The comparison with the interpreter notices one sign that is wrong."""
    plan = mlp((3, 5, 1))
    kernel = compile_kernel(plan, lanes=8, strict=True)
    head, *rest = plan.nests
    wrong = replace(
        plan, nests=(replace(head, segments=(replace(head.segments[0], sign=-1.0), *head.segments[1:])), *rest)
    )
    assert not agree(kernel, wrong, *data(plan, 5))


UNARY = ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sqrt", "abs", "sign", "step")
BINARY = (op("div"), op("pow"), op("equal"), LESS, LESS_EQUAL)
OTHERS = [(op("select"), 3), (op("max"), 3), (op("min"), 3), (op("max"), 13)]


@pytest.mark.parametrize(("code", "count"), [*((op(n), 1) for n in UNARY), *((c, 2) for c in BINARY), *OTHERS])
def test_operations_on_special_numbers(code, count):
    """Each operation gives at zeros, infinities, NaN and subnormal numbers what the C library and IEEE 754 say."""
    s = Sketch(count)
    out = s.block(1)
    segments = [Segment(1, at(ROW, i)) for i in range(count)] if count < 10 else [Segment(count, at(ROW, 0, step=1))]
    s.nest(code, (), at(ROW, out), *segments)
    s.output("values", ROW, out, 1)
    plan = s.plan()
    rng = np.random.default_rng(0)
    pairs = np.array(np.meshgrid(SPECIAL, SPECIAL)).reshape(2, -1).T
    X = pairs[:, :1] if count == 1 else np.hstack([pairs, rng.choice(SPECIAL, (len(pairs), count - 2))])
    for lanes in (1, 16):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, X, np.zeros(0), np.zeros(0))
        with np.errstate(all="ignore"):
            expected = interpret(plan, X, np.zeros(0), 1.0, np.zeros(0))
        found = run(compile_kernel(plan, lanes=lanes, strict=False), plan, X, np.zeros(0), 1.0, np.zeros(0))
        assert np.allclose(found, expected, rtol=2.0**-51, atol=1e-323, equal_nan=True)


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


def test_sums_without_terms():
    """A sum of nothing is 0.0, and a nest without points does nothing."""
    s = Sketch(1, 4, weighted=True)
    out = s.block(4)
    s.nest(SUM, (3,), at(ROW, out, 1))
    s.nest(SUM, (), at(ROW, out + 3), Segment(0, at(ROW, 0), at(ROW, 0)))
    s.nest(SUM, (0,), at(GRAD, 0, 1), Segment(1, at(ROW, 0, 0)))
    s.output("values", ROW, out, 4)
    plan = s.plan()
    for lanes in (1, 8):
        kernel = compile_kernel(plan, lanes=lanes, strict=True)
        found = run(kernel, plan, np.ones((3, 1)), np.zeros(4), 1.0, np.zeros(4))
        assert same_bits(found, np.zeros((3, 4)))


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


def test_nests_over_the_same_points_run_together():
    """relu's step and selection need no loop of their own, and the sum before it is never written to memory."""
    found = groups(mlp((2, 16, 16, 1)))
    assert [len(g.nests) for g in found[:2]] == [3, 3]
    assert found[0].stored == (False, True, True)


def test_a_reader_of_other_points_gets_a_loop_of_its_own():
    """A nest that reads at one point what was written at another waits until all of it is written."""
    s = Sketch(4)
    first, second = s.block(4), s.block(4)
    s.nest(SUM, (4,), at(ROW, first, 1), Segment(1, at(ROW, 0, 1), at(ROW, 0, 1)))
    s.nest(SUM, (4,), at(ROW, second, 1), Segment(1, at(ROW, first + 3, -1)))
    s.output("values", ROW, second, 4)
    plan = s.plan()
    assert len(groups(plan)) == 2
    for lanes in (1, 8):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, *data(plan, 9))


def test_strict_code_never_fuses():
    """A product is rounded before it is added; in default mode it need not be, where the processor can."""
    plan = mlp((2, 16, 16, 1))
    strict, default = (compile_kernel(plan, lanes=32, strict=s, target=AVX2).assembly() for s in (True, False))
    assert "vfmadd" not in strict
    assert "vfmadd" in default


def test_code_keeps_to_its_processor():
    """Older processors are given no registers that they do not have, newer ones use theirs."""
    plan = mlp((2, 16, 16, 1))
    baseline, avx2, avx512 = (
        compile_kernel(plan, lanes=32, strict=False, target=t).assembly() for t in (BASELINE, AVX2, AVX512)
    )
    assert not re.search("%[yz]mm", baseline)
    assert "%ymm" in avx2
    assert "%zmm" not in avx2
    assert "%zmm" in avx512


def test_code_size_does_not_depend_on_width():
    """A network a hundred times as wide is the same loops, run more often."""
    small, large = (len(emit(mlp(s), host(), lanes=32, strict=False).ir) for s in ((64, 32, 10), (784, 512, 10)))
    assert large < 2 * small


def test_many_nests():
    """A plan of more nests than one function holds is cut into several, and computes the same."""
    plan = Drawn(7, 150).plan()
    for lanes in (1, 8):
        kernel = compile_kernel(plan, lanes=lanes, strict=True)
        assert len(kernel.modules) > 2
        assert agree(kernel, plan, *data(plan, 5))


def test_other_processors():
    """Nothing in the code belongs to one kind of processor: it compiles for ARM as it does for x86."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        llvm.Target.from_triple("aarch64-unknown-linux-gnu")
    except RuntimeError:
        pytest.skip("this llvmlite has no ARM")
    arm = Target("generic", "", 2, 32, True, False, False, "aarch64-unknown-linux-gnu")
    modules = emit(mlp((2, 16, 1)), arm, lanes=8, strict=False).modules
    machine = llvm.Target.from_triple(arm.triple).create_target_machine(cpu=arm.cpu, opt=1)
    assembly = [machine.emit_assembly(llvm.parse_assembly(ir, llvm.create_context())) for ir in modules]
    assert re.search(r"fmla\s+v\d+\.2d", "".join(assembly))


def test_machine_code_as_bytes():
    """A kernel is rebuilt from its bytes alone and computes the same."""
    for plan in (mlp((2, 16, 1)), Drawn(7, 150).plan()):  # of one module, and of several
        kernel = compile_kernel(plan, lanes=8, strict=True)
        again = from_object(kernel.to_object(), lanes=8, scratch=kernel.scratch)
        assert agree(again, plan, *data(plan, 20))


def test_threads_share_a_kernel():
    """Calls at one time, each with its own scratch, give what they give one after the other."""
    plan = mlp((2, 16, 16, 1))
    kernel = compile_kernel(plan, lanes=8, strict=True)
    X, P, G = data(plan, 200)
    right = []

    def call():
        right.append(all(agree(kernel, plan, X[i:], P, G) for i in range(4)))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 4


def test_the_same_plan_gives_the_same_code():
    """Nothing that decides rounding depends on time, hashing or memory."""
    plan = mlp((4, 9, 3))
    assert emit(plan, host(), lanes=16, strict=False) == emit(plan, host(), lanes=16, strict=False)


def test_lanes_that_are_no_vectors():
    """A block is one row or whole vectors."""
    with pytest.raises(ValueError, match="lanes = 12: 1, or a multiple of 8"):
        emit(mlp((2, 1)), AVX512, lanes=12, strict=False)


def test_gradients_without_weight():
    """Lanes without a row cannot be told from others if no weight is 0 there."""
    s = Sketch(1, 1)
    s.nest(SUM, (), Address(GRAD, 0, ()), Segment(1, at(ROW, 0)))
    with pytest.raises(ValueError, match="need a weight"):
        emit(s.plan(), AVX512, lanes=8, strict=False)
