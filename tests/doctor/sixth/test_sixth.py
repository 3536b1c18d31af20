"""The sixth catalogue of the doctor: 30 planted mistakes are named, and 24 sets of right derivations left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..judge import Catalogue
from .planted import MISTAKES
from .right import RIGHT


class TestSixth(Catalogue):
    """Mistakes of a student's every day, over regressions and small networks; all are named."""

    mistakes, right, size = MISTAKES, RIGHT, (30, 0, 24)


def test_a_verdict_can_be_bad() -> None:
    """Other words than those accepted, or rejected ones, count as wrong; so does a wrong row that is called right."""
    first, chain = MISTAKES[0], next(mistake for mistake in MISTAKES if " " in mistake.wrong)
    assert replace(first, accept=[[r"a mask"]]).verdict() == "wrong"
    assert replace(first, reject=[r"missing"]).verdict() == "wrong"
    assert replace(first, wrong="c").verdict() == "wrong"
    assert replace(chain, wrong=chain.wrong.split()[0]).verdict() == "wrong"


def test_an_alarm_is_seen() -> None:
    """A wrong derivation among those that are called right fails, and so does a mistake that is named as another."""
    first = MISTAKES[0]
    with pytest.raises(AssertionError, match="is missing"):
        TestSixth().test_no_alarm(first.graph, first.hand)
    with pytest.raises(AssertionError, match="the path through 1 − z"):
        TestSixth().test_never_wrong_with_confidence(replace(first, accept=[["a mask"]]))


def test_words_that_hold_for_anything_are_a_flaw() -> None:
    """A pattern that an empty report would hold is found out."""
    assert replace(MISTAKES[0], accept=[[r"a mask", r""], [r"x*"]]).flaw() == "['x*']"
