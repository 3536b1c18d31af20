"""microgradx, compiled: the tasks of `tasks` as a user writes them, on Values; and what compiling costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import microgradx as mx

from ..compile.examples import Program
from ..compile.networks import moons
from ..compile.sequences import transformer as example_transformer
from . import tasks
from .tasks import TASKS, Task


def net(task: Task) -> Program:
    """Return one row's loss of a net."""
    model = mx.nn.MLP(task.sizes[0], task.sizes[1:], activation=task.activation, init=tasks.packed(task.start()))

    def squared(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    def huber(x: Any, y: Any) -> Any:
        d = abs(model(x) - y)
        if d <= task.knee:
            return d * d
        return task.knee * (2.0 * d - task.knee)

    def cross_entropy(x: Any, y: Any) -> Any:
        return mx.losses.cross_entropy(model(x), y)

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        return task.data(n)

    if task.classes:
        return Program(cross_entropy, model.parameters(), rows, indices=("y",))
    return Program(squared if task.knee is None else huber, model.parameters(), rows)


def program_of(example: Program, **settings: Any) -> Any:
    """Return the compiled program; ImportError where there is no `compile`."""
    from microgradx import compile as compiled

    return compiled(example.f, parameters=example.parameters, indices=example.indices, **settings)


def gradient(name: str, rows: int, strict: bool = False, plain: bool = False) -> Any:
    """Return the mean loss and its gradient over all rows."""
    example = net(TASKS[name])
    return slopes(program_of(example, strict=strict), example, example.rows(rows, 0), plain)


def slopes(program: Any, example: Program, rows: tuple[Any, ...], plain: bool) -> Any:
    """Return the first and later calls for value and gradient.

    They are bound to the rows and take the parameters as an array, as the rivals do; or `plain`, where the rows are
    checked and the Values read in each call.
    """
    point = np.array([v.data for v in example.parameters])
    bound = program.on(*rows)

    def step() -> Any:
        return program.value_and_grad(*rows) if plain else bound.value_and_grad(point)

    def first() -> list[float]:
        value, gradient = step()
        return [value, *gradient.tolist()]

    return first, step


def train(name: str, batch: int, epochs: int, strict: bool = False) -> Any:
    """Return gradient descent over the rows, shuffling included."""
    example = net(TASKS[name])
    program = program_of(example, strict=strict)
    X, Y = example.rows(tasks.ROWS, 0)

    def run(epochs: int) -> None:
        optimizer = mx.optim.SGD(lr=TASKS[name].rate)
        program.train(X, Y, optimizer=optimizer, epochs=epochs, batch_size=batch, seed=0, progress=False)

    def first() -> list[float]:
        run(1)
        return [v.data for v in example.parameters]

    return first, lambda: run(epochs)


def sequence() -> Program:
    """Return the transformer with the parameters that all contenders start from."""
    example = example_transformer(tasks.LENGTH, tasks.VOCABULARY, tasks.LONGEST)
    numbers = np.concatenate([w.ravel() for w in tasks.matrices().values()]).tolist()
    for v, x in zip(example.parameters, numbers, strict=True):
        v.data = x
    return example


def transformer(length: int, strict: bool = False, plain: bool = False) -> Any:
    """Return loss and gradient of the transformer over one document."""
    example = sequence()
    return slopes(program_of(example, strict=strict), example, (np.array([tasks.sentence(length)]),), plain)


def transformer_training() -> dict[str, float]:
    """Return the seconds of 1000 steps of Adam over documents of mixed lengths, all compiling included.

    Modules are loaded before, as those of the other contenders are.
    """
    gradient("small", 10)[0]()  # what is imported when it is first needed
    example, documents = sequence(), tasks.documents()
    begin = time.perf_counter()
    program = program_of(example, cache=False)
    history = program.train(
        documents,
        optimizer=mx.optim.Adam(**tasks.ADAM),
        epochs=1,
        batch_size=1,
        seed=0,
        schedule=lambda t: 1.0 - t,
        progress=False,
    )
    seconds = time.perf_counter() - begin
    return {"s for 1000 steps": 1000 * seconds / len(documents), "loss of all": history.loss[0]}


# What compiling costs, by program.

PROGRAMS: dict[str, Callable[[], tuple[Program, tuple[Any, ...]]]] = {
    "small": lambda: with_rows(net(TASKS["small"]), 100),
    "wide": lambda: with_rows(net(Task((64, 256, 256, 10), "relu", classes=True, rate=0.0)), 100),
    "transformer": lambda: (sequence(), (np.array([tasks.sentence(tasks.LENGTH)]),)),
    "transformer 16": lambda: (sequence(), (np.array([tasks.sentence(16)]),)),
    "moons 25": lambda: with_rows(moons(25), 1),
    "moons 50": lambda: with_rows(moons(50), 1),
    "moons": lambda: with_rows(moons(100), 1),
    "moons 200": lambda: with_rows(moons(200), 1),
}


def with_rows(example: Program, n: int) -> tuple[Program, tuple[Any, ...]]:
    """Return an example and n rows."""
    return example, example.rows(n, 0)


def first_result(name: str, cache: bool = False) -> dict[str, float]:
    """Return the seconds from the function to the first gradient, and those of tracing alone; modules are loaded."""
    other, rows = with_rows(net(TASKS["tanh"]), 100)
    program_of(other, cache=cache).value_and_grad(*rows)  # what is imported when it is first needed
    example, rows = PROGRAMS[name]()
    begin = time.perf_counter()
    program = program_of(example, cache=cache)
    program.value_and_grad(*rows)
    total = time.perf_counter() - begin
    (path,) = program.called(rows)[0].known
    return {"s to the first result": total, "of these, tracing": path.stages.seconds["trace"]}


def traced(example: Program, rows: tuple[Any, ...]) -> tuple[Any, float]:
    """Return the recording of an example on its first row, and the seconds that it took."""
    from microgradx.compile.tracing.trace import trace

    begin = time.perf_counter()
    names = list(example.f.__code__.co_varnames[: example.f.__code__.co_argcount])
    recording = trace(
        example.f,
        [np.shape(x)[1:] for x in rows],
        example.parameters,
        indices={names.index(name) for name in example.indices},
        example=[x[0].tolist() for x in rows],
    )
    return recording, time.perf_counter() - begin


def passes(name: str) -> dict[str, float]:
    """Return what graph passes cost for each recorded node, tracing included, and how many nodes there are."""
    from microgradx.compile.backends.backends import backend
    from microgradx.compile.paths.stages import Kind, Stages

    traced(*PROGRAMS["small"]())
    example, rows = PROGRAMS[name]()
    recording, tracing = traced(example, rows)
    stages = Stages(recording, backend("auto"), strict=False, tracing=tracing)
    nests = len(stages.made(Kind.GRADIENT).rolled.plan.nests)
    thousands = len(recording.tape) / 1000
    each = {f"of these, {stage}": 1e3 * seconds / thousands for stage, seconds in stages.seconds.items()}
    return {"ms a 1000 nodes": sum(each.values()), **each, "nodes": 1e3 * thousands, "nests": float(nests)}


def warm_start(name: str) -> dict[str, float]:
    """Return the seconds to the first result, beyond tracing, where another process has filled the cache on disk."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MICROGRADX_CACHE"] = folder
        command = [sys.executable, "-m", f"{__package__}.worker", "compiled:first_result", f'["{name}", true]']
        subprocess.run(command, check=True, capture_output=True)
        found = first_result(name, cache=True)
    total, tracing = found.values()
    return {"ms beyond tracing": 1e3 * (total - tracing), "ms of tracing": 1e3 * tracing}
