"""Slopes: the derivatives of a tape at one row, computed at once, and how far rounding may have moved them.

`adjoint` makes a tape of derivatives, for kernels to compute. Here one row's numbers are known, and error signals are
plain numbers: what the sentinel holds against the derivatives of Values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arrays import STRICT
from .columns import Group, groups, in_blocks
from .edges import edges
from .evaluate import evaluate, in_groups
from .tape import Floats, Tape

CLOSE = 1e-9
"""Derivatives are alike within so many times their size: rounding needs less, and a missing path shows."""


def weights(count: int) -> Floats:
    """Return the factors of outputs in the one sum that is differentiated: unlike, or those of a softmax cancel.

    >>> weights(2).tolist()
    [1.0, 0.5]
    """
    found: Floats = 1.0 / np.arange(1.0, count + 1.0)
    return found


class Row(NamedTuple):
    """What a row gives: the numbers of nodes, the error signals that they receive, and Σ|path products| of each."""

    numbers: Floats
    signals: Floats
    sizes: Floats


class Slopes:
    """The derivatives of the weighted sum of a tape's outputs by every node, at one row after another: IEEE rules.

    >>> from ..tracing.trace import trace
    >>> found = Slopes(trace(lambda x, y: x * x - 3.0 * y, [(), ()]).tape).at(np.array([[5.0, 2.0]]), np.zeros(0))
    >>> found.signals[:2].tolist(), found.sizes[:2].tolist()
    ([10.0, -3.0], [10.0, 3.0])
    """

    def __init__(self, tape: Tape) -> None:
        found = edges(tape)
        self._edges = found[np.arange(len(found))[::-1]]  # users before what they use
        self._of_rows = ~tape.in_sum[self._edges.term]
        self._rows = list(groups(tape, np.arange(len(tape))))
        self._groups = in_groups(tape)
        self._tape = tape

    def at(self, inputs: Floats, parameters: Floats) -> Row:
        """Return what a row gives, (1, inputs), with these numbers of leaves."""
        found, n = self._edges, len(self._tape)
        numbers = evaluate(self._tape, inputs, parameters, groups=self._groups)[:, 0]
        partials = self._partials(numbers)[found.term]
        steps = found.sign * np.where(self._of_rows, partials, np.append(numbers, 1.0)[found.factor])  # 1.0 for NONE
        outputs = self._tape.outputs["values"]
        signals = np.bincount(outputs, weights(len(outputs)), n)
        signal, size = signals.tolist(), signals.tolist()
        for user, operand, step in zip(found.user.tolist(), found.operand.tolist(), steps.tolist(), strict=True):
            if step and size[user]:  # 0·inf of an entry that is not chosen is no path
                signal[operand] += signal[user] * step
                size[operand] += size[user] * abs(step)
        return Row(numbers, np.array(signal), np.array(size))

    def _partials(self, numbers: Floats) -> Floats:
        """Return (t,) the partial of each row by each of its operands; 0.0 where nothing flows, and for sums."""
        tape = self._tape
        found = np.zeros(len(tape.left))
        with np.errstate(all="ignore"):
            for group in self._rows:
                terms = tape.start[group.members][:, None] + np.arange(group.operands.shape[1])
                for j, partial in enumerate(_partials(group, numbers)):
                    found[terms[:, j]] = partial
        return found


def _partials(group: Group, numbers: Floats) -> list[Any]:
    """Return the partials of a group's rows by each of their operands."""
    p, z, x = group.p, numbers[group.members], list(numbers[group.operands].T)
    operands = in_blocks(p, x, group.split)
    found: list[Any] = []
    for d, of in zip(p.partials, operands, strict=True):
        slope: Any = d(STRICT, z, *operands) if callable(d) else 0.0 if d is None else d
        found += slope if p.blocks and callable(d) else [slope] * (len(of) if p.blocks else 1)
    return found


def unlike(compiled: Floats, sizes: Floats, on_values: Floats) -> bool:
    """Return whether derivatives differ by more than rounding, where both are finite.

    >>> unlike(np.array([6.0]), np.array([6.0]), np.array([3.0]))
    True
    """
    with np.errstate(all="ignore"):
        apart = np.abs(compiled - on_values) > CLOSE * sizes
    return bool((apart & np.isfinite(sizes) & np.isfinite(on_values)).any())
