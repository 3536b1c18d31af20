"""Slopes: the derivatives of a tape at one row, computed at once, and how far rounding may have moved them.

`adjoint` makes a tape of derivatives, for kernels to compute. Here one row's numbers are known, and error signals are
plain numbers: what the sentinel holds against the derivatives of Values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .edges import edges, with_partials
from .evaluate import evaluate
from .tape import NONE, Builder, Floats, Tape

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
        builder = Builder(tape)
        found = with_partials(builder, tape, edges(tape))
        self._edges = found[np.arange(len(found))[::-1]]  # users before what they use
        self._tape, self._longer = tape, builder.tape()

    def at(self, inputs: Floats, parameters: Floats) -> Row:
        """Return what a row gives, (1, inputs), with these numbers of leaves."""
        found, n = self._edges, len(self._tape)
        numbers = evaluate(self._longer, inputs, parameters)[:, 0]
        steps = found.sign * np.where(found.factor == NONE, 1.0, numbers[found.factor])
        outputs = self._tape.outputs["values"]
        signals = np.bincount(outputs, weights(len(outputs)), n)
        signal, size = signals.tolist(), signals.tolist()
        for user, operand, step in zip(found.user.tolist(), found.operand.tolist(), steps.tolist(), strict=True):
            if step and size[user]:  # 0·inf of an entry that is not chosen is no path
                signal[operand] += signal[user] * step
                size[operand] += size[user] * abs(step)
        return Row(numbers[:n], np.array(signal), np.array(size))


def unlike(compiled: Floats, sizes: Floats, on_values: Floats) -> bool:
    """Return whether derivatives differ by more than rounding, where both are finite.

    >>> unlike(np.array([6.0]), np.array([6.0]), np.array([3.0]))
    True
    """
    with np.errstate(all="ignore"):
        apart = np.abs(compiled - on_values) > CLOSE * sizes
    return bool((apart & np.isfinite(sizes) & np.isfinite(on_values)).any())
