"""Layers, and the order within them, of a layered layout after Sugiyama, Tagawa and Toda (1981).

An arrow that passes a layer gets a lane of its own there, so that no arrow runs over a box.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

LANE = 4.0  # across, of an arrow that passes a layer
SWEEPS = 24


Wire = tuple[int, int, float] | tuple[int, int, float, float]
"""An arrow: tail, head, where it arrives, and where it leaves if not in the middle."""


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of an arrow, from one layer to the next; it arrives `offset` across from the middle of its head.

    It leaves `start` across from the middle of its tail.
    """

    tail: int
    head: int
    offset: float = 0.0
    start: float = 0.0


@dataclass(slots=True)
class Layering:
    """Boxes and lanes by layer, and the links between neighbouring layers; lanes are numbered after the boxes."""

    rows: list[list[int]]
    links: list[Link]
    across: list[float]
    boxes: int
    before: list[list[Link]] = field(init=False)
    after: list[list[Link]] = field(init=False)

    def __post_init__(self) -> None:
        self.before = [[] for _ in self.across]
        self.after = [[] for _ in self.across]
        for link in self.links:
            self.before[link.head].append(link)
            self.after[link.tail].append(link)


def layers(count: int, arrows: Iterable[tuple[int, int]], pins: int = 0) -> list[int]:
    """Return the layer of each box: one before the first of its users, so that operands stand where they are used.

    The first `pins` boxes, which have no operands, stand in the first layer, alone.

    >>> layers(4, [(0, 1), (1, 3), (2, 3)])
    [0, 1, 1, 2]
    """
    users: list[list[int]] = [[] for _ in range(count)]
    for tail, head in arrows:
        users[tail].append(head)
    after_it = [0] * count
    for v in reversed(range(count)):
        after_it[v] = max((after_it[u] + 1 for u in users[v]), default=0)
    last = max(after_it[pins:], default=0)
    return [0] * pins + [last - n + (pins > 0) for n in after_it[pins:]]


def layered(across: Sequence[float], arrows: Sequence[Wire], pins: int = 0) -> Layering:
    """Return the layers with lanes; arrows from one place share their lanes as far as they go together."""
    layer = layers(len(across), [(tail, head) for tail, head, *_ in arrows], pins)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for v, r in enumerate(layer):
        rows[r].append(v)
    widths = list(across)
    links: list[Link] = []
    lanes: dict[tuple[int, float, int], int] = {}
    for tail, head, offset, *starts in arrows:
        at, start = tail, sum(starts)
        for r in range(layer[tail] + 1, layer[head]):
            lane = lanes.get((tail, sum(starts), r))
            if lane is None:
                lane = lanes[tail, sum(starts), r] = len(widths)
                widths.append(LANE)
                rows[r].append(lane)
                links.append(Link(at, lane, start=start))
            at, start = lane, 0.0
        links.append(Link(at, head, offset, start))
    return Layering(rows, links, widths, len(across))


def reduce_crossings(g: Layering) -> None:
    """Order each layer so that few links cross: from the order of the operands on, by barycentres, keeping the best."""
    _order_by_operands(g)
    best, fewest = [list(row) for row in g.rows], crossings(g)
    place = _places(g)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for row in g.rows if forward else reversed(g.rows):
            _sort_by_barycentre(g, place, row, forward)
        if (found := crossings(g)) < fewest:
            best, fewest = [list(row) for row in g.rows], found
    g.rows = best


def _order_by_operands(g: Layering) -> None:
    """Order each layer as a walk from the outputs meets it, first operand first: a tree has no crossing then."""
    layer = {v: r for r, row in enumerate(g.rows) for v in row}
    rows: list[list[int]] = [[] for _ in g.rows]
    seen: set[int] = set()
    stack = [v for row in g.rows for v in row if not g.after[v]][::-1]
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            rows[layer[v]].append(v)
            stack += [link.tail for link in reversed(g.before[v])]
    g.rows = rows


def _places(g: Layering) -> dict[int, float]:
    return {v: float(i) for row in g.rows for i, v in enumerate(row)}


def _arrival(g: Layering, place: dict[int, float], link: Link) -> float:
    return place[link.head] + 0.9 * link.offset / g.across[link.head]


def _departure(g: Layering, place: dict[int, float], link: Link) -> float:
    return place[link.tail] + 0.9 * link.start / g.across[link.tail] if link.start else place[link.tail]


def _sort_by_barycentre(g: Layering, place: dict[int, float], row: list[int], forward: bool) -> None:
    keys = {}
    for v in row:
        ends = (
            [_departure(g, place, k) for k in g.before[v]] if forward else [_arrival(g, place, k) for k in g.after[v]]
        )
        keys[v] = sum(ends) / len(ends) if ends else place[v]
    row.sort(key=keys.__getitem__)
    place.update((v, float(i)) for i, v in enumerate(row))


def _start(link: Link) -> float:
    return link.start


def crossings(g: Layering) -> int:
    """Return how many pairs of links cross, counted where they arrive, so that swapped operands count too."""
    place = _places(g)
    count = 0
    for row in g.rows:
        ends: list[float] = []
        for v in row:
            for _, leaving in groupby(sorted(g.after[v], key=_start), key=_start):
                arrivals = [_arrival(g, place, link) for link in leaving]
                count += sum(len(ends) - bisect_right(ends, end) for end in arrivals)
                for end in arrivals:
                    insort(ends, end)
    return count
