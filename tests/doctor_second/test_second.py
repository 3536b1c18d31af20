"""The second catalogue of the doctor: 40 planted mistakes are named, and right derivations left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx.check import KINDS
from microgradx.expression import parse

from .planted import DOUBLE, MISTAKES, Mistake
from .right import RIGHT

Derivation = str | float | Callable[..., float]


def _number(formula: str, nodes: dict[str, Any]) -> float:
    expression = parse(formula)
    return float(expression.evaluate({name: float(nodes[name].data) for name in expression.names}))


def _handed_in(derivation: str | Callable[..., float], nodes: dict[str, Any]) -> Derivation:
    if not isinstance(derivation, str) or not derivation.startswith("#"):
        return derivation
    digits = derivation[1] if derivation[1:3].strip().isdigit() and derivation[2] == " " else ""
    value = _number(derivation[1 + len(digits) :], nodes)
    return float(f"{value:.{digits}g}") if digits else value


def examine(mistake: Mistake) -> tuple[Any, dict[str, Any]]:
    """Return the row of the mistake in compare's report, and the nodes of the graph by name."""
    nodes = mistake.graph()
    hand = {name: _handed_in(d, nodes) for name, d in {**mistake.also, mistake.node: mistake.derivation}.items()}
    told = {name: node for name, node in nodes.items() if not name.startswith("_")}
    rows = mx.compare(nodes["L"], hand, names=told).rows
    return next(row for row in rows if row.name == mistake.node), nodes


def verdict(mistake: Mistake) -> str:
    """Return 'named', 'wrong' (another mistake named as if it were certain) or 'missed'."""
    row, nodes = examine(mistake)
    said = row.explanation
    if said is None:
        return "missed"
    right = said.kind in mistake.kinds.split("|")
    if right and mistake.nodes:
        right = any(said.node is nodes[name] for name in mistake.nodes.split())
    if right and mistake.factor and said.factor is not None:
        factor = _number(mistake.factor, nodes)
        right = any(abs(said.factor - f) <= 1e-4 * abs(f) for f in (factor, 1 / factor))
    if right and mistake.transposed is not None:
        right = said.transposed == mistake.transposed
    if right and (mistake.says in said.text or said.kind == "unexplained"):
        return "named"
    return "wrong" if said.certain and said.kind != "unexplained" else "missed"


def test_catalogue_speaks_of_known_kinds() -> None:
    """Every kind of mistake that the catalogue expects is one that the doctor documents."""
    assert {kind for mistake in MISTAKES + DOUBLE for kind in mistake.kinds.split("|")} <= set(KINDS)


def test_named() -> None:
    """At least nine in ten planted mistakes are named right."""
    missed = [f"{m.node}: {m.done}" for m in MISTAKES if verdict(m) != "named"]
    assert len(missed) <= len(MISTAKES) // 10, missed


@pytest.mark.parametrize("mistake", MISTAKES + DOUBLE, ids=lambda m: f"{m.graph.__name__}-{m.node}-{m.done}")
def test_never_wrong_with_confidence(mistake: Mistake) -> None:
    """No mistake is named with confidence as another one."""
    assert verdict(mistake) != "wrong", examine(mistake)[0].explanation


@pytest.mark.parametrize(("graph", "name", "derivation"), RIGHT)
def test_no_alarm(graph: Callable[[], dict[str, Any]], name: str, derivation: str | Callable[..., float]) -> None:
    """A correct derivation, however it is written, is marked ok and explained by nothing."""
    row, _ = examine(Mistake(graph, name, derivation, "nothing", ""))
    assert row.ok
    assert row.explanation is None, row.explanation
