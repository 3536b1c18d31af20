"""A step whose gradient stayed with a compiled program is warned of, and no other step."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.optim import SGD, AdamW

X, Y = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]


def program_of(w: Value) -> Any:
    """Return the squared error of w·x, compiled."""
    return mx.compile(lambda x, y: (w * x - y) ** 2, parameters=[w], cache=False)


def three_steps(program: Any, optimizer: Any) -> None:
    """Do what is right but for the gradient, which nobody takes."""
    for _ in range(3):
        optimizer.zero_grad()
        program.value_and_grad(X, Y)
        optimizer.step()


def test_a_gradient_that_nobody_took_is_warned_of_once() -> None:
    """It says which program it was, what to write, and where: at the user's line, at the first step alone."""
    w = Value(1.0, "w")
    program, optimizer = program_of(w), SGD([w], lr=0.1)
    with pytest.warns(UserWarning, match=r"program\.value_and_grad\(…\) returns a gradient, .*\.grad") as caught:
        three_steps(program, optimizer)
    assert [each.filename for each in caught] == [__file__]
    assert w.data == 1.0


def test_programs_are_found_where_trainers_keep_them() -> None:
    """Rows that a program is on have their gradient there too, and so has an attribute of an object."""
    w = Value(1.0, "w")

    class Trainer:
        def __init__(self) -> None:
            self.loss, self.optimizer = program_of(w).on(X, Y), AdamW([w], lr=0.1)

        def step(self) -> None:
            self.loss.value_and_grad()
            self.optimizer.step()

    with pytest.warns(UserWarning, match=r"self\.loss\.value_and_grad"):
        Trainer().step()


def test_other_steps_are_not_warned_of() -> None:
    """None whose gradient is there, be it 0 later on, or with a program for other parameters, or without any."""
    w, other = Value(1.0, "w"), Value(1.0, "other")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SGD([w], lr=0.1).step()  # at a minimum, say: no program is at hand
        elsewhere = program_of(other)
        elsewhere.value_and_grad(X, Y)
        SGD([w], lr=0.1).step()
        program, optimizer = program_of(w), SGD([w], lr=0.1)
        _, (w.grad,) = program.value_and_grad(X, Y)
        optimizer.step()
        optimizer.zero_grad()
        optimizer.step()
        program.train(X, Y, optimizer=SGD(lr=0.01), epochs=1)
    assert w.data != 1.0
