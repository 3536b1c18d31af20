"""A recorded graph as a function: computed again at other numbers, with every partial and error signal on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .engine import Value
from .errors import StaleGraphError
from .floats import EXTENDED, FLOATS, evaluate, extended
from .names import brief
from .primitives import Primitive
from .sweep import nodes


class Edge(NamedTuple):
    """One use of a node as an operand: user and operand by place in the order, and ∂user/∂operand for this use.

    `slot` counts the user's operands, plain numbers too. The partial is None where nothing flows, not even 0.
    """

    user: int
    operand: int
    slot: int
    partial: float | None


def recorded(order: Sequence[Value]) -> dict[int, float]:
    """Return the number of each node, by id, with which the graph was recorded, whatever happened to `.data` since.

    `order` has operands before users and the output last. StaleGraphError for a leaf that was recorded with two
    numbers.

    >>> x = Value(2.0)
    >>> y = x * x
    >>> x.data = 5.0
    >>> recorded([x, y])[id(x)]
    2.0
    """
    output = order[-1]
    found = {id(output): output.data if output._primitive is None else output._z}
    for v in order:
        parts = [part if isinstance(part, tuple) else (part,) for part in (v._x, v._y) if part is not None]
        for u, x in zip(v.operands, [x for part in parts for x in part], strict=True):
            if isinstance(u, Value) and (before := found.setdefault(id(u), x)) != x and before == before:
                raise StaleGraphError(
                    f"the graph was recorded with {before!r} and with {x!r} for {u!r}, whose data was changed between: "
                    f"compute the output again, then compare"
                )
    return found


class Replay:
    """The graph of one output as a function of its leaves.

    `order` holds its nodes, operands before users, the output last; values, edges and error signals follow it.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> again = Replay(w * x * x)
    >>> [again.values({w: 1.0})[-1], again.signals(again.values())]
    [9.0, [9.0, 12.0, 3.0, 1.0]]
    """

    def __init__(self, output: Value) -> None:
        if not isinstance(output, Value):
            raise TypeError(f"a graph is given by its output, a Value, not by {brief(output)}")
        self.order: list[Value] = nodes(output)
        self.place = {id(v): i for i, v in enumerate(self.order)}
        found = recorded(self.order)
        self._recorded = [found[id(v)] for v in self.order]
        self.operands = [[self.place[id(u)] if isinstance(u, Value) else None for u in v.operands] for v in self.order]
        """For each node the places of its operands, None for plain numbers."""

    def values(self, at: Mapping[Value, float] | None = None) -> list[float]:
        """Return the number of every node, with those of some nodes replaced, leaves or not; as recorded without any.

        Outside a domain IEEE rules hold, so that the numbers may be inf or NaN.
        """
        if not at:
            return list(self._recorded)
        given = {self.place[id(v)]: float(x) for v, x in at.items() if id(v) in self.place}
        found: list[float] = []
        for i, v in enumerate(self.order):
            if i in given or v._primitive is None:
                found.append(given.get(i, self._recorded[i]))
            else:
                found.append(evaluate(v._primitive, self._arguments(i, found), None))
        return found

    def edges(self, values: Sequence[float]) -> list[list[Edge]]:
        """Return the edges into each node from its operands, in their order, with the partials at these values."""
        return [self._edges(i, values) for i in range(len(self.order))]

    def signals(self, values: Sequence[float], seed: float = 1.0) -> list[float]:
        """Return the error signal of every node at these values; 0.0 where none arrives."""
        found = [0.0] * len(self.order)
        reached = [False] * len(self.order)
        found[-1], reached[-1] = seed, True
        for i in range(len(self.order) - 1, -1, -1):
            if not reached[i]:
                continue
            for edge in self._edges(i, values):
                if edge.partial is not None:
                    found[edge.operand] += found[i] * edge.partial
                    reached[edge.operand] = True
        return found

    def _arguments(self, i: int, values: Sequence[float]) -> list[Any]:
        """Return the operands of node i as its row takes them: numbers, or tuples of numbers for rows over blocks."""
        v = self.order[i]
        parts = [part for part in (v._x, v._y) if part is not None]
        numbers = iter(
            number if place is None else values[place]
            for place, number in zip(self.operands[i], _flat(parts), strict=True)
        )
        return [tuple(next(numbers) for _ in part) if isinstance(part, tuple) else next(numbers) for part in parts]

    def _edges(self, i: int, values: Sequence[float]) -> list[Edge]:
        p = self.order[i]._primitive
        if p is None:
            return []
        partials = local_partials(p, values[i], self._arguments(i, values))
        return [
            Edge(i, operand, slot, partial)
            for slot, (operand, partial) in enumerate(zip(self.operands[i], partials, strict=True))
            if operand is not None
        ]


def local_partials(p: Primitive, z: float, operands: Sequence[Any]) -> list[float | None]:
    """Return ∂z/∂x for each number among the operands of z = p(operands); None where nothing flows, not even 0.

    >>> from microgradx.primitives import row
    >>> local_partials(row("mul"), 6.0, [2.0, 3.0])
    [3.0, 2.0]
    """
    try:
        return _partials(p, FLOATS, z, operands)
    except (ArithmeticError, ValueError):  # a pole or an overflow: the same rule, by IEEE arithmetic
        return _partials(p, EXTENDED, extended(z), [extended(x) for x in operands])


def _partials(p: Primitive, m: Any, z: Any, operands: Sequence[Any]) -> list[float | None]:
    found: list[float | None] = []
    for rule, operand in zip(p.partials, operands, strict=True):
        partial: Any = rule(m, z, *operands) if callable(rule) else rule
        if isinstance(operand, tuple) and p.blocks:
            found += [None] * len(operand) if partial is None else [float(each) for each in partial]
        else:
            found.append(None if partial is None else float(partial))
    return found


def _flat(parts: Sequence[Any]) -> list[Any]:
    return [x for part in parts for x in (part if isinstance(part, tuple) else (part,))]
