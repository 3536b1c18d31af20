"""Sums of products of strided arrays, as matrix products where they can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from ..tape.tape import Floats

Axes = tuple[int, ...]


def contraction(a: Floats, b: Floats | None, axes: Axes) -> Callable[[], Floats]:
    """Return a function that gives Σ a·b over the axes, or Σ a without b, of the numbers that the arrays then hold.

    Both are of one shape; an axis along which an operand does not vary has stride 0. The result keeps that shape, with
    1 for the axes summed over.

    >>> W, x = np.arange(6.0).reshape(2, 3, 1), np.ones((3, 5))
    >>> product = contraction(np.broadcast_to(W, (2, 3, 5)), np.broadcast_to(x, (2, 3, 5)), (1,))
    >>> product()[:, 0, 0].tolist()
    [3.0, 12.0]
    """
    axes = tuple(axis % a.ndim for axis in axes)
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(a.shape))
    factors = [_without_repeats(x) for x in (a, b) if x is not None]
    varying = [[x.shape[axis] > 1 for axis in range(a.ndim)] for x in factors]
    repeats = prod(a.shape[axis] for axis in axes if not any(varies[axis] for varies in varying))
    if len(factors) == 1:
        return lambda: np.broadcast_to(factors[0].sum(axes, keepdims=True) * float(repeats), shape)
    both = tuple(axis for axis in axes if all(varies[axis] for varies in varying))
    alone = [tuple(axis for axis in axes if varies[axis] and axis not in both) for varies in varying]

    def product() -> Floats:
        x, y = [f.sum(own, keepdims=True) if own else f for f, own in zip(factors, alone, strict=True)]
        found = _multiplied(x, y, both) if both else x * y
        for f, own in zip(factors, alone[::-1], strict=True):
            if own and not (finite := np.isfinite(f).all(axes, keepdims=True)).all():  # (Σ w)·∞ is not Σ w·∞, or NaN
                found = np.where(finite, found, (factors[0] * factors[1]).sum(axes, keepdims=True))
        return np.broadcast_to(found if repeats == 1 else found * float(repeats), shape)

    return product


def _without_repeats(x: Floats) -> Floats:
    return x[tuple(slice(None) if stride else slice(1) for stride in x.strides)]


def _multiplied(a: Floats, b: Floats, both: Axes) -> Floats:
    """Return Σ a·b over axes in which both vary, as a batch of matrix products."""
    others = [axis for axis in range(a.ndim) if axis not in both]
    batch = [axis for axis in others if a.shape[axis] > 1 and b.shape[axis] > 1]
    if batch and batch[-1] == a.ndim - 1:  # many small products, one a row: NumPy's own loops run along the rows
        return np.expand_dims(_along_rows(a, b, others), both)
    of_a = [axis for axis in others if a.shape[axis] > 1 and axis not in batch]
    of_b = [axis for axis in others if axis not in batch and axis not in of_a]
    left = _matrices(a, batch, of_a, both, of_b)
    right = _matrices(b, batch, both, of_b, of_a)
    sizes = [max(a.shape[i], b.shape[i]) for i in (*batch, *of_a, *of_b)] + [1] * len(both)
    product: Floats = (left @ right).reshape(sizes).transpose(np.argsort([*batch, *of_a, *of_b, *both]))
    return product


def _matrices(x: Floats, batch: Sequence[int], rows: Sequence[int], columns: Sequence[int], rest: Sequence[int]) -> Any:
    def size(axes: Sequence[int]) -> int:
        return prod(x.shape[axis] for axis in axes)

    many = [x.shape[axis] for axis in batch]
    return x.transpose(*batch, *rows, *columns, *rest).reshape(*many, size(rows), size(columns))


def _along_rows(a: Floats, b: Floats, kept: Sequence[int]) -> Floats:
    letters = ascii_letters[: a.ndim]
    result: Floats = np.einsum(f"{letters},{letters}->{''.join(letters[axis] for axis in kept)}", a, b)
    return result
