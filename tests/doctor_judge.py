"""What the blind catalogues of the doctor have in common: a planted mistake, and a verdict on what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import microgradx as mx
from microgradx.expression import parse
from microgradx.names import normal, unpacked

Derivation = str | float | Callable[..., float]


@dataclass(frozen=True)
class Mistake:
    """A wrong derivation; `kinds`, `nodes` and `factor` (or its inverse): every right answer to what is wrong.

    A derivation that starts with # is handed in as its number only; # and a digit: rounded to so many digits.
    """

    graph: Callable[[], dict[str, Any]]
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


def examine(mistake: Mistake) -> tuple[Any, dict[str, Any]]:
    """Return the row of the mistake in compare's report, and the nodes of the graph by name.

    What has a leading _ in the graph is not told to compare: a student would not have named it.
    """
    variables = mistake.graph()
    nodes = dict(unpacked(variables))
    hand = {name: _handed_in(d, nodes) for name, d in {**mistake.also, mistake.node: mistake.derivation}.items()}
    told = {name: node for name, node in variables.items() if not name.startswith("_")}
    rows = mx.compare(variables["L"], hand, names=told).rows
    return next(row for row in rows if row.name == mistake.node), nodes


def verdict(mistake: Mistake) -> str:
    """Return 'named', 'wrong' (another mistake named as if it were certain) or 'missed'."""
    row, nodes = examine(mistake)
    said = row.explanation
    if said is None:
        return "missed"
    right = said.kind in mistake.kinds.split("|")
    if right and mistake.nodes:
        right = any(said.node is nodes[normal(name)] for name in mistake.nodes.split())
    if right and mistake.factor and said.factor is not None:
        factor = _number(mistake.factor, nodes)
        right = any(abs(said.factor - f) <= 1e-4 * abs(f) for f in (factor, 1 / factor))
    if right and mistake.transposed is not None:
        right = said.transposed == mistake.transposed
    if right and (mistake.says in said.text or said.kind == "unexplained"):
        return "named"
    return "wrong" if said.certain and said.kind != "unexplained" else "missed"


def _number(formula: str, nodes: Mapping[str, Any]) -> float:
    expression = parse(formula)
    return float(expression.evaluate({name: getattr(nodes[name], "data", nodes[name]) for name in expression.names}))


def _handed_in(derivation: str | Callable[..., float], nodes: Mapping[str, Any]) -> Derivation:
    if not isinstance(derivation, str) or not derivation.startswith("#"):
        return derivation
    digits = derivation[1] if derivation[1:3].strip().isdigit() and derivation[2] == " " else ""
    value = _number(derivation[1 + len(digits) :], nodes)
    return float(f"{value:.{digits}g}") if digits else value
