"""The arithmetic of elementary functions, carried out by NumPy: what machine code does, where it can be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np


class NumpyLanes:
    """Lanes of NumPy; a fused multiplication is made of other operations, so that any machine has one."""

    def __init__(self, fused: bool) -> None:
        self.fused = fused

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """Return x·y + z, rounded once if `fused` and nothing overflows or underflows on the way."""
        return fused(x, y, z) if self.fused else np.multiply(x, y) + z

    def scale(self, x: Any, n: Any) -> Any:
        """Return x·2ⁿ for whole n."""
        whole = np.isfinite(n)
        return np.where(whole, np.ldexp(x, np.where(whole, n, 0).astype(np.int32)), n)

    # fmt: off
    def add(self, x: Any, y: Any) -> Any: return np.add(x, y)
    def sub(self, x: Any, y: Any) -> Any: return np.subtract(x, y)
    def mul(self, x: Any, y: Any) -> Any: return np.multiply(x, y)
    def div(self, x: Any, y: Any) -> Any: return np.divide(x, y)
    def neg(self, x: Any) -> Any: return np.negative(x)
    def abs(self, x: Any) -> Any: return np.abs(x)
    def less(self, x: Any, y: Any) -> Any: return np.less(x, y)
    def equal(self, x: Any, y: Any) -> Any: return np.equal(x, y)
    def both(self, p: Any, q: Any) -> Any: return p & q
    def either(self, p: Any, q: Any) -> Any: return p | q
    def select(self, p: Any, x: Any, y: Any) -> Any: return np.where(p, x, y)
    def bits(self, x: Any) -> Any: return np.asarray(x, np.float64).view(np.int64)
    def from_bits(self, k: Any) -> Any: return np.asarray(k, np.int64).view(np.float64)
    def int_add(self, j: Any, k: Any) -> Any: return j + np.int64(k)
    def int_and(self, j: Any, k: Any) -> Any: return j & np.int64(k)
    def int_or(self, j: Any, k: Any) -> Any: return j | np.int64(k)
    def int_xor(self, j: Any, k: Any) -> Any: return j ^ np.int64(k)
    def shift_left(self, k: Any, places: int) -> Any: return (k.view(np.uint64) << np.uint64(places)).view(np.int64)
    def shift_right(self, k: Any, places: int) -> Any: return (k.view(np.uint64) >> np.uint64(places)).view(np.int64)
    # fmt: on


def _halves(x: Any) -> tuple[Any, Any]:
    high = (x.view(np.int64) + (1 << 26) & -1 << 27).view(np.float64)
    return high, x - high


def _sum(x: Any, y: Any) -> tuple[Any, Any]:
    total = x + y
    added = total - x
    return total, (x - (total - added)) + (y - added)


def fused(x: Any, y: Any, z: Any) -> Any:
    """Return x·y + z rounded once: the low parts are rounded to odd (Boldo and Melquiond, 2008)."""
    x, y, z = (a.copy() for a in np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (x, y, z))))
    whole = x * y
    (a, b), (c, d) = _halves(x), _halves(y)
    rest = ((a * c - whole) + a * d + b * c) + b * d
    middle, low = _sum(z, rest)
    high, middle = _sum(whole, middle)
    odd, error = _sum(middle, low)
    away = (error > 0) == (odd > 0)  # the exact sum lies beyond `odd`, seen from 0
    last = odd.view(np.int64)
    missed = (error != 0) & (last & 1 == 0) & (odd != 0)
    odd = np.where(missed, last + np.where(away, 1, -1), last).view(np.float64)
    result = high + odd
    return np.where(np.isfinite(result), result, whole + z)
