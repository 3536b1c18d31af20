"""One row explained: the search on the evidence, by itself and with what other rows give, and the best of its finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ...expression import Expression
from .believed import believed, doubt
from .digits import digits, half_unit
from .evidence import Evidence
from .explanation import Explanation
from .naming import signal
from .question import Finding, Question
from .search import one_slip, two_slips
from .series import Series
from .telling import Telling
from .ways import Ways
from .words import told

_BY_CHANCE = ("ratio", "swapped", "instead", "extra", "missing", "inverted", "output", "same", "weighed", "term")
_EXACT = 9  # so many digits of a number hardly fit by chance


class Found(NamedTuple):
    """The best explanation of a row: whether its formula bears that out, and why its own words may say more."""

    explanation: Explanation | None
    is_sure: bool = False
    doubt: str = ""


def explained(evidence: Evidence, index: int) -> Found:
    """Return the explanation of a wrong row, against the true error signals or else against those of other rows."""
    ways = [Ways(evidence.graph, evidence.places[index])]
    if given := wrong_after(evidence, index):
        ways.append(Ways(evidence.graph, evidence.places[index], given))
    doubtful: tuple[Question, list[Finding]] | None = None
    for search in (one_slip, two_slips):
        for way in ways:
            asked = question(evidence, index, way)
            if found := search(asked):
                if believed(asked, found[0]):
                    return Found(_best(evidence, index, asked, found), True, doubt(asked, found[0]))
                doubtful = doubtful or (asked, found)
    return Found(_best(evidence, index, *doubtful) if doubtful else None)


def caused_by(evidence: Evidence, index: int) -> int | None:
    """Return the place of the wrong row that alone makes this one wrong: with its error signal this one is right."""
    given = wrong_after(evidence, index)
    for chosen in [*([i] for i in sorted(given)), list(given)]:
        ways = Ways(evidence.graph, evidence.places[index], {i: given[i] for i in chosen})
        if chosen and question(evidence, index, ways).fits(ways.gradient):
            return min(chosen)
    return None


def wrong_after(evidence: Evidence, index: int) -> dict[int, Series]:
    """Return by place what the rows give that are wrong and on which this one may depend."""
    found = {}
    for i, other, hand in zip(evidence.places, evidence.cases, evidence.hands, strict=True):
        if other.ok or i <= evidence.places[index] or not math.isfinite(other.hand):
            continue
        right = evidence.graph.signals[i]
        if not other.derivation.movable:  # a number stands for a derivation that is off by the same factor elsewhere
            hand = tuple(other.hand * g / right[0] if right[0] else other.hand for g in right)
        if all(map(math.isfinite, hand)):
            found[i] = hand
    return found


def question(evidence: Evidence, index: int, ways: Ways) -> Question:
    """Return the question why a row is wrong, against these error signals."""
    case = evidence.cases[index]
    rounded = case.derivation.is_number and 3 <= digits(case.hand) <= 15
    precision = half_unit(case.hand) / abs(case.hand) if rounded else 0.0
    constants = list(evidence.constants.values())
    return Question(ways, evidence.hands[index], precision, evidence.called.own, constants, evidence.written[index])


def _best(evidence: Evidence, index: int, asked: Question, findings: Sequence[Finding]) -> Explanation:
    """Return the first finding, with what else it could be called, and with what else fits.

    It is certain if nothing else fits, and if it is one slip, or that and the sign, and fits at several points. One
    number will do that was given to so many digits that it hardly fits by chance.
    """
    by_code = not isinstance(evidence.cases[index].derivation.source, Expression)
    derivation = evidence.cases[index].derivation
    used = {name: derivation.recorded[name] for name in derivation.names if name in evidence.names.constants}
    telling = Telling(asked, evidence.called, evidence.constants, used, by_code)
    first = findings[0]
    alone = first.besides is None and first.slip != "two"
    exact = digits(evidence.cases[index].hand) >= _EXACT
    sure = alone if not asked.one_number else exact and first.scale == 1.0 and not _by_chance(asked, first)
    sure = sure and believed(asked, first) and not (first.scale < 0.0 and first.stands)
    best = told(telling, first)
    same: list[Explanation] = []
    others: list[Explanation] = []
    seen = [first.prediction]
    for finding in findings[1:]:
        if _alike(finding.prediction, seen[0]):
            same.append(told(telling, finding))
        elif not any(_alike(finding.prediction, prediction) for prediction in seen):
            seen.append(finding.prediction)
            other = told(telling, finding)
            (same if other.text in (best.text, *(known.text for known in others)) else others).append(other)
    text = best.text
    if asked.ways.given:
        text += f" (besides what follows from the wrong {signal(evidence.called.call(min(asked.ways.given)))})"
    if others:
        text = f"perhaps: {text}. This one number also fits: {'; or '.join(other.text for other in others[:3])}"
    elif asked.one_number:
        text = f"{text} (judged by one number)" if sure else f"perhaps: {text} (one number cannot tell)"
    elif first.is_guess:
        text = f"perhaps: {text}"
    elif alone and not sure:
        text = f"perhaps: {text} (by its numbers; in the formula it is not seen)"
    elif not sure:
        text = f"perhaps several mistakes: {text}"
    return replace(best, text=text, certain=sure and not others, same=tuple(same), others=tuple(others))


def _by_chance(asked: Question, finding: Finding) -> bool:
    """Return whether many numbers of a graph may have given one number this way, also with all its digits."""
    unnamed = finding.slip in ("with", "without") and any(i not in asked.graph.named for i in finding.nodes)
    return unnamed or finding.slip in _BY_CHANCE


def _alike(a: Series, b: Series) -> bool:
    """Return whether two predictions are the same at every point, to rounding."""
    return all(
        x == y or abs(x - y) <= 1e-7 * max(abs(x), abs(y)) or (math.isnan(x) and math.isnan(y))
        for x, y in zip(a, b, strict=True)
    )
