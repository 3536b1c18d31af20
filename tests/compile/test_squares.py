"""Squares of numbers that are transposed: their steps written out, and in a loop."""

from __future__ import annotations

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import squares
from microgradx.compile.backends.llvm.memory import Room, address
from microgradx.compile.paths.stages import Kind

from .kernels import compile_kernel

ROWS = 45


def gradient_of(strict: bool) -> tuple[bytes, str]:
    """Return the gradient of a net in blocks of 64 rows, of which some are missing, and the code of the kernel."""
    model = mx.nn.MLP(16, [20, 1], seed=0)
    program = mx.compile(lambda x: model(x), parameters=model.parameters(), target="llvm", cache=False, strict=strict)
    X = np.random.default_rng(0).normal(size=(ROWS, 16))
    program.value_and_grad(X)
    plan = program._last[0].stages.plan(Kind.GRADIENT).plan
    kernel = compile_kernel(plan, lanes=64, strict=strict)
    parameters = np.array([v.data for v in model.parameters()])
    gradient, out, memory = np.zeros(plan.parameters), np.zeros(8 * ROWS), Room(kernel.scratch)
    given = address(parameters), address(out), address(gradient), memory.address
    kernel.run(ROWS, None, address(X), 16, 1 / ROWS, *given)
    wanted = program.value_and_grad(X)[1]
    np.testing.assert_allclose(gradient[: len(wanted)], wanted, rtol=1e-9, atol=1e-12)
    return gradient.tobytes(), kernel.ir


@pytest.mark.parametrize("strict", [False, True])
def test_steps_in_a_loop_give_the_same_bits(strict: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the steps of a square are a loop or written out, the gradient has the same bits; a loop is less code."""
    looped, short = gradient_of(strict)
    monkeypatch.setattr(squares, "LONG", 65)
    straight, long = gradient_of(strict)
    assert "alloca" in short
    assert "alloca" not in long
    assert len(short) < len(long)
    assert looped == straight
