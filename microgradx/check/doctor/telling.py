"""What tells of an explanation needs: the graph, what its nodes are called, and how a diagnosis is made."""

from __future__ import annotations

from collections.abc import Mapping

from ..report import shorten
from .diagnosis import Diagnosis
from .links import Graph, Link, Ways
from .naming import Names, constant, number, over

_LONGEST = 36


class Telling:
    """The row that is told of: its ways to the output, and names for nodes and plain numbers."""

    def __init__(self, ways: Ways, names: Names, constants: Mapping[str, float]) -> None:
        self.ways = ways
        self.graph: Graph = ways.graph
        self.names = names
        self.constants = constants
        self.row = names.call(ways.target)
        self.output = names.call(len(names.order) - 1)

    def told(
        self,
        kind: str,
        text: str,
        node: int | None,
        factor: float | None = None,
        *,
        place: int | None = None,
        transposed: bool = False,
    ) -> Diagnosis:
        """Return a diagnosis of nodes that are given by place."""
        order = self.names.order
        name = "" if node is None else self.names.call(node)
        about = None if node is None else order[node]
        return Diagnosis(kind, text, about, name, factor, None if place is None else order[place], transposed)

    def derivative(self, link: Link) -> str:
        """Return a local derivative as it is spoken of, with its number: σ'(z) = 0.235."""
        p = self.graph.primitive(link.user)
        value = f" = {number(link.partial[0])}"
        if link.whole and p is not None and not p.blocks and len(p.partials) == 1 and p.name not in ("neg", "pos"):
            return f"{p.symbol}'({self.names.call(link.operand)}){value}"
        whole = self.holder(link.user)
        if self.ways.signals[whole] != self.ways.signals[link.user]:
            whole = link.user  # what follows changes the derivative: it is that of a part only
        return f"∂{over(self.names.call(whole))}/∂{over(self.names.call(link.operand))}{value}"

    def sibling(self, link: Link) -> int | None:
        """Return the place of the node by which the link's operand is multiplied, None if there is none."""
        slot = self.graph.sibling(link)
        return None if slot is None else self.graph.replay.operands[link.user][slot]

    def named(self, link: Link) -> int:
        """Return by which node a local derivative is named: the one it is taken by, or the function's own."""
        own = self.names.own
        return link.user if own[link.user] and not own[link.operand] else link.operand

    def holder(self, i: int) -> int:
        """Return the named node in whose calculation node i stands."""
        while not self.names.own[i] and len(self.graph.users[i]) == 1:
            i = self.graph.users[i][0]
        return i

    def called(self, c: float) -> str:
        """Return what a plain number of the graph is called: by its name if it has one."""
        name = next((name for name, x in self.constants.items() if x == c), "")
        return f"factor {shorten(name, _LONGEST)} = {constant(c)}" if name else constant(c)
