"""The NumPy back end: the numbers of the tape for any number of rows, bit for bit in strict mode."""

from __future__ import annotations

import math
import threading
from functools import partial

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends import numpy_backend
from microgradx.compile.backends.contraction import contraction
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.paths.stages import Kind
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import INPUT, Builder, code
from microgradx.primitives import row

from . import networks, sequences
from .plans import bits, expected_gradient, irregular, numbers, of_program, of_tape, wrong_nodes
from .zoo import ZOO

ROWS = (0, 1, 3, 7, 8, 1023)


def few_rows_at_once(monkeypatch, case, rows):
    """Let memory hold no more than `rows` rows of the plan at once."""
    room = sum(numpy_backend._room(nest, True) for nest in case.plan.nests)
    monkeypatch.setattr(numpy_backend, "NUMBERS", rows * (case.plan.rows + room))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("at_once", [5, 10**6])
def test_values_and_gradients_are_those_of_the_tape_for_any_number_of_rows(rows, at_once, monkeypatch):
    """Strict mode gives the evaluator's bits: sums by terms, then by rows, whatever the blocks that rows run in."""
    case = of_program(networks.mlp([3, 5, 4, 2], "tanh"), strict=True)
    few_rows_at_once(monkeypatch, case, at_once)
    inputs, weights, parameters = numbers(case, rows)
    inputs[:, -1] = weights
    found = NumpyKernel(case.plan, strict=True)(inputs[:, :-1], parameters, weights)
    values = evaluate(case.tape, inputs, parameters)[case.tape.outputs["values"]].T
    gradient = expected_gradient(case, case.tape.outputs["gradients"], inputs, parameters)
    assert bits(found.outputs["values"]).tolist() == bits(values).tolist()
    assert bits(found.gradient).tolist() == bits(gradient).tolist()


@pytest.mark.parametrize("example", ZOO, ids=str)
def test_the_default_mode_differs_by_rounding_alone(example, monkeypatch):
    """Matrix products give what the left folds of strict mode give, to a relative 1e-12 of the largest."""
    case = of_program(example.build())
    few_rows_at_once(monkeypatch, case, 4)
    inputs, weights, parameters = numbers(case, 11)
    rounded, exact = (NumpyKernel(case.plan, strict)(inputs[:, :-1], parameters, weights) for strict in (False, True))
    pairs = zip([rounded.gradient, *rounded.outputs.values()], [exact.gradient, *exact.outputs.values()], strict=True)
    for a, b in pairs:
        finite = np.isfinite(b)
        assert np.array_equal(finite, np.isfinite(a))
        assert np.allclose(a[finite], b[finite], rtol=1e-12, atol=1e-12 * np.abs(b[finite]).max(initial=0.0))


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_of_integers_agree_bit_for_bit(seed):
    """Where no sum rounds, the modes agree on nests of all kinds, with tables too."""
    case = of_tape(irregular(80, 10**6, seed, exact=True))
    inputs, _, parameters = (np.sign(x) for x in numbers(case, 9))
    rounded, exact = (NumpyKernel(case.plan, strict)(inputs, parameters).outputs["values"] for strict in (False, True))
    assert np.abs(exact).max() < 2.0**53
    assert np.array_equal(rounded, exact)


def test_tables_of_results_are_written_where_they_say():
    """Gradients of parameters in random order are added at their places, in both modes."""
    rng = np.random.default_rng(3)
    b = Builder()
    x = b.leaves(INPUT, range(200))
    products = b.sums(rng.choice(x, (400, 2)), rng.choice(x, (400, 2)))
    gradients = rng.permutation(products)
    case = of_tape(b.tape(values=[], gradients=gradients), gradients)
    assert wrong_nodes(case) == []
    inputs, _, _ = numbers(case, 12)
    expected = expected_gradient(case, gradients, inputs, np.zeros(0))
    strict, rounded = (
        NumpyKernel(case.plan, mode)(inputs, np.zeros(case.parameters)).gradient for mode in (True, False)
    )
    assert bits(strict).tolist() == bits(expected).tolist()
    assert np.allclose(rounded, expected, rtol=1e-12, atol=1e-12)


def test_rows_do_not_depend_on_each_other():
    """A row that is not finite leaves the values of all others as they are."""
    case = of_program(sequences.lstm(2), Kind.VALUES)
    inputs, _, parameters = numbers(case, 9)
    run = NumpyKernel(case.plan)
    before = run(inputs, parameters).outputs["values"]
    inputs[4] = np.nan
    after = run(inputs, parameters).outputs["values"]
    assert np.isnan(after[4]).all()
    assert bits(np.delete(after, 4, 0)).tolist() == bits(np.delete(before, 4, 0)).tolist()


def test_poles_and_overflows_are_ieee_and_no_warnings():
    """1/0 is inf, exp(1000) is inf, log(−1) is NaN, in both modes."""
    b = Builder()
    x = b.leaves(INPUT, range(4))
    made = [*b.rows(code(row("div")), [[x[0], x[1]]]), *b.rows(code(row("exp")), [[x[2]]])]
    made += b.rows(code(row("log")), [[x[3]]]).tolist()
    plan = of_tape(b.tape(values=made)).plan
    for strict in (True, False):
        found = NumpyKernel(plan, strict)([[1.0, 0.0, 1000.0, -1.0]]).outputs["values"]
        assert bits(found).tolist() == bits(np.array([[np.inf, np.inf, np.nan]])).tolist()


def test_parameters_are_those_of_the_call():
    """A kernel keeps nothing from one call to the next but room."""
    case = of_program(networks.mlp([2, 3, 1]))
    inputs, _, parameters = numbers(case, 6)
    run = NumpyKernel(case.plan, strict=True)
    first = run(inputs[:, :-1], parameters)
    run(inputs[:, :-1] + 1.0, parameters + 1.0, 2.0)
    again = run(inputs[:, :-1], parameters)
    assert bits(first.gradient).tolist() == bits(again.gradient).tolist()
    assert bits(first.outputs["values"]).tolist() == bits(again.outputs["values"]).tolist()


def test_threads_may_share_a_kernel():
    """Each call works in memory of its own."""
    case = of_program(networks.mlp([3, 16, 16, 1], "tanh"))
    run, found = NumpyKernel(case.plan), {}
    cases = {seed: numbers(case, 40, seed) for seed in range(8)}
    expected = {seed: run(x[:, :-1], p, w).gradient for seed, (x, w, p) in cases.items()}

    def work(seed):
        x, w, p = cases[seed]
        found[seed] = [run(x[:, :-1], p, w).gradient for _ in range(20)]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(gradient, expected[seed]) for seed in cases for gradient in found[seed])


@pytest.mark.parametrize(("inputs", "parameters"), [((4, 3), 13), ((4, 2), 12), ((8,), 13), ((4, 2, 1), 13)])
def test_other_shapes_are_refused(inputs, parameters):
    """Inputs are (rows, d) and parameters (p,), and the error names what came."""
    run = NumpyKernel(of_program(networks.mlp([1, 4, 1])).plan)
    with pytest.raises(ValueError, match="2 inputs a row and 13 parameters"):
        run(np.zeros(inputs), np.zeros(parameters))


@pytest.mark.parametrize("seed", range(60))
def test_contractions_are_sums_of_products(seed):
    """Over any axes, of factors that vary along any axes or none, with or without a second factor."""
    rng = np.random.default_rng(seed)
    ndim = int(rng.integers(2, 5))
    shape = tuple(rng.integers(1, 5, ndim).tolist())
    axes = tuple(np.flatnonzero(rng.uniform(size=ndim) < 0.6).tolist()) or (ndim - 1,)
    factors = [np.broadcast_to(rng.normal(size=[n if rng.uniform() < 0.6 else 1 for n in shape]), shape) for _ in "ab"]
    a, b = factors if seed % 4 else (factors[0], None)
    expected = (a if b is None else a * b).sum(axis=axes, keepdims=True)
    found = contraction(a, b, axes)()
    assert found.shape == expected.shape
    assert np.allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_a_contraction_is_of_what_the_arrays_hold_when_it_is_called():
    """It is made once and called again and again, on memory that changes."""
    a, b = np.zeros((2, 3)), np.ones((2, 3))
    product = contraction(a, b, (1,))
    a += 2.0
    assert product().tolist() == [[6.0], [6.0]]


@pytest.mark.parametrize("build", [partial(networks.convolution, 9, 3, 2), partial(sequences.lstm, 3)])
def test_jacobians_have_a_column_for_each_input(build):
    """Outputs that stand anywhere are put side by side, row by row."""
    case = of_program(build(), Kind.JACOBIAN, strict=True)
    inputs, _, parameters = numbers(case, 5)
    found = NumpyKernel(case.plan, strict=True)(inputs, parameters).outputs["jacobian"]
    nodes = case.tape.outputs["jacobian"]
    expected = np.where(nodes < 0, 0.0, evaluate(case.tape, inputs, parameters)[nodes].T)
    assert bits(found).tolist() == bits(expected).tolist()


@pytest.mark.parametrize("n", [2, 15, 16, 24])
def test_an_infinite_factor_of_many_terms(n: int) -> None:
    """Σ w·∞ is NaN where weights differ in sign, not (Σ w)·∞, which a relu would make 0; other rows keep their bits."""
    w = [Value((-1.0) ** k * 0.1 * (k + 1)) for k in range(n)]
    program = mx.compile(lambda x: mx.relu(mx.dot(w, [x] * n)), w, target="numpy")
    alone = program([1.0, -0.3]).tolist()
    assert program([1.0, math.inf, -0.3]).tolist() == [alone[0], pytest.approx(math.nan, nan_ok=True), alone[1]]
