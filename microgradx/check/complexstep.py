"""The complex step: f'(x) = Im f(x + ih)/h + O(h²), without any cancellation, so that h can be tiny.

It runs the same rules of the table on complex numbers (Squire and Trapp 1998). Rules that depend on a sign or an
order go by the real part, which is right as long as x is not exactly where the branches meet; there they refuse.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt
from typing import Any

from ..ieee import plain
from ..operators import Operators
from ..primitives import Arithmetic, Primitive

STEP = 2.0**-133
"""h, relative to x where |x| < 1: the square of it is far below the rounding of any derivative."""

_SMALLEST = 2.0**-900  # h for the smallest x, so that h·f' does not lose its digits below the normal floats

_REFUSED = (ArithmeticError, AttributeError, TypeError, ValueError)


class NotAnalytic(ArithmeticError):
    """A complex step met a point where branches meet, or where a real function ends."""


class ComplexNumber(Operators):
    """A complex number on which the rows of the table run by `COMPLEX`."""

    __slots__ = ("number",)

    _rank = 1.5  # above Values, which are constants to it, and below Duals, whose parts it can be

    def __init__(self, number: complex) -> None:
        self.number = number

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> ComplexNumber:
        return ComplexNumber(p.value(COMPLEX, *(_complex(x) for x in operands)))

    def __lt__(self, other: Any) -> bool:
        return _compare(lt, self, other)

    def __le__(self, other: Any) -> bool:
        return _compare(le, self, other)

    def __gt__(self, other: Any) -> bool:
        return _compare(gt, self, other)

    def __ge__(self, other: Any) -> bool:
        return _compare(ge, self, other)


def complex_step(f: Callable[[list[Any]], Any], x: Sequence[float], i: int) -> float | None:
    """Return ∂f/∂xᵢ by a complex step; None where f cannot be run on complex numbers there.

    >>> complex_step(lambda x: x[0] ** 3, [2.0], 0)
    12.0
    """
    size = min(abs(x[i]) or 1.0, 1.0)
    h = max(STEP * size, min(_SMALLEST, 2.0**-30 * size))  # far below x, or a pole at 0 would be near
    try:
        y = f([ComplexNumber(complex(xⱼ, h if j == i else 0.0)) for j, xⱼ in enumerate(x)])
        slope = y.number.imag / h if isinstance(y, ComplexNumber) else math.nan  # x may have been read past the rules
    except _REFUSED:  # the column is a second opinion: without one the differences decide
        return None
    return slope if math.isfinite(slope) else None


def _complex(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return tuple(map(_complex, x))
    return x.number if isinstance(x, ComplexNumber) else complex(plain(x))


def _compare(holds: Callable[[float, float], bool], x: Any, y: Any) -> bool:
    return holds(_side(_complex(x) - _complex(y)), 0.0)


def _side(x: complex) -> float:
    if x.real == 0 and x.imag != 0:
        raise NotAnalytic("the branches meet here")
    return x.real


def _right_of(pole: float, f: Callable[[complex], complex]) -> Callable[[complex], complex]:
    def on_complex(x: complex) -> complex:
        if not x.real > pole:
            raise NotAnalytic("a real function ends here")
        return f(x)

    return on_complex


def _expm1(x: complex) -> complex:
    half = math.sin(0.5 * x.imag)
    return complex(math.expm1(x.real) * math.cos(x.imag) - 2 * half * half, math.exp(x.real) * math.sin(x.imag))


def _log1p(x: complex) -> complex:
    modulus = x.real * (2.0 + x.real) + x.imag * x.imag  # |1 + x|² − 1, which keeps what 1 + x would lose
    return complex(0.5 * math.log1p(modulus), math.atan2(x.imag, 1.0 + x.real))


def _pow(x: complex, y: complex) -> complex:
    if x.real > 0:
        return x**y
    if y.imag != 0 or not y.real.is_integer():
        raise NotAnalytic("a real power ends here")
    return x**y if x.real == 0 else (-x) ** y * (-1.0 if y.real % 2 else 1.0)


def _extremum(pick: Callable[..., complex]) -> Callable[[Sequence[complex]], complex]:
    def extremum(xs: Sequence[complex]) -> complex:
        best = pick(xs, key=lambda x: x.real)
        for x in xs:
            _side(best - x)
        return best

    return extremum


COMPLEX = Arithmetic(
    {
        "exp": cmath.exp,
        "expm1": _expm1,
        "log": _right_of(0.0, cmath.log),
        "log1p": _right_of(-1.0, _log1p),
        "sin": cmath.sin,
        "cos": cmath.cos,
        "tanh": cmath.tanh,
        "sqrt": _right_of(0.0, cmath.sqrt),
        "pow": _pow,
        "abs": lambda x: x if _side(x) >= 0 else -x,
        "sign": lambda x: math.copysign(1.0, x.real) if _side(x) else 0.0,
        "step": lambda x: 1.0 if _side(x) > 0 else 0.0,
        "equal": lambda x, y: 1.0 if x == y else 0.0,
        "select": lambda condition, x, y: x if _side(condition) else y,
        "max": _extremum(max),
        "min": _extremum(min),
    }
)
