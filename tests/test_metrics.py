"""metrics: what predictions are judged by."""

from __future__ import annotations

import random
from typing import Any

import numpy
import pytest
from sklearn.metrics import confusion_matrix as reference

from microgradx import Value, metrics
from microgradx.errors import ShapeError

SCORES = [[0.1, 0.7, 0.2], [2.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.3, 0.4, 0.3]]
TARGETS = [1, 0, 1, 2]
FORMS: dict[str, tuple[Any, Any]] = {
    "lists": (SCORES, TARGETS),
    "arrays": (numpy.array(SCORES), numpy.array(TARGETS)),
    "Values": ([[Value(z) for z in row] for row in SCORES], TARGETS),
    "one-hot": (SCORES, [[float(k == c) for k in range(3)] for c in TARGETS]),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_confusion_matrix_counts_true_classes_by_predicted_ones(form: str) -> None:
    """Row i, column j counts the examples of class i that are predicted as j, from any kind of numbers."""
    assert metrics.confusion_matrix(*FORMS[form]) == [[1, 0, 0], [0, 1, 1], [0, 1, 0]]


def test_a_confusion_matrix_is_that_of_others() -> None:
    """On random scores it is scikit-learn's, and its diagonal holds what is right."""
    rng = random.Random(1)
    scores = [[rng.random() for _ in range(4)] for _ in range(200)]
    targets = [rng.randrange(4) for _ in range(200)]
    found = metrics.confusion_matrix(scores, targets)
    assert found == reference(targets, [row.index(max(row)) for row in scores], labels=range(4)).tolist()
    assert sum(found[k][k] for k in range(4)) / 200 == pytest.approx(metrics.accuracy(scores, targets))


MISTAKES: dict[str, tuple[Any, Any, type[Exception], str]] = {
    "lengths": (SCORES, TARGETS[:3], ShapeError, "4 predictions and 3 targets"),
    "single scores": ([0.5, 0.7], [0, 1], ShapeError, "rows of scores"),
    "rows that differ": ([[1.0, 2.0], [1.0]], [0, 0], ShapeError, "all alike"),
    "no such class": (SCORES, [0, 1, 2, 3], ValueError, "3"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_cannot_be_counted_is_told(name: str) -> None:
    """Predictions and targets that do not fit are an error that says how."""
    prediction, target, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        metrics.confusion_matrix(prediction, target)
