"""The doctor of `compare` where numbers decide: few digits, kinks, infinities, and points near the recorded one."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value

from .examples import logistic, row, told


@pytest.mark.parametrize(("number", "kind"), [(-0.0634, "rounded"), (0.0634, "sign"), (-0.0488, "missing factor")])
def test_rounded_numbers_are_compared_to_their_digits(number: float, kind: str) -> None:
    """A number given with three digits is right, or explained, to three digits."""
    w, x, t = Value(0.5, "w"), Value(1.3, "x"), Value(0.6988, "t")
    found = row((w * x - t) ** 2 / 2, "w", number)
    assert not found.ok
    assert found.backprop == pytest.approx(-0.06344)
    assert told(found).kind == kind


def test_at_a_kink_every_slope_between_the_two_is_right() -> None:
    """relu'(0) is a convention: 0, 1 and what lies between are no mistakes; beyond, both slopes are told."""
    z = Value(0.0, "z")
    L = 3.0 * mx.relu(z)
    for slope in (0.0, 1.5, 3.0):
        assert row(L, "z", slope).ok
    note = told(row(L, "z", "3 + 0 * z"))
    assert (note.kind, note.name) == ("kink", "relu(z)")
    found = row(L, "z", 7.0)
    assert not found.ok
    assert "the slope is 0 on the left and 3 on the right; the hand value does not lie between" in found.diagnosis


def test_near_a_kink_the_slopes_are_told() -> None:
    """A finite difference across a kink lies between the slopes, and is told so."""
    z = Value(1e-7, "z")
    found = told(row(mx.relu(z), "z", 0.55))
    assert found.kind == "kink"
    assert "very near: the slope is 0 on the left and 1 on the right; the hand value lies between" in found.text


def test_formulas_that_hold_on_this_side_of_a_kink_are_right() -> None:
    """Near points stay on their side of every kink: a derivation for an active unit is no mistake."""
    z = Value(0.01, "z")
    L = mx.relu(z) * 3.0 + mx.abs(z - 0.02) * z
    assert row(L, "z", "3 + (0.02 - z) - z").explanation is None


def test_probabilities_may_be_known_to_add_up_to_one() -> None:
    """y − t is right for a softmax's cross-entropy, though only where the targets add up to 1."""
    z1, z2 = Value(0.3, "z1"), Value(-0.4, "z2")
    t1, t2 = Value(0.2, "t1"), Value(0.8, "t2")
    y1, y2 = mx.softmax([z1, z2])
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2))
    names = {"y1": y1, "y2": y2}
    assert row(L, "z1", "y1 - t1", names).explanation is None
    assert told(row(L, "z1", "t1 - y1", names)).kind == "sign"


def test_nodes_outside_of_the_graph_are_computed_again() -> None:
    """A derivation may use nodes that the output does not: they follow the same leaves to other points."""
    z = Value(0.4, "z")
    y = mx.sigmoid(-z)
    L = mx.softplus(-z)
    assert row(L, "z", "-y", {"y": y}).explanation is None
    assert told(row(L, "z", "y", {"y": y})).kind == "sign"


def test_infinite_numbers_are_not_explained() -> None:
    """An inf or a NaN is told as such."""
    names = logistic()
    assert told(row(names["L"], "w", math.nan, names)).kind == "not finite"
    assert "backprop gives inf" in row(mx.sqrt(Value(0.0, "x")), "x", 1.0).diagnosis


def test_a_derivation_that_fails_elsewhere_is_judged_where_it_works() -> None:
    """A function that is defined at the recorded point only does no harm."""
    names = logistic()

    def here_only(y: float, t: float) -> float:
        if y != names["y"].data:
            raise RuntimeError("no")
        return t - y

    assert told(row(names["L"], "y", here_only, names)).kind == "sign"


def test_functions_with_numbers_built_in_are_judged_where_they_were_made() -> None:
    """A function that reads a Value's number, which follows to no other point, is no mistake if it is right."""
    names = logistic()
    x, L = names["x"], names["L"]
    assert row(L, "w", lambda y, t: (y - t) * y * (1 - y) * x.data, names).explanation is None
    found = told(row(L, "w", lambda y, t: (t - y) * y * (1 - y) * x.data, names))
    assert found.kind == "sign"
    assert "judged by one number" in found.text


def test_at_a_kink_the_slopes_come_first() -> None:
    """With the wrong sign at a kink the slopes are told, and that the other sign would do."""
    w = Value(0.5, "w")
    k = 1 - 2.0 * w
    k.label = "k"
    found = mx.compare(mx.relu(k), {"w": 2.0}).rows[0]
    assert found.explanation is not None
    assert found.explanation.kind == "sign"
    assert found.diagnosis.endswith("the hand value does not lie between them; with the other sign it would")
    assert "0 < 0" not in found.diagnosis


def huber(e: Value, delta: Value) -> Any:
    """Huber's loss by Python's if, of which a graph knows only the branch that was taken."""
    return e**2 / 2 if abs(e) < delta else delta * (abs(e) - delta / 2)


def huber_slope(e: float, delta: float) -> float:
    return e if abs(e) < delta else math.copysign(delta, e)


@pytest.mark.parametrize("e", [0.3, 0.9, -0.9])
@pytest.mark.parametrize("slope", ["max(-delta, min(e, delta))", huber_slope])
def test_a_branch_that_the_graph_does_not_know_is_right_on_its_side(e: float, slope: Any) -> None:
    """A derivation whose own if, max or min is right around the point is right; one that is not is right here only."""
    leaf, delta = Value(e, "e"), Value(0.75, "delta")
    assert mx.compare(huber(leaf, delta), {"e": slope}, {"delta": delta}).ok
    delta = Value(abs(e), "delta")
    row = mx.compare(leaf**2 / 2, {"e": "delta" if e > 0 else "-delta"}, {"delta": delta}).rows[0]
    assert row.here_only
