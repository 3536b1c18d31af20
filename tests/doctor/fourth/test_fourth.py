"""The fourth catalogue of the doctor: 40 planted mistakes are named, and 30 sets of right derivations left alone."""

from __future__ import annotations

from ..judge import Catalogue, Mistake
from .planted import MISTAKES
from .right import RIGHT


class TestFourth(Catalogue):
    """Mistakes in twenty-three graphs, named by their kind, their node, their factor and what the text must say."""

    mistakes, right, size = MISTAKES, RIGHT, (40, 0, 30)


def test_a_verdict_can_be_bad() -> None:
    """A mistake that is filed under another kind, or with other words, than the doctor's counts as wrong."""
    first = MISTAKES[0]
    assert Mistake(first.graph, "w", "sign(r)*x", "filed wrongly", "mask").verdict() == "wrong"
    assert Mistake(first.graph, "w", "sign(r)*x", "worded wrongly", first.kinds, says="a mask").verdict() == "wrong"
