"""How the nodes of a tape hang together: operands, uses, what depends on what; and putting nodes in others' places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np

from .tape import NONE, SUM, Floats, Ints, Mask, Tape, gathered, picked


def settled(tape: Tape, rules: Sequence[Callable[[Tape], Tape]]) -> Tape:
    """Apply rules in turn, again and again, until none changes the tape.

    A rule returns its argument where it has nothing to do, as it has not where it has just been.
    """
    settled = 0
    for rule in cycle(rules):
        before, tape = tape, rule(tape)
        settled = settled + 1 if tape is before else 1
        if settled == len(rules):
            break
    return tape


def closure(tape: Tape, seeds: Mask) -> Mask:
    """Return the smallest set that holds `seeds`, leaves, and every node all of whose operands it holds.

    Of the constants: all that is known before a run. Of constants and parameters: all that is the same in every row.
    """
    computed = tape.op >= SUM
    inside = np.append(seeds | (computed & (tape.arity == 0)), True)  # the last is for NONE, which rules out nothing
    nodes = np.flatnonzero(computed & ~inside[:-1])
    if not inside[tape.left[tape.start[nodes]]].any():
        return inside[:-1]
    nodes = _leading_inside(tape, nodes, inside)
    # Most of them are inside, and few: only what else they lead to could tell that they are not.
    found = bytearray(inside.tobytes())
    terms, begins, ends = terms_of(tape, nodes)
    a, b = tape.left[terms].tolist(), tape.right[terms].tolist()
    for i, begin, end in zip(nodes.tolist(), begins.tolist(), ends.tolist(), strict=True):
        for t in range(begin, end):
            if not (found[a[t]] and found[b[t]]):
                break
        else:
            found[i] = True
    return np.frombuffer(found, np.bool_)[:-1]


def _leading_inside(tape: Tape, nodes: Ints, inside: Mask) -> Ints:
    """Return which nodes lead to what is inside, along those operands in their first and last terms furthest from it.

    These are leaves outside, or else the last that were computed.
    """
    ways = [(column, at) for at in (tape.start, tape.start[1:] - 1) for column in (tape.left, tape.right)]
    outside = np.append(tape.op < SUM, False) & ~inside
    for column, at in ways:
        nodes = nodes[~outside[column[at[nodes]]]]
    rank = np.where(inside, NONE, np.arange(len(inside)))
    furthest = np.full(len(nodes), NONE)
    for column, at in ways:
        np.maximum(furthest, rank[column[at[nodes]]], out=furthest)
    target = np.arange(len(inside))
    target[nodes] = furthest
    return nodes[inside[followed(target)[nodes]]]


def terms_of(tape: Tape, nodes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the terms, or operands, of some nodes, one node after the other, and where in them each begins and ends.

    >>> from .tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums([[x[0], x[1]], [x[1], x[0]]], NONE)
    >>> [column.tolist() for column in terms_of(b.tape(), y[1:])]
    [[2, 3], [0], [2]]
    """
    starts = tape.start[nodes]
    lengths = tape.start[nodes + 1] - starts
    ends = np.cumsum(lengths)
    return gathered(starts, lengths), ends - lengths, ends


def distinct(numbers: Ints) -> Ints:
    """Return the numbers in order, each once: NumPy's `unique` would import np.ma, which takes longer than all else.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(numbers, axis=None)
    found: Ints = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


def followed(target: Ints) -> Ints:
    """Return for each i the end of the chain i → target[i] → …, where target[i] = i.

    >>> followed(np.array([0, 0, 1, 2])).tolist()
    [0, 0, 0, 0]
    """
    while not np.array_equal(target, further := target[target]):  # each round doubles the distance
        target = further
    return target


def resolved(target: Ints, sign: Floats) -> tuple[Ints, Floats]:
    """Return for each i the end of the chain i → target[i] → …, and the product of the signs along it.

    Chains end where target[i] = i. Each round doubles the distance that a pointer has jumped.

    >>> resolved(np.array([0, 0, 1, 2]), np.array([1.0, -1.0, 1.0, -1.0]))
    (array([0, 0, 0, 0]), array([ 1., -1., -1.,  1.]))
    """
    target, sign = target.copy(), sign.copy()
    moving = np.flatnonzero(target != np.arange(len(target)))
    while len(moving):
        onward = target[moving]
        beyond = target[onward]
        moving, onward, beyond = (x[beyond != onward] for x in (moving, onward, beyond))
        signs = sign[moving] * sign[onward]
        target[moving] = beyond
        sign[moving] = signs
    return target, sign


def redirected(tape: Tape, target: Ints, sign: Floats | None = None) -> Tape:
    """Return the tape in which sign[i]·target[i] is used in place of node i, wherever i is used.

    A term of a sum takes the sign; elsewhere nothing could, and there a node of negative sign stays in its place. The
    tape itself is returned if that changes nothing.
    """
    sign = np.ones(len(tape)) if sign is None else sign
    itself = np.append(np.arange(len(tape)), NONE)  # the last entry is for NONE
    target, sign = np.append(target, NONE), np.append(sign, 1.0)
    plain = np.where(sign > 0, target, itself)
    moved = target != itself
    if not moved.any():
        return tape
    terms = np.flatnonzero(moved[tape.left] | moved[tape.right])
    in_sum = tape.in_sum[terms]
    a, b = tape.left[terms], tape.right[terms]
    left, right, signs = tape.left.copy(), tape.right.copy(), tape.sign.copy()
    left[terms], right[terms] = np.where(in_sum, target[a], plain[a]), target[b]
    signs[terms] *= np.where(in_sum, sign[a] * sign[b], 1.0)
    outputs = {name: plain[nodes] for name, nodes in tape.outputs.items()}
    same = np.array_equal(left[terms], a) and np.array_equal(right[terms], b)
    same = same and all(np.array_equal(nodes, outputs[name]) for name, nodes in tape.outputs.items())
    return tape if same else replace(tape, left=left, right=right, sign=signs, outputs=outputs)


def without_terms(tape: Tape, keep: Mask) -> Tape:
    """Return the same nodes with only those terms, or operands, that are marked."""
    before = np.concatenate([[0], np.cumsum(keep)])
    left, right, sign = tape.left[keep], tape.right[keep], tape.sign[keep]
    return replace(tape, start=before[tape.start], left=left, right=right, sign=sign)


def moved_up(tape: Tape, before: Ints) -> tuple[Tape, Ints]:
    """Return the tape with its last nodes moved up, each to just before another, and the new place of each old one.

    The place of NONE, the last entry, is NONE.

    >>> from .tape import CONSTANT, INPUT, Builder
    >>> b = Builder()
    >>> x, y = b.leaves(INPUT, [0, 1]), b.leaves(CONSTANT, [5.0])
    >>> tape, place = moved_up(b.tape(), np.array([1]))
    >>> tape.number.tolist(), place.tolist()
    ([0.0, 5.0, 1.0], [0, 2, 1, -1])
    """
    n = len(tape) - len(before)
    if not len(before):
        return tape, np.append(np.arange(n), NONE)
    order = np.argsort(np.concatenate([2 * np.arange(n) + 1, 2 * before]), kind="stable")
    place = np.full(len(tape) + 1, NONE)
    place[order] = np.arange(len(tape))
    return picked(tape, order, place), place
