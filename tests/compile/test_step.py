"""Optimisers' steps, compiled from their rules: what Python makes of the same numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.clipping import clip_grad_value
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.backends.llvm.target import Target
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.layout import BLOCK
from microgradx.compile.tape.tape import Floats
from microgradx.compile.training.step import MOST, Step, kept_step, optimizer_step
from microgradx.optim import SGD, Adam, AdamW, RMSprop
from microgradx.optimizer import Memory, Optimizer

from .crosschecks import same_bits
from .machine_lanes import targets

COUNT = 2 * BLOCK
EDGES = (0.0, -0.0, 1.0, 1e-300, -1e150, 5e-324, 3.0)


def some(rng: random.Random, low: float = 0.0, high: float = 0.999) -> float:
    """Return 0 in one of three cases, else a number in between."""
    return rng.choice((0.0, rng.uniform(low, high), rng.uniform(low, high)))


def momentum(rng: random.Random) -> dict[str, Any]:
    """Return a momentum, of Nesterov's kind or not."""
    μ = some(rng)
    return {"momentum": μ, "nesterov": bool(μ) and rng.random() < 0.5}


def rate(rng: random.Random) -> float:
    """Return a learning rate."""
    return 10.0 ** rng.uniform(-4.0, 0.0)


def betas(rng: random.Random) -> tuple[float, float]:
    """Return two decay rates."""
    return some(rng), some(rng, 0.5)


OPTIMIZERS: dict[str, Callable[[Any, random.Random], Optimizer]] = {
    "SGD": lambda ps, rng: SGD(ps, lr=rate(rng), weight_decay=some(rng, 0.0, 0.1), **momentum(rng)),
    "Adam": lambda ps, rng: Adam(ps, lr=rate(rng), betas=betas(rng), eps=rate(rng), weight_decay=some(rng)),
    "AdamW": lambda ps, rng: AdamW(ps, lr=rate(rng), betas=betas(rng), eps=1e-8, weight_decay=some(rng)),
    "RMSprop": lambda ps, rng: RMSprop(
        ps, lr=rate(rng), alpha=some(rng), eps=rate(rng), weight_decay=some(rng), momentum=some(rng)
    ),
    "centred RMSprop": lambda ps, rng: RMSprop(
        ps, lr=rate(rng), alpha=rng.uniform(0.5, 0.999), eps=1e-3, centered=True, momentum=some(rng)
    ),
}
"""Without memory of past gradients their variance would be 0 but for rounding, and a step of g/√0 means nothing."""


def numbers(rng: random.Random) -> list[float]:
    """Return a number for each parameter, some of them at edges."""
    return [rng.choice(EDGES) if rng.random() < 0.2 else rng.gauss(0.0, 2.0) for _ in range(COUNT)]


def by_python(optimizer: Optimizer, g: list[float], scale: float, factor: float, clip: float | None) -> Memory:
    """Make a step of Values; return the weights and the memory by name, the weights as ""."""
    for v, x in zip(optimizer.parameters(), g, strict=True):
        v.grad = x * factor
    if clip is not None:
        clip_grad_value(optimizer.parameters(), clip)
    (update,) = optimizer.propose(scale)
    return {"": update.weights} | update.memory


def by_numpy(step: Step, columns: Floats, parameters: Floats, strict: bool) -> Floats:
    """Run a step by NumPy: columns in, columns out."""
    return NumpyKernel(step.plan.plan, strict)(columns.T, parameters).outputs["values"].T


def by_machine(step: Step, columns: Floats, parameters: Floats, strict: bool, target: Target) -> Floats:
    """Run a step as machine code, in place."""
    kernel = LlvmBackend(None, target).columns(step.plan, strict)
    state = columns.copy()
    kernel.run(
        *(COUNT, None, state.ctypes.data, COUNT, 0.0, parameters.ctypes.data),
        *(state.ctypes.data, None, np.empty(kernel.scratch + 8).ctypes.data),
    )
    return state[: len(step.columns) + len(step.uniform) + 1]


def compiled(
    optimizer: Optimizer, g: list[float], scale: float, factor: float, clip: float | None, strict: bool, target: Any
) -> Memory:
    """Make the step compiled; return weights and memory as `by_python` does."""
    (memory,), (hyper,) = optimizer.memories, optimizer.param_groups
    step = optimizer_step(optimizer, memory, clip, strict)
    weights = [v.data for v in optimizer.parameters()]
    own = [memory[name] for name in step.columns]
    unread = [[np.nan] * COUNT for _ in step.uniform]
    columns = np.array([weights, *own, *unread, g])
    parameters = np.array([hyper["lr"] * scale, factor, *(memory[name][0] for name in step.uniform)])
    if target is None:
        found = by_numpy(step, columns, parameters, strict)
    else:
        found = by_machine(step, columns, parameters, strict, target)
    names = ("", *step.columns, *step.uniform)
    return {name: x[:1].tolist() if name in step.uniform else x.tolist() for name, x in zip(names, found, strict=True)}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_the_rule(name: str, seed: int, strict: bool) -> None:
    """Weights and memory after some steps, with random hyper-parameters, rates and clipping, are the rule's own.

    In strict mode to the last bit, on every processor and by NumPy; else but for some roundings.
    """
    rng = random.Random(f"{name} {seed}")
    optimizer = OPTIMIZERS[name]([Value(x) for x in numbers(rng)], rng)
    optimizer.accept([optimizer_update(optimizer, numbers(rng))])  # the first step makes the memory
    where = [None, *targets()]
    for i in range(3):
        g, scale, factor = numbers(rng), rng.choice((1.0, rng.random())), rng.choice((1.0, rng.random()))
        clip = rng.choice((None, rng.uniform(0.1, 2.0)))
        expected = by_python(optimizer, g, scale, factor, clip)
        for target in where if strict else (where[0], where[1 + (i + seed) % (len(where) - 1)]):
            found = compiled(optimizer, g, scale, factor, clip, strict, target)
            assert found.keys() == expected.keys()
            for part, x in expected.items():
                if strict:
                    assert same_bits(found[part], x), (optimizer, part)
                else:
                    assert found[part] == pytest.approx(x, rel=1e-12, abs=1e-13, nan_ok=True)
        optimizer.accept([optimizer_update(optimizer, g)])


def optimizer_update(optimizer: Optimizer, g: list[float]) -> Any:
    """Return what a step would change."""
    for v, x in zip(optimizer.parameters(), g, strict=True):
        v.grad = x
    return optimizer.propose()[0]


def test_a_rule_that_is_wrong_in_the_last_bit_is_seen() -> None:
    """A step of another momentum, and one that rounds otherwise, differ from the rule."""
    rng = random.Random(1)
    optimizer = SGD([Value(x) for x in numbers(rng)], lr=0.1, momentum=0.9)
    optimizer.accept([optimizer_update(optimizer, numbers(rng))])
    g = numbers(rng)
    expected = by_python(optimizer, g, 1.0, 1.0, None)
    assert same_bits(compiled(optimizer, g, 1.0, 1.0, None, True, None)[""], expected[""])
    optimizer.param_groups[0]["momentum"] = 0.9 * (1.0 + 2.0**-50)
    assert not same_bits(compiled(optimizer, g, 1.0, 1.0, None, True, None)[""], expected[""])


def test_steps_are_kept_by_all_that_their_rule_reads() -> None:
    """A step serves again for the same rule, hyper-parameters and memory; 0.0 and −0.0 are not the same."""
    kept: dict[Any, Step] = {}
    several = [Value(1.0), Value(2.0)]
    first = kept_step(kept, SGD(several, lr=0.1, momentum=0.9), {"b": [0.0, 0.0]})
    assert kept_step(kept, SGD(several, lr=0.5, momentum=0.9), {"b": [1.0, 1.0]}) is first
    others = [
        (SGD(several, lr=0.1, momentum=0.5), {"b": [0.0, 0.0]}, None, False),
        (SGD(several, lr=0.1, momentum=0.9, weight_decay=-0.0), {"b": [0.0, 0.0]}, None, False),
        (SGD(several, lr=0.1, momentum=0.9), {"b": [0.0]}, None, False),
        (SGD(several, lr=0.1, momentum=0.9), {"b": [0.0, 0.0]}, 0.5, False),
        (SGD(several, lr=0.1, momentum=0.9), {"b": [0.0, 0.0]}, None, True),
        (Adam(several), {"m": [0.0, 0.0], "v": [0.0, 0.0], "t": [1.0]}, None, False),
        (AdamW(several, weight_decay=0.0), {"m": [0.0, 0.0], "v": [0.0, 0.0], "t": [1.0]}, None, False),
    ]
    found = [kept_step(kept, *other) for other in others]
    assert len({id(step) for step in (first, *found)}) == 1 + len(others)
    for k in range(MOST):
        kept_step(kept, SGD(several, lr=0.1, weight_decay=float(k)), {})
    assert len(kept) == MOST


X = [[0.3 * i - 1.0, (0.7 * i) % 1.0] for i in range(11)]
Y = [(0.37 * i) % 1.0 for i in range(11)]


@pytest.mark.parametrize("optimizer", [lambda: SGD(lr=0.05, momentum=0.9), lambda: Adam(lr=0.05), lambda: SGD(lr=0.1)])
def test_hyper_parameters_may_change_between_epochs(optimizer: Callable[[], Optimizer]) -> None:
    """A callback that changes the optimiser's hyper-parameters changes what native code does from then on."""

    def change(run: Any) -> None:
        (group,) = run.optimizer.param_groups
        group["weight_decay"] = 0.1 * run.epoch
        group["lr"] *= 0.8
        if "momentum" in group:
            group["momentum"] = 0.5

    found = {}
    for name, how in {"values": {"compile": False}, "strict": {"strict": True}, "default": {}}.items():
        model = mx.nn.MLP(2, [4, 1], activation="tanh")
        history = mx.fit(model, X, Y, optimizer=optimizer(), epochs=5, batch_size=3, callbacks=change, **how)
        found[name] = [*history.loss, *(v.data for v in model.parameters())]
    assert found["strict"] == found["values"]
    assert found["default"] == pytest.approx(found["values"], rel=1e-9)
