"""The numbers of a trace on its example row, computed when a comparison asks for one, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import TraceError
from ...floats import evaluate
from ..tape.tape import CONSTANT, FIRST_ROW, INPUT, LESS, PARAMETER, ROWS
from .recording import Column

if TYPE_CHECKING:
    from .recorder import Recorder

SCALARS = np.array([0] * (FIRST_ROW - 2) + [2, 2] + [0 if p.blocks else len(p.partials) for p in ROWS])
"""How many operands a node with this code has; 0 for rows over blocks, which have as many as they say."""

BLOCKS = np.array([False] * FIRST_ROW + [p.blocks for p in ROWS])

_ARITY, _OVER_BLOCKS = SCALARS.tolist(), BLOCKS.tolist()


class Concrete:
    """What nodes are on the example: an `evaluate` of each node in turn, as far as has been asked."""

    def __init__(self, example: Sequence[Any] | None) -> None:
        self._example = example
        self._known: list[float] = []
        self._args = self._blocks = self._leaves = 0  # how many of each are read

    def number(self, recorder: Recorder, node: int) -> float:
        """Return the number of a node, after those of all nodes before it."""
        if self._example is None:
            raise TraceError.here("a comparison", "its outcome depends on numbers, and the trace was given no example")
        if not self._known:
            self._known = [float(v._data) for v in recorder.parameters]
        while len(self._known) <= node:
            self._known.append(self._next(recorder))
        return self._known[node]

    def _next(self, recorder: Recorder) -> float:
        op = recorder.ops[len(self._known)]
        if op in (CONSTANT, PARAMETER, INPUT):
            number = recorder.numbers[self._leaves]
            self._leaves += 1
            return number if op == CONSTANT else self._leaf(recorder, op, int(number))
        if _OVER_BLOCKS[op]:
            blocks = recorder.operands[self._blocks]
            self._blocks += 1
            return evaluate(ROWS[op - FIRST_ROW], [tuple([self._known[i] for i in block]) for block in blocks], None)
        operands = [self._known[i] for i in recorder.args[self._args : self._args + _ARITY[op]]]
        self._args += _ARITY[op]
        if op < FIRST_ROW:
            a, b = operands
            return float(a < b if op == LESS else a <= b)
        return evaluate(ROWS[op - FIRST_ROW], operands, None)

    def _leaf(self, recorder: Recorder, op: int, place: int) -> float:
        if op == INPUT:
            return self._entry(recorder.columns[place])
        return float(recorder.captured[place - len(recorder.parameters)]._data)

    def _entry(self, column: Column) -> float:
        x: Any = self._example
        for i in (column.argument, *column.place):
            x = x[i]
        return float(x) if column.category is None else float(x == column.category)
