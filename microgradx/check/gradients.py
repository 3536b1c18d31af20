"""Gradient checks: what backprop, or a hand-written gradient, says beside what the function itself does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..calculus import value_and_grad
from ..engine import Value
from ..errors import ShapeError
from ..names import brief
from ..numbers import real
from ..primitives import detach
from ..replay import Replay
from .complexstep import complex_step
from .differences import SETTLED, Slopes, slopes
from .report import Report, relative_error, show, show_error
from .rounding import Rounding, rounding

Function = Callable[[list[Any]], Any]
Gradient = Callable[[list[float]], Sequence[Any]] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class GradientRow:
    """One input: the gradient to be checked, and the slopes that differences and a complex step find.

    `backward` is the one-sided slope at the left, `forward` the one at the right.
    A slope is None where it does not exist; `complex_step` also where the function does not run on complex numbers.
    """

    index: int
    backprop: float
    forward: float | None
    backward: float | None
    two_sided: float | None
    complex_step: float | None
    relative_error: float
    ok: bool
    kink: bool = False
    remark: str = ""
    label: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as a report prints it."""
        numbers = (self.backprop, self.backward, self.forward, self.two_sided, self.complex_step)
        return (self.label or f"x[{self.index}]", *map(show, numbers), show_error(self.relative_error))


class GradientReport(Report):
    """One row for each input of the function that was checked."""

    rows: tuple[GradientRow, ...]

    def __init__(self, rows: Sequence[GradientRow], tolerance: float, checked: str = "backprop") -> None:
        self.title = f"gradient ({checked}) against differences"
        self.header = ("input", checked, "left slope", "right slope", "two-sided", "complex step", "relative error")
        self.rows = tuple(rows)
        self.tolerance = tolerance


def check_gradients(
    f: Function, x: Sequence[Any], *, gradient: Gradient | None = None, tolerance: float = 1e-6
) -> GradientReport:
    """Compare ∂f/∂xᵢ by backprop with one-sided and two-sided differences and, where f allows it, complex steps.

    f takes a list of numbers and returns one; x are finite numbers, or Values, whose labels the report shows. With
    `gradient`, a list or a function of x, that is checked in place of backprop's. A row is right if its relative error
    |a − b| / (|a| + |b|) is at most `tolerance` (CSC 311, lecture 4), or the difference no more than the rounding of f
    explains; at a kink, where the one-sided slopes differ, if it lies between them. What `detach` gave is a constant to
    backprop and none to differences: where that alone sets them apart, it is held for the differences too. Each input
    costs 8 evaluations of f and a complex one, up to 140 where f is not smooth. ValueError if x is not finite or f is
    not deterministic, ShapeError if lengths do not fit, TypeError if x is no list of numbers.

    >>> check_gradients(lambda x: x[0] * x[1].exp(), [2.0, 0.5]).ok
    True
    >>> check_gradients(lambda x: x[0] ** 2, [3.0], gradient=[6.003]).ok
    False
    """
    if isinstance(x, Value | int | float):
        raise TypeError(f"the inputs are a list, not {brief(x)}; write [{brief(x)}], and f takes that list")
    x = list(x)
    at = [_finite(i, _number(xᵢ)) for i, xᵢ in enumerate(x)]
    y, found = value_and_grad(f)(at)
    if gradient is not None:
        found = list(gradient(list(at)) if callable(gradient) else gradient)
        if len(found) != len(at):
            raise ShapeError(f"the gradient has {len(found)} components for {len(at)} inputs")
    expected = rounding(f, at)
    if y != expected.value and not (math.isnan(y) and math.isnan(expected.value)):
        raise ValueError(
            f"f gave {y!r}, then {expected.value!r} for the same x: a check needs a function without chance in it"
        )
    rows = [_check(f, at, expected, i, _number(slope), tolerance) for i, slope in enumerate(found)]
    if not all(row.ok for row in rows) and (held := _held(f, at)) is not None:
        rows = [row if row.ok else _as_detached(row, held, at, expected, tolerance) for row in rows]
    labels = [xᵢ.label if isinstance(xᵢ, Value) else "" for xᵢ in x]
    rows = [replace(row, label=label) for row, label in zip(rows, labels, strict=True)]
    return GradientReport(rows, tolerance, "backprop" if gradient is None else "given")


def _held(f: Function, x: Sequence[float]) -> Function | None:
    """Return f with what `detach` gives held as it is at x; None where it detaches nothing."""
    inputs = [Value(xᵢ) for xᵢ in x]
    output = f(inputs)
    replay = Replay(output) if isinstance(output, Value) else None
    constants = {v: v.data for v in replay.order if v._primitive is detach} if replay else {}
    if replay is None or not constants:
        return None
    return lambda at: replay.values({v: _number(xᵢ) for v, xᵢ in zip(inputs, at, strict=True)} | constants)[-1]


def _as_detached(row: GradientRow, held: Function, x: list[float], expected: Rounding, tolerance: float) -> GradientRow:
    """Return the row by the slopes of f with what is detached held, if its gradient is right by these."""
    found = _check(held, x, expected, row.index, row.backprop, tolerance)
    if not found.ok:
        return row
    about = f"; {found.remark}" if found.remark else ""
    return replace(found, remark=f"with what detach gives held; else the slope is {show(row.two_sided)}{about}")


def _finite(i: int, x: float) -> float:
    if math.isfinite(x):
        return x
    raise ValueError(f"x[{i}] is {brief(x)}: differences need finite numbers around which f can be evaluated")


def _value(f: Function, x: Sequence[float]) -> float:
    return _number(f([Value(xⱼ) for xⱼ in x]))


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else real(x)


def _check(f: Function, x: list[float], expected: Rounding, i: int, slope: float, tolerance: float) -> GradientRow:
    if not math.isfinite(expected.value):
        return GradientRow(i, slope, None, None, None, None, math.nan, False, remark=f"f(x) is {expected.value!r}")

    def along(xᵢ: float) -> float | None:
        try:
            value = _value(f, [*x[:i], xᵢ, *x[i + 1 :]])
        except (ArithmeticError, ValueError):  # beyond a pole or the end of the domain
            return None
        return value if math.isfinite(value) else None

    s, c = slopes(along, x[i], expected.value, expected.of_value), complex_step(f, x, i)
    if c is not None and not _contradicts(s, c):
        reference, allowed, remark = c, 0.0, ""
    else:
        reference, allowed, remark = _reference(s, slope)
    if math.isfinite(expected.of_slopes[i]):  # it is not where a factor's slope is infinite
        allowed += expected.of_slopes[i]
    error = 0.0 if math.isnan(slope) and math.isnan(reference) else relative_error(slope, reference)
    if tolerance < error and abs(slope - reference) <= allowed:
        error = 0.0
        remark += f"{'; ' if remark else ''}agrees within ±{allowed:.0e}, as far as the slope is known"
    return GradientRow(
        i, slope, s.forward, s.backward, s.two_sided, c, error, error <= tolerance, c is None and s.kink, remark
    )


def _contradicts(s: Slopes, c: float) -> bool:
    """Tell whether differences exclude a complex step: f then reads its inputs past the rules."""
    if s.two_sided is None or s.kink or s.error > SETTLED * abs(s.two_sided):
        return False
    return abs(s.two_sided - c) > 10 * s.error + 1e-3 * abs(s.two_sided)


def _reference(s: Slopes, slope: float) -> tuple[float, float, str]:
    """Return what differences hold against a slope, how far that may be off, and a remark."""
    if s.kink:
        return _at_kink(s, slope)
    if s.best is None:
        return math.nan, 0.0, "f is undefined at both sides: it has no slope, which only NaN can say"
    sided = "right" if s.backward is None else "left" if s.forward is None else ""
    return s.best, s.error, f"f is defined at the {sided} only" if sided else ""


def _at_kink(s: Slopes, slope: float) -> tuple[float, float, str]:
    """Any slope between those of the two sides will do, a subgradient; where one is infinite, one of the two."""
    sides = [side for side in (s.backward, s.forward) if side is not None]
    about = f"{show(s.backward)} at the left, {show(s.forward)} at the right"
    if any(map(math.isinf, sides)):
        nearest = min(sides, key=lambda side: relative_error(side, slope))
        return nearest, 0.0, f"a jump or a vertical tangent: {about}"
    between = min(sides) <= slope <= max(sides)
    nearest = slope if between else min(sides, key=lambda side: abs(side - slope))
    return nearest, s.error, f"a kink: {about}; any slope between them is a subgradient"
