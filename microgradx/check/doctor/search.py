"""The search for the mistake: every slip that could be made somewhere, propagated, and held against the derivation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, combinations_with_replacement

from .everywhere import at_every_link
from .fanout import at_fan_out
from .one_link import at_one_link
from .question import RANKS, Finding, Question
from .whole import by_a_constant, by_a_value, nothing, of_another, of_sign

_WORSE = RANKS["twice"]  # explanations from here on are not as good as some by a slip that was made everywhere
_NOT_SCALED = ("sign", "ratio", "variable", "output")
_FACTORS = (-1.0, 2.0, 0.5, -2.0, -0.5)
_MOST_FACTORS = 60

MOST_SEARCHED = 600
"""With more nodes on the way only single slips are looked for."""


def one_slip(question: Question) -> list[Finding]:
    """Return the explanations by one slip, the best first.

    For a single number all are looked for, so that what also fits is known; else the first that are found will do.
    """
    found = [*of_sign(question), *at_one_link(question), *at_fan_out(question), *nothing(question)]
    if question.one_number or min((finding.rank for finding in found), default=math.inf) >= _WORSE:
        found += at_every_link(question)
    found += [*by_a_value(question), *of_another(question)]
    if not found or question.one_number:
        found += by_a_constant(question)
    return sorted(found, key=lambda finding: finding.rank)


def two_slips(question: Question) -> list[Finding]:
    """Return the explanations by a slip and a sign or a factor 2, by two dropped factors, or by an extra term."""
    if len(question.ways.on_the_way) > MOST_SEARCHED:
        return []
    found = list(_scaled(question))
    if not found and not question.one_number:
        found = [*_two_factors(question)] or [*_terms(question)]
    return sorted(found, key=lambda finding: finding.rank)


def _scaled(question: Question) -> Iterator[Finding]:
    for factor in _FACTORS:
        for finding in one_slip(question.scaled(factor)):
            if finding.slip not in _NOT_SCALED:
                prediction = tuple(factor * p for p in finding.prediction)
                yield replace(finding, rank=RANKS["scaled"] + finding.rank, prediction=prediction, scale=factor)


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


def _terms(question: Question) -> Iterator[Finding]:
    """A constant, or a product of it with one or two named nodes, was added."""
    graph, gradient = question.graph, question.ways.gradient
    named = sorted(graph.named)[:_MOST_FACTORS]
    difference = question.hand[0] - gradient[0]
    for nodes in [(), *((i,) for i in named), *combinations_with_replacement(named, 2)]:
        products = [math.prod(graph.values[i][k] for i in nodes) for k in range(len(question.hand))]
        for c in _plain_numbers(question):
            if products[0] and abs(c * products[0] - difference) <= 1e-6 * abs(difference):
                prediction = tuple(g + c * product for g, product in zip(gradient, products, strict=True))
                if question.fits(prediction):
                    yield Finding(RANKS["term"], "term", prediction, nodes=nodes, number=c)


def _plain_numbers(question: Question) -> list[float]:
    """Return ±1, 2, and the plain numbers of the graph and twice those."""
    graph = question.graph
    found = {
        float(number)
        for i, operands in enumerate(graph.replay.operands)
        for slot, place in enumerate(operands)
        if place is None and (number := graph.number(i, slot))
    }
    return [1.0, -1.0, 2.0, *sorted({*found, *(2.0 * x for x in found)} - {1.0, -1.0, 2.0})[:_MOST_FACTORS]]
