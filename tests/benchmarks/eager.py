"""microgradx, not compiled: the programs of `compiled` on Values."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import microgradx as mx

from . import tasks
from .compiled import net, sequence
from .tasks import TASKS


def train(name: str, batch: int, count: int) -> Any:
    """Return `count` steps of gradient descent."""
    task = TASKS[name]
    example = net(task)
    X, Y = (x.tolist() for x in example.rows(tasks.ROWS, 0))
    optimizer, order = mx.optim.SGD(example.parameters, lr=task.rate), tasks.order(batch, 1).tolist()

    def through(order: list[list[int]]) -> None:
        for taken in order:
            optimizer.zero_grad()
            for i in taken:
                example.f(X[i], Y[i]).backward(1.0 / batch)
            optimizer.step()

    def first() -> list[float]:
        through(order)
        return [v.data for v in example.parameters]

    return first, lambda: through(order[:count])


def transformer(length: int) -> Any:
    """Return loss and gradient of the transformer over one document."""
    example, tokens = sequence(), tasks.sentence(length)

    def step() -> list[float]:
        loss = example.f(tokens)
        return [loss.data, *mx.grad(loss, example.parameters)]

    return step, step


def transformer_training() -> dict[str, float]:
    """Return the seconds of 1000 steps of Adam over documents of mixed lengths, from the first steps."""
    example, documents = sequence(), tasks.documents()
    optimizer = mx.optim.Adam(example.parameters, **tasks.ADAM)
    begin = time.perf_counter()
    losses = []
    for step, i in enumerate(tasks.order(1, 1, len(documents))[: tasks.CHECKED, 0].tolist()):
        loss = example.f(documents[i])
        optimizer.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = tasks.ADAM["lr"] * (1.0 - step / len(documents))
        optimizer.step()
        losses.append(loss.data)
    return tasks.trained(time.perf_counter() - begin, np.array(losses))
