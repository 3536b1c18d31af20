"""Columns hold the entries that they stand for, and derivatives go back to their entries."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from microgradx.compile.paths.packing import Packer
from microgradx.compile.rows.arguments import batch
from microgradx.compile.tracing.recording import Column

from .test_arguments import GRID

SHAPES = [[(), (2,)], [(3,)], [(2, 2), (), (2,)], [()], [(1,)], [(2, 3, 2)]]


LAID = {
    "in order": np.array,
    "column by column": np.asfortranarray,
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "last row first": lambda x: x[::-1].copy()[::-1],
    "last entry first": lambda x: np.flip(np.flip(x, -1).copy(), -1),
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
}


@pytest.mark.parametrize("laid", LAID.values(), ids=LAID)
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("order", ["as it is", "reversed", "every other"])
def test_columns_hold_the_entries_they_stand_for(shapes, order, laid):
    """Whatever entries of the arguments are inputs, in whatever order and memory, each column is its entry."""
    columns = [Column(a, place) for a, shape in enumerate(shapes) for place in np.ndindex(*shape)]
    columns = {"as it is": columns, "reversed": columns[::-1], "every other": columns[1::2]}[order]
    rng = np.random.default_rng(1)
    given = [laid(rng.normal(size=(5, *shape))) for shape in shapes]
    rows = batch(given, "abc", frozenset())
    matrix = Packer(columns, rows.shapes, "abc").matrix(rows)
    assert matrix.shape == (5, len(columns))
    assert matrix.flags.c_contiguous
    for i, column in enumerate(columns):
        np.testing.assert_array_equal(matrix[:, i], given[column.argument][(slice(None), *column.place)])


@pytest.mark.parametrize("count", [0, 1, 4])
def test_one_matrix_is_passed_as_it_is(count):
    """A C-contiguous float64 matrix whose columns are the inputs in order is not copied; any other is."""
    packer = Packer([Column(0, (i,)) for i in range(6)], [(6,)], "x")
    whole = np.zeros((count, 6))
    assert packer.matrix(batch([whole], "x", frozenset())) is whole
    strided = np.zeros((6, 4)).T
    copied = packer.matrix(batch([strided], "x", frozenset()))
    assert copied is not strided
    assert copied.flags.c_contiguous


def test_a_column_out_of_order_is_not_passed_as_it_is():
    """Two columns exchanged make a matrix of their own."""
    rows = batch([GRID], "x", frozenset())
    for places in permutations(range(3)):
        columns = [Column(0, (i,)) for i in (*places, 3, 4, 5)]
        np.testing.assert_array_equal(Packer(columns, rows.shapes, "x").matrix(rows)[:, :3], GRID[:, list(places)])


def test_categories_are_one_where_the_index_is():
    """The columns of an index are 1.0 in the rows where it is that category, else 0.0."""
    columns = [Column(1, (), category=c) for c in range(3)] + [Column(0)]
    rows = batch([[5.0, 6.0, 7.0], [2, 0, 1]], "xi", frozenset([1]))
    found = Packer(columns, rows.shapes, "xi", frozenset([1])).matrix(rows)
    assert found.tolist() == [[0, 0, 1, 5], [1, 0, 0, 6], [0, 1, 0, 7]]


def test_categories_of_lists_of_indices():
    """Each entry of a list of indices has columns of its own."""
    columns = [Column(0, (j,), category=c) for j in range(2) for c in range(2)]
    rows = batch([[[0, 1], [1, 1]]], "i", frozenset([0]))
    assert Packer(columns, rows.shapes, "i", frozenset([0])).matrix(rows).tolist() == [[1, 0, 0, 1], [0, 1, 0, 1]]


@pytest.mark.parametrize("wrong", [-1, 3, 1000])
def test_an_index_out_of_range_is_refused(wrong):
    """The error names row, number and range; only the rows asked for are looked at."""
    columns = [Column(0, (1,), category=c) for c in range(3)]
    rows = batch([[[9, 2], [9, wrong]]], "i", frozenset([0]))
    packer = Packer(columns, rows.shapes, "i", frozenset([0]))
    with pytest.raises(IndexError, match=rf"i\[1, 1\] is {wrong}.*3 entries.*from 0 to 2"):
        packer.check(rows)
    packer.check(rows, np.array([0]))


def test_derivatives_go_back_to_their_entries():
    """What belongs to columns lands at the entries of the arguments, 0 where an entry is no input, none for indices."""
    columns = [Column(2), Column(0, (1,)), Column(1, (), category=0), Column(0, (0,))]
    packer = Packer(columns, [(3,), (), ()], "xiy", frozenset([1]))
    dense = packer.dense(np.array([[10.0, 20.0, 30.0, 40.0]]))
    assert dense.tolist() == [[40.0, 20.0, 0.0, 10.0]]
    assert packer.spread(dense).tolist() == [[10.0, 20.0, 0.0, 40.0]]


@pytest.mark.parametrize("order", [1, -1])
def test_the_last_category_of_each_entry_is_found(order: int) -> None:
    """An index may be as large as the largest category that any column asks for, whatever the order of columns."""
    asked = [((1, 0), 2), ((0, 1), 0), ((1, 0), 4), ((0, 1), 3), ((1, 0), 0)][::order]
    columns = [Column(1), *[Column(0, place, category) for place, category in asked], Column(2, (1,)), Column(2, (0,))]
    rows = batch([[[[9, 3], [4, 9]]], [0.5], [[0.25, 0.75]]], ["i", "x", "y"], frozenset([0]))
    packer = Packer(columns, rows.shapes, ("i", "x", "y"), frozenset([0]))
    at = {(0, 1): 3, (1, 0): 4}
    assert packer.matrix(rows).tolist() == [[0.5, *[float(at[place] == c) for place, c in asked], 0.75, 0.25]]
    packer.check(rows)
    for wrong, last in (([[9, 4], [4, 9]], 3), ([[9, 3], [5, 9]], 4)):
        with pytest.raises(IndexError, match=f"from 0 to {last}$"):
            packer.check(batch([[wrong], [0.5], [[0.25, 0.75]]], ["i", "x", "y"], frozenset([0])))
