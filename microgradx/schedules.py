"""Learning-rate schedules: functions of the time t that give the factor by which the learning rate is multiplied.

t counts epochs from 0, with fractions inside an epoch: after 3 epochs and half of the batches t is 3.5. The factor
is relative, so that the learning rate of the optimiser is the highest one, and groups of parameters keep their
ratio. A schedule remembers nothing: what resumes at t goes on exactly. Any function of t will do as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from .keywords import Keyworded

__all__ = ["Constant", "Cosine", "Exponential", "Linear", "OneCycle", "Step", "Triangular", "WarmUp"]


def __dir__() -> list[str]:
    return __all__


Schedule = Callable[[float], float]


@dataclass(frozen=True)
class Constant(Keyworded):
    """The same factor at all times.

    >>> Constant()(7.0)
    1.0
    """

    factor: float = 1.0

    def __post_init__(self) -> None:
        _check("factor", self.factor, self.factor >= 0.0, "at least 0")

    def __call__(self, t: float) -> float:
        return self.factor


@dataclass(frozen=True)
class Step(Keyworded):
    """gamma^⌊t/every⌋: a drop by `gamma` at the end of every `every` epochs (PyTorch's StepLR).

    >>> [Step(every=10)(t) for t in (0, 9.9, 10)]
    [1.0, 1.0, 0.1]
    """

    every: float
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _check("every", self.every, self.every > 0.0, "above 0")
        _check("gamma", self.gamma, self.gamma >= 0.0, "at least 0")

    def __call__(self, t: float) -> float:
        return math.pow(self.gamma, t // self.every)


@dataclass(frozen=True)
class Exponential(Keyworded):
    """gamma^t: a decay by `gamma` over each epoch (PyTorch's ExponentialLR).

    >>> Exponential(0.5)(2)
    0.25
    """

    gamma: float

    def __post_init__(self) -> None:
        _check("gamma", self.gamma, self.gamma >= 0.0, "at least 0")

    def __call__(self, t: float) -> float:
        return math.pow(self.gamma, t)


@dataclass(frozen=True)
class Linear(Keyworded):
    """A straight line from `start` to `end` over `epochs`, and `end` from then on (PyTorch's LinearLR).

    >>> [Linear(epochs=100)(t) for t in (0, 50, 100, 200)]
    [1.0, 0.5, 0.0, 0.0]
    """

    epochs: float
    start: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        _check("epochs", self.epochs, self.epochs > 0.0, "above 0")
        _check("start", self.start, self.start >= 0.0, "at least 0")
        _check("end", self.end, self.end >= 0.0, "at least 0")

    def __call__(self, t: float) -> float:
        return self.start + (self.end - self.start) * min(t / self.epochs, 1.0)


@dataclass(frozen=True)
class Cosine(Keyworded):
    """Half a cosine from 1 down to `low` over `period` epochs, then a warm restart at 1, and so on.

    This is SGDR (Loshchilov and Hutter 2017; PyTorch's CosineAnnealingWarmRestarts). Each period is
    `multiplier` times as long as the one before. With the epochs of the whole run as the period there is no restart.

    >>> [round(Cosine(10, low=0.5)(t), 6) for t in (0, 5, 10)]
    [1.0, 0.75, 1.0]
    """

    period: float
    multiplier: float = 1.0
    low: float = 0.0

    def __post_init__(self) -> None:
        _check("period", self.period, self.period > 0.0, "above 0")
        _check("multiplier", self.multiplier, self.multiplier >= 1.0, "at least 1")
        _check("low", self.low, 0.0 <= self.low <= 1.0, "from 0 to 1")

    def __call__(self, t: float) -> float:
        period = self.period
        if self.multiplier == 1.0:
            t %= period
        while t >= period:
            t -= period
            period *= self.multiplier
        return _half_cosine(1.0, self.low, t / period)


@dataclass(frozen=True)
class Triangular(Keyworded):
    """A straight climb from `low` to 1 and back within each `period` of epochs (cyclical rates, Smith 2017).

    >>> [Triangular(10, low=0.5)(t) for t in (0, 2.5, 5, 7.5, 10)]
    [0.5, 0.75, 1.0, 0.75, 0.5]
    """

    period: float
    low: float = 0.1

    def __post_init__(self) -> None:
        _check("period", self.period, self.period > 0.0, "above 0")
        _check("low", self.low, 0.0 <= self.low <= 1.0, "from 0 to 1")

    def __call__(self, t: float) -> float:
        return self.low + (1.0 - self.low) * (1.0 - abs(2.0 * (t % self.period) / self.period - 1.0))


@dataclass(frozen=True)
class OneCycle(Keyworded):
    """One rise from `start` to 1 and one long fall to `end`, both half cosines (Smith and Topin 2018).

    The rise takes the fraction `rise` of the `epochs`; the defaults are those of PyTorch's OneCycleLR. `end` holds
    from then on.

    >>> [round(OneCycle(100)(t), 6) for t in (0, 30, 100)]
    [0.04, 1.0, 4e-06]
    """

    epochs: float
    rise: float = 0.3
    start: float = 0.04
    end: float = 4e-6

    def __post_init__(self) -> None:
        _check("epochs", self.epochs, self.epochs > 0.0, "above 0")
        _check("rise", self.rise, 0.0 < self.rise < 1.0, "between 0 and 1")
        _check("start", self.start, 0.0 <= self.start <= 1.0, "from 0 to 1")
        _check("end", self.end, 0.0 <= self.end <= 1.0, "from 0 to 1")

    def __call__(self, t: float) -> float:
        top = self.rise * self.epochs
        if t < top:
            return _half_cosine(self.start, 1.0, t / top)
        return _half_cosine(1.0, self.end, min((t - top) / (self.epochs - top), 1.0))


@dataclass(frozen=True)
class WarmUp(Keyworded):
    """A straight climb from `start` to 1 over `epochs`, then the schedule `then`, whose own time begins there.

    >>> warm = WarmUp(5, then=Exponential(0.5), start=0.0)
    >>> [warm(t) for t in (0, 4, 5, 6)]
    [0.0, 0.8, 1.0, 0.5]
    """

    epochs: float
    then: Schedule = field(default_factory=Constant)
    start: float = 0.1

    def __post_init__(self) -> None:
        _check("epochs", self.epochs, self.epochs > 0.0, "above 0")
        _check("start", self.start, 0.0 <= self.start <= 1.0, "from 0 to 1")

    def __call__(self, t: float) -> float:
        if t >= self.epochs:
            return self.then(t - self.epochs)
        return self.start + (1.0 - self.start) * t / self.epochs


def _half_cosine(start: float, end: float, fraction: float) -> float:
    return end + (start - end) * (1.0 + math.cos(math.pi * fraction)) / 2.0


def _check(name: str, x: float, fits: bool, words: str) -> None:
    if not (fits and math.isfinite(x)):
        raise ValueError(f"{name} must be {words} and finite, not {x!r}")
