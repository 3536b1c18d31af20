"""explain_nonfinite names the first node that made an inf or a NaN."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradx as mx


def test_nan_from_finite_input_is_traced_to_its_first_node() -> None:
    """inf − inf is traced to the overflow that came first and to the difference that made it NaN."""
    x = mx.Value(1000.0, "x")
    a, b = mx.exp(x), mx.exp(x + 1)
    a.label = "a"
    y = (a - b) * 2
    assert math.isnan(y.data)
    told = mx.explain_nonfinite(y)
    assert told.splitlines()[0] == "the first that is not finite: 'a' = exp(1000.0) = inf, of 'x'"
    assert told.splitlines()[1].startswith("the first NaN: sub(inf, inf) = nan, of 'a' and 'exp'")


def test_given_nan_is_named_as_a_leaf() -> None:
    """A NaN that the user gave is named as the leaf it is, by its name among the locals."""
    bad = mx.Value(math.nan)
    assert mx.explain_nonfinite(bad * 2 + 1, names=locals()) == (
        "the first that is not finite: the leaf 'bad', which was given as nan"
    )


@pytest.mark.parametrize(("output", "count"), [(mx.Value(1.0), "1 node"), (mx.Value(1.0) * 2, "2 nodes")])
def test_finite_graphs_are_said_to_be_finite(output: mx.Value, count: str) -> None:
    """Of a graph of finite numbers it says that they are, and how many nodes were looked at."""
    assert mx.explain_nonfinite(output) == f"all numbers of this graph are finite, those of {count}"


@pytest.mark.parametrize("output", [math.nan, None, [mx.Value(1.0)], mx.nn.MLP(2, [2, 1])])
def test_only_a_value_has_a_graph(output: Any) -> None:
    """A number, a list or a model in place of a Value is a TypeError that names it."""
    with pytest.raises(TypeError, match=r"takes a Value, the output of a graph, not (nan|None|.Value|MLP)"):
        mx.explain_nonfinite(output)


def test_blocks_are_shortened() -> None:
    """A long sum shows some of its operands and says that there are others."""
    xs = [mx.Value(1e308, f"x{i}") for i in range(10)]
    told = mx.explain_nonfinite(mx.sum(xs))
    assert ", …) = inf" in told
    assert told.endswith("and others")
