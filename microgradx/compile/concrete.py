"""The numbers of a trace on its example row, computed when a comparison asks for one, and only then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TraceError
from ..floats import evaluate
from .recording import Column
from .tape import CONSTANT, FIRST_ROW, INPUT, LESS, PARAMETER, ROWS

if TYPE_CHECKING:
    from .recorder import Extent, Recorder

SCALARS = np.array([0] * (FIRST_ROW - 2) + [2, 2] + [0 if p.blocks else len(p.partials) for p in ROWS])
"""How many operands a node with this code has; 0 for rows over blocks, which have as many as they say."""

BLOCKS = np.array([False] * FIRST_ROW + [p.blocks for p in ROWS])


class Concrete:
    """What nodes are on the example: an `evaluate` of each node in turn, as far as has been asked."""

    def __init__(self, recorder: Recorder, example: Sequence[Any] | None) -> None:
        self._recorder = recorder
        self._example = example
        self._known: list[float] = []
        self._waiting = self._in_turn()

    def number(self, node: int) -> float:
        """Return the number of a node, after those of all nodes before it."""
        if self._example is None:
            raise TraceError.here("a comparison", "its outcome depends on numbers, and the trace was given no example")
        while len(self._known) <= node:
            self._known.append(next(self._waiting))
        return self._known[node]

    def _in_turn(self) -> Iterator[float]:
        """Yield the numbers of the nodes; goes on where it stopped, with what has been appended since."""
        recorder, known = self._recorder, self._known
        arities = SCALARS.tolist()
        read = 0
        extents = iter(recorder.extents)  # of a list that grows: it goes on too
        leaves = iter(recorder.numbers)
        while True:
            op = recorder.ops[len(known)]
            if op in (CONSTANT, PARAMETER, INPUT):
                yield self._leaf(op, next(leaves))
                continue
            extent = next(extents) if BLOCKS[op] else None
            size = extent.size if extent else arities[op]
            operands = [known[i] for i in recorder.args[read : read + size]]
            read += size
            yield _computed(op, operands, extent)

    def _leaf(self, op: int, number: float) -> float:
        recorder = self._recorder
        if op == CONSTANT:
            return number
        if op == PARAMETER:
            i, p = int(number), len(recorder.parameters)
            return float((recorder.parameters[i] if i < p else recorder.captured[i - p]).data)
        return self.of(recorder.columns[int(number)])

    def of(self, column: Column) -> float:
        """Return the entry of the example that a column stands for."""
        x: Any = self._example
        for i in (column.argument, *column.place):
            x = x[i]
        return float(x) if column.category is None else float(x == column.category)


def _computed(op: int, operands: list[float], extent: Extent | None) -> float:
    if op < FIRST_ROW:
        a, b = operands
        return float(a < b if op == LESS else a <= b)
    p = ROWS[op - FIRST_ROW]
    if extent is None:
        return evaluate(p, operands, None)
    first = tuple(operands[: extent.first])
    return evaluate(p, (first,) if len(p.partials) == 1 else (first, tuple(operands[extent.first :])), None)
