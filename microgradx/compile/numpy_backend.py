"""The NumPy back end: each nest as strided views of memory. It serves where there is no compiler, and as an oracle.

In strict mode every sum is a left fold, over its terms and then over the rows of the batch, and transcendental
functions are the C library's, so that results are bit-equal to those of eager Values. In default mode sums of products
are matrix products where they can be.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..primitives import Arithmetic
from .arrays import FAST, STRICT
from .contraction import contract
from .nests import Address, Nest, Plan, Segment, Space
from .tape import FIRST_ROW, LESS, ROWS, SUM, Floats

NUMBERS = 1 << 19
"""How many numbers the memory for a block of rows may hold: more does not fit into a cache."""


class Result(NamedTuple):
    """`outputs` name → (rows, k), and `gradient` (g,), summed over the rows."""

    outputs: dict[str, Floats]
    gradient: Floats


class NumpyKernel:
    """A plan made ready to run."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._once = [nest for nest in plan.nests if nest.out.space is Space.ONE]
        self._each = [nest for nest in plan.nests if nest.out.space is not Space.ONE]

    def __call__(self, inputs: Any, parameters: Any = (), *, weight: Any = 1.0, strict: bool = False) -> Result:
        """Run the plan on rows of inputs, with the parameters as they are now.

        inputs (rows, d), where a weighted plan has its last input from `weight`, one number or one for each row;
        parameters (p,).

        >>> from .reroll import reroll
        >>> from .tape import INPUT, PARAMETER, Builder
        >>> b = Builder()
        >>> w, x = b.leaves(PARAMETER, range(4)), b.leaves(INPUT, range(2))
        >>> y = b.sums(w.reshape(2, 2), x)
        >>> NumpyKernel(reroll(b.tape(values=y)).plan)([[1.0, 2.0]], [1.0, 0.0, 3.0, 4.0]).outputs["values"]
        array([[ 1., 11.]])
        """
        plan = self._plan
        inputs = np.asarray(inputs, np.float64)
        n = len(inputs)
        given = plan.inputs - plan.weighted
        if inputs.shape != (n, given):
            raise ValueError(f"the plan takes {given} inputs a row, not an array of shape {inputs.shape}")
        weights = np.broadcast_to(np.asarray(weight, np.float64), (n,))
        ones, gradient = np.zeros(plan.ones), np.zeros(plan.gradients)
        ones[: len(plan.constants)] = plan.constants
        results = {name: np.empty((n, len(places))) for name, places in plan.outputs.items()}
        size = self._rows_at_once(strict)
        memory = Memory(ones, np.array(parameters, np.float64).reshape(plan.parameters), gradient, plan.rows, strict)
        with np.errstate(all="ignore"):
            for nest in self._once:
                memory.run(nest)
            for start in range(0, n, size):
                rows = slice(start, min(start + size, n))
                memory.load(inputs[rows], weights[rows] if plan.weighted else None)
                for nest in self._each:
                    memory.run(nest)
                for name, places in plan.outputs.items():
                    for k, (space, place) in enumerate(places):
                        results[name][rows, k] = memory.spaces[space][place]
        return Result(results, gradient)

    def _rows_at_once(self, strict: bool) -> int:
        return max(1, NUMBERS // max(1, self._plan.rows + max(map(_work, self._each), default=0)))


def _work(nest: Nest) -> int:
    """Return how many numbers a nest may need at once for each row, besides what is stored."""
    gathered = [s.length for s in nest.segments if s.a.table is not None or (s.b and s.b.table is not None)]
    return prod(nest.extents) * (2 + max(gathered, default=0))


class Memory:
    """The four spaces while a plan runs: arrays of shape (places, rows), or (places, 1) of what is the same for all."""

    def __init__(self, ones: Floats, parameters: Floats, gradient: Floats, places: int, strict: bool) -> None:
        none = np.zeros((places, 0))
        self.spaces = {
            Space.ROW: none,
            Space.ONE: ones[:, None],
            Space.PARAM: parameters[:, None],
            Space.GRAD: gradient[:, None],
        }
        self._places = places
        self._strict = strict
        self._arithmetic: Arithmetic = STRICT if strict else FAST

    def load(self, inputs: Floats, weights: Floats | None) -> None:
        """Begin a block of rows."""
        n, d = inputs.shape
        if self.spaces[Space.ROW].shape[1] != n:
            self.spaces[Space.ROW] = np.empty((self._places, n))
        self.spaces[Space.ROW][:d] = inputs.T
        if weights is not None:
            self.spaces[Space.ROW][d] = weights

    def run(self, nest: Nest) -> None:
        """Compute one nest."""
        out, extents = nest.out, nest.extents
        memory = self.spaces[out.space]
        target = memory[out.table[..., 0]] if out.table is not None else self._numbers(out, extents, 1)[..., 0, :]
        if out.space is Space.GRAD:
            self._add_rows(nest, target)
        elif nest.op == SUM:
            self._sum(nest, target)
        else:
            target[...] = self._atom(nest)
        if out.table is not None:
            memory[out.table[..., 0]] = target

    def _add_rows(self, nest: Nest, target: Floats) -> None:
        """Add the sums of all rows to `target`, of shape (*extents, 1): in strict mode one row after the other."""
        rows = self.spaces[Space.ROW].shape[1]
        if self._strict:
            found = np.empty((*nest.extents, 1 + rows))
            found[..., :1] = target
            self._sum(nest, found[..., 1:])
            target[...] = np.add.accumulate(found, axis=-1)[..., -1:]
            return
        for s in nest.segments:
            a, b = self._factors(s, nest.extents, rows)
            target += s.sign * contract(a, b, (a.ndim - 2, a.ndim - 1))[..., 0, :]

    def _sum(self, nest: Nest, target: Floats) -> None:
        """Put sums into `target`, of shape (*extents, rows): in strict mode one term after the other."""
        if not self._strict:
            for i, s in enumerate(nest.segments):
                a, b = self._factors(s, nest.extents, target.shape[-1])
                part = contract(a, b, (a.ndim - 2,))[..., 0, :]
                if i == 0:
                    np.multiply(part, s.sign, out=target)
                elif s.sign > 0.0:
                    target += part
                else:
                    target -= part
            return
        target[...] = -0.0  # the one number that changes nothing in a sum
        for s in nest.segments:
            for k in range(s.length):
                a = self._term(s.a, nest.extents, k)
                product = a if s.b is None else a * self._term(s.b, nest.extents, k)
                (np.add if s.sign > 0.0 else np.subtract)(target, product, out=target)

    def _atom(self, nest: Nest) -> Any:
        x = [self._term(s.a, nest.extents, k) for s in nest.segments for k in range(s.length)]
        if nest.op < FIRST_ROW:
            return x[0] < x[1] if nest.op == LESS else x[0] <= x[1]
        p = ROWS[nest.op - FIRST_ROW]
        return p.value(self._arithmetic, *((x,) if p.blocks else x))

    def _factors(self, s: Segment, extents: tuple[int, ...], rows: int) -> tuple[Floats, Floats | None]:
        """Return the factors of a segment, of shape (*extents, length, rows), with stride 0 where they repeat."""
        shape = (*extents, s.length, rows)
        a, b = [None if x is None else np.broadcast_to(self._numbers(x, extents, s.length), shape) for x in (s.a, s.b)]
        assert a is not None
        return a, b

    def _term(self, address: Address, extents: tuple[int, ...], k: int) -> Floats:
        """Return the numbers of term k, of shape (*extents, rows or 1)."""
        if address.table is not None:
            return self.spaces[address.space][address.table[..., k]]
        at_k = replace(address, base=address.base + k * address.step, step=0)
        return self._numbers(at_k, extents, 1)[..., 0, :]

    def _numbers(self, address: Address, extents: tuple[int, ...], length: int) -> Floats:
        """Return the numbers that an address names, of shape (*extents, length, rows or 1)."""
        memory = self.spaces[address.space]
        if address.table is not None:
            return memory[address.table]
        row, number = memory.strides
        strides = [s * row for s in (*address.strides, address.step)]
        return as_strided(memory[address.base :], (*extents, length, memory.shape[1]), [*strides, number])
