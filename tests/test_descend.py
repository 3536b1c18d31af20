"""descend: the whole way of an optimiser on a function of a few numbers."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

import microgradx as mx
from microgradx import optim, schedules


def bowl(w: list[Any]) -> Any:
    """Return w₁² + 5w₂²."""
    return w[0] ** 2 + 5 * w[1] ** 2


def test_each_step_is_gradient_descent() -> None:
    """From each point to the next the step is −lr·∇f, and the start is the first point."""
    path = mx.descend(bowl, [1.0, -2.0], optim.SGD(lr=0.05), steps=20)
    assert path[0] == [1.0, -2.0]
    assert len(path) == 21
    for (a, b), (c, d) in pairwise(path):
        assert (c, d) == (a - 0.05 * (2 * a), b - 0.05 * (5 * (2 * b)))


@pytest.mark.parametrize("optimizer", [optim.SGD(lr=0.02, momentum=0.9), optim.Adam(lr=0.1), optim.RMSprop(lr=0.05)])
def test_it_is_what_a_loop_by_hand_does(optimizer: optim.Optimizer) -> None:
    """Any optimiser goes the way that backward and step go by hand, and may be given again."""
    path = mx.descend(bowl, [1.0, -2.0], optimizer, steps=15)
    assert path == mx.descend(bowl, [1.0, -2.0], optimizer, steps=15)
    w = [mx.Value(1.0), mx.Value(-2.0)]
    optimizer.bind(w)
    for point in path[1:]:
        optimizer.zero_grad()
        bowl(w).backward()
        optimizer.step()
        assert [v.data for v in w] == point


def test_a_schedule_multiplies_the_rate_of_each_step() -> None:
    """Step t has the learning rate lr·schedule(t), t = 0, 1, …"""
    path = mx.descend(lambda w: w[0], [0.0], optim.SGD(lr=1.0), steps=4, schedule=schedules.Exponential(0.5))
    assert path == [[0.0], [-1.0], [-1.5], [-1.75], [-1.875]]


def test_the_function_is_called_once_a_step() -> None:
    """A function that draws an example at random draws one for each step."""
    draws = random.Random(3)
    path = mx.descend(lambda w: w[0] * draws.choice([-1.0, 1.0]), [0.0], optim.SGD(lr=1.0), steps=50)
    again = random.Random(3)
    expected = 0.0
    for (w,) in path[1:]:
        expected -= again.choice([-1.0, 1.0])
        assert w == expected


def test_a_descent_that_leaves_the_numbers_is_an_error() -> None:
    """A rate that is too large ends with the step, the point and the rate, not with NaN."""
    with pytest.raises(mx.DivergenceError, match=r"step \d+, from .* smaller learning rate than SGD\(lr=10"):
        mx.descend(bowl, [1.0, 1.0], optim.SGD(lr=10.0), steps=1000)


MISTAKES = {
    "parameters": (lambda: mx.descend(bowl, [1.0, 1.0], optim.SGD([mx.Value(1.0)], lr=0.1)), ValueError, "already"),
    "steps": (lambda: mx.descend(bowl, [1.0, 1.0], steps=-1), ValueError, "not -1"),
    "a number": (lambda: mx.descend(bowl, 1.0), TypeError, "write"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told(name: str) -> None:
    """What cannot be descended on is an error that says why."""
    call, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        call()
