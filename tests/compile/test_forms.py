"""Nests of one form, which are compiled once, and functions that are compiled as they stand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.llvm import parts, sharing
from microgradx.compile.paths.stages import Kind

from .small_net import classifier

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")


def gradient(target: str, strict: bool, inputs: int = 32) -> tuple[Any, Any]:
    """Return the gradient of a net with layers that are alike, and the compiled program's only path."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(70, inputs)), rng.integers(0, 3, 70)
    _, program = classifier(inputs, [32, 32, 32, 3], target=target, strict=strict)
    found = program.value_and_grad(*rows)[1]
    (path,) = program.called(rows)[0].known
    return found, path


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("inputs", [32, 16])
def test_layers_that_are_alike_are_compiled_once(monkeypatch: pytest.MonkeyPatch, strict: bool, inputs: int) -> None:
    """There are fewer functions than nests that call them, and the gradient is that of the NumPy back end."""
    monkeypatch.setattr(sharing, "FUNCTION_FROM", 1)
    found, path = gradient("llvm", strict, inputs)
    ir = path.stages.kernel(Kind.GRADIENT).kernel(70).ir
    called = re.findall(r"call void @(work\d+)\(", ir)
    assert len(set(called)) == len(re.findall(r"define void @work", ir)) < len(called)
    np.testing.assert_allclose(found, gradient("numpy", strict, inputs)[0], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("strict", [False, True])
def test_what_has_a_small_part_in_the_work_is_compiled_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    """Some functions of a wide net are cold, none with products of its layers; without them the bits are the same."""
    monkeypatch.setattr(sharing, "FUNCTION_FROM", 1000)
    monkeypatch.setattr(parts, "FUNCTION_FROM", 1000)
    monkeypatch.setattr(parts, "COLD", 4)
    found, path = gradient("llvm", strict)
    kernel = path.stages.kernel(Kind.GRADIENT)
    heads = re.findall(r"^define .*", kernel.kernel(70).ir, re.MULTILINE)
    cold = [head for head in heads if "optnone" in head]
    assert 0 < len(cold) < len(heads)
    assert all("@part" in head for head in cold)
    assert "optnone" not in kernel.kernel(70, in_place=True).ir
    monkeypatch.setattr(parts, "COLD", float("inf"))
    again, path = gradient("llvm", strict)
    assert "optnone" not in path.stages.kernel(Kind.GRADIENT).kernel(70).ir
    assert found.tobytes() == again.tobytes()
