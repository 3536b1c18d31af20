"""The fifth catalogue of the doctor: 30 planted mistakes are named, and 24 sets of right derivations left alone."""

from __future__ import annotations

import math

import pytest

import microgradx as mx
from microgradx import FormulaError

from ..judge import Catalogue, Mistake
from .graphs import lasso, ridge, temperature
from .planted import MISTAKES
from .right import RIGHT


class TestFifth(Catalogue):
    """Mistakes in nineteen graphs, named by their kind, their node, their factor and what the text must say."""

    mistakes, right, size = MISTAKES, RIGHT, (30, 0, 24)


def test_a_slope_at_the_kink_is_right() -> None:
    """At a kink the slope of one side is right, and it is said that the other side has another."""
    names = lasso()
    (row,) = mx.compare(names["L"], {"w": "(w*x - t)*x + lam"}, names=names).rows
    assert row.ok
    assert row.explanation is not None
    assert row.explanation.text.endswith("the hand value lies between them")


@pytest.mark.parametrize("hand", ["w*x - t + lam", -0.4, "4*(w*x - t)*x + lam"])
def test_nothing_is_guessed_at_a_kink(hand: str | float) -> None:
    """Where only the convention for the slope at a kink could bear it out, no factor and no name is blamed."""
    names = lasso()
    (row,) = mx.compare(names["L"], {"w": hand}, names=names).rows
    assert row.explanation is not None
    assert row.explanation.text.endswith("the hand value does not lie between them")


def _slipped(r1: float, r2: float, r3: float, x1: float, x3: float, lam: float, w: float) -> float:
    return 2 * (r1 * x1 + r2 * x1 + r3 * x3) / 3 + lam * w


def _opaque(r1: float, r2: float, r3: float, x1: float, x3: float, lam: float, w: float) -> float:
    return math.fsum([2 * r1 * x1 / 3, 2 * r2 * x1 / 3, 2 * r3 * x3 / 3, lam * w])


def test_code_is_read_as_a_formula() -> None:
    """In code names are exchanged as in a formula."""
    names = ridge()
    (row,) = mx.compare(names["L"], {"w": _slipped}, names=names).rows
    assert row.explanation is not None
    said = "x1 stands where x2 belongs: 2 * (r1 * x1 + r2 * x2 + r3 * x3) / 3 + lam * w is right"
    assert row.explanation.text == said


def test_a_sign_and_a_constant_from_nowhere_are_no_certainty() -> None:
    """In code that runs on floats alone, whose names cannot be exchanged, a path off by −3 is told with a perhaps."""
    names = ridge()
    (row,) = mx.compare(names["L"], {"w": _opaque}, names=names).rows
    assert row.explanation is not None
    assert not row.explanation.certain
    assert row.explanation.text.startswith("perhaps: the sign of the path through r2 is flipped")


@pytest.mark.parametrize(
    ("x1", "x2", "hand", "said"),
    [
        (1.3, 0.4, "(y - t)*x1", "x1 stands where x2 belongs: (y - t)*x2 is right"),
        (1.0, 2.0, "(y - t)*x1", "perhaps: x1 stands where x2 belongs: (y - t)*x2 is right; or 2 times too small"),
        (1.5, -1.5, "(y - t)*x1", "perhaps: x1 stands where x2 belongs: (y - t)*x2 is right; or the sign is flipped"),
        (1.5, -1.5, "(t - y)*x2", "the sign is flipped"),
        (1.0, 2.0, "2*(y - t)*x2", "2 times too large: the ½ of L is missing"),
    ],
)
def test_names_of_plain_numbers(x1: float, x2: float, hand: str, said: str) -> None:
    """A plain number that stands for another is named, and a factor or a sign of the graph that is as likely too."""
    w, b, t = mx.Value(0.8), mx.Value(0.3), mx.Value(0.5)
    y = w * x2 + b
    L = (y - t) ** 2 / 2
    (row,) = mx.compare(L, {"w": hand}, names={"w": w, "b": b, "t": t, "y": y, "x1": x1, "x2": x2}).rows
    assert row.explanation is not None
    assert row.explanation.text.startswith(said)


def test_what_the_output_does_not_depend_on_is_no_row() -> None:
    """A named node beside the graph is refused with the reason: its derivative is 0."""
    names = temperature()
    with pytest.raises(FormulaError, match="does not depend on it, its derivative is 0"):
        mx.compare(names["L"], {"p[0]": 0}, names=names)


def test_a_verdict_can_be_bad() -> None:
    """A mistake that is filed under another kind, or with other words, than the doctor's counts as wrong."""
    first = MISTAKES[2]
    assert Mistake(first.graph, "a2", "a2 - t", "filed wrongly", "mask").verdict() == "wrong"
    assert Mistake(first.graph, "a2", "a2 - t", "worded wrongly", first.kinds, says="a mask").verdict() == "wrong"
