"""Rows that a tape does not speak for: those that leave a domain on the way, and those of another path.

Where Values raise a DomainError, compiled code goes on with an inf or a NaN, which a later operation may swallow, as
tanh does. So whether each operation with a domain gave a finite number is an output of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...primitives import row
from ..tape.edges import used_by
from ..tape.tape import CONSTANT, FIRST_ROW, LESS, LESS_EQUAL, NONE, ROWS, Builder, Ints, Tape, code
from ..tracing.recording import Recording

DOMAIN = "domain"
"""The output whose numbers are 0 where every operation stayed in its domain and finite, else NaN."""


SWALLOWING = (LESS, LESS_EQUAL, *[code(row(name)) for name in ("equal", "select", "pow", "relu", "step")])
"""What may give a finite number for NaN."""

_HAS_DOMAIN = np.array([False] * FIRST_ROW + [p.defined is not None for p in ROWS])


def with_domain(tape: Tape, count: int | None = None, mixed: Sequence[int] = ()) -> Tape:
    """Return the tape with the output DOMAIN, if operations, among the first `count`, may leave their domain.

    So may the `mixed` nodes, which are NaN if an entry that is not chosen is inf, where something may swallow that.

    >>> from ..tracing.trace import trace
    >>> from ...functions import log, tanh
    >>> [name for name in with_domain(trace(lambda x: tanh(log(x)), [()]).tape).outputs]
    ['values', 'guards', 'domain']
    >>> [name for name in with_domain(trace(lambda x: tanh(x) ** 2 / 3, [()]).tape).outputs]
    ['values', 'guards']
    """
    nodes = np.flatnonzero(_HAS_DOMAIN[tape.op[:count]])
    found = np.zeros(len(tape), bool)
    found[nodes[~_always_defined(tape, nodes)]] = found[_swallowed(tape, mixed)] = True
    nodes = np.flatnonzero(found)
    if not len(nodes):
        return tape
    builder = Builder(tape)
    (zero,) = builder.leaves(CONSTANT, [0.0])
    ops = np.flatnonzero(np.bincount(tape.op[nodes]))
    kinds = [nodes[tape.op[nodes] == op] for op in ops]  # alike, so that they make loops
    return builder.tape(**{DOMAIN: np.concatenate([builder.sums([kind], zero) for kind in kinds])})


def _swallowed(tape: Tape, nodes: Sequence[int]) -> Ints:
    """Return which nodes lead to one that may be finite where they are NaN."""
    if not nodes:
        return np.zeros(0, np.int64)
    mixed = np.array(nodes, np.int64)
    return mixed[used_by(tape, np.isin(tape.op, SWALLOWING), int(mixed.min()))[mixed]]


def _always_defined(tape: Tape, nodes: Ints) -> Ints:
    """Return which nodes are quotients by a constant that is not 0, or powers by a constant whole and positive."""
    last = tape.left[tape.start[nodes + 1] - 1]
    constant, number = tape.op[last] == CONSTANT, tape.number[last]
    quotient = (tape.op[nodes] == code(row("div"))) & (number != 0.0)
    power = (tape.op[nodes] == code(row("pow"))) & (number >= 0.0) & (number == np.floor(number))
    found: Ints = constant & (quotient | power)
    return found


def off_the_path_nan(tape: Tape, recording: Recording) -> Tape:
    """Make the value NaN for rows of another path or out of a domain, and drop the outputs that say so."""
    outputs = {name: nodes for name, nodes in tape.outputs.items() if name not in ("guards", DOMAIN)}
    guards, domain = tape.outputs["guards"], tape.outputs.get(DOMAIN, np.zeros(0, np.int64))
    if not len(guards) and not len(domain):
        return replace(tape, outputs=outputs)
    builder = Builder(tape)
    one, nan = builder.leaves(CONSTANT, [1.0, math.nan])
    pairs = zip(guards, recording.expected, strict=True)
    unlike = [builder.sums([[one, g]], NONE, [[1.0, -1.0]])[0] if expected else g for g, expected in pairs]
    (wrong,) = builder.sums([[*unlike, *domain]], NONE)
    value = builder.rows(code(row("select")), [[wrong, nan, outputs["values"][0]]])
    return replace(builder.tape(), outputs=outputs | {"values": value})
