"""How far rounding alone can move a value and its gradient, from the sizes of all paths to each node, added up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..engine import Value
from ..numbers import real
from ..sweep import one_sweep, sweep, topological_order

_ROUNDINGS = 16 * 2.0**-53  # a few times the half unit in the last place that one operation may lose


class Rounding(NamedTuple):
    """A value, and by how much rounding may have changed it, and its slope by each input."""

    value: float
    of_value: float
    of_slopes: list[float]


class _Size(float):
    """An error signal without its sign: nothing cancels."""

    __slots__ = ()

    def __mul__(self, other: float) -> _Size:
        return _Size(abs(float(self) * float(other)))

    def __add__(self, other: float) -> _Size:
        return _Size(float(self) + float(other))


def rounding(f: Callable[[list[Any]], Any], x: Sequence[float]) -> Rounding:
    """Return f(x) with the rounding errors that are to be expected of it and of its gradient.

    The rounding of node v moves the output by |v̄·v| at most, and such errors add up like random ones; a slope is
    moved by a multiple of Σ |products along paths|, which is what remains of it where it cancels.

    >>> rounding(lambda x: (1e8 + x[0]) - 1e8, [0.5]).of_value > 1e-8
    True
    """
    inputs = [Value(xᵢ) for xᵢ in x]
    output = f(inputs)
    if not isinstance(output, Value):
        return Rounding(real(output), 0.0, [0.0] * len(inputs))
    with one_sweep():
        order = topological_order(output)
        sizes = list(zip(order, sweep(order, _Size(1.0)), strict=True))
    paths = {id(v): float(size) for v, size in sizes if isinstance(v, Value) and size is not None}
    moved = [paths.get(id(v), 0.0) * v._z for v, _ in sizes if isinstance(v, Value) and v._primitive]
    of_slopes = [2 * _ROUNDINGS * paths.get(id(v), 0.0) for v in inputs]
    return Rounding(output.data, _ROUNDINGS * math.hypot(*moved), of_slopes)
