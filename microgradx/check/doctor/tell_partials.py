"""Explanations by local derivatives, told: what stands where one belongs."""

from __future__ import annotations

from .alternatives import IN_OUTPUT
from .explanation import Explanation
from .indices import are_transposed, stem
from .naming import every, listed, number, over
from .question import Finding
from .telling import Telling


def mask(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a signal that passes where it is stopped, or is stopped where it passes."""
    link = finding.link
    p, x = telling.graph.primitive(link.user), telling.graph.values[link.operand][0]
    name, slope = telling.names.call(link.operand), number(link.partial[0])
    side = f"since {name} = {number(x)} {'> 0' if x > 0 else '< 0' if x < 0 else 'is not > 0'}"
    if p is not None and p.name == "leaky_relu":
        text = f"{number(finding.instead)} stands where {p.symbol}'({name}) = {slope} belongs, {side}"
    elif p is not None and p.name == "relu" and len({each.partial[0] for each in finding.links}) > 1:
        text = f"the masks are inverted: {p.symbol}'({name}) = {slope}, {side}, but the derivation has "
        text += number(finding.instead)
    elif p is not None and p.name == "relu":
        does = "stops the signal" if finding.instead == 0.0 else "lets the signal through"
        text = f"{p.symbol}'({name}) = {slope}, {side}, but the derivation {does} there"
    else:
        text = f"{telling.derivative(link)}, which depends on what is chosen: the derivation goes by another choice"
    return telling.told("mask", text, link.operand, link.partial[0], place=link.user)


def inner(telling: Telling, finding: Finding) -> Explanation:
    """Tell of f' that was taken at the output."""
    link = finding.link
    right, z = telling.derivative(link), telling.names.call(link.user)
    prime, output = right.partition("(")[0], telling.graph.values[link.user][0]
    at = f"{prime}({z}) = {number(finding.instead)} was taken, at the output {z} = {number(output)}"
    text = f"{at}, where {right} belongs"
    return telling.told("activation", text, telling.named(link), link.partial[0], place=link.user)


def reflected(telling: Telling, finding: Finding) -> Explanation:
    """Tell of f' that was taken at −z for z."""
    link = finding.link
    right, argument = telling.derivative(link), telling.names.call(link.operand)
    prime, below = right.partition("(")[0], telling.graph.replay.operands[link.operand]
    if argument.startswith("(-"):  # (-k) * t
        opposite = argument.removeprefix("(-").replace(")", "", 1)
    elif argument.startswith("-") and below[0] is not None:
        opposite = telling.names.call(below[0])
    else:
        opposite = f"-{over(argument)}"
    text = f"{prime}({opposite}) = {number(finding.instead)} stands where {right} belongs"
    text = f"the sign of the argument is flipped: {text}"
    return telling.told("sign", text, telling.ways.target, link.partial[0], place=link.user)


def outer(telling: Telling, finding: Finding) -> Explanation:
    """Tell of the input that was taken for the output."""
    link = finding.link
    x, z = telling.names.call(link.operand), telling.names.call(link.user)
    p = telling.graph.primitive(link.user)
    right = IN_OUTPUT[p.name][0].format(z) if p is not None else ""
    text = (
        f"{finding.form.format(x, z)} = {number(finding.instead)} stands where {right} belongs, which is "
        f"{telling.derivative(link)}: {x}, before the activation, was taken for {z}, after it"
    )
    return telling.told("activation", text, telling.named(link), link.partial[0], place=link.user)


def inverted(telling: Telling, finding: Finding) -> Explanation:
    """Tell of a local derivative that was divided by."""
    link = finding.link
    text = f"{telling.derivative(link)} was divided by, where it is multiplied by"
    return telling.told("wrong derivative", text, telling.named(link), link.partial[0], place=link.user)


def instead(telling: Telling, finding: Finding) -> Explanation:
    """Tell what stands where the local derivative belongs."""
    link = finding.link
    x, z = telling.names.call(link.operand), telling.names.call(link.user)
    node = finding.node if finding.nodes else None
    form = finding.form.format(z, x) if node is None else telling.names.call(node)
    text = f"{f'{form} = ' if form else ''}{number(finding.instead)} stands where {telling.derivative(link)} belongs"
    return telling.told("wrong derivative", text, telling.named(link), link.partial[0], place=link.user)


def same(telling: Telling, finding: Finding) -> Explanation:
    """Tell that what belongs to one place stands at all places of a kind."""
    other = next(link for link in finding.links if link.partial[0] != finding.instead)
    value, right, all_of = number(finding.instead), telling.sibling(other), f"in {every(len(finding.links))} terms"
    if finding.nodes and right is not None:
        belongs = f"{telling.names.call(finding.node)} = {value} stands {all_of}, also where"
        text = f"{belongs} {telling.names.call(right)} = {number(other.partial[0])} belongs"
        return telling.told("wrong index", text, finding.node, other.partial[0], place=other.user)
    text = f"{value} stands {all_of}, also where {telling.derivative(other)} belongs"
    return telling.told("wrong index", text, telling.named(finding.link), other.partial[0], place=other.user)


def shifted(telling: Telling, finding: Finding) -> Explanation:
    """Tell of indices that are those before, or after."""
    right = [link.user if (i := telling.sibling(link)) is None else i for link in finding.links]
    belong, stand = (listed([telling.names.call(i) for i in places]) for places in (right, finding.nodes))
    text = f"the index is shifted in {every(len(right))} places: {stand} stand where {belong} belong"
    return telling.told("wrong index", text, finding.node, finding.link.partial[0], place=finding.link.user)


def swapped(telling: Telling, finding: Finding) -> Explanation:
    """Tell of another factor than the one that belongs there."""
    link, wrong, right = finding.link, finding.node, telling.sibling(finding.link)
    own = telling.names.own
    name = telling.name_of(link.partial[0]) if right is None else telling.names.call(right)
    belongs = f"{name} = " if name else ""
    which = f" ({telling.derivative(link).partition(' = ')[0]})" if own[telling.base(link.operand)] else ""
    text = (
        f"{telling.names.call(wrong)} = {number(telling.graph.values[wrong][0])} stands where the factor "
        f"{belongs}{number(link.partial[0])} belongs{which}"
    )
    kind, node = "wrong variable", wrong
    if right is not None:
        if _is_activation(telling, right, wrong):
            kind, node = "activation", min(right, wrong)
        elif wrong == link.operand:
            text, node = f"differentiated by the other factor: {text}", right
        elif own[right] and stem(own[right]) == stem(own[wrong]):
            kind = "wrong index"
    exchanged = right is not None and are_transposed(own[right], own[wrong])
    text = f"the indices are exchanged: {text}" if exchanged else text
    return telling.told(kind, text, node, link.partial[0], place=link.user, transposed=exchanged)


def _is_activation(telling: Telling, i: int, j: int) -> bool:
    """Return whether one of two nodes is a function of the other alone."""
    early, late = sorted((i, j))
    p = telling.graph.primitive(late)
    return p is not None and len(p.partials) == 1 and telling.graph.replay.operands[late] == [early]
