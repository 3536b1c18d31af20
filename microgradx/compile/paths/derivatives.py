"""Derivatives that a kind of work needs, appended to a recorded tape as its outputs."""

from __future__ import annotations

import numpy as np

from ...primitives import row
from ..passes.adjoint import adjoint, tangent
from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, Builder, Ints, Tape, code
from ..tracing.choices import Choices, Decision
from ..tracing.eager_order import eager_order
from ..tracing.recording import Recording


def with_gradients(tape: Tape, recording: Recording, strict: bool) -> Tape:
    """Append weight · ∂value/∂parameter for each parameter; the weight is the input after all others."""
    builder = Builder(tape)
    (weight,) = builder.leaves(INPUT, [len(recording.columns)])
    (value,) = tape.outputs["values"].tolist()
    order = eager_order(recording, value) if strict else None
    nodes = leaves(tape, PARAMETER, len(recording.parameters))
    tape, signals = adjoint(builder.tape(), value, int(weight), nodes[nodes != NONE], order, summed=True)
    return tape.with_outputs(gradients=_spread(nodes, signals))


def leaves(tape: Tape, kind: int, count: int) -> Ints:
    """Return the node of each of `count` parameters or inputs, NONE where the tape has none."""
    found = np.full(count, NONE)
    nodes = np.flatnonzero(tape.op == kind)
    places = tape.number[nodes].astype(np.int64)
    found[places[places < count]] = nodes[places < count]
    return found


def _spread(nodes: Ints, signals: Ints) -> Ints:
    """Return signals of the nodes that are there at the places of all."""
    found = np.full(len(nodes), NONE)
    found[nodes != NONE] = signals
    return found


def with_derivatives(tape: Tape, outputs: Ints, recording: Recording, name: str, strict: bool) -> Tape:
    """Append the derivatives of each output (NONE: 0) with respect to each input, in a row."""
    inputs = leaves(tape, INPUT, len(recording.columns))
    rows = []
    builder = Builder(tape)
    (one,) = builder.leaves(CONSTANT, [1.0])
    tape = builder.tape()
    for output in outputs.tolist():
        signals = np.full(int((inputs != NONE).sum()), NONE)
        if output != NONE:
            order = eager_order(recording, output) if strict else None
            tape, signals = adjoint(tape, output, int(one), inputs[inputs != NONE], order)
        rows.append(_spread(inputs, signals))
    return tape.with_outputs(**{name: np.concatenate([np.zeros(0, np.int64), *rows])})


def with_tangents(tape: Tape, recording: Recording, strict: bool) -> Tape:
    """Append the tangents of the values. With `strict`, a direction of 0 is none, as it is to Duals."""
    n = len(recording.columns)
    inputs = leaves(tape, INPUT, n)
    there = np.flatnonzero(inputs != NONE)
    builder = Builder(tape)
    directions = builder.leaves(INPUT, n + there)
    decisions, moving = dict(recording.decisions), None
    if strict:
        (zero,) = builder.leaves(CONSTANT, [0.0])
        still = builder.rows(code(row("equal")), np.stack([directions, np.full(len(there), zero)], axis=1)).tolist()
        decisions |= {node: Decision((node,), 2) for node in still}
    choices = Choices(recording.choices, decisions)
    if strict:
        moving = [choices.regions.of(node, 0b10) for node in still]
    values = tape.outputs["values"]
    tape, tangents = tangent(builder.tape(), inputs[there], directions, values, choices, moving)
    return tape.with_outputs(tangents=tangents)
