"""A product of several factors that is missing, as the c·N₁/p by which a part of a mixture answers for a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from .alternatives import Change
from .question import RANKS, Finding, Question
from .series import Series
from .telling import COMMON

_MOST_NODES = 24
_MOST_FACTORS = 3


class Factor(NamedTuple):
    """The value of a node, or one over it; of a plain number of the graph where there is no node."""

    node: int | None
    is_inverse: bool
    values: Series


def of_several(question: Question) -> Iterator[Finding]:
    """Yield the shortest product of named nodes, and of one over them, that makes the derivation right."""
    gradient = question.ways.gradient
    if question.one_number or not all(question.hand) or not all(gradient):
        return
    wanted = tuple(g / h for g, h in zip(gradient, question.hand, strict=True))
    pool = [factor for factor in _pool(question) if all(factor.values)]
    for count in range(2, _MOST_FACTORS + 1):
        found = [chosen for chosen in combinations(pool, count) if _is(chosen, wanted) and _lack(question, chosen)]
        if found:
            yield _finding(question, min(found, key=lambda chosen: sum(factor.is_inverse for factor in chosen)), wanted)
            return


def _pool(question: Question) -> Iterator[Factor]:
    graph = question.graph
    for i in sorted(graph.named - {question.ways.target, len(graph.values) - 1})[-_MOST_NODES:]:
        if len(set(graph.values[i])) > 1 and all(graph.values[i]):
            yield Factor(i, False, graph.values[i])
            yield Factor(i, True, tuple(1.0 / x for x in graph.values[i]))
    inside = {abs(x) for i in question.ways.on_the_way for x in graph.numbers(i)}
    for c in sorted(set(question.constants)):
        if abs(c) not in COMMON and abs(c) in inside:
            yield Factor(None, False, (c,) * len(question.hand))


def _is(chosen: Sequence[Factor], wanted: Series) -> bool:
    """Return whether a product is the number that is wanted, but for its sign: at the recorded point, then at all."""
    nodes = [factor.node for factor in chosen]
    if len(set(nodes)) < len(nodes) or nodes.count(None) == len(nodes):
        return False
    sign = math.copysign(1.0, wanted[0] * math.prod(factor.values[0] for factor in chosen))
    return all(
        abs(sign * math.prod(factor.values[k] for factor in chosen) - x) <= 1e-8 * abs(x) for k, x in enumerate(wanted)
    )


def _lack(question: Question, chosen: Sequence[Factor]) -> bool:
    """Return whether the formula has none of the factors the other way: where it divides by N, N is not missing."""
    written, graph = question.written, question.graph
    return written is not None and not any(
        written.has_node(graph, factor.node)
        if factor.is_inverse and factor.node is not None
        else written.divides_by(factor.values)
        for factor in chosen
    )


def _finding(question: Question, chosen: Sequence[Factor], wanted: Series) -> Finding:
    above = [factor for factor in chosen if not factor.is_inverse]
    below = [factor for factor in chosen if factor.is_inverse]
    ordered = [factor for factor in (*above, *below) if factor.node is not None]
    places = {factor: f"{{{k}}}" for k, factor in enumerate(ordered)}
    numbers = [factor.values[0] for factor in above if factor.node is None]
    top = " * ".join([*["{number}"] * len(numbers), *(places[each] for each in above if each.node is not None)]) or "1"
    bottom = " * ".join(places[factor] for factor in below)
    form = top if not bottom else f"{top} / {bottom}" if len(below) == 1 else f"{top} / ({bottom})"
    sign = "-" if wanted[0] * math.prod(factor.values[0] for factor in chosen) < 0.0 else ""
    nodes = tuple(factor.node for factor in ordered if factor.node is not None)
    change = Change("product", wanted.__getitem__, number=next(iter(numbers), None), form=f"{sign}{form}")
    return Finding(RANKS["product"], "product", question.hand, change=change, nodes=nodes)
