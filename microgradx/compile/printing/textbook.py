"""Textbook: a function and its gradient as one writes them by hand, matrix by matrix, in the primitives of the user.

What runs is opened into atoms and simplified. Here the recorded tape is differentiated and grouped as it is: σ is a
line, not the six operations that compute it, and z̄ is the error signal of z.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..nests.grouping import with_own_gradients
from ..nests.reroll import reroll
from ..passes.dead import dead
from ..passes.folding import units, zeros
from ..passes.simplify import condense
from ..paths.derivatives import with_gradients
from ..paths.path import Path
from ..paths.stages import Made
from ..tape.tape import NONE, SUM, Builder, Ints, Tape
from ..tracing.recording import Recording
from .colours import colours
from .roles import node_roles


class Textbook(NamedTuple):
    """A function, with its gradient if it has one, as a tape in the user's primitives and the plan of its matrices.

    made       the tape and its plan
    roles      what its nodes are to the function: see `node_roles`
    gradients  the nodes of the tape that are the gradient, NONE where none is; None without a gradient
    forward    how many scalar operations the function is, as recorded
    backward   how many its gradient adds
    """

    made: Made
    roles: Ints
    gradients: Ints | None
    forward: int
    backward: int


def textbook(recording: Recording, weighted: bool) -> Textbook:
    """Return a function as one writes it by hand; if `weighted`, with the gradient of its mean over rows.

    >>> from ...functions import sigmoid
    >>> from ..tape.tape import name
    >>> from ..tracing.trace import trace
    >>> found = textbook(trace(lambda x: sigmoid(x[0] * x[1] + x[2]), [(3,)]), False)
    >>> [name(nest.op) for nest in found.made.rolled.plan.nests]
    ['sum of products', 'sigmoid']
    """
    written = dead(replace(recording.tape, outputs={"values": recording.tape.outputs["values"]}))
    tape = _with_own_values(dead(units(zeros(condense(written), strict=False))))
    inputs, gradients, before = len(recording.columns), None, operations(tape)
    if weighted:
        tape = dead(with_gradients(tape, recording, strict=False))
        wanted = tape.outputs["gradients"]
        inputs += 1
        tape, targets = with_own_gradients(replace(tape, outputs={"values": tape.outputs["values"]}), wanted)
        gradients = np.full(len(wanted), NONE)
        gradients[targets[targets != NONE]] = np.flatnonzero(targets != NONE)
    parameters = len(recording.parameters) + len(recording.captured)
    roles = node_roles(tape, len(recording.columns) if weighted else NONE)
    apart = colours(tape, recording, roles, gradients)
    rolled = reroll(tape, gradients=gradients, inputs=inputs, parameters=parameters, weighted=weighted, apart=apart)
    return Textbook(Made(tape, tape, rolled), roles, gradients, operations(written), operations(tape) - before)


def what_runs(path: Path) -> Made:
    """Return what runs for a path's function, with its gradient if it has one; the path's times do not count it.

    Where machine code was kept from an earlier run, it is made only to be read.
    """
    stages, before = path.stages, dict(path.stages.seconds)
    made = path.made
    stages.seconds = before
    return made


def operations(tape: Tape) -> int:
    """Return how many operations of two numbers, or of a row of the table, a tape consists of.

    >>> from ..tape.tape import INPUT
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
    bare = (tape.op < SUM)[values]
    if not bare.any():
        return tape
    builder = Builder(tape)
    values[bare] = builder.sums(values[bare][:, None], NONE)
    return builder.tape(values=values)
