"""A change that makes no difference, or is taken back, stops no call, and whoever looks is told of each change once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

W = Value(2.0, "w")
here = globals()
scale: Any = 1.0
unused: Any = 1.0
activation: Any = mx.tanh


@pytest.fixture(autouse=True)
def _numbers() -> Iterator[None]:
    here.update(scale=1.0, unused=1.0, activation=mx.tanh)
    yield
    here.update(scale=1.0)


def test_a_change_without_effect_is_none() -> None:
    """The same number anew, a function of the same operations, and what decides nothing: calls go on."""
    extra = [0.0]

    def f(x: Any) -> Any:
        assert unused is not None
        return activation(scale * W * x) + (0.0 if extra[0] < 100.0 else 1.0)

    program = mx.compile(f, [W], target="numpy")
    expected = program([1.0]).tolist()

    def changing() -> None:
        for i in range(20):
            here.update(unused=i, scale=float("1.0"), activation=lambda v: mx.tanh(v))
            extra[0] += 1.0
            assert program([1.0]).tolist() == expected

    with pytest.warns(UserWarning, match="10 such changes had no effect") as told:
        changing()
    named = [str(warning.message).partition(" was ")[0] for warning in told]
    assert named[0] == "global 'unused'"
    assert named[1].startswith("global 'activation' is another")
    assert named[2:] == ["extra[0]"]
    extra[0] = 100.0
    with pytest.raises(TraceError, match=r"extra\[0\]|variable 'extra'"):
        program([1.0])


def test_a_change_that_is_taken_back_is_forgiven() -> None:
    """A function that does again what it did when it was traced is called again; others are told by their own names."""
    program = mx.compile(lambda x: scale * W * x, [W], target="numpy")
    expected = program([1.0]).tolist()
    for x in (10.0, 20.0):
        here.update(scale=x)
        with pytest.raises(TraceError, match=f"global 'scale' was .* and is {x}"):
            program([1.0])
        here.update(scale=1.0)
        assert program([1.0]).tolist() == expected


def test_equal_objects_cost_no_look() -> None:
    """A number that is computed anew at each call, and is the same, traces nothing."""
    outside = Outside(lambda x: scale * x)
    for x in (1.0, float("1.0"), np.float64(1.0).item()):
        here.update(scale=x)
        assert outside.version() == 0
    others: list[Any] = [1, True, math.nan, -0.0, None, "1.0"]
    for count, x in enumerate(others, 1):
        here.update(scale=x)
        assert outside.version() == outside.version() == count


def test_changes_are_told_to_each_who_asks() -> None:
    """Who looks later than others is told of all that has changed since their last look, what runs changes once."""
    table = {"a": 1.0}
    outside = Outside(lambda x: table["a"] * x)
    table["a"] = 2.0
    assert outside.version() == 1
    with outside.running():
        table["a"] = 3.0
    assert outside.version() == 2
    table["a"] = 4.0
    assert outside.version() == 3
    with outside.running():
        table["a"] = 5.0
    assert outside.version() == 3
    assert outside.changes(since=3) == []
    assert outside.changes(since=2) == ["table['a'] was 3.0 and is 4.0"]
    assert outside.changes(since=0) == [f"table['a'] was {x}.0 and is {x + 1}.0" for x in (1, 2, 3)]
