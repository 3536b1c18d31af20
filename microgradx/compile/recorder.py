"""The recorder: a trace in the making. Nodes are appended to plain lists, which is what makes tracing fast.

`ops` holds the code of each node, `args` the operands of all nodes one after the other; how many there are follows from
the code, but for rows over blocks, which say so in `extents`. When the trace is done, `taping` turns the lists into a
tape at one stroke.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from typing import Any, NamedTuple

from .. import primitives as rows
from ..chain import Shared
from ..engine import Value
from ..errors import TraceError
from ..numbers import operand, real
from ..primitives import Primitive
from ..tracing import AT_WORK
from . import choosing as choose_by
from .choices import Choosing
from .concrete import Concrete
from .condition import Condition
from .imported import imported
from .recording import Column
from .tape import CONSTANT, INPUT, LESS, LESS_EQUAL, NONE, PARAMETER, ROWS, code

ORDERED = {"__lt__": (LESS, False), "__le__": (LESS_EQUAL, False), "__gt__": (LESS, True), "__ge__": (LESS_EQUAL, True)}
"""How a comparison is recorded: its code, and whether its operands change places."""

CODES = {p: code(p) for p in ROWS}
EQUAL = CODES[rows.equal]


class Extent(NamedTuple):
    """Of a row over blocks: how many operands it has, how many of them in the first block, and the blocks' numbers."""

    size: int
    first: int
    block: int
    second_block: int


class Guard(NamedTuple):
    """What a trace holds under: the outcome of a comparison, and whether it was written the other way round."""

    outcome: bool
    turned: bool


class Recorder:
    """The nodes of one trace, and where its leaves come from.

    Parameters come first, places among them are nodes; Values met besides are captured, and graphs of Values copied.
    With `strict` choices are noted, since they are no nodes to Values, and `choosing` tells which are made at run time:
    all, only those between leaves, or none; all others are guards. Graphs that were `edited` since they were computed
    are copied as they would be computed now; without it they are refused.
    """

    def __init__(
        self,
        parameters: Sequence[Value],
        arguments: Sequence[str] = (),
        *,
        strict: bool = False,
        choosing: Choosing = Choosing.ALL,
        example: Sequence[Any] | None = None,
        edited: bool = False,
    ) -> None:
        self.parameters = tuple(parameters)
        self.arguments = arguments
        self.strict = strict
        self.choosing = choosing
        self.edited = edited
        self.ops: list[int] = [PARAMETER] * len(self.parameters)
        self.args: list[int] = []
        self.extents: list[Extent] = []
        self.numbers: list[float] = list(range(len(self.parameters)))  # of leaves: constants, or their places
        self.captured: list[Value] = []
        self.columns: list[Column] = []
        self.names = {i: label for i, v in enumerate(self.parameters) if (label := v.label)}
        self.guards: dict[int, Guard] = {}
        self.tables: dict[Column, int] = {}  # of an index: how many entries the smallest table has that it looks up
        self.fixed: dict[Column, int] = {}  # of an index: what it is, where that is guarded
        self.places = dict(zip(map(id, self.parameters), range(len(self.parameters)), strict=True))
        if len(self.places) < len(self.parameters):
            twice = next(v for i, v in enumerate(self.parameters) if self.places[id(v)] != i)
            raise ValueError(f"{twice!r} is given twice among the parameters")
        self.kept: list[Any] = []  # what has its id in a dictionary must not be freed
        self._blocks: dict[int, int] = {}
        self._first_block = 0
        self._constants: dict[float | bytes, int] = {}
        self._inputs: dict[Column, int] = {}
        self._shared: dict[int, tuple[list[int], int]] = {}
        self._compared: dict[tuple[int, int, int], int] = {}
        self._conditions: list[Condition] = []
        self.hots: dict[int, tuple[Column, int]] = {}
        self.choices: dict[int, tuple[int | Column, tuple[int, ...], tuple[int, ...]]] = {}
        self._concrete = Concrete(example)

    def close(self) -> None:
        """Let go of what was kept while the trace was at work: traced numbers among it, which know the recorder."""
        self.kept.clear()
        self._conditions.clear()
        self._shared.clear()

    def node(self, op: int, operands: Sequence[int]) -> int:
        """Append a node; return its place."""
        self.ops.append(op)
        self.args += operands
        return len(self.ops) - 1

    def leaf(self, kind: int, number: float) -> int:
        """Append a leaf."""
        self.ops.append(kind)
        self.numbers.append(number)
        return len(self.ops) - 1

    def constant(self, x: float) -> int:
        """Return the node of a constant, the same for the same bits."""
        key: float | bytes = x if x and x == x else pack("d", x)  # 0.0 equals −0.0, and NaN nothing
        place = self._constants.get(key)
        if place is None:
            place = self._constants[key] = self.leaf(CONSTANT, float(x))
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
            place = self.places.get(id(x))
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
        node = self.operand(x)
        return self.constant(real(x)) if node is NotImplemented else node

    def check(self, x: Any) -> None:
        """Raise TraceError for a traced number that belongs to another trace, or whose trace is not at work."""
        if x._recorder is not self or AT_WORK.get() is not self:
            raise TraceError.here(
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
        self.extents.append(Extent(len(first) + len(second), len(first), one, other))
        return self.node(self.code(p), (*first, *second))

    def code(self, p: Primitive) -> int:
        """Return the code of a row; TraceError if it is none of the table."""
        if p not in CODES:
            why = "only rows of the table compile, and this is none of them; write it with functions that are"
            raise TraceError.here(f"apply({p!r}, …)", why)
        return CODES[p]

    def _block(self, entries: Sequence[Any]) -> tuple[Sequence[int], int]:
        shared = entries.__class__ is Shared
        if shared and id(entries) in self._shared:
            return self._shared[id(entries)]
        found: list[Any] = list(map(self.places.get, map(id, entries)))
        recorded = True
        if None in found:
            recorded = any(hasattr(x, "_rank") for x in entries)
            found = [self.entry(x) if place is None else place for place, x in zip(found, entries, strict=True)]
        block = found, self.block_number(entries if shared else object()) if recorded else NONE
        if shared:
            self._shared[id(entries)] = block
            self.kept.append(entries)
        return block

    def block_number(self, entries: object) -> int:
        """Return the number of the block with these very entries."""
        if id(entries) not in self._blocks:
            self.kept.append(entries)
            self._blocks[id(entries)] = self._first_block + len(self._blocks)
        return self._blocks[id(entries)]

    def number_blocks_from(self, first: int) -> None:
        """Number new blocks from here on."""
        self._first_block = first

    def comparison(self, op: int, a: int, b: int) -> int:
        """Return the node of a comparison, the same for the same operands."""
        key = (op, a, b)
        if key not in self._compared:
            self._compared[key] = self.node(op, (a, b))
        return self._compared[key]

    def number(self, node: int) -> float:
        """Return what a node is on the example, as Values would compute it; IEEE rules hold, and nothing raises."""
        return self._concrete.number(self, node)

    def decide(self, node: int, turned: bool = False) -> bool:
        """Return whether a node holds on the example, that is, is not 0, and make that a guard."""
        if node not in self.guards:
            self.guards[node] = Guard(self.number(node) != 0.0, turned)
        return self.guards[node].outcome

    def compared(self, name: str, x: Any, y: Any) -> Any:
        """Return x < y, or whatever comparison this name stands for, as a condition."""
        op, turned = ORDERED[name]
        a, b = self.operand(x), self.operand(y)
        if a is NotImplemented or b is NotImplemented:
            return NotImplemented
        return self._condition(self.comparison(op, b, a) if turned else self.comparison(op, a, b), turned)

    def _condition(self, node: int, turned: bool = False) -> Condition:
        self._conditions.append(Condition(self, node, turned=turned))
        return self._conditions[-1]

    def settle(self) -> bool:
        """Make guards of the conditions that nobody asked, and return whether there are any.

        What a function does with one beyond asking it, such as `(x > 0) is True`, cannot be seen, but may depend on it.
        """
        idle = [condition for condition in self._conditions if not condition.used]
        for condition in idle:
            bool(condition)
        return bool(idle)

    def choose(self, condition: Any, x: Any, y: Any) -> Any:
        """Return x where the condition, a number, is not 0, else y: what rules of the table do by `select`."""
        is_zero = self.comparison(EQUAL, self.operand(condition), self.constant(0.0))
        return Condition(self, is_zero, when=False)._where(x, y)

    def equals(self, i: Any, other: Any) -> Any:
        """Return whether an index, or what else is an integer, is another one or a number."""
        if other.__class__ is not i.__class__:
            if i.column in self.fixed:
                return bool(self.fixed[i.column] == other)
            if (hot := self._inputs.get(i.column._replace(category=other))) is not None:
                return self._condition(hot)
        return self._condition(self.comparison(EQUAL, self.operand(i), self.operand(other)))

    def fix(self, column: Column) -> int:
        """Return an index as it is on the example, and make that a guard."""
        if column not in self.fixed:
            node = self.input(column)
            self.fixed[column] = int(self.number(node))
            self.decide(self.comparison(EQUAL, node, self.constant(float(self.fixed[column]))))
        return self.fixed[column]

    def one_hot(self, column: Column, count: int) -> list[int]:
        """Return, for each of `count` categories, the input that is 1.0 where this index is that category."""
        self.tables[column] = min(count, self.tables.get(column, count))
        hots = [self.input(column._replace(category=j)) for j in range(count)]
        self.hots |= {hot: (column, j) for j, hot in enumerate(hots)}
        return hots

    def may_choose(self, entries: Sequence[Any]) -> bool:
        """See `choosing`."""
        return choose_by.may_choose(self, entries)

    def chosen(self, condition: int, x: Any, y: Any) -> int:
        """See `choosing`."""
        return choose_by.chosen(self, condition, x, y)

    def looked_up(self, column: Column, hots: Sequence[int], entries: Sequence[Any]) -> int:
        """See `choosing`."""
        return choose_by.looked_up(self, column, hots, entries)
