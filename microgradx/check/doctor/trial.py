"""Trying another formula, or other numbers for its names, in place of a derivation: whether that is right."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import replace

from ...errors import FormulaError
from ..by_hand import Derivation
from .evidence import Case, Evidence
from .points import Point
from .reading import written


def at_points(evidence: Evidence, case: Case, derivation: Derivation) -> Callable[[Point], float]:
    """Return what another derivation in place of a case's own gives at a point."""
    read = replace(case, derivation=derivation)
    return lambda at: derivation.evaluate(evidence.numbers(read, at))


def fits(evidence: Evidence, index: int, derivation: Callable[[Point], float]) -> bool:
    """Return whether what is given by point is right at all of them."""
    place = evidence.places[index]
    for at in evidence.points:
        try:
            found = derivation(at)
        except Exception:  # the derivation may be any code, and need not be defined for other numbers
            return False
        if not math.isclose(found, at.signals[place], rel_tol=1e-9):
            return False
    return True


def is_right(evidence: Evidence, index: int, text: str) -> bool:
    """Return whether a text in place of a formula is right, and nothing in it cancels."""
    case = evidence.cases[index]
    with contextlib.suppress(FormulaError):
        other = evidence.names.derivation(text)
        return fits(evidence, index, at_points(evidence, case, other)) and not cancels(evidence, case, other)
    return False


def cancels(evidence: Evidence, case: Case, derivation: Derivation) -> bool:
    """Return whether parts of a formula cancel, as nobody would have meant it: p·(1/p), or x − x."""
    read = replace(case, derivation=derivation)
    numbers = [evidence.numbers(read, at) for at in evidence.points]
    formula = written(derivation.source, derivation.recorded, numbers)
    return formula is not None and formula.cancels()
