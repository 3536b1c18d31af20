"""Walks along the nodes of a trace in the making, which tell of them when something asks for it, and only then.

`Concrete` tells the numbers on the example row, `Given` which nodes are computed from arguments alone, and `Worded`
how a person would write them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ...engine import Value
from ...errors import TraceError
from ...floats import evaluate
from ..tape.tape import CONSTANT, FIRST_ROW, INPUT, LESS, PARAMETER, ROWS, name
from ..tape.wording import elided, written
from .recording import Column

if TYPE_CHECKING:
    from .recorder import Recorder

SCALARS = np.array([0] * (FIRST_ROW - 2) + [2, 2] + [0 if p.blocks else len(p.partials) for p in ROWS])
"""How many operands a node with this code has; 0 for rows over blocks, which have as many as they say."""

BLOCKS = np.array([False] * FIRST_ROW + [p.blocks for p in ROWS])

_ARITY, _OVER_BLOCKS = SCALARS.tolist(), BLOCKS.tolist()


LONG = 32
"""As many letters as an operand may have that is written out."""

T = TypeVar("T")


class Walk(ABC, Generic[T]):
    """Goes from node to node as far as has been asked, and keeps what it found for each."""

    def __init__(self) -> None:
        self._known: list[T] = []
        self._args = self._blocks = self._leaves = 0  # how many of each are read

    def at(self, recorder: Recorder, node: int) -> T:
        """Return what is found for a node, after all nodes before it."""
        if not self._known:
            self._known = [self._parameter(v) for v in recorder.parameters]
        while len(self._known) <= node:
            self._known.append(self._next(recorder))
        return self._known[node]

    def _next(self, recorder: Recorder) -> T:
        op = recorder.ops[len(self._known)]
        if op in (CONSTANT, PARAMETER, INPUT):
            number = recorder.numbers[self._leaves]
            self._leaves += 1
            if op == CONSTANT:
                return self._constant(number)
            if op == INPUT:
                return self._input(recorder.columns[int(number)])
            return self._parameter(recorder.captured[int(number) - len(recorder.parameters)])
        if _OVER_BLOCKS[op]:
            blocks = recorder.operands[self._blocks]
            self._blocks += 1
            return self._row(op, [tuple([self._known[i] for i in block]) for block in blocks])
        operands = [self._known[i] for i in recorder.args[self._args : self._args + _ARITY[op]]]
        self._args += _ARITY[op]
        return self._row(op, operands)

    @abstractmethod
    def _parameter(self, v: Value) -> T: ...

    @abstractmethod
    def _constant(self, number: float) -> T: ...

    @abstractmethod
    def _input(self, column: Column) -> T: ...

    @abstractmethod
    def _row(self, op: int, operands: Sequence[Any]) -> T:
        """Return what is found for a node of what was found for its operands, or for blocks of them."""


class Concrete(Walk[float]):
    """What nodes are on the example, as Values would compute it."""

    def __init__(self, example: Sequence[Any] | None) -> None:
        super().__init__()
        self.example = example

    def at(self, recorder: Recorder, node: int) -> float:
        """Return the number of a node."""
        if self.example is None:
            raise TraceError.here("a comparison", "its outcome depends on numbers, and the trace was given no example")
        return super().at(recorder, node)

    def _parameter(self, v: Value) -> float:
        return float(v._data)

    def _constant(self, number: float) -> float:
        return number

    def _input(self, column: Column) -> float:
        x: Any = self.example
        for i in (column.argument, *column.place):
            x = x[i]
        return float(x) if column.category is None else float(x == column.category)

    def _row(self, op: int, operands: Sequence[Any]) -> float:
        if op < FIRST_ROW:
            a, b = operands
            return float(a < b if op == LESS else a <= b)
        return evaluate(ROWS[op - FIRST_ROW], operands, None)


class Given(Walk[bool]):
    """Whether nodes are computed from arguments and constants alone, so that without a trace they may be floats."""

    def _parameter(self, v: Value) -> bool:
        return False

    def _constant(self, number: float) -> bool:
        return True

    def _input(self, column: Column) -> bool:
        return True

    def _row(self, op: int, operands: Sequence[Any]) -> bool:
        return all(all(block) if isinstance(block, tuple) else block for block in operands)


class Worded(Walk[str]):
    """Nodes in the names of those that they are computed from, with "…" for what would be long."""

    def at(self, recorder: Recorder, node: int) -> str:
        """Return a node as its name, or as it is computed."""
        return recorder.names.get(node) or super().at(recorder, node)

    def _next(self, recorder: Recorder) -> str:
        found = super()._next(recorder)
        return recorder.names.get(len(self._known), found)

    def _parameter(self, v: Value) -> str:
        return v.label or f"Value({v._data!r})"

    def _constant(self, number: float) -> str:
        return repr(number)

    def _input(self, column: Column) -> str:
        return ""  # it has a name

    def _row(self, op: int, operands: Sequence[Any]) -> str:
        kind, blocks = name(op), [[x] if isinstance(x, str) else x for x in operands]
        texts = [[text if len(text) <= LONG else "…" for text in block] for block in blocks]
        if kind in ("dot", "affine"):
            weights, others = texts
            products = [written("mul", pair) for pair in zip(weights, others, strict=False)]
            return elided(written("add", products + weights[len(others) :]), 2 * LONG)
        return elided(written(kind, [text for block in texts for text in block]), 2 * LONG)
