"""Paths are kept, listed as inequalities and limited in number, and an error on one names its row and branch."""

from __future__ import annotations

import pytest

import microgradx as mx
from microgradx.compile.paths.routes import opposite
from microgradx.errors import DomainError, ShapeError, TraceError


def test_paths_are_listed_as_inequalities():
    """`paths` names the comparisons that lead to each path, as they hold there, and the rows of the last call."""
    program = mx.compile(lambda x: x[0] * 2 if x[0] > 0 else x[1] if x[1] <= 1 else x[2], target="numpy")
    assert program.paths == []
    program([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [-1.0, 2.0, 0.0], [-2.0, 2.0, 0.0]])
    assert [(p.guards, p.rows) for p in program.paths] == [
        (("x[0] > 0.0",), 1),
        (("x[0] <= 0.0", "x[1] <= 1.0"), 1),
        (("x[0] <= 0.0", "x[1] > 1.0"), 2),
    ]
    program([[1.0, 0.0, 0.0]])
    assert [p.rows for p in program.paths] == [1, 0, 0]
    assert repr(program.paths[1]) == "x[0] <= 0.0 and x[1] <= 1.0: 0 rows"


@pytest.mark.parametrize(
    ("guard", "expected"),
    [("x > 0.0", "x <= 0.0"), ("a <= b", "a > b"), ("x >= 1", "x < 1"), ("a < b", "a >= b"), ("odd", "not (odd)")],
)
def test_the_opposite_of_a_comparison(guard, expected):
    """What does not hold is printed as what holds instead."""
    assert opposite(guard) == expected


@pytest.mark.filterwarnings("ignore:the function itself changes this")
def test_paths_are_kept():
    """A row whose path is known does not call the function again."""
    calls = []

    def f(x):
        calls.append(1)
        return x * 2 if x > 0 else x * 3

    program = mx.compile(f, target="numpy")
    program([1.0, -1.0])
    traced = len(calls)
    assert traced == 4  # each path once on traced numbers, and once on Values
    program.gradients([1.0, -1.0, 5.0])
    assert len(calls) <= traced + 5  # what the sentinel looks at


def test_too_many_paths_are_an_error():
    """The number of paths is limited; the error says where they come from and what to write instead."""

    def f(x):
        n = 0
        while x > n:
            n += 1
        return x * n

    program = mx.compile(f, target="numpy", max_paths=4)
    assert program([0.0, 1.0, 2.0, 3.0]).tolist() == [0.0, 1.0, 4.0, 9.0]
    with pytest.raises(TraceError, match=r"more than 4 paths.*max_paths=16"):
        program([7.0])
    assert program([3.0, 1.0]).tolist() == [9.0, 1.0]


def test_strict_paths_are_explained():
    """Where strict=True makes lookups and `where` into paths, as in Hessians, the error says so."""
    table = [1.0, 2.0, 3.0]
    program = mx.compile(
        lambda x, i: mx.lookup(table, i) * x, indices="i", strict=True, max_paths=2, target="numpy", cache=False
    )
    with pytest.raises(TraceError, match=r"strict=True.*lookup.*max_paths=8"):
        program.hessian([1.0, 1.0, 1.0], [0, 1, 2])
    assert program([1.0, 1.0, 1.0], [0, 1, 2]).tolist() == table


def test_paths_need_the_same_outputs():
    """A function that gives one number here and a list there is refused, with both branches named."""
    program = mx.compile(lambda x: [x, x] if x > 0 else x, target="numpy")
    program([1.0])
    with pytest.raises(ShapeError, match=r"one number where x <= 0.0, but a list of 2 where x > 0.0"):
        program([1.0, -1.0])
    lists = mx.compile(lambda x: [x, x] if x > 0 else [x, x, x], target="numpy")
    with pytest.raises(ShapeError, match=r"a list of 3 where x <= 0.0, but a list of 2"):
        lists([1.0, -1.0])


def test_an_error_names_the_row():
    """An error that arises while a row is traced says which row that is."""

    def f(x):
        if x > 2:
            raise RuntimeError("too large")
        return x

    program = mx.compile(f, target="numpy")
    with pytest.raises(RuntimeError, match="too large") as caught:
        program([1.0, 2.0, 3.0])
    assert "row 2" in "".join(caught.value.__notes__)


def test_errors_of_the_function_come_through():
    """What the function itself raises under trace is not wrapped."""
    program = mx.compile(lambda x: [][0], target="numpy")
    with pytest.raises(IndexError):
        program([1.0])
    with pytest.raises(DomainError):
        mx.compile(lambda x: mx.log(-1.0) + x, target="numpy")([1.0])


def test_paths_are_printed_one_below_the_other():
    """Each path is a line, in which of many comparisons those in the middle are counted; `guards` has all of them."""
    program = mx.compile(lambda x: mx.sum([v if v > 0 else 2 * v for v in x]), target="numpy")
    assert repr(program.paths) == "no row has taken a path yet"
    program([[1.0] * 12, [-1.0] * 12, [-1.0] * 12])
    lines = repr(program.paths).splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["1 row", "2 rows"]
    assert lines[0].startswith("x[0] > 0.0 and x[1] > 0.0 and ")
    assert lines[0].endswith("x[3] > 0.0 and 7 more and x[11] > 0.0: 1 row")
    assert [len(each.guards) for each in program.paths] == [12, 12]
    short = mx.compile(lambda x: mx.sum([v if v > 0 else 2 * v for v in x]), target="numpy")
    short([[1.0] * 5])
    assert repr(short.paths) == " and ".join(f"x[{i}] > 0.0" for i in range(5)) + ": 1 row"


def test_long_paths_are_printed_in_short():
    """Of long comparisons, and of many, lines of about a hundred letters show begin and end; `guards` has all of it."""
    weights = [mx.Value(0.1 * i, f"w{i}") for i in range(40)]

    def f(x):
        z = [mx.dot(weights[i : i + 3], x) + weights[i + 3] for i in range(0, 40, 4)]
        return mx.sum([v if v > 0 else mx.tanh(v * x[0]) for v in z])

    program = mx.compile(f, weights, target="numpy")
    program([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])
    line = "w0*x[0] + … + w3 > 0.0 and w4*x[0] + … + w7 > 0.0 and 7 more and w36*x[0] + … + w39 > 0.0: 1 row"
    assert repr(program.paths).splitlines()[0] == line
    assert program.paths[0].guards[0] == "w0*x[0] + w1*x[1] + w2*x[2] + w3 > 0.0"
    told = [text for text in str(program.explain()).splitlines() if "path" in text]
    told += program.source().partition("gradient     ")[0].splitlines()
    assert any("the guards of each of program.paths" in text for text in told)
    assert max(map(len, told)) < 125


def test_rows_of_several_shapes_have_paths_that_are_told_apart():
    """Where sequences of several lengths were seen, each path says of which; of one shape it does not."""
    program = mx.compile(lambda xs: mx.sum(xs) * 2.0, target="numpy")
    program([[1.0, 2.0]])
    assert repr(program.paths) == "no comparison: 1 row"
    program([[1.0, 2.0, 3.0]] * 2)
    assert repr(program.paths) == "xs (2,), no comparison: 0 rows\nxs (3,), no comparison: 2 rows"
