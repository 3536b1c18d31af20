"""Slopes of a function of one variable by finite differences, with an honest estimate of their error.

Each step h is used twice, as h and h/2. That shows the error and removes its leading term (Richardson), and it tells a
kink, where the one-sided slopes stay apart, from curvature, where their distance shrinks with h. The step is made
smaller until the two-sided slope has settled and a second step, in golden ratio to it, agrees: no oscillation has
the periods of both. The smaller the step, the more the rounding of f weighs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

Curve = Callable[[float], float | None]
"""A function of one variable; None where it is undefined."""

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
"""The factor of every step, so that no power of 2 is a multiple of one."""

SETTLED = 1e-6
"""A slope has settled when its estimated relative error is below this; for smooth f the true one is far smaller."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """One-sided and two-sided slopes at a point: None where f is undefined there, ±inf where they grow without bound.

    `best` is the two-sided slope, or else the only one; `error` estimates its absolute error.
    """

    backward: float | None
    forward: float | None
    two_sided: float | None
    best: float | None
    error: float
    kink: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    """One slope by h and by h/2."""

    coarse: float
    fine: float

    @property
    def limit(self) -> float:
        return 2 * self.fine - self.coarse


@dataclass(frozen=True, slots=True)
class _Level:
    """The slopes at one step size, to the left, to the right and across."""

    h: float
    left: _Pair | None
    right: _Pair | None
    across: _Pair | None
    rounding: float

    @property
    def best(self) -> float | None:
        if self.across:
            return (4 * self.across.fine - self.across.coarse) / 3
        side = self.left or self.right
        return side.limit if side else None

    @property
    def error(self) -> float:
        pair = self.across or self.left or self.right
        # Extrapolation assumes a whole order of convergence: three times covers |x|**1.5 at 0 too.
        return 3 * abs(pair.fine - pair.coarse) + self.rounding if pair else math.inf

    @property
    def settled(self) -> bool:
        return self.across is not None and self.error <= max(2 * self.rounding, SETTLED * abs(self.best or 0.0))

    @property
    def gap(self) -> float:
        """By how much the one-sided slopes differ; 0 if no more than their errors explain."""
        if not self.left or not self.right:
            return 0.0
        left, right = self.left.limit, self.right.limit
        explained = 3 * self.error + 1e-6 * (abs(left) + abs(right))
        return abs(right - left) if abs(right - left) > explained else 0.0


def slopes(f: Curve, x: float, y: float, rounding: float) -> Slopes:
    """Return the slopes of f at x, where its value is y, of which `rounding` may be rounding error.

    >>> round(slopes(lambda x: x**2, 3.0, 9.0, 1e-15).two_sided, 9)
    6.0
    >>> slopes(abs, 0.0, 0.0, 0.0).kink
    True
    """
    levels = _levels(f, x, y, rounding)
    best = min(levels, key=lambda level: level.error)
    growth = [
        _unbounded([(level.left, level.rounding) for level in levels]),
        _unbounded([(level.right, level.rounding) for level in levels]),
    ]
    left = growth[0] or (best.left.limit if best.left else None)
    right = growth[1] or (best.right.limit if best.right else None)
    if math.inf in (abs(left or 0.0), abs(right or 0.0)):
        return Slopes(left, right, None, None, math.inf, True)
    # Curvature alone would close the gap in proportion to h³.
    kink = best.gap > 0 and _level(f, x, y, best.h / 8, rounding).gap > best.gap / 2
    return Slopes(left, right, best.best if best.across else None, best.best, best.error, kink)


def _levels(f: Curve, x: float, y: float, rounding: float) -> list[_Level]:
    """Return the slopes by smaller and smaller steps, until two in golden ratio agree."""
    levels = []
    for h in _steps(x):
        level = _level(f, x, y, h, rounding)
        if level.settled:
            second = _level(f, x, y, GOLDEN * h, rounding)
            apart = math.inf if second.best is None or level.best is None else abs(second.best - level.best)
            if second.settled and apart <= level.error + second.error:
                levels.append(level)
                break
            level = replace(level, rounding=level.rounding + apart)
        levels.append(level)
    return levels


def _steps(x: float) -> Iterator[float]:
    """Yield h from some 2⁻¹⁰·max(|x|, 1) downwards by eighths, to 2⁻²⁸, or to x/1000 if that is smaller."""
    scale = GOLDEN * 2.0 ** math.ceil(math.log2(max(abs(x), 1.0)))
    smallest = GOLDEN * min(2.0**-28, abs(x) / 1000 or 1.0)
    for k in range(16):
        h = scale * 2.0 ** (-10 - 3 * k)
        if h < smallest:
            return
        yield h


def _level(f: Curve, x: float, y: float, h: float, rounding: float) -> _Level:
    here = (x, y)
    far_left, left, right, far_right = [(x + d, f(x + d)) for d in (-h, -h / 2, h / 2, h)]
    return _Level(
        h,
        _pair(far_left, here, left, here),
        _pair(here, far_right, here, right),
        _pair(far_left, far_right, left, right),
        rounding / h,
    )


Point = tuple[float, float | None]


def _pair(a: Point, b: Point, c: Point, d: Point) -> _Pair | None:
    pair = _Pair(_slope(a, b), _slope(c, d))
    return pair if math.isfinite(pair.limit) else None


def _slope(a: Point, b: Point) -> float:
    """Return the slope between two points, over the distance that their rounded places really have; NaN for none."""
    if a[1] is None or b[1] is None or a[0] == b[0]:
        return math.nan
    return (b[1] - a[1]) / (b[0] - a[0])


def _unbounded(sides: Sequence[tuple[_Pair | None, float]]) -> float | None:
    """Return ±inf if the slope at one side keeps growing as the step shrinks: a jump, or a vertical tangent.

    `sides` are slopes with their rounding. One that grows like log h gains as much at every step size.
    """
    last = [(side, rounding) for side, rounding in sides if side][-4:]
    if len(last) < 4:
        return None
    gains = [side.fine - side.coarse for side, _ in last]
    known = all(abs(side.fine - side.coarse) > 8 * rounding + 1e-9 * abs(side.fine) for side, rounding in last)
    steady = known and all(after / before > 0.95 for before, after in pairwise(gains))
    if steady or all(abs(side.fine) > 1.2 * abs(side.coarse) for side, _ in last):
        return math.copysign(math.inf, gains[-1])
    return None
