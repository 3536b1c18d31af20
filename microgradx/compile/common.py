"""Common subexpressions: what is computed twice from the same operands is computed once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from .fingerprints import bits, fingerprints
from .links import leaves, redirected
from .tape import CONSTANT, NONE, SUM, Ints, Tape

DEPTH = 3
"""How far down expressions are compared before one is looked up: nearly all that differ, differ within that."""


def common(tape: Tape, strict: bool = True) -> Tape:
    """Return the tape in which the first of equal nodes is used in place of the others, which `dead` then removes.

    Nodes are equal if they are the same operation on equal operands. Exact: the factors of a product may come in
    either order, because a·b and b·a round alike; the terms of a sum only without `strict`. Equal constants make equal
    operands, but each keeps its place: they cost nothing, and data written out as constants keep their order.

    >>> from .tape import INPUT, NONE, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums([[x[0]], [x[1]]], [[x[1]], [x[0]]])
    >>> common(b.tape(values=y)).outputs["values"].tolist()
    [2, 2]
    """
    words = fingerprints(tape, DEPTH, numbers=True, ordered=strict)
    _, inverse, counts = np.unique(words, return_inverse=True, return_counts=True)
    alike = np.flatnonzero(counts[inverse] > 1)
    equal = [*range(len(tape)), NONE]
    first: dict[Hashable, int] = {}
    for i, key in zip(alike.tolist(), _keys(tape, alike, equal, strict), strict=True):
        equal[i] = first.setdefault(key, i)
    target = np.where(tape.op == CONSTANT, np.arange(len(tape)), np.array(equal[:-1], np.int64))
    return tape if (target == np.arange(len(tape))).all() else redirected(tape, target)


def _keys(tape: Tape, nodes: Ints, equal: list[int], strict: bool) -> Iterator[Hashable]:
    """Yield what must be the same of equal nodes, in terms of the equals of their operands as these stand by then."""
    number = np.where(leaves(tape), bits(tape.number), 0)
    of_nodes = (tape.op, tape.split, number, tape.start[:-1], tape.start[1:])
    for op, split, n, begin, end in zip(*[column[nodes].tolist() for column in of_nodes], strict=True):
        a = map(equal.__getitem__, tape.left[begin:end].tolist())
        b = map(equal.__getitem__, tape.right[begin:end].tolist())
        terms = [(x, y, s) if x < y else (y, x, s) for x, y, s in zip(a, b, tape.sign[begin:end].tolist(), strict=True)]
        if op == SUM and not strict:
            terms.sort()
        yield op, split, n, *terms
