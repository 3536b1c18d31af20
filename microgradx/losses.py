"""Losses: how far predictions are from targets, as functions on any kind of number.

Losses of numbers take one prediction and one target, or lists of equal length, nested if need be. Losses of classes
take one row of K scores with one target, or a list of rows with a list of targets; a target is a class index from 0,
or K probabilities (one-hot or soft). `reduction` is "mean", "sum" or "none", which gives the list of all losses.
Names and defaults are PyTorch's; where it has none (squared_error, hinge_loss, zero_one, penalties) the lectures'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .errors import DomainError
from .functions import abs as absolute
from .functions import dot, log, log1p, log_softmax, logsumexp, relu, softplus, where
from .keywords import meant
from .lookup import lookup
from .metrics import zero_one as zero_one
from .numbers import is_recording
from .pairing import as_lists, class_or_weights, is_list, losses_of_entries, losses_of_rows
from .penalties import l1_penalty as l1_penalty
from .penalties import l2_penalty as l2_penalty
from .penalties import lp_penalty as lp_penalty

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "gaussian_nll_loss",
    "half_squared_error",
    "hinge_loss",
    "l1_loss",
    "l1_penalty",
    "l2_penalty",
    "loss_named",
    "lp_penalty",
    "mse_loss",
    "nll_loss",
    "squared_error",
    "zero_one",
]


def __dir__() -> list[str]:
    return __all__


Loss = Callable[[Any, Any], Any]


def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the mean of (y − t)² (the mean squared error).

    >>> mse_loss([1.0, 2.0], [0.0, 0.0])
    2.5
    """
    return losses_of_entries(lambda y, t: (y - t) ** 2, reduction, prediction, target)


def squared_error(prediction: Any, target: Any, *, reduction: str = "sum") -> Any:
    """Return ‖y − t‖² = Σ (yₖ − tₖ)² (6.390, lecture 6).

    >>> squared_error([1.0, 2.0], [0.0, 0.0])
    5.0
    """
    return losses_of_entries(lambda y, t: (y - t) ** 2, reduction, prediction, target)


def half_squared_error(prediction: Any, target: Any, *, reduction: str = "sum") -> Any:
    """Return ½‖y − t‖², whose error signal is y − t (CSC 311, lecture 4).

    >>> half_squared_error(3.0, 1.0)
    2.0
    """
    return losses_of_entries(lambda y, t: (y - t) ** 2 / 2, reduction, prediction, target)


def l1_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the mean of |y − t|.

    >>> l1_loss([1.0, 2.0], [0.0, 0.0])
    1.5
    """
    return losses_of_entries(lambda y, t: absolute(y - t), reduction, prediction, target)


def binary_cross_entropy(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return −[t log y + (1 − t) log(1 − y)] for probabilities y and targets t, both from 0 to 1.

    This is the negative log-likelihood of Bernoulli outcomes. A term with the factor 0 is left out. DomainError where
    the loss is infinite, such as y = 0 with t = 1: a sigmoid that saturates gets there, so train on logits, with
    `binary_cross_entropy_with_logits`. ValueError outside 0 to 1.

    >>> binary_cross_entropy(0.5, 1)
    0.6931471805599453
    """
    return losses_of_entries(_binary_cross_entropy, reduction, prediction, target)


bernoulli_nll = binary_cross_entropy
"""The name in statistics for the binary cross-entropy."""


def binary_cross_entropy_with_logits(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return −[t log σ(z) + (1 − t) log(1 − σ(z))] for logits z, as t·softplus(−z) + (1 − t)·softplus(z).

    Right for every z, to the last digits also where σ(z) is 0 or 1. ValueError unless targets are from 0 to 1.

    >>> binary_cross_entropy_with_logits([0.0, -800.0], [1, 1], reduction="none")
    [0.6931471805599453, 800.0]
    """
    return losses_of_entries(_binary_cross_entropy_with_logits, reduction, prediction, target)


def hinge_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return max(0, 1 − t·s), the loss of the SVM, for scores s and targets t, −1 or 1 (else ValueError).

    >>> hinge_loss([0.25, 3.0], [1, 1])
    0.375
    """
    return losses_of_entries(_hinge, reduction, prediction, target)


def gaussian_nll_loss(
    prediction: Any, target: Any, variance: Any, *, full: bool = False, reduction: str = "mean"
) -> Any:
    """Return ½[log σ² + (y − t)²/σ²], the negative log-likelihood of a normal distribution; `full` adds ½ log 2π.

    `variance` is σ², one number or one for each prediction; DomainError unless it is above 0.

    >>> gaussian_nll_loss([1.0, 2.0], [0.0, 0.0], 1.0)
    1.25
    """

    def term(y: Any, t: Any, s: Any) -> Any:
        return (log(s) + (y - t) ** 2 / s + (1.8378770664093453 if full else 0.0)) / 2  # with log 2π

    if is_list(as_lists(variance)):
        return losses_of_entries(term, reduction, prediction, target, variance)
    return losses_of_entries(lambda y, t: term(y, t, variance), reduction, prediction, target)


def cross_entropy(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return −Σ tₖ log softmax(z)ₖ for rows z of K logits.

    For a class c it is computed as log Σ exp(zₖ − z_c), so that a confident row has the small loss and the small
    gradient that it should. ShapeError or ValueError if a target does not fit its row.

    >>> cross_entropy([0.0, 0.0], 1)
    0.6931471805599453
    >>> cross_entropy([[800.0, 0.0], [0.0, 0.0]], [1, 0], reduction="none")
    [800.0, 0.6931471805599453]
    """
    return losses_of_rows(_cross_entropy, reduction, prediction, target)


def nll_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return −Σ tₖ ℓₖ for rows ℓ of K log-probabilities, as `log_softmax` gives them: the categorical likelihood.

    ShapeError or ValueError if a target does not fit its row.

    >>> nll_loss([-0.5, -1.0], 0)
    0.5
    """
    return losses_of_rows(_nll, reduction, prediction, target)


LOSSES: dict[str, Loss] = {
    "mse": mse_loss,
    "squared_error": squared_error,
    "half_squared_error": half_squared_error,
    "l1": l1_loss,
    "bce": binary_cross_entropy,
    "bce_with_logits": binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
    "nll": nll_loss,
    "hinge": hinge_loss,
}
"""Losses by the names that `fit` takes."""


def loss_named(loss: str | Loss) -> Loss:
    """Return the loss of this name, or the function itself; ValueError for a name that is not known.

    >>> loss_named("mse")(3.0, 1.0)
    4.0
    """
    if callable(loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss]
    raise ValueError(f"no loss named {loss!r}{meant(str(loss), LOSSES)} (or any function of a prediction and a target)")


def _binary_cross_entropy(y: Any, t: Any) -> Any:
    for name, x in (("prediction", y), ("target", t)):
        if not 0.0 <= x <= 1.0:
            raise ValueError(
                f"binary_cross_entropy takes probabilities from 0 to 1, but a {name} is {x!r}; "
                f"for logits there is binary_cross_entropy_with_logits"
            )
    if (y <= 0.0 and t > 0.0) or (y >= 1.0 and t < 1.0):
        raise DomainError(
            f"the cross-entropy of the prediction {y!r} with the target {t!r} is infinite; "
            f"leave out the sigmoid and give its argument to binary_cross_entropy_with_logits"
        )
    if y <= 0.0:  # the other term has the factor 0, and no value
        return -log1p(-y)
    if y >= 1.0:
        return -log(y)
    return _mixed(t, lambda: -log(y), lambda: -log1p(-y))


def _binary_cross_entropy_with_logits(z: Any, t: Any) -> Any:
    if not 0.0 <= t <= 1.0:
        raise ValueError(f"a target of the binary cross-entropy is from 0 to 1, not {t!r}; for −1 and 1: (t + 1) / 2")
    return _mixed(t, lambda: softplus(-z), lambda: softplus(z))


def _mixed(t: Any, positive: Callable[[], Any], negative: Callable[[], Any]) -> Any:
    """Return t·positive + (1 − t)·negative, for a plain t without a term whose factor is 0."""
    if not is_recording(t) and t in (0, 1):
        return positive() if t else negative()
    return t * positive() + (1.0 - t) * negative()


def _hinge(s: Any, t: Any) -> Any:
    if not (1.0 <= absolute(t) <= 1.0 if is_recording(t) else t in (-1, 1)):
        raise ValueError(f"a target of the hinge loss is −1 or 1, not {t!r}; for classes 0 and 1: 2*c - 1")
    return relu(1.0 - t * s)


def _cross_entropy(z: Sequence[Any], target: Any) -> Any:
    t = class_or_weights(target, len(z))
    if is_list(t):
        return _nll(log_softmax(z), t)
    # The difference to itself is the number 0, not a node: then ∂L/∂z_c is minus the sum of the other
    # probabilities, where p_c − 1 would cancel to nothing.
    z_c = lookup(z, t)
    return logsumexp([where(t == k, 0.0, zₖ - z_c) for k, zₖ in enumerate(z)])


def _nll(log_probabilities: Sequence[Any], target: Any) -> Any:
    t = class_or_weights(target, len(log_probabilities))
    if not is_list(t):
        return -lookup(log_probabilities, t)
    pairs = zip(t, log_probabilities, strict=True)
    return -dot(*zip(*[(tₖ, ℓ) for tₖ, ℓ in pairs if is_recording(tₖ) or tₖ], strict=True))  # 0·(−inf) is NaN
