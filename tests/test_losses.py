"""Losses: right to a few ulps at every size of argument, and on every kind of number."""

import math
import sys

import mpmath
import numpy
import pytest
from mpmath import mp, mpf

from microgradx import losses, metrics
from microgradx.calculus import grad, hessian
from microgradx.compile import compile
from microgradx.dual import jvp
from microgradx.engine import Value
from microgradx.errors import DomainError
from microgradx.functions import sigmoid

ULPS = 2.0**-50  # eight units in the last place
LOGITS = (-800.0, -40.0, -1.5, 0.0, 0.3, 40.0, 800.0)


def log_sigmoid(z):
    return -mpmath.log(1 + mpmath.exp(-z))


def log_softmax(z):
    return [zₖ - mpmath.log(mpmath.fsum(map(mpmath.exp, z))) for zₖ in z]


# name: the loss of one entry, its formula in mpmath, (prediction, target) pairs
ENTRIES = {
    "mse_loss": (lambda y, t: (y - t) ** 2, [(1.5, 0.25), (-3, 7), (1e10, -1.0)]),
    "squared_error": (lambda y, t: (y - t) ** 2, [(1.5, 0.25)]),
    "half_squared_error": (lambda y, t: (y - t) ** 2 / 2, [(1.5, 0.25)]),
    "l1_loss": (lambda y, t: abs(y - t), [(1.5, 0.25), (-3.0, 7)]),
    "binary_cross_entropy": (
        lambda y, t: -(t * mpmath.log(y) if t else 0) - ((1 - t) * mpmath.log(1 - y) if t != 1 else 0),
        [(0.3, 0), (0.3, 1), (0.3, 0.25), (1e-300, 1), (1e-20, 0), (1 - 2.0**-53, 0), (0.0, 0), (1.0, 1)],
    ),
    "binary_cross_entropy_with_logits": (
        lambda z, t: -t * log_sigmoid(z) - (1 - t) * log_sigmoid(-z),
        [(z, t) for z in LOGITS for t in (0, 1, 0.25)],
    ),
    "hinge_loss": (lambda s, t: max(0, 1 - t * s), [(0.25, 1), (0.25, -1), (3.0, 1), (-800.0, 1)]),
}
ENTRY_CASES = [(name, y, t) for name, (_, pairs) in ENTRIES.items() for y, t in pairs]
ROWS = [[0.5, -1.0, 2.0], [40.0, 0.0, -3.0], [800.0, -800.0, 0.0], [-800.0, -800.0, -799.0], [700.0, 700.0, 0.0]]
TARGETS = [0, 1, 2.0, [0, 0, 1], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]]


def close(found, exact):
    return math.isfinite(found) and abs(mpf(found) - exact) <= ULPS * abs(exact) + mpf(2) ** -1074


@pytest.fixture(autouse=True)
def _many_digits():
    with mp.workdps(1000):  # e^-1600 beside 1
        yield


@pytest.mark.parametrize(("name", "y", "t"), ENTRY_CASES)
def test_loss_of_an_entry_is_its_formula(name, y, t):
    """The loss of one number is its formula, and its gradient the formula's slope, to a few ulps up to logits ±800."""
    loss, formula = getattr(losses, name), ENTRIES[name][0]
    v = Value(y)
    output = loss(v, t)
    assert close(loss(y, t), formula(mpf(y), mpf(t)))
    assert output.data == loss(y, t)
    slope = mpmath.diff(lambda x: formula(x, mpf(t)), mpf(y), h=mpf(10) ** -400)
    assert close(grad(output, v), mpmath.chop(slope, mpf(10) ** -390))


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_cross_entropy_is_its_formula(row, target):
    """The cross-entropy of a row and its gradient p − t are right up to logits ±800.

    For a class to a few ulps of each entry; for soft targets, whose terms cancel, to a few ulps of the logits.
    """
    z = [Value(x) for x in row]
    t = target if isinstance(target, list) else [float(k == target) for k in range(3)]
    logs = log_softmax([mpf(x) for x in row])
    output = losses.cross_entropy(z, target)
    hard = not isinstance(target, list) or 1 in target
    exact = -mpmath.fdot(t, logs)
    assert close(output.data, exact) if hard else abs(output.data - exact) <= ULPS * max(map(abs, row))
    assert losses.cross_entropy(row, target) == output.data
    assert losses.nll_loss([float(x) for x in logs], target) == pytest.approx(output.data, rel=1e-15)
    slopes = [mpmath.exp(x) - tₖ for x, tₖ in zip(logs, t, strict=True)]
    for g, e in zip(grad(output, z), slopes, strict=True):
        assert close(g, e) if hard else abs(g - e) <= ULPS


def test_gaussian_likelihood_is_its_formula():
    """The Gaussian negative log-likelihood takes one variance or one for each prediction, with and without log 2π."""
    y, t, s = [0.5, 2.0], [1.0, 1.5], [0.25, 4.0]
    exact = [(mpmath.log(c) + (mpf(a) - b) ** 2 / mpf(c)) / 2 for a, b, c in zip(y, t, s, strict=True)]
    found = losses.gaussian_nll_loss(y, t, s, reduction="none")
    assert all(map(close, found, exact))
    full = losses.gaussian_nll_loss(y[0], t[0], s[0], full=True)
    assert close(full, exact[0] + mpmath.log(2 * mpmath.pi) / 2)
    assert losses.gaussian_nll_loss(y, t, 1.0, reduction="sum") == 0.125 + 0.125
    assert losses.gaussian_nll_loss(y, t, numpy.array(s)) == pytest.approx(float(sum(exact)) / 2, rel=1e-15)
    variance = Value(0.25)
    losses.gaussian_nll_loss(0.5, 1.0, variance).backward()
    assert variance.grad == 0.5 * (4.0 - 0.25 * 16.0)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits", "hinge_loss"])
def test_reductions(name):
    """Mean and sum of a nested list are the mean and the sum of its losses, and "none" is their list."""
    loss = getattr(losses, name)
    y, t = [[0.5, 2.0], [-1.0, 0.25]], [[1, 1], [1, 1]]
    each = loss(y, t, reduction="none")
    assert each == [[loss(yᵢ, tᵢ) for yᵢ, tᵢ in zip(*pair, strict=True)] for pair in zip(y, t, strict=True)]
    assert loss(y, t, reduction="sum") == each[0][0] + each[0][1] + each[1][0] + each[1][1]
    assert loss(y, t) == loss(y, t, reduction="sum") / 4


def test_squared_errors_add_up_over_the_entries():
    """The squared errors of a vector are ‖y − t‖² and half of it, sums where the mean squared error is a mean."""
    y, t = [1.0, 2.0], [0.0, 0.0]
    found = [loss(y, t) for loss in (losses.squared_error, losses.half_squared_error, losses.mse_loss)]
    assert found == [5.0, 2.5, 2.5]


def test_arrays_are_lists():
    """Predictions in a NumPy array are reduced like those in a list."""
    assert losses.mse_loss(numpy.array([[1.0], [2.0]]), numpy.zeros((2, 1))) == 2.5


def test_classes_reduce_over_rows():
    """The losses of several rows are a list, reduced like all others; NumPy arrays are rows too."""
    rows, classes = [[0.0, 0.0], [1.0, 3.0]], [0, 1]
    each = [losses.cross_entropy(row, c) for row, c in zip(rows, classes, strict=True)]
    assert losses.cross_entropy(rows, classes, reduction="none") == each
    assert losses.cross_entropy(rows, classes) == (each[0] + each[1]) / 2
    assert losses.cross_entropy(numpy.array(rows), numpy.array(classes)) == (each[0] + each[1]) / 2
    assert losses.cross_entropy(rows, [[1, 0], [0.0, 1.0]], reduction="sum") == each[0] + each[1]


def test_every_kind_of_number():
    """Losses run on floats, Values and dual numbers alike, and can be differentiated twice."""
    z = [0.5, -1.0, 2.0]
    values = [Value(x) for x in z]
    slopes = grad(losses.cross_entropy(values, 1), values)
    value, slope = jvp(lambda x: losses.cross_entropy(x, 1), z, [1.0, 0.0, 0.0])
    assert (value, slope) == (losses.cross_entropy(z, 1), slopes[0])
    p = [math.exp(x) / sum(map(math.exp, z)) for x in z]
    H = hessian(lambda x: losses.cross_entropy(x, 1), z)
    expected = [[p[i] * ((i == j) - p[j]) for j in range(3)] for i in range(3)]
    assert numpy.allclose(H, expected, rtol=1e-14, atol=1e-16)


def test_one_number_is_a_list_of_one():
    """A model with one output and targets in a column of one fit together."""
    assert losses.mse_loss(3.0, [1.0]) == losses.mse_loss([3.0], 1.0) == losses.mse_loss(3.0, 1.0) == 4.0


def test_cross_entropy_records_few_nodes():
    """The loss of K logits is one logsumexp over K − 1 differences."""
    z = [Value(float(k)) for k in range(10)]
    output = losses.cross_entropy(z, 3)
    assert output._op == "logsumexp"
    assert len(output._prev) == 9


def test_penalties():
    """The penalties are Σ|w| and ½Σw², whose gradients are the signs and the weights themselves."""
    w = [Value(1.0), Value(-2.0), Value(0.0)]
    assert (losses.l1_penalty(w).data, losses.l2_penalty(w).data) == (3.0, 2.5)
    assert grad(losses.l1_penalty(w), w) == [1.0, -1.0, 0.0]
    assert grad(losses.l2_penalty(w), w) == [1.0, -2.0, 0.0]


@pytest.mark.parametrize(
    ("prediction", "target", "wrong"),
    [
        ([0.5, -0.5, 2.0, 0.0], [1, 0, 0, 1], 0.5),
        ([Value(0.5), -0.5], [1, -1], 0.0),
        ([[0.1, 0.9], [0.6, 0.4]], [1, 1], 0.5),
        ([[0.1, 0.9], [Value(0.6), 0.4]], [[0, 1], [0.7, 0.3]], 0.0),
        (numpy.array([[0.1, 0.9]]), numpy.array([0]), 1.0),
    ],
)
def test_zero_one_and_accuracy(prediction, target, wrong):
    """The zero-one loss is the fraction of wrong classes, whether told by a score or by the largest of a row."""
    assert losses.zero_one(prediction, target) == wrong
    assert metrics.accuracy(prediction, target, threshold=0.0) == 1.0 - wrong


def test_accuracy_parts_estimates_in_the_middle():
    """Without a threshold, estimates of 0 and 1 are parted at ½, those of −1 and 1 at 0."""
    assert metrics.accuracy([0.4, 0.6], [0, 1]) == 1.0
    assert metrics.accuracy([-0.1, 0.4], [-1, 1]) == 1.0


def test_loss_of_a_bad_formula_is_caught():
    """The check used above fails for the textbook formula −log(1 − p), which loses everything at logit −40."""
    z = -40.0
    textbook = -math.log(1.0 - 1.0 / (1.0 + math.exp(-z)))
    assert not close(textbook, ENTRIES["binary_cross_entropy_with_logits"][0](mpf(z), 0))


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("y", "t"), [(0.0, 0.0), (1.0, 1.0), (0.25, 1.0), (0.25, 0.0), (0.25, 0.5)])
def test_the_term_with_the_factor_0_is_left_out(y, t, plain):
    """Also of a target that is a Value, and so in compiled code: what a saturated sigmoid got right costs nothing."""
    terms = [factor * -math.log(p) for factor, p in ((t, y), (1 - t, 1 - y)) if factor]
    slopes = [sign * factor / p for sign, factor, p in ((-1, t, y), (1, 1 - t, 1 - y)) if factor]
    prediction = Value(y)
    loss = losses.binary_cross_entropy(prediction, t if plain else Value(t))
    assert loss.data == pytest.approx(math.fsum(terms), rel=1e-15)
    loss.backward()
    assert prediction.grad == pytest.approx(math.fsum(slopes), rel=1e-15)


def test_a_compiled_cross_entropy_of_saturated_probabilities():
    """A program of a sigmoid and its cross-entropy gives at 0 and 1 what Values give."""
    w = Value(5.0)
    program = compile(lambda x, t: losses.binary_cross_entropy(sigmoid(w * x), t), parameters=[w], target="numpy")
    assert program([100.0, -200.0, 0.0], [1.0, 0.0, 1.0]).tolist() == [0.0, 0.0, math.log(2.0)]
    with pytest.raises(DomainError, match="with_logits"):
        program([100.0], [0.0])


def test_names_for_fit():
    """Every name that `fit` takes stands for a function of this module."""
    assert all(losses.loss_named(name) is vars(losses)[loss.__name__] for name, loss in losses.LOSSES.items())
    assert sys.modules["microgradx.losses"].bernoulli_nll is losses.binary_cross_entropy
