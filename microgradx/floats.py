"""Two arithmetics on plain numbers: Python's own floats, and floats that follow IEEE 754 where Python's raise.

Python raises at 1/0, exp(1000) and 1e200**2. Rules run on `FLOATS` first, at full speed; only when that raises are
they run again on `Extended` numbers, which give inf and NaN as the standard says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .errors import DomainError
from .primitives import Arithmetic, Primitive, Rule


def _extremum(pick: Callable[[Sequence[float]], float]) -> Callable[[Sequence[float]], float]:
    def extremum(xs: Sequence[float]) -> float:
        for x in xs:
            if x != x:
                return x
        return pick(xs)

    return extremum


def _step(x: float) -> float:
    return 1.0 if x > 0 else 0.0 if x <= 0 else math.nan


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else math.nan


def _select(condition: float, x: Any, y: Any) -> Any:
    return x if condition else y


def _equal(x: float, y: float) -> float:
    return 1.0 if x == y else 0.0


_EXACT: dict[str, Rule] = {
    "abs": abs,
    "step": _step,
    "sign": _sign,
    "equal": _equal,
    "select": _select,
    "max": _extremum(max),
    "min": _extremum(min),
}  # nothing to round, and nothing that raises: the same in both arithmetics

FLOATS = Arithmetic(
    _EXACT
    | {
        "exp": math.exp,
        "expm1": math.expm1,
        "log": math.log,
        "log1p": math.log1p,
        "sin": math.sin,
        "cos": math.cos,
        "tanh": math.tanh,
        "sqrt": math.sqrt,
        "pow": math.pow,
    }
)


class Extended(float):
    """A float whose division follows IEEE 754: 1/0 is inf, 0/0 is NaN.

    >>> Extended(-1.0) / Extended(0.0)
    Extended(-inf)
    """

    __slots__ = ()

    def __add__(self, other: float) -> Extended:
        return Extended(float.__add__(self, float(other)))

    def __sub__(self, other: float) -> Extended:
        return Extended(float.__sub__(self, float(other)))

    def __rsub__(self, other: float) -> Extended:
        return Extended(float.__rsub__(self, float(other)))

    def __mul__(self, other: float) -> Extended:
        return Extended(float.__mul__(self, float(other)))

    def __truediv__(self, other: float) -> Extended:
        x = float(self)
        if other != 0:
            return Extended(x / float(other))
        if x == 0 or x != x:
            return Extended(math.nan)
        return Extended(math.copysign(math.inf, x) * math.copysign(1.0, other))

    def __rtruediv__(self, other: float) -> Extended:
        return Extended(other) / self

    def __neg__(self) -> Extended:
        return Extended(float.__neg__(self))

    def __abs__(self) -> Extended:
        return Extended(float.__abs__(self))

    def __repr__(self) -> str:
        return f"Extended({float(self)!r})"

    __radd__ = __add__
    __rmul__ = __mul__


def _ieee(f: Callable[[float], float], overflow: float, pole: float = math.nan, at: float = 0.0) -> Any:
    """Return f with overflow and its pole as IEEE 754 has them, NaN wherever else Python raises."""

    def on_extended(x: float) -> Extended:
        try:
            return Extended(f(x))
        except OverflowError:
            return Extended(overflow)
        except ValueError:
            return Extended(pole if x == at else math.nan)

    return on_extended


def _ieee_pow(x: float, y: float) -> Extended:
    odd = float(y).is_integer() and y % 2 == 1
    try:
        return Extended(math.pow(x, y))
    except OverflowError:
        return Extended(-math.inf if x < 0 and odd else math.inf)
    except ValueError:
        if x != 0:
            return Extended(math.nan)
        return Extended(math.copysign(math.inf, x) if odd else math.inf)


EXTENDED = Arithmetic(
    _EXACT
    | {
        "exp": _ieee(math.exp, math.inf),
        "expm1": _ieee(math.expm1, math.inf),
        "log": _ieee(math.log, math.inf, pole=-math.inf),
        "log1p": _ieee(math.log1p, math.inf, pole=-math.inf, at=-1.0),
        "sin": _ieee(math.sin, math.nan),
        "cos": _ieee(math.cos, math.nan),
        "tanh": _ieee(math.tanh, math.nan),
        "sqrt": _ieee(math.sqrt, math.nan),
        "pow": _ieee_pow,
    }
)


def extended(x: Any) -> Any:
    """Return a number, or a block of numbers, as Extended."""
    return tuple(map(Extended, x)) if isinstance(x, tuple | list) else None if x is None else Extended(x)


def evaluate(p: Primitive, operands: Sequence[Any], where: str | None = "") -> float:
    """Return z = p(operands) on plain numbers: overflow gives inf, a value outside the domain raises DomainError.

    `where` ends the name of the operation in that error; with None, IEEE rules hold throughout and nothing raises.

    >>> from microgradx.primitives import row
    >>> evaluate(row("exp"), (1000.0,))
    inf
    """
    try:
        return float(p.value(FLOATS, *operands))
    except (ArithmeticError, ValueError):
        if where is not None and p.defined is not None and not p.defined.holds(*operands):
            shown = ", ".join(f"{float(x)!r}" for x in operands)
            raise DomainError(f"{p.name}({shown}){where}: {p.defined.advice}") from None
        return float(p.value(EXTENDED, *map(extended, operands)))
