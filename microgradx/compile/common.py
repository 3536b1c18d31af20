"""Common subexpressions: what is computed twice from the same operands is computed once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from .fingerprints import alike, bits
from .links import leaves, redirected, terms_of
from .tape import CONSTANT, SUM, Ints, Tape


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
    nodes = alike(tape, ordered=strict)
    equal = _equal_leaves(tape)
    first: dict[Hashable, int] = {}
    for i, key in zip(nodes.tolist(), _keys(tape, nodes, equal, strict), strict=True):
        if (found := first.setdefault(key, i)) != i:
            equal[i] = found
    merged = np.array([i for i in equal if tape.op[i] != CONSTANT], np.int64)
    target = np.arange(len(tape))
    target[merged] = [equal[i] for i in merged.tolist()]
    return redirected(tape, target)


def _equal_leaves(tape: Tape) -> dict[int, int]:
    """Return for each leaf that is equal to one before it the first of these."""
    nodes = np.flatnonzero(leaves(tape))
    number = bits(tape.number[nodes])
    order = np.lexsort((number, tape.op[nodes]))
    nodes, number = nodes[order], number[order]
    new = np.ones(len(nodes), bool)
    new[1:] = (number[1:] != number[:-1]) | (tape.op[nodes[1:]] != tape.op[nodes[:-1]])
    first = nodes[new][np.cumsum(new) - 1]
    return dict(zip(nodes[~new].tolist(), first[~new].tolist(), strict=True))


def _keys(tape: Tape, nodes: Ints, equal: dict[int, int], strict: bool) -> Iterator[Hashable]:
    """Yield what must be the same of equal nodes, in terms of the equals of their operands as these stand by then."""
    terms, begins, ends = terms_of(tape, nodes)
    left, right, sign = (column[terms].tolist() for column in (tape.left, tape.right, tape.sign))
    of_nodes = (tape.op[nodes], tape.split[nodes], begins, ends)
    for op, split, begin, end in zip(*[column.tolist() for column in of_nodes], strict=True):
        a, b = ([equal.get(i, i) for i in operands[begin:end]] for operands in (left, right))
        factors = zip(a, b, sign[begin:end], strict=True)
        found = [(x, y, s) if x < y else (y, x, s) for x, y, s in factors]
        if op == SUM and not strict:
            found.sort()
        yield op, split, *found
