"""Explanations of a derivation as a whole: its sign, a factor, or that it is the derivative of or by something else."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .alternatives import IN_OUTPUT, Change
from .links import Link
from .question import RANKS, Finding, Question

_UNNAMED = 2.5


def of_sign(question: Question) -> Iterator[Finding]:
    """Yield the flipped sign."""
    flipped = tuple(-g for g in question.ways.gradient)
    if question.fits(flipped):
        yield Finding(RANKS["sign"], "sign", flipped)


def nothing(question: Question) -> Iterator[Finding]:
    """Yield that every path is missing."""
    if all(question.hand[k] == 0.0 for k in question.known):
        ways = question.ways
        links = tuple(ways.steps(ways.target) or ways.uses(ways.target))
        zero = tuple(0.0 for _ in question.hand)
        if links:
            yield Finding(RANKS["paths"] - 0.2, "paths", zero, links)


def by_a_value(question: Question) -> Iterator[Finding]:
    """Yield the nodes by whose value the whole is too large or too small, and the target's own local derivatives."""
    gradient, graph = question.ways.gradient, question.graph
    ratio = question.hand[0] / gradient[0] if gradient[0] else math.nan
    if not ratio and question.one_number:  # 0 is many things
        return
    for slip, x in (("extra", ratio), ("missing", 1.0 / ratio if ratio else math.nan)):
        for i in question.nodes_with(x):
            values = graph.values[i]
            if slip == "extra":
                prediction = tuple(g * w for g, w in zip(gradient, values, strict=True))
            else:
                prediction = tuple(g / w if w else math.nan for g, w in zip(gradient, values, strict=True))
            if question.fits(prediction):
                rank = RANKS[slip] + (0.0 if i in graph.named else _UNNAMED)
                yield Finding(rank, slip, prediction, nodes=(i,))
    yield from _by_a_form(question)
    for edges in zip(*(point.edges[question.ways.target] for point in graph.points), strict=True):
        partial = tuple(edge.partial or 0.0 for edge in edges)
        prediction = tuple(g * p for g, p in zip(gradient, partial, strict=True))
        if partial[0] not in (0.0, 1.0, -1.0) and question.fits(prediction):
            link = Link(edges[0].user, edges[0].operand, edges[0].slot, partial)
            yield Finding(RANKS["extra"] + 0.05, "extra", prediction, (link,))


def _by_a_form(question: Question) -> Iterator[Finding]:
    """Yield y(1 − y), or the like, of a named node as a factor too many: the derivative of a function that is none."""
    gradient, graph = question.ways.gradient, question.graph
    for i in sorted(graph.named):
        for form, rule in IN_OUTPUT.values():
            if form == "{0}":
                continue
            values = tuple(map(rule, graph.values[i]))
            prediction = tuple(g * x for g, x in zip(gradient, values, strict=True))
            if len(set(values)) > 1 and question.fits(prediction):
                change = Change("extra", values.__getitem__, i, form=form)
                yield Finding(RANKS["extra"] + 0.02, "extra", prediction, change=change, nodes=(i,))


def of_another(question: Question) -> Iterator[Finding]:
    """Yield the nodes by which, or of which, this is the derivative.

    For a mere number one that never changes does not count, many things are 1, but for the local derivative itself.
    """
    ways = question.ways
    last = len(question.graph.replay.order) - 1
    next_ones = {link.user for link in ways.steps(ways.target)}
    for i in sorted(question.graph.named - {ways.target}):
        moves = len(set(ways.signals[i])) > 1 or not question.one_number
        if moves and question.fits(ways.signals[i]):
            yield Finding(RANKS["variable"] + (0.0 if i != last else 1.0), "variable", ways.signals[i], nodes=(i,))
        moves = len(set(ways.tangents[i])) > 1 or not question.one_number or i in next_ones
        if moves and i != last and ways.tangents[i][0] and question.fits(ways.tangents[i]):
            yield Finding(RANKS["output"], "output", ways.tangents[i], nodes=(i,))


def by_a_constant(question: Question) -> Iterator[Finding]:
    """Yield a constant factor for which no place in the graph was found."""
    g, h = question.ways.gradient[0], question.hand[0]
    if not g or not h or g * h < 0.0:  # with the other sign it is two slips
        return
    factor = h / g
    prediction = tuple(each * factor for each in question.ways.gradient)
    if (not question.one_number or is_known(question, factor)) and question.fits(prediction):
        yield Finding(RANKS["ratio"], "ratio", prediction, number=factor)


def is_known(question: Question, factor: float) -> bool:
    """Return whether a factor is a plain number that bears a name, or a small whole one, or one over these."""
    named = (each for c in question.constants if c for each in (c, 1.0 / c))
    return _is_plain(factor) or any(abs(factor - c) <= question.slack * abs(c) for c in named)


def _is_plain(x: float) -> bool:
    """Return whether a number is a small whole one, or one over it."""
    return any(abs(y - round(y)) < 1e-9 * abs(y) and 1 < abs(round(y)) <= 1000 for y in (x, 1.0 / x))
