"""The second catalogue of the doctor: 40 planted mistakes are named, and right derivations left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from microgradx.check import KINDS

from ..doctor_judge import Mistake, examine, verdict
from .planted import DOUBLE, MISTAKES
from .right import RIGHT


def test_catalogue_speaks_of_known_kinds() -> None:
    """Every kind of mistake that the catalogue expects is one that the doctor documents."""
    assert {kind for mistake in MISTAKES + DOUBLE for kind in mistake.kinds.split("|")} <= set(KINDS)


def test_named() -> None:
    """At least nine in ten planted mistakes are named right."""
    missed = [f"{m.node}: {m.done}" for m in MISTAKES if verdict(m) != "named"]
    assert len(missed) <= len(MISTAKES) // 10, missed


@pytest.mark.parametrize("mistake", MISTAKES + DOUBLE, ids=str)
def test_never_wrong_with_confidence(mistake: Mistake) -> None:
    """No mistake is named with confidence as another one."""
    assert verdict(mistake) != "wrong", examine(mistake)[0].explanation


@pytest.mark.parametrize(("graph", "name", "derivation"), RIGHT)
def test_no_alarm(graph: Callable[[], dict[str, Any]], name: str, derivation: str | Callable[..., float]) -> None:
    """A correct derivation, however it is written, is marked ok and explained by nothing."""
    row, _ = examine(Mistake(graph, name, derivation, "nothing", ""))
    assert row.ok
    assert row.explanation is None, row.explanation
