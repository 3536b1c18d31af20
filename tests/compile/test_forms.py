"""Nests of one form, which are compiled once."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import sharing
from microgradx.compile.paths.stages import Kind

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")


def gradient(target: str, strict: bool, inputs: int = 32) -> tuple[Any, Any]:
    """Return the gradient of a net with layers that are alike, and the compiled program's only path."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(70, inputs)), rng.integers(0, 3, 70)
    model = mx.nn.MLP(inputs, [32, 32, 32, 3], activation="relu", seed=0)
    program = mx.compile(
        lambda x, y: mx.losses.cross_entropy(model(x), y),
        parameters=model.parameters(),
        indices=["y"],
        target=target,
        strict=strict,
        cache=False,
    )
    found = program.value_and_grad(*rows)[1]
    (path,) = program.called(rows)[0].known
    return found, path


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("inputs", [32, 16])
def test_layers_that_are_alike_are_compiled_once(monkeypatch: pytest.MonkeyPatch, strict: bool, inputs: int) -> None:
    """There are fewer functions than nests that call them, and the gradient is that of the NumPy back end."""
    monkeypatch.setattr(sharing, "OWN", 1)
    found, path = gradient("llvm", strict, inputs)
    ir = path.stages.kernel(Kind.GRADIENT).kernel(70).ir
    called = re.findall(r"call void @(work\d+)\(", ir)
    assert len(set(called)) == len(re.findall(r"define void @work", ir)) < len(called)
    np.testing.assert_allclose(found, gradient("numpy", strict, inputs)[0], rtol=1e-11, atol=1e-15)
