"""Sums of products of strided arrays, as matrix products where they can be."""

from __future__ import annotations

from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from .tape import Floats

Axes = tuple[int, ...]


def contract(a: Floats, b: Floats | None, axes: Axes) -> Floats:
    """Return Σ a·b over the axes, or Σ a without b; the shape is kept, with 1 for the axes.

    Both have the same number of axes; along those in which an operand does not vary its stride is 0, or its length 1.

    >>> W, x = np.arange(6.0).reshape(2, 3, 1), np.broadcast_to(np.ones((3, 5)), (2, 3, 5))
    >>> contract(W, x, (1,))[:, 0, 0].tolist()
    [3.0, 12.0]
    """
    shape = np.broadcast_shapes(a.shape, a.shape if b is None else b.shape)
    a = _without_repeats(a)
    b = np.ones((1,) * a.ndim) if b is None else _without_repeats(b)
    repeats = 1
    for axis in axes:  # where one factor does not vary, the sum of the other comes first
        if a.shape[axis] == 1 and b.shape[axis] == 1:
            repeats *= shape[axis]
        elif a.shape[axis] == 1:
            b = b.sum(axis, keepdims=True)
        elif b.shape[axis] == 1:
            a = a.sum(axis, keepdims=True)
    both = tuple(axis for axis in axes if a.shape[axis] > 1 and b.shape[axis] > 1)
    product = _multiplied(a, b, both) if both else a * b
    product = product if repeats == 1 else product * repeats
    return np.broadcast_to(product, tuple(1 if axis in axes else n for axis, n in enumerate(shape)))


def _without_repeats(x: Floats) -> Floats:
    return x[tuple(slice(None) if stride else slice(1) for stride in x.strides)]


def _multiplied(a: Floats, b: Floats, both: Axes) -> Floats:
    """Return Σ a·b over axes in which both vary, as a batch of matrix products."""
    others = [axis for axis in range(a.ndim) if axis not in both]
    batch = [axis for axis in others if a.shape[axis] > 1 and b.shape[axis] > 1]
    if batch and batch[-1] == a.ndim - 1:  # many small products, one a row: NumPy's own loops run along the rows
        letters = ascii_letters[: a.ndim]
        kept = "".join(letters[axis] for axis in others)
        product = np.einsum(f"{letters},{letters}->{kept}", a, b)
        return np.expand_dims(product, both)
    of_a = [axis for axis in others if a.shape[axis] > 1 and axis not in batch]
    of_b = [axis for axis in others if axis not in batch and axis not in of_a]
    rows, columns = prod(a.shape[i] for i in of_a), prod(b.shape[i] for i in of_b)
    inner, many = prod(a.shape[i] for i in both), [a.shape[i] for i in batch]
    left = a.transpose(*batch, *of_a, *both, *of_b).reshape(*many, rows, inner)
    right = b.transpose(*batch, *both, *of_b, *of_a).reshape(*many, inner, columns)
    product = left @ right
    order = [*batch, *of_a, *of_b, *both]
    sizes = [max(a.shape[i], b.shape[i]) for i in (*batch, *of_a, *of_b)] + [1] * len(both)
    return np.moveaxis(product.reshape(sizes), range(a.ndim), order)
