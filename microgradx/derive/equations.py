"""Which nodes of a graph have an equation of their own, what it says, and its derivatives by the nodes in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine import Value
from ..notation import Notation
from ..primitives import Primitive
from ..replay import Replay
from .algebra import Name, Symbolic, applied, multiplied, wrap
from .partials import partials

MOST_OPERANDS = 6
"""The most names and numbers of an equation into which nodes without a name are written."""

MOST_REPEATED = 3
"""The same for an operand that the derivative mentions again, such as y − t in (y − t)²."""


class Factor(NamedTuple):
    """The derivative of a node's equation by one node in it: formula and number."""

    user: int
    operand: int
    formula: Symbolic
    number: float


class Equations:
    """The graph as equations between nodes, which stand by their place in the order of `replay`.

    A node that nobody named is written into the equation of its only user, as long as that stays readable; `apart`
    says which nodes have an equation nevertheless.

    >>> y, t = Value(0.7, "y"), Value(1.0, "t")
    >>> L = (y - t) ** 2 / 2
    >>> equations = Equations(Replay(L), Notation(L), {})
    >>> [equations.replay.order[i]._op for i in equations.heads]
    ['', '', '/']
    """

    def __init__(
        self, replay: Replay, notation: Notation, apart: Collection[int], named: Mapping[int, str] = {}
    ) -> None:
        self.replay = replay
        self.values = replay.values()
        self.edges = replay.edges(self.values)
        self.names = [
            Name(notation.symbol(v).tex, notation.name(v), x) for v, x in zip(replay.order, self.values, strict=True)
        ]
        order = replay.order
        uses = [0] * len(order)
        for operands in replay.operands:
            for i in operands:
                if i is not None:
                    uses[i] += 1
        self._inlined = [
            uses[i] == 1 and v._primitive is not None and not v.label and id(v) not in named and i not in apart
            for i, v in enumerate(order)
        ]
        self._inlined[-1] = False
        self._user = {j: i for i, operands in enumerate(replay.operands) for j in operands if j is not None}
        self._keep_short()
        self.heads: list[int] = [i for i in range(len(order)) if not self._inlined[i]]
        """The nodes with an equation, and the leaves, operands before users."""

    def _keep_short(self) -> None:
        """Give operands an equation of their own, the longest first, where a user's would be too long."""
        size: list[int] = []
        for v, operands in zip(self.replay.order, self.replay.operands, strict=True):
            p = v._primitive
            most = MOST_REPEATED if p is not None and any(map(callable, p.partials)) else MOST_OPERANDS
            inside = [size[j] if j is not None and self._inlined[j] else 1 for j in operands]
            total = sum(inside)
            for count, j in sorted(
                ((n, j) for n, j in zip(inside, operands, strict=True) if j is not None), reverse=True
            ):
                if count > 1 and (count > most or total > MOST_OPERANDS):
                    self._inlined[j] = False
                    total -= count - 1
            size.append(max(total, 1))

    def head(self, i: int) -> int:
        """Return the node in whose equation node i is written, itself if it has one."""
        while self._inlined[i]:
            i = self._user[i]
        return i

    def formula(self, i: int) -> Symbolic:
        """Return what a node is computed from: its operands by name, or written out."""
        p = self.replay.order[i]._primitive
        found: Symbolic = self.names[i] if p is None else applied(p, *self._arguments(i))
        return found

    def factors(self, i: int) -> list[Factor]:
        """Return the derivatives of a node's equation by the nodes that it names, in order of appearance."""
        found: dict[int, Factor] = {}
        for operand, formula, number in self._paths(i, i, wrap(1), 1.0):
            if operand in found:
                before = found[operand]
                formula, number = before.formula + formula, before.number + number
            found[operand] = Factor(i, operand, formula, number)
        return list(found.values())

    def _paths(self, i: int, head: int, formula: Symbolic, number: float) -> Iterator[tuple[int, Symbolic, float]]:
        """Yield each use of a named node in the equation of `head`: the product of partials on the way to it."""
        p = self.replay.order[i]._primitive
        if p is None:
            return
        local = partials(p, self.names[i] if i == head else self.formula(i), self._arguments(i))
        for edge in self.edges[i]:
            partial = local[edge.slot]
            if edge.partial is None or partial is None:
                continue
            onward = multiplied(formula, partial), number * edge.partial
            if self._inlined[edge.operand]:
                yield from self._paths(edge.operand, head, *onward)
            else:
                yield edge.operand, *onward

    def _arguments(self, i: int) -> Sequence[Any]:
        """Return a node's operands as its row takes them, as expressions."""
        v = self.replay.order[i]
        flat = [
            wrap(x) if place is None else self.formula(place) if self._inlined[place] else self.names[place]
            for place, x in zip(self.replay.operands[i], v.operands, strict=True)
        ]
        return blocks_of(v, flat)


def blocks_of(v: Value, flat: Sequence[Any]) -> list[Any]:
    """Return a node's operands as its row takes them: one by one, or in one or two tuples for rows over blocks."""
    p: Primitive | None = v._primitive
    if p is None or not p.blocks:
        return list(flat)
    first = len(v._x)
    return [tuple(flat)] if v._y is None else [tuple(flat[:first]), tuple(flat[first:])]
