"""difference_error: why a difference quotient is never exact, and which step is best."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..calculus import grad
from ..engine import Value
from ..ieee import plain
from ..names import brief
from ..numbers import real
from ..plots import COLOURS, axes
from ..reports import Heading, Paragraph, Passage, Report, Table
from ..tables import Line
from .precision import PRECISIONS, Precision, number_of

STEPS = tuple(10.0 ** (-i / 4) for i in range(65))
"""From 1 down to 1e-16, four steps a decade."""
_HEADER = ("h", "one-sided error", "two-sided error")
_KINK = 1e3
"""A difference that is worse than predicted by more hints at a kink."""


class Side(NamedTuple):
    """One kind of difference: its errors for each step, and the best step, measured and predicted."""

    name: str
    formula: str
    errors: tuple[float, ...]
    truncation: str
    best_h: float
    best_error: float
    predicted_h: float
    predicted_error: float


class DifferenceError(Report):
    """Errors of one-sided and two-sided differences over `steps`: `.one_sided`, `.two_sided`; `plot` draws them.

    `derivative` is f′(x) by backprop. `str` gives text, a notebook shows HTML.
    """

    def __init__(
        self, x: float, value: float, slopes: Sequence[float], one: Side, two: Side, precision: Precision
    ) -> None:
        self.x = x
        self.precision = precision
        self.value = value
        self.derivative, self.second, self.third = slopes
        self.steps = STEPS
        self.one_sided = one
        self.two_sided = two

    def _heading(self) -> str:
        return (
            f"f({self.x:.6g}) = {self.value:.6g}, f′ = {self.derivative:.10g} by backprop, f″ = {self.second:.4g}, "
            f"f‴ = {self.third:.4g}; differences in {self.precision.name} precision"
        )

    def _table(self) -> list[Line]:
        rows = list(zip(self.steps, self.one_sided.errors, self.two_sided.errors, strict=True))[::4]
        return [Line((f"{h:.0e}", self._error(h, a), self._error(h, b))) for h, a, b in rows]

    def _error(self, h: float, error: float) -> str:
        if not self._moves(h):
            return "x + h = x"
        return "not defined" if math.isnan(error) else f"{error:.1e}"

    def _moves(self, h: float) -> bool:
        return _moves(self.x, h, self.precision)

    def _remarks(self) -> Iterator[str]:
        yield (
            "large steps cut off Taylor's series (truncation), small ones lose the digits in which f(x + h) and f(x) "
            "differ (rounding): the sum is least where the two are about equal"
        )
        for side in (self.one_sided, self.two_sided):
            predicted = "none cut off: the larger h, the better"
            if math.isfinite(side.predicted_h):
                predicted = f"predicted h = {side.predicted_h:.1e} (error {side.predicted_error:.1e})"
            best = f"best h = {side.best_h:.1e} (error {side.best_error:.1e})"
            if math.isnan(side.best_error):
                best = "no step gives a number"
            yield f"{side.name} {side.formula}: {best}; {predicted}"
            yield f"    truncation {side.truncation}"
        if still := [h for h in self.steps if not self._moves(h)]:
            apart = math.ulp(self.x) * self.precision.epsilon / sys.float_info.epsilon
            yield (
                f"steps up to h = {max(still):.1e} are left out: they do not move x, as floats near it are {apart:.1e} "
                f"apart and x + h rounds to x or x - h does"
            )
        if self._kinked():
            yield (
                "at every step the error is far above what is predicted: f has a kink or a jump at x or very near, "
                "where backprop's derivative is one of several slopes, or noise of its own"
            )

    def _kinked(self) -> bool:
        """Return whether even the best difference is far worse than truncation and rounding allow at these steps."""
        exact = self.precision.epsilon * abs(self.derivative)
        for side, order in ((self.one_sided, 1), (self.two_sided, 2)):
            least = min((_predicted(self, order, h) for h in self.steps if self._moves(h)), default=math.inf)
            if side.best_error > _KINK * max(least, exact):
                return True
        return False

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        yield Table(_HEADER, self._table())
        yield from map(Paragraph, self._remarks())

    def plot(self, *, ax: Any = None) -> Any:
        """Plot both errors over h, with the predicted curves and the best steps; return the axes.

        Given as `ax`, the axes of the other precision show both.
        """
        ax = axes(ax)
        least = self.precision.epsilon * max(abs(self.derivative), sys.float_info.min)
        in_single = self.precision.name == "single"
        for side, order in ((self.one_sided, 1), (self.two_sided, 2)):
            colour = COLOURS[order - 1 + 2 * in_single]
            points = [
                (h, max(error, least)) for h, error in zip(self.steps, side.errors, strict=True) if error == error
            ]
            if points:
                label = f"{side.name}, single precision" if in_single else side.name
                ax.plot(*zip(*points, strict=True), ".", markersize=5, color=colour, label=label)
            model = [(h, _predicted(self, order, h)) for h in self.steps if self._moves(h)]
            if model:
                ax.plot(*zip(*model, strict=True), color=colour, linewidth=1, alpha=0.8)
            if math.isfinite(side.predicted_h):
                ax.axvline(side.predicted_h, color=colour, linewidth=0.8, linestyle=":")
        ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="error of the difference")
        ax.set_title("lines: truncation + rounding as predicted; dotted: its least", fontsize="small")
        ax.legend(frameon=False)
        return ax


def difference_error(f: Callable[[Any], Any], x: Any, *, index: int = 0, precision: str = "double") -> DifferenceError:
    """Compare differences of f at x with its derivative by backprop, for steps h from 1 to 1e-16.

    The one-sided difference (f(x + h) − f(x))/h cuts off h/2·|f″|, the two-sided (f(x + h) − f(x − h))/2h only
    h²/6·|f‴|; rounding moves them by ε(|f| + |x·f′|)/h and half of that, with ε = 2⁻⁵². So the error is a U over h,
    least near h = √(2ε|f|/|f″|) and near the cube root of 3ε|f|/(2|f‴|): about 1e-8 and 6e-6, and never 1e-10.

    f takes a number of any kind and returns one; where x is a list, f takes that list, and `index` says which entry
    is moved. With precision="single" each operation of the differences is rounded to 32 bits, ε = 2⁻²³, as is usual in
    deep learning: the best step then misses the 1e-6 that a gradient check asks for (CSC 311, lecture 4).

    A step for which f is not defined, or that does not move x (x + h = x), has the error NaN. TypeError if f does not
    give a number or its graph depends on nothing, ValueError for another precision.

    >>> from microgradx import exp
    >>> found = difference_error(exp, 1.0)
    >>> found.two_sided.best_error < 1e-9 < found.one_sided.best_error * 100
    True
    >>> f"{found.one_sided.predicted_h:.0e} {found.two_sided.predicted_h:.0e}"
    '3e-08 9e-06'
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {' or '.join(map(repr, PRECISIONS))}, not {precision!r}")
    kind = PRECISIONS[precision]
    g, given = _of_one(f, x, index)
    start = kind.rounded(given)
    v = Value(start)
    first = g(v)
    if not isinstance(first, Value):
        raise TypeError(
            f"f gave {first!r} for a Value: to be differentiated, it must depend on x, and be written with operators "
            f"and microgradx's own functions (mx.exp, not math.exp)"
        )
    slopes = [*_derivatives(first, v)]
    derivative, second, third = map(float, slopes)
    noise = kind.epsilon * (abs(first.data) + abs(start * derivative))
    one = [_difference(g, start, h, 0.0, kind) for h in STEPS]
    two = [_difference(g, start, h, h, kind) for h in STEPS]
    sides = (
        _side("one-sided", "(f(x + h) - f(x))/h", one, derivative, 1, abs(second) / 2, noise),
        _side("two-sided", "(f(x + h) - f(x - h))/2h", two, derivative, 2, abs(third) / 6, noise / 2),
    )
    return DifferenceError(start, first.data, (derivative, second, third), *sides, kind)


def _of_one(f: Callable[[Any], Any], x: Any, index: int) -> tuple[Callable[[Any], Any], float]:
    """Return f as a function of the one number that is moved, and that number."""
    if not callable(f):
        raise TypeError(f"difference_error takes a function and a point, not {brief(f)}")
    if not hasattr(x, "__len__"):
        return f, real(x.data if isinstance(x, Value) else x)
    xs = [real(each.data if isinstance(each, Value) else each) for each in x]
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(xs):
        raise ValueError(f"index names one of the {len(xs)} entries of x, from 0, not {index!r}")
    return lambda each: f([*xs[:index], each, *xs[index + 1 :]]), xs[index]


def _derivatives(output: Any, v: Value) -> Iterator[float]:
    """Yield the first three derivatives by v."""
    for _ in range(3):
        output = grad(output, v, create_graph=True)
        yield plain(output)


def _difference(g: Callable[[Any], Any], x: float, h: float, back: float, precision: Precision) -> float:
    if not _moves(x, h, precision):
        return math.nan
    try:
        right, left = (number_of(g(precision.number(each))) for each in (x + h, x - back))
        return precision.rounded((right - left) / (h + back))
    except (ArithmeticError, ValueError):
        return math.nan


def _moves(x: float, h: float, precision: Precision) -> bool:
    return precision.rounded(x - h) != x != precision.rounded(x + h)


def _side(
    name: str, formula: str, found: Sequence[float], derivative: float, order: int, slope: float, noise: float
) -> Side:
    errors = tuple(abs(each - derivative) for each in found)
    known = [(error, -h) for error, h in zip(errors, STEPS, strict=True) if error == error]
    best_error, best = min(known, default=(math.nan, math.nan))
    least = (noise / (order * slope)) ** (1 / (order + 1)) if slope and math.isfinite(slope) else math.inf
    error = slope * least**order + noise / least if math.isfinite(least) and least else 0.0
    cut = ("h/2·|f″|", "h²/6·|f‴|")[order - 1]
    rounding = ("ε(|f| + |x·f′|)/h", "ε(|f| + |x·f′|)/2h")[order - 1]
    told = f"{cut} = {slope:.3g}·{'h' if order == 1 else 'h²'}, rounding {rounding} = {noise:.2g}/h"
    return Side(name, formula, errors, told, -best, best_error, least, error)


def _predicted(found: DifferenceError, order: int, h: float) -> float:
    slope = (abs(found.second) / 2, abs(found.third) / 6)[order - 1]
    return slope * h**order + found.precision.epsilon * (abs(found.value) + abs(found.x * found.derivative)) / (
        order * h
    )
