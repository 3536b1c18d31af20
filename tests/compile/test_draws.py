"""Random numbers: a function that draws some is told that compiled code does not."""

from __future__ import annotations

import itertools
import random
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value

MINE, OURS, OLD = random.Random(1), np.random.default_rng(1), np.random.RandomState(1)

DRAWS: dict[str, Callable[[], float]] = {
    "random": lambda: random.random(),
    "randrange": lambda: float(random.randrange(1000)),
    "numpy": lambda: float(np.random.rand()),
    "a Random": lambda: MINE.random(),
    "a Generator": lambda: float(OURS.random()),
    "a RandomState": lambda: float(OLD.rand()),
}


def called(f: Any, w: Value) -> None:
    """Compute values, twice."""
    program = mx.compile(f, [w])
    program([1.0, 2.0, 3.0])
    program([1.0, 2.0, 3.0])


def trained(f: Any, w: Value) -> None:
    """Train, and compute values."""
    program = mx.compile(f, [w])
    program.train([1.0, 2.0, 3.0], epochs=2)
    program([1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("run", [called, trained])
def test_a_function_that_draws_is_told_so(name: str, run: Callable[[Any, Value], None]) -> None:
    """A rare event decides nothing when it is looked for, and yet the draw is seen, once, where the function stands."""
    w, draw = Value(1.0), DRAWS[name]

    def rare(x: Any) -> Any:
        return w * x * (0.0 if draw() == 0.123 else 1.0)

    with pytest.warns(UserWarning, match="draws random numbers") as told:
        run(rare, w)
    assert [(each.filename, each.lineno) for each in told] == [(__file__, rare.__code__.co_firstlineno)]


def test_what_is_drawn_from_pytorch_is_told() -> None:
    """So are draws from PyTorch, by the generator that everybody shares or by the function's own."""
    torch = pytest.importorskip("torch", reason="needs PyTorch, which is never declared: python -m pip install torch")
    own, w = torch.Generator().manual_seed(1), Value(1.0)
    for rare in (
        lambda x: w * x * (0.0 if float(torch.rand(())) == 0.123 else 1.0),
        lambda x: w * x * (0.0 if float(torch.rand((), generator=own)) == 0.123 else 1.0),
    ):
        with pytest.warns(UserWarning, match="draws random numbers"):
            called(rare, w)


def test_a_function_that_draws_nothing_is_not() -> None:
    """Neither what a user draws between calls, nor what its own thread draws while nothing is traced, is told."""
    w = Value(1.0)
    program = mx.compile(lambda x: w * x, [w])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            program([random.random(), float(OURS.random())])
            thread = threading.Thread(target=random.random)
            thread.start()
            thread.join()


def test_what_another_thread_draws_meanwhile_is_not_its_own() -> None:
    """A draw beside every other of its runs is no draw of the function: it is neither told of it nor left to Values."""
    w, is_beside = Value(1.0), itertools.cycle([True, False])

    def beside(x: Any) -> Any:
        if next(is_beside):
            thread = threading.Thread(target=random.random)
            thread.start()
            thread.join()
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mx.compile(lambda x: w * beside(x), [w])([1.0, 2.0])
        data = [[1.0], [2.0]], [1.0, 2.0]
        history = mx.fit(mx.nn.MLP(1, [2, 1], seed=0), *data, loss=lambda y, t: (beside(y) - t) ** 2, epochs=2)
    assert not history.by.startswith("Values")
