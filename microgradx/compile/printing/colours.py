"""Colours: which nodes belong to one matrix, because they do the same with the same matrices.

The colour of a leaf is its argument or the label of its matrix; that of a computed node is what it is, of which
colours. Leaves without a label are told apart by what becomes of them: weights from biases, layer from layer.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..tape.levels import levels
from ..tape.links import terms_of
from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Ints, Mask, Tape
from ..tracing.recording import Recording
from .blocks import Labels, numbered
from .roles import FORWARD, SIGNAL

AHEAD = 4
"""So many operations ahead it is looked what becomes of a leaf without a label."""

FEW = 8
"""As many constants as tell operations apart, such as exponents; more are data."""


def colours(tape: Tape, recording: Recording, roles: Ints, gradients: Ints | None) -> Ints:
    """Return the colours (n,) of the nodes of a recorded tape, given their roles; with `gradients`, it has a weight.

    >>> from ..tracing.trace import trace
    >>> from .roles import node_roles
    >>> found = trace(lambda x, y: [x[0] * x[1], x[2] * x[1], x[0] * y], [(3,), ()])
    >>> colours(found.tape, found, node_roles(found.tape), None)[found.tape.op == SUM].tolist()
    [2, 2, 3]
    """
    found = _Colours(tape, recording, roles, gradients)
    uses = np.zeros(len(tape), np.int64)
    first, kinds = found.upward(uses), 1
    for _ in range(AHEAD if found.unlabelled.any() else 0):
        uses, before = found.downward(first, uses), kinds
        if (kinds := len(np.unique(uses))) == before:
            break  # nothing further ahead tells more apart
    _, begins, each = np.unique(found.upward(uses) if kinds > 1 else first, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(begins))[each]  # numbered as they come


class _Colours:
    """What the nodes of a tape are by themselves, and in which batches they get their colours.

    unlabelled   (n,) which are leaves without a label
    """

    def __init__(self, tape: Tape, recording: Recording, roles: Ints, gradients: Ints | None) -> None:
        self._tape = tape
        self._forward, self._signal = roles == FORWARD, roles == SIGNAL
        values = np.zeros(len(tape), np.bool_)
        values[tape.outputs["values"]] = True
        leaves = (*recording.parameters, *recording.captured)
        label, _ = numbered(Labels(v.label for v in leaves).stems)
        self._leaf, self.unlabelled = _leaves(tape, recording, label)
        target = np.full(len(tape), NONE)
        if gradients is not None:
            there = gradients != NONE
            target[gradients[there]] = label[: len(gradients)][there]
        self._role = _joined(tape.op, roles, values, target)
        self._name = self._named(recording)
        self._exponent = _exponents(tape)
        self._batches = self._in_batches()

    def _named(self, recording: Recording) -> Ints:
        """Return for each signal the last node of the function that it is of, else the number of the node's label."""
        tape, computed = self._tape, self._tape.op >= SUM
        nodes, others = np.flatnonzero(self._forward & computed), np.flatnonzero(~self._signal & computed)
        last = np.full(int(tape.twin.max(initial=0)) + 1, NONE)
        last[tape.twin[nodes]] = nodes
        found = last[tape.twin]
        twins, each = np.unique(tape.twin[others], return_inverse=True)
        labels = Labels(recording.names.get(twin, "") for twin in twins.tolist())
        found[others] = numbered(labels.stems)[0][each]
        return found

    def _in_batches(self) -> list[Ints]:
        """Return the computed nodes, the function's first, in batches after those of their operands."""
        nodes = np.flatnonzero(self._tape.op >= SUM)
        rank = _joined(~self._forward, levels(self._tape))[nodes]
        order = np.argsort(rank, kind="stable")
        return np.split(nodes[order], np.flatnonzero(np.diff(rank[order])) + 1)

    def upward(self, uses: Ints) -> Ints:
        """Return the colours, from the leaves up, where leaves without a label are told apart by these numbers."""
        tape = self._tape
        leaf = _joined(self._leaf, np.where(self.unlabelled, uses, 0))
        found = np.append(np.unique(leaf, return_inverse=True)[1], NONE)
        numbers: dict[tuple[int, int, bytes], int] = {}
        first = len(tape)
        for nodes in self._batches:
            terms, begins, ends = terms_of(tape, nodes)
            a, b = tape.left[terms], tape.right[terms]
            other = np.where(tape.in_sum[terms], found[b], self._exponent[a])
            pairs, bounds = _each_once(_pair(found[a], other), begins, ends)
            of = np.where(self._signal[nodes], found[self._name[nodes]], self._name[nodes])
            keys = zip(self._role[nodes].tolist(), of.tolist(), _parts(pairs, bounds), strict=True)
            found[nodes] = [numbers.setdefault(key, first + len(numbers)) for key in keys]
        return found[:-1]

    def downward(self, found: Ints, told: Ints) -> Ints:
        """Return a number for each node, equal for nodes of one colour with which the function does the same.

        The same is done by users that are `told` alike, and have the other factors of one colour.
        """
        tape = self._tape
        terms = np.flatnonzero(self._forward[tape.owner])
        user, a, b = tape.owner[terms], tape.left[terms], tape.right[terms]
        ordered = (tape.op[user] != SUM) & (tape.arity[user] <= 2)
        does = 2 * told[user] + np.where(ordered, terms - tape.start[user], 0)
        colour, second = np.append(found, NONE), b != NONE
        what = np.append(_pair(does, colour[b]), _pair(does, colour[a])[second])
        kinds, kind = np.unique(what, return_inverse=True)
        node, kind = np.divmod(np.unique(np.append(a, b[second]) * len(kinds) + kind), len(kinds))
        used, begins = np.unique(node, return_index=True)
        numbers: dict[tuple[int, bytes], int] = {}
        result, first = found.copy(), int(found.max(initial=0)) + 1
        keys = zip(found[used].tolist(), _parts(kind, np.append(begins, len(node))), strict=True)
        result[used] = [numbers.setdefault(key, first + len(numbers)) for key in keys]
        return result


def _joined(*columns: Ints | Mask) -> Ints:
    """Return numbers that are equal where all columns are, and ordered as these are; NONE is the least."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        found = found * (int(column.max(initial=0)) + 2) + column + 1
    return found


def _pair(a: Ints, b: Ints) -> Ints:
    """Return numbers that are equal where both columns are."""
    return (a << 32) + b


def _each_once(numbers: Ints, begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of parts that follow each other, of equal neighbours in a part the first, and their bounds."""
    new = np.append(True, np.diff(numbers) != 0)[: len(numbers)]
    new[begins[begins < ends]] = True
    return numbers[new], np.append(0, np.cumsum(new))[np.append(begins, ends[-1:])]


def _parts(numbers: Ints, bounds: Ints) -> list[bytes]:
    """Return parts of a column, bound by bound."""
    data, places = numbers.tobytes(), (8 * bounds).tolist()
    return [data[i:j] for i, j in pairwise(places)]


def _leaves(tape: Tape, recording: Recording, label: Ints) -> tuple[Ints, Mask]:
    """Return a number for each leaf, equal for those of an argument or a label, and which have no label."""
    kinds = [(INPUT, np.array([*(c.argument for c in recording.columns), len(recording.columns)]))]
    kinds.append((PARAMETER, 2 * label + (np.arange(len(label)) >= len(recording.parameters))))
    which = np.zeros(len(tape), np.int64)
    for kind, numbers in kinds:
        nodes = np.flatnonzero(tape.op == kind)
        which[nodes] = numbers[tape.number[nodes].astype(np.int64)]
    return _joined(tape.op, which), (tape.op == PARAMETER) & (which < 2)


def _exponents(tape: Tape) -> Ints:
    """Return numbers for the constants that are operands of rows, such as exponents, if they are few; else NONE."""
    found = np.full(len(tape), NONE)
    operands = np.unique(tape.left[~tape.in_sum])
    constants = operands[tape.op[operands] == CONSTANT]
    kinds, kind = np.unique(tape.number[constants], return_inverse=True)
    if len(kinds) <= FEW:
        found[constants] = kind
    return found
