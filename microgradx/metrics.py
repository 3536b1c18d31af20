"""Metrics: what to judge predictions by, computed from plain numbers and without a gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .errors import ShapeError
from .ieee import plain
from .names import brief
from .pairing import as_lists, class_or_weights, is_list, same_length

__all__ = ["accuracy", "confusion_matrix", "zero_one"]


def __dir__() -> list[str]:
    return __all__


Metric = Callable[[Sequence[Any], Sequence[Any]], float]


def zero_one(prediction: Sequence[Any], target: Sequence[Any], *, threshold: float = 0.0) -> float:
    """Return the fraction of examples whose class is predicted wrongly; to evaluate with, since it has no gradient.

    A prediction is a row of K scores, whose largest names the class, or one score, positive above the threshold:
    0 for logits, ½ for probabilities. Targets of single scores are 1 against 0 or −1.

    >>> zero_one([2.0, -1.0, 3.0, 0.5], [1, 0, 0, 1])
    0.25
    >>> zero_one([[0.1, 0.9]], [1])
    0.0
    """
    predictions, targets = as_lists(prediction), as_lists(target)
    same_length(predictions, targets)
    return sum(_is_wrong(y, t, threshold) for y, t in zip(predictions, targets, strict=True)) / len(predictions)


def accuracy(prediction: Sequence[Any], target: Sequence[Any], *, threshold: float | None = None) -> float:
    """Return the fraction of examples whose class is predicted rightly: 1 − `zero_one`.

    Without a threshold, single scores are taken for estimates of the targets, and are parted in the middle: at ½ if
    the targets are 0 and 1, at 0 if they are −1 and 1. For logits give 0.

    >>> accuracy([0.7, 0.2], [1, 0])
    1.0
    """
    if threshold is None:
        threshold = 0.0 if -1 in as_lists(target) else 0.5
    return 1.0 - zero_one(prediction, target, threshold=threshold)


def confusion_matrix(prediction: Sequence[Any], target: Sequence[Any]) -> list[list[int]]:
    """Return how many examples of each class are predicted as each: a row for the true class, a column for the other.

    Predictions are rows of K scores, whose largest names the class; targets are classes from 0, or K probabilities.
    What is right stands on the diagonal. ShapeError if lengths do not fit, or a prediction is no row.

    >>> confusion_matrix([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], [0, 1, 1])
    [[1, 0], [1, 1]]
    """
    predictions, targets = as_lists(prediction), as_lists(target)
    same_length(predictions, targets)
    classes = len(predictions[0]) if is_list(predictions[0]) else 0
    counts = [[0] * classes for _ in range(classes)]
    for scores, t in zip(predictions, targets, strict=True):
        if not is_list(scores) or len(scores) != classes:
            raise ShapeError(
                f"a confusion matrix takes rows of scores, one for each class, all alike, not {brief(scores)}"
            )
        right = class_or_weights(t, classes)
        counts[right if isinstance(right, int) else _largest(right)][_largest(scores)] += 1
    return counts


def _largest(scores: Sequence[Any]) -> int:
    numbers = [plain(score) for score in scores]
    return numbers.index(max(numbers))


def _is_wrong(y: Any, t: Any, threshold: float) -> bool:
    if is_list(y):
        right = class_or_weights(t, len(y))
        return _largest(y) != (right if isinstance(right, int) else _largest(right))
    if t not in (-1, 0, 1):
        raise ValueError(f"the class of a single score is 1, or 0 or −1 for the other one, not {t!r}")
    return (plain(y) > threshold) is not bool(t == 1)
