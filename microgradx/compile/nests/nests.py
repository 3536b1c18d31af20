"""Loop nests: what a back end runs. One nest computes a whole block of nodes of one kind.

A nest with extents (m, n) and a SUM of two segments means, for each i < m, j < n, and row of the batch,

    out[i, j] = Σₖ ± a₁[i, j, k]·b₁[i, j, k] + Σₖ ± a₂[i, j, k]·b₂[i, j, k]

added from left to right, first term first. Every operand has an address: a space of memory, and in it
base + Σ stride_d · i_d + step · k, or, where no such rule holds, table[i, j, k].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from math import prod
from typing import Self

from ..tape.tape import Floats, Ints


class Space(IntEnum):
    """Where a number stands.

    ROW     one number for each row of the batch: first the inputs, in order, then computed nodes
    ONE     one number for all rows: first the constants, then what depends on parameters and constants alone
    PARAM   the parameters
    GRAD    gradients of parameters: what a nest writes here is *added*, over all rows of the batch, to what is there
    """

    ROW = 0
    ONE = 1
    PARAM = 2
    GRAD = 3


@dataclass(frozen=True)
class Address:
    """base + Σ strides[d]·i_d + step·k in a space; or table[i₁, …, i_d, k] if there is a table."""

    space: Space
    base: int
    strides: tuple[int, ...]
    step: int = 0
    table: Ints | None = None  # shape (*extents, length); base, strides and step are then 0


@dataclass(frozen=True)
class Segment:
    """`length` terms ± a·b of a sum, or ± a without b; of any other operation, `length` operands a."""

    length: int
    a: Address
    b: Address | None = None
    sign: float = 1.0

    @property
    def operands(self) -> tuple[Address, ...]:
        """All that it reads."""
        return (self.a,) if self.b is None else (self.a, self.b)

    def mapped(self, f: Callable[[Address], Address]) -> Self:
        """Return the segment with other addresses."""
        return replace(self, a=f(self.a), b=None if self.b is None else f(self.b))


@dataclass(frozen=True)
class Nest:
    """One operation over a block of nodes; `op` is a code of `tape`, of a SUM or of an atom."""

    op: int
    extents: tuple[int, ...]
    out: Address
    segments: tuple[Segment, ...]

    @property
    def terms(self) -> int:
        """How many terms it adds up for a row, or how many numbers an atom is applied to."""
        return prod(self.extents) * sum(s.length for s in self.segments)


@dataclass(frozen=True)
class Plan:
    """What a back end is given: nests in order of execution, the sizes of the spaces, where results stand.

    constants   (c,) the first numbers of space ONE
    inputs      how many inputs there are: the first slots of space ROW
    rows, ones, parameters, gradients      sizes of the four spaces, in numbers (for one row of the batch)
    weighted    whether the last input is the weight of the row, which seeds the error signals
    outputs     name → addresses as pairs (space, place), one for each number of the output
    """

    nests: tuple[Nest, ...]
    constants: Floats
    inputs: int
    rows: int
    ones: int
    parameters: int
    gradients: int
    weighted: bool
    outputs: dict[str, tuple[tuple[Space, int], ...]]
