"""A plan bound to memory: each nest as a step on views of it, made once and run as often as there are rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...primitives import Arithmetic
from ..nests.nests import Address, Nest, Plan, Space
from ..tape.arrays import FAST, STRICT
from ..tape.tape import FIRST_ROW, LESS, ROWS, SUM, Floats
from .contraction import contraction

Step = Callable[[], None]

ROUNDING = {True: STRICT, False: FAST}
"""The arithmetic of transcendental functions, in strict mode and otherwise."""


class Workspace:
    """Memory for some rows, and the steps that compute a plan in it.

    spaces      of each space an array (places, rows), or (places, 1) where the numbers are the same for all rows
    once        steps for what does not depend on the rows
    each        steps for every block of rows
    """

    def __init__(self, plan: Plan, rows: int, strict: bool) -> None:
        sizes = {Space.ONE: plan.ones, Space.PARAM: plan.parameters, Space.GRAD: plan.gradients}
        self.spaces = {space: np.zeros((size, 1)) for space, size in sizes.items()}
        self.spaces[Space.ROW] = np.zeros((plan.rows, rows))
        self.spaces[Space.ONE][: len(plan.constants), 0] = plan.constants
        self.rows = rows
        self._strict = strict
        self._arithmetic: Arithmetic = ROUNDING[strict]
        self.once = [step for nest in plan.nests if nest.out.space is Space.ONE for step in self._steps(nest)]
        self.each = [step for nest in plan.nests if nest.out.space is not Space.ONE for step in self._steps(nest)]

    def begin(self, parameters: Floats, gradient: Floats) -> None:
        """Take these parameters, and this gradient to add to; compute what depends on no row."""
        self.spaces[Space.PARAM][:, 0] = parameters
        self.spaces[Space.GRAD][:, 0] = gradient
        for step in self.once:
            step()

    def run(self, inputs: Floats) -> None:
        """Compute everything for as many rows as there is room for: inputs (rows, d)."""
        self.spaces[Space.ROW][: inputs.shape[1]] = inputs.T
        for step in self.each:
            step()

    def _steps(self, nest: Nest) -> list[Step]:
        """Return the steps of one nest: fetch what tables name, compute, store."""
        steps: list[Step] = []
        terms = []
        for s in nest.segments:
            a = self._numbers(s.a, nest.extents, s.length, steps)
            b = None if s.b is None else self._numbers(s.b, nest.extents, s.length, steps)
            terms.append(Terms(s.sign, a, b))
        if nest.out.space is Space.GRAD:
            return [*steps, self._added(nest, terms)]
        target, where = self._target(nest)
        if nest.out.table is None:
            return [*steps, self._computed(nest, terms, target)]
        result = np.empty((*nest.extents, target.shape[1]))
        return [*steps, self._computed(nest, terms, result), lambda: target.__setitem__(where, result)]

    def _target(self, nest: Nest) -> tuple[Floats, Any]:
        """Return an array, and the index of it at which the results stand, of shape (*extents, rows or 1)."""
        if nest.out.table is None:
            return self._view(nest.out, nest.extents, 1)[..., 0, :], ...
        return self.spaces[nest.out.space], nest.out.table[..., 0]

    def _computed(self, nest: Nest, terms: list[Terms], result: Floats) -> Step:
        """Return the step that puts the numbers of a nest into `result`, of shape (*extents, rows)."""
        if nest.op == SUM:
            return _left_fold(terms, result) if self._strict else _summed(terms, result)
        x = [t.a[..., k, :] for t in terms for k in range(t.a.shape[-2])]
        value = _value(nest.op, self._arithmetic)
        return lambda: np.copyto(result, value(x))

    def _added(self, nest: Nest, terms: list[Terms]) -> Step:
        """Return the step that adds the sums of all rows to the gradient: in strict mode one row after the other."""
        target, where = self._target(nest)
        if not self._strict:
            parts = [(t.sign, contraction(*t.repeated(self.rows), (-2, -1))) for t in terms]

            def add() -> None:
                for sign, part in parts:
                    target[where] += sign * part()[..., 0, :]

            return add
        collected = np.empty((*nest.extents, 1 + self.rows))
        fold = _left_fold(terms, collected[..., 1:])

        def add_in_order() -> None:
            collected[..., :1] = target[where]
            fold()
            target[where] = np.add.accumulate(collected, axis=-1)[..., -1:]

        return add_in_order

    def _numbers(self, address: Address, extents: tuple[int, ...], length: int, steps: list[Step]) -> Floats:
        """Return the numbers at an address, of shape (*extents, length, rows or 1), with a step to fetch them."""
        if address.table is None:
            return self._view(address, extents, length)
        memory, table = self.spaces[address.space], address.table
        fetched = np.empty((*extents, length, memory.shape[1]))

        def fetch() -> None:
            np.take(memory, table, axis=0, out=fetched, mode="clip")  # with "raise" NumPy would make a copy besides

        steps.append(fetch)
        return fetched

    def _view(self, address: Address, extents: tuple[int, ...], length: int) -> Floats:
        memory = self.spaces[address.space]
        row, number = memory.strides
        strides = [s * row for s in (*address.strides, address.step)]
        return as_strided(memory[address.base :], (*extents, length, memory.shape[1]), [*strides, number])


class Terms(NamedTuple):
    """A segment of a sum: its factors, of shape (*extents, length, rows or 1)."""

    sign: float
    a: Floats
    b: Floats | None

    def repeated(self, rows: int) -> tuple[Floats, Floats | None]:
        """Return the factors, with stride 0 where they repeat, of shape (*extents, length, rows)."""
        shape = (*self.a.shape[:-1], rows)
        return np.broadcast_to(self.a, shape), None if self.b is None else np.broadcast_to(self.b, shape)


def _summed(terms: list[Terms], result: Floats) -> Step:
    """Return the step that puts sums into `result`, in any order of addition."""
    parts = [(t.sign, contraction(*t.repeated(result.shape[-1]), (-2,))) for t in terms]

    def step() -> None:
        sign, first = parts[0]
        np.multiply(first()[..., 0, :], sign, out=result)
        for sign, part in parts[1:]:
            (np.add if sign > 0.0 else np.subtract)(result, part()[..., 0, :], out=result)

    return step


def _left_fold(terms: list[Terms], result: Floats) -> Step:
    """Return the step that puts sums into `result`, one term after the other."""
    product = np.empty(result.shape)

    def step() -> None:
        result[...] = -0.0  # the one number that changes nothing in a sum
        for sign, a, b in terms:
            add = np.add if sign > 0.0 else np.subtract
            for k in range(a.shape[-2]):
                term = a[..., k, :] if b is None else np.multiply(a[..., k, :], b[..., k, :], out=product)
                add(result, term, out=result)

    return step


def _value(op: int, m: Arithmetic) -> Callable[[Sequence[Floats]], Any]:
    """Return the operation of a code, on its operands one after the other."""
    if op < FIRST_ROW:
        compare = np.less if op == LESS else np.less_equal
        return lambda x: compare(x[0], x[1])
    p = ROWS[op - FIRST_ROW]
    return (lambda x: p.value(m, x)) if p.blocks else (lambda x: p.value(m, *x))
