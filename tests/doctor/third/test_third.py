"""The third catalogue of the doctor: 30 planted mistakes are named, and right derivations left alone."""

from __future__ import annotations

from ..judge import Catalogue, Mistake, each
from .planted import LOOKALIKES, MISTAKES
from .right import RIGHT


class TestThird(Catalogue):
    """Mistakes in eight graphs; one that equals another by an identity is not named with confidence as that."""

    mistakes, open = MISTAKES, LOOKALIKES
    right, size = each(RIGHT), (30, 7, 20)


def test_a_verdict_can_be_bad() -> None:
    """A mistake that is filed under another kind than the doctor names counts as wrong."""
    assert Mistake(MISTAKES[0].graph, "h", "(hn - t)*(1 - z)", "filed wrongly", "mask").verdict() == "wrong"
