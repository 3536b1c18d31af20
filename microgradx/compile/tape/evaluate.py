"""The oracle: the numbers of every node of a tape, against which passes and back ends are held node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...primitives import Arithmetic
from .arrays import FAST, STRICT
from .columns import in_blocks
from .levels import levels
from .tape import CONSTANT, FIRST_ROW, INPUT, LESS, PARAMETER, ROWS, SUM, Floats, Ints, Tape


def evaluate(
    tape: Tape, inputs: Any, parameters: Any = (), strict: bool = True, groups: Sequence[Ints] | None = None
) -> Floats:
    """Return the number of each node for each row of `inputs`, by IEEE rules.

    `inputs` has shape (rows, inputs), `parameters` (parameters and captured numbers,), the result (nodes, rows).
    With `strict` the numbers are those of eager Values, bit for bit; else transcendental functions are NumPy's.
    It computes rows of the table as well as what they are lowered to. `groups` are those of the tape, if it has them.

    >>> from microgradx.compile.tape.tape import NONE, Builder
    >>> builder = Builder()
    >>> x = builder.leaves(INPUT, [0, 1])
    >>> z = builder.sums([[x[0], x[1]]], [[x[0], NONE]], [[1.0, -1.0]])  # x₀·x₀ − x₁
    >>> evaluate(builder.tape(), [[3.0, 1.0], [2.0, 5.0]])[z]
    array([[ 8., -1.]])
    """
    inputs = np.asarray(inputs, np.float64)
    numbers = np.ones((len(tape) + 1, len(inputs)))  # the last is the factor 1 of terms without one: NONE is −1
    for kind, values in (
        (CONSTANT, tape.number[:, None]),
        (PARAMETER, np.asarray(parameters, np.float64)[:, None]),
        (INPUT, inputs.T),
    ):
        nodes = np.flatnonzero(tape.op == kind)
        numbers[nodes] = values[nodes if kind == CONSTANT else tape.number[nodes].astype(np.int64)]
    with np.errstate(all="ignore"):
        for nodes in in_groups(tape) if groups is None else groups:
            numbers[nodes] = _computed(tape, nodes, numbers, STRICT if strict else FAST)
    return numbers[:-1]


def in_groups(tape: Tape) -> list[Ints]:
    """Return the nodes that are no leaves in groups of one kind, those that a group uses in groups before it."""
    nodes = np.flatnonzero(tape.op >= SUM)
    keys = np.stack([tape.split, tape.arity, tape.op, levels(tape)])[:, nodes]
    order = np.lexsort(keys)
    ends = np.flatnonzero(np.diff(keys[:, order], axis=1).any(axis=0)) + 1
    return np.split(nodes[order], ends) if len(nodes) else []


def _computed(tape: Tape, nodes: Ints, numbers: Floats, m: Arithmetic) -> Any:
    """Return the numbers of nodes of one kind; of a sum the first term first."""
    op, split, terms = int(tape.op[nodes[0]]), int(tape.split[nodes[0]]), tape.start[nodes]
    arity = int(tape.start[nodes[0] + 1] - terms[0])
    if op == SUM:
        each = terms[:, None] + np.arange(arity)
        products = numbers[tape.left[each]] * numbers[tape.right[each]] * tape.sign[each][:, :, None]
        return np.cumsum(products, axis=1)[:, -1] if arity else 0.0
    x = [numbers[tape.left[terms + k]] for k in range(arity)]
    if op < FIRST_ROW:
        return (x[0] < x[1] if op == LESS else x[0] <= x[1]) * 1.0
    p = ROWS[op - FIRST_ROW]
    return p.value(m, *in_blocks(p, x, split))
