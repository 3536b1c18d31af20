"""Nests that run from a table of instructions: the same results as by an interpreter of plans, and short code."""

from dataclasses import replace

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.bytecode import tabular
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.lengths import LINES
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.tape.tape import INPUT, NONE, PARAMETER, Builder

from .kernels import compile_kernel
from .plans import irregular
from .sketches import interpret, mlp, run
from .test_llvm import FORMS, agree, data, random_plan_agrees


def long_chain(n):
    """Return the plan of x ← x·w + x and of its gradient's last step, n times over, as nobody can roll it up."""
    b = Builder()
    (w,), (x,) = b.leaves(PARAMETER, [0]), b.leaves(INPUT, [0])
    for i in range(n):
        (x,) = b.sums([[x, w if i % 3 else x]], [[w, NONE]], [1.0, -1.0 if i % 2 else 1.0])
    return reroll(b.tape(values=[x])).plan


@pytest.mark.parametrize("seed", range(24))
def test_random_plans_are_bit_equal(seed):
    """Instructions for nests of any shape, address and operation compute what the nests say."""
    assert random_plan_agrees(seed, lines=0)


@pytest.mark.parametrize(("target", "lanes"), FORMS)
def test_irregular_tapes_are_bit_equal(target, lanes):
    """Random operations on random nodes, most of which are results, agree on every processor."""
    plan = reroll(irregular(300, 40, 1)).plan
    assert agree(compile_kernel(plan, lanes=lanes, strict=True, target=target, lines=0), plan, *data(plan, 29))


def test_a_wrong_sign_is_seen():
    """The comparison notices that one term of an instruction is subtracted where it should be added."""
    plan = mlp((3, 5, 1))
    kernel = compile_kernel(plan, lanes=8, strict=True, lines=0)
    head, *rest = plan.nests
    first, *others = head.segments
    wrong = replace(plan, nests=(replace(head, segments=(replace(first, sign=-1.0), *others)), *rest))
    assert agree(kernel, plan, *data(plan, 5))
    assert not agree(kernel, wrong, *data(plan, 5))


@pytest.mark.parametrize("lanes", [1, 8])
def test_default_sums_are_within_the_bound(lanes):
    """Products that are fused and gradients that are added term by term differ by rounding alone."""
    plan = mlp((3, 9, 5, 1))
    X, P, G = data(plan, 21)
    expected_G, found_G = G.copy(), G.copy()
    expected = interpret(plan, X, P, 0.5, expected_G)
    found = run(compile_kernel(plan, lanes=lanes, strict=False, lines=0), plan, X, P, 0.5, found_G)
    assert np.allclose(found, expected, rtol=1e-13, atol=1e-12)
    assert np.allclose(found_G, expected_G, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("strict", [True, False])
def test_a_step_in_place_reads_the_parameters_as_they_were(strict):
    """Gradients added to the parameters themselves are those of the parameters before the step."""
    plan = mlp((2, 5, 1))
    X, P, _ = data(plan, 1)
    kernel = compile_kernel(plan, lanes=1, strict=strict, in_place=True, lines=0)
    G = np.zeros(plan.gradients)
    interpret(plan, X, P, -0.1, G)
    stepped = P.copy()
    run(kernel, plan, X, stepped, -0.1, stepped)
    assert np.allclose(stepped, P + G, rtol=1e-14, atol=1e-15)
    assert not np.array_equal(stepped, P)


def test_code_of_a_long_program_is_short():
    """Four times as many nests without order need no line of code more."""
    short, long = (emit(long_chain(n), host(), lanes=8, strict=False).ir for n in (1500, 6000))
    assert short.count("\n") == long.count("\n") < LINES // 10


def test_a_short_program_is_code():
    """What LLVM compiles in a moment is never interpreted."""
    assert not any(map(tabular(mlp((64, 256, 10))), mlp((64, 256, 10)).nests))
    assert "switch" not in emit(long_chain(300), host(), lanes=8, strict=False).ir


def test_large_nests_stay_code():
    """Between a thousand nests of one point, the matrix products of a network remain loops."""
    net, chain = mlp((8, 16, 1)), long_chain(2000)
    chosen = tabular(replace(net, nests=net.nests + chain.nests))
    assert all(map(chosen, chain.nests))
    assert not any(chosen(nest) for nest in net.nests if len(nest.extents) > 1)


def test_a_program_without_order_equals_eager_values():
    """Compiled whole, values and gradients of thousands of irregular operations are those of Values bit for bit."""
    rng = np.random.default_rng(5)
    drawn = list(zip(rng.integers(4, size=900).tolist(), rng.random((900, 2)).tolist(), strict=True))
    weights = [Value(x, f"w{i}") for i, x in enumerate(rng.normal(size=9).tolist())]

    def f(x):
        nodes = [*x, *weights]
        for kind, (a, b) in drawn:
            u, v = nodes[int(a * len(nodes))], nodes[-1 - int(b * b * len(nodes))]
            nodes.append((u + v, u * v * 0.5, mx.tanh(v), mx.sin(u - v))[kind])
        return mx.sum(nodes) * 0.01

    program = mx.compile(f, parameters=weights, strict=True, target="llvm", cache=False)
    X = rng.normal(size=(11, 3))
    for rows in (X, X[:1]):
        value, gradient = program.value_and_grad(rows)
        eager = [f([Value(x) for x in row]) for row in rows.tolist()]
        assert program(rows).tolist() == [y.data for y in eager]
        for w in weights:
            w.grad = 0.0
        eager[0].backward()
        if len(rows) == 1:
            assert value == eager[0].data
            assert gradient.tolist() == [w.grad for w in weights]
    assert "switch" in program.source("llvm")
