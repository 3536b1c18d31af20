"""What tells of an explanation needs: the graph, what its nodes are called, and how one is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from ...engine import Value
from ..report import shorten
from .explanation import Explanation
from .links import Graph, Link
from .naming import Names, constant, listed, number, over
from .points import tangents
from .question import Question

COMMON = (0.5, 1.0, 2.0)
"""Numbers of which it cannot be told whether the graph has them by a name that bears them: the ½ of ½(y − t)²."""

_LONGEST = 36


class Credit(NamedTuple):
    """The number with a name, or one over it, that is a factor too many or missing, as its kind says."""

    kind: str
    name: str
    number: float
    called: str


class Telling:
    """The row that is told of: its ways to the output, and names for nodes and plain numbers.

    `constants` are plain numbers that the graph may have, `used` those in the derivation, by name. `by_code` says that
    no formula was given but a number, which a program may have computed.
    """

    def __init__(
        self,
        question: Question,
        names: Names,
        constants: Mapping[str, float],
        used: Mapping[str, float],
        by_code: bool = False,
    ) -> None:
        self.question = question
        ways = question.ways
        self.ways = ways
        self.graph: Graph = ways.graph
        self.names = names
        self.constants = constants
        self.used = used
        self.by_code = by_code
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
    ) -> Explanation:
        """Return an explanation of nodes that are given by place."""
        order = self.names.order
        name = "" if node is None else self.names.call(node)
        about = None if node is None else order[node]
        return Explanation(kind, text, about, name, factor, None if place is None else order[place], transposed)

    def divides(self, i: int) -> bool:
        """Return whether the derivation's own formula divides by the value of a node."""
        written = self.question.written
        return written is not None and written.divides(self.graph, i)

    def lacks(self, i: int) -> bool:
        """Return whether the value of a node is seen to be no factor in the derivation's own formula."""
        written = self.question.written
        return written is not None and not written.has_node(self.graph, i)

    def writes(self, x: float) -> bool:
        """Return whether a plain number is written out in the derivation's own formula."""
        written = self.question.written
        order = () if written is None else written.replay.order
        return any(each == x for v in order for each in v.operands if not isinstance(each, Value))

    def derivative(self, link: Link) -> str:
        """Return a local derivative as it is spoken of, with its number: σ'(z) = 0.235."""
        p = self.graph.primitive(link.user)
        value = f" = {number(link.partial[0])}"
        is_function = p is not None and not p.blocks and len(p.partials) == 1 and p.name not in ("neg", "pos")
        if p is not None and link.whole and (is_function or p.name == "leaky_relu"):
            return f"{p.symbol}'({self.names.call(link.operand)}){value}"
        whole, base = self.holder(link.user), self.base(link.operand)
        in_all = tangents(self.graph.points[0].edges, base)
        if self.ways.signals[whole] != self.ways.signals[link.user] or not _is(in_all[whole], link.partial[0]):
            whole = link.user  # what follows changes the derivative: it is that of a part only
        part = "" if _is(in_all[whole], link.partial[0]) else "the direct part of "
        return f"{part}∂{over(self.names.call(whole))}/∂{over(self.names.call(base))}{value}"

    def base(self, i: int) -> int:
        """Return the named node from which node i, which has no name, differs only by what is added; else i itself."""
        found = i
        while not self.names.own[found]:
            below = [link for link in self.ways.links if link.user == found and link.whole]
            p = self.graph.primitive(found)
            if len(below) != 1 or p is None or p.name not in ("add", "sub") or set(below[0].partial) != {1.0}:
                return i
            found = below[0].operand
        return found

    def through(self, i: int) -> int:
        """Return the node after which a path is called that starts with node i: the next with a name before it merges.

        Where none has one, it is the last before it merges: the term.
        """
        while not self.names.own[i] and len(self.graph.users[i]) == 1:
            user = self.graph.users[i][0]
            if len(self.ways.into(user)) > 1:
                break
            i = user
        return i

    def path(self, link: Link) -> int:
        """Return the node after which the path through a link is called: one before it, if all of that goes there."""
        i = link.operand
        while i != self.ways.target and len(self.graph.users[i]) == 1:
            if self.names.own[i]:
                return i
            below = self.ways.into(i)
            if len(below) != 1:
                break
            i = below[0]
        after = self.through(link.user)
        return link.operand if self.ways.are_all(after) and link.operand != self.ways.target else after

    def way(self, i: int) -> str:
        """Return what a path is called by the node after which it is called."""
        called = self.names.call(i)
        if self.names.known[i]:
            return called
        named = [self.names.call(j) for j in self._named_below(i)] if "…" in called else []
        return f"the term of {listed(named)}" if named else f"the term {called}"

    def _named_below(self, i: int) -> list[int]:
        """Return the nearest nodes with names on the way to a node."""
        found, waiting = set(), [i]
        while waiting:
            below = self.ways.into(waiting.pop())
            found |= {j for j in below if self.names.own[j]}
            waiting += [j for j in below if not self.names.own[j]]
        return sorted(found)

    def holding(self, i: int, c: float) -> str:
        """Return in what a number stands: in the named node in whose calculation it is, if that has it only once."""
        whole = self.holder(i)
        inside = [j for j in range(whole + 1) if self.holder(j) == whole]
        numbers = [x for j in inside for x in self.graph.numbers(j)]
        is_term = not self.names.own[i] and self._is(i, "pow") and self._is(whole, "add", "sub", "sum")
        return self.names.call(i if is_term or sum(abs(x) == abs(c) for x in numbers) > 1 else whole)

    def _is(self, i: int, *names: str) -> bool:
        p = self.graph.primitive(i)
        return p is not None and p.name in names

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
        name, inverse = self.name_of(c), self.name_of(1.0 / c) if c else ""
        if inverse and not name:
            name = f"1/{inverse}"
        return f"factor {name} = {constant(c) if name.startswith('1/') else number(c)}" if name else constant(c)

    def credit(self, factor: float, of_path: bool = False) -> Credit | None:
        """Return the number with a name by which all, or one path, is too large or small; None if none is.

        What a formula does not have cannot be too many in it: one over it is missing.
        """
        no_formula = self.question.written is None
        known = {name: x for name, x in self.constants.items() if self.name_of(x) and (of_path or not self.writes(x))}
        if extra := _name(factor, {**self.used, **(known if no_formula else {})}):
            return Credit("extra factor", extra, factor, f"{extra} = {number(factor)}")
        if missing := _name(1.0 / factor, known):
            return Credit("missing factor", missing, 1.0 / factor, f"{missing} = {number(1.0 / factor)}")
        if below := _name(factor, known):
            return Credit("missing factor", below, 1.0 / factor, f"1/{below} = {constant(1.0 / factor)}")
        return None

    def name_of(self, c: float) -> str:
        """Return the name of a plain number; "" if it has none, or is one that stands in many formulas."""
        name = next((name for name, x in self.constants.items() if x == c), "")
        return "" if abs(c) in COMMON else shorten(name, _LONGEST)


def _name(c: float, known: Mapping[str, float]) -> str:
    return next((shorten(name) for name, x in known.items() if abs(c - x) <= 1e-8 * abs(x)), "")


def _is(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12)
