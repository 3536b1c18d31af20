"""Common subexpressions: what is computed twice from the same operands is computed once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from ..tape.arrays import bits
from ..tape.links import redirected, terms_of
from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Floats, Ints, Tape
from .fingerprints import alike


def common(tape: Tape, strict: bool = True) -> Tape:
    """Return the tape in which the first of equal nodes is used in place of the others, which `dead` then removes.

    Nodes are equal if they are the same operation on equal operands. Exact: the factors of a product may come in
    either order, because a·b and b·a round alike; the terms of a sum only without `strict`. Equal constants make equal
    operands, but each keeps its place: they cost nothing, and data written out as constants keep their order.

    >>> from ..tape.tape import INPUT, NONE, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums([[x[0]], [x[1]]], [[x[1]], [x[0]]])
    >>> common(b.tape(values=y)).outputs["values"].tolist()
    [2, 2]
    """
    equal = _equal_leaves(tape)
    nodes, equal[nodes] = alike(tape, ordered=strict)
    if not _proven(tape, nodes[equal[nodes] != nodes], equal, strict):
        equal[nodes] = nodes
        equal = _one_by_one(tape, nodes, equal, strict)
    constants = np.flatnonzero(tape.op == CONSTANT)
    equal[constants] = constants
    return redirected(tape, equal[:-1])


def _equal_leaves(tape: Tape) -> Ints:
    """Return (n + 1,) for each leaf the first that is equal to it, for other nodes these themselves, NONE the last."""
    equal = np.append(np.arange(len(tape)), NONE)
    for kind in (PARAMETER, INPUT):
        nodes = np.flatnonzero(tape.op == kind)
        place = tape.number[nodes].astype(np.int64)
        first = np.zeros(place.max(initial=NONE) + 1, np.int64)
        first[place[::-1]] = nodes[::-1]
        equal[nodes] = first[place]
    nodes = np.flatnonzero(tape.op == CONSTANT)
    number = bits(tape.number[nodes])
    order = np.argsort(number, kind="stable")
    nodes, number = nodes[order], number[order]
    new = np.ones(len(nodes), bool)
    new[1:] = number[1:] != number[:-1]
    equal[nodes] = nodes[new][np.cumsum(new) - 1]
    return equal


def _proven(tape: Tape, nodes: Ints, equal: Ints, strict: bool) -> bool:
    """Return whether all nodes are what they are supposed to be equal to, if that is so of all their operands.

    If it is, it is so of all of them, by induction: operands stand before their users.
    """
    return all(map(np.array_equal, *[_columns(tape, these, equal, strict) for these in (nodes, equal[nodes])]))


def _columns(tape: Tape, nodes: Ints, equal: Ints, strict: bool) -> Iterator[Ints | Floats]:
    """Yield what must be the same of equal nodes, in terms of the equals of their operands, column by column."""
    terms, begins, ends = terms_of(tape, nodes)
    yield from (tape.op[nodes], tape.split[nodes], ends)
    a, b, sign = equal[tape.left[terms]], equal[tape.right[terms]], tape.sign[terms]
    factors = [np.minimum(a, b), np.maximum(a, b), sign]
    if not strict:
        free = np.repeat(tape.op[nodes] == SUM, ends - begins)
        order = np.lexsort([*(np.where(free, column, 0) for column in factors), np.repeat(begins, ends - begins)])
        factors = [column[order] for column in factors]
    yield from factors


def _one_by_one(tape: Tape, nodes: Ints, equal: Ints, strict: bool) -> Ints:
    """Return for each node the first that is equal to it; only `nodes` are looked at."""
    first: dict[Hashable, int] = {}
    found = equal.tolist()
    for i, key in zip(nodes.tolist(), _keys(tape, nodes, found, strict), strict=True):
        found[i] = first.setdefault(key, i)
    return np.array(found, np.int64)


def _keys(tape: Tape, nodes: Ints, equal: list[int], strict: bool) -> Iterator[Hashable]:
    """Yield what must be the same of equal nodes, in terms of the equals of their operands as these stand by then."""
    terms, begins, ends = terms_of(tape, nodes)
    left, right, sign = (column[terms].tolist() for column in (tape.left, tape.right, tape.sign))
    of_nodes = (tape.op[nodes], tape.split[nodes], begins, ends)
    for op, split, begin, end in zip(*[column.tolist() for column in of_nodes], strict=True):
        a, b = ([equal[i] for i in operands[begin:end]] for operands in (left, right))
        factors = zip(a, b, sign[begin:end], strict=True)
        found = [(x, y, s) if x < y else (y, x, s) for x, y, s in factors]
        if op == SUM and not strict:
            found.sort()
        yield op, split, *found
