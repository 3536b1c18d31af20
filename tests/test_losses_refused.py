"""Predictions and targets that make no sense are refused by losses, with the value and the way out."""

import math

import numpy
import pytest

from microgradx import losses
from microgradx.engine import Value
from microgradx.errors import DomainError, ShapeError

ROW_MESSAGE = "a class is a whole number from 0 to 1"
MISTAKES = [
    (lambda: losses.mse_loss([1.0, 2.0], [1.0]), ShapeError, "2 predictions and 1 targets"),
    (lambda: losses.mse_loss([[1.0], [2.0]], [[1.0], [2.0, 3.0]]), ShapeError, "1 predictions and 2 targets"),
    (lambda: losses.mse_loss([1.0, 2.0], 1.0), ShapeError, "2 predictions and 1 targets; .* cross_entropy"),
    (lambda: losses.mse_loss([], []), ShapeError, "at least one"),
    (lambda: losses.mse_loss(1.0, 1.0, reduction="max"), ValueError, "'mean', 'sum' or 'none', not 'max'"),
    (lambda: losses.mse_loss(Value(1.0), None), TypeError, "None"),
    (lambda: losses.mse_loss(numpy.array([1.0, 2.0]), 0.0), ShapeError, "2 predictions and 1 targets"),
    (lambda: losses.cross_entropy([0.0, 1.0], 2), ValueError, f"{ROW_MESSAGE}, not 2"),
    (lambda: losses.cross_entropy([0.0, 1.0], -1), ValueError, f"{ROW_MESSAGE}, not -1"),
    (lambda: losses.cross_entropy([0.0, 1.0], 0.5), ValueError, f"{ROW_MESSAGE}, not 0.5"),
    (lambda: losses.cross_entropy([0.0, 1.0], math.nan), ValueError, f"{ROW_MESSAGE}, not nan"),
    (lambda: losses.cross_entropy([0.0, 1.0], "setosa"), ValueError, f"{ROW_MESSAGE}, not 'setosa'"),
    (lambda: losses.cross_entropy([0.0, 1.0], True), ValueError, f"{ROW_MESSAGE}, not True"),
    (lambda: losses.cross_entropy([0.0, 1.0], [0.5, 0.5, 0.0]), ShapeError, "row of 2 scores .* not 3"),
    (lambda: losses.cross_entropy([0.0, 1.0], [1, 1]), ValueError, r"add up to 1, unlike \[1, 1\]"),
    (lambda: losses.cross_entropy([0.0, 1.0], [1.5, -0.5]), ValueError, "at least 0"),
    (lambda: losses.cross_entropy([0.0, 1.0], [math.nan, 1.0]), ValueError, "at least 0"),
    (lambda: losses.cross_entropy(Value(1.0), 0), ShapeError, "binary_cross_entropy_with_logits"),
    (lambda: losses.cross_entropy([[0.0, 1.0]], [0, 1]), ShapeError, "1 predictions and 2 targets"),
    (lambda: losses.nll_loss([-1.0, -1.0], 7), ValueError, f"{ROW_MESSAGE}, not 7"),
    (lambda: losses.binary_cross_entropy(1.5, 1), ValueError, "a prediction is 1.5; for logits there is"),
    (lambda: losses.binary_cross_entropy(0.5, -1), ValueError, "a target is -1"),
    (lambda: losses.binary_cross_entropy(math.nan, 1), ValueError, "a prediction is nan"),
    (lambda: losses.binary_cross_entropy(Value(0.0), 1), DomainError, "with_logits"),
    (lambda: losses.binary_cross_entropy(1.0, 0.5), DomainError, "with_logits"),
    (lambda: losses.binary_cross_entropy_with_logits(0.0, -1), ValueError, r"not -1; for −1 and 1: \(t \+ 1\) / 2"),
    (lambda: losses.hinge_loss(0.0, 0), ValueError, r"not 0; for classes 0 and 1: 2\*c - 1"),
    (lambda: losses.gaussian_nll_loss(0.0, 0.0, Value(0.0)), DomainError, "log"),
    (lambda: losses.zero_one([0.5], [2]), ValueError, "not 2"),
    (lambda: losses.zero_one([0.5], []), ShapeError, "1 predictions and 0 targets"),
    (lambda: losses.loss_named("rmse"), ValueError, "no loss named 'rmse'; did you mean 'mse'"),
    (
        lambda: losses.loss_named("huber"),
        ValueError,
        r"; there are 'mse', .* \(or any function of a pred",
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_explained(mistake, kind, message):
    """A target or prediction that makes no sense raises an error with the value and the way out."""
    with pytest.raises(kind, match=message):
        mistake()
