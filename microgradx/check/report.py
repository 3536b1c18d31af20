"""What every check reports: rows with a verdict each, as text, as HTML, and as an assertion."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from ..tables import Verdict

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
    return "–" if x is None else f"{x:.7g}"


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

    def _lines(self) -> Iterator[str]:
        rows, rest = self._shown()
        table = [(*self.header, ""), *((*row.cells, self._verdict(row)) for row in rows)]
        table = [tuple(_printable(cell) for cell in line) for line in table]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        yield _printable(self._heading())
        for number, line in enumerate(table):
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            remark = rows[number - 1].remark if number else ""
            yield from textwrap.wrap(_printable(remark), 96, initial_indent="    ", subsequent_indent="    ")
        if rest:
            yield rest

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows, rest = self._shown()
        head = "".join(f"<th {_CELL}>{html.escape(name)}</th>" for name in (*self.header, ""))
        body = "".join(_html_row(row, self._verdict(row)) for row in rows)
        foot = f"<p>{html.escape(rest)}</p>" if rest else ""
        heading = f'<p style="margin:8px 6px">{html.escape(self._heading())}</p>'
        style = 'style="border-collapse:collapse;font-variant-numeric:tabular-nums"'
        table = f"<table {style}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'{heading}<div style="overflow-x:auto">{table}</div>{foot}'


_LINE = "text-align:left;padding:3px 12px 3px 6px;border-bottom:1px solid rgba(128,128,128,0.35)"
_CELL = f'style="{_LINE};white-space:nowrap"'


def _html_row(row: _Row, verdict: str) -> str:
    cells = "".join(f"<td {_CELL}>{html.escape(cell)}</td>" for cell in row.cells)
    # Half-transparent, so that it can be read on light and on dark paper.
    shade = "" if row.ok else ' style="background:rgba(220,50,40,0.22)"'
    line = f"<tr{shade}>{cells}<td {_CELL}><b>{verdict}</b></td></tr>"
    if row.remark:
        line += (
            f'<tr{shade}><td style="{_LINE}" colspan="{len(row.cells) + 1}"><i>{html.escape(row.remark)}</i></td></tr>'
        )
    return line


def _printable(text: Any) -> str:
    return "".join(c if c.isprintable() else " " for c in str(text))
