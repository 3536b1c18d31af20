"""Reports: what prints as text, and in a notebook as HTML, both from the same passages."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from .tables import Line, html_paragraph, html_table, paragraph, printable, text_table


class Passage(Protocol):
    """A part of a report, one below the other."""

    def text(self) -> Iterable[str]:
        """Return its lines."""

    def html(self) -> str:
        """Return it as HTML, in which its text is inert."""


class Heading(NamedTuple):
    """One line that stands out."""

    title: str

    def text(self) -> Iterable[str]:
        """Return the line."""
        return [printable(self.title)]

    def html(self) -> str:
        """Return a bold paragraph."""
        return html_paragraph(self.title, strong=True)


class Paragraph(NamedTuple):
    """Text that is broken into lines, each after an `indent` where it is printed as text."""

    words: str
    indent: str = ""

    def text(self) -> Iterable[str]:
        """Return the lines."""
        return paragraph(self.words, self.indent)

    def html(self) -> str:
        """Return a paragraph."""
        return html_paragraph(self.words)


class Table(NamedTuple):
    """A table; with a `summary` it is shown in a notebook alone, unfolded by a click on that."""

    header: Sequence[str]
    lines: Sequence[Line]
    indent: str = ""
    summary: str = ""

    def text(self) -> Iterable[str]:
        """Return the lines of aligned columns."""
        return () if self.summary else (f"{self.indent}{line}" for line in text_table(self.header, self.lines))

    def html(self) -> str:
        """Return a table that scrolls by itself."""
        table = html_table(self.header, self.lines)
        return f"<details><summary>{html.escape(self.summary)}</summary>{table}</details>" if self.summary else table


class Report:
    """What consists of passages: `str` and `repr` give their text, notebooks show their HTML.

    >>> class Marks(Report):
    ...     def _passages(self):
    ...         yield Heading("7 of 10")
    ...         yield Paragraph("<b> is inert", indent="  ")
    >>> Marks()
    7 of 10
      <b> is inert
    >>> "&lt;b&gt;" in Marks()._repr_html_()
    True
    """

    def _passages(self) -> Iterator[Passage]:
        """Yield the passages from top to bottom."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(line for passage in self._passages() for line in passage.text())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return "".join(passage.html() for passage in self._passages())


class Verdict(Report):
    """A report on a check: true, and `ok`, if nothing is wrong."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return self.ok

    def assert_ok(self) -> None:
        """Raise AssertionError with the whole text unless nothing is wrong."""
        if not self.ok:
            raise AssertionError(str(self))
