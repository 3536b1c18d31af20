"""The constants of a plan: they stand at the beginning of space ONE."""

from __future__ import annotations

import numpy as np

from ..tape.arrays import bits
from ..tape.tape import Floats
from .nests import Address, Space


class Literals:
    """Blocks of constants, equal ones stored once.

    >>> pool = Literals()
    >>> pool.address(np.array([[1.0, 2.0], [1.0, 2.0]]))
    Address(space=<Space.ONE: 1>, base=0, strides=(0,), step=1, table=None)
    >>> pool.address(np.array([[2.0], [1.0]]))
    Address(space=<Space.ONE: 1>, base=2, strides=(1,), step=0, table=None)
    >>> pool.numbers.tolist()
    [1.0, 2.0, 2.0, 1.0]
    """

    def __init__(self) -> None:
        self._blocks: list[Floats] = [np.zeros(0)]
        self._places: dict[bytes, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def numbers(self) -> Floats:
        """(c,) all constants, in order of their places."""
        return np.concatenate(self._blocks)

    def address(self, numbers: Floats) -> Address:
        """Return where constants of shape (*extents, length) stand; axes in which they do not vary have stride 0."""
        told = bits(numbers)
        varies = [bool((told != told.take([0], axis)).any()) for axis in range(told.ndim)]
        kept = np.ascontiguousarray(numbers[tuple(slice(None) if v else 0 for v in varies)])
        strides, width = [0] * told.ndim, 1
        for axis in reversed(range(told.ndim)):
            if varies[axis]:
                strides[axis], width = width, width * told.shape[axis]
        base = self._places.setdefault(kept.tobytes(), self._count)
        if base == self._count:
            self._blocks.append(kept.reshape(-1))
            self._count += kept.size
        return Address(Space.ONE, base, tuple(strides[:-1]), strides[-1])
