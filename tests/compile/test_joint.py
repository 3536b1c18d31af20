"""Joint plans: rows of several paths side by side, in strict mode with the bits that Values have in the rows' order."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.cache import Cache
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.nests.joint import joint
from microgradx.compile.paths.stages import Kind
from microgradx.compile.training import side_by_side
from microgradx.compile.training.gradient import CompiledGradient

from .machine_lanes import targets

pytest.importorskip("llvmlite")

N = 90


def huber(e: Any) -> Any:
    """Return Huber's loss, of two paths."""
    a = abs(e)
    return a * a if a <= 0.25 else 0.25 * (2.0 * a - 0.25)


def lopsided(e: Any) -> Any:
    """Return a loss of three paths, of functions that overflow or are NaN on the others."""
    if e > 0.4:
        return (e + 0.1).log() ** 2 + e
    if e < -0.4:
        return (500.0 * e).exp() + e * e
    return (0.5 - e).sqrt() + e**4


def hinge(e: Any) -> Any:
    """Return a loss that learns nothing from some rows: theirs are zeros, one of them −0.0."""
    return e if e > 0 else -0.0 * e


def signs(e: Any) -> Any:
    """Return a loss whose paths differ by a sign."""
    half = 0.5 * e
    return e * e - half if e > 0.5 else e * e + half


LOSSES: dict[str, Callable[[Any], Any]] = {"huber": huber, "lopsided": lopsided, "hinge": hinge, "signs": signs}


def rows() -> tuple[Any, Any]:
    """Return rows and targets; some numbers are 0.0 and −0.0."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(N, 3)), rng.normal(size=N)
    X[::7], X[3::11] = 0.0, -0.0
    return X, Y


def trained(
    name: str, act: str, size: int, on_values: bool, target: Any = None, cache: Cache | None = None
) -> list[str]:
    """Return weights and losses after some epochs of strict training, as hexadecimal numbers."""
    X, Y = rows()
    model = mx.nn.MLP(3, [9, 6, 1], activation=act, seed=1)
    optimizer = mx.optim.SGD(lr=0.01)

    def loss(x: Any, y: Any) -> Any:
        return LOSSES[name](model(x) - y)

    how: Any = {"epochs": 2, "batch_size": size, "seed": 3, "progress": False, "optimizer": optimizer}
    if on_values:
        history = mx.fit(model, X.tolist(), Y.tolist(), loss=lambda p, y: LOSSES[name](p - y), compile=False, **how)
    else:
        program = mx.compile(loss, parameters=model.parameters(), strict=True, target="llvm", cache=False)
        program._backend = LlvmBackend(cache, target)
        history = program.train(X, Y, **how)
    return [x.hex() for x in (*(v.data for v in model.parameters()), *history.loss)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note the joint plans that are made, and that all steps of compiled training are machine code."""
    found: list[Any] = []

    def noting(plans: Any) -> Any:
        found.append(joint(plans))
        return found[-1]

    def of_python(self: Any, rows: Any) -> float:
        raise AssertionError("Python makes a step")  # as it does, on Values, if a loss is not finite

    monkeypatch.setattr(side_by_side, "joint", noting)
    monkeypatch.setattr(CompiledGradient, "__call__", of_python)
    return found


@pytest.mark.parametrize("size", [8, 11, 32, 90])
@pytest.mark.parametrize(
    ("name", "act"), [("huber", "relu"), ("lopsided", "tanh"), ("hinge", "relu"), ("signs", "tanh")]
)
def test_bits_are_those_of_values(made: list[Any], name: str, act: str, size: int) -> None:
    """Steps on rows of several paths give the weights and losses that Values give."""
    assert trained(name, act, size, False) == trained(name, act, size, True)
    assert made
    assert made[-1] is not None


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.cpu)
def test_on_every_processor(made: list[Any], target: Any) -> None:
    """On older processors too."""
    assert trained("lopsided", "tanh", 32, False, target) == trained("lopsided", "tanh", 32, True)
    assert made
    assert made[-1] is not None


def test_plans_are_made_once(made: list[Any], tmp_path: Path) -> None:
    """What was decided and compiled before is found in the folder where it is kept, and no joint plan is made."""
    first = trained("huber", "relu", 32, False, cache=Cache(tmp_path))
    assert len(made) == 1
    assert trained("huber", "relu", 32, False, cache=Cache(tmp_path)) == first
    assert len(made) == 1


def plans(f: Callable[[Any, Any], Any], model: Any, X: Any, Y: Any) -> list[Any]:
    """Return the plans of training steps along the paths of a function."""
    program = mx.compile(f, parameters=model.parameters(), strict=True, target="numpy")
    program(X, Y)
    (found,) = (paths for paths in program._paths.values() if paths.known)
    return [path.stages.packed(Kind.TRAINING).rolled.plan for path in found.known]


def test_what_paths_have_in_common_is_computed_once() -> None:
    """A loss with an if adds to gradients, and to the error signals of layers, in nests of which there is one each."""
    model = mx.nn.MLP(3, [16, 16, 1], seed=1)
    some = plans(lambda x, y: huber(model(x) - y), model, *rows())
    found = joint(some)
    assert len(some) == 2
    assert found is not None
    one, other, both = ([prod(nest.extents) for nest in plan.nests if len(nest.extents) > 1] for plan in (*some, found))
    assert one == other == both
    assert sum(n.terms for n in found.nests) < 1.1 * sum(n.terms for n in some[0].nests)
    assert len(found.nests) < len(some[0].nests) + 10


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_paths_that_add_otherwise_have_none(first: float) -> None:
    """Where one path learns a parameter that another one leaves alone, rows are led apart, whichever comes first."""
    model, slope = mx.nn.MLP(3, [9, 6, 1], seed=1), mx.Value(0.5)
    both = type("Both", (), {"parameters": lambda self: [*model.parameters(), slope]})()
    X, Y = rows()
    X[0] = first

    def loss(x: Any, y: Any) -> Any:
        squared = (model(x) - y) ** 2
        return squared if x[0] > 0 else squared + 0.1 * slope * slope

    some = plans(loss, both, X, Y)
    assert len(some) == 2
    assert joint(some) is None
