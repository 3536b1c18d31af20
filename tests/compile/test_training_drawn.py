"""Training of functions with ifs that are drawn at random: machine code makes the steps that NumPy makes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value

from .test_training import OPTIMIZERS

X = [random.Random(i).uniform(-1, 1) for i in range(12)]
Y = [x * x for x in X]


def drawn(seed: int) -> tuple[Callable[[Any, Any], Any], list[Value]]:
    """Return a squared error with two ifs, whose arms use one parameter more, and its parameters."""
    draw = random.Random(seed)
    parameters = [Value(draw.uniform(-1, 1)) for _ in range(draw.randint(3, 6))]
    w, b, c, d = *parameters[:2], draw.choice(parameters), draw.choice(parameters)
    at_input, at_output = draw.uniform(-0.5, 0.5), draw.uniform(-0.2, 0.2)

    def loss(x: Any, y: Any) -> Any:
        z = w * x + b
        if x > at_input:
            z = z * c
        if z > at_output:
            z = z + d * x * x
        return (z - y) ** 2

    return loss, parameters


def trained(seed: int, optimizer: str, **settings: Any) -> list[float]:
    """Return the losses and weights after three epochs."""
    size = settings.pop("size")
    loss, parameters = drawn(seed)
    program = mx.compile(loss, parameters, cache=False, **settings)
    history = program.train(X, Y, optimizer=OPTIMIZERS[optimizer](), epochs=3, batch_size=size)
    return [*history.loss, *(v.data for v in parameters)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_machine_code_trains_as_numpy_does(optimizer: str, size: int, seed: int) -> None:
    """Whichever parameters a path uses, wherever they stand: bit for bit when strict, else but for roundings."""
    exact = trained(seed, optimizer, size=size, strict=True, target="numpy")
    assert trained(seed, optimizer, size=size, strict=True) == exact
    assert trained(seed, optimizer, size=size) == pytest.approx(exact, rel=1e-9, abs=1e-12)
