"""Sums in one call of machine code: those of the kernel's own results, and NaN where a number is not finite."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import mean
from microgradx.compile.backends.llvm.memory import Room
from microgradx.compile.paths.stages import Kind
from microgradx.errors import DomainError


def net(strict=False):
    """Return the compiled squared error of a small net, and rows for it."""
    model = mx.nn.MLP(2, [5, 3, 1], seed=0)
    program = mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), strict=strict, cache=False)
    rng = np.random.default_rng(0)
    return program, (rng.normal(size=(1023, 2)), rng.normal(size=1023))


def kernel_of(program, rows):
    """Return the gradient kernel of a program with one path, its inputs, and the numbers of its leaves."""
    paths, call = program.called(rows)
    program.value_and_grad(*rows)
    (path,) = paths.known
    return path.stages.kernel(Kind.GRADIENT), call.inputs(path), path.read(None)


@pytest.mark.parametrize("strict", [False, True])
def test_sums_are_those_of_all_results(strict):
    """For few and many rows, in any order of calls, the gradient has the kernel's bits, and the sum its values."""
    program, rows = net(strict)
    kernel, inputs, read = kernel_of(program, rows)
    for n in (1023, 1, 7, 8, 9, 100, 1023, 64, 2):
        result = kernel(inputs[:n], None, 1.0 / n)(read)
        total, gradient = kernel.sums(inputs[:n])(read)
        np.testing.assert_array_equal(gradient, result.gradient)
        assert total == pytest.approx(result.outputs["values"].sum(), rel=1e-15)


@pytest.mark.parametrize("length", [1, 3, 40])
def test_numbers_go_where_they_stand_in_runs_of_any_length(length):
    """Parameters used in runs of another order get their own numbers, and give each its own gradient."""
    weights = [Value(0.5 + i, f"w{i}") for i in range(120)]
    order = [i for start in reversed(range(0, 120, length)) for i in range(start, start + length)]
    program = mx.compile(lambda x: mx.dot(x, [weights[i] for i in order]), weights, cache=False)
    x = np.arange(1.0, 121.0)
    value, gradient = program.value_and_grad(x[None])
    expected = np.empty(120)
    expected[order] = x
    assert gradient.tolist() == expected.tolist()
    assert value == pytest.approx(float(expected @ [w.data for w in weights]), rel=1e-14)


@pytest.mark.parametrize("n", [1, 8, 9, 65, 1000, 100_000])
def test_many_values_are_added_in_pairs(n):
    """The sum of n numbers that are no binary fractions is right to the last few bits, as NumPy's is."""
    w = Value(0.1, "w")
    program = mx.compile(lambda x: x * w, [w], cache=False)
    found, _ = program.value_and_grad(np.ones(n))
    assert found == pytest.approx(0.1, rel=1e-15)


SPOILT = [
    (lambda x, w: x * w, np.inf),  # the value, and the gradient
    (lambda x, w: mx.sqrt(w * x), 0.0),  # the gradient alone
    (lambda x, w: mx.tanh(mx.log(x)) * w, -1.0),  # a NaN
    (lambda x, w: mx.tanh(1.0 / x) * w, 0.0),  # an inf that tanh swallows: the domain alone tells
]


@pytest.mark.parametrize("row", [0, 7, 8, 99])
@pytest.mark.parametrize(("f", "bad"), SPOILT)
def test_a_number_that_is_not_finite_is_seen(f, bad, row):
    """Wherever it stands the sum is NaN, and the program gives what it gives without machine code, or its error."""
    w = Value(2.0, "w")
    program, plain = (mx.compile(lambda x: f(x, w), [w], target=target, cache=False) for target in ("llvm", "numpy"))
    x = np.full(100, 0.5)
    kernel, inputs, read = kernel_of(program, [x])
    assert np.isfinite(kernel.sums(inputs)(read)[0])
    x[row] = bad
    assert np.isnan(kernel.sums(x.reshape(-1, 1))(read)[0])
    try:
        expected = plain.value_and_grad(x)
    except DomainError:
        for call in (lambda: program.value_and_grad(x), program.on(x).value_and_grad):
            with pytest.raises(DomainError) as caught:
                call()
            assert caught.value.__notes__ == [f"It arose in row {row}, counted from 0."]
    else:
        for found in (program.value_and_grad(x), program.on(x).value_and_grad()):
            np.testing.assert_allclose(np.hstack(found), np.hstack(expected), rtol=1e-14)


def test_sums_that_overflow_are_no_reason_to_look_again():
    """Finite values may have a sum that is inf: it is returned as it is."""
    w = Value(1e308, "w")
    program = mx.compile(lambda x: x * w, [w], cache=False)
    found, gradient = program.value_and_grad(np.ones(16))
    assert found == np.inf
    assert gradient.tolist() == [1.0]


def test_calls_at_one_time_have_memory_of_their_own():
    """Threads that share bound rows, each at its own point, get what they get alone."""
    program, rows = net()
    bound = program.on(*rows)
    points = [np.full(len(program.parameters), 0.1 * i) for i in range(8)]
    alone = [bound.value_and_grad(at) for at in points]
    wrong = []

    def work(i):
        for _ in range(100):
            found, gradient = bound.value_and_grad(points[i])
            if found != alone[i][0] or (gradient != alone[i][1]).any():
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_gradients_are_the_callers_own():
    """A gradient that was returned stays as it is in later calls, and may be changed."""
    program, rows = net()
    bound = program.on(*rows)
    _, first = bound.value_and_grad()
    kept = first.copy()
    bound.value_and_grad(np.zeros(len(kept)))
    np.testing.assert_array_equal(first, kept)
    first[:] = np.nan
    np.testing.assert_array_equal(bound.value_and_grad()[1], kept)


def test_memory_is_made_once(monkeypatch):
    """Calls one after another use the same memory; a call on more rows makes new."""
    program, rows = net()
    kernel, inputs, read = kernel_of(program, rows)
    made = []
    monkeypatch.setattr(mean, "Room", lambda count: made.append(count) or Room(count))
    for n in (1023, 10, 1023):
        kernel.sums(inputs[:n])(read)
    assert not made
    kernel.sums(np.vstack([inputs, inputs]))(read)
    assert len(made) == 1
