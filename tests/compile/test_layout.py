"""Layouts: whatever order the parameters stand in, values, gradients and training are the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from microgradx.compile.nests.addresses import indices
from microgradx.compile.nests.layout import VECTOR, Layout, arranged, blocks, choices, choose, dimensions, laid_out
from microgradx.compile.nests.nests import Address, Nest, Plan, Space
from microgradx.compile.paths.stages import Kind
from microgradx.compile.tape.tape import SUM

from . import functions, networks, sequences
from .crosschecks import Wrong, check
from .examples import Program
from .forms import by_machine
from .ways import Way, ways

PROGRAMS: dict[str, Callable[[], Program]] = {
    "net of 2-16-16-1": partial(networks.mlp, [2, 16, 16, 1]),
    "net of 3-5-1": partial(networks.mlp, [3, 5, 1], "tanh"),
    "net of 4-1": partial(networks.mlp, [4, 1]),
    "net of 4-8-3": partial(networks.mlp, [4, 8, 3], "softplus"),
    "classifier of 5-7-4": partial(networks.classifier, [5, 7, 4], "tanh"),
    "net with a frozen layer": networks.frozen,
    "convolution": partial(networks.convolution, 9, 3, 2),
    "moons": partial(networks.moons, 6, [2, 5, 4, 1]),
    "residual": partial(networks.residual, 3, 2),
    "embeddings": partial(functions.factorisation, 5, 4, 3),
    "mixture": partial(functions.mixture, 3, 4),
    "LSTM": partial(sequences.lstm, 2),
    "transformer": partial(sequences.transformer, 2, fused=True),
    "unused parameter": functions.unused,
}
FEW = 8  # up to so many layouts are all tried


def some(plan: Plan, seed: int = 0, count: int = 2) -> list[Layout]:
    """Return all layouts if they are few; else some in which every dimension of every block runs fastest once."""
    ways = dimensions(plan)
    if np.prod([len(d) for d in ways]) <= FEW:
        return list(choices(plan))
    rng = random.Random(seed)
    each = [[d[min(k, len(d) - 1)] for d in ways] for k in range(max(map(len, ways)))]
    drawn = [[rng.choice(d) for d in ways] for _ in range(count)]
    return [arranged(plan, fastest) for fastest in each + drawn]


def of(name: str, strict: bool, count: int = 3) -> Way:
    """Return the first path of a program."""
    return ways(PROGRAMS[name](), strict, count)[0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_layout_gives_the_same_bits(name: str) -> None:
    """In strict mode values and gradients are the engine's, in every layout, row by row and in blocks of rows."""
    way = of(name, strict=True)
    plan = way.plan(Kind.GRADIENT)
    for layout in some(plan):
        for lanes, sizes in ((1, (7,)), (32, (33,))):
            check(way, Kind.GRADIENT, by_machine(plan, True, lanes, layout=layout), sizes)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "transformer"])
def test_every_layout_is_within_the_bound(name: str) -> None:
    """By default values and gradients are the engine's but for roundings, in every layout."""
    way = of(name, strict=False)
    plan = way.plan(Kind.GRADIENT)
    for i, layout in enumerate(some(plan)):
        check(way, Kind.GRADIENT, by_machine(plan, False, (1, 32)[i % 2], layout=layout), (0, 7, 33))


@pytest.mark.parametrize("name", ["net of 2-16-16-1", "mixture", "net with a frozen layer"])
def test_two_places_swapped_are_seen(name: str) -> None:
    """A kernel that takes two parameters of different data for each other is noticed."""
    way = of(name, strict=True)
    plan = way.plan(Kind.GRADIENT)
    layout = choose(plan, strict=True)
    numbers = way.parameters
    b = next(i for i in range(plan.gradients) if numbers[i] != numbers[0])
    places = layout.places.copy()
    places[[0, b]] = places[[b, 0]]
    for lanes in (1, 32):
        kernel = by_machine(laid_out_wrongly(plan, layout, places), True, lanes, layout=layout)
        with pytest.raises(Wrong):
            check(way, Kind.GRADIENT, kernel, (7, 33))


def laid_out_wrongly(plan: Plan, layout: Layout, places: Any) -> Plan:
    """Return a plan of which `layout` makes what it would make of the plan if it had these places."""
    back = np.zeros(layout.size, np.int64)
    back[layout.places] = np.arange(len(places))
    wrong = Layout(back[places], plan.gradients, plan.parameters)
    return replace(laid_out(plan, wrong), parameters=plan.parameters, gradients=plan.gradients)


@pytest.mark.parametrize("name", PROGRAMS)
def test_layouts_are_one_to_one(name: str) -> None:
    """Places are all different; captured leaves stand behind the others, and each block begins with a vector."""
    plan = of(name, strict=False).plan(Kind.GRADIENT)
    for layout in [*some(plan), choose(plan), choose(plan, strict=True)]:
        assert len(set(layout.places.tolist())) == plan.parameters == len(layout.places)
        own, captured = layout.places[: plan.gradients], layout.places[plan.gradients :]
        assert (own < layout.own).all()
        assert captured.tolist() == list(range(layout.own, layout.size))
        assert layout.own % VECTOR == 0
        for block in blocks(plan):
            assert layout.places[indices(block.out, block.extents, 1)].min() % VECTOR == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_chosen_layout_is_one_of_the_choices(name: str) -> None:
    """What is chosen is among what these tests enumerate."""
    plan = of(name, strict=False).plan(Kind.GRADIENT)
    if np.prod([len(d) for d in dimensions(plan)]) <= 64:
        every = [layout.places.tolist() for layout in choices(plan)]
        assert choose(plan).places.tolist() in every
        assert choose(plan, strict=True).places.tolist() in every


def test_a_block_runs_along_each_of_its_dimensions() -> None:
    """Of 2·3·5 parameters that one nest writes, each dimension runs fastest in one layout."""
    nest = Nest(SUM, (2, 3, 5), Address(Space.GRAD, 0, (15, 5, 1)), ())
    plan = Plan((nest,), np.zeros(0), 0, 0, 0, 30, 30, True, {})
    steps = [[int(x.places[step] - x.places[0]) for step in (15, 5, 1)] for x in choices(plan)]
    assert steps == [[1, 10, 2], [15, 1, 3], [15, 5, 1]]


def test_nests_are_moved_to_the_places_of_the_layout() -> None:
    """An address of a moved nest names the places at which the layout has what it named before."""
    plan = of("net of 2-16-16-1", strict=False).plan(Kind.GRADIENT)
    for layout in choices(plan):
        for before, after in zip(plan.nests, laid_out(plan, layout).nests, strict=True):
            pairs = [(before.out, after.out, 1)]
            for s, t in zip(before.segments, after.segments, strict=True):
                pairs += [(x, y, s.length) for x, y in ((s.a, t.a), (s.b, t.b)) if x is not None and y is not None]
            for x, y, length in pairs:
                names, moved = (indices(a, before.extents, length) for a in (x, y))
                own = x.space in (Space.PARAM, Space.GRAD)
                assert np.array_equal(layout.places[names] if own else names, moved)
