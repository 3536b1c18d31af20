"""The built-in layout: layers, crossings, coordinates, and random graphs drawn without fault."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradx as mx
from microgradx.draw import draw
from microgradx.draw.layering import Layering, Link, crossings, layered, layers, reduce_crossings
from microgradx.draw.layout import layout, spread

from .gauge import faults


def random_graph(seed: int, size: int) -> mx.Value:
    """Return a sum over a random graph with fan-out, shared leaves and constants."""
    rng = random.Random(seed)
    nodes = [mx.Value(rng.uniform(-1e4, 1e4), f"x{i}") for i in range(3)]
    for _ in range(size):
        a, b = rng.choice(nodes), rng.choice(nodes[-4:])
        nodes.append(rng.choice([a + b, a - b, a * b, a.tanh(), a * 0.5, mx.max(a, b, nodes[0]), a / 3]))
    return mx.sum(nodes[-3:])


@settings(derandomize=True, max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), direction=st.sampled_from(["LR", "TB"]))
def test_random_graphs_are_drawn_without_fault(seed: int, size: int, direction: str) -> None:
    """Whatever the graph, the built-in layout keeps texts in boxes, boxes apart, and arrows off them."""
    assert faults(draw(random_graph(seed, size), direction=direction).svg("builtin")) == []


def test_the_layout_does_not_depend_on_the_run() -> None:
    """The same graph gives the same picture, to the byte."""
    assert draw(random_graph(1, 60)).svg("builtin") == draw(random_graph(1, 60)).svg("builtin")


@pytest.mark.parametrize(
    ("arrows", "expected"),
    [
        ([(0, 3), (1, 3), (2, 3)], [0, 0, 0, 1]),
        ([(0, 1), (1, 2), (2, 3)], [0, 1, 2, 3]),
        ([(0, 1), (0, 3), (1, 3), (2, 3)], [0, 1, 1, 2]),
        ([], [0, 0, 0, 0]),
    ],
)
def test_boxes_stand_one_layer_before_their_first_user(arrows: list[tuple[int, int]], expected: list[int]) -> None:
    """A leaf that is used late stands late."""
    assert layers(4, arrows) == expected


def test_an_arrow_past_a_layer_has_a_lane_there_and_arrows_of_one_box_share_it() -> None:
    """Two long arrows from one box take one lane in each layer between."""
    g = layered([10.0] * 5, [(0, 1, 0.0), (1, 2, 0.0), (2, 3, -2.0), (0, 3, 2.0), (3, 4, -2.0), (0, 4, 2.0)])
    assert [len(row) for row in g.rows] == [1, 2, 2, 2, 1]
    assert all(abs(r - s) == 1 for r, s in ((_layer(g, k.tail), _layer(g, k.head)) for k in g.links))


def _layer(g: Layering, v: int) -> int:
    return next(r for r, row in enumerate(g.rows) if v in row)


def test_crossings_are_counted_pair_by_pair() -> None:
    """The fast count equals the number of pairs of links whose ends lie in opposite orders."""
    rng = random.Random(0)
    for _ in range(50):
        links = [Link(rng.randrange(6), rng.randrange(6, 12), rng.choice((-2.0, 0.0, 2.0))) for _ in range(12)]
        g = Layering([list(range(6)), list(range(6, 12))], links, [10.0] * 12, 12)
        ends = [(k.tail, k.head + 0.09 * k.offset) for k in links]
        assert crossings(g) == sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(ends, 2))


def test_crossings_are_taken_out() -> None:
    """Two networks of ladders that were woven together come apart, and operands arrive in their order."""
    arrows = [(i, i + 10, 0.0) for i in range(10)] + [(10 + i, 20 + i % 2, float(i // 2 - 2)) for i in range(10)]
    g = layered([10.0] * 22, arrows)
    assert crossings(g) > 0
    reduce_crossings(g)
    assert crossings(g) == 0


def test_a_tree_is_drawn_in_the_order_of_its_operands() -> None:
    """The operands of a tree stand from top to bottom as they are written."""
    a, b, c, d = (mx.Value(1.0, name) for name in "abcd")
    svg = draw((a - b) / (c + d)).svg("builtin")
    heights = {}
    for name in "abcd":
        heights[name] = float(svg.split(f'font-weight="bold">{name}<')[0].rsplit(' y="', 1)[1].split('"')[0])
    assert sorted(heights, key=heights.__getitem__) == list("abcd")


def test_places_in_a_layer_are_the_nearest_that_leave_the_gaps() -> None:
    """No other places with these gaps have a smaller weighted sum of squares from the goals."""
    rng = random.Random(0)
    for _ in range(20):
        goals = [rng.uniform(-5, 5) for _ in range(5)]
        weights = [rng.uniform(0.1, 5.0) for _ in range(5)]
        gaps = [rng.uniform(0.1, 3.0) for _ in range(4)]
        at = [0.0] * 5
        spread(at, [0, 1, 2, 3, 4], goals, weights, gaps)
        assert all(b - a >= gap - 1e-9 for (a, b), gap in zip(pairwise(at), gaps, strict=True))
        best = _cost(at, goals, weights)
        for _ in range(200):
            other = [x + rng.gauss(0.0, 0.3) for x in at]
            if all(b - a >= gap for (a, b), gap in zip(pairwise(other), gaps, strict=True)):
                assert _cost(other, goals, weights) >= best - 1e-9


def _cost(at: list[float], goals: list[float], weights: list[float]) -> float:
    return sum(w * (x - goal) ** 2 for x, goal, w in zip(at, goals, weights, strict=True))


def test_a_long_arrow_with_room_is_straight() -> None:
    """An arrow past five layers runs at one height through all of them."""
    size = (20.0, 20.0)
    arrows = [(i, i + 1, 0.0) for i in range(6)] + [(0, 6, 8.0)]
    _, wires = layout([size] * 7, arrows)
    lanes = {points[3][1] for points, arrow in wires if not arrow}
    assert len(lanes) == 1
