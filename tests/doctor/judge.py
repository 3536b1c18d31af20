"""What the blind catalogues of the doctor have in common: planted mistakes, verdicts on what is said, and the tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

import microgradx as mx
from microgradx.check import KINDS
from microgradx.expression import parse
from microgradx.names import normal, unpacked

Derivation = str | float | Callable[..., float]
Graph = Callable[[], dict[str, Any]]
Hand = Mapping[str, Any]  # a derivation by name, or a list of them
Right = tuple[tuple[Graph, Hand], ...]
Single = tuple[tuple[Graph, str, Derivation], ...]
Words = Sequence[str]  # regular expressions, all of which must be found
_NEXT = re.compile(r"; or (?=\S)|\. This one number also fits: ")  # between two explanations that both fit


@dataclass(frozen=True)
class Mistake:
    """A wrong derivation; `kinds`, `nodes` and `factor` (or its inverse): every right answer to what is wrong.

    A derivation that starts with # is handed in as its number only; # and a digit: rounded to so many digits.
    """

    graph: Graph
    node: str
    derivation: str | Callable[..., float]
    done: str
    kinds: str  # separated by |
    nodes: str = ""  # names; none: any
    factor: str = ""
    transposed: bool | None = None
    says: str = ""  # in the text
    also: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.graph.__name__}-{self.node}-{self.done}"

    def said(self) -> str:
        """Return what is said of the mistake."""
        return str(examine(self)[0].explanation)

    def verdict(self) -> str:
        """Return 'named', 'wrong' (another mistake named as if it were certain) or 'missed'."""
        row, nodes = examine(self)
        said = row.explanation
        if said is None:
            return "missed"
        right = said.kind in self.kinds.split("|")
        if right and self.nodes:
            right = any(said.node is nodes[normal(name)] for name in self.nodes.split())
        if right and self.factor and said.factor is not None:
            factor = _number(self.factor, nodes)
            right = any(abs(said.factor - f) <= 1e-4 * abs(f) for f in (factor, 1 / factor))
        if right and self.transposed is not None:
            right = said.transposed == self.transposed
        if right and (self.says in said.text or said.kind == "unexplained"):
            return "named"
        return "wrong" if said.certain and said.kind != "unexplained" else "missed"

    def flaw(self) -> str:
        """Return what is expected of the doctor that it cannot say."""
        return ", ".join(set(self.kinds.split("|")) - set(KINDS))


@dataclass(frozen=True)
class Worded:
    """Derivations of which some are wrong; what the doctor must say of the first is told by regular expressions.

    `wrong`: names, the first in reverse order first, the others follow from it. One set of `accept`, or one of
    `equally` (other words that are as true), must be found whole in one explanation: the first, or one of two.
    """

    name: str
    graph: Graph
    hand: Hand
    wrong: str
    truth: str  # what a teaching assistant would say
    accept: Sequence[Words]
    equally: Sequence[Words] = ()
    reject: Words = ()  # none of these may be found where `accept` is

    def __str__(self) -> str:
        return f"{self.name}-{self.wrong.split()[0]}"

    def said(self) -> str:
        """Return the report, after what the teaching assistant would say."""
        return f"{self.truth}\n{compared(self.graph, self.hand)}"

    def verdict(self) -> str:
        """Return 'named', 'wrong' (another mistake named as if it were certain, or another row) or 'missed'."""
        rows = {normal(row.name): row for row in compared(self.graph, self.hand).rows}
        first, *others = map(normal, self.wrong.split())
        if {name for name, row in rows.items() if not row.ok} != {first, *others}:
            return "wrong"
        if any(rows[name].explanation is None or rows[name].explanation.kind != "follows" for name in others):
            return "wrong"
        said = rows[first].explanation
        if said is None or said.kind == "unexplained":
            return "missed"
        offers = [self._accepts(offer) for offer in _NEXT.split(said.text.replace("−", "-"))]
        if offers[0] or (any(offers) and len(offers) == 2):
            return "named"
        return "wrong" if said.certain else "missed"

    def _accepts(self, text: str) -> bool:
        accepted = any(_found(words, text) for words in self.accept)
        rejected = any(re.search(word, text, re.IGNORECASE) for word in self.reject)
        return (accepted and not rejected) or any(_found(words, text) for words in self.equally)

    def flaw(self) -> str:
        """Return the accepted words that any text would hold."""
        return ", ".join(str(words) for words in (*self.accept, *self.equally) if _found(words, ""))


class Catalogue:
    """What each catalogue promises of its mistakes, of those that may be left open, and of its right derivations."""

    mistakes: ClassVar[Sequence[Mistake | Worded]]
    open: ClassVar[Sequence[Mistake | Worded]] = ()  # need not be named, but must not be named as another
    right: ClassVar[Right]
    size: ClassVar[tuple[int, int, int]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test for each mistake, or for each set of right derivations, by what it asks for."""
        if "mistake" in metafunc.fixturenames:
            metafunc.parametrize("mistake", self.mistakes, ids=str)
        if "planted" in metafunc.fixturenames:
            metafunc.parametrize("planted", [*self.mistakes, *self.open], ids=str)
        if "hand" in metafunc.fixturenames:
            metafunc.parametrize(("graph", "hand"), self.right)

    def test_catalogue_can_be_met_and_missed(self) -> None:
        """The catalogue is whole, and all that it expects is something that the doctor can say, and can fail to say."""
        assert (len(self.mistakes), len(self.open), len(self.right)) == self.size
        assert not [f"{m}: {m.flaw()}" for m in (*self.mistakes, *self.open) if m.flaw()]

    def test_named(self, mistake: Mistake | Worded) -> None:
        """Each planted mistake is named as what it is."""
        assert mistake.verdict() == "named", mistake.said()

    def test_never_wrong_with_confidence(self, planted: Mistake | Worded) -> None:
        """No mistake is named with confidence as another one."""
        assert planted.verdict() != "wrong", planted.said()

    def test_no_alarm(self, graph: Graph, hand: Hand) -> None:
        """Correct derivations, however they are written, are marked ok and explained by nothing."""
        report = compared(graph, hand)
        assert len(report.rows) >= len(hand)
        assert all(row.ok and row.explanation is None for row in report.rows), str(report)


def compared(graph: Graph, hand: Hand) -> Any:
    """Return compare's report.

    What has a leading _ in the graph is not told to compare: a student would not have named it.
    """
    variables = graph()
    nodes = dict(unpacked(variables))
    told = {name: node for name, node in variables.items() if not name.startswith("_")}
    output = variables["_L"] if "_L" in variables else variables["L"]
    return mx.compare(output, {name: _handed_in(d, nodes) for name, d in hand.items()}, names=told)


def examine(mistake: Mistake) -> tuple[Any, dict[str, Any]]:
    """Return the row of the mistake in compare's report, and the nodes of the graph by name."""
    variables = mistake.graph()
    rows = compared(lambda: variables, {**mistake.also, mistake.node: mistake.derivation}).rows
    return next(row for row in rows if row.name == mistake.node), dict(unpacked(variables))


def each(derivations: Single) -> Right:
    """Return right derivations, each of which is compared alone."""
    return tuple((graph, {name: derivation}) for graph, name, derivation in derivations)


def _found(words: Words, text: str) -> bool:
    return all(re.search(word, text, re.IGNORECASE) for word in words)


def _number(formula: str, nodes: Mapping[str, Any]) -> float:
    expression = parse(formula)
    return float(expression.evaluate({name: getattr(nodes[name], "data", nodes[name]) for name in expression.names}))


def _handed_in(derivation: Any, nodes: Mapping[str, Any]) -> Any:
    if not isinstance(derivation, str) or not derivation.startswith("#"):
        return derivation
    digits = derivation[1] if derivation[1:3].strip().isdigit() and derivation[2] == " " else ""
    value = _number(derivation[1 + len(digits) :], nodes)
    return float(f"{value:.{digits}g}") if digits else value
