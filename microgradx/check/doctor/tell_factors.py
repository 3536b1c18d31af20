"""Explanations by factors, told: local derivatives, values and constants that are missing or too many."""

from __future__ import annotations

import math
from dataclasses import replace

from .alternatives import is_constant
from .explanation import Explanation
from .indices import stem
from .links import Graph, Link
from .naming import constant, listed, number, over, times
from .question import Finding
from .telling import Telling


def dropped(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a local derivative that is missing."""
    link = finding.link
    if is_constant(telling.graph, link):
        return _constant(telling, finding, link.partial[0], missing=True)
    where, other = telling.derivative(link), telling.sibling(link)
    factors = [telling.sibling(each) for each in finding.links]
    if other is not None and len({stem(telling.names.own[i]) for i in factors if i is not None}) > 1:
        called = listed([telling.names.call(i) for i in dict.fromkeys(factors) if i is not None])
        return telling.told(
            "missing factor", f"you dropped the factors {called}", other, link.partial[0], place=link.user
        )
    if other is not None:
        which = where.partition(" = ")[0]
        text = f"you dropped the factor {telling.names.call(other)} = {number(link.partial[0])}"
        text += f", which is {which}" if telling.names.own[telling.base(link.operand)] else ""
        return telling.told("missing factor", text, other, link.partial[0], place=link.user)
    at = f" at {telling.names.call(link.operand)}" if "'" in where.partition("(")[0] else ""
    return telling.told(
        "missing factor", f"you dropped {where}{at}", telling.named(link), link.partial[0], place=link.user
    )


def _constant(telling: Telling, finding: Finding, c: float, missing: bool) -> Explanation:
    """Tell of a number of the graph that is missing or in twice: the ½ of L, the 1/n of a mean, plain data."""
    link, gradient = finding.link, telling.ways.gradient[0]
    holder = telling.holder(link.user)
    done = "is missing" if missing else "is in it once too often"
    found = finding.prediction[0] / gradient if gradient else math.nan
    whole = abs(found - (1.0 / c if missing else c)) <= 1e-9 * abs(found)
    exponent = finding.change is not None and finding.change.number is not None
    size = f"{times(found)}: " if whole and finding.scale == 1.0 else ""
    numbers = list(dict.fromkeys(each.partial[0] for each in finding.links))
    if len(numbers) > 1 and c == numbers[0]:
        text = f"the factors {listed([constant(x) for x in numbers])}, {telling.derivative(link)} and so on, {done}"
        kind = "missing factor" if missing else "extra factor"
        return telling.told(kind, text.replace(done, done.replace("is", "are", 1)), link.operand, c, place=link.user)
    if terms := _terms(telling, link, c):
        where = telling.names.call(holder)
        because = " (the sum was taken for the mean)" if missing else ""
        text = f"{size}the 1/{terms} of {where}, a mean over {terms}, {done}{because}"
        return telling.told("mean or sum", text, holder, c, place=link.user)
    where = telling.holding(link.user, c)
    text = f"{size}the {constant(c) if exponent else telling.called(c)} of {where} {done}"
    return telling.told("constant factor", text, holder, c, place=link.user)


def _terms(telling: Telling, link: Link, c: float) -> int:
    """Return over how many terms the constant takes the mean; 0 if it takes none."""
    inverse = round(1.0 / c) if c else 0
    if inverse < 2 or abs(1.0 / c - inverse) > 1e-9 * inverse:
        return 0
    terms = addends(telling.graph, link.operand)
    ambiguous = inverse == 2 and all(_is_square(telling, i) and not telling.names.own[i] for i in terms)
    return inverse if len(terms) == inverse and not ambiguous else 0  # ½(a² + b²) is rather half a squared length


def _is_square(telling: Telling, i: int) -> bool:
    p = telling.graph.primitive(i)
    return p is not None and p.name == "pow" and telling.graph.number(i, 1) == 2


def twice(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a local derivative that is in the product twice."""
    link = finding.link
    if is_constant(telling.graph, link):
        return _constant(telling, finding, link.partial[0], missing=False)
    other = telling.sibling(link)
    name = telling.derivative(link) if other is None else f"{telling.names.call(other)} = {number(link.partial[0])}"
    node = telling.named(link) if other is None else other
    return telling.told("extra factor", f"the factor {name} is in it twice", node, link.partial[0], place=link.user)


def without(telling: Telling, finding: Finding) -> Explanation:
    """Tell that a local derivative lacks a factor, one of the operation's operands or its result."""
    change = finding.change
    if change is not None and change.number is not None:
        return _constant(telling, finding, change.number, missing=True)
    link, node, other = finding.link, finding.node, telling.sibling(finding.link)
    if other is None and _is_inverse(telling, finding):
        return _inverse(telling, finding, "extra factor", f"in {telling.derivative(link)} the factor {{}} stands twice")
    if other is None and telling.divides(node):
        return _inverse(telling, finding, "extra factor", f"in {telling.derivative(link)} a factor {{}} is too many")
    if other is None:
        return _part(telling, finding, "missing factor", "is missing")
    factor, names = telling.graph.values[node][0], telling.names
    text = f"you dropped the factor {names.call(node)} = {number(factor)} in {names.call(telling.holder(other))}"
    if telling.graph.replay.operands[other].count(node) == 1 and _is_square(telling, other):
        right = f"the factor {names.call(other)} = {number(link.partial[0])}"
        text = f"{names.call(node)} = {number(factor)} stands where {right} belongs"
    return telling.told("missing factor", text, node, factor, place=link.user)


def with_factor(telling: Telling, finding: Finding) -> Explanation:
    """Tell that a local derivative has a factor too many, one of the operation's operands or its result."""
    link, change = finding.link, finding.change
    if change is not None and change.number is not None:
        return _constant(telling, finding, change.number, missing=False)
    if finding.node == link.operand and telling.graph.sibling(link) is not None:
        factor = telling.graph.values[link.operand][0]
        text = f"you have an extra factor {telling.names.call(link.operand)} = {number(factor)}"
        return telling.told("extra factor", text, link.operand, factor, place=link.user)
    if _is_inverse(telling, finding):
        return _inverse(telling, finding, "missing factor", f"in {telling.derivative(link)} the factor {{}} is missing")
    return _part(telling, finding, "extra factor", "is too many")


def _part(telling: Telling, finding: Finding, kind: str, done: str) -> Explanation:
    node, link = finding.node, finding.link
    factor = telling.graph.values[node][0]
    text = f"in {telling.derivative(link)} a factor {telling.names.call(node)} = {number(factor)} {done}"
    return telling.told(kind, text, node, factor, place=link.user)


def _is_inverse(telling: Telling, finding: Finding) -> bool:
    """Return whether a local derivative is a constant over the value of the finding's node, as √'(x) is by √x."""
    products = [p * w for p, w in zip(finding.link.partial, telling.graph.values[finding.node], strict=True)]
    return len(products) > 1 and products[0] != 0.0 and all(abs(x - products[0]) <= 1e-9 * abs(x) for x in products)


def _inverse(telling: Telling, finding: Finding, kind: str, text: str) -> Explanation:
    """Tell of a division by a node's value that is missing, or made once too often."""
    factor = 1.0 / telling.graph.values[finding.node][0]
    text = text.format(f"1/{over(telling.names.call(finding.node))} = {number(factor)}")
    return telling.told(kind, text, finding.node, factor, place=finding.links[0].user if finding.links else None)


def extra(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a factor too many: a node's value, or a local derivative of the row's own node."""
    if finding.links:
        link = finding.link
        if is_constant(telling.graph, link):
            return _constant(telling, finding, link.partial[0], missing=False)
        text = f"you have an extra factor {telling.derivative(link)}"
        return telling.told("extra factor", text, telling.named(link), link.partial[0], place=link.user)
    if finding.change is not None:
        form = finding.form.format(telling.names.call(finding.node))
        text = f"you have an extra factor {form} = {number(finding.instead)}"
        return telling.told("extra factor", text, finding.node, finding.instead)
    if telling.lacks(finding.node):
        return _inverse(telling, finding, "missing factor", "you dropped a factor {}")
    return _value(telling, finding, "extra factor", "you have an extra factor")


def missing(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a factor that is missing and is some node's value."""
    if telling.divides(finding.node):
        return _inverse(telling, finding, "extra factor", "you have a factor {} too many")
    return _value(telling, finding, "missing factor", "you dropped a factor")


def _value(telling: Telling, finding: Finding, kind: str, said: str) -> Explanation:
    value = telling.graph.values[finding.node][0]
    return telling.told(kind, f"{said} {telling.names.call(finding.node)} = {number(value)}", finding.node, value)


def ratio(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a constant factor: 1/n for a sum of n terms, the number that bears a name, or just its size."""
    factor = finding.number
    size = times(factor)
    if credit := telling.credit(factor):
        text = f"you {'have an extra' if credit.kind == 'extra factor' else 'dropped a'} factor {credit.called}"
        return replace(telling.told(credit.kind, text, None, credit.number), name=credit.name)
    for i in telling.ways.on_the_way[1:]:
        terms = len(addends(telling.graph, i))
        if terms > 1 and abs(factor * terms - 1.0) < 1e-9:
            text = f"{size}: {telling.names.call(telling.holder(i))} is a sum of {terms} terms, not their mean"
            return telling.told("mean or sum", text, telling.holder(i), factor, place=i)
    it_is = "it is " if finding.scale < 0.0 else ""
    text = f"{it_is}{size}, by a constant that stands nowhere in the graph"
    return telling.told("constant factor", text, None, factor)


def product(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a product of several factors that is missing."""
    change = finding.change
    c = None if change is None or change.number is None else change.number
    called = [over(telling.names.call(i)) for i in finding.nodes]
    form = finding.form.format(*called, number="" if c is None else telling.name_of(c))
    text = f"you dropped the factor {form} = {number(finding.instead)}"
    return telling.told("missing factor", text, finding.node, finding.instead)


def two(telling: Telling, finding: Finding) -> Explanation:
    """Tell of two factors that are missing."""
    first, second = finding.links
    text = f"you dropped two factors, {telling.derivative(first)} and {telling.derivative(second)}"
    return telling.told("missing factor", text, first.operand, first.partial[0], place=first.user)


def addends(graph: Graph, i: int) -> list[int]:
    """Return the places of the terms that node i adds up, through sums of sums; itself alone if it adds none."""
    found, waiting = [], [i]
    while waiting:
        j = waiting.pop()
        p = graph.primitive(j)
        operands = graph.replay.operands[j]
        if p is not None and p.name in ("add", "sum") and (j == i or len(graph.users[j]) == 1):
            waiting += [place for place in operands if place is not None]
        else:
            found.append(j)
    return found
