"""The search for the mistake: every slip that could be made somewhere, propagated, and held against the derivation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, combinations_with_replacement

from .alternatives import at_point, changes, is_constant
from .believed import believed
from .everywhere import at_every_link
from .fanout import at_fan_out, held, held_together, weighed
from .one_link import at_one_link
from .products import of_several
from .question import RANKS, Finding, Question
from .whole import by_a_constant, by_a_value, nothing, of_another, of_sign

_WORSE = RANKS["paths"]  # explanations from here on are not as good as some by a slip that was made everywhere
_NOT_SCALED = ("sign", "ratio", "weighed", "variable", "output", "reflected")
_MOST_FACTORS = 60
_MOST_CONSTANTS = 6

MOST_SEARCHED = 600
"""With more nodes on the way only single slips are looked for."""


def one_slip(question: Question) -> list[Finding]:
    """Return the explanations by one slip, the best first.

    For a single number all are looked for, so that what also fits is known; else the first that are found will do.
    """
    found = [*of_sign(question), *at_one_link(question), *at_fan_out(question), *nothing(question), *held(question)]
    best = min((each.rank for each in found if believed(question, each)), default=math.inf)
    if question.one_number or best >= _WORSE:
        found += at_every_link(question)
    found += [*by_a_value(question), *of_another(question)]
    doubtful = not any(believed(question, each) for each in found)
    if doubtful or question.one_number:
        found += by_a_constant(question)
    if doubtful:
        found += weighed(question)
    return _best_first(question, found)


def _best_first(question: Question, found: Sequence[Finding]) -> list[Finding]:
    """Return what the derivation's own formula bears out, or else everything; the best first."""
    chosen = [each for each in found if believed(question, each)] or found
    return sorted(chosen, key=lambda finding: finding.rank)


def two_slips(question: Question) -> list[Finding]:
    """Return the explanations by a slip and a sign or a constant, by nodes or factors left out, or by a term."""
    if len(question.ways.on_the_way) > MOST_SEARCHED:
        return []
    found = list(_scaled(question, -1.0, None))
    if not found and not question.one_number:
        found = [*held_together(question)]
    if not found and not question.rounded:
        for constant in _constants(question):
            for sign in (1.0, -1.0):
                found += _scaled(question, sign * constant.number, constant)
    if question.one_number:
        found = found if found or question.rounded else [*terms(question)]
    elif not any(believed(question, each) for each in found):
        found = [*of_several(question)] or found or [*_two_factors(question)] or [*terms(question)]
    return _best_first(question, found)


def _scaled(question: Question, factor: float, constant: Finding | None) -> Iterator[Finding]:
    """Yield the slips that explain the derivation divided by a factor: one by the sign, or by a constant too."""
    asked = question.scaled(factor)
    for finding in one_slip(asked):
        if finding.slip not in _NOT_SCALED or (factor == -1.0 and finding.slip == "ratio"):
            prediction = tuple(factor * p for p in finding.prediction)
            rank = RANKS["scaled"] + finding.rank + (0.0 if constant is None else constant.rank)
            parts = tuple(tuple(factor * x for x in part) for part in finding.parts)
            yield replace(finding, rank=rank, prediction=prediction, scale=factor, besides=constant, parts=parts)


def _constants(question: Question) -> list[Finding]:
    """Return the constants on every way that may be missing or in twice, each with its factor; then just 2 and ½."""
    found: dict[float, Finding] = {}
    ways, graph = question.ways, question.graph
    if not question.one_number:
        for link in ways.links:
            if not (link.whole and ways.are_all(link.user) and ways.are_all(link.operand)):
                continue
            for change in changes(graph, link):
                a_constant = change.slip in ("dropped", "twice") and is_constant(graph, link)
                if a_constant or (change.slip == "without" and change.number is not None):
                    new = at_point(change, 0)
                    factor = new / link.partial[0] if link.partial[0] else math.nan
                    if math.isfinite(factor) and factor not in (0.0, 1.0, -1.0):
                        prediction = tuple(factor * g for g in ways.gradient)
                        rank = question.rank(change, link)
                        finding = Finding(rank, change.slip, prediction, (link,), change, number=factor)
                        found.setdefault(factor, finding)
    chosen = sorted(found.values(), key=lambda finding: finding.rank)[:_MOST_CONSTANTS]
    plain = [
        Finding(RANKS["ratio"], "ratio", tuple(c * g for g in ways.gradient), number=c)
        for c in (2.0, 0.5)
        if c not in found
    ]
    return chosen + plain


def _two_factors(question: Question) -> Iterator[Finding]:
    """Two local derivatives of the way were dropped."""
    links = [link for link in question.ways.links if link.partial[0] not in (0.0, 1.0)][:_MOST_FACTORS]
    for first, second in combinations(links, 2):
        prediction = tuple(
            g / (p * q) if p and q else math.nan
            for g, p, q in zip(question.ways.gradient, first.partial, second.partial, strict=True)
        )
        if question.fits(prediction):
            yield Finding(RANKS["two"], "two", prediction, (first, second))


def terms(question: Question) -> Iterator[Finding]:
    """A constant, or a product of it with one or two named nodes, was added."""
    graph, gradient = question.graph, question.ways.gradient
    named = sorted(graph.named)[:_MOST_FACTORS]
    difference = question.hand[0] - gradient[0]
    plain_numbers = _plain_numbers(question)
    for nodes in [(), *((i,) for i in named), *combinations_with_replacement(named, 2)]:
        products = [math.prod(graph.values[i][k] for i in nodes) for k in range(len(question.hand))]
        for c in plain_numbers:
            if products[0] and abs(c * products[0] - difference) <= 1e-6 * abs(difference):
                prediction = tuple(g + c * product for g, product in zip(gradient, products, strict=True))
                if question.fits(prediction):
                    yield Finding(RANKS["term"], "term", prediction, nodes=nodes, number=c)


def _plain_numbers(question: Question) -> list[float]:
    """Return ±1, 2, and the plain numbers of the graph, and those with names, and twice those."""
    graph = question.graph
    found = {
        float(number)
        for i, operands in enumerate(graph.replay.operands)
        for slot, place in enumerate(operands)
        if place is None and (number := graph.number(i, slot))
    }
    found |= set(question.constants)
    return [1.0, -1.0, 2.0, *sorted({*found, *(2.0 * x for x in found)} - {1.0, -1.0, 2.0})[:_MOST_FACTORS]]
