"""explain_nonfinite names the first node that made an inf or a NaN."""

from __future__ import annotations

import math

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


@pytest.mark.parametrize("output", [mx.Value(1.0), mx.Value(1.0) * 2, mx.nn.MLP(2, [2, 1])([1.0, 2.0])])
def test_finite_graphs_need_no_explanation(output: mx.Value) -> None:
    """A graph of finite numbers gives an empty text."""
    assert mx.explain_nonfinite(output) == ""


def test_blocks_are_shortened() -> None:
    """A long sum shows some of its operands and says that there are others."""
    xs = [mx.Value(1e308, f"x{i}") for i in range(10)]
    told = mx.explain_nonfinite(mx.sum(xs))
    assert ", …) = inf" in told
    assert told.endswith("and others")
