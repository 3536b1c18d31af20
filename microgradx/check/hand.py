"""Derivations made by hand, held against backprop's error signals node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..calculus import grad
from ..engine import Value
from ..errors import FormulaError
from .derivation import Derivation, NamedNodes
from .report import Report, relative_error, shorten, show, show_error


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One node: its error signal by hand and by backprop. `diagnosis` is for whoever can tell what went wrong."""

    name: str
    node: Value = field(repr=False)
    derivation: Derivation = field(repr=False)
    hand: float
    backprop: float
    relative_error: float
    ok: bool
    diagnosis: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as a report prints it."""
        numbers = (show(self.hand), show(self.backprop), show_error(self.relative_error))
        return (shorten(self.name), shorten(str(self.derivation)), *numbers)

    @property
    def remark(self) -> str:
        """What is printed below the row."""
        return self.diagnosis


class Comparison(Report):
    """One row for each derivation that was given, in that order."""

    rows: tuple[ComparisonRow, ...]

    def __init__(self, output: Value, name: str, rows: Sequence[ComparisonRow], tolerance: float) -> None:
        self.output = output
        self.title = f"∂{name}/∂node by hand against backprop"
        self.header = ("node", "derivation", "by hand", "backprop", "relative error")
        self.rows = tuple(rows)
        self.tolerance = tolerance


def compare(
    L: Value, hand: Mapping[Any, Any], names: Mapping[str, Any] | None = None, *, tolerance: float = 1e-6
) -> Comparison:
    """Compare hand-derived error signals ∂L/∂v with backprop's, for any nodes v of the graph of L.

    The keys of `hand` are Values, or names: labels in the graph, and with `names=locals()` those of variables, of
    plain numbers too. A derivation is a number, a function whose parameters are names of nodes (it is called with
    floats), or a formula in names of nodes. No `.grad` is read or changed, and the numbers are those that the graph
    was recorded with. A row is right if its relative error |a − b| / (|a| + |b|) is at most `tolerance`, or the
    difference no more than rounding explains.

    FormulaError for a formula that does not parse, and for a name that is unknown or not unique; TypeError for a
    derivation that gives no real number.

    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> report = compare((y - t) ** 2 / 2, {"w": "(y - t) * x", y: lambda y, t: y - t, "x": 0.5})
    >>> [row.ok for row in report.rows]
    [True, True, False]
    """
    if not isinstance(L, Value):
        raise TypeError(f"compare differentiates one output, a Value, not {L!r}")
    if not isinstance(hand, Mapping):
        raise TypeError(f"derivations are given by node, as in {{'w': '(y - t) * x'}}, not as {hand!r}")
    if not hand:
        raise ValueError("hand is empty: give a derivation for at least one node, as in {'w': '(y - t) * x'}")
    graph = NamedNodes(L, names)
    wanted = [graph.node(key) for key in hand]
    rows = [
        _row(graph, graph.name(key), v, given, g, tolerance)
        for (key, given), v, g in zip(hand.items(), wanted, grad(L, wanted), strict=True)
    ]
    return Comparison(L, L.label or graph.variables.get(id(L), "L"), rows, tolerance)


def _row(graph: NamedNodes, name: str, v: Value, given: Any, backprop: float, tolerance: float) -> ComparisonRow:
    try:
        derivation = graph.derivation(given)
        found = derivation.evaluate()
    except FormulaError as problem:
        raise FormulaError(f"in the derivation of {name!r}: {problem}") from None
    except Exception as problem:
        problem.add_note(f"in the derivation of {name!r}")
        raise
    error = relative_error(found, backprop)
    if error > tolerance and abs(found - backprop) <= derivation.rounding():
        error = 0.0
    return ComparisonRow(name, v, derivation, found, backprop, error, error <= tolerance)
