"""Training in every layout: weights and losses are the same, whatever stands between the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.nests.layout import Layout, arranged, dimensions
from microgradx.compile.nests.nests import Plan
from microgradx.compile.program import Program as Compiled
from microgradx.optim import SGD, Adam, RMSprop

from . import networks
from .examples import Program
from .test_layout import PROGRAMS


class Fixed(LlvmBackend):
    """Machine code in a layout that is given, by its fastest dimensions; remembers the last loop's memory."""

    def __init__(self, fastest: Callable[[Plan], Sequence[int]]) -> None:
        super().__init__(None)
        self.fastest = fastest
        self.layouts: list[Layout] = []

    def build(self, plan: Any, strict: bool, layout: Layout | None = None) -> Any:
        layout = layout or arranged(plan.plan, self.fastest(plan.plan))
        self.layouts.append(layout)
        return super().build(plan, strict, layout)


TRAINED: dict[str, tuple[Callable[[], Program], Callable[[], Any], dict[str, Any]]] = {
    "one row, SGD": (PROGRAMS["net of 2-16-16-1"], lambda: SGD(lr=0.01), {"batch_size": 1}),
    "batches, momentum": (PROGRAMS["net of 3-5-1"], lambda: SGD(lr=0.01, momentum=0.9), {"batch_size": 4, "l2": 0.1}),
    "one row, Adam": (PROGRAMS["classifier of 5-7-4"], lambda: Adam(lr=0.01), {"batch_size": 1, "l2": 0.01}),
    "frozen": (PROGRAMS["net with a frozen layer"], lambda: Adam(lr=0.01), {"batch_size": 3, "clip_value": 0.1}),
    "mixture": (PROGRAMS["mixture"], lambda: RMSprop(lr=0.01), {"batch_size": 2, "clip_value": 0.5}),
    "mixture, one row": (PROGRAMS["mixture"], lambda: SGD(lr=0.01), {"batch_size": 1}),
    "mixture, batches": (PROGRAMS["mixture"], lambda: SGD(lr=0.01), {"batch_size": 9}),
    "embeddings": (PROGRAMS["embeddings"], lambda: SGD(lr=0.01), {"batch_size": 1}),
    "full batch": (PROGRAMS["LSTM"], lambda: SGD(lr=0.01), {"l2": 0.01}),
}


def trained(name: str, backend: Any, strict: bool = True, epochs: int = 3) -> tuple[list[float], list[float]]:
    """Return losses and weights after some epochs."""
    build, optimizer, settings = TRAINED[name]
    program = build()
    compiled = Compiled(program.f, program.parameters, program.indices, strict, "numpy")
    compiled._backend = backend or compiled._backend
    history = compiled.train(*program.rows(9, 1), optimizer=optimizer(), epochs=epochs, **settings)
    return history.loss, [v.data for v in program.parameters]


@pytest.mark.parametrize("name", TRAINED)
def test_training_is_the_same_in_every_layout(name: str) -> None:
    """After epochs of training in native code, weights and losses have the same bits in every layout."""
    expected = trained(name, None)
    count = 0
    for k in range(3):
        backend = Fixed(lambda plan, k=k: [d[min(k, len(d) - 1)] for d in dimensions(plan)])  # type: ignore[misc]
        assert trained(name, backend) == expected
        count += len({tuple(layout.places.tolist()) for layout in backend.layouts})
    assert count >= 3


@pytest.mark.parametrize("name", TRAINED)
def test_default_training_is_alike_in_every_layout(name: str) -> None:
    """By default, too: also where machine code changes the weights in place, which it does for plain descent."""
    losses, weights = trained(name, None, strict=True)
    for k in range(2):
        backend = Fixed(lambda plan, k=k: [d[min(k, len(d) - 1)] for d in dimensions(plan)])  # type: ignore[misc]
        found = trained(name, backend, strict=False)
        assert found[0] == pytest.approx(losses, rel=1e-9)
        assert found[1] == pytest.approx(weights, rel=1e-9, abs=1e-12)


IN_PLACE: dict[str, Callable[[list[mx.Value], Any], Any]] = {
    "a product of parameters": lambda w, x: w[0] * w[1] * x + w[2],
    "powers of one": lambda w, x: w[0] ** 3 * x + w[0] * w[1],
    "a chain": lambda w, x: mx.sum([a * b for a, b in zip(w, [*w[1:], w[0]], strict=True)]) * x,
    "a parameter alone": lambda w, x: w[0],
}


@pytest.mark.parametrize("size", [1, 5, 20])
@pytest.mark.parametrize("name", IN_PLACE)
def test_descent_in_place_reads_weights_as_they_were(name: str, size: int) -> None:
    """Where the gradient of one parameter depends on another, it is that of the weights before the step."""
    found = []
    for target in ("numpy", "llvm"):
        w = [mx.Value(0.5 + 0.25 * i) for i in range(3)]
        program = mx.compile(lambda x, w=w: IN_PLACE[name](w, x), w, target=target)  # type: ignore[misc]
        history = program.train(np.linspace(-1.0, 2.0, 20), optimizer=SGD(lr=0.01), epochs=3, batch_size=size)
        found.append([*history.loss, *(v.data for v in w)])
    assert found[1] == pytest.approx(found[0], rel=1e-12)


def test_training_in_a_wrong_layout_is_seen() -> None:
    """A loop that has two parameters at each other's places trains to something else."""

    class Swapped(Fixed):
        def build(self, plan: Any, strict: bool, layout: Layout | None = None) -> Any:
            machine = super().build(plan, strict, layout)
            assert machine.kernel(1)
            places = machine.header.layout.places
            places[[0, 1]] = places[[1, 0]]  # after the plan has been laid out
            return machine

    swapped = Swapped(lambda plan: [0] * len(dimensions(plan)))
    assert trained("batches, momentum", swapped) != trained("batches, momentum", None)


class Drift(mx.optim.Optimizer):
    """A rule by which weights that are 0 and get no gradient do not stay 0, nor even finite."""

    def __init__(self, lr: float, worse: bool) -> None:
        super().__init__(None, lr=lr)
        self.worse = worse

    def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
        """Return the next weights."""
        steps = [gᵢ / abs(wᵢ) for wᵢ, gᵢ in zip(w, g, strict=True)] if self.worse else [gᵢ + 0.5 for gᵢ in g]
        return mx.optim.Update([wᵢ - hyper["lr"] * s for wᵢ, s in zip(w, steps, strict=True)], {})


@pytest.mark.parametrize("worse", [False, True])
@pytest.mark.parametrize("settings", [{"l2": 0.1}, {"clip_value": 0.05}, {"l2": 0.1, "clip_norm": 0.1}])
def test_what_stands_in_holes_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], worse: bool
) -> None:
    """Penalty and norm are those of the parameters, whatever a rule makes of the holes between them."""
    leap = import_module("microgradx.compile.training.leap")
    monkeypatch.setattr(leap, "_is_ours", lambda optimizer, name: True)  # else a rule of a user's is Python's
    found = []
    for backend in (None, Fixed(lambda plan: [0] * len(dimensions(plan)))):
        program = networks.mlp([2, 5, 1], "tanh")
        compiled = Compiled(program.f, program.parameters, (), False, "numpy")
        compiled._backend = backend or compiled._backend
        given = {"epochs": 3, "batch_size": 4, **settings}
        history = compiled.train(*program.rows(11, 1), optimizer=Drift(0.05, worse), **given)
        found.append([*history.loss, *(v.data for v in program.parameters)])
    assert found[1] == pytest.approx(found[0], rel=1e-9)
