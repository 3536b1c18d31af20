"""Collapse: sums written as many small ones become one, so that a user's loop is as good as `dot`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..tape.links import closure, resolved, terms_of
from ..tape.tape import CONSTANT, NONE, PARAMETER, SUM, UNIT, Ints, Mask, Tape, gathered, picked


def collapse(tape: Tape, strict: bool = True) -> Tape:
    """Return the tape in which sums and products that are used once have become terms of their user.

    A product, or anything else that is a sum of one term, replaces the term of a sum that consists of it alone; signs
    multiply. Exact: a product is rounded before it is added in either form, and a change of sign rounds nothing.
    A longer sum takes the place of a first term that consists of it alone and is added. Exact: a sum is added from the
    left, so that its user would go on from the same number. In a later term the additions would be reordered, and
    with the sign changed c − c would give −0.0 instead of 0.0: this is done only without `strict`, and not to a sum
    that subtracts or adds a constant.

    Outputs stay, and so does what is the same for all rows where its user is not: it is computed once, not in
    each row.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(4))
    >>> ab, cd = b.sums([[x[0]], [x[2]]], [[x[1]], [x[3]]])
    >>> z = b.sums([[ab, cd]], NONE)
    >>> small = collapse(b.tape(values=z))
    >>> len(small), small.left[-2:].tolist(), small.right[-2:].tolist()
    (5, [0, 2], [1, 3])
    """
    terms = _lone(tape)
    if not ((tape.arity[tape.left[terms]] == 1).any() or _joinable(tape, terms, strict).any()):
        return tape
    once = closure(tape, (tape.op == CONSTANT) | (tape.op == PARAMETER) | (tape.op == UNIT))
    shorter, once = _products(tape, terms, once)
    return _sums(shorter, terms if shorter is tape else _lone(shorter), once, strict)


def _joinable(tape: Tape, terms: Ints, strict: bool) -> Mask:
    """Return which of these terms, each a sum alone, the terms of that sum may replace."""
    found: Mask = (tape.start[tape.owner[terms]] == terms) & (tape.sign[terms] > 0)
    others = np.flatnonzero(~found)
    if len(others) and not strict:
        found[others] = ~_cancels(tape, tape.left[terms[others]])
    return found


def _cancels(tape: Tape, sums: Ints) -> Mask:
    """Return which of these sums subtract, or add a constant: their brackets may be there because of what cancels."""
    terms, begins, _ = terms_of(tape, sums)
    apart = (tape.sign[terms] < 0) | ((tape.op[tape.left[terms]] == CONSTANT) & (tape.right[terms] == NONE))
    found: Mask = np.logical_or.reduceat(apart, begins)
    return found


def _lone(tape: Tape) -> Ints:
    """Return the terms of sums that consist of a sum alone, which is used nowhere else."""
    is_sum = tape.op == SUM
    terms = np.flatnonzero((tape.right == NONE) & is_sum[tape.left])
    terms = terms[tape.in_sum[terms]]
    if not len(terms):
        return terms
    child = tape.left[terms]
    found: Ints = terms[(tape.uses[child] == 1) & (tape.arity[child] > 0)]  # the empty sum has no first term
    return found


def _products(tape: Tape, terms: Ints, once: Mask) -> tuple[Tape, Mask]:
    """Put products, and other sums of one term, in place of those of the `terms`, all `_lone`, that consist of them.

    `once` (n,) tells which nodes are the same for all rows; so does what is returned beside the tape.
    """
    child, owner = tape.left[terms], tape.owner[terms]
    chosen = (tape.arity[child] == 1) & (once[owner] | ~once[child])
    if not chosen.any():
        return tape, once
    terms, child = terms[chosen], child[chosen]
    target = np.arange(len(tape.left))
    target[terms] = tape.start[child]
    sign = np.ones(len(tape.left))
    sign[terms] = tape.sign[terms]
    target, sign = resolved(target, sign)
    keep = np.ones(len(tape), bool)
    keep[child] = False
    nodes = np.flatnonzero(keep)
    lengths = tape.arity[nodes]
    kept = gathered(tape.start[nodes], lengths)
    shorter = picked(tape, nodes, terms=target[kept], lengths=lengths)
    return replace(shorter, sign=shorter.sign * sign[kept]), once[keep]


def _sums(tape: Tape, terms: Ints, once: Mask, strict: bool) -> Tape:
    """Put the terms of longer sums in place of those of the `terms`, all `_lone`, that consist of them.

    Each such sum has one user, and so a chain of users that ends at a sum which stays: its head. The terms of a head
    are those of all sums that end there, in the order in which these stand on the tape. Where only first terms are
    replaced, that is the order in which they are added: what a sum goes on from stands before it.
    """
    owner = tape.owner
    child, user = tape.left[terms], owner[terms]
    chosen = (once[user] | ~once[child]) & _joinable(tape, terms, strict)
    if not chosen.any():
        return tape
    terms, child, user = terms[chosen], child[chosen], user[chosen]
    head, sign = np.arange(len(tape)), np.ones(len(tape))
    head[child], sign[child] = user, tape.sign[terms]
    head, sign = resolved(head, sign)
    stays = np.ones(len(tape.left), bool)
    stays[terms] = False
    kept = np.flatnonzero(stays)
    heads = head[owner[kept]]
    order = kept[np.argsort(heads, kind="stable")]
    keep = np.flatnonzero(head == np.arange(len(tape)))
    shorter = picked(tape, keep, terms=order, lengths=np.bincount(heads, minlength=len(tape))[keep])
    return replace(shorter, sign=shorter.sign * sign[owner[order]])
