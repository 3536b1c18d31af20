"""Sections of the tour on speed: a step on Values against differences, and the same code compiled."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import datasets, functions
from ..compile import compile
from ..draw import draw_network
from ..engine import Value
from ..nn import MLP
from ..optim import SGD
from ..page import Page
from .telling import say


def timing(page: Page) -> None:
    """Show what one training step costs by backprop, and what differences would."""
    X, y = datasets.moons(100, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 1])
    optimizer = SGD(model.parameters(), lr=0.1)

    def loss() -> Any:
        return functions.sum([(1 - (2 * t - 1) * model(x)).relu() for x, t in zip(X, y, strict=True)]) / len(X)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    def slope(v: Value, h: float = 1e-5) -> float:
        recorded = v.data
        v.data = recorded + h
        above = loss().data
        v.data = recorded - h
        below = loss().data
        v.data = recorded
        return float(above - below) / (2 * h)

    some = model.parameters()[::80]
    by_backprop = _median_seconds(step, 5)
    by_differences = _median_seconds(lambda: [slope(v) for v in some], 3) / len(some) * len(model.parameters())
    say(
        page,
        f"100 points, {len(model.parameters())} parameters: one step, loss, gradient and update, takes "
        f"{1e3 * by_backprop:.0f} ms. Two-sided differences, timed on {len(some)} parameters, would take "
        f"{by_differences:.0f} s for the gradient alone: backprop is {by_differences / by_backprop:.0f} times as fast.",
    )


def compiled(page: Page) -> None:
    """Show a loss that is compiled: what it became, and how fast it is."""
    X, y = datasets.moons(1000, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 1])

    def loss(x: Any, t: Any) -> Any:
        return (model(x) - (2 * t - 1)) ** 2

    page.picture(draw_network(model, X[0]).svg(), "The network that is compiled, with the activations for one input")
    program = compile(loss, parameters=model.parameters())
    started = time.perf_counter()
    program.value_and_grad(X, y)
    first = time.perf_counter() - started
    explanation = str(program.explain())
    print(explanation)
    page.listing(explanation)
    import numpy

    inputs, targets = numpy.array(X), numpy.array(y, float)
    fast = _median_seconds(lambda: program.value_and_grad(inputs, targets), 21)
    few = 20

    def by_values() -> None:
        model.zero_grad()
        for x, t in zip(X[:few], y[:few], strict=True):
            loss(x, t).backward()

    slow = _median_seconds(by_values, 5) / few * len(X)
    history = program.train(X, y, optimizer=SGD(lr=0.02), epochs=30, batch_size=1)
    right = sum((x > 0) == (t > 0.5) for x, t in zip(compile(model.__call__)(X), y, strict=True))
    say(
        page,
        f"Tracing and compiling took {1e3 * first:.0f} ms. Then the gradient of {len(X)} rows takes "
        f"{1e6 * fast:.0f} µs; on Values, timed on {few} rows, {1e3 * slow:.0f} ms: {slow / fast:.0f} times as long. "
        f"{30 * len(X)} steps of one row each: loss {history.loss[0]:.3f} → {history.loss[-1]:.3f}, {right} of "
        f"{len(X)} points right.",
    )


def _median_seconds(job: Callable[[], Any], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[times // 2]
