"""Textbook: a function and its gradient as one writes them by hand, matrix by matrix, in the primitives of the user.

What runs is opened into atoms and simplified. Here the recorded tape is differentiated and grouped as it is: σ is a
line, not the six operations that compute it, and z̄ is the error signal of z.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .dead import dead
from .folding import units, zeros
from .grouping import with_own_gradients
from .links import leaves
from .naming import stem
from .recording import Recording
from .reroll import reroll
from .simplify import condense
from .roles import used_by, users_of
from .stages import Made, with_gradients
from .tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, Ints, Tape


FEW = 8
"""As many constants as are told apart."""


class Textbook(NamedTuple):
    """A function, with its gradient if it has one, as a tape in the user's primitives and the plan of its matrices.

    made       the tape and its plan
    forward    how many scalar operations the function is, as recorded
    backward   how many its gradient adds
    """

    made: Made
    forward: int
    backward: int


def textbook(recording: Recording, weighted: bool) -> Textbook:
    """Return a function as one writes it by hand; if `weighted`, with the gradient of its mean over rows.

    >>> from ..functions import sigmoid
    >>> from .tape import name
    >>> from .trace import trace
    >>> [name(nest.op) for nest in textbook(trace(lambda x: sigmoid(x[0] * x[1] + x[2]), [(3,)]), False).made.rolled.plan.nests]
    ['sum of products', 'sigmoid']
    """
    written = dead(replace(recording.tape, outputs={"values": recording.tape.outputs["values"]}))
    tape = _with_own_values(dead(units(zeros(condense(written), strict=False))))
    inputs, gradients, before = len(recording.columns), None, operations(tape)
    if weighted:
        tape = dead(with_gradients(tape, recording, strict=False))
        wanted = tape.outputs.pop("gradients")
        inputs += 1
        tape, targets = with_own_gradients(tape, wanted)
        gradients = np.full(len(wanted), NONE)
        gradients[targets[targets != NONE]] = np.flatnonzero(targets != NONE)
    parameters = len(recording.parameters) + len(recording.captured)
    apart = _colours(tape, recording, gradients)
    rolled = reroll(
        tape, gradients=gradients, inputs=inputs, parameters=parameters, weighted=weighted, apart=apart
    )
    return Textbook(Made(tape, tape, rolled), operations(written), operations(tape) - before)


def operations(tape: Tape) -> int:
    """Return how many operations of two numbers, or of a row of the table, a tape consists of.

    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(4))
    >>> operations(b.tape(values=b.sums([x[:2]], [x[2:]])))
    3
    """
    products = int((tape.right >= 0).sum())
    additions = int(np.maximum(tape.arity[tape.op == SUM] - 1, 0).sum())
    return products + additions + int((tape.op > SUM).sum())


def _with_own_values(tape: Tape) -> Tape:
    """Return the tape with a node of its own for each output that is a leaf, so that it has a line."""
    values = tape.outputs["values"].copy()
    bare = leaves(tape)[values]
    if not bare.any():
        return tape
    builder = Builder(tape)
    values[bare] = builder.sums(values[bare][:, None], NONE)
    return builder.tape(values=values)


def _colours(tape: Tape, recording: Recording, gradients: Ints | None) -> Ints:
    """Return a number for each node, equal for nodes that are one matrix: they do the same with the same matrices.

    A leaf is told apart by its argument, or the label of its matrix, a computed node by what it is, of which colours.
    """
    numbers: dict[Hashable, int] = {}
    labels = [stem(v.label) for v in (*recording.parameters, *recording.captured)]
    arguments = [c.argument for c in recording.columns]
    target = {} if gradients is None else {int(v): labels[i] for i, v in enumerate(gradients) if v != NONE}
    signal = users_of(tape, (tape.op == INPUT) & (tape.number == len(arguments))).tolist()
    values = set(tape.outputs["values"].tolist())
    forward = used_by(tape, tape.outputs["values"]).tolist()
    constants = _told_apart(tape)
    found: list[int] = []
    of_twin: dict[int, int] = {}
    start, left, right = tape.start.tolist(), tape.left.tolist(), tape.right.tolist()
    for i, (op, twin, number) in enumerate(zip(tape.op.tolist(), tape.twin.tolist(), tape.number.tolist(), strict=True)):
        key: Hashable = (op, number in constants and number)
        if op == PARAMETER:
            key = op, labels[int(number)], int(number) >= len(recording.parameters)
        elif op == INPUT:
            key = op, arguments[int(number)] if number < len(arguments) else NONE
        elif op >= SUM:
            terms = zip(left[start[i] : start[i + 1]], right[start[i] : start[i + 1]], strict=True)
            coloured = [(found[a], NONE if b == NONE else found[b]) for a, b in terms]
            runs = [c for c, before in zip(coloured, [None, *coloured], strict=False) if c != before]
            of = of_twin.get(twin) if signal[i] else recording.names.get(twin) and stem(recording.names[twin])
            key = op, forward[i], signal[i], of, target.get(i), i in values, *runs
        found.append(numbers.setdefault(key, len(numbers)))
        if not signal[i]:
            of_twin[twin] = found[-1]
    return np.array(found, np.int64)


def _told_apart(tape: Tape) -> set[float]:
    """Return the constants that tell operations apart, such as exponents: if they are few, and no data."""
    operands = tape.left[np.repeat(tape.op > SUM, tape.arity)]
    found = set(tape.number[operands[tape.op[operands] == CONSTANT]].tolist())
    return found if len(found) <= FEW else set()
