"""Columns of tape nodes as numbers: a rule of the table run once on columns appends the nodes for all of them.

A `Column` holds one node for each node of a group, or numbers that are known already. What is known is computed at
once: x·1 is x, and a select whose condition is known takes its branch, so that a constant exponent, say, leaves no
trace of the branches that it rules out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...operators import Operators
from ...primitives import TABLE, Arithmetic, Primitive, Rule, row
from .arrays import STRICT, bits
from .tape import CONSTANT, FIRST_ROW, NONE, ROWS, Builder, Floats, Ints, Tape, code

EVERY_ROW = frozenset(p.name for p in TABLE)
"""Rows that columns append as rows, where the result is to be differentiated again."""


class Constants:
    """The CONSTANT nodes of a tape under construction: one for each number, told apart by its bits.

    >>> builder = Builder()
    >>> constants = Constants(builder)
    >>> constants.nodes([0.5, 2.0, 0.5]).tolist(), len(builder)
    ([0, 1, 0], 2)
    """

    def __init__(self, builder: Builder, tape: Tape | None = None) -> None:
        self._builder = builder
        self._places: dict[int, int] = {}
        if tape is not None:
            there = np.flatnonzero(tape.op == CONSTANT)
            self._places.update(zip(bits(tape.number[there]).tolist(), there.tolist(), strict=True))

    def nodes(self, numbers: Any) -> Ints:
        """Return the node of each number, appended where there was none."""
        told, inverse = np.unique(bits(numbers), return_inverse=True)
        new = np.array([b for b in told.tolist() if b not in self._places], np.int64)
        if len(new):
            places = self._builder.leaves(CONSTANT, new.view(np.float64))
            self._places.update(zip(new.tolist(), places.tolist(), strict=True))
        return np.array([self._places[b] for b in told.tolist()], np.int64)[inverse.reshape(np.shape(numbers))]


class Column(Operators):
    """One number for each node of a group: nodes of the tape, or, where `known`, the numbers themselves."""

    __slots__ = ("entries", "known", "m")

    def __init__(self, m: Columns, entries: Any, known: bool) -> None:
        self.m = m
        self.entries = entries
        self.known = known

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> Any:
        return getattr(self.m, p.name)(*operands)


class Columns(Arithmetic):
    """The arithmetic of columns: each operation appends one node for each of `twins`, the nodes they belong to.

    +, − and · become sums of products, / the row `div`; rows whose names are in `kept` become rows, and all others
    are opened.
    """

    def __init__(self, builder: Builder, constants: Constants, twins: Ints, kept: frozenset[str]) -> None:
        self._builder = builder
        self._constants = constants
        self._twins = twins
        rows: dict[str, Rule] = {p.name: partial(self._row, p) for p in TABLE if p.name in kept or p.name == "div"}
        sums: dict[str, Rule] = {
            "add": self._add,
            "sub": self._subtract,
            "mul": self._multiply,
            "neg": self._negate,
            "pos": _itself,
        }
        super().__init__(rows | sums | {"select": self._select})

    def column(self, nodes: Ints) -> Column:
        """Return nodes of the tape as a column."""
        return Column(self, nodes, False)

    def nodes(self, x: Any) -> Ints:
        """Return the nodes of a column, or of a plain number, as constants where it is known."""
        nodes = self._nodes(x)
        return nodes if nodes.shape == self._twins.shape else np.broadcast_to(nodes, self._twins.shape)

    def numbers(self, x: Any) -> Floats | None:
        """Return the numbers of a column, or of a plain number, if they are known."""
        x = self._column(x)
        return np.broadcast_to(x.entries, self._twins.shape) if x.known else None

    def _column(self, x: Any) -> Column:
        return x if x.__class__ is Column else Column(self, np.asarray(x, np.float64), True)

    def _nodes(self, x: Any) -> Ints:
        """Return the nodes of a column, or a single one for all."""
        x = self._column(x)
        return self._constants.nodes(x.entries) if x.known else x.entries

    def _table(self, columns: Sequence[Any]) -> Ints:
        found = np.empty((len(self._twins), len(columns)), np.int64)
        for j, x in enumerate(columns):
            found[:, j] = self._nodes(x)
        return found

    def _known(self, name: str, *operands: Any) -> Column:
        numbers = [[x.entries for x in o] if isinstance(o, list) else o.entries for o in operands]
        with np.errstate(all="ignore"):
            return Column(self, np.asarray(getattr(STRICT, name)(*numbers)), True)

    def _sum(self, left: Any, right: Any, sign: Any) -> Column:
        return Column(self, self._builder.sums(left, right, sign, twin=self._twins), False)

    def _add(self, x: Any, y: Any, sign: float = 1.0) -> Column:
        x, y = self._column(x), self._column(y)
        if x.known and y.known:
            return self._known("add" if sign > 0 else "sub", x, y)
        return self._sum(self._table((x, y)), NONE, [[1.0, sign]])

    def _subtract(self, x: Any, y: Any) -> Column:
        return self._add(x, y, -1.0)

    def _multiply(self, x: Any, y: Any) -> Column:
        pair = self._column(x), self._column(y)
        if all(one.known for one in pair):
            return self._known("mul", *pair)
        for one, other in (pair, pair[::-1]):
            if one.known and np.all(one.entries == 1.0):
                return other
        return self._sum(self._table(pair[:1]), self._table(pair[1:]), 1.0)

    def _negate(self, x: Column) -> Column:
        return self._known("neg", x) if x.known else self._sum(self._table([x]), NONE, -1.0)

    def _select(self, condition: Any, x: Any, y: Any) -> Column:
        c = self._column(condition)
        if not c.known:
            return self._row(_SELECT, [c, x, y])
        taken = c.entries != 0.0
        if taken.all() or not taken.any():
            return self._column(x if taken.all() else y)
        return Column(self, np.where(taken, self.nodes(x), self.nodes(y)), False)

    def _row(self, p: Primitive, *operands: Any) -> Column:
        blocks = [[self._column(x) for x in (operand if p.blocks else [operand])] for operand in operands]
        flat = [x for block in blocks for x in block]
        if all(x.known for x in flat) and p is not _SELECT:
            return self._known(p.name, *(blocks if p.blocks else flat))
        split = len(blocks[0]) if p.blocks and len(blocks) == 2 else 0
        return Column(self, self._builder.rows(code(p), self._table(flat), split, twin=self._twins), False)


def _itself(x: Any) -> Any:
    return x


_SELECT = row("select")


class Group(NamedTuple):
    """Nodes of a tape that are one row with as many operands; operands[i, j] is the j-th of node members[i]."""

    p: Primitive
    split: int
    members: Ints
    operands: Ints

    def arguments(self, m: Columns, tape: Tape) -> tuple[Any, ...]:
        """Return the operands as a rule takes them: columns, or blocks of columns; constants are known."""
        columns = []
        for nodes in self.operands.T:
            known = bool((tape.op[nodes] == CONSTANT).all())
            columns.append(Column(m, tape.number[nodes] if known else nodes, known))
        return in_blocks(self.p, columns, self.split)


def in_blocks(p: Primitive, operands: Sequence[Any], split: int) -> tuple[Any, ...]:
    """Return operands as the rules of a row take them: one by one, in one block, or in two, the first of `split`."""
    if not p.blocks:
        return tuple(operands)
    return (operands[:split], operands[split:]) if split else (operands,)


def groups(tape: Tape, nodes: Ints) -> Iterator[Group]:
    """Yield the rows among `nodes`, grouped; rows of one or two operands also by which of these are constants."""
    nodes = nodes[tape.op[nodes] >= FIRST_ROW]
    arity, start = tape.arity[nodes], tape.start[nodes]
    constant = np.zeros(len(nodes), np.int64)
    for j in (0, 1):
        few = np.flatnonzero((arity > j) & (arity <= 2))
        constant[few] += (tape.op[tape.left[start[few] + j]] == CONSTANT) << j
    split = tape.split[nodes]
    keys = np.ravel_multi_index(
        (tape.op[nodes], arity, split, constant),
        (FIRST_ROW + len(ROWS), int(arity.max(initial=0)) + 1, int(split.max(initial=0)) + 1, 4),
    )
    order = np.argsort(keys, kind="stable")
    _, first = np.unique(keys[order], return_index=True)
    for part in np.split(order, first[1:]) if len(order) else ():
        one = part[0]
        operands = tape.left[start[part][:, None] + np.arange(arity[one])]
        yield Group(ROWS[tape.op[nodes[one]] - FIRST_ROW], int(split[one]), nodes[part], operands)
