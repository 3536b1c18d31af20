"""The settings of a training run, checked before it starts, and what follows from them alone."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from typing import Any

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
            n = getattr(self, name)
            if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
                raise ValueError(f"{name} must be a whole number of at least 1, not {n!r}")
        for name in ("clip_norm", "clip_value"):
            x = getattr(self, name)
            if x is not None and not 0.0 < x < math.inf:
                raise ValueError(f"{name} must be above 0 and finite, not {x!r}; leave it out to clip nothing")
        if not 0.0 <= self.l2 < math.inf:
            raise ValueError(f"l2 must be at least 0 and finite, not {self.l2!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ValueError(f"seed must be a whole number, not {self.seed!r}")

    def batches(self, epoch: int, n: int) -> list[list[int]]:
        """Return the rows of each batch, in an order that depends on the seed and the epoch alone."""
        order = list(range(n))
        if self.batch_size is None:
            return [order]
        random.Random(f"{self.seed} {epoch}").shuffle(order)
        return [order[i : i + self.batch_size] for i in range(0, n, self.batch_size)]

    def scale(self, t: float) -> float:
        """Return the factor of the learning rate at time t; ValueError if the schedule gives a senseless one."""
        if self.schedule is None:
            return 1.0
        factor = self.schedule(t)
        if not 0.0 <= factor < math.inf:
            raise ValueError(f"a schedule gives a factor of at least 0, but {self.schedule!r} gave {factor!r} at {t!r}")
        return factor

    def same(self) -> dict[str, Any]:
        """Return, as plain data, the settings that a run must keep when it is resumed: not how long it is to last."""
        kept = {name: x for name, x in vars(self).items() if name not in ("epochs", "patience")}
        return kept | {"schedule": described(self.schedule)}


def described(x: object) -> str:
    """Return how an object is written, without its place in memory, which differs from run to run.

    >>> described(described)
    '<function described>'
    """
    return re.sub(" at 0x[0-9a-fA-F]+", "", repr(x))
