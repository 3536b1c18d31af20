"""Whoever gives something else where parameters belong is told what to write, in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx

MODEL = mx.nn.MLP(2, [3, 1])
TAKERS: list[Callable[[Any], Any]] = [
    lambda given: mx.compile(MODEL, parameters=given),
    lambda given: mx.compile_graph(MODEL([1.0, 2.0]), parameters=given),
    lambda given: mx.optim.SGD(given, lr=0.1),
    lambda given: mx.clip_grad_norm(given, 1.0),
    lambda given: mx.clip_grad_value(given, 1.0),
    lambda given: mx.grad(MODEL([1.0, 2.0]), given),
]


def of_model() -> list[mx.Value]:
    """Return the parameters of the model."""
    return MODEL.parameters()


@pytest.mark.parametrize("take", TAKERS)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (MODEL.parameters, "not (of )?the method 'parameters' itself; call it, as in model.parameters()"),
        (of_model, "not (of )?the function 'of_model' itself; call it, as in of_model()"),
        (MODEL, "not (of )?MLP(2, [3, 1]); write model.parameters()"),
    ],
)
def test_parameters_that_are_not_called_are_named(take: Callable[[Any], Any], given: Any, words: str) -> None:
    """A method, a function or a model in place of its parameters is a TypeError that says what to write."""
    pattern = words.replace("()", r"\(\)").replace("MLP(2, [3, 1])", r"MLP\(2, \[3, 1\]\)")
    with pytest.raises(TypeError, match=rf"^[^\n]*{pattern}$"):
        take(given)


@pytest.mark.parametrize("take", TAKERS)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([mx.nn.MLP(40, [40, 1]).parameters()], "write that list itself|pass model|with respect to Values"),
        ([mx.nn.MLP(40, [40, 1])], r"(write|pass) model.parameters\(\)|with respect to Values"),
    ],
)
def test_a_list_in_a_list_of_parameters_is_told_in_brief(take: Callable[[Any], Any], given: Any, words: str) -> None:
    """A list of Values or a model where one Value belongs is a TypeError of few letters that says what to write."""
    with pytest.raises(TypeError, match=words) as caught:
        take(given)
    assert len(str(caught.value)) < 500
