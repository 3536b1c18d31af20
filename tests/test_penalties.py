"""Penalties: their values and slopes, at weights of 0 too, eager and compiled."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradx as mx
from microgradx.losses import l1_penalty, l2_penalty, lp_penalty

WEIGHTS = [1.5, -0.25, 2.0, -3.0]


def power(p: float) -> Any:
    """Return the Lp penalty, one term of it, and the slope of one term."""

    def penalty(weights: Any) -> Any:
        return lp_penalty(weights, p)

    return penalty, lambda w: abs(w) ** p, lambda w: p * abs(w) ** (p - 1) * math.copysign(1.0, w)


PENALTIES: dict[str, Any] = {
    "l1": (l1_penalty, abs, lambda w: math.copysign(1.0, w)),
    "l2": (l2_penalty, lambda w: w * w / 2, lambda w: w),
} | {f"l{p}": power(p) for p in (0.5, 1, 1.5, 2, 3, 4.0)}


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_and_its_slope_are_their_formulas(name: str) -> None:
    """R is the sum of its terms, and ∂R/∂w the slope of one, on floats, on Values and compiled."""
    penalty, term, slope = PENALTIES[name]
    weights = [mx.Value(w) for w in WEIGHTS]
    R = penalty(weights)
    assert R.data == penalty(WEIGHTS) == pytest.approx(sum(map(term, WEIGHTS)), rel=1e-14)
    assert mx.grad(R, weights) == pytest.approx([slope(w) for w in WEIGHTS], rel=1e-14)
    compiled = mx.compile(lambda *ws: penalty(ws))
    assert float(compiled(*[[w] for w in WEIGHTS])[0]) == pytest.approx(R.data, rel=1e-12)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_weight_of_0_costs_nothing_and_is_not_moved(name: str) -> None:
    """At 0 the penalty and its slope are 0, also where the slopes beside it are infinite."""
    penalty, _, _ = PENALTIES[name]
    weights = [mx.Value(0.0), mx.Value(-0.0), mx.Value(1.0)]
    R = penalty(weights)
    assert R.data == penalty([1.0])
    assert mx.grad(R, weights)[:2] == [0.0, 0.0]
    compiled = mx.compile(lambda *ws: penalty(ws))
    columns = [[0.0], [-0.0], [1.0]]
    assert [float(g[0]) for g in compiled.gradients(*columns)][:2] == [0.0, 0.0]


def test_a_broken_weight_is_not_hidden() -> None:
    """A NaN among the weights makes the penalty NaN."""
    for penalty, _, _ in PENALTIES.values():
        assert math.isnan(penalty([1.0, math.nan]))


@pytest.mark.parametrize("p", [0, -1.0, math.nan])
def test_an_exponent_must_be_positive(p: float) -> None:
    """p ≤ 0 is refused, with what to use."""
    with pytest.raises(ValueError, match=r"p > 0, not .* l1_penalty"):
        lp_penalty([1.0], p)
