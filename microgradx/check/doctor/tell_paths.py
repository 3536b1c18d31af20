"""Explanations by paths, told: signs, contributions that are missing or in twice, derivatives by something else."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .explanation import Explanation
from .indices import are_transposed
from .links import Link
from .naming import listed, number, times
from .question import Finding
from .telling import Telling


def sign(telling: Telling, finding: Finding) -> Explanation:
    """Tell of the flipped sign, and of the one minus on all ways if there is one."""
    minus = [link for link in telling.ways.links if _is_minus(telling, link) and _on_every_way(telling, link)]
    where = f": perhaps the minus in {telling.names.call(minus[0].user)} was lost" if len(minus) == 1 else ""
    return telling.told("sign", f"the sign is flipped{where}", telling.ways.target, -1.0)


def _is_minus(telling: Telling, link: Link) -> bool:
    p = telling.graph.primitive(link.user)
    return link.whole and p is not None and p.name in ("sub", "neg") and set(link.partial) == {-1.0}


def _on_every_way(telling: Telling, link: Link) -> bool:
    through = telling.ways.with_signals(link, tuple(0.0 for _ in link.partial))
    return all(abs(left) <= 1e-12 * abs(g) for left, g in zip(through, telling.ways.gradient, strict=True))


def negated(telling: Telling, finding: Finding) -> Explanation:
    """Tell of the sign of one path."""
    link = finding.link
    through = telling.path(link)
    path = f"the path through {telling.way(through)}"
    if through == len(telling.graph.values) - 1:
        path = telling.derivative(link)
    return telling.told("sign", f"the sign of {path} is flipped", through, -1.0, place=link.user)


def paths(telling: Telling, finding: Finding) -> Explanation:
    """Tell of the contributions at a fan-out that were not added."""
    ways, links = telling.ways, finding.links
    start = finding.link.operand
    missing = list(dict.fromkeys(link.user for link in links))
    children = ways.uses(start) if finding.link.whole else ways.steps(start)
    others = list(dict.fromkeys(link.user for link in children if link.user not in missing))
    last = len(telling.graph.values) - 1
    called = {i: telling.through(i) for i in (*missing, *others)}
    amount = math.fsum(ways.signals[link.user][0] * link.partial[0] * ways.tangents[link.operand][0] for link in links)

    def through(places: list[int]) -> str:
        return listed(list(dict.fromkeys(telling.way(called[i]) for i in places)))

    def by_way_of(places: list[int]) -> str:
        return "directly" if {called[i] for i in places} == {last} else f"through {through(places)}"

    names, at = through(missing), telling.names.call(start)
    count = "" if len(missing) == 1 else " in all"
    path = f"the {'path' if len(missing) == 1 else 'paths'} through {names}"
    path = "the direct path" if by_way_of(missing) == "directly" else path
    if others:
        text = f"{at} reaches {telling.output} {by_way_of(others)} and {by_way_of(missing)}; "
        text += f"{path}, {number(amount)}{count},"
        text += " is missing" if len(missing) == 1 else " are missing"
        last_added = telling.by_code and len(others) == 1 and others[0] < min(missing)
        text += " (as if = stood where += belongs)" if last_added else ""
    elif start != ways.target:
        text = f"the path through {at} and {names}, {number(amount)}, is missing: as if {at} were constant"
    elif names == telling.output:
        text = f"{names} depends on {at}; what it contributes, {number(amount)}, is missing"
    else:
        text = f"this is 0, but {at} reaches {telling.output} through {names}; what arrives there, {number(amount)}, "
        text += "is missing"
    return telling.told("missing path", text, called[missing[0]], amount, place=start)


def held(telling: Telling, finding: Finding) -> Explanation:
    """Tell of nodes that were held constant though they depend on the row's."""
    names = listed([telling.names.call(i) for i in finding.nodes])
    amount = number(telling.ways.gradient[0] - finding.prediction[0])
    were, them = ("was", "it") if len(finding.nodes) == 1 else ("were", "them")
    depends = f"though {telling.row} moves {them}"
    text = f"{names} {were} held constant, {depends}: the paths through {them}, {amount} in all, are missing"
    return telling.told("missing path", text, finding.node, telling.ways.gradient[0] - finding.prediction[0])


def weighed(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a path that is too large or too small by a constant."""
    factor, node = finding.number, telling.through(finding.node)
    path = f"the path through {telling.way(node)}"
    if credit := telling.credit(factor, of_path=True):
        done = "too many" if credit.kind == "extra factor" else "missing"
        return telling.told(credit.kind, f"in {path} a factor {credit.called} is {done}", node, credit.number)
    size = f"is {times(factor)}, by a constant that stands nowhere in the graph"
    text = f"{path} {size}"
    if factor < 0.0:
        text = f"the sign of {path} is flipped" + ("" if finding.is_sign else f", and it {size}")
    return telling.told("constant factor", text, node, factor)


def doubled(
    telling: Telling, finding: Finding, kind: str = "extra term", counted: str = "is counted twice"
) -> Explanation:
    """Tell of a path that counts twice."""
    link = finding.link
    through = telling.path(link)
    amount = number(telling.ways.signals[link.user][0] * link.partial[0] * telling.ways.tangents[link.operand][0])
    text = f"the path through {telling.way(through)}, {amount}, {counted}"
    return telling.told(kind, text, through, 2.0, place=link.operand)


def halved(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a path that counts half."""
    return doubled(telling, finding, "constant factor", "counts only half")


def variable(telling: Telling, finding: Finding) -> Explanation:
    """Tell that this is the derivative by another node."""
    other = telling.names.call(finding.node)
    text = f"this is ∂{telling.output}/∂{other}, the derivative by {other}, not by {telling.row}"
    own = telling.names.own
    if are_transposed(own[finding.node], own[telling.ways.target]):
        return telling.told("wrong index", f"the indices are exchanged: {text}", finding.node, transposed=True)
    return telling.told("wrong variable", text, finding.node)


def output(telling: Telling, finding: Finding) -> Explanation:
    """Tell that this is the derivative of another node."""
    other = telling.names.call(finding.node)
    text = f"this is ∂{other}/∂{telling.row}, the derivative of {other}, not of {telling.output}"
    ways = telling.ways
    arriving, gradient = ways.signals[finding.node][0], ways.gradient[0]
    factor = f"the factor ∂{telling.output}/∂{other} = {number(arriving)}"
    if math.isclose(arriving * ways.tangents[finding.node][0], gradient, rel_tol=1e-9):
        text += f": {factor} is missing"
    else:
        text += f": {factor} is missing, and so are the paths that do not lead through {other}"
    return telling.told("wrong variable", text, finding.node)


def transposed(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a sum in which all indices were exchanged."""
    link, wrong = finding.link, finding.node
    right = telling.sibling(link)
    belongs = "" if right is None else f" where {telling.names.call(right)} belongs"
    text = f"the indices are exchanged in all terms: {telling.names.call(wrong)} stands{belongs}"
    return telling.told("wrong index", text, wrong, link.partial[0], place=link.user, transposed=True)


def term(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a term that belongs to no path, or, where it does not stand there, of one that is missing."""
    size, nodes = finding.number, finding.nodes
    node = nodes[0] if nodes else None
    if not telling.question.is_added(finding):
        text = f"the term {_product(telling, -size, nodes)} is missing"
        return telling.told("missing path", text, node, -size)
    text = f"a term {_product(telling, size, nodes)} is added that belongs to no path"
    return telling.told("extra term", text, node, size)


def _product(telling: Telling, size: float, nodes: Sequence[int]) -> str:
    numbers = {x: name for name, x in telling.used.items()}
    twice = {2.0 * x: f"2 * {name}" for x, name in numbers.items()}
    named = {**twice, **numbers}.get(abs(size))
    factor = named or telling.called(abs(size)).removeprefix("factor ").partition(" = ")[0]
    parts = [factor] if abs(size) != 1.0 or not nodes else []
    return f"{'-' if size < 0.0 else ''}{' * '.join([*parts, *map(telling.names.call, nodes)])}"
