"""Features chosen by hand: their values, on every kind of number, and models that are linear in them."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any, cast

import pytest

import microgradx as mx
from microgradx import features

MADE: dict[str, tuple[Any, int]] = {
    "polynomial": (features.Polynomial(3), 2),
    "steps": (features.Steps([-0.5, 0.25]), 1),
    "radial": (features.Radial([[0.0, 0.0, 1.0], [1.0, -1.0, 0.5]], width=0.7), 3),
}
"""Features, and how many inputs they take."""


@pytest.mark.parametrize("degree", [1, 2, 3, 5])
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_polynomial_features_are_all_products_up_to_the_degree(inputs: int, degree: int) -> None:
    """There are C(n + d, d) − 1 of them, each a product of powers, in order of their degree, and no constant."""
    x = [2.0, 3.0, 5.0][:inputs]  # primes: a product tells its powers
    powers = [p for p in itertools.product(range(degree + 1), repeat=inputs) if 0 < sum(p) <= degree]
    expected = {math.prod(a**k for a, k in zip(x, p, strict=True)): sum(p) for p in powers}
    found = features.Polynomial(degree)(x)
    assert len(found) == math.comb(inputs + degree, degree) - 1
    assert set(found) == set(expected)
    degrees = [expected[z] for z in found]
    assert degrees == sorted(degrees)


def test_step_features_are_units_with_a_hard_threshold() -> None:
    """𝟙[x > c] is what a neuron of the weight 1 and the bias −c computes, at the threshold too."""
    thresholds = [-1.0, 0.0, 2.5]
    layer = mx.nn.Layer(1, 3, "step", init=[number for c in thresholds for number in (1.0, -c)])
    for x in (-3.0, -1.0, -0.5, 0.0, 1.0, 2.5, 4.0):
        assert features.Steps(thresholds)([x]) == [a.data for a in layer([x])]


def test_radial_features_fall_with_the_distance_alone() -> None:
    """A bell is exp(−‖x − c‖²/2s²), the same at equal distances; plain numbers are centres of one input."""
    bell = features.Radial([[1.0, -2.0]], width=0.5)
    for angle in range(6):
        x = [1.0 + 0.8 * math.cos(angle), -2.0 + 0.8 * math.sin(angle)]
        assert bell(x) == [pytest.approx(math.exp(-(0.8**2) / (2 * 0.5**2)), rel=1e-12)]
    assert bell([1.0, -2.0]) == [1.0]
    assert features.Radial([0.0, 1.0])([1.0]) == features.Radial([[0.0], [1.0]])([1.0])


@pytest.mark.parametrize("name", MADE)
def test_features_take_any_kind_of_number(name: str) -> None:
    """Values give the numbers that floats give, with right gradients, and compiled code gives them again."""
    made, inputs = MADE[name]
    rng = random.Random(0)
    x = [rng.uniform(-1.0, 1.0) for _ in range(inputs)]
    plain = made(x)
    assert [float(z.data) for z in made([mx.Value(xᵢ) for xᵢ in x])] == plain
    weights = [rng.uniform(-1.0, 1.0) for _ in plain]
    assert mx.check_gradients(lambda x: mx.dot(weights, made(x)), x).ok
    compiled = mx.compile(lambda *x: mx.dot(weights, made(x)))
    assert float(compiled(*[[xᵢ] for xᵢ in x])[0]) == pytest.approx(mx.dot(weights, plain), rel=1e-12)


def test_a_linear_unit_on_features_is_trained_compiled() -> None:
    """Radial features stand before a neuron in a Sequential, and `fit` separates two circles with them, compiled."""
    X, y = mx.datasets.circles(60, seed=0)
    model = mx.nn.Sequential(features.Radial([[0.0, 0.0]], width=0.5), mx.nn.Neuron(1, init="zeros"))
    history = mx.fit(model, X, y, loss="bce_with_logits", epochs=300)
    assert "Values" not in history.by
    assert mx.metrics.accuracy([model(x) for x in X], y, threshold=0) == 1.0


def test_features_show_in_the_table_of_a_model_without_parameters() -> None:
    """A model's table says which features stand before it, and that they learn nothing."""
    shown = repr(mx.nn.Sequential(*(made for made, _ in MADE.values())))
    for words in ("Polynomial(3)", "Steps(2 thresholds)", "Radial(2 centres, width 0.7)"):
        line = next(line for line in shown.splitlines() if words in line)
        assert line.split()[-2] == "0"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: features.Polynomial(0), ValueError, "at least 1, not 0"),
        (lambda: features.Polynomial(True), ValueError, "not True"),
        (lambda: features.Steps([]), ValueError, "no number given for a threshold"),
        (lambda: features.Steps([math.nan]), ValueError, "finite number, not nan"),
        (lambda: features.Steps([0.0])([1.0, 2.0]), mx.ShapeError, "of 1 input, but a row has 2"),
        (lambda: features.Steps([0.0])(cast(Any, 1.0)), TypeError, r"write \[1.0\]"),
        (lambda: features.Radial([]), ValueError, "at least one centre"),
        (lambda: features.Radial([[0.0]], width=0.0), ValueError, "above 0, not 0.0"),
        (lambda: features.Radial([[0.0], [0.0, 1.0]]), mx.ShapeError, "of 1 input, but a row has 2"),
        (lambda: features.Radial([[0.0, 0.0]])([1.0]), mx.ShapeError, "of 2 inputs, but a row has 1"),
    ],
)
def test_what_makes_no_features_is_refused(make: Any, error: type[Exception], words: str) -> None:
    """Each mistake is an error that names the value."""
    with pytest.raises(error, match=words):
        make()
