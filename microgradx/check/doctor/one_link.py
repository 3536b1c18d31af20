"""Explanations by one slip at one link."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .alternatives import Change, at_point, changes, is_constant, is_other_slip
from .fanout import contribution
from .links import Link
from .question import RANKS, Finding, Question
from .series import Series
from .series import is_constant as is_constant_series

_ANYWHERE = ("dropped", "without", "twice")
"""Slips that a single number may tell also of steps to which nobody gave a name."""


def at_one_link(question: Question) -> Iterator[Finding]:
    """Yield every slip that explains the derivation if it was made at one link.

    What would have to stand there in place of the local derivative is computed backwards, and looked up.
    """
    for link in question.ways.links:
        needed = question.ways.needed(link, question.hand)
        if needed is None:
            continue
        for change in (*changes(question.graph, link), *_swaps(question, link, needed[0])):
            if is_other_slip(change, [link]) or (change.slip == "dropped" and _is_everything(question, link)):
                continue
            if question.one_number and change.slip not in _ANYWHERE and _is_inside(question, link):
                continue
            new = at_point(change, 0)
            if abs(new - needed[0]) <= 1e3 * question.slack * (abs(new) + abs(link.partial[0])):
                yield from _accepted(question, change, link)


def _swaps(question: Question, link: Link, needed: float) -> Iterator[Change]:
    """Yield the nodes whose value is what a product's other factor, or another local derivative, would have to be."""
    slot = question.graph.sibling(link)
    right = None if slot is None else question.graph.replay.operands[link.user][slot]
    named = question.graph.named
    if (question.one_number and right not in named) or (slot is None and is_constant(question.graph, link)):
        return
    if set(link.partial) <= {1.0, -1.0}:  # then it is a factor too many
        return
    known = (right, link.user) if slot is None else (right, link.user, link.operand)  # the last one is a change already
    for i in question.nodes_with(needed):
        if i not in known and (i in named or not question.one_number):
            values = question.graph.values[i]
            if not _is_multiple(values, link.partial):  # only the sign, or a constant, is wrong
                yield Change("instead" if slot is None else "swapped", values.__getitem__, node=i)


def _is_multiple(values: Series, partial: Series) -> bool:
    """Return whether numbers are those of a local derivative with the other sign, or, if they move, in proportion."""
    if values == tuple(-x for x in partial):
        return True
    ratios = tuple(x / p if p else math.nan for x, p in zip(values, partial, strict=True))
    return is_constant_series(ratios) and not is_constant_series(values)


def _is_inside(question: Question, link: Link) -> bool:
    """Return whether a link joins two steps without names, as inside of a softmax."""
    named = {*question.graph.named, question.ways.target}
    return link.user not in named and link.operand not in named


def _is_everything(question: Question, link: Link) -> bool:
    """Return whether a link stands for all of the way: nobody leaves out the whole of a derivative."""
    last = len(question.graph.values) - 1
    return not link.whole and link.operand == question.ways.target and link.user == last


def _accepted(question: Question, change: Change, link: Link) -> Iterator[Finding]:
    series = tuple(at_point(change, k) for k in range(len(question.hand)))
    if any(math.isnan(series[k]) for k in question.known):
        return
    prediction = question.ways.with_signals(link, series)
    if change.slip in ("doubled", "halved") and _proportional(question, prediction):
        return  # everything goes through this link: a constant factor, to be found where it comes from
    if question.fits(prediction):
        nodes = () if change.node is None else (change.node,)
        rank = question.rank(change, link)
        if change.slip in ("mask", "relu") and link.partial[0] and any(prediction):
            rank += RANKS["paths"] - RANKS["mask"] + 0.1  # of several paths one is missing: that is simpler
        part = contribution(question, link, series)
        yield Finding(rank, change.slip, prediction, (link,), change, nodes, parts=(part,))


def _proportional(question: Question, prediction: Series) -> bool:
    gradient = question.ways.gradient
    factor = 2.0 if abs(prediction[0]) > abs(gradient[0]) else 0.5
    return all(abs(p - factor * g) <= 1e-9 * abs(p) for p, g in zip(prediction, gradient, strict=True))
