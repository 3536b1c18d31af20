"""Colours: which nodes belong to one matrix, because they do the same with the same matrices.

The colour of a leaf is its argument or the label of its matrix; that of a computed node is what it is, of which
colours. Leaves without a label are told apart by what becomes of them: weights from biases, layer from layer.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Ints, Tape
from ..tracing.recording import Recording
from .naming import stem
from .roles import used_by, users_of

AHEAD = 4
"""So many operations ahead it is looked what becomes of a leaf without a label."""

FEW = 8
"""As many constants as tell operations apart, such as exponents; more are data."""


def colours(tape: Tape, recording: Recording, gradients: Ints | None) -> Ints:
    """Return the colours (n,) of the nodes of a recorded tape; with `gradients`, the last input is the weight.

    >>> from ..tape.tape import name
    >>> from ..tracing.trace import trace
    >>> found = trace(lambda x, y: [x[0] * x[1], x[2] * x[1], x[0] * y], [(3,), ()])
    >>> colours(found.tape, found, None)[found.tape.op == SUM].tolist()
    [2, 2, 3]
    """
    found = _Colours(tape, recording, gradients)
    alike = [0] * len(tape)
    first, uses = found.upward(alike), alike
    for _ in range(AHEAD):
        uses = found.downward(first, uses)
    return np.array(found.upward(uses), np.int64)


class _Colours:
    """A tape as lists, and the numbers of the colours that have been met."""

    def __init__(self, tape: Tape, recording: Recording, gradients: Ints | None) -> None:
        self._recording = recording
        self._labels = [stem(v.label) for v in (*recording.parameters, *recording.captured)]
        self._arguments = [c.argument for c in recording.columns]
        self._forward = used_by(tape, tape.outputs["values"]).tolist()
        weight = (tape.op == INPUT) & (tape.number == len(self._arguments))
        self._signal = users_of(tape, weight).tolist()
        wanted = [] if gradients is None else gradients.tolist()
        self._target = {v: self._labels[i] for i, v in enumerate(wanted) if v != NONE}
        self._values = set(tape.outputs["values"].tolist())
        self._exponents = _exponents(tape)
        self._nodes = list(zip(tape.op.tolist(), tape.twin.tolist(), tape.number.tolist(), strict=True))
        self._start, left, right = tape.start.tolist(), tape.left.tolist(), tape.right.tolist()
        self._terms = list(zip(left, right, strict=True))

    def upward(self, uses: list[int]) -> list[int]:
        """Return the colours, from the leaves up, where leaves without a label are told apart by these numbers."""
        numbers: dict[Hashable, int] = {}
        found: list[int] = []
        of_twin: dict[int, int] = {}
        for i, (op, twin, number) in enumerate(self._nodes):
            if op < SUM:
                key = self._leaf(op, number, uses[i])
            else:
                of = of_twin.get(twin) if self._signal[i] else stem(self._recording.names.get(twin, ""))
                role = self._forward[i], self._signal[i], self._target.get(i), i in self._values
                key = op, of, role, *self._operands(i, found)
            found.append(numbers.setdefault(key, len(numbers)))
            if self._forward[i] and op >= SUM:
                of_twin[twin] = found[-1]
        return found

    def _leaf(self, op: int, number: float, use: int) -> Hashable:
        if op == PARAMETER:
            label, is_captured = self._labels[int(number)], int(number) >= len(self._recording.parameters)
            return op, is_captured, label or use
        return op, op == INPUT and number < len(self._arguments) and self._arguments[int(number)]

    def _operands(self, i: int, found: list[int]) -> list[Hashable]:
        """Return the colours of a node's operands, each once if they follow each other."""
        terms = self._terms[self._start[i] : self._start[i + 1]]
        if self._nodes[i][0] == SUM:
            pairs: list[Hashable] = [(found[a], NONE if b == NONE else found[b]) for a, b in terms]
        else:
            pairs = [(found[a], self._exponents.get(a)) for a, _ in terms]
        return [pair for pair, before in zip(pairs, [None, *pairs], strict=False) if pair != before]

    def downward(self, found: list[int], told: list[int]) -> list[int]:
        """Return a number for each node of the function, equal for nodes of one colour with which the same is done.

        The same is done by users that are `told` alike, and have the other factors of one colour.
        """
        numbers: dict[Hashable, int] = {}
        uses: list[set[Hashable]] = [set() for _ in found]
        for i, is_there in enumerate(self._forward):
            if not is_there:
                continue
            terms = self._terms[self._start[i] : self._start[i + 1]]
            for place, (a, b) in enumerate(terms):
                meaning = place if self._nodes[i][0] != SUM and len(terms) <= 2 else 0
                uses[a].add((told[i], meaning, NONE if b == NONE else found[b]))
                if b != NONE:
                    uses[b].add((told[i], meaning, found[a]))
        return [numbers.setdefault((c, frozenset(u)), len(numbers)) for c, u in zip(found, uses, strict=True)]


def _exponents(tape: Tape) -> dict[int, float]:
    """Return the constants that are operands of rows, such as exponents, with their numbers: if they are few."""
    operands = np.unique(tape.left[np.repeat(tape.op > SUM, tape.arity)])
    constants = operands[tape.op[operands] == CONSTANT]
    found = dict(zip(constants.tolist(), tape.number[constants].tolist(), strict=True))
    return found if len(set(found.values())) <= FEW else {}
