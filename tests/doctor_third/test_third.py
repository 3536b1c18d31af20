"""The third catalogue of the doctor: 30 planted mistakes are named, and right derivations left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from microgradx.check import KINDS

from ..doctor_judge import Mistake, examine, verdict
from .planted import LOOKALIKES, MISTAKES
from .right import RIGHT


def test_catalogue_speaks_of_known_kinds() -> None:
    """Every kind of mistake that the catalogue expects is one that the doctor documents."""
    assert {kind for mistake in MISTAKES + LOOKALIKES for kind in mistake.kinds.split("|")} <= set(KINDS)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_named(mistake: Mistake) -> None:
    """Each planted mistake is named by its kind, its node and its factor."""
    assert verdict(mistake) == "named", examine(mistake)[0].explanation


@pytest.mark.parametrize("mistake", LOOKALIKES, ids=str)
def test_nothing_is_asserted_that_is_not_written(mistake: Mistake) -> None:
    """A mistake that equals another one by an identity is not named with confidence as that."""
    assert verdict(mistake) != "wrong", examine(mistake)[0].explanation


@pytest.mark.parametrize(("graph", "name", "derivation"), RIGHT)
def test_no_alarm(graph: Callable[[], dict[str, Any]], name: str, derivation: str | Callable[..., float]) -> None:
    """A correct derivation, however it is written, is marked ok and explained by nothing."""
    row, _ = examine(Mistake(graph, name, derivation, "nothing", ""))
    assert row.ok
    assert row.explanation is None, row.explanation


def test_a_verdict_can_be_bad() -> None:
    """A mistake that is filed under another kind than the doctor names counts as wrong."""
    assert verdict(Mistake(MISTAKES[0].graph, "h", "(hn - t)*(1 - z)", "filed wrongly", "mask")) == "wrong"
