"""The nodes of a trace in the making: plain lists that are appended to, which is what makes tracing fast.

`ops` holds the code of each node, `args` the operands of all nodes one after the other; how many there are follows from
the code. But those of rows over blocks stand in `operands`, one block or two for each such node, and `extents` says how
many they are. When the trace is done, `taping` turns the lists into a tape at one stroke.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from struct import pack
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ... import primitives as rows
from ...chain import Shared
from ...engine import Value
from ...errors import TraceError
from ...in_trace import AT_WORK, refused
from ...numbers import is_recording, operand, real
from ...primitives import Primitive
from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, ROWS, Ints, code
from .imported import imported
from .recording import Column
from .traced import Traced

CODES = {p: code(p) for p in ROWS}


MAX_NODES = "MICROGRADX_MAX_NODES"
"""Where the environment says how many nodes a trace may have: else 2²⁴, which take 1 to 3 GB."""

BLOCKS_SIZE = 4
"""So many nodes take as much memory as one over blocks."""


class Extent(NamedTuple):
    """Of a row over blocks: how many operands it has, how many of them in the first block, and the blocks' numbers."""

    size: int
    first: int
    block: int
    second_block: int


def table(extents: Sequence[Extent]) -> Ints:
    """Return the columns of extents, (4, n).

    >>> table([Extent(3, 2, 0, NONE), Extent(5, 3, 1, 0)]).tolist()
    [[3, 5], [2, 3], [0, 1], [-1, 0]]
    """
    return np.fromiter(chain.from_iterable(extents), np.int64, 4 * len(extents)).reshape(-1, 4).T


class Nodes:
    """Nodes and where their leaves come from.

    Parameters come first; Values met besides are captured, and graphs of Values copied. Graphs that were `edited` since
    they were computed are copied as they would be computed now; without it they are refused.
    """

    def __init__(self, parameters: tuple[Value, ...], arguments: Sequence[str], edited: bool) -> None:
        self.parameters = parameters
        self.arguments = arguments
        self.edited = edited
        self.max_nodes = int(float(os.environ.get(MAX_NODES, 1 << 24)))
        self.ops: list[int] = [PARAMETER] * len(self.parameters)
        self.args: list[int] = []
        self.operands: list[Sequence[Sequence[int]]] = []
        self.extents: list[Extent] = []
        self.numbers: list[float] = []  # of the leaves after the parameters: constants, or their places
        self.captured: list[Value] = []
        self.columns: list[Column] = []
        self.names: dict[int, str] = {}  # of all but the parameters
        self.constants: dict[float | bytes, int] = {}
        self.refused: list[TraceError] = []  # what the function asked of numbers in vain
        self.weighs = False  # whether it took numbers for the probabilities of classes, which may be one-hot
        self.computed: list[Value] = []  # graphs that were copied, each node
        self.kept: list[Any] = []  # what has its id in a dictionary must not be freed
        self._blocks: dict[int, int] = {}
        self._first_block = 0
        self._next = 0  # the parameter behind the last run of them
        self._inputs: dict[Column, int] = {}
        self._shared: dict[int, tuple[Sequence[int], int]] = {}

    @cached_property
    def places(self) -> dict[Value, int]:
        """The nodes of Values: of the parameters, and of those that have been met besides."""
        return dict(zip(self.parameters, range(len(self.parameters)), strict=True))

    def close(self) -> None:
        """Let go of what was kept while the trace was at work: traced numbers among it, which know the recorder."""
        self.kept.clear()
        self._shared.clear()

    def node(self, op: int, operands: Sequence[int]) -> int:
        """Append a node; return its place."""
        if len(self.ops) >= self.max_nodes:
            self.refuse_more()
        self.ops.append(op)
        self.args += operands
        return len(self.ops) - 1

    def refuse_more(self) -> NoReturn:
        """Raise TraceError, with the user's line, since a function that records ever more may have no end."""
        raise refused(
            f"operation {len(self.ops):,} of a row",
            f"a loop here may have no end; if the function is as long as that, set the environment variable "
            f"{MAX_NODES}, now {self.max_nodes}, to more",
        )

    def leaf(self, kind: int, number: float) -> int:
        """Append a leaf."""
        self.ops.append(kind)
        self.numbers.append(number)
        return len(self.ops) - 1

    def constant(self, x: float) -> int:
        """Return the node of a constant, the same for the same bits."""
        key: float | bytes = x if x and x == x else pack("d", x)  # 0.0 equals −0.0, and NaN nothing
        place = self.constants.get(key)
        if place is None:
            place = self.constants[key] = self.leaf(CONSTANT, float(x))
        return place

    def input(self, column: Column) -> int:
        """Return the node of an input."""
        place = self._inputs.get(column)
        if place is None:
            place = self._inputs[column] = self.leaf(INPUT, len(self.columns))
            self.columns.append(column)
            self.names[place] = self.name_of(column)
        return place

    def name_of(self, column: Column) -> str:
        """Return the name of an input: x[0], or [i = 3] where it is 1.0 if the index i is 3."""
        name = self.arguments[column.argument] + "".join([f"[{i}]" for i in column.place])
        return name if column.category is None else f"[{name} = {column.category}]"

    def operand(self, x: Any) -> Any:
        """Return the node of an operand of any kind; NotImplemented if its own class shall answer."""
        kind = x.__class__
        if kind is Value:
            place = self.places.get(x)
            return imported(self, x) if place is None else place
        if kind is float or kind is int:
            return self.constant(x)
        node = getattr(x, "_node", None)
        if node is None:
            y = operand(x)
            return y if y is NotImplemented else self.constant(y)
        self.check(x)
        return node

    def entry(self, x: Any) -> int:
        """Return the node of an operand; TypeError if it is no number that a trace can hold."""
        if x.__class__ is Traced and x._recorder is self:
            return x._node
        node = self.operand(x)
        return self.constant(real(x)) if node is NotImplemented else node

    def check(self, x: Any) -> None:
        """Raise TraceError for a traced number that belongs to another trace, or whose trace is not at work."""
        if x._recorder is not self or AT_WORK.get() is not self:
            raise refused(
                repr(x),
                "a traced number lives no longer than its trace, and in its thread; let the traced function return "
                "what you need of it, and keep or share nothing else",
            )

    def row(self, p: Primitive, operands: Sequence[Any]) -> int:
        """Append p(operands), blocks as sequences of operands."""
        if not p.blocks:
            return self.node(self.code(p), [self.entry(x) for x in operands])
        return self.row_over_blocks(p, *zip(*map(self._block, operands), strict=True))

    def row_over_blocks(self, p: Primitive, blocks: Sequence[Sequence[int]], numbers: Sequence[int]) -> int:
        """Append a row over one or two blocks of nodes, given with the numbers of the blocks."""
        (first, second), (one, other) = (*blocks, ())[:2], (*numbers, NONE)[:2]
        if p is rows.affine and not second:  # 0.0 + b, which b alone is not if it is −0.0
            return self.node(self.code(rows.add), (self.constant(0.0), *first))
        place = self.node(self.code(p), ())
        if len(self.extents) * BLOCKS_SIZE >= self.max_nodes:
            self.refuse_more()
        self.extents.append(Extent(len(first) + len(second), len(first), one, other))
        self.operands.append(blocks)
        return place

    def selects(self, operands: Sequence[tuple[int, int, int]]) -> range:
        """Append selects, each given with its condition and entries, as one block of its own; return their places."""
        place, count = len(self.ops), len(operands)
        if max(place + count, (len(self.extents) + count) * BLOCKS_SIZE) > self.max_nodes:
            self.refuse_more()
        self.ops += [self.code(rows.select)] * count
        self.extents += [Extent(3, 3, NONE, NONE)] * count
        self.operands += [(block,) for block in operands]
        return range(place, place + count)

    def code(self, p: Primitive) -> int:
        """Return the code of a row; TraceError if it is none of the table."""
        if p not in CODES:
            why = "only rows of the table compile, and this is none of them; write it with functions that are"
            raise refused(f"apply({p!r}, …)", why)
        return CODES[p]

    def _block(self, entries: Sequence[Any]) -> tuple[Sequence[int], int]:
        shared = entries.__class__ is Shared
        if shared and id(entries) in self._shared:
            return self._shared[id(entries)]
        found = self._run(entries) or [self.entry(x) for x in entries]
        recorded = any(map(is_recording, entries))
        block = found, self.block_number(entries if shared else object()) if recorded else NONE
        if shared:
            self._shared[id(entries)] = block
            self.kept.append(entries)
        return block

    def _run(self, entries: Sequence[Any]) -> range:
        """Return the nodes of parameters that stand one after the other, as a neuron's do; none of any others."""
        if not entries or entries[0].__class__ is not Value:
            return range(0)
        first = self._next
        if first >= len(self.parameters) or self.parameters[first] is not entries[0]:
            first = self.places.get(entries[0], 0)
        run = range(first, first + len(entries))
        if self.parameters[first : run.stop] != entries:
            return range(0)
        self._next = run.stop
        return run

    def block_number(self, entries: object) -> int:
        """Return the number of the block with these very entries."""
        if id(entries) not in self._blocks:
            self.kept.append(entries)
            self._blocks[id(entries)] = self._first_block + len(self._blocks)
        return self._blocks[id(entries)]

    def number_blocks_from(self, first: int) -> None:
        """Number new blocks from here on."""
        self._first_block = first
