"""Derivations made by hand, held against backprop's error signals node by node."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..calculus import grad
from ..engine import Value
from ..errors import DomainError, FormulaError
from ..names import brief
from ..numbers import real
from .by_hand import Derivation, NamedNodes
from .doctor import Case, Doctor, Explanation, is_slope
from .entries import entry_by_entry
from .report import Report, relative_error, shorten, show, show_error

_FUNCTION = re.compile(r"[^\W\d]\w*(?=\()")


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One node: its error signal by hand and by backprop, and what is wrong if they differ."""

    name: str
    node: Value = field(repr=False)
    derivation: Derivation = field(repr=False)
    hand: float
    backprop: float
    relative_error: float
    agrees: bool
    """Whether it gives the right number at the recorded point."""
    doctor: Doctor = field(repr=False, compare=False)
    index: int = field(repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether it is right: the number, of a formula or a function also those at other points, and in no circle."""
        told = self.explanation if self.agrees else None
        return self.agrees and (told is None or told.kind not in ("this point only", "circle"))

    @property
    def here_only(self) -> bool:
        """Whether a formula or a function is right at the recorded point and wrong at others."""
        told = self.explanation if self.agrees else None
        return told is not None and told.kind == "this point only"

    @property
    def explanation(self) -> Explanation | None:
        """What went wrong: its kind, node and factor; None if all is right. It is looked for when first asked for."""
        return self.doctor.explanation(self.index)

    @property
    def diagnosis(self) -> str:
        """What went wrong, in words; "" if all is right."""
        told = self.explanation
        if told is None:
            return ""
        apart = None if self.ok or told.kind == "circle" else self.doctor.difference(self.index)
        if apart is None or apart.equal or not _is_plain(apart.text, str(self.derivation)):
            return told.text
        return f"{told.text}. By hand − right = {apart.text}"

    @property
    def symbolic(self) -> str:
        """What SymPy makes of a formula: "equal", or by hand − right, simplified; "" where it can say nothing."""
        apart = self.doctor.difference(self.index)
        if apart is None or (not apart.equal and self.ok and self.explanation is None):
            return ""
        return "equal" if apart.equal else apart.text

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

    def _verdict(self, row: Any) -> str:
        return "right here only" if row.here_only else super()._verdict(row)


def compare(
    L: Value, hand: Mapping[Any, Any], names: Mapping[str, Any] | None = None, *, tolerance: float = 1e-6
) -> Comparison:
    """Compare hand-derived error signals ∂L/∂v with backprop's, for any nodes v of the graph of L.

    The keys of `hand` are Values, or names: labels in the graph, and with `names=locals()` those of variables, of
    plain numbers too, and s[0], s[1][2] (or s[1,2]) for the entries of lists; else those that `derive` prints, as u1
    or t1, or ȳ or ∂L/∂y (y_bar; h_bar[0] of h[0]) for the error signal of y, which in a formula is backprop's: it may
    name those of nodes that are computed from v; a row that names others goes in a circle, and is wrong. A derivation
    is a number, a function whose parameters are names of nodes (it is called with floats), or a formula in names of
    nodes, also with 2(y − t), ½w or x² as `derive` prints them; a list or an array of these, of its shape, derives a
    whole vector or matrix, such as a list s or the weights "w1" of a layer, row by row. No `.grad` is read or changed,
    and the numbers are those that the graph was recorded with.
    A row is right if its relative error |a − b| / (|a| + |b|) is at most `tolerance`, or the difference no more than
    rounding explains, or if v is at a kink and the hand value is one of the two slopes there or between them.

    Of a wrong row the report says why: which mistake (a sign, a factor, a missing path, …, see `check.KINDS`)
    gives just this at the recorded point and at random points near it, where functions and formulas are evaluated too.
    A function or formula that is right at the recorded point only is not ok; a number is judged there alone. A row's
    `explanation` has the kind of mistake, the node and the factor; it is looked for when it is first read or printed.
    `symbolic` is what SymPy makes of a formula, if it is installed.

    FormulaError for a formula that does not parse, and for a name that is unknown or not unique; TypeError for a
    derivation that gives no real number, ShapeError for a list or an array of another shape than what it derives,
    ValueError for a tolerance outside of 0 to 1. What a derivation itself raises is raised with the name of its node.

    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> report = compare((y - t) ** 2 / 2, {"w": "(y - t) * x", y: lambda y, t: y - t, "x": 0.5})
    >>> [row.ok for row in report.rows]
    [True, True, False]
    >>> print(compare((y - t) ** 2 / 2, {"w": "y - t"}).rows[0].explanation)
    you dropped the factor x = 2, which is ∂y/∂w
    >>> s = [w * 2, w * 3]
    >>> compare(s[0] * s[1], {"s": ["s[1]", 1.0]}, names=locals()).ok
    True
    """
    _require(L, hand, names, tolerance)
    graph = NamedNodes(L, names)
    entries = list(entry_by_entry(hand, graph))
    wanted = [graph.node(key) for key, _ in entries]
    cases = [
        _case(L, graph, graph.name(key), v, given, g, tolerance)
        for (key, given), v, g in zip(entries, wanted, grad(L, wanted), strict=True)
    ]
    doctor = Doctor(L, graph, cases)
    rows = [
        ComparisonRow(graph.name(key), c.node, c.derivation, c.hand, c.backprop, c.error, c.ok, doctor, i)
        for i, ((key, _), c) in enumerate(zip(entries, cases, strict=True))
    ]
    return Comparison(L, L.label or graph.variables.get(id(L), "L"), rows, tolerance)


def _is_plain(difference: str, written: str) -> bool:
    """Return whether a difference explains something: it is short, and in functions that the derivation uses itself."""
    return len(difference) < 80 and {*_FUNCTION.findall(difference)} <= {*_FUNCTION.findall(written)}


def _require(L: Any, hand: Any, names: Any, tolerance: Any) -> None:
    """Raise TypeError or ValueError unless these can be compared."""
    if not isinstance(L, Value):
        raise TypeError(f"compare differentiates one output, a Value, not {brief(L)}")
    if not isinstance(hand, Mapping):
        raise TypeError(f"derivations are given by node, as in {{'w': '(y - t) * x'}}, not as {brief(hand)}")
    if not hand:
        raise ValueError("hand is empty: give a derivation for at least one node, as in {'w': '(y - t) * x'}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(
            f"names are given as a dictionary, as in names=locals() or names={{'y': y}}, not as {brief(names)}"
        )
    try:
        allowed = 0.0 <= real(tolerance) < 1.0
    except TypeError:
        raise TypeError(f"tolerance is a relative error, a number such as 1e-6, not {tolerance!r}") from None
    if not allowed:
        raise ValueError(
            f"tolerance is a relative error, at least 0 and below 1, where all is right; not {tolerance!r}"
        )


def _case(L: Value, graph: NamedNodes, name: str, v: Value, given: Any, backprop: float, tolerance: float) -> Case:
    try:
        derivation = graph.derivation(given)
        found = derivation.evaluate()
    except Exception as problem:
        named = _naming(problem, name, isinstance(given, str))
        raise named from (None if named is problem or isinstance(problem, FormulaError) else problem)
    error = relative_error(found, backprop)
    if error > tolerance and (abs(found - backprop) <= derivation.rounding() or is_slope(L, v, found)):
        error = 0.0
    return Case(v, derivation, found, backprop, error, error <= tolerance)


def _naming(problem: Exception, name: str, is_formula: bool) -> Exception:
    """Return an exception of the same type that says in which derivation it was raised."""
    where = f"in the derivation of {name!r}"
    told = str(problem)
    if is_formula and isinstance(problem, DomainError):
        told = told.partition(";")[0]  # the rest tells how to write a program
    try:
        return type(problem)(f"{where}: {told}")
    except Exception:  # somebody's own exception, which is made of something else than a text
        problem.add_note(where)
        return problem
