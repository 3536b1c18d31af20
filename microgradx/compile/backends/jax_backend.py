"""The JAX back end: a plan as one pure function of arrays, which jits, vmaps, differentiates and shards over devices.

Every nest becomes a few operations of jax.numpy on arrays whose last axis is the row of the batch. Nothing is written
in place: memory is the blocks of numbers that nests have computed. All places are known when the function is traced.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from math import prod
from string import ascii_lowercase
from typing import Any

import numpy as np

from ...errors import ShapeError
from ..nests.addresses import indices
from ..nests.nests import Address, Nest, Plan, Segment, Space
from ..tape.tape import FIRST_ROW, LESS, ROWS, SUM
from .jax_arrays import Memory, aligned, arithmetic, contracted

Function = Callable[..., tuple[dict[str, Any], Any]]

EXTENTS, TERM, ROW = ascii_lowercase[:-2], "y", "z"
"""Letters of axes, in order: the extents of a nest, the terms of a segment, the rows of the batch."""


def jax_function(plan: Plan) -> Function:
    """Return the pure function f(parameters, inputs, weight=1.0) → (outputs, gradient) that a plan computes.

    parameters (p,), inputs (rows, d), and weight, a number or one for each row: the last input of a weighted plan.
    outputs is name → (rows, k), gradient (g,) the sum over the rows. ShapeError for other shapes; ImportError without
    jax. The precision is that of the arrays, which is single unless `jax_enable_x64` is set. IEEE rules hold but for
    what XLA leaves open: on a CPU it takes subnormal numbers for 0, and of 0.0 and −0.0 either may be the maximum.

    `jax.jit` of it runs on whatever device JAX finds, `jax.vmap` maps it over sets of parameters, and rows that are
    sharded over devices stay where they are: only the gradient is summed over devices.
    """
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        raise ImportError("the JAX back end needs jax: pip install jax") from None

    def f(parameters: Any, inputs: Any, weight: Any = 1.0) -> tuple[dict[str, Any], Any]:
        with jax.default_matmul_precision("highest"):  # accelerators would round factors to fewer digits
            return computed(jnp, plan, jnp.asarray(parameters), jnp.asarray(inputs), weight)

    return f


def computed(jnp: Any, plan: Plan, parameters: Any, inputs: Any, weight: Any) -> tuple[dict[str, Any], Any]:
    """Return what `jax_function` gives, by the functions of `jnp`, which may be NumPy's.

    >>> from ..nests.reroll import reroll
    >>> from ..tape.tape import INPUT, PARAMETER, Builder
    >>> b = Builder()
    >>> w, x = b.leaves(PARAMETER, range(4)), b.leaves(INPUT, range(2))
    >>> plan = reroll(b.tape(values=b.sums(w.reshape(2, 2), x))).plan
    >>> outputs, _ = computed(np, plan, np.array([1.0, 0.0, 3.0, 4.0]), np.array([[1.0, 2.0]]), 1.0)
    >>> outputs["values"]
    array([[ 1., 11.]])
    """
    given = plan.inputs - plan.weighted
    if parameters.shape != (plan.parameters,) or inputs.ndim != 2 or inputs.shape[1] != given:
        raise ShapeError(
            f"the function takes {plan.parameters} parameters and rows of {given} inputs, "
            f"not arrays of shapes {parameters.shape} and {inputs.shape}"
        )
    run = _Run(jnp, plan, parameters, inputs, weight)
    for nest in plan.nests:
        run.add(nest)
    return {name: run.output(places) for name, places in plan.outputs.items()}, run.gradient()


class _Run:
    """One evaluation of a plan on arrays, or on what JAX traces in place of them."""

    def __init__(self, jnp: Any, plan: Plan, parameters: Any, inputs: Any, weight: Any) -> None:
        kind = jnp.result_type(parameters, inputs, jnp.float32)
        columns = inputs.T.astype(kind)
        self.count = columns.shape[1]
        if plan.weighted:
            weights = jnp.broadcast_to(jnp.asarray(weight, kind), (1, self.count))
            columns = jnp.concatenate([columns, weights])
        self.jnp, self.m, self.kind = jnp, arithmetic(jnp), kind
        self.gradients = plan.gradients
        self.memory = {
            Space.ROW: Memory(jnp, columns),
            Space.ONE: Memory(jnp, jnp.asarray(plan.constants, kind)),
            Space.PARAM: Memory(jnp, parameters.astype(kind)),
            Space.GRAD: Memory(jnp, jnp.zeros((0,), kind)),
        }

    def add(self, nest: Nest) -> None:
        """Compute a nest and store what it gives."""
        letters = EXTENTS[: len(nest.extents)] + (ROW if nest.out.space is Space.ROW else "")
        found = self.sum(nest, letters) if nest.op == SUM else self.row(nest, letters)
        shape = (*nest.extents, self.count) if ROW in letters else nest.extents
        places = indices(nest.out, nest.extents, 1)[..., 0]
        self.memory[nest.out.space].add(places, self.jnp.broadcast_to(found, shape).astype(self.kind))

    def output(self, places: tuple[tuple[Space, int], ...]) -> Any:
        """Return (rows, k) numbers of these places."""
        columns = [self.jnp.zeros((0, self.count), self.kind)]
        for space, group in groupby(places, key=lambda each: each[0]):
            found = self.memory[space].load(np.array([place for _, place in group]))
            shape = (len(found), self.count)
            columns.append(found if space is Space.ROW else self.jnp.broadcast_to(found[:, None], shape))
        return self.jnp.concatenate(columns).T

    def gradient(self) -> Any:
        """Return (g,) the gradients, 0 of what no nest has reached."""
        memory = self.memory[Space.GRAD]
        places = np.arange(self.gradients)
        missing = places[~memory.holds(places)]
        memory.add(missing, self.jnp.zeros(len(missing), self.kind))
        return memory.load(places)

    def operand(self, address: Address, nest: Nest, length: int) -> tuple[Any, str]:
        """Return the numbers at an address and the letters of their axes, those alone along which they may vary."""
        letters = EXTENTS[: len(nest.extents)] + TERM
        shape = (*nest.extents, length)
        if address.table is not None:
            varies = [bool((address.table != address.table.take([0], axis)).any()) for axis in range(len(shape))]
            places = address.table[tuple(slice(None) if v else 0 for v in varies)]
        else:
            steps = (*address.strides, address.step)
            varies = [step != 0 and extent > 1 for step, extent in zip(steps, shape, strict=True)]
            kept = [(step, extent) for step, extent, v in zip(steps, shape, varies, strict=True) if v]
            strides, extents = zip(*kept, strict=True) if kept else ((), ())
            places = indices(Address(address.space, address.base, strides), extents, 1)[..., 0]
        found = "".join(letter for letter, v in zip(letters, varies, strict=True) if v)
        return self.memory[address.space].load(places), found + (ROW if address.space is Space.ROW else "")

    def sum(self, nest: Nest, letters: str) -> Any:
        """Return Σ ± a·b over the segments, in axes that broadcast to `letters`."""
        first, *others = nest.segments
        total = self.term(nest, first, letters) if first.sign > 0 else -self.term(nest, first, letters)
        for segment in others:
            term = self.term(nest, segment, letters)
            total = total + term if segment.sign > 0 else total - term
        return total

    def term(self, nest: Nest, segment: Segment, letters: str) -> Any:
        """Return Σ a·b over the terms of a segment, and for a gradient over the rows."""
        factors = [self.operand(x, nest, segment.length) for x in (segment.a, segment.b) if x is not None]
        present = set("".join(of_factor for _, of_factor in factors))
        summed = {TERM: segment.length} | ({ROW: self.count} if nest.out.space is Space.GRAD else {})
        repeats = prod(size for letter, size in summed.items() if letter not in present)
        total = contracted(self.jnp, factors, [letter for letter in summed if letter in present])
        return aligned(*(total if repeats == 1 else (total[0] * repeats, total[1])), letters)

    def row(self, nest: Nest, letters: str) -> Any:
        """Return a row of the table, or a comparison, of its operands, in axes that broadcast to `letters`."""
        operands = []
        for segment in nest.segments:
            x, of_x = self.operand(segment.a, nest, segment.length)
            axis = of_x.find(TERM)
            before = (slice(None),) * max(0, axis)
            terms = [x if axis < 0 else x[(*before, k)] for k in range(segment.length)]
            operands += [aligned(term, of_x.replace(TERM, ""), letters) for term in terms]
        if nest.op < FIRST_ROW:
            x, y = operands
            return (x < y if nest.op == LESS else x <= y).astype(self.kind)
        p = ROWS[nest.op - FIRST_ROW]
        return p.value(self.m, *([operands] if p.blocks else operands))
