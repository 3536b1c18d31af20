"""The second catalogue of the doctor: 40 planted mistakes are named, and right derivations left alone."""

from __future__ import annotations

from ..judge import Catalogue, each
from .planted import DOUBLE, MISTAKES
from .right import RIGHT


class TestSecond(Catalogue):
    """Mistakes in seventeen graphs; of two at once none is taken for a third."""

    mistakes, open = MISTAKES, DOUBLE
    right, size = each(RIGHT), (40, 5, 42)
