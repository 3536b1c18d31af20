"""What may stand in a derivation where a local derivative belongs: one rule for each slip that people make."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...floats import EXTENDED, extended
from ...replay import local_partials
from .links import Graph, Link
from .series import Series

At = Callable[[int], float]
"""A number for each point, by the point's index."""

# f' by the output y = f(x), for rows whose derivative is usually written so: a slip is to put x in the place of y.
IN_OUTPUT: dict[str, tuple[str, Callable[[float], float]]] = {
    "sigmoid": ("{0}(1 − {0})", lambda y: y * (1.0 - y)),
    "tanh": ("1 − {0}²", lambda y: 1.0 - y * y),
    "exp": ("{0}", lambda y: y),
}
_MASKED = frozenset({"relu", "leaky_relu", "max", "min", "select"})


class Change(NamedTuple):
    """Another number in place of a link's local derivative, and which slip it is.

    `node` is the place of the node whose value makes the difference, `number` the plain number that does, `form` how
    the wrong number is written.
    """

    slip: str
    at: At
    node: int | None = None
    number: float | None = None
    form: str = ""


def is_constant(graph: Graph, link: Link) -> bool:
    """Return whether the local derivative is a number that stands in the graph, as the ½ of ½(y − t)²."""
    p = graph.primitive(link.user)
    if not any(link.partial):
        return False
    if p is not None and link.whole and p.name in ("mul", "dot", "div"):
        other = 1 - link.slot if p.name == "div" else graph.sibling(link)
        is_number = other is not None and graph.number(link.user, other) is not None
        return is_number and not (p.name == "div" and link.slot == 1)
    return len(link.partial) > 1 and len(set(link.partial)) == 1


def changes(graph: Graph, link: Link) -> Iterator[Change]:
    """Yield all that may stand where this link's local derivative belongs."""
    p = link.partial
    if not link.whole or not _is_masked(graph, link):
        yield Change("dropped", lambda k: 1.0)
        yield Change("twice", lambda k: p[k] * p[k])
        yield Change("negated", lambda k: -p[k])
        if not is_constant(graph, link):
            yield Change("inverted", lambda k: 1.0 / p[k])
    yield Change("stopped", lambda k: 0.0)
    yield Change("doubled", lambda k: 2.0 * p[k])
    yield Change("halved", lambda k: 0.5 * p[k])
    if link.whole:
        yield from _mask(graph, link)
        yield from _of_function(graph, link)
        yield from _factors(graph, link)
        yield from _reflected(graph, link)  # last: in `everywhere` the changes of several links go together in order


def is_other_slip(change: Change, links: Sequence[Link]) -> bool:
    """Return whether only a sign, or a mask, is wrong: a factor that is dropped or in twice is ±1 or 0, say."""
    if change.slip in ("inner", "reflected"):
        return all(at_point(change, k) == -x for k, x in enumerate(links[0].partial))
    return change.slip in ("dropped", "twice") and all(link.partial[0] in (-1.0, 0.0, 1.0) for link in links)


def _is_masked(graph: Graph, link: Link) -> bool:
    p = graph.primitive(link.user)
    return p is not None and p.name in _MASKED


def _mask(graph: Graph, link: Link) -> Iterator[Change]:
    p = graph.primitive(link.user)
    if p is None or not _is_masked(graph, link):
        return
    if p.name == "leaky_relu":
        slope = graph.operand(link.user, 1)
        yield Change("mask", lambda k: slope[k] if link.partial[k] == 1.0 else 1.0)
        yield Change("relu", lambda k: 1.0 if link.partial[k] == 1.0 else 0.0)
    if p.name in ("relu", "leaky_relu"):
        yield Change("itself", graph.values[link.user].__getitem__, form="{0}")
        yield Change("other", graph.operand(link.user, 0).__getitem__, form="{1}")
    if link.slot == 0 or p.blocks:
        yield Change("mask", lambda k: 1.0 - link.partial[k])


def _of_function(graph: Graph, link: Link) -> Iterator[Change]:
    p = graph.primitive(link.user)
    if p is None or not _is_function(graph, link) or _is_masked(graph, link):
        return
    x, z = graph.operand(link.user, 0), graph.values[link.user]

    def inner(k: int) -> float:
        value = p.value  # f'(f(x)): the derivative at the output
        return local_partials(p, _applied(value, z[k]), [z[k]])[0] or 0.0

    if p.name in IN_OUTPUT:
        form, rule = IN_OUTPUT[p.name]
        yield Change("outer", lambda k: rule(x[k]), form=form)
    if p.name == "sigmoid":  # one y of y(1 − y) is right
        yield Change("outer", lambda k: z[k] * (1.0 - x[k]), form="{1}(1 − {0})")
        yield Change("outer", lambda k: x[k] * (1.0 - z[k]), form="{0}(1 − {1})")
    yield Change("inner", inner)
    yield Change("itself", lambda k: z[k], form="{0}")
    yield Change("other", lambda k: 1.0 - z[k], form="1 − {0}")
    yield Change("other", lambda k: 1.0 + z[k], form="1 + {0}")
    yield Change("other", lambda k: 1.0 - z[k] * z[k], form="1 − {0}²")
    yield Change("other", lambda k: 1.0 + z[k] * z[k], form="1 + {0}²")
    yield Change("other", lambda k: z[k] * (1.0 - z[k]), form="{0}(1 − {0})")
    yield Change("other", lambda k: z[k] * (1.0 + z[k]), form="{0}(1 + {0})")
    yield Change("other", lambda k: x[k], form="{1}")
    yield Change("other", lambda k: 1.0 - x[k] * x[k], form="1 − {1}²")
    yield Change("other", lambda k: x[k] * (1.0 - x[k]), form="{1}(1 − {1})")


def _is_function(graph: Graph, link: Link) -> bool:
    p = graph.primitive(link.user)
    return p is not None and not p.blocks and len(p.partials) == 1 and callable(p.partials[0])


def _reflected(graph: Graph, link: Link) -> Iterator[Change]:
    """Where f(−x) is written, f' was taken at x."""
    p = graph.primitive(link.user)
    if p is None or not _is_function(graph, link) or _is_masked(graph, link) or not graph.is_negative(link.operand):
        return
    value, minus = p.value, [-each for each in graph.operand(link.user, 0)]
    yield Change("reflected", lambda k: local_partials(p, _applied(value, minus[k]), [minus[k]])[0] or 0.0)


def _applied(value: Callable[..., float], x: float) -> float:
    return float(value(EXTENDED, extended(x)))


def _factors(graph: Graph, link: Link) -> Iterator[Change]:
    """A factor of the local derivative that is one of the operands, or the result, was left out or put in."""
    p = graph.primitive(link.user)
    if p is None or _is_masked(graph, link):
        return
    if graph.sibling(link) is not None:  # ∂(wx)/∂w = x: wx was left as it is
        own = graph.operand(link.user, link.slot)
        yield Change("with", lambda k: link.partial[k] * own[k], link.operand)
        yield Change("swapped", own.__getitem__, link.operand)
        yield from _parts(graph, link)
        return
    if p.blocks or not callable(p.partials[link.slot]):
        return
    for slot in range(len(p.partials)):
        place, number = graph.replay.operands[link.user][slot], graph.number(link.user, slot)
        if number is not None and p.name == "div":  # the local derivative itself, which may be missing or in twice
            continue
        yield from _with(link, graph.operand(link.user, slot), place, number)
    yield from _with(link, graph.values[link.user], link.user, None)


def _parts(graph: Graph, link: Link) -> Iterator[Change]:
    """One of the factors was left out that an unnamed other factor of a product consists of, as λ of (λ/2)·w²."""
    slot = graph.sibling(link)
    other = None if slot is None else graph.replay.operands[link.user][slot]
    if other is None or other in graph.named:
        return
    p = link.partial
    for node, number in graph.factors(other):
        if node is not None and node != other:
            yield Change("without", _quotient(p, graph.values[node]), node)
        elif number is not None:
            yield Change("without", _quotient(p, (number,) * len(p)), None, number)


def _quotient(p: Series, w: Series) -> At:
    return lambda k: p[k] / w[k]


def _with(link: Link, w: Series, node: int | None, number: float | None) -> Iterator[Change]:
    p = link.partial
    yield Change("without", lambda k: p[k] / w[k], node, number)
    yield Change("with", lambda k: p[k] * w[k], node, number)


def at_point(change: Change, k: int) -> float:
    """Return the change's number at a point; NaN where it has none."""
    try:
        return change.at(k)
    except (ArithmeticError, ValueError):
        return math.nan
