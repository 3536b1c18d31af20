"""Common subexpressions: what is computed twice from the same operands is computed once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from .fingerprints import alike, bits
from .links import leaves, redirected, terms_of
from .tape import CONSTANT, NONE, SUM, Ints, Tape


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
    equal = [*_equal_leaves(tape).tolist(), NONE]
    first: dict[Hashable, int] = {}
    for i, key in zip(nodes.tolist(), _keys(tape, nodes, equal, strict), strict=True):
        equal[i] = first.setdefault(key, i)
    target = np.where(tape.op == CONSTANT, np.arange(len(tape)), np.array(equal[:-1], np.int64))
    return redirected(tape, target)


def _equal_leaves(tape: Tape) -> Ints:
    """Return for each leaf the first that is equal to it, and every other node as it is."""
    equal, nodes = np.arange(len(tape)), np.flatnonzero(leaves(tape))
    number = bits(tape.number[nodes])
    order = np.lexsort((number, tape.op[nodes]))
    nodes, number = nodes[order], number[order]
    new = np.ones(len(nodes), bool)
    new[1:] = (number[1:] != number[:-1]) | (tape.op[nodes[1:]] != tape.op[nodes[:-1]])
    equal[nodes] = nodes[new][np.cumsum(new) - 1]
    return equal


def _keys(tape: Tape, nodes: Ints, equal: list[int], strict: bool) -> Iterator[Hashable]:
    """Yield what must be the same of equal nodes, in terms of the equals of their operands as these stand by then."""
    terms, begins, ends = terms_of(tape, nodes)
    left, right, sign = (column[terms].tolist() for column in (tape.left, tape.right, tape.sign))
    same, of_nodes = equal.__getitem__, (tape.op[nodes], tape.split[nodes], begins, ends)
    for op, split, begin, end in zip(*[column.tolist() for column in of_nodes], strict=True):
        factors = zip(map(same, left[begin:end]), map(same, right[begin:end]), sign[begin:end], strict=True)
        found = [(a, b, s) if a < b else (b, a, s) for a, b, s in factors]
        if op == SUM and not strict:
            found.sort()
        yield op, split, *found
