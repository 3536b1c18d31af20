"""Explanations by the same slip at every link of a kind: in every example of a batch, or in every unit of a layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .alternatives import IN_OUTPUT, Change, at_point, changes, is_other_slip
from .indices import shifted, stem
from .links import Link
from .question import Finding, Question
from .series import Series

MOST_WORK = 2_000_000
"""The most edges that are passed through in trying; then the search ends."""

_EVERYWHERE = 0.05  # a slip made at every place of a kind is a little less simple than at one
_MOST_ALIKE = 12
_ONLY_ALONE = ("doubled", "halved", "stopped", "inverted")


def at_every_link(question: Question) -> Iterator[Finding]:
    """Yield the slips that explain the derivation if they were made at all links of a kind."""
    ways = question.ways
    work = 0
    for links in _kinds(question):
        alike = zip(*(list(changes(question.graph, link)) for link in links), strict=False)
        others = (*_one_for_all(question, links), *_of_the_same_index(question, links), *_shifted(question, links))
        for slips in (*alike, *others):
            if slips[0].slip in _ONLY_ALONE or is_other_slip(slips[0], links):
                continue
            work += len(ways.on_the_way)
            if work > MOST_WORK:
                return
            yield from _tried(question, links, slips)


def _one_for_all(question: Question, links: Sequence[Link]) -> Iterator[tuple[Change, ...]]:
    """Yield that the local derivative of one place was written at all of them, as x₁ for xᵢ in every example."""
    factors = [_factor(question, link) for link in links]
    named = {stem(question.names[link.operand if i is None else i]) for link, i in zip(links, factors, strict=True)}
    if question.rounded or len(named) > 1 or "" in named:
        return
    for chosen in links[:_MOST_ALIKE]:
        yield tuple(Change("same", chosen.partial.__getitem__, _factor(question, chosen)) for _ in links)


def _of_the_same_index(question: Question, links: Sequence[Link]) -> Iterator[tuple[Change, ...]]:
    """Yield that another factor of the same index was written in all terms, as xᵢ or xᵢ − m for the normalised nᵢ."""
    factors = [_factor(question, link) for link in links]
    indices = [set() if i is None else _indices(question, i) for i in factors]
    if question.rounded or any(len(each) != 1 for each in indices):
        return
    wanted = [next(iter(each)) for each in indices]
    families: dict[str, dict[str, int]] = {}
    for i in sorted(question.graph.named):
        name = question.names[i]
        families.setdefault(stem(name), {})[name.removeprefix(stem(name))] = i
    for name, family in families.items():
        if name and len(set(wanted)) > 1 and set(wanted) <= set(family) and family[wanted[0]] != factors[0]:
            yield _swapped(question, [family[index] for index in wanted])
    for operands in zip(*(question.graph.replay.operands[i] for i in factors if i is not None), strict=False):
        places = [i for i in operands if i is not None]
        if len(set(places)) == len(links):
            yield _swapped(question, places)


def _shifted(question: Question, links: Sequence[Link]) -> Iterator[tuple[Change, ...]]:
    """Yield that what belongs to the index before, or after, was written at all of them, as hₜ for hₜ₋₁.

    Of a product that is the other factor, of a function the result by which its derivative is written.
    """
    places = {name: i for i, name in enumerate(question.names) if name}
    right = [link.user if (i := _factor(question, link)) is None else i for link in links]
    for by in () if question.rounded else (-1, 1):
        wrong = [places.get(shifted(question.names[i], by) or "") for i in right]
        slopes = [None if i is None else _written_with(question, link, i) for link, i in zip(links, wrong, strict=True)]
        if None not in slopes and len(set(right)) == len(links):
            pairs = zip(slopes, wrong, strict=True)
            yield tuple(Change("shifted", slope.__getitem__, i) for slope, i in pairs if slope is not None)


def _written_with(question: Question, link: Link, i: int) -> Series | None:
    """Return the local derivative of a link where another node stands for the factor, or for the result, in it."""
    graph = question.graph
    p = graph.primitive(link.user)
    if _factor(question, link) is not None:
        return graph.values[i]
    if p is None or p.name not in IN_OUTPUT:
        return None
    return tuple(map(IN_OUTPUT[p.name][1], graph.values[i]))


def _swapped(question: Question, places: Sequence[int]) -> tuple[Change, ...]:
    return tuple(Change("swapped", question.graph.values[i].__getitem__, i) for i in places)


def _indices(question: Question, i: int) -> set[str]:
    """Return the index of a node with a name, or those of the nodes from which one without is computed."""
    name = question.names[i]
    if name:
        return {name.removeprefix(stem(name))} - {""}
    below = [j for j in question.graph.replay.operands[i] if j is not None]
    return set().union(*(_indices(question, j) for j in below if question.names[j]))


def _factor(question: Question, link: Link) -> int | None:
    slot = question.graph.sibling(link)
    return None if slot is None else question.graph.replay.operands[link.user][slot]


def _shape(question: Question, i: int | None, depth: int = 2) -> object:
    """Return what tells the kind of a node: its name without indices, or the operation and its operands' kinds."""
    if i is None:
        return None
    graph, name = question.graph, stem(question.names[i])
    p = graph.primitive(i)
    if name or p is None or not depth:
        return name
    return p.name, tuple(_shape(question, j, depth - 1) for j in graph.replay.operands[i])


def _tried(question: Question, links: Sequence[Link], slips: Sequence[Change]) -> Iterator[Finding]:
    """Yield the slip if it fits: at the recorded point first, and only then at the others."""
    found: list[float] = []
    wrong: list[dict[tuple[int, int], float]] = []
    for k in range(len(question.hand)):
        new = {(link.user, link.slot): at_point(slip, k) for link, slip in zip(links, slips, strict=True)}
        found.append(question.ways.with_all(new, k))
        wrong.append(new)
        if k in question.known and not question.fits(found, [k]):
            return
    first = slips[0]
    nodes = tuple(dict.fromkeys(slip.node for slip in slips if slip.node is not None))
    rank = question.rank(first, links[0]) + _EVERYWHERE
    yield Finding(rank, first.slip, tuple(found), tuple(links), first, nodes, parts=_parts(question, found, wrong))


def _parts(
    question: Question, whole: Sequence[float], wrong: Sequence[dict[tuple[int, int], float]]
) -> tuple[Series, ...]:
    """Return what each of these links contributes to the whole: by how much less that is without it."""
    with_all = question.ways.with_all
    return tuple(
        tuple(total - with_all({**new, place: 0.0}, k) for k, (total, new) in enumerate(zip(whole, wrong, strict=True)))
        for place in wrong[0]
    )


def _kinds(question: Question) -> list[list[Link]]:
    """Return the links of a kind together: of one row and slot, with one number, or named alike but for indices."""
    graph = question.graph
    kinds: dict[object, list[Link]] = {}
    for link in question.ways.links:
        p = graph.primitive(link.user)
        if not link.whole or p is None or not question.ways.tangents[link.operand][0]:
            continue
        place = _factor(question, link)
        row = (p.name, 0 if p.blocks else link.slot)
        keys: list[object] = [row, (*row, "of", _shape(question, link.operand))]
        if len(set(link.partial)) == 1 and math.isfinite(link.partial[0]):
            keys.append((*row, link.partial[0]))
        user, operand = stem(question.names[link.user]), stem(question.names[link.operand])
        if user or operand:
            keys.append((p.name, user, operand))
        if place is not None:
            keys.append((p.name, "by", _shape(question, place)))
        for key in keys:
            kinds.setdefault(key, []).append(link)
    return list({tuple(map(id, links)): links for links in kinds.values() if len(links) > 1}.values())
