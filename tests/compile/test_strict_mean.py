"""Means over rows in strict mode: the bits of three lines on Values, by every way that leads to them."""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from inspect import signature
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import machine
from microgradx.compile.program import Program as Compiled
from microgradx.ieee import plain
from microgradx.train.settings import Settings

from . import functions, networks, sequences
from .crosschecks import same_bits
from .examples import Program

pytest.importorskip("llvmlite")

WAYS: dict[str, dict[str, Any]] = {
    "machine code": {"target": "llvm", "threads": 1},
    "two threads": {"target": "llvm", "threads": 2},
    "NumPy": {"target": "numpy"},
}
ROWS = (1, 3, 7, 8, 9, 64, 130)


def compiled(program: Program, way: str) -> Compiled:
    """Return the program, compiled strictly."""
    f, given = program.f, WAYS[way]
    return mx.compile(f, program.parameters, indices=program.indices, strict=True, cache=False, max_paths=300, **given)


def arguments(program: Program, rows: Sequence[Any], row: int) -> list[Any]:
    """Return the arguments of one row, numbers as Values, indices as they are."""
    return [
        _numbers(np.asarray(x[row]).tolist(), int if name in program.indices else Value)
        for name, x in zip(signature(program.f).parameters, rows, strict=True)
    ]


def _numbers(x: Any, kind: Callable[[Any], Any]) -> Any:
    return [_numbers(entry, kind) for entry in x] if isinstance(x, list) else kind(x)


def looped(program: Program, rows: Sequence[Any], order: Sequence[int] | None = None) -> tuple[float, np.ndarray]:
    """Return what the loop leaves: the sum of the values of some rows, and the gradient of their mean."""
    some = range(len(rows[0])) if order is None else order
    for v in program.parameters:
        v.grad = 0.0
    total = 0.0
    for row in some:
        loss = program.f(*arguments(program, rows, row))
        total += plain(loss)
        if isinstance(loss, Value):  # a number depends on nothing
            loss.backward(1 / len(some))
    return total, np.array([v.grad for v in program.parameters])


def results(program: Compiled, rows: Sequence[Any], at: Any) -> Iterator[tuple[float, np.ndarray]]:
    """Yield mean and gradient by each way of asking for them: arrays, lists, rows that are bound, another point."""
    yield program.value_and_grad(*rows)
    yield program.value_and_grad(*[np.asarray(x).tolist() for x in rows])
    bound = program.on(*rows)
    yield from (bound.value_and_grad(), bound.value_and_grad(at=at), program.value_and_grad(*rows, at=at))


def check(program: Program, sizes: Sequence[int] = ROWS, change: Callable[[Any], None] = lambda x: None) -> None:
    """Hold every way against the loop on Values, bit for bit; `change` puts other numbers into the first argument."""
    ways = {way: compiled(program, way) for way in WAYS}
    at = [v.data for v in program.parameters]
    for n in sizes:
        rows = program.rows(n, n)
        change(rows[0])
        total, gradient = looped(program, rows)
        for way, found in ways.items():
            for mean, slopes in results(found, rows, at):
                assert same_bits([mean, *slopes], [total / n, *gradient]), (way, n, mean, total / n)


def net(seed: int) -> Program:
    """Return a net whose sizes and activation are drawn at random."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 9), *(rng.randint(1, 9) for _ in range(rng.randint(0, 2))), 1]
    return networks.mlp(sizes, rng.choice(["relu", "tanh", "sigmoid", "softplus", "gaussian"]), seed=seed)


@pytest.mark.parametrize("seed", range(4))
def test_random_nets(seed: int) -> None:
    """The mean loss of a net and its gradient are those of the loop, for one row and for many."""
    check(net(seed), (*ROWS, 1023) if seed == 0 else ROWS)


OTHERS: dict[str, tuple[Callable[[], Program], tuple[int, ...]]] = {
    "transformer": (lambda: sequences.transformer(2), (1, 9)),
    "LSTM": (lambda: sequences.lstm(2), (1, 8, 33)),
    "mixture": (lambda: functions.mixture(2, 3), (3, 9, 64)),
    "cross-entropy": (lambda: networks.classifier([3, 4, 3], "tanh"), (7, 8, 64)),
    "embeddings": (lambda: functions.factorisation(5, 4, 3), (8, 130)),
    "an if": (lambda: functions.hinge(3), (1, 3, 8, 64)),
    "loops of many lengths": (functions.soft_steps, (3, 9, 64)),
    "unused": (functions.unused, (3, 9)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_programs(name: str) -> None:
    """So are those of sequences, run-time indices, ifs that part the rows, and parameters without a use."""
    make, sizes = OTHERS[name]
    check(make(), sizes)


def two_numbers(f: Callable[[Value, Value, Any], Any]) -> Program:
    """Return a function of two parameters and x as a program on rows of normal numbers."""
    v, w = Value(0.7, "v"), Value(-0.3, "w")
    return Program(lambda x: f(v, w, x), [v, w], networks.points(()))


EDGES: dict[str, tuple[Program, float]] = {
    "inf": (two_numbers(lambda v, w, x: mx.tanh(v * x) + w * v), math.inf),
    "inf in value and slope": (two_numbers(lambda v, w, x: v * x + w * w), math.inf),
    "NaN": (two_numbers(lambda v, w, x: mx.sigmoid(v * w * x) * w), math.nan),
    "an infinite slope": (two_numbers(lambda v, w, x: mx.sqrt(mx.abs(v * x)) + w), 0.0),
    "overflow": (two_numbers(lambda v, w, x: mx.exp(v * x) * w), 2000.0),
    "subnormal": (two_numbers(lambda v, w, x: (v * x) * w + x), 5e-324),
    "−0": (two_numbers(lambda v, w, x: mx.where(mx.abs(x) > 9.0, v * x, -0.0) * w), -0.0),
    "a number on one path": (two_numbers(lambda v, w, x: -0.0 if x > 0.5 else v * x * w / 3.0), 1.0),
}


@pytest.mark.parametrize("edge", EDGES)
def test_numbers_at_edges(edge: str) -> None:
    """One row at an edge, wherever it stands, leaves the bits of all others as they are in the loop."""
    program, special = EDGES[edge]

    def first(x: Any) -> None:
        x[0] = special

    def middle(x: Any) -> None:
        x[len(x) // 2] = special

    check(program, (1, 9), first)
    check(program, (9, 100), middle)


def test_threads_that_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that share a call, however little there is to do, add the rows in their order."""
    monkeypatch.setattr(machine, "PART", 1)
    check(net(7), (64, 130, 1023))


def test_blocks_of_rows_are_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of several paths, and those at edges, are computed in blocks of any size with the same result."""
    mean = importlib.import_module("microgradx.compile.paths.mean")
    monkeypatch.setattr(mean, "NUMBERS", 20)
    program = functions.hinge(3)
    check(program, (9, 64))
    check(EDGES["inf"][0], (9, 100), lambda x: x.__setitem__(4, math.inf))
    found = compiled(program, "NumPy")
    found.value_and_grad(*program.rows(64, 1))
    assert len(found.paths) == 2
    assert sum(path.rows for path in found.paths) == 64


def test_another_order_is_another_sum() -> None:
    """The loop over the same rows in another order gives other bits: the comparison can fail."""
    program = net(0)
    rows = program.rows(130, 1)
    there, back = looped(program, rows), looped(program, rows, range(130)[::-1])
    assert there[0] != back[0]
    assert not same_bits(there[1], back[1])


def trained(
    program: Program, rows: Sequence[Any], held_out: Sequence[Any], optimizer: Any, settings: Settings
) -> tuple[list[float], list[float]]:
    """Train on Values: a step for each batch, by the gradient of the loop; return training and validation losses."""
    losses, validation = [], []
    for epoch in range(settings.epochs):
        total = 0.0
        for batch in settings.batches(epoch, len(rows[0])):
            total += looped(program, rows, batch)[0]
            if settings.clip_norm is not None:
                mx.clip_grad_norm(program.parameters, settings.clip_norm)
            optimizer.step()
        losses.append(total / len(rows[0]))
        validation.append(looped(program, held_out)[0] / len(held_out[0]))
    return losses, validation


def lengths() -> Program:
    """Return the loss of a recurrent net on sequences of one to three steps."""
    v, w = Value(0.7, "v"), Value(-0.3, "w")

    def f(x: Any, y: Any) -> Any:
        h: Any = 0.0
        for step in x:
            h = mx.tanh(v * step + w * h)
        return (h - y) ** 2

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = random.Random(seed)
        return [[rng.gauss(0, 1) for _ in range(rng.randint(1, 3))] for _ in range(n)], [rng.random() for _ in range(n)]

    return Program(f, [v, w], rows)


TRAINED: dict[str, Callable[[], Program]] = {
    "net": lambda: net(1),
    "an if": lambda: functions.hinge(3),
    "several lengths": lengths,
    "transformer": lambda: sequences.transformer(2),
}


STEPS: dict[str, tuple[Any, dict[str, Any]]] = {
    "all rows": (mx.optim.SGD, {}),
    "one row": (mx.optim.SGD, {"batch_size": 1}),
    "batches": (mx.optim.Adam, {"batch_size": 4}),
    "clipped": (mx.optim.SGD, {"clip_norm": 0.1}),
}


@pytest.mark.parametrize("target", ["llvm", "numpy"])
@pytest.mark.parametrize("name", TRAINED)
def test_training(name: str, target: str) -> None:
    """Losses of training and validation, epoch by epoch, and weights are those of steps on Values."""
    for step, (optimizer, given) in STEPS.items():
        if name == "transformer" and step != "batches":  # it takes long on Values
            continue
        exact, program = TRAINED[name](), TRAINED[name]()
        rows, held_out = exact.rows(5 if name == "transformer" else 21, 0), exact.rows(9, 1)
        if name == "several lengths":
            held_out = tuple(x[:1] for x in held_out)
        settings = Settings(2, given.get("batch_size"), 0.0, 3, None, None, given.get("clip_norm"), None)
        losses = trained(exact, rows, held_out, optimizer(exact.parameters, lr=0.05), settings)
        f, indices = program.f, program.indices
        code = mx.compile(f, program.parameters, indices=indices, strict=True, target=target, cache=False)
        history = code.train(*rows, optimizer=optimizer(lr=0.05), epochs=2, seed=3, validation=held_out, **given)
        found = [(history.loss, history.validation_loss, program.parameters), (*losses, exact.parameters)]
        assert same_bits(*[[*x, *y, *(v.data for v in of)] for x, y, of in found]), step
