"""An arithmetic on NumPy arrays: every row of the table, element by element, by IEEE rules.

Operators of arrays follow IEEE 754 already, so only the atoms stand here. `STRICT` computes transcendental functions
as `math` does, by the C library, and agrees with eager Values bit for bit; `FAST` takes NumPy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...floats import EXTENDED, FLOATS
from ...primitives import Arithmetic, Rule
from .tape import Ints


def _select(condition: Any, x: Any, y: Any) -> Any:
    return np.where(np.not_equal(condition, 0.0), x, y)


def _equal(x: Any, y: Any) -> Any:
    return np.equal(x, y) * 1.0


def _step(x: Any) -> Any:
    return np.where(np.isnan(x), x, np.greater(x, 0.0))


def _sign(x: Any) -> Any:
    return np.where(np.isnan(x), x, np.greater(x, 0.0) * 1.0 - np.less(x, 0.0))


def _extremum(beats: Callable[[Any, Any], Any]) -> Rule:
    """Of a tie the first operand, as Python's `max` and `min`: it tells 0.0 from −0.0."""

    def extremum(xs: Sequence[Any]) -> Any:
        top = np.asarray(xs[0], np.float64)
        for x in xs[1:]:
            top = np.where(beats(x, top) | np.isnan(x), x, top)  # nothing beats NaN
        return top

    return extremum


_EXACT: dict[str, Rule] = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "step": _step,
    "sign": _sign,
    "equal": _equal,
    "select": _select,
    "max": _extremum(np.greater),
    "min": _extremum(np.less),
}
_ROUNDED = ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "pow")


def _one_by_one(name: str) -> Rule:
    """Return an atom of Python floats on arrays; where Python raises, all of it by IEEE rules, as in `floats`."""
    quick, careful = getattr(FLOATS, name), getattr(EXTENDED, name)

    def on_arrays(*operands: Any) -> Any:
        arrays = np.broadcast_arrays(*[np.asarray(x, np.float64) for x in operands])
        columns = [x.ravel().tolist() for x in arrays]
        try:
            found = list(map(quick, *columns))
        except (ArithmeticError, ValueError):
            found = list(map(careful, *columns))
        return np.array(found, np.float64).reshape(arrays[0].shape)

    return on_arrays


def bits(numbers: Any) -> Ints:
    """Return the bits of floats, which tell 0.0 from −0.0 and by which NaN equals itself."""
    return np.ascontiguousarray(numbers, np.float64).view(np.int64)


STRICT = Arithmetic(_EXACT | {name: _one_by_one(name) for name in _ROUNDED})
FAST = Arithmetic(_EXACT | {name: getattr(np, "power" if name == "pow" else name) for name in _ROUNDED})
