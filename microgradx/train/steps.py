"""Where a training run is, what is best so far, and steps made at once: what `run` and those who make steps share."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import LoadError
from ..numbers import real
from ..optimizer import Update

Gradient = Callable[[Sequence[int]], float]
"""Adds the gradient of the mean loss of these rows to the parameters' `grad`, and returns the sum of their losses."""


class Position(NamedTuple):
    """How far a run is: epochs behind it, batches of the next one, and the sum of the losses over those."""

    epoch: int = 0
    batch: int = 0
    total: float = 0.0


class Steps(NamedTuple):
    """Several steps made at once: what makes their change, as of one, what was there `before`, and how far they lead.

    Gradients are then those of the last step.

    `totals` are sums of losses: of each epoch that ends on the way, and last of the one that the run is then in, after
    `batch` batches of it, which may be all.
    """

    accept: Callable[[], None]
    before: list[Update]
    totals: list[float]
    batch: int


Leap = Callable[[Position, int], Steps | None]
"""Makes steps from a position on, as many as it likes before another epoch; None if it can make none."""


class Best(NamedTuple):
    """The epoch with the lowest validation loss so far, counted from 1, that loss, and the model's state after it."""

    epoch: int
    validation_loss: float
    model: dict[str, Any]


def best_of(data: dict[str, Any], epochs: int) -> Best:
    """Return the best epoch that a checkpoint after so many holds; LoadError if that is damaged.

    >>> best_of({"epoch": 2, "validation_loss": 0.5, "model": {}}, epochs=3).epoch
    2
    """
    try:
        best = Best(**data)
        if type(best.epoch) is int and 1 <= best.epoch <= epochs and math.isfinite(real(best.validation_loss)):
            return best
    except (TypeError, OverflowError):
        pass
    raise LoadError(f"the best weights of the checkpoint are damaged: {reprlib.repr(data)}")


def surely(change: Callable[[], None]) -> None:
    """Make a change that sets absolute values: if Ctrl-C comes between, make it again, so that none is half made."""
    try:
        change()
    except KeyboardInterrupt:
        change()
        raise
