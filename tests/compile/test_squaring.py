"""x² in strict mode: the bits of C's pow, which is called only where it might not be x·x."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import squaring
from microgradx.compile.backends.llvm.c_functions import is_bounded
from microgradx.compile.backends.llvm.memory import Room, address
from microgradx.compile.nests.reroll import reroll
from microgradx.compile.tape.tape import CONSTANT, INPUT, Builder, Floats, code
from microgradx.primitives import row

from .kernels import compile_kernel
from .machine_lanes import targets
from .numpy_lanes import NumpyLanes

pytest.importorskip("llvmlite")

SPECIAL = [0.0, -0.0, 1.0, -2.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, 1e-170, 1e-162, 1e-154, 2.0**-511]
SPECIAL += [1.5 * 2.0**-511, math.sqrt(2.0), 1.3407807929942596e154, 1.3407807929942597e154, 1e200, 3.0, 0.1]
SPECIAL += [math.nextafter(x, to) for x in (1.0, 2.0, 2.0**-500, 2.0**500) for to in (0.0, math.inf)]

bounded = pytest.mark.skipif(not is_bounded(), reason="the error of this C library's pow is not known")


def numbers(n: int) -> Floats:
    """Return numbers of all sizes, most of them near 1, and what is special."""
    rng = np.random.default_rng(0)
    wide = rng.normal(size=n // 10) * 2.0 ** rng.uniform(-540, 520, n // 10)
    return np.concatenate([SPECIAL, rng.normal(size=n), wide])


def of_pow(x: Floats) -> Floats:
    """Return what the C library gives."""

    def one(z: float) -> float:
        try:
            return math.pow(z, 2.0)
        except OverflowError:
            return math.inf

    return np.array([one(z) for z in x.tolist()])


@pytest.mark.parametrize("fused", [True, False])
def test_what_is_certain(fused: bool) -> None:
    """Where x·x is certain, every other float is farther from x² than pow may be; that is nearly everywhere."""
    x = numbers(20_000)
    with np.errstate(all="ignore"):
        found, certain = squaring.square(NumpyLanes(fused), x)
    for z, y in zip(x[certain].tolist(), found[certain].tolist(), strict=True):
        if z:
            exact, ulp = Fraction(z) ** 2, Fraction(math.ulp(y))
            assert all(abs(Fraction(math.nextafter(y, to)) - exact) > squaring.ERROR * ulp for to in (0.0, math.inf))
    assert certain[len(SPECIAL) : len(SPECIAL) + 20_000].mean() > 0.9
    assert not certain[~np.isfinite(x)].any()


@bounded
def test_pow_is_not_a_product() -> None:
    """Some squares round another way in C's pow: none of them is called certain."""
    x = np.random.default_rng(1).normal(size=200_000)
    found, certain = squaring.square(NumpyLanes(True), x)
    other = found != of_pow(x)
    assert other.sum() > 10
    assert not (other & certain).any()


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.cpu)
def test_machine_code_has_the_bits_of_pow(target: Any) -> None:
    """On every processor, rows one by one or in blocks, whether lanes of a vector are certain or not."""
    b = Builder()
    (x,) = b.leaves(INPUT, [0])
    (two,) = b.leaves(CONSTANT, [2.0])
    plan = reroll(b.tape(values=b.rows(code(row("pow")), [[x, two]]))).plan
    given = np.ascontiguousarray(numbers(30_000))
    for lanes in (1, 4 * target.vector):
        kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target)
        out = np.empty(len(given))
        scratch = Room(kernel.scratch)
        kernel.run(len(given), None, address(given), 1, 1.0, None, address(out), None, scratch.address)
        np.testing.assert_array_equal(out, of_pow(given))


def test_programs_have_the_bits_of_values() -> None:
    """Losses and gradients of squares are those of Values, on the way through several of them."""
    x = np.random.default_rng(2).normal(size=(500, 3))

    def f(z: Any) -> Any:
        return ((z[0] - 0.1) ** 2 + (z[1] * z[2]) ** 2) ** 2

    program = mx.compile(f, strict=True, target="llvm")
    assert program(x).tolist() == [f([mx.Value(zᵢ) for zᵢ in z]).data for z in x.tolist()]
    expected = [mx.value_and_grad(f)(z)[1] for z in x.tolist()]
    np.testing.assert_array_equal(program.gradients(x), expected)


@bounded
def test_pow_is_called_within_the_function_only() -> None:
    """The kernel calls the function of squares, and no other code calls pow."""
    b = Builder()
    (x,) = b.leaves(INPUT, [0])
    (two,) = b.leaves(CONSTANT, [2.0])
    plan = reroll(b.tape(values=b.rows(code(row("pow")), [[x, two]]))).plan
    ir = compile_kernel(plan, lanes=1, strict=True).ir
    assert ir.count("call double @pow(") == 1
    assert ir.count("call double @square1(") == 1
    assert "@square" not in compile_kernel(plan, lanes=1, strict=False).ir
