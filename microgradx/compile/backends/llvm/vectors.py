"""Sums and transpositions across the lanes of vectors, by shuffles of two vectors at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .writer import Writer, vector_type


def shuffled(w: Writer, x: str, y: str, lanes: Sequence[int], n: int) -> str:
    """Return the vector of these lanes of x (0 to n − 1) and y (n to 2n − 1)."""
    if list(lanes) == list(range(n)):
        return x
    chosen = ", ".join(f"i32 {i}" for i in lanes)
    t = vector_type(n)
    return w.value(f"shufflevector {t} {x}, {t} {y}, <{len(lanes)} x i32> <{chosen}>")


def _halves(distance: int, n: int) -> tuple[list[int], list[int]]:
    """Return the lanes that pair x and y in alternate groups: the lower groups of both, the upper groups of both.

    >>> _halves(1, 4)
    ([0, 4, 2, 6], [1, 5, 3, 7])
    """
    low = [lane if not lane & distance else n + lane - distance for lane in range(n)]
    return low, [lane + distance for lane in low]


def transposed(w: Writer, rows: Sequence[str]) -> list[str]:
    """Return the columns of a square of numbers, given as one vector for each row.

    >>> from .target import BASELINE
    >>> from .writer import Module
    >>> w = Writer(Module(BASELINE))
    >>> transposed(w, ["%x", "%y"])
    ['%0', '%1']
    >>> w.lines[0]
    '  %0 = shufflevector <2 x double> %x, <2 x double> %y, <2 x i32> <i32 0, i32 2>'
    """
    n, found, distance = len(rows), list(rows), 1
    while distance < n:
        low, high = _halves(distance, n)
        before = list(found)
        for i in range(n):
            if not i & distance:
                x, y = before[i], before[i + distance]
                found[i] = shuffled(w, x, y, low, n)
                found[i + distance] = shuffled(w, x, y, high, n)
        distance *= 2
    return found


def sums_of_lanes(w: Writer, vectors: Sequence[str], n: int) -> str:
    """Return the vector whose lane i is the sum of all n lanes of vector i; as many vectors as a power of two.

    >>> from .target import BASELINE
    >>> from .writer import Module
    >>> w = Writer(Module(BASELINE))
    >>> sums_of_lanes(w, ["%x", "%y"], 2)
    '%2'
    >>> w.lines[-1]
    '  %2 = fadd <2 x double> %0, %1'
    """
    found, distance = list(vectors), 1
    while len(found) > 1:
        found = [_paired(w, x, y, distance, n) for x, y in zip(found[::2], found[1::2], strict=True)]
        distance *= 2
    total = found[0]
    while n > len(vectors):
        half = n // 2
        total = w.value(f"fadd {vector_type(half)} {_part(w, total, 0, n)}, {_part(w, total, half, n)}")
        n = half
    return total


def _paired(w: Writer, x: str, y: str, distance: int, n: int) -> str:
    """Return the sums of pairs of lanes of x, and of y in alternate groups.

    Where lanes can be chosen by a mask, one number of each pair stays where it is, which takes no shuffle. LLVM would
    make a shuffle of it, did it know the mask.
    """
    t = vector_type(n)
    if not w.target.masked or n < 8:
        low, high = _halves(distance, n)
        return w.value(f"fadd {t} {shuffled(w, x, y, low, n)}, {shuffled(w, x, y, high, n)}")
    bits = sum(1 << lane for lane in range(n) if not lane & distance)
    mask = w.once(f"load i{n}, ptr {w.module.table(np.array([bits], np.uint8))}, align 1")
    stay = w.value(f"select {vector_type(n, 'i1')} {w.once(f'bitcast i{n} {mask} to <{n} x i1>')}, {t} {x}, {t} {y}")
    swap = shuffled(w, x, y, [(lane ^ distance) + n * bool(lane & distance) for lane in range(n)], n)
    return w.value(f"fadd {t} {stay}, {swap}")


def _part(w: Writer, x: str, start: int, n: int) -> str:
    half = n // 2
    return w.lane(x, start, n) if half == 1 else shuffled(w, x, "poison", range(start, start + half), n)
