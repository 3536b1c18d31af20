"""Arrays of the JAX back end: numbers by their places, products over named axes, and the atoms.

Whatever has the functions of NumPy serves as `jnp`, which is how the doctests run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..primitives import Arithmetic
from .addresses import fitted
from .nests import Space
from .tape import Ints, gathered

Factor = tuple[Any, str]
"""An array and a letter for each of its axes."""


class Memory:
    """The numbers of a space, place by place along the first axis, in blocks that are never written to.

    >>> memory = Memory(np, np.array([1.0, 2.0]))
    >>> memory.add(np.array([[2, 4], [3, 5]]), np.array([[3.0, 5.0], [4.0, 6.0]]))
    >>> memory.load(np.array([[0, 5], [1, 2]]))
    array([[1., 6.],
           [2., 3.]])
    """

    def __init__(self, jnp: Any, first: Any) -> None:
        self._jnp = jnp
        self._rest = first.shape[1:]
        self._blocks: dict[int, Any] = {0: first}  # by the place where they begin

    def holds(self, places: Ints) -> NDArray[np.bool_]:
        """Return which places have numbers."""
        starts, lengths = self._ranges()
        block = np.searchsorted(starts, places, "right") - 1
        held: NDArray[np.bool_] = places < (starts + lengths)[block]
        return held

    def add(self, places: Ints, numbers: Any) -> None:
        """Take numbers (*places.shape, …) for these places; where there are some already, they are added to these."""
        if not places.size:
            return
        corner = places[(0,) * places.ndim]
        steps = [int(np.moveaxis(places, axis, 0)[-1].flat[0] - corner) for axis in range(places.ndim)]
        axes = sorted(range(places.ndim), key=lambda axis: -steps[axis])
        rest = tuple(range(places.ndim, numbers.ndim))
        flat = places.transpose(axes).reshape(-1)
        numbers = numbers.transpose((*axes, *rest)).reshape((flat.size, *self._rest))
        if (np.diff(flat) < 0).any():
            order = np.argsort(flat)
            flat, numbers = flat[order], self._jnp.take(numbers, order, axis=0)
        if self.holds(flat).any():
            flat, numbers = self._with_others(flat, numbers)
        bounds = [0, *(np.flatnonzero(np.diff(flat) != 1) + 1).tolist(), flat.size]
        for begin, end in pairwise(bounds):
            self._blocks[int(flat[begin])] = numbers[begin:end]

    def load(self, places: Ints) -> Any:
        """Return the numbers of places, shaped as these, (*places.shape, …)."""
        starts, lengths = self._ranges()
        block = np.searchsorted(starts, places, "right") - 1
        used = np.unique(block)
        if not len(used):
            return self._jnp.zeros((*places.shape, *self._rest), self._blocks[int(starts[0])].dtype)
        blocks = [self._blocks[start] for start in starts[used].tolist()]
        x = blocks[0] if len(blocks) == 1 else self._jnp.concatenate(blocks)
        offset = np.zeros(len(starts), np.int64)
        offset[used] = np.cumsum(lengths[used]) - lengths[used]
        return taken(self._jnp, x, places - starts[block] + offset[block])

    def _ranges(self) -> tuple[Ints, Ints]:
        starts = np.array(sorted(self._blocks), np.int64)
        return starts, np.array([self._blocks[start].shape[0] for start in starts.tolist()], np.int64)

    def _with_others(self, flat: Ints, numbers: Any) -> tuple[Ints, Any]:
        """Return the places that there are already and new ones, and the sums of what each has."""
        starts, lengths = self._ranges()
        old = gathered(starts, lengths)
        every = np.union1d(old, flat)
        nothing = self._jnp.zeros((1, *self._rest), numbers.dtype)
        total = 0.0
        for places, found in ((old, self.load(old)), (flat, numbers)):
            where = np.full(len(every), len(places))
            where[np.searchsorted(every, places)] = np.arange(len(places))
            total = total + self._jnp.take(self._jnp.concatenate([found, nothing]), where, axis=0)
        self._blocks = {}
        return every, total


def taken(jnp: Any, x: Any, places: Ints) -> Any:
    """Return x[places], as slices where the places follow a rule.

    >>> taken(np, np.arange(12.0), np.array([[1, 5, 9], [2, 6, 10]]))
    array([[ 1.,  5.,  9.],
           [ 2.,  6., 10.]])
    """
    extents = tuple(extent for extent in places.shape if extent != 1)
    if places.size:
        rule = fitted(Space.ROW, places.reshape(*extents, 1))
        view = None if rule.table is not None else _sliced(jnp, x, rule.base, rule.strides, extents)
        if view is not None:
            return view.reshape((*places.shape, *x.shape[1:]))
    return jnp.take(x, places, axis=0, mode="clip")


def _sliced(jnp: Any, x: Any, base: int, strides: tuple[int, ...], extents: tuple[int, ...]) -> Any:
    """Return x at base + Σ stride·i for i below the extents, by slices and reshapes; None where places overlap."""
    order = sorted(range(len(extents)), key=lambda axis: -abs(strides[axis]))
    spans = [1]  # how many places the innermost axes reach over, from none of them to all
    for axis in reversed(order):
        if abs(strides[axis]) < spans[-1]:
            return None
        spans.append(spans[-1] + (extents[axis] - 1) * abs(strides[axis]))
    first = base + sum(min(0, stride * (extent - 1)) for stride, extent in zip(strides, extents, strict=True))
    x, rest = x[first : first + spans.pop()], x.shape[1:]
    for done, axis in enumerate(order):
        stride = abs(strides[axis])
        missing = extents[axis] * stride - x.shape[done]
        if missing > 0:
            x = jnp.pad(x, [(0, missing if k == done else 0) for k in range(x.ndim)])
        x = x.reshape((*x.shape[:done], extents[axis], stride, *rest))
        x = x[(slice(None),) * (done + 1) + (slice(spans.pop()),)]
    x = x.reshape(*(extents[axis] for axis in order), *rest)
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
            "equal": lambda x, y: jnp.where(x == y, x.dtype.type(1.0), x.dtype.type(0.0)),
            "select": lambda condition, x, y: jnp.where(condition != 0, x, y),
            "max": extremum(jnp.max),
            "min": extremum(jnp.min),
        }
    )
