"""Differentiation on the tape, in both directions: error signals, and tangents, are sums of products like any other.

Of a sum of products the reverse direction is a transposition of its list of terms: a term s·a·b of node n becomes the
term s·n̄·b of the error signal ā and the term s·n̄·a of b̄. The result is a longer tape, which can be differentiated
again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .eager_order import Order, in_order_of_creation
from .edges import Edges, edges, leading_from, leading_to, with_partials
from .tape import NONE, SUM, Builder, Floats, Ints, Tape


def adjoint(tape: Tape, output: int, seed: int, wanted: Ints, order: Order | None = None) -> tuple[Tape, Ints]:
    """Append the error signals ū = ∂output/∂u · seed of every node u between `wanted` and `output`.

    `seed` is a node, such as the weight of the row. Returns the longer tape and the signals of the wanted nodes: NONE
    where none arrives, as what is not reached has no signal, rather than 0. The signals of several users are added
    in the order of `order`, or else from the last user on tape to the first.

    >>> from microgradx.compile.tape import INPUT
    >>> builder = Builder()
    >>> x, one = builder.leaves(INPUT, [0, 1])
    >>> square = builder.sums([[x]], [[x]])
    >>> tape, signals = adjoint(builder.tape(), square[0], one, np.array([x]))
    >>> first = tape.start[signals[0]]
    >>> tape.left[first : first + 2].tolist(), tape.right[first : first + 2].tolist()  # 1·x + 1·x
    ([1, 1], [0, 0])
    """
    wanted = np.asarray(wanted, np.int64)
    head = _head(tape, int(output) + 1)
    builder = Builder(tape)
    found = leading_from(head, edges(head), wanted[wanted <= output])
    found = with_partials(builder, head, leading_to(head, found, int(output)))
    terms, node, position = _terms(found, order or in_order_of_creation(head))

    counts = np.bincount(terms.sum, minlength=len(node))
    sums = np.flatnonzero(counts)
    sums = sums[np.argsort(-position[sums], kind="stable")]  # users before what they use
    rank = np.zeros(len(node), np.int64)
    rank[sums] = np.arange(len(sums))
    latest = int(terms.when.max(initial=0))
    sort = np.argsort(rank[terms.sum] * (latest + 1) + latest - terms.when, kind="stable")

    signal = np.full(len(node), NONE)
    signal[output] = seed
    signal[sums] = len(builder) + np.arange(len(sums))
    left, right, sign = signal[terms.giver[sort]], terms.factor[sort], terms.sign[sort]
    builder.append(np.full(len(sums), SUM), np.cumsum(counts[sums]), left, right, sign, 0, 0.0, tape.twin[node[sums]])
    return builder.tape(), np.where(wanted <= output, signal[np.minimum(wanted, output)], NONE)


def tangent(tape: Tape, inputs: Ints, directions: Ints, wanted: Ints) -> tuple[Tape, Ints]:
    """Append the tangents u̇ = Σ ∂u/∂input · direction of every node u that depends on the inputs.

    `directions` are nodes, one for each input. Returns the longer tape and the tangents of the wanted nodes: NONE
    where nothing arrives. The terms are added in the order of the operands, as Duals do.
    """
    inputs, wanted = np.asarray(inputs, np.int64), np.asarray(wanted, np.int64)
    builder = Builder(tape)
    found = edges(tape)
    found = found[~np.isin(found.user, inputs)]
    found = with_partials(builder, tape, leading_from(tape, found, inputs))
    counts = np.bincount(found.user, minlength=len(tape))
    users = np.flatnonzero(counts)
    moved = np.full(len(tape), NONE)
    moved[inputs] = directions
    moved[users] = len(builder) + np.arange(len(users))
    left, ends = moved[found.operand], np.cumsum(counts[users])
    builder.append(np.full(len(users), SUM), ends, left, found.factor, found.sign, 0, 0.0, tape.twin[users])
    return builder.tape(), moved[wanted]


class _Terms(NamedTuple):
    """The terms of error signals: which sum, what is handed on along which edge, and by whom.

    The sums are those of the nodes and, numbered after these, the lumps: what a block with several users has
    collected for one of its entries. A lump in turn is a term of the entry's own error signal.
    """

    sum: Ints
    giver: Ints  # the number of the sum that is handed on
    factor: Ints
    sign: Floats
    when: Ints  # the position of the node or block that hands it on; of one, the terms are in order


def _terms(found: Edges, order: Order) -> tuple[_Terms, Ints, Ints]:
    """Return the terms over these edges; of each sum, the node that it belongs to, and its position."""
    n, position = len(order.blocks), order.position
    block = order.blocks[found.user, found.side]
    lumped = _have_several_users(found, block)
    keys = block * (found.entry.max(initial=0) + 1) + found.entry
    _, one, lump = np.unique(keys[lumped], return_index=True, return_inverse=True)
    one = np.flatnonzero(lumped)[one]  # an edge to each lump
    number = found.operand.copy()
    number[lumped] = n + lump
    direct = lumped | (block == NONE)
    terms = _Terms(
        np.concatenate([number, found.operand[one]]),
        np.concatenate([found.user, number[one]]),
        np.concatenate([found.factor, np.full(len(one), NONE)]),
        np.concatenate([found.sign, np.ones(len(one))]),
        position[np.concatenate([np.where(direct, found.user, n + block), n + block[one]])],
    )
    place = np.concatenate([position[:n], position[n + block[one]]])
    return terms, np.concatenate([np.arange(n), found.operand[one]]), place


def _have_several_users(found: Edges, block: Ints) -> NDArray[np.bool_]:
    """Return for each edge whether it goes through a block to which several operands of nodes refer."""
    uses = found.user * 2 + found.side
    begins = np.flatnonzero(np.diff(uses, prepend=NONE))
    counts = np.bincount(block[begins] + 1, minlength=1)
    counts[0] = 0  # those through no block
    return counts[block + 1] > 1


def _head(tape: Tape, n: int) -> Tape:
    """Return the first n nodes."""
    t = int(tape.start[n])
    left, right, sign = tape.left[:t], tape.right[:t], tape.sign[:t]
    return Tape(tape.op[:n], tape.start[: n + 1], left, right, sign, tape.split[:n], tape.number[:n], tape.twin[:n], {})
