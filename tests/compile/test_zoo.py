"""The zoo itself: that its programs compute what they say, on the engine, and meet what compile must cope with."""

import inspect
import math
import random
from itertools import pairwise

import numpy as np
import pytest

from microgradx import Value
from microgradx.sweep import nodes

from .examples import Program, eager
from .functions import mixture
from .graphs import random_graph
from .networks import Net, mlp, moons
from .sequences import Transformer, lstm, transformer, written_out
from .zoo import ZOO, example

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]


@pytest.mark.parametrize("each", EXAMPLES)
def test_gradients_agree_with_differences(each):
    """By parameters and by arguments, the slope along a random direction is what a small step along it shows."""
    program = each.build()
    assert derivative_error(program, eager(program, program.rows(1, 5))) < 1e-6


def test_a_wrong_gradient_is_seen():
    """One entry of a gradient that is 1 % wrong does not agree with differences."""
    program = example("LSTM over 4 steps")
    found = eager(program, program.rows(1, 5))
    found.by_parameters[0][3] *= 1.01
    assert derivative_error(program, found) > 1e-6


def derivative_error(program, found):
    """Return how far a row's slope along a direction is from a central difference of fourth order."""
    rng = random.Random(1)
    names = list(inspect.signature(program.f).parameters)
    arguments = [np.array(a) for a in program.rows(1, 5)]
    start = [v.data for v in program.parameters]
    along = [rng.choice((-1.0, 1.0)) for _ in start]
    moved = [None if n in program.indices else random_signs(rng, a) for n, a in zip(names, arguments, strict=True)]

    def value(h):
        for v, x, d in zip(program.parameters, start, along, strict=True):
            v.data = x + h * d
        shifted = [a if d is None else a + h * d for a, d in zip(arguments, moved, strict=True)]
        return eager(program, shifted).values[0]

    h = 1e-4
    expected = (8.0 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12.0 * h)
    slope = math.fsum(g * d for g, d in zip(found.by_parameters[0], along, strict=True))
    for g, d in zip(found.by_arguments, moved, strict=True):
        slope += 0.0 if d is None else float(np.sum(np.array(g[0]) * d[0]))
    return abs(slope - expected) / max(1.0, abs(expected))


def random_signs(rng, a):
    """Return −1 and 1 in the shape of an array."""
    return np.array([rng.choice((-1.0, 1.0)) for _ in range(a.size)]).reshape(a.shape)


@pytest.mark.parametrize("each", EXAMPLES)
def test_rows_are_seeded_and_shaped(each):
    """Rows come in the number asked for, the same for one seed and others for another, whole where they are indices."""
    program = each.build()
    names = list(inspect.signature(program.f).parameters)
    first, again, other = program.rows(7, 0), program.rows(7, 0), program.rows(7, 1)
    assert len(names) == len(first) == len(other)
    assert set(program.indices) <= set(names)
    for name, a, b in zip(names, first, again, strict=True):
        assert len(a) == 7
        assert np.array_equal(a, b)
        assert np.issubdtype(a.dtype, np.integer if name in program.indices else np.floating)
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert all(len(a) == 0 for a in program.rows(0, 0))


@pytest.mark.parametrize("each", EXAMPLES)
def test_examples_are_built_anew(each):
    """Two builds share no parameter and agree to the last bit, gradients included."""
    one, two = each.build(), each.build()
    assert not {id(v) for v in one.parameters} & {id(v) for v in two.parameters}
    assert eager(one, one.rows(2, 3)) == eager(two, two.rows(2, 3))


def test_names_are_told_apart():
    """No two examples have the same name."""
    assert len({each.name for each in ZOO}) == len(ZOO)


@pytest.mark.parametrize(("name", "branches"), [("hinge loss with an if", 2), ("decision tree of linear models", 5)])
def test_rows_take_all_branches(name, branches):
    """Rows of one draw take every branch: the parameters that have a gradient tell which."""
    program = example(name)
    found = eager(program, program.rows(100, 0))
    assert len({tuple(g != 0.0 for g in row) for row in found.by_parameters}) == branches


def test_newton_takes_as_many_steps_as_a_row_needs():
    """The root is right, and rows differ in how many nodes it took."""
    program = example("square root by Newton's method")
    a, b = program.rows(30, 0)
    assert eager(program, (a, b)).values == pytest.approx(np.sqrt(a + b * b), rel=1e-12)
    counts = {len(nodes(program.f(Value(x), Value(y)))) for x, y in zip(a.tolist(), b.tolist(), strict=True)}
    assert len(counts) > 1


def test_transformer_by_matrices():
    """The transformer's losses are those of a version in NumPy, written with matrices."""
    program = transformer(5, vocabulary=7, longest=6)
    (tokens,) = program.rows(3, 0)
    w = np.array([v.data for v in program.parameters])
    expected = [transformer_in_numpy(w, row, 7, 6) for row in tokens]
    assert eager(program, [tokens]).values == pytest.approx(expected, rel=1e-12)


def transformer_in_numpy(w, tokens, vocabulary, longest, width=16, heads=4):
    """Return the mean cross-entropy of the tokens after the first."""
    rows = (vocabulary, longest, width, width, width, width, 4 * width, width, vocabulary)
    columns = (width,) * 7 + (4 * width, width)
    ends = np.cumsum([m * n for m, n in zip(rows, columns, strict=True)])
    parts = [p.reshape(m, n) for p, m, n in zip(np.split(w, ends[:-1]), rows, columns, strict=True)]
    token, place, q, k, v, o, wide, narrow, out = parts

    def norm(x):
        return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)

    def softmax(x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    length = len(tokens) - 1
    x = norm(token[tokens[:-1]] + place[:length])
    Q, K, V = (np.reshape(norm(x) @ m.T, (length, heads, -1)).transpose(1, 0, 2) for m in (q, k, v))
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(width / heads)
    weights = softmax(np.where(np.tri(length, dtype=bool), scores, -np.inf))
    x = x + (weights @ V).transpose(1, 0, 2).reshape(length, width) @ o.T
    x = x + np.maximum(norm(x) @ wide.T, 0.0) @ narrow.T
    return -np.mean(np.log(softmax(x @ out.T)[np.arange(length), tokens[1:]]))


def test_fused_products_change_nothing():
    """The transformer gives the same with products written out and with mx.dot."""
    one, two = transformer(3), transformer(3, fused=True)
    rows = one.rows(2, 0)
    first, second = eager(one, rows), eager(two, rows)
    assert first.values == second.values
    assert np.allclose(first.by_parameters, second.by_parameters, rtol=1e-12, atol=1e-14)


def test_attention_looks_back_alone():
    """The scores at a place do not depend on the tokens after it."""
    model = Transformer(5, 4, written_out)
    one, two = ([[z.data for z in row] for row in model(tokens)] for tokens in ([1, 2, 3, 4], [1, 2, 0, 0]))
    assert one[:2] == two[:2]
    assert one[2] != two[2]


def test_mixture_is_a_density():
    """The mixture's likelihood integrates to 1 over the line, apart from the constant √2π."""
    program = mixture(1, 3)
    grid = np.linspace(-40.0, 40.0, 1001)
    density = np.exp(-np.array(eager(program, [grid[:, None]]).values)) / math.sqrt(2.0 * math.pi)
    assert density.sum() * (grid[1] - grid[0]) == pytest.approx(1.0, rel=1e-9)


def test_lstm_by_matrices():
    """The LSTM's loss is that of a version in NumPy, written with matrices."""
    steps, inputs, width = 4, 3, 4
    program = lstm(steps, inputs, width)
    w = np.array([v.data for v in program.parameters])
    gates, out = w[:-width].reshape(4, width, inputs + width + 1), w[-width:]
    xs, y = program.rows(2, 0)
    h, c = np.zeros((2, 2, width))
    for t in range(steps):
        z = np.concatenate([xs[:, t], h, np.ones((2, 1))], axis=1) @ gates.transpose(0, 2, 1)
        forget, enter, leave = 1.0 / (1.0 + np.exp(-z[:3]))
        c = forget * c + enter * np.tanh(z[3])
        h = leave * np.tanh(c)
    assert eager(program, [xs, y]).values == pytest.approx((h @ out - y) ** 2, rel=1e-12)


def test_moons_written_out_is_a_mean_over_rows():
    """The batch written out is the mean of single points, with the penalty added once."""
    program, model = moons(4, [2, 3, 1]), Net([2, 3, 1])
    X, y = program.rows(1, 0)
    margins = [max(0.0, 1.0 - t * model(x).data) for x, t in zip(X[0].tolist(), y[0].tolist(), strict=True)]
    penalty = 1e-4 * sum(v.data**2 for v in model.parameters())
    assert eager(program, (X, y)).values == pytest.approx([sum(margins) / 4 + penalty], rel=1e-12)


def test_nets_of_random_shapes():
    """A net of any shape has one parameter for each weight and bias, and its loss is that of its matrices."""
    rng = random.Random(3)
    for _ in range(5):
        sizes = [rng.randint(1, 6) for _ in range(rng.randint(2, 5))]
        program = mlp(sizes, "tanh")
        x, y = program.rows(3, 0)
        parameters = iter(v.data for v in program.parameters)
        a = x
        for i, (n, m) in enumerate(pairwise(sizes)):
            w = np.array([[next(parameters) for _ in range(n + 1)] for _ in range(m)])
            a = a @ w[:, :-1].T + w[:, -1]
            a = np.tanh(a) if i < len(sizes) - 2 else a
        assert next(parameters, None) is None
        expected = np.sum((a - y.reshape(a.shape)) ** 2, axis=1)
        assert eager(program, (x, y)).values == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs_stay_in_their_domain(seed):
    """A random graph is finite on many rows and depends on its inputs, and two seeds give two graphs."""
    program = random_graph(seed)
    rows = program.rows(20, seed)
    found = eager(program, rows)
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.by_parameters).all()
    assert np.any(found.by_arguments[0])
    assert found.values != eager(random_graph(seed + 1), rows).values


def test_eager_tells_arguments_apart():
    """Arguments that are integers get no gradient, nested ones get theirs in their own shape."""
    program = Program(lambda x, i: x[i][0] * x[1][1], [], lambda n, seed: (), indices=("i",))
    found = eager(program, [[[[2.0, 3.0], [4.0, 5.0]]], [0]])
    assert found.values == [10.0]
    assert found.by_arguments == [[[[5.0, 0.0], [0.0, 2.0]]], None]
