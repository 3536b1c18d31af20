"""Arrays of the JAX back end: numbers by their places, products over named axes, and the atoms.

Whatever has the functions of NumPy serves as `jnp`, which is how the doctests run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...primitives import Arithmetic
from ..nests.addresses import fitted
from ..nests.nests import Space
from ..tape.tape import NONE, Ints

Factor = tuple[Any, str]
"""An array and a letter for each of its axes."""


class Memory:
    """The numbers of a space, place by place along the first axis, in blocks that are never written to.

    >>> memory = Memory(np, np.array([1.0, 2.0]))
    >>> memory.add(np.array([[2, 4], [3, 5]]), np.array([[3.0, 5.0], [4.0, 6.0]]))
    >>> memory.add(np.array([1]), np.array([0.5]))
    >>> memory.load(np.array([[0, 5], [1, 2]]))
    array([[1. , 6. ],
           [2.5, 3. ]])
    """

    def __init__(self, jnp: Any, first: Any) -> None:
        self._jnp = jnp
        self._rest = first.shape[1:]
        self._blocks = [first]
        self._block = np.zeros(first.shape[0], np.int64)  # of each place the block, or NONE,
        self._index = np.arange(first.shape[0])  # and where it is in that

    def add(self, places: Ints, numbers: Any) -> None:
        """Take numbers (*places.shape, …) for these places; where there are some already, they are added to these."""
        if not places.size:
            return
        spread = [int(np.ptp(places, axis).max()) for axis in range(places.ndim)]
        axes = sorted(range(places.ndim), key=lambda axis: -spread[axis])  # neighbouring places side by side
        flat = places.transpose(axes).reshape(-1)
        numbers = numbers.transpose((*axes, *range(places.ndim, numbers.ndim))).reshape((flat.size, *self._rest))
        missing = max(0, int(flat.max()) + 1 - len(self._block))
        self._block = np.append(self._block, np.full(missing, NONE))
        self._index = np.append(self._index, np.zeros(missing, np.int64))
        if (there := self.holds(flat)).any():
            before = self.load(np.where(there, flat, flat[there][0]))
            numbers = numbers + self._jnp.where(there.reshape(-1, *[1] * len(self._rest)), before, 0.0)
        self._block[flat], self._index[flat] = len(self._blocks), np.arange(flat.size)
        self._blocks.append(numbers)

    def holds(self, places: Ints) -> NDArray[np.bool_]:
        """Return which places have numbers."""
        held: NDArray[np.bool_] = np.append(self._block, NONE)[np.minimum(places, len(self._block))] != NONE
        return held

    def load(self, places: Ints) -> Any:
        """Return the numbers of places, shaped as these, (*places.shape, …)."""
        if not places.size:
            return self._jnp.zeros((*places.shape, *self._rest), self._blocks[0].dtype)
        block = self._block[places]
        used, first = np.unique(block, return_index=True)
        used = used[np.argsort(first)]
        blocks = [self._blocks[i] for i in used.tolist()]
        offset = np.zeros(len(self._blocks), np.int64)
        offset[used[1:]] = np.cumsum([x.shape[0] for x in blocks[:-1]])
        x = blocks[0] if len(blocks) == 1 else self._jnp.concatenate(blocks)
        return taken(self._jnp, x, offset[block] + self._index[places])


def taken(jnp: Any, x: Any, places: Ints) -> Any:
    """Return x[places], as slices where the places follow a rule.

    >>> taken(np, np.arange(12.0), np.array([[1, 5, 9], [2, 6, 10]]))
    array([[ 1.,  5.,  9.],
           [ 2.,  6., 10.]])
    """
    extents = tuple(extent for extent in places.shape if extent != 1)
    shape = (*places.shape, *x.shape[1:])
    if places.size == 1:
        return x[int(places.flat[0])].reshape(shape)
    if places.size:
        rule = fitted(Space.ROW, places.reshape(*extents, 1))
        view = None if rule.table is not None else _sliced(jnp, x, rule.base, rule.strides, extents)
        if view is not None:
            return view.reshape(shape)
    return jnp.take(x, places, axis=0, mode="clip")


def _sliced(jnp: Any, x: Any, base: int, strides: tuple[int, ...], extents: tuple[int, ...]) -> Any:
    """Return x at base + Σ stride·i for i below the extents, as a slice of a reshaped slice; None if it is none."""
    order = sorted(range(len(extents)), key=lambda axis: -abs(strides[axis]))
    steps, sizes = [abs(strides[axis]) for axis in order], [extents[axis] for axis in order]
    if 0 in steps or any(outer % inner for outer, inner in pairwise(steps)):
        return None
    widths = [sizes[0], *(outer // inner for outer, inner in pairwise(steps))]
    if any(width < size for width, size in zip(widths, sizes, strict=True)):
        return None
    widths[-1] *= steps[-1]
    first = base + sum(min(0, stride * (extent - 1)) for stride, extent in zip(strides, extents, strict=True))
    x, rest, needed = x[first : first + prod(widths)], x.shape[1:], prod(widths)
    if len(widths) > 1:
        if x.shape[0] < needed:  # the last row of a matrix may end before its width
            x = jnp.concatenate([x, jnp.zeros((needed - x.shape[0], *rest), x.dtype)])
        x = x.reshape((*widths, *rest))
    x = x[(*(slice(size) for size in sizes[:-1]), slice(0, sizes[-1] * steps[-1], steps[-1]))]
    x = x.transpose([order.index(axis) for axis in range(len(order))] + list(range(len(order), x.ndim)))
    backwards = [axis for axis, stride in enumerate(strides) if stride < 0]
    return jnp.flip(x, backwards) if backwards else x


def aligned(x: Any, letters: str, wanted: str) -> Any:
    """Return an array whose letters are some of those wanted, in order, with axes of length 1 for the others.

    >>> aligned(np.zeros((2, 5)), "ac", "abc").shape
    (2, 1, 5)
    """
    sizes = dict(zip(letters, x.shape, strict=True))
    return x.reshape([sizes.get(letter, 1) for letter in wanted])


def contracted(jnp: Any, factors: Sequence[Factor], summed: Sequence[str]) -> Factor:
    """Return the product of one or two arrays, summed over some letters, and the letters that are left, sorted.

    A matrix product is one for XLA too; all else is multiplied and added up, which it makes one loop of.

    >>> contracted(np, [(np.ones((2, 3)), "ak"), (np.ones((4, 3)), "bk")], "k")[0].shape
    (2, 4)
    """
    present = sorted({letter for _, letters in factors for letter in letters})
    kept = "".join(letter for letter in present if letter not in summed)
    if len(factors) == 2:
        (x, of_x), (y, of_y) = factors
        both = set(of_x) & set(of_y)
        if both and both <= set(summed):
            return jnp.einsum(f"{of_x},{of_y}->{kept}", x, y), kept
        product = aligned(x, of_x, "".join(present)) * aligned(y, of_y, "".join(present))
    else:
        ((product, _),) = factors
    axes = tuple(present.index(letter) for letter in summed)
    return (product.sum(axes) if axes else product), kept


def arithmetic(jnp: Any) -> Arithmetic:
    """Return the arithmetic of arrays: the atoms, and with them every row of the table.

    >>> float(arithmetic(np).relu(np.array(-1.0)))
    0.0
    """

    def with_nan(x: Any, otherwise: Any) -> Any:
        return jnp.where(jnp.isnan(x), x, otherwise)

    def extremum(reduce: Any) -> Any:
        return lambda xs: reduce(jnp.stack(jnp.broadcast_arrays(*xs)), axis=0)

    own = {name: getattr(jnp, name) for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sqrt", "abs")}
    return Arithmetic(
        own
        | {
            "pow": jnp.power,
            "sign": lambda x: with_nan(x, (x > 0) * 1.0 - (x < 0) * 1.0),
            "step": lambda x: with_nan(x, (x > 0) * 1.0),
            "equal": lambda x, y: (x == y) * 1.0,
            "select": lambda condition, x, y: jnp.where(condition != 0, x, y),
            "max": extremum(jnp.max),
            "min": extremum(jnp.min),
        }
    )
