"""eˣ in strict mode: the bits of C's exp, which is called only where it might not be the nearest float."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import microgradx as mx
from microgradx.compile.backends.llvm import powers_of_e
from microgradx.compile.backends.llvm.c_functions import is_bounded
from microgradx.compile.backends.llvm.memory import Room, address
from microgradx.compile.backends.llvm.target import AVX2, BASELINE
from microgradx.compile.nests.nests import Plan
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.tape.tape import INPUT, Builder, Floats, code
from microgradx.primitives import row

from .kernels import compile_kernel
from .machine_lanes import targets
from .numpy_lanes import NumpyLanes

pytest.importorskip("llvmlite")

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-300, 2.0**-53, -(2.0**-54), 1e300]
SPECIAL += [700.0, -700.0, 709.7827128933841, -708.3964185322641, -745.1332191019411, -745.1332191019412, -1e300]
SPECIAL += [math.nextafter(x, to) for x in (0.5, 700.0, -700.0, 709.782712893384) for to in (-math.inf, math.inf)]
SPECIAL += [k / 4 * math.log(2.0) for k in range(-40, 41)]
SPECIAL += [math.nextafter(k / 2 * math.log(2.0), to) for k in range(-20, 21) for to in (-math.inf, math.inf)]

AT_ONCE = 11  # numbers of a row: a vector and a part of one

bounded = pytest.mark.skipif(not is_bounded(), reason="the error of this C library's exp is not known")


def numbers(n: int) -> Floats:
    """Return numbers of all sizes, most of them near 1, and what is special; as many as fill rows."""
    rng = np.random.default_rng(0)
    found = np.concatenate([SPECIAL, 3.0 * rng.normal(size=n), rng.uniform(-760.0, 760.0, n), -rng.exponential(size=n)])
    return found[: len(found) // AT_ONCE * AT_ONCE]


def of_exp(x: Floats) -> Floats:
    """Return what the C library gives."""

    def one(z: float) -> float:
        try:
            return math.exp(z)
        except OverflowError:
            return math.inf

    return np.array([one(z) for z in x.tolist()])


def rule(x: Floats) -> tuple[Floats, Any]:
    """Return the results of the rule, and where they are certain."""
    with np.errstate(all="ignore"):
        return powers_of_e.exponential(NumpyLanes(True), x)


def plan() -> Plan:
    """Return the powers of e of the numbers of a row."""
    b = Builder()
    return reroll(b.tape(values=b.rows(code(row("exp")), b.leaves(INPUT, range(AT_ONCE))[:, None]))).plan


def test_what_is_certain() -> None:
    """Where eˣ is certain, every other float is farther from it than exp may be; that is nearly everywhere."""
    x = numbers(7_000)
    found, certain = rule(x)
    with mp.workprec(200):
        for z, y in zip(x[certain].tolist(), found[certain].tolist(), strict=True):
            exact, far = mp.exp(z), powers_of_e.ERROR * math.ulp(y)
            assert z == 0.0 or all(abs(math.nextafter(y, to) - exact) > far for to in (0.0, math.inf))
            assert abs(y - exact) < far
    assert certain[abs(x) < 700.0].mean() > 0.95
    assert not certain[~(abs(x) < 700.0)].any()


@bounded
def test_exp_is_not_always_the_nearest() -> None:
    """Some powers round another way in C's exp: none of them is called certain."""
    x = 3.0 * np.random.default_rng(1).normal(size=300_000)
    found, certain = rule(x)
    other = found != of_exp(x)
    assert other.sum() > 10
    assert not (other & certain).any()


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.cpu)
def test_machine_code_has_the_bits_of_exp(target: Any) -> None:
    """On every processor, rows one by one or in blocks, whether lanes of a vector are certain or not."""
    given = numbers(30_000).reshape(-1, AT_ONCE)
    for lanes in (1, 4 * target.vector):
        kernel = compile_kernel(plan(), lanes=lanes, strict=True, target=target)
        out = np.empty(given.shape)
        scratch = Room(kernel.scratch)
        kernel.run(len(given), None, address(given), AT_ONCE, 1.0, None, address(out), None, scratch.address)
        np.testing.assert_array_equal(out.ravel().view(np.int64), of_exp(given.ravel()).view(np.int64))


def test_programs_have_the_bits_of_values() -> None:
    """Losses and gradients with a softmax are those of Values, on the way through several of them."""
    x = np.random.default_rng(2).normal(size=(300, 10))

    def f(z: Any) -> Any:
        powers = [mx.exp(3.0 * zᵢ) for zᵢ in z]
        return mx.losses.cross_entropy([p * p for p in powers], 3) + mx.exp(mx.sum(z))

    program = mx.compile(f, strict=True, target="llvm")
    assert program(x).tolist() == [f([mx.Value(zᵢ) for zᵢ in z]).data for z in x.tolist()]
    expected = [mx.value_and_grad(f)(z)[1] for z in x.tolist()]
    np.testing.assert_array_equal(program.gradients(x), expected)


@bounded
@pytest.mark.parametrize(("target", "known"), [(AVX2, True), (BASELINE, False)], ids=["AVX2", "baseline"])
def test_exp_is_called_within_the_function_only(target: Any, known: bool) -> None:
    """The kernel calls the function of vectors where products can be fused, and nothing else but it calls exp."""
    ir = compile_kernel(plan(), lanes=2 * target.vector, strict=True, target=target).ir
    assert (ir.count(f"call <{target.vector} x double> @power_of_e{target.vector}(") > 0) == known
    assert (ir.count("call double @exp(") == 1) == known
    assert "@power_of_e" not in compile_kernel(plan(), lanes=1, strict=False, target=target).ir
