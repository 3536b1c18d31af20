"""The boxes of a picture in SVG: a title on a coloured band, numbers below, and the error signal by sign and size."""

from __future__ import annotations

from collections.abc import Iterable

from .box import GAP, LINE, PARTIAL, ROW, SMALL, TITLE, Box
from .metrics import markup, shorten, text_width

# Colours that stay apart in print and for the colour-blind; on white paper everywhere, so dark pages do no harm.
PAPER, INK, QUIET, LINK, SIGNAL = "#ffffff", "#1b2733", "#5c6773", "#7d8894", "#a8321c"
IDLE = "#b4bbc2"  # what no error signal reaches
PLUS, MINUS, ZERO = "#2f6fb5", "#cf6417", "#9aa3ab"
"""Numbers above 0, below 0, and 0 or none; for texts, darker."""
PLUS_INK, MINUS_INK = "#1d4f86", "#8f3f08"
EDGE = {"leaf": "#b9851f", "node": "#4d7fbd", "formula": "#5b7f5e"}
FILL = {"leaf": "#ffe7b0", "node": "#d5e5fa", "constant": "#eef0f2", "rest": "#eef0f2", "formula": "#dcebdc"}
ROUND = 6.0


def color_of(x: float) -> str:
    """Return the colour of a number's sign.

    >>> color_of(1.0) == PLUS, color_of(-1.0) == MINUS, color_of(float("nan")) == ZERO
    (True, True, True)
    """
    return PLUS if x > 0 else MINUS if x < 0 else ZERO


def text(x: float, y: float, content: str, size: float = ROW, fill: str = INK, anchor: str = "middle") -> str:
    """Return one line of text whose content is markup already; y is its baseline."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{fill}">{content}</text>\n'


def rect(x: float, y: float, width: float, height: float, style: str, radius: float = ROUND) -> str:
    """Return a rectangle; `style` holds its other attributes, `radius` is that of its corners."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" {style}/>\n'


def paint_card(box: Box, x: float, y: float, direction: str) -> str:
    """Return what is painted of a box whose left upper corner is (x, y)."""
    painter = {"constant": _paint_pill, "rest": _paint_pill, "summary": _paint_summary}.get(box.kind, _paint_node)
    return painter(box, x, y, direction)


def painted_partial(shown: str, along: float, across: float, down: bool, grey: bool) -> str:
    """Return a partial beside an arrow that ends at this place: above it, or over it if it runs down."""
    fill = QUIET if grey else INK
    if not shown:
        return ""
    if not down:
        return text(along - 2.0, across - 3.0, markup(shown), PARTIAL, fill, "end")
    width = text_width(shown, PARTIAL)
    paper = rect(across - width / 2, along - 13.0, width, 12.0, f'fill="{PAPER}"', 0.0)
    return paper + text(across, along - 4.0, markup(shown), PARTIAL, fill)


def _paint_pill(box: Box, x: float, y: float, direction: str) -> str:
    width, height = box.card(direction)
    dash = f' stroke="{QUIET}" stroke-dasharray="3 2"' if box.kind == "rest" else ""
    pill = rect(x, y, width, height, f'fill="{FILL[box.kind]}"{dash}', height / 2)
    return pill + text(x + width / 2, y + 14.0, markup(box.rows[0]), SMALL, QUIET)


def _paint_node(box: Box, x: float, y: float, direction: str) -> str:
    """Paint a node: its title on a coloured band, its numbers below."""
    width, height = box.card(direction)
    left, above = box.indent(direction)
    middle = x + (left + width) / 2
    edge, fill, ink = (IDLE, FILL["rest"], QUIET) if box.grey else (EDGE[box.kind], FILL[box.kind], INK)
    dash = ' stroke-dasharray="4 3"' if box.grey else ""
    outline = f'fill="{PAPER}" stroke="{edge}" stroke-width="{2.4 if box.output else 1.2}"{dash}'
    parts = [rect(x, y, width, height, outline)]
    if box.head:
        side = above + box.head - ROUND
        corner = f"a{ROUND:g},{ROUND:g} 0 0 1 "
        band = (
            f"M{x:.1f},{y + side + ROUND:.1f}v{-side:.1f}{corner}{ROUND:g},{-ROUND:g}"
            f"h{width - 2 * ROUND:.1f}{corner}{ROUND:g},{ROUND:g}v{side:.1f}z"
        )
        parts.append(f'<path d="{band}" fill="{fill}" stroke="{edge}" stroke-width="0.6"/>\n')
        parts.append(text(middle, y + above + 16.0, _title(box), TITLE, ink))
    for i, row in enumerate(box.rows):
        top = y + above + box.head + 4.0 + LINE * i
        if i and row.startswith(box.signal):
            parts.append(_paint_signal(box, row, middle, top))
        else:
            parts.append(text(middle, top + 0.75 * LINE, markup(row), ROW, ink))
    return "".join([*parts, *_order_marks(box, x, y, direction)])


def _paint_signal(box: Box, row: str, middle: float, top: float) -> str:
    """Paint the row of the error signal on a ground that is the deeper the larger it is."""
    ink = QUIET if box.grey or not box.tint else PLUS_INK if box.tint > 0 else MINUS_INK
    width = text_width(row, ROW) + 6.0
    ground = f'fill="{color_of(box.tint)}" fill-opacity="{0.08 + 0.3 * abs(box.tint):.2f}"'
    parts = [rect(middle - width / 2, top + 1.0, width, LINE - 2.0, ground, 3.0)] if box.tint else []
    return "".join([*parts, text(middle, top + 0.75 * LINE, markup(row), ROW, ink)])


def _title(box: Box) -> str:
    label = f'<tspan font-weight="bold">{markup(box.label)}</tspan>' if box.label else ""
    gap = f' dx="{GAP:g}"' if box.label else ""
    return label + (f"<tspan{gap}>{markup(box.symbol)}</tspan>" if box.symbol else "")


def _order_marks(box: Box, x: float, y: float, direction: str) -> Iterable[str]:
    """Number the arrows where they arrive, if exchanging the operands would change the value."""
    width, height = box.card(direction)
    for i in range(box.ports if box.ordered else 0):
        offset = box.port(i, direction)
        at = (x + 6.5, y + height / 2 + offset + 3.0) if direction == "LR" else (x + width / 2 + offset, y + 9.0)
        yield text(*at, str(i + 1), 9.0, QUIET)


def _paint_summary(box: Box, x: float, y: float, direction: str) -> str:
    """Paint the number of nodes of each operation as bars, and how to see more."""
    counts = [(int(count), symbol) for count, _, symbol in (row.partition(" ") for row in box.rows)]
    width, height = box.card(direction)
    parts = [rect(x, y, width, height, f'fill="{PAPER}" stroke="{EDGE["node"]}" stroke-width="1.2"')]
    parts.append(text(x + 10, y + 20, f'<tspan font-weight="bold">{markup(box.label)}</tspan>', TITLE, anchor="start"))
    for i, (count, symbol) in enumerate(counts):
        line = y + 30.0 + 18.0 * i
        bar = 140.0 * count / counts[0][0]
        color = EDGE["leaf" if symbol == "leaves" else "node"]
        parts.append(text(x + 100, line + 12, markup(shorten(symbol, 88.0, ROW)), ROW, anchor="end"))
        parts.append(rect(x + 108, line + 2, bar, 12, f'fill="{color}"', 2.0))
        parts.append(text(x + 114 + bar, line + 12, f"{count:,}", ROW, QUIET, "start"))
    for i, advice in enumerate(reversed(box.hint.splitlines())):
        parts.append(text(x + 10, y + height - 9 - 15 * i, markup(advice), SMALL, QUIET, "start"))
    return "".join(parts)
