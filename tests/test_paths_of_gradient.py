"""A gradient is the sum over paths; what is listed adds up, and what is not is counted."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.replay import Edge, Replay

from .programs import random_program


def every_path(L: Value, w: Value) -> list[float]:
    """Return the product of partials on each path from the output to the node, by walking all of them."""
    replay = Replay(L)
    edges: list[list[Edge]] = replay.edges(replay.values())
    found = []

    def walk(i: int, so_far: float) -> None:
        if replay.order[i] is w:
            found.append(so_far)
            return
        for edge in edges[i]:
            if edge.partial is not None:
                walk(edge.operand, so_far * edge.partial)

    walk(len(edges) - 1, 1.0)
    return found


def visits_of_a_recursion(L: Value) -> int:
    """Return how many nodes a recursion without order visits, by doing it."""
    replay = Replay(L)
    edges = replay.edges(replay.values())

    def visit(i: int) -> int:
        return 1 + sum(visit(edge.operand) for edge in edges[i] if edge.partial is not None)

    return visit(len(edges) - 1)


def network() -> tuple[Value, Value]:
    """Return a loss over two examples, and its first weight."""
    model = mx.nn.MLP(2, [3, 3, 1], activation="tanh")
    return mx.losses.mse_loss([model([1.0, 2.0]), model([0.5, -1.0])], [1.0, 0.0]), model.parameters()[0]


def test_all_paths_of_random_graphs() -> None:
    """The number, the strongest, their order, the remainder and the visits are those of walking every path."""
    rng = random.Random(3)
    tried = 0
    while tried < 60:
        program = random_program(rng, 10)
        inputs = [Value(x) for x in program.inputs]
        L = program(inputs)
        if not isinstance(L, Value) or id(inputs[0]) not in Replay(L).place:
            continue
        if len(all_of := every_path(L, inputs[0])) > 2000:
            continue
        tried += 1
        k = rng.randint(0, 6)
        found = mx.paths(L, inputs[0], k)
        assert found.count == len(all_of)
        assert found.visits == visits_of_a_recursion(L)
        expected = sorted(map(abs, all_of), reverse=True)[:k]
        assert [abs(path.contribution) for path in found.strongest] == pytest.approx(expected, rel=1e-9)
        total = sum(path.contribution for path in found.strongest) + found.remainder
        assert total == pytest.approx(found.gradient, rel=1e-9, abs=1e-9)


def test_all_paths_of_a_network_add_up() -> None:
    """With k as large as their number, the contributions are the gradient, and nothing remains."""
    L, w = network()
    found = mx.paths(L, w, k=10_000)
    assert (found.count, found.remaining, found.remainder) == (6, 0, 0.0)
    assert math.fsum(path.contribution for path in found.strongest) == pytest.approx(mx.grad(L, w), rel=1e-12)
    for path in found.strongest:
        assert math.prod(path.partials) == path.contribution
        assert path.nodes[0] is L
        assert path.nodes[-1] is w


def test_a_count_beyond_all_walking() -> None:
    """A chain of 400 doublings has 2⁴⁰⁰ paths, counted exactly, and the recursion would visit 2⁴⁰¹ − 1 nodes."""
    x = Value(1.0, "x")
    y = x
    for _ in range(400):
        y = y * y
    found = mx.paths(y, x, k=2)
    assert found.count == 2**400
    assert found.visits == 2**401 - 1
    assert found.sweep_visits == 401
    assert found.gradient == 2.0**400
    assert "about 10^120 paths" in str(found)


def test_contributions_far_below_the_range_of_floats_are_ordered() -> None:
    """Of paths whose products underflow the strongest is still found, by logarithms."""
    x = Value(1.0, "x")
    weak = strong = x
    for _ in range(200):
        weak, strong = weak * 1e-5, strong * 1e-3
    found = mx.paths(weak + strong, x, k=1)
    assert found.strongest[0].partials[1] == 1e-3


@pytest.mark.parametrize("number", [math.inf, math.nan])
def test_partials_that_are_not_finite_are_shown(number: float) -> None:
    """A path over an inf or a NaN is listed first, and the remainder says that it cannot be known."""
    x = Value(1.0, "x")
    found = mx.paths(x * number + x * 2.0, x, k=1)
    assert not math.isfinite(found.strongest[0].contribution)
    assert math.isnan(found.remainder)
    assert "nan" in str(found)


def test_a_node_without_a_path() -> None:
    """A node on which the output depends only through detach has no path and the gradient 0."""
    x, q = Value(2.0, "x"), Value(3.0, "q")
    found = mx.paths(x * mx.detach(q), q)
    assert (found.count, found.gradient, found.strongest) == (0, 0.0, ())
    assert "the sum over 0 paths" in str(found)


def test_the_output_itself_has_one_path() -> None:
    """From a node to itself leads one path without a step, with the product 1."""
    x = Value(2.0, "x")
    found = mx.paths(x, x)
    assert (found.count, found.strongest[0].contribution, found.strongest[0].partials) == (1, 1.0, ())


def test_it_says_why_there_is_an_order() -> None:
    """The report compares the recursion's visits with the sweep's, or says that there is no difference."""
    x = Value(0.5, "x")
    y = x
    for _ in range(20):
        y = y.tanh() + y
    assert "visits 3,145,726 nodes" in str(mx.paths(y, x))
    assert "each once" in mx.paths(y, x)._repr_html_()
    assert "No node is reached twice" in str(mx.paths(x.tanh().exp(), x))


def test_the_strongest_paths_are_listed() -> None:
    """Paths are a list of the strongest: k of them, in order, or as many as there are."""
    L, w = network()
    assert [len(mx.paths(L, w, k=k)) for k in (0, 2, 99)] == [0, 2, mx.paths(L, w).count]
    assert list(mx.paths(L, w, k=99)) == list(mx.paths(L, w, k=99).strongest)
    assert sum(path.contribution for path in mx.paths(L, w, k=99)) == pytest.approx(mx.grad(L, w), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda L: mx.paths(L, 3.0), TypeError, "takes nodes or their names"),
        (lambda L: mx.paths(L, "nowhere"), ValueError, "no node named 'nowhere'"),
        (lambda L: mx.paths(L, Value(1.0, "far")), ValueError, "is not in the graph"),
        (lambda L: mx.paths(L, L, k=-1), ValueError, "k is the number"),
        (lambda L: mx.paths(L, L, k=True), ValueError, "k is the number"),
        (lambda L: mx.paths(3.0, L), TypeError, "a graph is given by its output"),
    ],
)
def test_mistakes_are_explained(call: Any, error: type[Exception], message: str) -> None:
    """What is no node, or no number of paths, is an error that says so."""
    with pytest.raises(error, match=message):
        call(network()[0])


def test_hostile_names_are_inert() -> None:
    """A label with markup, a line break or ten thousand characters breaks neither text nor HTML."""
    for label, many in product(("</td><script>alert(1)</script>", "a\nb", "x" * 10_000), (False, True)):
        x = Value(2.0, label)
        y = x * x if many else x * 2
        found = mx.paths(y, x)
        assert "<script" not in found._repr_html_()
        assert all(len(line) < 400 for line in str(found).splitlines())
        assert len(str(found).splitlines()) <= 7
