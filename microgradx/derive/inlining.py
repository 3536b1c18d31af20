"""Which nodes of a graph have an equation of their own, and which are written into the equation of their user."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..replay import Replay
from .algebra import Name, Number, Symbolic
from .contents import is_function, is_monomial, names_in
from .partials import blocks_of, partials

MOST_OPERANDS = 6
"""The most names and numbers of an equation into which nodes without a name are written."""

MOST_REPEATED = 3
"""The same for an operand that the derivative mentions again, such as y − t in (y − t)²."""

MOST_NESTED = 8
"""The most operations one in the other of an equation."""


class Inlining:
    """Whether each node, by its place, is written into the equation of its only user: where nobody named it, the
    equation stays readable, and its derivative is one step of the chain rule, as people take it.

    Two steps at once would be (1 − tanh²(wx + b))·x, for each operand of wx + b again, or the derivative of a function
    of a function. One step is y − t of ½(y − t)², or −za of a = exp(−z²/2).
    """

    def __init__(self, replay: Replay, apart: Collection[int], named: Collection[int]) -> None:
        self.replay = replay
        uses = [0] * len(replay.order)
        for operands in replay.operands:
            for i in operands:
                if i is not None:
                    uses[i] += 1
        self.inlined: list[bool] = [
            uses[i] == 1 and v._primitive is not None and not v.label and id(v) not in named and i not in apart
            for i, v in enumerate(replay.order)
        ]
        self.inlined[-1] = False
        self._user = {j: i for i, operands in enumerate(replay.operands) for j in operands if j is not None}
        self._size = [1] * len(replay.order)
        self._depth = [0] * len(replay.order)
        self._partials: dict[tuple[Any, ...], tuple[list[Name], Sequence[Symbolic | None]]] = {}
        for i in range(len(replay.order)):
            self._decide(i)

    def head(self, i: int) -> int:
        """Return the node in whose equation node i is written, itself if it has one."""
        while self.inlined[i]:
            i = self._user[i]
        return i

    def _decide(self, i: int) -> None:
        """Give those operands of a node an equation of their own that cannot be written into its own."""
        for j in self._operands(i):
            if self._depth[j] >= MOST_NESTED:
                self.inlined[j] = False
        self._keep_short(i)
        if self._operands(i) and self._is_bent(i):
            self._keep_simple(i)
        self._measure(i)

    def _operands(self, i: int) -> list[int]:
        """Return the operands that are written into the equation of a node."""
        return [j for j in self.replay.operands[i] if j is not None and self.inlined[j]]

    def _measure(self, i: int) -> None:
        operands = self.replay.operands[i]
        self._size[i] = max(sum(self._size[j] if j is not None and self.inlined[j] else 1 for j in operands), 1)
        self._depth[i] = max((1 + self._depth[j] for j in self._operands(i)), default=0)

    def _keep_short(self, i: int) -> None:
        """Part with operands, the longest first, where the equation would be too long."""
        most = MOST_REPEATED if self._is_bent(i) else MOST_OPERANDS
        self._measure(i)
        total = self._size[i]
        for count, j in sorted(((self._size[j], j) for j in self._operands(i)), reverse=True):
            if count > 1 and (count > most or total > MOST_OPERANDS):
                self.inlined[j] = False
                total -= count - 1

    def _is_bent(self, i: int) -> bool:
        """Return whether a node's row has derivatives that are no numbers."""
        p = self.replay.order[i]._primitive
        return p is not None and any(map(callable, p.partials))

    def _keep_simple(self, i: int) -> None:
        """Part with operands by which the derivative would take two steps of the chain rule at once."""
        standins, local = self._local(i)
        for slot, j in enumerate(self.replay.operands[i]):
            partial = local[slot]
            if j is None or not self.inlined[j] or partial is None:
                continue
            if not names_in(partial) & {standins[slot], standins[-1]}:  # linear in it, as a sum or a product
                continue
            inside = self._written_into(j)
            for k in [k for k in inside if is_function(self.replay.order[k]._primitive)]:
                self.inlined[k] = False
            for k in sorted(inside):
                self._measure(k)
            if not (is_monomial(partial) or self._has_one_name(j) or self._is_linear(j)):
                self.inlined[j] = False

    def _local(self, i: int) -> tuple[list[Name], Sequence[Symbolic | None]]:
        """Return names for a node's operands and, as the last, for its result, and its partial derivatives in them.

        They are those of the first such node, of the same row and with the same plain numbers.
        """
        v = self.replay.order[i]
        slots = list(zip(self.replay.operands[i], v.operands, strict=True))
        p = v._primitive
        assert p is not None
        alike = (id(p), len(v._x) if p.blocks else 0, tuple(None if j is not None else float(x) for j, x in slots))
        if alike not in self._partials:
            values = [*(float(getattr(x, "data", x)) for _, x in slots), v.data]
            standins = [Name(str(k), str(k), x) for k, x in enumerate(values)]
            given = [x if j is None else standins[k] for k, (j, x) in enumerate(slots)]
            self._partials[alike] = standins, partials(p, standins[-1], blocks_of(v, given))
        return self._partials[alike]

    def _written_into(self, i: int) -> list[int]:
        """Return a node and all that are written into its equation."""
        found = [i]
        for k in found:
            found += self._operands(k)
        return found

    def _has_one_name(self, i: int) -> bool:
        inside = self._written_into(i)
        return len({j for k in inside for j in self.replay.operands[k] if j is not None}.difference(inside)) < 2

    def _is_linear(self, i: int) -> bool:
        """Return whether all derivatives of what is written into a node's equation are numbers."""
        return all(
            partial is None or isinstance(partial, Number)
            for k in self._written_into(i)
            for partial in self._local(k)[1]
        )
