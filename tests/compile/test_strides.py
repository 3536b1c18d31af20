"""Loops found in sequences of places, and the addresses that name them."""

from __future__ import annotations

import numpy as np
import pytest

from microgradx.compile.nests.addresses import fitted, indices
from microgradx.compile.nests.nests import Space
from microgradx.compile.nests.strides import loops, runs


@pytest.mark.parametrize("seed", range(20))
def test_loops_within_loops_are_found(seed):
    """Places that an affine rule names, of up to three dimensions, fold into one loop that names them again."""
    rng = np.random.default_rng(seed)
    extents = tuple(rng.integers(2, 7, rng.integers(1, 4)).tolist())
    strides = rng.integers(-50, 50, (len(extents), 2))
    grid = np.indices(extents).reshape(len(extents), -1).T
    items = 1000 + grid @ strides
    found = loops(items, np.zeros(len(items), int))
    assert len(found) == 1
    assert np.prod(found[0].extents) == len(items)


@pytest.mark.parametrize("seed", range(20))
def test_runs_and_loops_keep_every_item_and_follow_their_rule(seed):
    """Runs and loops cover items in order, each once, and only items of one kind and one rule are joined."""
    rng = np.random.default_rng(seed)
    items, kind = rng.integers(0, 3, (60, 1)).cumsum(axis=0), rng.integers(0, 3, 60) // 2
    for shortest in (2, 3):
        lengths = runs(items, kind, shortest)
        assert sum(lengths) == 60
        for end, length in zip(np.cumsum(lengths), lengths, strict=True):
            part = slice(end - length, end)
            assert length == 1 or length >= shortest
            assert len(set(kind[part])) == 1
            assert len(set(np.diff(items[part, 0]))) <= 1
    found = loops(items, kind)
    assert [loop.start for loop in found] == np.cumsum([0, *[np.prod(loop.extents) for loop in found[:-1]]]).tolist()
    for start, extents in found:
        places = items[start : start + int(np.prod(extents)), 0].reshape(*extents, 1)
        assert fitted(Space.ROW, places).table is None


@pytest.mark.parametrize("seed", range(10))
def test_an_address_names_the_places_that_it_was_made_for(seed):
    """By strides if the places follow a rule, by a table if one of them does not."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 6, rng.integers(2, 5)).tolist())
    places = 500 + sum(
        np.arange(n).reshape([-1 if d == i else 1 for i in range(len(shape))]) * rng.integers(-9, 9)
        for d, n in enumerate(shape)
    )
    places = np.broadcast_to(places, shape).copy()
    regular = fitted(Space.ROW, places)
    assert regular.table is None
    assert np.array_equal(np.broadcast_to(indices(regular, shape[:-1], shape[-1]), shape), places)
    if places.size > 2 and max(shape) > 2:
        places.flat[-1] += 1000
        odd = fitted(Space.ROW, places)
        assert odd.table is not None
        assert np.array_equal(indices(odd, shape[:-1], shape[-1]), places)
