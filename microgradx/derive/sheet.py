"""A derivation as HTML with MathML: headings, and tables of equations."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .mathml import mathml

if TYPE_CHECKING:
    from .lines import Line


def sheet(parts: Sequence[tuple[str, list[Line], int]], slide: bool) -> str:
    """Return parts, each a heading, lines, and how many were left out, one below the other; of a slide side by side."""
    blocks = []
    for heading, lines, left_out in parts:
        title = f'<div style="{_TITLE}">{heading}</div>'
        if heading == "Given":
            more = f" … and {left_out} more" if left_out else ""
            inside = ", ".join(f'<span style="white-space:nowrap">{line.html}</span>' for line in lines) + more
            blocks.append(f'<div style="margin:0 0 .8em">{title}{inside}</div>')
            continue
        rows = "".join(_row(line, slide) for line in lines)
        rows += f'<tr><td colspan="3" style="{_CELL}">⋯ {left_out} more</td></tr>' if left_out else ""
        blocks.append(f'<div style="margin:0 0 .8em">{title}<table style="{_TABLE}">{rows}</table></div>')
    longest = max((len(lines) for _, lines, _ in parts), default=1)
    style = f"font-size:{min(2.0, 16 / longest):.2f}em;{_SLIDE}" if slide else _PAGE
    return f'<div style="{style}">{"".join(blocks)}</div>'


def paper(content: str) -> str:
    """Return a page of its own around a sheet."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Derivation of a gradient</title>'
        "<style>:root{color-scheme:light dark}body{font-family:system-ui,sans-serif;margin:1.5em}</style></head>\n"
        f"<body>{content}</body></html>\n"
    )


_TITLE = "font-weight:600;font-size:.85em;letter-spacing:.04em;opacity:.75;margin:.2em 0 .3em"
_TABLE = "border-collapse:collapse;border:none;margin:0;font-size:inherit"  # which pages without a doctype reset
_CELL = "border:none;background:none;padding:.3em 0;text-align:left;vertical-align:middle;white-space:nowrap"
_PAGE = "font-size:1.1em;line-height:1.5;overflow-x:auto;max-width:100%"
_SLIDE = "line-height:1.5;display:flex;flex-wrap:wrap;gap:0 3.5em;overflow-x:auto;max-width:100%"


def _row(line: Line, slide: bool) -> str:
    left, equals, right = line.tex.partition(" = ")
    numbers = line.numbers_tex.split(" = ")
    cells = [(f"{_CELL};text-align:right", mathml(left, display=True))]
    cells.append(
        (
            f"{_CELL};padding-left:.35em",
            mathml(f"= {right if equals else numbers[0] if slide else line.numbers_tex}", display=True),
        )
    )
    if not slide:
        found = mathml(f"= {line.numbers_tex}", display=True) if equals else ""
        shape = f'<span style="opacity:.7;padding-left:1.5em">{mathml(line.shape)}</span>' if line.shape else ""
        cells.append((f"{_CELL};padding-left:.35em", found + shape))
    words = html.escape(line.text if slide else str(line))
    return f'<tr aria-label="{words}">' + "".join(f'<td style="{style}">{cell}</td>' for style, cell in cells) + "</tr>"
