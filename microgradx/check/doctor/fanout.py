"""Explanations at nodes with several users: contributions that were not added, and indices that were exchanged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from .indices import transposed
from .links import Link
from .question import RANKS, Finding, Question
from .series import Series
from .whole import is_known

_MOST_CHILDREN = 8
_MOST_HELD = 40


def at_fan_out(question: Question) -> Iterator[Finding]:
    """Yield the contributions that were left out, and the sums in which all indices were exchanged.

    At nodes with names, children are the next nodes with names; at others, the uses.
    """
    ways = question.ways
    places = {name: i for i, name in enumerate(question.names) if name}
    for i in ways.on_the_way:
        if not ways.tangents[i][0]:
            continue
        uses = ways.uses(i)
        named = i == ways.target or i in question.graph.named
        steps = ways.steps(i) if named else []
        for links in (uses,) if _same_ends(steps, uses) else (steps, uses):
            if len({link.user for link in links}) > 1 and (named or not question.one_number):
                yield from _left_out(question, i, links)
        if len(uses) > 1:
            yield from _transposed(question, uses, places)


def _same_ends(steps: Sequence[Link], uses: Sequence[Link]) -> bool:
    return not steps or sorted(link.user for link in steps) == sorted(link.user for link in uses)


def _left_out(question: Question, i: int, links: Sequence[Link]) -> Iterator[Finding]:
    gradient, h = question.ways.gradient, question.hand[0]
    parts = [contribution(question, link, link.partial) for link in links]
    scale = abs(h) + math.fsum(abs(part[0]) for part in parts)
    last = len(question.graph.values) - 1
    for chosen in _subsets(len(links)):
        if abs(gradient[0] - math.fsum(parts[j][0] for j in chosen) - h) > 1e2 * question.slack * scale:
            continue
        prediction = tuple(g - math.fsum(parts[j][k] for j in chosen) for k, g in enumerate(gradient))
        if question.fits(prediction):
            rank = RANKS["paths"] - 0.1 + 0.01 * len(chosen) + (0.0 if i == question.ways.target else 0.02)
            rank += 0.015 if any(link.user == last and not link.whole for link in links) else 0.0
            yield Finding(rank, "paths", prediction, tuple(links[j] for j in chosen))


def held(question: Question) -> Iterator[Finding]:
    """Yield the named node that was held constant, though the target moves it."""
    ways = question.ways
    for i in _may_be_held(question):
        parts = zip(ways.gradient, ways.signals[i], ways.tangents[i], strict=True)
        prediction = tuple(g - s * d for g, s, d in parts)
        if question.fits(prediction):
            yield Finding(RANKS["held"], "held", prediction, nodes=(i,))


def weighed(question: Question) -> Iterator[Finding]:
    """Yield the node whose part in the gradient is too large or small by a constant, the same at every point."""
    ways = question.ways
    if question.rounded:
        return
    for i in ways.on_the_way[1:-1]:
        if not ways.tangents[i][0] or not ways.signals[i][0] or ways.are_all(i):
            continue
        parts = [s * d for s, d in zip(ways.signals[i], ways.tangents[i], strict=True)]
        factor = 1.0 + (question.hand[0] - ways.gradient[0]) / parts[0]
        prediction = tuple(g + (factor - 1.0) * part for g, part in zip(ways.gradient, parts, strict=True))
        by_chance = question.one_number and not (factor == -1.0 or is_known(question, factor))
        if question.fits(prediction) and not by_chance:
            rank = RANKS["weighed"] + (0.0 if i in question.graph.named else 0.1)
            wrong = tuple(factor * part for part in parts)
            yield Finding(rank, "weighed", prediction, nodes=(i,), number=factor, parts=(wrong,))


def held_together(question: Question) -> Iterator[Finding]:
    """Yield two named nodes that were both held constant, as the mean and the variance of a normalisation."""
    ways = question.ways
    for pair in combinations(_may_be_held(question), 2):
        stopped = {(link.user, link.slot): 0.0 for i in pair for link in ways.uses(i)}
        found: list[float] = []
        for k in range(len(question.hand)):
            found.append(ways.with_all(stopped, k))
            if k in question.known and not question.fits(found, [k]):
                break
        else:
            yield Finding(RANKS["two"] + RANKS["held"], "held", tuple(found), nodes=pair)


def _may_be_held(question: Question) -> list[int]:
    ways = question.ways
    inner = [i for i in ways.on_the_way[1:-1] if i in question.graph.named and ways.tangents[i][0]]
    return [i for i in inner[:_MOST_HELD] if not ways.are_all(i)]


def _subsets(count: int) -> Iterable[tuple[int, ...]]:
    """Return the choices of what is left out of so many: all of them if these are few, else one or all but one."""
    sizes = range(1, count) if count <= _MOST_CHILDREN else (1, count - 1)
    return (chosen for size in sizes for chosen in combinations(range(count), size))


def contribution(question: Question, link: Link, partial: Series) -> Series:
    """Return what a link adds to the target's gradient if its local derivative is `partial`."""
    signals, tangents = question.ways.signals[link.user], question.ways.tangents[link.operand]
    return tuple(a * b * c for a, b, c in zip(signals, partial, tangents, strict=True))


def _transposed(question: Question, uses: Sequence[Link], places: dict[str, int]) -> Iterator[Finding]:
    """Yield the sum with w_jk in place of w_kj in all its terms."""
    graph, prediction = question.graph, question.ways.gradient
    exchanged: list[Link] = []
    wrong: list[int] = []
    for link in uses:
        slot = graph.sibling(link)
        factor = graph.replay.operands[link.user][slot] if slot is not None else None
        other = places.get(transposed(question.names[factor]) or "") if factor is not None else None
        if other is None or other == factor:
            continue
        exchanged.append(link)
        wrong.append(other)
        new, old = contribution(question, link, graph.values[other]), contribution(question, link, link.partial)
        prediction = tuple(g + a - b for g, a, b in zip(prediction, new, old, strict=True))
    if len(exchanged) > 1 and question.fits(prediction):
        yield Finding(RANKS["transposed"], "transposed", prediction, tuple(exchanged), nodes=tuple(wrong))
