"""The settings of a training run, checked before it starts, and what follows from them alone."""

from __future__ import annotations

import math
import operator
import random
import re
from dataclasses import dataclass
from typing import Any

from ..numbers import real
from ..schedules import Schedule


@dataclass(frozen=True)
class Settings:
    """How to train: see `fit`, whose arguments these are. ValueError for one out of its range."""

    epochs: int
    batch_size: int | None
    l2: float
    seed: int
    patience: int | None
    schedule: Schedule | None
    clip_norm: float | None
    clip_value: float | None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            given = getattr(self, name)
            n = _whole(given)
            if given is not None and (n is None or n < 1):
                raise ValueError(f"{name} must be a whole number of at least 1, not {given!r}")
            object.__setattr__(self, name, n)
        for name in ("clip_norm", "clip_value"):
            given = getattr(self, name)
            x = None if given is None else _number(given)
            if x is not None and not 0.0 < x < math.inf:
                raise ValueError(f"{name} must be above 0 and finite, not {given!r}; leave it out to clip nothing")
            object.__setattr__(self, name, x)
        if not 0.0 <= _number(self.l2) < math.inf:
            raise ValueError(f"l2 must be at least 0 and finite, not {self.l2!r}")
        object.__setattr__(self, "l2", _number(self.l2))
        if self.schedule is not None and not callable(self.schedule):
            raise TypeError(f"a schedule is a function of t, such as schedules.Cosine(10), not {self.schedule!r}")
        if _whole(self.seed) is None:
            raise ValueError(f"seed must be a whole number, not {self.seed!r}")
        object.__setattr__(self, "seed", _whole(self.seed))

    def batches(self, epoch: int, n: int) -> list[list[int]]:
        """Return the rows of each batch, in an order that depends on the seed and the epoch alone."""
        order = list(range(n))
        if self.batch_size is None:
            return [order]
        random.Random(f"{self.seed} {epoch}").shuffle(order)
        return [order[i : i + self.batch_size] for i in range(0, n, self.batch_size)]

    def batch_count(self, n: int) -> int:
        """Return how many batches an epoch of n examples has."""
        return 1 if self.batch_size is None else -(-n // self.batch_size)

    @staticmethod
    def time(epoch: int, batch: int, count: int) -> float:
        """Return the time of a batch, in epochs, of which each has `count`."""
        return epoch + batch / count

    def scale(self, t: float) -> float:
        """Return the factor of the learning rate at time t; ValueError if the schedule gives a senseless one."""
        if self.schedule is None:
            return 1.0
        given: object = self.schedule(t)
        factor = _number(given)
        if not 0.0 <= factor < math.inf:
            raise ValueError(f"a schedule gives a factor of at least 0, but {self.schedule!r} gave {given!r} at {t!r}")
        return factor

    def same(self) -> dict[str, Any]:
        """Return, as plain data, the settings that a run must keep when it is resumed: not how long it is to last."""
        kept = {name: x for name, x in vars(self).items() if name not in ("epochs", "patience")}
        return kept | {"schedule": described(self.schedule)}


def _whole(x: Any) -> int | None:
    """Return a whole number of any kind, such as NumPy's, as an int, and None for all else."""
    try:
        return None if isinstance(x, bool) else operator.index(x)
    except TypeError:
        return None


def _number(x: Any) -> float:
    """Return a number of any kind as a float, and NaN, which no range contains, for all else."""
    try:
        return real(x)
    except (TypeError, OverflowError):
        return math.nan


def described(x: object) -> str:
    """Return how an object is written, without its place in memory, which differs from run to run.

    >>> described(described)
    '<function described>'
    """
    return re.sub(" at 0x[0-9a-fA-F]+", "", repr(x))
