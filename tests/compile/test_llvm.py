"""Machine code of plans, held against an interpreter of plans that knows nothing of vectors, blocks or registers."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from microgradx.compile.backends.llvm.lengths import LINES
from microgradx.compile.nests.nests import Segment
from microgradx.compile.tape.tape import LESS, LESS_EQUAL, SUM

from .crosschecks import same_bits
from .kernels import compile_kernel
from .machine_lanes import targets
from .random_nests import Drawn
from .sketches import GRAD, ROW, Sketch, at, interpret, mlp, op, run

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


def random_plan_agrees(seed, **options):
    """Return whether a random plan, on some rows that hold special numbers, gives the interpreter's bits."""
    plan = Drawn(seed, 8).plan()
    rng = np.random.default_rng(seed)
    X, P, G = data(plan, int(rng.integers(1, 40)), seed)
    X[rng.random(X.shape) < 0.03] = rng.choice(SPECIAL)
    target = targets()[seed % len(targets())]
    kernels = (compile_kernel(plan, lanes=n, strict=True, target=target, **options) for n in (1, 2 * target.vector))
    return all(agree(kernel, plan, X, P, G) for kernel in kernels)


@pytest.mark.parametrize("seed", range(24))
def test_random_plans_are_bit_equal(seed):
    """Nests of any shape, address and operation, and any chain of them, compute what they say."""
    assert random_plan_agrees(seed)


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
