"""A doubtful explanation weighed against what the formula's own letters tell: the one, the other, or both."""

from __future__ import annotations

from dataclasses import replace

from ...expression import parse
from ...syntax import differing
from .edits import at_one_place, either, in_its_words, one_of
from .evidence import Evidence
from .explanation import Explanation

_ALIKE = (
    {"constant factor", "mean or sum", "missing factor"},
    {"constant factor", "mean or sum", "extra factor"},
    {"missing factor", "extra factor"},
    {"wrong variable", "wrong index", "activation", "operation"},
)
_TRUSTED = ("sign", "constant factor", "mean or sum", "mask", "missing path")


def weighed(evidence: Evidence, index: int, found: Explanation, doubt: str) -> Explanation:
    """Return a doubtful explanation, or what the formula's letters tell instead; both, if either may be.

    The letters win over what is roundabout. Where some numbers are the same at all points they must be about these.
    """
    own = in_its_words(evidence, index, found)
    if not own.certain or (own.kind in _TRUSTED and doubt == "held"):
        return own
    letters = at_one_place(evidence, index)
    if doubt == "held":
        letters = [other for other in letters if _is_about_held(evidence, index, other)]
    agreeing = [other for other in letters if other.kind == own.kind or (doubt != "roundabout" and _agree(own, other))]
    best = one_of(letters)
    if best is None or len(agreeing) == len(letters) or (agreeing and doubt == "held"):
        return own
    if doubt == "roundabout" and best.certain:
        return replace(best, same=(own,))
    return either(letters, own)


def _is_about_held(evidence: Evidence, index: int, found: Explanation) -> bool:
    """Return whether where a formula differs from the right one there are names whose numbers never move."""
    formula, case = evidence.formula(index), evidence.cases[index]
    if formula is None or not found.formula:
        return True
    numbers = [{**case.derivation.recorded, **evidence.numbers(case, at)} for at in evidence.points]
    held = {name for name in case.derivation.recorded if len({each[name] for each in numbers}) == 1}
    pair = differing(formula.tree, parse(found.formula).tree)
    return any(piece.name in held for each in pair for _, piece in each.places())


def hedged(found: Explanation) -> Explanation:
    """Return an explanation without certainty."""
    return replace(found, text=f"perhaps: {found.text}", certain=False) if found.certain else found


def _agree(one: Explanation, other: Explanation) -> bool:
    kinds = {one.kind, other.kind}
    return "wrong derivative" in kinds or any(kinds <= group for group in _ALIKE)
