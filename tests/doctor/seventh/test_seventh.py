"""The seventh catalogue of the doctor: 29 of 30 planted mistakes are named, and 24 right sets left alone."""

from __future__ import annotations

from dataclasses import replace

from ..judge import Catalogue
from .planted import MISTAKES
from .right import RIGHT

# No explanation fits for the whole time shift of M24, and that is what is said, with the row in which it is.
OPEN = tuple(mistake for mistake in MISTAKES if mistake.name == "M24")


class TestSeventh(Catalogue):
    """Mistakes in regressions, networks, through time and in a step of SGD; all but one are named."""

    mistakes, open = tuple(mistake for mistake in MISTAKES if mistake not in OPEN), OPEN
    right, size = RIGHT, (29, 1, 24)


def test_what_stays_open_is_placed() -> None:
    """Where no explanation fits, the row of the mistake is told as its place."""
    (shifted,) = OPEN
    assert shifted.verdict() == "named" or "so the mistake is at w" in shifted.said().replace("\n    ", " ")


def test_a_verdict_can_be_bad() -> None:
    """Other words than those accepted count as wrong, and as missed where the doctor is not certain."""
    sum_for_mean, half = MISTAKES[:2]
    assert replace(sum_for_mean, accept=[[r"a mask"]]).verdict() == "wrong"
    assert replace(half, accept=[[r"a mask"]]).verdict() == "missed"
    assert replace(half, accept=[[r"dropped a factor t3"]]).verdict() == "missed"  # the last of four
