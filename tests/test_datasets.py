"""The data sets: shapes, counts, geometry, seeds, and what wrong arguments are told."""

import math
import sys

import numpy
import pytest

from microgradx import datasets
from microgradx.errors import ShapeError

DRAWN = [datasets.linear, datasets.moons, datasets.circles, datasets.spiral]
ALL = {
    datasets.mcycle: (133, 1),
    datasets.xor: (4, 2),
    datasets.linear: (100, 2),
    datasets.moons: (100, 2),
    datasets.circles: (100, 2),
    datasets.spiral: (150, 2),
    datasets.iris: (150, 4),
    datasets.digits: (1797, 64),
}
CLASSES = {datasets.xor: 2, datasets.spiral: 3, datasets.iris: 3, datasets.digits: 10}


@pytest.mark.parametrize("load", ALL)
def test_shape(load):
    """Each data set is a list of rows of floats, and a list with one entry a row."""
    X, y = load()
    assert (len(X), {len(x) for x in X}) == (ALL[load][0], {ALL[load][1]})
    assert {type(X), type(X[0]), type(y)} == {list}
    assert {type(xᵢ) for x in X for xᵢ in x} == {float}
    assert len(y) == len(X)


@pytest.mark.parametrize("load", [load for load in ALL if load is not datasets.mcycle])
def test_classes(load):
    """Classes are ints from 0 without a gap."""
    _, y = load()
    assert {type(c) for c in y} == {int}
    assert sorted(set(y)) == list(range(CLASSES.get(load, 2)))


def test_mcycle_numbers():
    """The motorcycle measurements are all there: extremes, order, distinct times and sums."""
    X, y = datasets.mcycle()
    assert (X[0], X[-1], min(y), max(y)) == ([2.4], [57.6], -134.0, 75.0)
    assert sorted(X) == X
    assert len({x[0] for x in X}) == 94
    assert (round(math.fsum(x[0] for x in X), 6), round(math.fsum(y), 6)) == (3348.8, -3397.6)


@pytest.mark.parametrize("draw", DRAWN)
def test_seed(draw):
    """The same seed draws the same points in the same order, another seed others."""
    assert draw(30, seed=5) == draw(30, seed=5) != draw(30, seed=6)


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("n", [3, 10, 101])
def test_balance(draw, n):
    """Class sizes differ by at most one, and the classes come mixed."""
    _, y = draw(n)
    counts = [y.count(c) for c in sorted(set(y))]
    assert sum(counts) == n
    assert max(counts) - min(counts) <= 1
    assert n < 100 or y != sorted(y)


GEOMETRY = {
    datasets.linear: lambda x, c: (x[0] + x[1]) / math.sqrt(2) >= 0.3 if c else (x[0] + x[1]) / math.sqrt(2) <= -0.3,
    datasets.moons: lambda x, c: (
        math.isclose(math.hypot(x[0] - c, x[1] - 0.5 * c), 1.0) and (x[1] < 0.5 if c else x[1] > 0.0)
    ),
    datasets.circles: lambda x, c: math.isclose(math.hypot(*x), 0.3 if c else 1.0),
    datasets.spiral: lambda x, c: math.isclose(
        math.cos(math.atan2(x[1], x[0]) - 2 * math.pi * (0.5 * math.hypot(*x) + c / 3)), 1.0
    ),
}


@pytest.mark.parametrize("draw", DRAWN)
def test_geometry(draw):
    """Without noise each point lies where the docstring says, and no two coincide."""
    options = {datasets.linear: {"margin": 0.3}, datasets.circles: {"factor": 0.3}, datasets.spiral: {"turns": 0.5}}
    X, y = draw(200, noise=0.0, **options.get(draw, {}))
    assert all(GEOMETRY[draw](x, c) for x, c in zip(X, y, strict=True))
    assert len({tuple(x) for x in X}) == 200


def test_geometry_can_fail():
    """The geometry of the moons refuses a point with the other class."""
    X, y = datasets.moons(50, noise=0.0)
    assert not any(GEOMETRY[datasets.moons](x, 1 - c) for x, c in zip(X, y, strict=True))


@pytest.mark.parametrize("draw", DRAWN)
def test_noise(draw):
    """The noise has the standard deviation asked for: its sum of squares over 2·10⁴ numbers is within 5 %."""
    (still, _), (noisy, _) = draw(10_000, noise=0.0), draw(10_000, noise=0.25)
    squares = math.fsum((a - b) ** 2 for p, q in zip(still, noisy, strict=True) for a, b in zip(p, q, strict=True))
    assert squares / 20_000 == pytest.approx(0.0625, rel=0.05)


WRONG = [
    (lambda: datasets.moons(0), ValueError, "number of points.* at least 2, not 0"),
    (lambda: datasets.moons(1), ValueError, "at least 2, not 1"),
    (lambda: datasets.circles(2.5), ValueError, "whole number.*not 2.5"),
    (lambda: datasets.linear(True), ValueError, "not True"),
    (lambda: datasets.spiral(2), ValueError, "at least 3, not 2"),
    (lambda: datasets.spiral(9, classes=1), ValueError, "number of classes.*not 1"),
    (lambda: datasets.moons(10, noise=-0.1), ValueError, "noise.*not -0.1"),
    (lambda: datasets.moons(10, noise=math.nan), ValueError, "noise.*not nan"),
    (lambda: datasets.linear(10, margin=-1.0), ValueError, "margin.*not -1.0"),
    (lambda: datasets.circles(10, factor=1.5), ValueError, "factor.*not 1.5"),
    (lambda: datasets.split([[1.0]], [1, 2]), ShapeError, "X has 1 rows, y has 2 entries"),
    (lambda: datasets.split([[1.0]] * 4, [0] * 4, fraction=0.0), ValueError, "between 0 and 1, not 0.0"),
    (lambda: datasets.split([[1.0]] * 4, [0] * 4, fraction=1), ValueError, "between 0 and 1, not 1"),
    (lambda: datasets.split([[1.0]] * 4, [0] * 4, fraction=math.nan), ValueError, "not nan"),
    (lambda: datasets.split([[1.0]] * 4, [0] * 4, fraction=0.1), ValueError, "holds out 0 of 4"),
    (lambda: datasets.split([], []), ValueError, "holds out 0 of 0"),
    (lambda: datasets.standardize([]), ValueError, "at least one"),
    (lambda: datasets.standardize([[1.0, 2.0], [1.0]]), ShapeError, r"2 entries, but X\[1\] has 1"),
    (lambda: datasets.standardize([[1.0, 2.0], 1.0]), ShapeError, "rows or a list of numbers, not both"),
    (lambda: datasets.standardize([[1.0, math.nan]]), ValueError, r"X\[0\]\[1\] is nan"),
    (lambda: datasets.standardize([[1.0, "a"]]), TypeError, r"X\[0\]\[1\] is no number, but 'a'"),
    (lambda: datasets.standardize([[1.0]], ([0.0, 0.0], [1.0, 1.0])), ShapeError, r"2 entries, but X\[0\] has 1"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_arguments(call, error, message):
    """A wrong argument is refused with its value and what is needed instead."""
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("load", [datasets.iris, datasets.digits])
def test_missing_scikit_learn(load, monkeypatch):
    """Without scikit-learn the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r'python -m pip install "microgradx\[data\]"'):
        load()


@pytest.mark.parametrize("stratified", [False, True])
def test_split_is_a_partition(stratified):
    """Each example lands in exactly one part, with its own y, and the part held out has the size asked for."""
    X, y = datasets.spiral(150)
    train, test = datasets.split(X, y, fraction=0.3, stratified=stratified, seed=7)
    assert [len(part) for pair in (train, test) for part in pair] == [105, 105, 45, 45]
    pairs = [(x, c) for part in (train, test) for x, c in zip(*part, strict=True)]
    assert sorted(pairs) == sorted(zip(X, y, strict=True))


def test_split_stratified():
    """A stratified split keeps the proportion of the classes, of texts too; a plain one need not."""
    X = [[float(i)] for i in range(100)]
    y = ["rare"] * 10 + ["common"] * 90
    assert [datasets.split(X, y, stratified=True, seed=s)[1][1].count("rare") for s in range(10)] == [2] * 10
    assert len({datasets.split(X, y, seed=s)[1][1].count("rare") for s in range(10)}) > 1


def test_split_seed():
    """The same seed makes the same split, another seed another, and X itself stays in its order."""
    X, y = datasets.moons(40)
    before = list(X)
    assert datasets.split(X, y, seed=1) == datasets.split(X, y, seed=1) != datasets.split(X, y, seed=2)
    assert before == X


def test_standardize():
    """Each column gets mean 0 and standard deviation 1; the statistics undo it; X is left alone."""
    X, _ = datasets.iris()
    Z, (mean, sd) = datasets.standardize(X)
    for column in zip(*Z, strict=True):
        assert math.fsum(column) / 150 == pytest.approx(0.0, abs=1e-14)
        assert math.fsum(z * z for z in column) / 150 == pytest.approx(1.0, rel=1e-14)
    back = [[z * s + m for z, m, s in zip(row, mean, sd, strict=True)] for row in Z]
    assert [xᵢ for x in back for xᵢ in x] == pytest.approx([xᵢ for x in X for xᵢ in x], rel=1e-14)
    assert datasets.iris()[0] == X


def test_standardize_other_data():
    """Data scaled with given statistics use these, and a plain list of numbers scales like one column."""
    _, statistics = datasets.standardize([[0.0, 1.0], [2.0, 5.0]])
    assert datasets.standardize([[1.0, 7.0]], statistics) == ([[0.0, 2.0]], ([1.0, 3.0], [1.0, 2.0]))
    _, y = datasets.mcycle()
    z, (mean, sd) = datasets.standardize(y)
    assert [[zᵢ] for zᵢ in z] == datasets.standardize([[yᵢ] for yᵢ in y])[0]
    assert datasets.standardize(y[:3], (mean, sd))[0] == z[:3]


class Table:
    """A table as pandas has it: its entries are columns, and `to_numpy` gives its rows."""

    def __init__(self, rows):
        self.rows = numpy.array(rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, column):
        raise KeyError(column)

    def to_numpy(self):
        return self.rows


@pytest.mark.parametrize("kind", [Table, numpy.array, lambda rows: numpy.array(rows, "float32")])
def test_tables_and_arrays_are_lists_of_rows(kind):
    """Tables and arrays are standardized and split as the lists of their rows are."""
    rows, y = [[1.0, 2.0], [2.0, 4.0], [3.0, 0.0], [5.0, 1.0]], [0, 1, 0, 1]
    assert datasets.standardize(kind(rows)) == datasets.standardize(rows)
    assert datasets.standardize(kind(y)) == datasets.standardize(y)
    split = datasets.split(kind(rows), kind(y), fraction=0.5, stratified=True)
    assert split == datasets.split(rows, y, fraction=0.5, stratified=True)


def test_standardize_constant_column():
    """A constant column becomes exactly 0, however its mean would round."""
    Z, (_, sd) = datasets.standardize([[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]])
    assert ([row[0] for row in Z], sd[0]) == ([0.0, 0.0, 0.0], 1.0)
