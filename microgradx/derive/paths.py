"""A gradient as a sum over paths of products of partials, and what a recursion pays that goes down each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from ..calculus import grad
from ..engine import Value
from ..notation import Notation
from ..replay import Edge, Replay
from ..reports import Heading, Paragraph, Passage, Report, Table
from ..tables import Line
from .lines import one_line

SHOWN_STEPS = 9
"""The most nodes of a path that are printed."""

_HEADER = ("contribution", "product of partials", "path")


class Path(NamedTuple):
    """A way from the output down to the node: the nodes, the partials between them, and their product."""

    nodes: tuple[Value, ...]
    names: tuple[str, ...]
    partials: tuple[float, ...]
    contribution: float


class Paths(Report):
    """∂output/∂node as a sum over paths: how many there are, the strongest, and what the others add up to.

    `visits` is how often a recursion visits nodes that calls itself for each operand of each node it comes to, once
    for each path from the output to anywhere; `sweep_visits` is what backward needs in topological order: each node
    once. None of the numbers comes from walking all paths. Iteration and `len` are of the strongest, not of all.
    """

    def __init__(
        self, names: tuple[str, str], gradient: float, number: int, strongest: Sequence[Path], visits: tuple[int, int]
    ) -> None:
        self.output_name, self.name = names
        self.gradient = gradient
        self.count = number
        self.strongest = tuple(strongest)
        self.visits, self.sweep_visits = visits

    def __iter__(self) -> Iterator[Path]:
        return iter(self.strongest)

    def __len__(self) -> int:
        return len(self.strongest)

    @property
    def remaining(self) -> int:
        """How many paths are not among the strongest."""
        return self.count - len(self.strongest)

    @property
    def remainder(self) -> float:
        """What the remaining paths add up to: the gradient less the contributions of the strongest."""
        if not self.remaining:
            return 0.0
        listed = [path.contribution for path in self.strongest]
        try:
            return math.fsum([self.gradient, *(-x for x in listed)])
        except (OverflowError, ValueError):  # the sum leaves the range of a float, or is inf − inf
            return math.nan

    def _heading(self) -> str:
        ways = "1 path" if self.count == 1 else f"{_whole(self.count)} paths"
        return f"∂{one_line(self.output_name)}/∂{one_line(self.name)} = {_shown(self.gradient)}, the sum over {ways}"

    def _rows(self) -> list[Line]:
        rows = [Line((_shown(p.contribution), _product(p.partials), _way(p.names))) for p in self.strongest]
        if self.remaining:
            others = "1 other path" if self.remaining == 1 else f"{_whole(self.remaining)} other paths"
            rows.append(Line((_shown(self.remainder), others, "")))
        return rows

    def _why(self) -> str:
        if self.visits == self.sweep_visits:
            return f"No node is reached twice: a recursion visits {_whole(self.visits)} nodes, as the sweep does."
        return (
            f"A recursion that goes down every path visits {_whole(self.visits)} nodes. In topological order an error "
            f"signal is complete before it is sent on, so that the sweep visits {_whole(self.sweep_visits)}, each once."
        )

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        if self.count:
            yield Table(_HEADER, self._rows(), "  ")
        yield Paragraph(self._why())


def paths(output: Value, node: Value | str, k: int = 5, names: Mapping[str, Any] | None = None) -> Paths:
    """Return ∂output/∂node as the sum over all paths between them, with the k paths of largest |product of partials|.

    The node is given itself or by name. The number of paths is computed node by node, not by walking them, so that it
    may have hundreds of digits. A path over `detach` is none, since nothing flows there; a node without any has the
    gradient 0. An output without a name is called L. TypeError for what is no node, ValueError for one that is not in
    the graph.

    >>> x = Value(2.0, "x")
    >>> y = x * x
    >>> found = paths(y * y, x, k=2, names={"y": y})
    >>> print(found)
    ∂L/∂x = 32, the sum over 4 paths
      contribution  product of partials  path
      8             4 · 2                L ← y ← x
      8             4 · 2                L ← y ← x
      16            2 other paths
    A recursion that goes down every path visits 7 nodes. In topological order an
    error signal is complete before it is sent on, so that the sweep visits 3, each
    once.
    >>> found.count, found.remainder, found.visits
    (4, 16.0, 7)
    >>> [path.contribution for path in found]
    [8.0, 8.0]
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 0:
        raise ValueError(f"k is the number of paths to show, not {k!r}")
    replay = Replay(output)
    notation = Notation(output, names)
    node = notation.node(node, "node=")
    edges = replay.edges(replay.values())
    ways, visits = [0] * len(edges), [0] * len(edges)
    place = replay.place[id(node)]
    ways[place] = 1
    for i, into in enumerate(edges):
        ways[i] += sum(ways[edge.operand] for edge in into if edge.partial is not None)
    visits[-1] = 1
    for i in range(len(edges) - 1, -1, -1):
        for edge in edges[i]:
            if edge.partial is not None:
                visits[edge.operand] += visits[i]
    found = _strongest(edges, ways, place, k) if ways[-1] and k else []
    order = replay.order
    strongest = [
        Path(
            tuple(order[i] for i in (len(order) - 1, *(edge.operand for edge in way))),
            tuple(notation.name(order[i]) for i in (len(order) - 1, *(edge.operand for edge in way))),
            tuple(float(edge.partial or 0.0) for edge in way),
            math.prod(float(edge.partial or 0.0) for edge in way),
        )
        for way in found
    ]
    reached = sum(1 for x in visits if x)
    between = notation.name(output), notation.name(node)
    return Paths(between, grad(output, node), ways[-1], strongest, (sum(visits), reached))


def _strongest(edges: Sequence[Sequence[Edge]], ways: Sequence[int], place: int, k: int) -> list[tuple[Edge, ...]]:
    """Return the k paths of largest |product|, best first.

    Each node needs no more than the k best ways on from it, merged from those of its operands. Magnitudes are
    logarithms, because a product of many partials leaves the range of a float.
    """
    best: dict[int, list[_Way]] = {place: [_Way(0.0, None, 0)]}
    for i, into in enumerate(edges):
        if i > place and ways[i]:
            onward = [_onward(edge, best[edge.operand]) for edge in into if _leads(edge, ways)]
            best[i] = list(islice(merge(*onward, key=lambda way: -way.size), k))
    found = []
    for way in best.get(len(edges) - 1, [])[:k]:
        steps = []
        while way.edge is not None:
            steps.append(way.edge)
            way = best[way.edge.operand][way.rank]
        found.append(tuple(steps))
    return found


class _Way(NamedTuple):
    """A way down to the node: log |product|, its first edge, and which of the ways on from there it takes."""

    size: float
    edge: Edge | None
    rank: int


def _onward(edge: Edge, ways: Sequence[_Way]) -> list[_Way]:
    size = _size(edge)
    return [_Way(size + way.size, edge, rank) for rank, way in enumerate(ways)]


def _leads(edge: Edge, ways: Sequence[int]) -> bool:
    return edge.partial is not None and ways[edge.operand] > 0


LEAST = -1e9
"""Stands for log 0; no product of floats comes near."""


def _size(edge: Edge) -> float:
    """Return log |partial|; 0 counts as smaller and inf or NaN as larger than any float, so that sums stay defined."""
    x = abs(edge.partial or 0.0)
    return LEAST if x == 0 else math.log(x) if math.isfinite(x) else -LEAST


def _shown(x: float) -> str:
    return f"{x + 0.0:.4g}".replace("-", "−")


def _whole(n: int) -> str:
    if n < 10**15:
        return f"{n:,}"
    digits = int(math.log10(n)) if n.bit_length() < 1000 else int(n.bit_length() * math.log10(2))
    return f"about 10^{digits}"


def _product(partials: Sequence[float]) -> str:
    written = [f"({_shown(x)})" if x < 0 else _shown(x) for x in partials]
    if len(written) > SHOWN_STEPS:
        written = [*written[:4], "…", *written[-4:]]
    return " · ".join(written) or "1"


def _way(names: Sequence[str]) -> str:
    shown = [one_line(name) for name in names]
    if len(shown) > SHOWN_STEPS:
        shown = [*shown[:4], "…", *shown[-4:]]
    return " ← ".join(shown)
