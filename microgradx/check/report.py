"""What every check reports: rows with a verdict each, as text, as HTML, and as an assertion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any, Protocol

from ..reports import Heading, Paragraph, Passage, Table, Verdict
from ..tables import Line

MOST_ROWS = 40
"""The most rows that are printed: those that fail first, then the worst of the others."""


class _Row(Protocol):
    """One line of a report."""

    @property
    def relative_error(self) -> float: ...
    @property
    def ok(self) -> bool: ...
    @property
    def cells(self) -> tuple[str, ...]: ...
    @property
    def remark(self) -> str: ...


def relative_error(a: float, b: float) -> float:
    """Return |a − b| / (|a| + |b|), from 0 (equal) to 1 (CSC 311, lecture 4); 0 against 0 is 0, NaN gives NaN.

    >>> relative_error(1.0, 3.0), relative_error(0.0, 0.0)
    (0.5, 0.0)
    """
    if a == b:
        return 0.0
    if math.isnan(a) or math.isnan(b):
        return math.nan
    if math.isinf(a) or math.isinf(b):
        return 1.0
    total = abs(a) + abs(b)
    return abs(a - b) / total if math.isfinite(total) else relative_error(a / 2, b / 2)


def show(x: float | None) -> str:
    """Return a number as reports print it, a dash for one that does not exist."""
    return "–" if x is None else f"{x + 0.0:.7g}"  # -0.0 as 0


def show_error(error: float) -> str:
    """Return a relative error as reports print it."""
    return f"{error:.2g}"


def shorten(text: str, longest: int = 36) -> str:
    """Return a text cut to a table's width."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class Report(Verdict):
    """Rows with a verdict each; true if all are right.

    `str` gives a table of text, a notebook shows one of HTML, `assert_ok` raises unless all is right.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[_Row]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every row is right."""
        return all(row.ok for row in self.rows)

    @property
    def max_error(self) -> float:
        """The greatest relative error of all rows; NaN if one is NaN, 0 without rows."""
        errors = [row.relative_error for row in self.rows]
        return math.nan if any(map(math.isnan, errors)) else max(errors, default=0.0)

    def _verdict(self, row: Any) -> str:
        return "ok" if row.ok else "WRONG"

    def _heading(self) -> str:
        right = sum(row.ok for row in self.rows)
        about = f"worst error {show_error(self.max_error)}, tolerance {show_error(self.tolerance)}"
        return f"{self.title}: {right} of {len(self.rows)} right ({about})"

    def _shown(self) -> tuple[list[_Row], str]:
        """Return the rows to print, in order, and what is said about those left out."""
        if len(self.rows) <= MOST_ROWS:
            return list(self.rows), ""
        worst = sorted(self.rows, key=lambda row: (row.ok, -row.relative_error))[:MOST_ROWS]
        chosen = {id(row) for row in worst}
        others = [row for row in self.rows if id(row) not in chosen]
        about = "all of them right" if all(row.ok for row in others) else "not all of them right"
        return [row for row in self.rows if id(row) in chosen], f"… and {len(others)} more rows, {about}: see .rows"

    def _table(self, rows: Sequence[_Row]) -> tuple[tuple[str, ...], list[Line]]:
        """Return the header and a line for each row, without columns in which none of them says anything."""
        cells = [(*row.cells, self._verdict(row)) for row in rows]
        kept = [not rows or any(column) for column in zip(*cells, strict=True)] or [True] * (len(self.header) + 1)
        lines = [
            Line(tuple(compress(each, kept)), row.remark, "" if row.ok else "bad")
            for row, each in zip(rows, cells, strict=True)
        ]
        return tuple(compress((*self.header, ""), kept)), lines

    def _passages(self) -> Iterator[Passage]:
        rows, rest = self._shown()
        yield Heading(self._heading())
        yield Table(*self._table(rows))
        if rest:
            yield Paragraph(rest)
