"""A layered layout in pure Python, after Sugiyama, Tagawa and Toda (1981): layers, order, coordinates.

Lengths run `along` the layers, the direction in which data flow, and `across` them. An arrow that passes a layer goes
through a lane of its own there, so that no arrow runs over a box.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]

SPACE = 14.0  # across, between two boxes
LANE = 4.0  # across, of an arrow that passes a layer
SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of an arrow from one layer to the next; `offset` is where it arrives, across, from the middle of the head."""

    tail: int
    head: int
    offset: float = 0.0


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


def layers(count: int, arrows: Sequence[tuple[int, int, float]]) -> list[int]:
    """Return the layer of each box: one before the first of its users, so that operands stand beside where they are used.

    >>> layers(4, [(0, 1, 0.0), (1, 3, 0.0), (2, 3, 0.0)])
    [0, 1, 1, 2]
    """
    users: list[list[int]] = [[] for _ in range(count)]
    for tail, head, _ in arrows:
        users[tail].append(head)
    after_it = [0] * count
    for v in reversed(range(count)):
        after_it[v] = max((after_it[u] + 1 for u in users[v]), default=0)
    last = max(after_it, default=0)
    return [last - n for n in after_it]


def layered(across: Sequence[float], arrows: Sequence[tuple[int, int, float]]) -> Layering:
    """Return the layers with lanes; arrows from one box share their lanes as far as they go together."""
    layer = layers(len(across), arrows)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for v, r in enumerate(layer):
        rows[r].append(v)
    widths = list(across)
    links: list[Link] = []
    lanes: dict[tuple[int, int], int] = {}
    for tail, head, offset in arrows:
        at = tail
        for r in range(layer[tail] + 1, layer[head]):
            lane = lanes.get((tail, r))
            if lane is None:
                lane = lanes[tail, r] = len(widths)
                widths.append(LANE)
                rows[r].append(lane)
                links.append(Link(at, lane))
            at = lane
        links.append(Link(at, head, offset))
    return Layering(rows, links, widths, len(across))


def reduce_crossings(g: Layering) -> None:
    """Order each layer so that few links cross: from the order of the operands on, by barycentres, keeping the best."""
    _order_by_operands(g)
    best, fewest = [list(row) for row in g.rows], crossings(g)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for row in g.rows if forward else reversed(g.rows):
            _sort_by_barycentre(g, row, forward)
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


def _sort_by_barycentre(g: Layering, row: list[int], forward: bool) -> None:
    place = _places(g)
    keys = {}
    for v in row:
        ends = [place[k.tail] for k in g.before[v]] if forward else [_arrival(g, place, k) for k in g.after[v]]
        keys[v] = sum(ends) / len(ends) if ends else place[v]
    row.sort(key=keys.__getitem__)


def crossings(g: Layering) -> int:
    """Return how many pairs of links cross, counted where they arrive, so that swapped operands count too."""
    place = _places(g)
    count = 0
    for row in g.rows:
        ends: list[float] = []
        for v in row:
            arrivals = [_arrival(g, place, link) for link in g.after[v]]
            count += sum(len(ends) - bisect_right(ends, end) for end in arrivals)
            for end in arrivals:
                insort(ends, end)
    return count


def coordinates(g: Layering) -> list[float]:
    """Return the position of each box and lane across: links as straight as the order and the widths allow.

    Each layer in turn minimises Σ weight · (bend of its links)², exactly and without overlap, the others held.
    """
    at = [0.0] * len(g.across)
    gaps = [[_gap(g, u, v) for u, v in zip(row, row[1:], strict=False)] for row in g.rows]
    for row, between in zip(g.rows, gaps, strict=True):
        _spread(at, row, [0.0] * len(row), [1.0] * len(row), between)
    for sweep in range(2 * SWEEPS):
        steps = list(zip(g.rows, gaps, strict=True))
        for row, between in steps if sweep % 2 == 0 else reversed(steps):
            early = sweep < SWEEPS // 2  # one side only at first: that carries straight lines through the whole graph
            goals = [_goal(g, at, v, early and sweep % 2 == 1, early and sweep % 2 == 0) for v in row]
            _spread(at, row, [goal for goal, _ in goals], [weight for _, weight in goals], between)
    return at


def _gap(g: Layering, u: int, v: int) -> float:
    space = SPACE if u < g.boxes and v < g.boxes else SPACE / 2
    return (g.across[u] + g.across[v]) / 2 + space


def _goal(g: Layering, at: list[float], v: int, no_before: bool, no_after: bool) -> tuple[float, float]:
    """Return where the links of v would like it, and how much."""
    wishes = [] if no_before and g.after[v] else [(at[k.tail] - k.offset, _weight(g, k)) for k in g.before[v]]
    if not (no_after and g.before[v]):
        wishes += [(at[k.head] + k.offset, _weight(g, k)) for k in g.after[v]]
    total = sum(weight for _, weight in wishes)
    return (sum(x * weight for x, weight in wishes) / total, total) if wishes else (at[v], 1.0)


def _weight(g: Layering, link: Link) -> float:
    lanes = (link.tail >= g.boxes) + (link.head >= g.boxes)
    return (1.0, 2.0, 8.0)[lanes]


def _spread(at: list[float], row: list[int], goals: list[float], weights: list[float], gaps: list[float]) -> None:
    """Set the positions of one layer: least weighted squares from the goals, given the gaps, by pooling violators."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of members
    shift = 0.0
    shifts = [0.0]
    for gap in gaps:
        shift += gap
        shifts.append(shift)
    for goal, weight, moved in zip(goals, weights, shifts, strict=True):
        mean, total, members = goal - moved, weight, 1
        while pools and pools[-1][0] >= mean:
            m, w, n = pools.pop()
            mean, total, members = (m * w + mean * total) / (w + total), w + total, members + n
        pools.append((mean, total, members))
    means = [mean for mean, _, members in pools for _ in range(members)]
    for v, mean, moved in zip(row, means, shifts, strict=True):
        at[v] = mean + moved


def _straighten(g: Layering, at: list[float]) -> None:
    """Draw each run of lanes as one straight line, wherever its neighbours leave room for that."""
    room = {}
    for row in g.rows:
        for left, v, right in zip([None, *row], row, [*row[1:], None], strict=False):
            if v >= g.boxes:
                low = -math.inf if left is None else at[left] + _gap(g, left, v)
                room[v] = (low, math.inf if right is None else at[right] - _gap(g, v, right))
    runs: list[list[int]] = []
    for first in room:
        if g.before[first][0].tail < g.boxes:
            runs.append([first])
            while onward := [k.head for k in g.after[runs[-1][-1]] if k.head >= g.boxes]:
                runs[-1].append(onward[0])
    for run in runs:
        low, high = max(room[v][0] for v in run), min(room[v][1] for v in run)
        ends = [at[k.head] + k.offset for k in g.after[run[-1]]]
        for v in run if low <= high else ():
            at[v] = min(max(sum(ends) / len(ends), low), high)


def _bands(g: Layering, at: list[float], lengths: Sequence[float]) -> list[tuple[float, float]]:
    """Return where each layer begins and ends along; the steeper the links between two, the further they are apart."""
    bands: list[tuple[float, float]] = []
    edge = 0.0
    for row in g.rows:
        steepest = max((abs(at[k.tail] - at[k.head] - k.offset) for v in row for k in g.before[v]), default=0.0)
        begin = edge + (min(90.0, 28.0 + 0.12 * steepest) if bands else 0.0)
        edge = begin + max(lengths[v] for v in row)
        bands.append((begin, edge))
    return bands


def layout(
    sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int, float]]
) -> tuple[list[Point], list[tuple[list[Point], bool]]]:
    """Return the middle of every box as (along, across), and the links as (points, whether it ends in an arrowhead).

    `sizes` are (along, across) of the boxes, each operand before its users; an arrow is (tail, head, offset across).
    The four points of a link are its start, where it leaves its layer, where it enters the next, and its end.

    >>> middles, _ = layout([(10.0, 10.0)] * 3, [(0, 2, -2.5), (1, 2, 2.5)])
    >>> [across for _, across in middles]
    [-12.0, 12.0, 0.0]
    """
    g = layered([across for _, across in sizes], arrows)
    reduce_crossings(g)
    at = coordinates(g)
    _straighten(g, at)
    lengths = [along for along, _ in sizes] + [0.0] * (len(g.across) - len(sizes))
    bands = _bands(g, at, lengths)
    layer = {v: r for r, row in enumerate(g.rows) for v in row}
    begin, end = [0.0] * len(lengths), [0.0] * len(lengths)
    for v, length in enumerate(lengths):
        first, last = bands[layer[v]]
        if v >= g.boxes:
            begin[v], end[v] = first, last
        else:  # what is computed stands in the middle of its layer, a leaf close to its users
            end[v] = (first + last + length) / 2 if g.before[v] else last
            begin[v] = end[v] - length
    wires = []
    for k in g.links:
        y, z = at[k.tail], at[k.head] + k.offset
        leave, enter = (bands[layer[k.tail]][1], y), (bands[layer[k.head]][0], z)
        start = begin[k.tail] if k.tail >= g.boxes else end[k.tail]
        wires.append(([(start, y), leave, enter, (begin[k.head], z)], k.head < g.boxes))
    return [((begin[v] + end[v]) / 2, at[v]) for v in range(g.boxes)], wires
