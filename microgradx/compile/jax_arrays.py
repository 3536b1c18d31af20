"""Arrays of the JAX back end: numbers by their places, products over named axes, and the atoms.

Whatever has the functions of NumPy serves as `jnp`, which is how the doctests run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..primitives import Arithmetic
from .addresses import fitted
from .nests import Space
from .tape import Ints

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
        order = np.argsort(places, axis=None, kind="stable")
        axes = sorted(range(places.ndim), key=lambda axis: -int(np.ptp(places, axis).max(initial=0)))
        print(order, axes)


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
            return jnp.einsum(f"{of_x},{of_y}->{kept}", x, y, precision="highest"), kept
        product = aligned(x, of_x, "".join(present)) * aligned(y, of_y, "".join(present))
    else:
        ((product, _),) = factors
    axes = tuple(present.index(letter) for letter in summed)
    return (product.sum(axes) if axes else product), kept
