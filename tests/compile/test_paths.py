"""Paths: each row runs along its own branch, whatever rows came before it and stand beside it."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value

TARGETS = ["numpy", "llvm"]


def halves(x):
    """Exponential above 0, sine below: two paths."""
    return mx.exp(x) if x > 0 else mx.sin(x)


def ladder(x, y):
    """Several ifs in a row and inside each other."""
    z = x * y
    if x > 1:
        z = z + 1 if y > x else z * 2
    elif y >= 0:
        z = z - x
    if z < -1 and y < 0:
        z = -z
    return z * z + x


def steps(x):
    """As many paths as Newton's iteration takes steps."""
    y = x
    while y * y - x > 1e-6:
        y = (y + x / y) / 2
    return y


def largest(x):
    """Python's own max over Values, by comparisons."""
    best = x[0]
    for xᵢ in x[1:]:
        if xᵢ > best:
            best = xᵢ
    return best * best


def chained(x):
    """A chained comparison, `and`, `or` and `not`."""
    if -1 < x < 1 or not x < 3:
        return x * 2
    return x * 3


FUNCTIONS = [(halves, ((),)), (ladder, ((), ())), (steps, ((),)), (largest, ((4,),)), (chained, ((),))]
CASES = [pytest.param(f, shapes, id=f.__name__) for f, shapes in FUNCTIONS]


def rows_of(shapes, n, seed):
    """Return n rows, of numbers that stand on the edges of branches too."""
    rng = np.random.default_rng(seed)
    rows = [
        np.where(rng.random((n, *s)) < 0.3, rng.integers(-1, 4, (n, *s)), rng.normal(1, 2, (n, *s))) for s in shapes
    ]
    return [abs(x) + 1 for x in rows] if shapes == ((),) and seed == 99 else rows


def as_values(x):
    """Return nested lists as nested lists of Values."""
    return [as_values(e) for e in x] if isinstance(x, list) else Value(x)


def eager(f, rows):
    """Return values, and gradients by argument, row by row."""
    values, gradients = [], [np.zeros(np.shape(x)) for x in rows]
    for i, row in enumerate(zip(*[np.asarray(x).tolist() for x in rows], strict=True)):
        arguments = [as_values(x) for x in row]
        y = f(*arguments)
        values.append(y.data if isinstance(y, Value) else y)
        for a, gradient in zip(arguments, gradients, strict=True):
            leaves = a if isinstance(a, list) else [a]
            gradient[i] = np.reshape(mx.grad(y, leaves), gradient[i].shape)
    return values, gradients


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("f", "shapes"), CASES)
def test_every_row_takes_its_own_branch(f, shapes, target):
    """Values and gradients equal those of Values for rows of all branches in any order, in one call and in several."""
    program = mx.compile(f, target=target)
    for n, seed in ((1, 0), (40, 1), (7, 2), (40, 3)):
        rows = rows_of(shapes, n, seed)
        if f is steps:
            rows = [abs(rows[0]) + 1.0]
        values, gradients = eager(f, rows)
        found = program.gradients(*rows)
        np.testing.assert_allclose(program(*rows), values, rtol=1e-12)
        for a, b in zip([found] if len(rows) == 1 else found, gradients, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert len(program.paths) > 1


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("f", "shapes"), CASES)
def test_strict_rows_are_equal_bit_for_bit(f, shapes, target):
    """With strict=True rows of all branches are equal to Values bit for bit."""
    rows = rows_of(shapes, 25, 4)
    if f is steps:
        rows = [abs(rows[0]) + 1.0]
    values, gradients = eager(f, rows)
    program = mx.compile(f, target=target, strict=True)
    assert program(*rows).tolist() == values
    found = program.gradients(*rows)
    for a, b in zip([found] if len(rows) == 1 else found, gradients, strict=True):
        assert a.tolist() == b.tolist()


def test_the_order_of_rows_changes_nothing():
    """Rows in any order give the same numbers, each in its own place."""
    (x,) = rows_of(((),), 50, 5)
    program = mx.compile(halves, target="numpy")
    expected = program(x)
    order = np.random.default_rng(6).permutation(50)
    assert program(x[order]).tolist() == expected[order].tolist()
    fresh = mx.compile(halves, target="numpy")
    assert fresh(x[order]).tolist() == expected[order].tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_a_sum_over_rows_goes_along_all_paths(target):
    """The mean and its gradient are those over all rows, each along its own path, with the weight 1/n."""
    w, v = Value(0.7, "w"), Value(-0.4, "v")

    def f(x):
        return w * x * x if w * x > 0.2 else (v * x if x > -1 else v * v * x)

    program = mx.compile(f, [w, v], target=target)
    for n in (1, 3, 33):
        (x,) = rows_of(((),), n, n)
        outputs = [f(Value(e)) for e in x.tolist()]
        mean, gradient = program.value_and_grad(x)
        assert mean == pytest.approx(sum(y.data for y in outputs) / n, rel=1e-12)
        expected = np.mean([mx.grad(y, [w, v]) for y in outputs], axis=0)
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)


def test_comparisons_of_parameters_alone_are_guards_too():
    """A branch on a parameter is taken as the parameter is now, not as it was when it was traced."""
    w = Value(1.0, "w")
    program = mx.compile(lambda x: x * w if w > 0 else x - w, [w], target="numpy")
    assert program([3.0]).tolist() == [3.0]
    w.data = -1.0
    assert program([3.0]).tolist() == [4.0]
    w.data = 2.0
    assert program([3.0]).tolist() == [6.0]
    assert program.value_and_grad([3.0], at=[-5.0]) == (8.0, pytest.approx([-1.0]))


def test_nan_rows_take_the_branch_that_nan_takes():
    """Comparisons with NaN are false, in a row as on Values."""
    program = mx.compile(lambda x: x * 2 if x > 0 else x * 0 + 5.0 if not x <= 0 else x * 3, target="numpy")
    found = program([math.nan, 1.0, -1.0])
    assert math.isnan(found[0])
    assert found[1:].tolist() == [2.0, -3.0]
    constant = mx.compile(lambda x: 1.0 if x > 0 else 2.0, target="numpy")
    assert constant([math.nan, 3.0]).tolist() == [2.0, 1.0]


@pytest.mark.parametrize("target", TARGETS)
def test_a_branch_that_is_not_taken_contributes_nothing(target):
    """A logarithm behind an if is not computed for the rows that do not go there."""
    program = mx.compile(lambda x: mx.log(x) if x > 0 else x * 0.5, target=target)
    x = [-1.0, 0.0, 1.0, math.e]
    assert program(x).tolist() == pytest.approx([-0.5, 0.0, 0.0, 1.0])
    assert program.gradients(x).tolist() == pytest.approx([0.5, 0.5, 1.0, 1 / math.e])


@pytest.mark.parametrize("target", TARGETS)
def test_where_needs_no_path(target):
    """`where`, `max` and `relu` are choices inside of one path."""
    program = mx.compile(lambda x, y: mx.where(x > y, x * x, y) + mx.max(x, y) + mx.relu(x), target=target)
    assert program([1.0, 2.0], [2.0, 1.0]).tolist() == [5.0, 8.0]
    assert len(program.paths) == 1


def test_a_row_on_an_edge_that_compiled_code_rounds_differently(monkeypatch):
    """A row that compiled guards send away from the path which Values take is run on Values."""
    from microgradx.compile.paths.path import Path

    program = mx.compile(lambda x: x * 2 if x > 0 else x * 3, target="numpy")
    assert program([1.0, -1.0]).tolist() == [2.0, -3.0]
    right = Path.holds

    def wrong(self, result):
        found = right(self, result)
        found = np.ones(len(result.outputs["guards"]), bool) if found is None else found
        found &= result.outputs["values"][:, 0] != 10.0  # as if a rounding had sent the row x = 5 elsewhere
        return None if found.all() else found

    monkeypatch.setattr(Path, "holds", wrong)
    assert program([1.0, 5.0, -1.0]).tolist() == [2.0, 10.0, -3.0]
    assert program.gradients([5.0, -1.0, 5.0]).tolist() == [2.0, 3.0, 2.0]
    w = Value(2.0)
    sums = mx.compile(lambda x: x * w if x > 0 else x * 3, [w], target="numpy")
    assert sums.value_and_grad([1.0, 5.0, -1.0]) == (pytest.approx(3.0), pytest.approx([2.0]))


def test_threads_share_a_program():
    """Calls from several threads at once, which trace new paths, give what one thread gives."""
    (x,) = rows_of(((),), 200, 8)
    expected = mx.compile(halves, target="numpy")(x)
    program = mx.compile(halves, target="numpy")
    found = {}

    def work(k):
        for _ in range(5):
            found[k] = program(x[k:])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[k].tolist() == expected[k:].tolist() for k in range(6))
    assert len(program.paths) == 2


# The sentinel: what a function reads besides Values.


@pytest.mark.parametrize("target", ["numpy", "llvm"])
@pytest.mark.parametrize("n", [3, 20, 200])
def test_strict_gradients_of_several_paths_add_up_in_the_order_of_the_rows(target: str, n: int) -> None:
    """As Values add them: not path by path, which would round otherwise."""
    if target == "llvm":
        pytest.importorskip("llvmlite")
    w = Value(1.1)
    f = lambda x: mx.tanh(w * x) if x > 0 else (w * x) ** 2 if x > -1 else w * x  # noqa: E731
    rows = np.random.default_rng(n).normal(size=n)
    found = mx.compile(f, [w], strict=True, target=target, cache=False).value_and_grad(rows)[1]
    for x in rows.tolist():
        f(Value(x)).backward(1.0 / n)
    assert found.tolist() == [w.grad]
