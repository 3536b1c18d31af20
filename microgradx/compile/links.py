"""How the nodes of a tape hang together: operands, uses, what depends on what; and putting nodes in others' places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Floats, Ints, Tape, gathered

Mask = NDArray[np.bool_]


def leaves(tape: Tape) -> Mask:
    """Return which nodes are leaves: constants, parameters, inputs."""
    return np.isin(tape.op, (CONSTANT, PARAMETER, INPUT))


def operands(tape: Tape) -> tuple[Ints, Ints]:
    """Return all operands in one flat array, NONE where there is no second factor, and where those of each node begin.

    >>> from .tape import Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> z = b.sums([[x[0], x[1]]], [[x[0], NONE]])
    >>> [column.tolist() for column in operands(b.tape(values=z))]
    [[0, 0, 1, -1], [0, 0, 0, 4]]
    """
    return np.stack([tape.left, tape.right], 1).ravel(), 2 * tape.start


def uses(tape: Tape) -> Ints:
    """Return (n + 1,) how often each node is used, by nodes and as an output; the last entry counts NONE."""
    wanted = [tape.left, tape.right, *tape.outputs.values()]
    counts = np.zeros(len(tape) + 1, np.int64)
    for nodes in wanted:
        counts += np.bincount(nodes + 1, minlength=len(counts))
    return np.roll(counts, -1)


def closure(tape: Tape, seeds: Mask) -> Mask:
    """Return the smallest set that holds `seeds`, leaves, and every node all of whose operands it holds.

    Of the constants: all that is known before a run. Of constants and parameters: all that is the same in every row.
    """
    inside = np.append(seeds | ~leaves(tape), True)  # what no round has ruled out; NONE rules out nothing
    doubtful = np.flatnonzero(~leaves(tape) & (tape.arity > 0))
    flat, start = operands(tape)
    # Rounds over whole columns settle all but long chains of nodes far from any leaf, which are then walked through.
    while len(doubtful):
        lengths = start[doubtful + 1] - start[doubtful]
        holds = np.logical_and.reduceat(inside[flat[gathered(start[doubtful], lengths)]], np.cumsum(lengths) - lengths)
        inside[doubtful[~holds]] = False
        before, doubtful = len(doubtful), doubtful[holds]
        if 8 * (before - len(doubtful)) < before:
            break
    found = bytearray(inside.tobytes())
    for i, begin, end in zip(doubtful.tolist(), start[doubtful].tolist(), start[doubtful + 1].tolist(), strict=True):
        found[i] = all(map(found.__getitem__, flat[begin:end].tolist()))
    return np.frombuffer(found, np.bool_)[:-1]


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

    A term of a sum takes the sign; elsewhere nothing could, and there a node of negative sign stays in its place.
    """
    sign = np.ones(len(tape)) if sign is None else sign
    target, sign = np.append(target, NONE), np.append(sign, 1.0)  # NONE points to the last entry, itself
    plain = np.where(sign > 0, target, np.append(np.arange(len(tape)), NONE))
    in_sum = np.repeat(tape.op == SUM, tape.arity)
    return replace(
        tape,
        left=np.where(in_sum, target[tape.left], plain[tape.left]),
        right=target[tape.right],
        sign=np.where(in_sum, tape.sign * sign[tape.left] * sign[tape.right], tape.sign),
        outputs={name: plain[nodes] for name, nodes in tape.outputs.items()},
    )


def without_terms(tape: Tape, keep: Mask) -> Tape:
    """Return the same nodes with only those terms, or operands, that are marked."""
    before = np.concatenate([[0], np.cumsum(keep)])
    left, right, sign = tape.left[keep], tape.right[keep], tape.sign[keep]
    return replace(tape, start=before[tape.start], left=left, right=right, sign=sign)


def with_constants(tape: Tape, numbers: Floats) -> tuple[Tape, Ints]:
    """Return the tape with constants before all other nodes, and their places; all others move up by as many."""
    n = len(numbers)

    def moved(nodes: Ints) -> Ints:
        return np.where(nodes == NONE, NONE, nodes + n)

    none = np.zeros(n, np.int64)
    longer = Tape(
        op=np.concatenate([np.full(n, CONSTANT), tape.op]),
        start=np.concatenate([none, tape.start]),
        left=moved(tape.left),
        right=moved(tape.right),
        sign=tape.sign,
        split=np.concatenate([none, tape.split]),
        number=np.concatenate([numbers, tape.number]),
        twin=np.concatenate([none + NONE, tape.twin]),
        outputs={name: moved(nodes) for name, nodes in tape.outputs.items()},
    )
    return longer, np.arange(n)
