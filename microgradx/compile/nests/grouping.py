"""Groups: nodes that one loop could compute, because none depends on another and all have the same shape.

Nodes of a group share level, operation, number of terms, and for each term the sign and the kinds of its factors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..tape.levels import levels
from ..tape.tape import CONSTANT, FIRST_ROW, NONE, PARAMETER, ROWS, SUM, UNIT, Builder, Ints, Mask, Tape
from .nests import Space
from .vectors import views

LITERAL, ABSENT = len(Space), len(Space) + 1
"""Kinds of factors besides those that stand in a space: a constant, and no second factor."""

SCALE = ABSENT + 1
"""A kind of term is ((kind of a) · SCALE + (kind of b)) · 2 + (whether it is subtracted)."""

RANK = np.array([3, 1, 0, 4, 2, 5])
"""The order of two factors by their kinds: parameters, then what is the same for all rows, then the rest."""


class Grouped(NamedTuple):
    """A tape in canonical form, and its groups in order of execution.

    tape       factors of a product stand in the order of RANK; gradients are nodes that nothing else uses
    space      (n,) Space of each node, or LITERAL
    kind       (t,) kind of each term
    targets    (n,) the parameter whose gradient a node is, or NONE
    groups     the nodes of each group, in order of their twins, gradients in order of their parameters
    is_view    (n,) which nodes are in no group, as they stand where others do
    """

    tape: Tape
    space: Ints
    kind: Ints
    targets: Ints
    groups: list[Ints]
    is_view: Mask


def grouped(tape: Tape, gradients: Ints, apart: Ints | None = None) -> Grouped:
    """Return the groups of a tape, nodes that are the same for all rows first, gradients of parameters last.

    Nodes with different numbers in `apart` (n,) are in no group together.
    """
    tape, targets = with_own_gradients(_without_empty_sums(tape), gradients)
    is_view = views(tape)
    level = levels(tape, np.flatnonzero(targets != NONE), is_view)
    space = np.where(level < len(tape), Space.ONE, Space.ROW)
    space[tape.op == CONSTANT] = LITERAL
    space[tape.op == PARAMETER] = Space.PARAM
    space[tape.op == UNIT] = ABSENT  # they stay second factors
    space[is_view] = space[tape.left[tape.start[:-1][is_view]]]
    tape, kind = _canonical(tape, space)
    computed = np.flatnonzero((tape.op >= SUM) & ~is_view)
    rank = np.where(targets == NONE, tape.twin, targets)[computed]
    pattern = _patterns(tape, kind, computed)
    operation = level[computed] * (FIRST_ROW + len(ROWS)) + tape.op[computed]
    signature = operation * (pattern.max(initial=0) + 1) + pattern
    if apart is not None:
        other = apart.max(initial=0) + 1
        apart = np.append(apart, np.full(len(tape) - len(apart), other))
        signature = signature * (other + 1) + apart[computed]
    order = np.lexsort((rank, signature))
    signature = signature[order]
    bounds = np.flatnonzero(signature[1:] != signature[:-1]) + 1
    groups = np.split(computed[order], bounds) if len(computed) else []
    return Grouped(tape, space, kind, targets, groups, is_view)


def _without_empty_sums(tape: Tape) -> Tape:
    empty = (tape.op == SUM) & (tape.arity == 0)
    return replace(tape, op=np.where(empty, CONSTANT, tape.op), number=np.where(empty, 0.0, tape.number))


def with_own_gradients(tape: Tape, gradients: Ints) -> tuple[Tape, Ints]:
    """Return the tape with a node of its own for each gradient, a sum, and for each node the parameter or NONE."""
    wanted = np.flatnonzero(gradients != NONE)
    nodes = gradients[wanted]
    used = np.concatenate([tape.left, tape.right, nodes, *tape.outputs.values()])
    uses = np.bincount(used[used != NONE], minlength=len(tape))
    shared = (uses[nodes] > 1) | (tape.op[nodes] != SUM) | views(tape)[nodes]
    if shared.any():
        b = Builder(tape)
        nodes, own = nodes.copy(), nodes[shared]
        ends = np.arange(1, len(own) + 1)
        nodes[shared] = b.append(np.full(len(own), SUM), ends, own, NONE, 1.0, 0, 0.0, None, tape.width[own])
        tape = b.tape()
    targets = np.full(len(tape), NONE)
    targets[nodes] = wanted
    return tape, targets


def _canonical(tape: Tape, space: Ints) -> tuple[Tape, Ints]:
    """Return the tape with factors in the order of RANK, and the kind of each term."""
    a, b = space[tape.left], np.where(tape.right == NONE, ABSENT, space[tape.right])
    swapped = RANK[a] > RANK[b]
    left = np.where(swapped, tape.right, tape.left)
    right = np.where(swapped, tape.left, tape.right)
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    return replace(tape, left=left, right=right), (a * SCALE + b) * 2 + (tape.sign < 0)


def _patterns(tape: Tape, kind: Ints, nodes: Ints) -> Ints:
    """Return a number for each node: equal if their terms are of equal kinds and widths, one after the other."""
    begins, ends = tape.start[nodes], tape.start[nodes + 1]
    found, single = np.zeros(len(nodes), np.int64), ends - begins == 1
    of_terms = kind.astype(np.uint8)[:, None]
    if (tape.width > 1).any():
        width = np.append(tape.width, 1)
        of_terms = np.stack([kind, width[tape.owner], width[tape.left], width[tape.right]], axis=1)
        single[single] = (of_terms[begins[single], 1:] == 1).all(axis=1)
    found[single] = kind[begins[single]]
    longer = np.flatnonzero(~single)
    size, data = of_terms[:1].nbytes, of_terms.tobytes()
    numbers: dict[bytes, int] = {}
    bounds = zip((size * begins[longer]).tolist(), (size * ends[longer]).tolist(), strict=True)
    found[longer] = [2 * SCALE**2 + numbers.setdefault(data[i:j], len(numbers)) for i, j in bounds]
    return found
