"""Which nodes of a graph have an equation of their own, what it says, and its derivatives by the nodes in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..names import labels
from ..notation import Notation
from ..replay import Replay
from .algebra import Name, Symbolic, applied, multiplied, wrap
from .inlining import Inlining
from .partials import blocks_of, partials


class Factor(NamedTuple):
    """The derivative of a node's equation by one node in it: formula and number."""

    user: int
    operand: int
    formula: Symbolic
    number: float


class Equations:
    """The graph as equations between nodes, which stand by their place in the order of `replay`.

    A node that nobody named is written into the equation of its only user where `Inlining` finds that readable;
    `apart` says which nodes have an equation nevertheless; those without a name are u₁, u₂, … With `inline` False all
    nodes have one, and those without a name are t₁, t₂, …, as in every view of all nodes.

    >>> from ..engine import Value
    >>> y, t = Value(0.7, "y"), Value(1.0, "t")
    >>> L = (y - t) ** 2 / 2
    >>> equations = Equations(Replay(L))
    >>> [equations.replay.order[i]._op for i in equations.heads]
    ['', '', '/']
    """

    def __init__(
        self,
        replay: Replay,
        names: Mapping[str, Any] | None = None,
        apart: Collection[int] = (),
        *,
        inline: bool = True,
    ) -> None:
        self.replay = replay
        self.values = replay.values()
        self.edges = replay.edges(self.values)
        inlining = Inlining(replay, apart if inline else range(len(replay.order)), labels(dict(names or {})))
        self._inlined = inlining.inlined
        self.head = inlining.head
        """The node in whose equation a node is written, itself if it has one."""
        self.heads: list[int] = [i for i in range(len(replay.order)) if not self._inlined[i]]
        """The nodes with an equation, and the leaves, operands before users."""
        derived = {id(replay.order[i]) for i in self.heads if inline}
        self.notation = Notation(replay.order[-1], names, derived=derived)
        symbols = ((self.notation.symbol(v).tex, self.notation.name(v)) for v in replay.order)
        self.names = [Name(*symbol, x) for symbol, x in zip(symbols, self.values, strict=True)]

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
