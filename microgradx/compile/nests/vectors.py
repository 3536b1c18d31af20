"""Vectors in nests: which of them become loops as they are, and which are unrolled first, and found again if they can.

A nest runs over the entries of a vector as over nodes, and along an inner product as along the terms of a sum.
"""

from __future__ import annotations

import numpy as np

from ..tape.links import closure
from ..tape.tape import CONSTANT, PARAMETER, UNIT, Mask, Tape


def views(tape: Tape) -> Mask:
    """Return which nodes are computed nowhere, as they stand where others do: stacks of numbers, entries of vectors."""
    found = np.zeros(len(tape), bool)
    found[tape.owner[np.append(tape.op == UNIT, False)[tape.right]]] = True
    return found


def regular(tape: Tape) -> Mask:
    """Return which vectors may stay: with no sum that takes in one of their entries among others, nor a mixed stack.

    What shares a term with a vector that may not stay may not either.
    """
    wide = (tape.width > 1) & (tape.op != UNIT)
    bad = np.zeros(len(tape) + 1, bool)  # the last is for NONE
    unit = np.append(tape.op == UNIT, False)
    if not wide.any() or unit[tape.left].any():
        return bad[:-1]
    of_unit, owner = unit[tape.right], tape.owner
    in_stack = of_unit & wide[owner]
    stack = np.zeros(len(tape), bool)
    stack[owner[in_stack]] = True
    bad[owner[in_stack & ~_in_place(tape)]] = bad[owner[stack[owner] & ~in_stack]] = True
    bad[:-1] |= stack & (tape.arity != tape.width)
    taken = of_unit & ~wide[owner]
    bad[tape.left[taken & ((tape.arity[owner] > 1) | (tape.sign < 0) | stack[tape.left])]] = True

    wide = np.append(wide, False)
    nodes = np.stack([owner, tape.left, tape.right])
    nodes = nodes[:, wide[nodes].sum(axis=0) > 1]
    while True:
        spread = nodes[wide[nodes] & bad[nodes].any(axis=0)]
        if bad[spread].all():
            return wide[:-1] & ~bad[:-1]
        bad[spread] = True


def _in_place(tape: Tape) -> Mask:
    """Return which terms, of stacks, have the unit vector of their place, and a number of the kind of the first."""
    owner = tape.owner
    once = closure(tape, np.isin(tape.op, (CONSTANT, PARAMETER, UNIT)))
    kind = np.where(tape.op == PARAMETER, 2, once)
    of_unit = np.append(tape.op == UNIT, False)[tape.right]
    place = np.where(of_unit, np.append(tape.number, 0)[tape.right], -1)
    first = tape.left[tape.start[owner]]
    taken = (tape.op[tape.left] == CONSTANT) | views(tape)[tape.left]
    alike = (kind[tape.left] == kind[first]) & ~taken
    found: Mask = alike & (tape.sign > 0) & (place == np.arange(len(owner)) - tape.start[owner])
    return found
