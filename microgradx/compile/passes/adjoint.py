"""Differentiation on the tape, in both directions: error signals, and tangents, are sums of products like any other.

Of a sum of products the reverse direction is a transposition of its list of terms: a term s·a·b of node n becomes the
term s·n̄·b of the error signal ā and the term s·n̄·a of b̄. The result is a longer tape, which can be differentiated
again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..tape.edges import Edges, edges, leading_from, leading_to, with_partials
from ..tape.tape import NONE, Builder, Ints, Tape
from ..tracing.choices import Choices, Conditions
from ..tracing.eager_order import Order, in_order_of_creation
from ..tracing.regions import EVERYWHERE, NOWHERE
from .distribution import distributed, through_choices
from .placing import placed
from .terms import SELECT, Terms, append_sums


def adjoint(
    tape: Tape, output: int, seed: int, wanted: Ints, order: Order | None = None, summed: bool = False
) -> tuple[Tape, Ints]:
    """Append the error signals ū = ∂output/∂u · seed of every node u between `wanted` and `output`.

    `seed` is a node, such as the weight of the row. Returns the longer tape and the signals of the wanted nodes: NONE
    where none arrives, as what is not reached has no signal, rather than 0. The signals of several users are added
    in the order of `order`, or else from the last user on tape to the first. Where a choice decides whether one
    arrives, the signal is 0.0 in rows where none does, or −0.0 if the rows are to be `summed`.

    >>> from microgradx.compile.tape.tape import INPUT
    >>> builder = Builder()
    >>> x, one = builder.leaves(INPUT, [0, 1])
    >>> square = builder.sums([[x]], [[x]])
    >>> tape, signals = adjoint(builder.tape(), square[0], one, np.array([x]))
    >>> first = tape.start[signals[0]]
    >>> tape.left[first : first + 2].tolist(), tape.right[first : first + 2].tolist()  # 1·x + 1·x
    ([1, 1], [0, 0])
    """
    wanted, output = np.asarray(wanted, np.int64), int(output)
    head = _head(tape, output + 1)
    order = order or in_order_of_creation(head)
    choices, builder = order.choices, Builder(tape)
    reached = wanted[wanted <= output]
    found = leading_to(head, leading_from(head, through_choices(edges(head), choices, output), reached), output)
    through = np.isin(found.user, choices.nodes)
    terms, node = _terms(with_partials(builder, head, found[~through]), order)
    place = 2 * node + (np.arange(len(node)) >= len(order.blocks))  # lumps go on to the entry
    there: dict[int, int] = {}
    if choices:
        terms, there = distributed(terms, place, found[through], choices, output, reached)

    signal = np.full(len(node), NONE)
    signal[output] = seed
    sums = np.flatnonzero(np.bincount(terms.sum, minlength=1))
    sums = sums[np.argsort(-place[sums], kind="stable")]  # users before what they use
    rank = np.zeros(len(node), np.int64)
    rank[sums] = np.arange(len(sums))
    latest = int(terms.when.max(initial=0))
    sort = np.argsort(rank[terms.sum] * (latest + 1) + latest - terms.when, kind="stable")
    terms = terms.picked(sort)
    conditions = Conditions(choices, builder, tape) if choices else None
    append_sums(builder, signal, sums, terms, (tape.twin[node], tape.width[node]), conditions)
    signals = np.where(wanted <= output, signal[np.minimum(wanted, output)], NONE)
    if conditions is not None and not summed:
        signals = _where_there(builder, conditions, signals, [there.get(v, EVERYWHERE) for v in wanted.tolist()])
    return builder.tape(), signals


def tangent(
    tape: Tape,
    inputs: Ints,
    directions: Ints,
    wanted: Ints,
    choices: Choices | None = None,
    moving: Sequence[int] | None = None,
) -> tuple[Tape, Ints]:
    """Append the tangents u̇ = Σ ∂u/∂input · direction of every node u that depends on the inputs.

    `directions` are nodes, one for each input. Returns the longer tape and the tangents of the wanted nodes: NONE
    where nothing arrives. The terms are added in the order of the operands, as Duals do; of choices the tangent is that
    of the chosen entry. An input has a tangent in the region where it is `moving`, by default everywhere; where a node
    has none, 0.0 is returned.
    """
    inputs, wanted = np.asarray(inputs, np.int64), np.asarray(wanted, np.int64)
    choices, builder = Choices({}, {}) if choices is None else choices, Builder(tape)
    found = through_choices(edges(tape), choices, len(tape) - 1)
    found = leading_to(tape, leading_from(tape, found[~np.isin(found.user, inputs)], inputs), wanted)
    found = with_partials(builder, tape, found[~np.isin(found.user, choices.nodes)])
    somewhere = np.full(len(found), EVERYWHERE)
    terms = Terms(found.user, found.operand, found.factor, found.sign, -found.user, somewhere)
    there: dict[int, int] = {}
    if choices or moving:
        regions = [EVERYWHERE] * len(inputs) if moving is None else moving
        terms, there = _along_choices(terms, choices, dict(zip(inputs.tolist(), regions, strict=True)))
    users = np.flatnonzero(np.bincount(terms.sum, minlength=1))
    moved = np.full(len(tape), NONE)
    moved[inputs] = directions
    conditions = Conditions(choices, builder, tape) if choices or moving else None
    append_sums(builder, moved, users, terms, (tape.twin, tape.width), conditions)
    tangents = moved[wanted]
    if conditions is not None:
        tangents = _where_there(builder, conditions, tangents, [there.get(v, EVERYWHERE) for v in wanted.tolist()])
    return builder.tape(), tangents


def _along_choices(terms: Terms, choices: Choices, there: dict[int, int]) -> tuple[Terms, dict[int, int]]:
    """Return the terms of tangents with those of choices, and where each tangent is there, given that of inputs."""
    both, either = choices.regions.both, choices.regions.either
    of_choices = [(c, e, NONE, 1.0, -c, region) for c, entries in choices.entries.items() for e, region in entries]
    every = sorted([*zip(*[column.tolist() for column in terms], strict=True), *of_choices], key=lambda term: term[0])
    found = []
    for user, giver, *others, region in every:
        if (region := both(region, there.get(giver, NOWHERE))) != NOWHERE:
            there[user] = either(there.get(user, NOWHERE), region)
            found.append((user, giver, *others, region))
    columns = [np.array(column) for column in zip(*found, strict=True)] if found else [x[:0] for x in terms]
    kept = Terms(*columns)
    matters = np.array([there[user] for user in kept.sum.tolist()], np.int64)
    return kept._replace(region=np.where(kept.region == matters, EVERYWHERE, kept.region)), there


def _where_there(builder: Builder, conditions: Conditions, nodes: Ints, regions: list[int]) -> Ints:
    """Return nodes that are the given ones in their regions, and 0.0 elsewhere."""
    nodes = nodes.copy()
    for i, region in enumerate(regions):
        if region not in (NOWHERE, EVERYWHERE):
            condition, holds = conditions.node(region)
            zero = conditions.constant(0.0)
            pair = (int(nodes[i]), zero) if holds else (zero, int(nodes[i]))
            nodes[i] = builder.rows(SELECT, [[condition, *pair]])[0]
    return nodes


def _terms(found: Edges, order: Order) -> tuple[Terms, Ints]:
    """Return the terms of error signals over these edges, and the node to which each sum belongs.

    The sums are those of the nodes and, numbered after these, the lumps: what a block with several users has
    collected for one of its entries. A lump in turn is a term of the entry's own error signal.
    """
    n = len(order.blocks)
    block = order.blocks[found.user, found.side]
    lumped = _have_several_users(found, block)
    keys = block * (found.entry.max(initial=0) + 1) + found.entry
    _, one, lump = np.unique(keys[lumped], return_index=True, return_inverse=True)
    one = np.flatnonzero(lumped)[one]  # an edge to each lump
    number = found.operand.copy()
    number[lumped] = n + lump
    direct = lumped | (block == NONE)
    by = np.concatenate([np.where(direct, found.user, n + block), n + block[one]])  # who hands it on
    terms = Terms(
        np.concatenate([number, found.operand[one]]),
        np.concatenate([found.user, number[one]]),
        np.concatenate([found.factor, np.full(len(one), NONE)]),
        np.concatenate([found.sign, np.ones(len(one))]),
        by,
        by,
    )
    return placed(terms, order), np.concatenate([np.arange(n), found.operand[one]])


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
    of_nodes = (tape.split[:n], tape.number[:n], tape.twin[:n], tape.width[:n])
    return Tape(tape.op[:n], tape.start[: n + 1], tape.left[:t], tape.right[:t], tape.sign[:t], *of_nodes, {})
