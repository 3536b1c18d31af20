"""The eighth catalogue: each kind of mistake in what the lectures derive is named, 200 right answers are left alone.

Mistakes come as formulas, and once more as numbers; right answers are rewritten at random.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

import microgradx as mx
from microgradx.expression import parse
from microgradx.names import unpacked
from microgradx.syntax import Piece, plain

from ..judge import Catalogue, Graph, Worded, compared
from .planted import MISTAKES
from .right import RIGHT

PLANTED = tuple(
    Worded(kind.replace(" ", "-"), graph, {node: derivation}, node, kind, [[words]])
    for kind, rows in MISTAKES.items()
    for graph, node, derivation, words in rows
)


class TestEighth(Catalogue):
    """Twelve kinds of mistakes; a graph has those that it can have."""

    mistakes = PLANTED
    right = tuple((graph, {node: derivation}) for graph, node, derivation, _ in RIGHT)
    size = (150, 0, 47)


FORMULAS = [mistake for mistake in PLANTED if isinstance(next(iter(mistake.hand.values())), str)]


@pytest.mark.parametrize("digits", [5, 17])
@pytest.mark.parametrize("mistake", FORMULAS, ids=str)
def test_a_number_is_never_named_wrong_with_confidence(mistake: Worded, digits: int) -> None:
    """Of the same mistake as one number the doctor says what the formula shows, or that it is not certain."""
    (node, formula), names = next(iter(mistake.hand.items())), numbers(mistake.graph)
    value = float(parse(formula).evaluate(names))
    (row,) = compared(mistake.graph, {node: float(f"{value:.{digits}g}")}).rows
    said = row.explanation
    assert said is not None or row.ok
    if said is not None and said.certain and said.kind != "unexplained":
        assert re.search(mistake.accept[0][0], said.text.replace("−", "-")) or said.kind == "rounded", said.text


def test_right_answers_are_left_alone_however_they_are_written() -> None:
    """Two hundred right answers, terms and factors moved, opened and replaced, raise no alarm; some are numbers."""
    found = list(alarms(RIGHT, 200))
    assert not found, "\n".join(found)


def test_an_alarm_is_noticed() -> None:
    """A wrong answer among those that are rewritten is found however it is written."""
    graph, node, derivation, definitions = RIGHT[0]
    assert len(list(alarms([(graph, node, f"2*({derivation})", definitions)], 20))) == 20


def test_rewriting_writes_otherwise_and_means_the_same() -> None:
    """Rewriting changes the text of most formulas, and no value by more than rounding."""
    rng, names = random.Random(3), numbers(RIGHT[0][0])
    tree = parse(RIGHT[0][2]).tree
    texts = {str(rewritten(tree, {}, rng)) for _ in range(50)}
    assert len(texts) > 8
    assert all(parse(text).evaluate(names) == pytest.approx(parse(RIGHT[0][2]).evaluate(names)) for text in texts)


def alarms(right: Sequence[tuple[Graph, str, str, Mapping[str, str]]], count: int) -> Iterator[str]:
    """Yield what is said of so many answers, each rewritten; every fifth is handed in as a number."""
    rng = random.Random(20)
    for i in range(count):
        graph, node, derivation, definitions = right[i % len(right)]
        tree = parse(derivation).tree
        for _ in range(rng.randint(2, 9)):
            tree = rewritten(tree, {name: parse(text).tree for name, text in definitions.items()}, rng)
        hand: Any = str(tree) if i % 5 else float(f"{parse(str(tree)).evaluate(numbers(graph)):.8g}")
        (row,) = compared(graph, {node: hand}).rows
        if not row.ok or row.explanation is not None:
            yield f"{graph.__name__}, {node} = {hand}: {row.explanation}"


def numbers(graph: Graph) -> dict[str, float]:
    """Return the numbers that the names of a graph stand for."""
    return {name: mx.Value(getattr(x, "data", x)).data for name, x in unpacked(graph()) if not name.startswith("_")}


def rewritten(tree: Piece, definitions: Mapping[str, Piece], rng: random.Random) -> Piece:
    """Return a formula of the same value with one operation done otherwise, or one name replaced."""
    path, piece = rng.choice(list(tree.places()))
    above = {tree.at(path[:k]).operation for k in range(len(path))}
    ways = [] if above & {"**", "^"} else [*_otherwise(piece)]
    if piece.name in definitions:
        ways.append(definitions[piece.name])
    return tree.put(path, rng.choice(ways)) if ways else tree


def _otherwise(piece: Piece) -> list[Piece]:
    if len(piece.operands) != 2:
        return []
    a, b = piece.operands
    match piece.operation:
        case "+":
            return [Piece("+", (b, a))]
        case "-":
            return [Piece("-", (Piece("-", (b, a)),)), Piece("+", (Piece("-", (b,)), a))]
        case "*" if a.operation in ("+", "-") and len(a.operands) == 2:
            return [Piece("*", (b, a)), Piece(a.operation, tuple(Piece("*", (term, b)) for term in a.operands))]
        case "*":
            return [Piece("*", (b, a))]
        case "/":
            return [Piece("*", (a, Piece("/", (plain(1.0), b))))]
        case "**" if str(b) == "2":
            return [Piece("*", (a, a))]
    return []
