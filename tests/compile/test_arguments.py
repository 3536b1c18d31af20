"""Arguments: what is rows of real numbers is taken as it is meant, and everything else is refused clearly."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from microgradx import Value
from microgradx.compile.rows.arguments import batch
from microgradx.errors import ShapeError

GRID = np.arange(24.0).reshape(4, 6)


class Sparse:
    """Looks as the sparse matrices of SciPy do, of which some cannot be indexed."""

    def __iter__(self):
        raise TypeError("not subscriptable")

    def toarray(self):
        """Return the entries."""
        return GRID


TAKEN = [
    # what is given, and the array that it stands for
    ([1, 2.5, -3], [1.0, 2.5, -3.0]),
    ((1, 2), [1.0, 2.0]),
    ([[1, 2], (3, 4)], [[1.0, 2.0], [3.0, 4.0]]),
    ([np.array([1, 2]), [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
    ([Fraction(1, 2), np.float32(0.25), np.int8(3)], [0.5, 0.25, 3.0]),
    ([[[1], [2]], [[3], [4]]], [[[1.0], [2.0]], [[3.0], [4.0]]]),
    (range(3), [0.0, 1.0, 2.0]),
    ((i * i for i in range(3)), [0.0, 1.0, 4.0]),
    ([float("nan"), float("inf")], [np.nan, np.inf]),
    ([], np.zeros(0)),
    ([[], []], np.zeros((2, 0))),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array([1, 2], dtype=object), [1.0, 2.0]),
    (np.array([[Fraction(1, 4)]], dtype=object), [[0.25]]),
    (GRID[::-1], GRID[::-1].copy()),
    (GRID[:, ::2], GRID[:, ::2].copy()),
    (GRID.T, GRID.T.copy()),
    (np.broadcast_to(1.0, (3,)), [1.0, 1.0, 1.0]),
    *[
        (np.array([1, 2, 3], dtype), [1.0, 2.0, 3.0])
        for dtype in ("i1", "u2", "i4", "i8", "f2", "f4", ">f8", ">i4", "g")
    ],
]

REFUSED = [
    # what is given, the error, and words that it must have
    (3.0, ShapeError, ["'x'", "one entry for each row", "program([x], [y])"]),
    (np.array(3.0), ShapeError, ["'x'", "one entry for each row"]),
    ([[1, 2], [3]], ShapeError, ["x[1] has 1", "2"]),
    ([[1, 2], 3], ShapeError, ["x[1] is 3", "lists of 2"]),
    ([1, [2]], ShapeError, ["x[1]", "single numbers"]),
    ([[[1], [2]], [[1], [2, 3]]], ShapeError, ["x[1][1] has 2"]),
    (["a"], TypeError, ["x[0] is 'a'", "real number"]),
    ("ab", TypeError, ["'ab'"]),
    ([None], TypeError, ["x[0] is None", "fill it in, or drop the row"]),
    ({1.0}, TypeError, ["x is {1.0}", "lists or arrays of numbers"]),
    ([range(2)], TypeError, ["x[0] is range(0, 2)", "lists or arrays of numbers"]),
    (Sparse(), TypeError, ["x is", "Sparse", "it is sparse: write x.toarray()"]),
    ([Sparse()], TypeError, ["x[0] is", "Sparse", "it is sparse: write x.toarray()"]),
    (None, TypeError, ["x is None"]),
    ([True, 0.5], TypeError, ["x[0] is True", "1.0 and 0.0"]),
    ([1.0, 2j], TypeError, ["x[1] is 2j", ".real"]),
    ([Decimal(1)], TypeError, ["Decimal", "float(...)"]),
    ([Value(1.0)], TypeError, ["x[0] is Value(1.0", "v.data"]),
    (Value(1.0), TypeError, ["v.data"]),
    ({1: 2}, TypeError, ["{1: 2}"]),
    ([10**400], OverflowError, ["beyond the range of floats"]),
    (np.array([True, False]), TypeError, ["'x' holds truth values", "x.astype(float)"]),
    (np.array([1j]), TypeError, ["complex", ".real"]),
    (np.array(["a"]), TypeError, ["strings"]),
    (np.array([datetime.date(2020, 1, 1)], "M8[D]"), TypeError, ["dates"]),
    (np.zeros(2, [("a", "f8")]), TypeError, ["'x' holds"]),
    (np.ma.masked_array([1.0, 2.0], [False, True]), TypeError, ["masked", "filled"]),
    (np.array([1.0, "b"], dtype=object), TypeError, ["x[1] is 'b'"]),
]

ALONE = [
    # one entry among numbers, and what is said of it, or the number that it stands for
    (True, TypeError, "{} is True of type bool, where a real number is needed; write 1.0 and 0.0"),
    (np.True_, TypeError, "{} is True of type bool, where a real number is needed; write 1.0 and 0.0"),
    ("1.0", TypeError, "{} is '1.0' of type str, where a real number is needed"),
    (None, TypeError, "{} is None of type NoneType, where a real number is needed"),
    (2j, TypeError, "{} is 2j of type complex, where a real number is needed; take x.real"),
    (Decimal("0.5"), TypeError, "{} is Decimal('0.5') of type Decimal, where a real number is needed"),
    (Value(1.0), TypeError, "{} is Value(1.0, grad=0.0), but a program takes plain numbers; write v.data for the"),
    ([1.0], ShapeError, "{} is a list, [1.0], where the entries before it are single numbers"),
    (10**400, OverflowError, "{} is a whole number beyond the range of floats"),
    (Fraction(1, 3), None, 1 / 3),
    (np.float64(0.1), None, 0.1),
    (np.float32(0.1), None, float(np.float32(0.1))),
    (np.float16(0.1), None, float(np.float16(0.1))),
    (np.int64(2**53 + 1), None, 2.0**53),
    (np.uint64(2**64 - 1), None, 2.0**64),
    (np.int8(-3), None, -3.0),
    (np.array(0.5), None, 0.5),
    (2**53 + 1, None, 2.0**53),
    (2**70 + 2**17 + 1, None, 2.0**70 + 2**18),
    (-(10**308), None, -1e308),
    (-0.0, None, -0.0),
    (float("nan"), None, float("nan")),
    (float("-inf"), None, float("-inf")),
]

WHOLE = [[0, 2, 1], np.array([0, 2, 1], np.uint8), np.array([0.0, 2.0, 1.0]), [0.0, 2, np.int16(1)]]
NOT_WHOLE = [
    ([0, 1.5], ["i[1] is 1.5", "indices="]),
    ([float("nan")], ["i[0] is nan"]),
    ([float("inf")], ["i[0] is inf"]),
    ([[0, 1], [2, 0.5]], ["i[1, 1] is 0.5"]),
]


def arrays(*given, names=("x", "y", "z"), indices=()):
    """Return the arrays of a batch."""
    return batch(given, names, frozenset(indices)).arrays


@pytest.mark.parametrize(("given", "expected"), TAKEN)
def test_rows_of_real_numbers_become_float64(given, expected):
    """Lists, tuples, arrays of every real type, order and stride mean the numbers that they hold."""
    (found,) = arrays(given)
    assert found.dtype == np.float64
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, np.array(expected, np.float64), strict=True)


@pytest.mark.parametrize(("given", "error", "words"), REFUSED)
def test_what_is_no_row_of_real_numbers_is_refused(given, error, words):
    """The error names the argument, the entry, its value, and the way out."""
    with pytest.raises(error) as caught:
        arrays(given)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("place", [(0,), (2,), (1, 0), (2, 1), (2, 0, 1)])
@pytest.mark.parametrize(("entry", "error", "expected"), ALONE)
def test_one_entry_among_many_is_looked_at_for_itself(entry, error, expected, place):
    """Numbers side by side are taken all at once, and yet each other entry is named, or stands for its own number."""
    given = np.arange(1.0, 1.0 + 3 * 2 ** (len(place) - 1)).reshape(3, *[2] * (len(place) - 1)).tolist()
    whole = np.array(given)
    innermost = given
    for i in place[:-1]:
        innermost = innermost[i]
    innermost[place[-1]] = entry
    if error is None:
        whole[place] = expected
        assert arrays(given)[0].tobytes() == whole.tobytes()
        return
    with pytest.raises(error) as caught:
        arrays(given)
    if place[-1] == 0 and isinstance(entry, list):  # the first entry says how deep the lists are
        return
    assert expected.format("x" + "".join(f"[{i}]" for i in place)) in str(caught.value)


def test_a_list_that_holds_itself_is_refused():
    """Lists that are nested without end are an error, and not a wait without end."""
    given = []
    given.append(given)
    with pytest.raises(ShapeError, match=r"x(\[0\])+ is a list"):
        arrays(given)


def test_float64_is_not_copied():
    """An array of float64 is taken as it is, whatever its strides."""
    for x in (GRID, GRID[::2, ::-1], GRID.T):
        assert arrays(x)[0] is x


@pytest.mark.parametrize("given", WHOLE)
def test_whole_numbers_are_indices(given):
    """An index may be of any real type, as long as it is whole."""
    assert arrays(given, indices=[0])[0].tolist() == [0.0, 2.0, 1.0]


@pytest.mark.parametrize(("given", "words"), NOT_WHOLE)
def test_an_index_that_is_not_whole_is_refused(given, words):
    """The error names the row and the number."""
    with pytest.raises(ValueError, match="index") as caught:
        arrays(given, names=("i",), indices=[0])
    for word in words:
        assert word in str(caught.value)


def test_truth_values_are_no_indices():
    """True is no index either."""
    with pytest.raises(TypeError, match="truth values"):
        arrays(np.array([True]), indices=[0])


def test_arguments_need_as_many_rows():
    """Both numbers of rows, and both names, are in the error."""
    with pytest.raises(ShapeError, match=r"'x' has 2, but 'y' has 3") as caught:
        arrays([1, 2], [1, 2, 3])
    assert "(2,)" in str(caught.value)


def test_no_arguments_are_one_row():
    """A function of nothing has one row."""
    assert batch((), (), frozenset()).size == 1
