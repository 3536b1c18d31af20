"""Coordinates of a layered layout in pure Python.

Lengths run `along`, the direction in which data flow from layer to layer, and `across`, within a layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from .layering import Layering, Link, Wire, layered, reduce_crossings

Point = tuple[float, float]

SPACE = 14.0  # across, between two boxes
SWEEPS = 40


def coordinates(g: Layering) -> list[float]:
    """Return the position of each box and lane across: links as straight as the order and the widths allow.

    Each layer in turn minimises Σ weight · (bend of its links)², exactly and without overlap, the others held.
    """
    at = [0.0] * len(g.across)
    gaps = [[_gap(g, u, v) for u, v in pairwise(row)] for row in g.rows]
    for row, between in zip(g.rows, gaps, strict=True):
        spread(at, row, [0.0] * len(row), [1.0] * len(row), between)
    steps = list(zip(g.rows, gaps, strict=True))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        both = sweep >= SWEEPS // 4  # one side only at first: that carries straight lines through the whole graph
        for row, between in steps if forward else reversed(steps):
            goals = [_goal(g, at, v, both or forward, both or not forward) for v in row]
            spread(at, row, [goal for goal, _ in goals], [weight for _, weight in goals], between)
    return at


def _gap(g: Layering, u: int, v: int) -> float:
    space = SPACE if u < g.boxes and v < g.boxes else SPACE / 2
    return (g.across[u] + g.across[v]) / 2 + space


def _goal(g: Layering, at: list[float], v: int, look_back: bool, look_ahead: bool) -> tuple[float, float]:
    """Return where the links of v on these sides would like it (if it has any there), and how much."""
    before, after = g.before[v], g.after[v]
    wishes = [(at[k.tail] + k.start - k.offset, _weight(g, k)) for k in before if look_back or not after]
    wishes += [(at[k.head] + k.offset - k.start, _weight(g, k)) for k in after if look_ahead or not before]
    total = sum(weight for _, weight in wishes)
    return (sum(x * weight for x, weight in wishes) / total, total) if wishes else (at[v], 1.0)


def _weight(g: Layering, link: Link) -> float:
    lanes = (link.tail >= g.boxes) + (link.head >= g.boxes)
    return (1.0, 2.0, 8.0)[lanes]


def spread(at: list[float], row: list[int], goals: list[float], weights: list[float], gaps: list[float]) -> None:
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
        steepest = max(
            (abs(at[k.tail] + k.start - at[k.head] - k.offset) for v in row for k in g.before[v]), default=0.0
        )
        begin = edge + (min(90.0, 28.0 + 0.12 * steepest) if bands else 0.0)
        edge = begin + max(lengths[v] for v in row)
        bands.append((begin, edge))
    return bands


def layout(
    sizes: Sequence[tuple[float, float]], arrows: Sequence[Wire], pins: int = 0
) -> tuple[list[Point], list[tuple[list[Point], bool]]]:
    """Return the middle of every box as (along, across), and the links as (points, whether it ends in an arrowhead).

    `sizes` are (along, across) of the boxes, each operand before its users; an arrow is (tail, head, offset across)
    or (tail, head, offset, start across). The first `pins` boxes stand in a layer of their own, the first.
    The four points of a link are its start, where it leaves its layer, where it enters the next, and its end.

    >>> middles, _ = layout([(10.0, 10.0)] * 3, [(0, 2, -2.5), (1, 2, 2.5)])
    >>> [across for _, across in middles]
    [-12.0, 12.0, 0.0]
    """
    g = layered([across for _, across in sizes], arrows, pins)
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
        y, z = at[k.tail] + k.start, at[k.head] + k.offset
        leave, enter = (bands[layer[k.tail]][1], y), (bands[layer[k.head]][0], z)
        start = begin[k.tail] if k.tail >= g.boxes else end[k.tail]
        wires.append(([(start, y), leave, enter, (begin[k.head], z)], k.head < g.boxes))
    return [((begin[v] + end[v]) / 2, at[v]) for v in range(g.boxes)], wires


def runs(links: Sequence[tuple[Sequence[Point], bool]]) -> list[list[int]]:
    """Return for each arrow the links that it runs along, by their places among `links`, the last first.

    >>> _, links = layout([(10.0, 10.0)] * 3, [(0, 1, 0.0), (1, 2, -2.5), (0, 2, 2.5)])
    >>> runs(links)
    [[0], [1], [3, 2]]
    """
    ending = {tuple(points[-1]): i for i, (points, arrow) in enumerate(links) if not arrow}
    found = []
    for i, (points, arrow) in enumerate(links):
        if arrow:
            found.append([i])
            while (before := ending.get(tuple(points[0]))) is not None:  # a link begins where that before it ends
                found[-1].append(before)
                points = links[before][0]
    return found
