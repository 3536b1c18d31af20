"""Tables as text and as HTML: what reports of several kinds are printed with."""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_EDGE = "text-align:left;vertical-align:top;padding:3px 12px 3px 6px;border-bottom:1px solid rgba(128,128,128,0.35)"
# Half-transparent, so that they can be read on light and on dark paper.
_SHADES = {"": "", "bad": ' style="background:rgba(220,50,40,0.22)"', "pale": ' style="opacity:0.7"'}
WIDTH = 80
"""How wide lines of text may be that can be broken."""
_SHORT = re.compile(r"\((?:[^()]|\([^()]*\)){,40}\)")


class Line(NamedTuple):
    """One line of a table: its cells, a remark below them, and a shade: none, "bad" or "pale"."""

    cells: tuple[str, ...]
    remark: str = ""
    shade: str = ""


def printable(text: Any, longest: int = 2000) -> str:
    """Return a text on one line, without what could steer a terminal, cut to a length.

    >>> printable("a\\nb\\x1b[31m", 5)
    'a b …'
    """
    line = "".join(c if c.isprintable() else " " for c in str(text)[: longest + 1])
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def paragraph(text: str, indent: str = "", hang: str = "") -> list[str]:
    """Return a text broken into lines, those after the first further in by `hang`; a factor (y - t) stays whole."""
    whole = _SHORT.sub(lambda found: found[0].replace(" ", "\xa0"), printable(text))
    wrapper = textwrap.TextWrapper(WIDTH, indent, indent + hang, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in wrapper.wrap(whole)]


def text_table(header: Sequence[str], lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of a table with aligned columns, each remark below its line.

    >>> print(*text_table(("layer", "dead"), [Line(("1", "25 %"), "one unit")]), sep="\\n")
    layer  dead
    1      25 %
        one unit
    """
    rows = [tuple(header), *(tuple(printable(cell) for cell in line.cells) for line in lines)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number and (remark := lines[number - 1].remark):
            yield from paragraph(remark, "    ")


def _width(text: str) -> int:
    """Return how many columns a text takes: a bar over a letter takes none."""
    return sum(not unicodedata.combining(c) for c in text)


def html_table(header: Sequence[str], lines: Sequence[Line]) -> str:
    """Return the table as HTML that scrolls by itself where it is wider than the page.

    Each cell knows the name of its column, for pages that are too narrow for columns.

    >>> "&lt;b&gt;" in html_table(("name",), [Line(("<b>",))])
    True
    """
    names = [html.escape(name) for name in header]
    head = "".join(f'<th style="{_EDGE}">{name}</th>' for name in names)
    body = "".join(_html_line(names, line) for line in lines)
    style = 'style="border-collapse:collapse;font-variant-numeric:tabular-nums"'
    table = f"<table {style}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div style="overflow-x:auto">{table}</div>'


def html_paragraph(text: str, *, strong: bool = False) -> str:
    """Return a text as a paragraph of HTML, in which it is inert."""
    inside = html.escape(printable(text))
    return f'<p style="margin:8px 6px;max-width:60rem">{f"<b>{inside}</b>" if strong else inside}</p>'


def _whole(remark: str) -> str:
    """Return a remark that is never wider than the screen, even below a line that is."""
    return f'<i style="display:inline-block;max-width:calc(100vw - 4rem)">{remark}</i>'


def _html_line(names: Sequence[str], line: Line) -> str:
    shade = _SHADES[line.shade]
    cells = "".join(
        f'<td style="{_EDGE}" data-name="{name}">{html.escape(printable(cell))}</td>'
        for name, cell in zip(names, line.cells, strict=True)
    )
    row = f"<tr{shade}>{cells}</tr>"
    if line.remark:
        remark = html.escape(printable(line.remark))
        row += f'<tr{shade}><td style="{_EDGE}" colspan="{len(line.cells)}">{_whole(remark)}</td></tr>'
    return row
