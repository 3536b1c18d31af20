"""The gradient check of every row of the table, at points sampled from the row's own domain."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import primitives as rows
from ..apply import apply
from ..primitives import TABLE, Primitive
from .gradients import GradientReport, check_gradients
from .report import Report, show, show_error

BLOCK = 3
"""How many numbers a block operand is tried with."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One primitive: at how many points it was checked, and its worst error."""

    name: str
    symbol: str
    points: int
    partials: int
    relative_error: float
    ok: bool
    remark: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as a report prints it."""
        return (self.name, self.symbol, str(self.points), str(self.partials), show_error(self.relative_error))


class TableReport(Report):
    """One row for each primitive."""

    rows: tuple[TableRow, ...]

    def __init__(self, rows: Sequence[TableRow], tolerance: float) -> None:
        self.title = "the partial derivatives of the table"
        self.header = ("primitive", "symbol", "points", "slopes checked", "worst error")
        self.rows = tuple(rows)
        self.tolerance = tolerance


def check_table(
    table: Sequence[Primitive] = TABLE, *, points: int = 8, seed: int = 0, tolerance: float = 1e-6
) -> TableReport:
    """Check every partial derivative of every row at `points` points of its domain; see `check_gradients`.

    >>> from microgradx.primitives import row
    >>> check_table([row("tanh")]).ok
    True
    """
    return TableReport([_check_row(p, points, random.Random(seed), tolerance) for p in table], tolerance)


def _check_row(p: Primitive, points: int, rng: random.Random, tolerance: float) -> TableRow:
    if p is rows.detach:
        return TableRow(p.name, p.symbol, 0, 0, 0.0, True, "withholds its slope on purpose")
    sizes = _sizes(p)
    domain = [interval for interval, size in zip(p.domain, sizes, strict=True) for _ in range(size)]
    tried = []
    for _ in range(points):
        x = [rng.uniform(*interval) for interval in domain]
        tried.append((check_gradients(_function(p, sizes), x, tolerance=tolerance), x))
    report, x = max(tried, key=lambda found: (not found[0].ok, found[0].max_error))
    remark = "" if report.ok else _failure(report, x)
    return TableRow(p.name, p.symbol, points, points * len(domain), report.max_error, report.ok, remark)


def _failure(report: GradientReport, x: Sequence[float]) -> str:
    row = next(row for row in report.rows if not row.ok)
    at = ", ".join(map(show, x))
    return f"at x = [{at}] the slope by x[{row.index}] is {show(row.two_sided)}, but its partial {show(row.backprop)}"


def _sizes(p: Primitive) -> tuple[int, ...]:
    if not p.blocks:
        return (1,) * len(p.partials)
    return (BLOCK + 1, BLOCK) if p.name == "affine" else (BLOCK,) * len(p.partials)  # affine: weights and a bias


def _function(p: Primitive, sizes: tuple[int, ...]) -> Callable[[list[Any]], Any]:
    first = sizes[0]
    if not p.blocks:
        return lambda x: apply(p, *x)
    return lambda x: apply(p, *((x,) if len(sizes) == 1 else (x[:first], x[first:])))
