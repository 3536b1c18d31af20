"""The recorder: what a trace holds beyond its nodes, that is comparisons, guards, indices and choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ... import primitives as rows
from ...engine import Value
from ...numbers import real
from ..tape.tape import CONSTANT, INPUT, LESS, LESS_EQUAL, NONE, PARAMETER
from .choices import Choosing
from .condition import Condition, is_number
from .nodes import CODES, Nodes
from .recording import Column
from .walks import Concrete, Given, Worded

ORDERED = {"__lt__": (LESS, False), "__le__": (LESS_EQUAL, False), "__gt__": (LESS, True), "__ge__": (LESS_EQUAL, True)}
"""How a comparison is recorded: its code, and whether its operands change places."""

EQUAL = CODES[rows.equal]


class Guard(NamedTuple):
    """What a trace holds under: the outcome of a comparison, and whether it was written the other way round."""

    outcome: bool
    turned: bool


class Recorder(Nodes):
    """One trace: its nodes, and what decides between them.

    With `strict` choices are noted, since they are no nodes to Values, and `choosing` tells which are made at run time:
    all, only those between leaves, or none; all others are guards.
    """

    def __init__(
        self,
        parameters: tuple[Value, ...],
        arguments: Sequence[str] = (),
        *,
        strict: bool = False,
        choosing: Choosing = Choosing.ALL,
        example: Sequence[Any] | None = None,
        edited: bool = False,
    ) -> None:
        super().__init__(parameters, arguments, edited)
        self.strict = strict
        self.choosing = choosing
        self.guards: dict[int, Guard] = {}
        self.tables: dict[Column, int] = {}  # of an index: how many entries the smallest table has that it looks up
        self.fixed: dict[Column, int] = {}  # of an index: what it is, where that is guarded
        self.hots: dict[int, tuple[Column, int]] = {}  # of an input that is 1.0 for a category: the index, and which
        self.choices: dict[int, tuple[int | Column, tuple[int, ...], tuple[int, ...]]] = {}
        self.mixed: list[int] = []
        self._compared: dict[tuple[int, int, int], int] = {}
        self._conditions: list[Condition] = []
        self._concrete = Concrete(example)
        self._given = Given()
        self._worded = Worded()
        self._shown: dict[str, int] = {}

    def close(self) -> None:
        """Let go of what was kept while the trace was at work: traced numbers among it, which know the recorder."""
        super().close()
        self._conditions.clear()

    def comparison(self, op: int, a: int, b: int) -> int:
        """Return the node of a comparison, the same for the same operands."""
        key = (op, a, b)
        if key not in self._compared:
            self._compared[key] = self.node(op, (a, b))
        return self._compared[key]

    def number(self, node: int) -> float:
        """Return what a node is on the example, as Values would compute it; IEEE rules hold, and nothing raises."""
        return self._concrete.at(self, node)

    def shown(self, node: int) -> str:
        """Return a node as a person would write it, marked as what is traced, and remember that it was shown."""
        text = f"<traced {self._worded.at(self, node)}>"
        self._shown[text] = node
        return text

    def numbers_in(self, text: str) -> str:
        """Return what the first traced numbers that a text shows are on the example, such as "<traced x> is 2.0"."""
        if self._concrete.example is None:
            return ""
        found = sorted((text.index(shown), shown) for shown in self._shown if shown in text)[:3]
        return ", ".join([f"{shown} is {self.number(self._shown[shown])!r}" for _, shown in found])

    def is_given(self, node: int) -> bool:
        """Return whether a node is computed from arguments and constants alone."""
        return self._given.at(self, node)

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
        """Return whether a choice between these is made at run time: one that is not becomes a guard."""
        if not all(map(is_number, entries)):
            return False
        if not self.strict or self.choosing is Choosing.ALL:
            return True
        nodes = map(self.entry, entries)
        return self.choosing is Choosing.LEAVES and all(self.ops[i] <= INPUT or i in self.choices for i in nodes)

    def chosen(self, condition: int, x: Any, y: Any) -> int:
        """Append a select: x where the condition, a node, is not 0, else y."""
        entries = self.entry(x), self.entry(y)
        place = self.row_over_blocks(rows.select, ((condition, *entries),), (NONE,))
        if self.strict:
            by, outcome = self.hots.get(condition, (condition, 0))
            self.choices[place] = by, (1 << outcome, ~(1 << outcome)), entries
        return place

    def looked_up(self, column: Column, hots: Sequence[int], entries: Sequence[Any]) -> int:
        """Append the entry at an index bit for bit: Σⱼ (entryⱼ if index = j else −0.0); adding −0.0 changes nothing.

        Without `strict` it is Σⱼ [index = j]·entryⱼ, which is noted where an entry may be inf: 0·inf makes it NaN.
        """
        nodes = [self.entry(x) for x in entries]
        if not self.strict:
            place = self.row_over_blocks(rows.dot, (hots, nodes), (NONE, NONE))
            if not all(map(self._is_tame, entries, nodes)):
                self.mixed.append(place)
            return place
        nothing = self.constant(-0.0)
        each = self.selects([(hot, node, nothing) for hot, node in zip(hots, nodes, strict=True)])
        place = self.row_over_blocks(rows.total, (each,), (NONE,))
        self.choices[place] = column, tuple([1 << j for j in range(len(nodes))]), tuple(nodes)
        return place

    def _is_tame(self, entry: Any, node: int) -> bool:
        """Return whether an entry is a parameter or a finite constant."""
        return self.ops[node] == PARAMETER or (self.ops[node] == CONSTANT and math.isfinite(real(entry)))
