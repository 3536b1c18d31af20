"""Result: what a kernel of any back end gives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tape.tape import Floats

CHUNK = 8192
"""So many numbers are multiplied at a time: more than 10,000 BLAS gives to threads, which then wait for each other."""


class Result(NamedTuple):
    """What a kernel gives: `outputs` by name, each (rows, size), and the gradient (p,), summed over the rows.

    `memory` is one array that holds all these numbers and besides them only finite ones, if there is one.
    """

    outputs: dict[str, Floats]
    gradient: Floats
    memory: Floats | None = None

    def is_small(self) -> bool:
        """Return whether all numbers are finite and none is very large.

        >>> Result({"values": np.ones((3, 1))}, np.array([1e200])).is_small()
        False
        """
        if self.memory is not None:
            return _is_small(self.memory)
        return all(map(_is_small, (*self.outputs.values(), self.gradient)))

    def rows(self, which: NDArray[np.bool_]) -> Result:
        """Return some of the rows."""
        return Result({name: x[which] for name, x in self.outputs.items()}, self.gradient)


def _is_small(x: Floats) -> bool:
    if x.size <= CHUNK:
        return math.isfinite(np.vdot(x, x))  # which unlike `dot` never warns
    flat = x.reshape(-1)
    return all(_is_small(flat[start : start + CHUNK]) for start in range(0, len(flat), CHUNK))
