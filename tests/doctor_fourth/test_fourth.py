"""The fourth catalogue of the doctor: 40 planted mistakes are named, and 30 sets of right derivations left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx.check import KINDS

from ..doctor_judge import Mistake, examine, verdict
from .planted import MISTAKES
from .right import RIGHT, Hand


def test_catalogue_speaks_of_known_kinds() -> None:
    """Every kind of mistake that the catalogue expects is one that the doctor documents."""
    assert (len(MISTAKES), len(RIGHT)) == (40, 30)
    assert {kind for mistake in MISTAKES for kind in mistake.kinds.split("|")} <= set(KINDS)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_named(mistake: Mistake) -> None:
    """Each planted mistake is named by its kind, its node, its factor and what the text must say."""
    assert verdict(mistake) == "named", examine(mistake)[0].explanation


@pytest.mark.parametrize(("graph", "hand"), RIGHT)
def test_no_alarm(graph: Callable[[], dict[str, Any]], hand: Hand) -> None:
    """Correct derivations, however they are written, are marked ok and explained by nothing."""
    names = graph()
    for row in mx.compare(names["L"], hand, names=names).rows:
        assert row.ok
        assert row.explanation is None, row.explanation


def test_a_verdict_can_be_bad() -> None:
    """A mistake that is filed under another kind, or with other words, than the doctor's counts as wrong."""
    first = MISTAKES[0]
    assert verdict(Mistake(first.graph, "w", "sign(r)*x", "filed wrongly", "mask")) == "wrong"
    assert verdict(Mistake(first.graph, "w", "sign(r)*x", "worded wrongly", first.kinds, says="a mask")) == "wrong"
