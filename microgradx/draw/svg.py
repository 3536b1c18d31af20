"""SVG by hand: boxes, the wires between them, and whole pictures from the built-in layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .layout import Point, layout
from .metrics import FONT, markup, shorten
from .sketch import GAP, LINE, ROW, SMALL, TITLE, Box, Sketch

# Colours that stay apart in print and for the colour-blind; on white paper everywhere, so dark pages do no harm.
PAPER, INK, QUIET, LINK, SIGNAL = "#ffffff", "#1b2733", "#5c6773", "#7d8894", "#a8321c"
EDGE = {"leaf": "#b9851f", "node": "#4d7fbd"}
FILL = {"leaf": "#ffe7b0", "node": "#d5e5fa", "constant": "#eef0f2", "rest": "#eef0f2"}
MARGIN, TIP, ROUND = 10.0, 6.0, 6.0


def root(width: float, height: float, x: float = 0.0, y: float = 0.0) -> str:
    """Return the opening tag of a picture of this size in pixels, which shrinks to a narrower page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}" '
        f'font-family="{FONT}" style="max-width:100%;height:auto">\n'
    )


def text(x: float, y: float, content: str, size: float = ROW, fill: str = INK, anchor: str = "middle") -> str:
    """Return one line of text whose content is markup already; y is its baseline."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{fill}">{content}</text>\n'


def rect(x: float, y: float, width: float, height: float, style: str, radius: float = ROUND) -> str:
    """Return a rectangle; `style` holds its other attributes, `radius` is that of its corners."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" {style}/>\n'


def paint(sketch: Sketch) -> str:
    """Return the picture of a sketch by the built-in layout."""
    direction = sketch.direction
    sizes = [box.size(direction) for box in sketch.boxes]
    down = direction == "TB"
    arrows = [(a.tail, a.head, sketch.boxes[a.head].port(a.port, direction)) for a in sketch.arrows]
    middles, wires = layout([size[::-1] for size in sizes] if down else sizes, arrows)
    if down:
        middles = [(x, y) for y, x in middles]
    left, right = _extent((x, w) for (x, _), (w, _) in zip(middles, sizes, strict=True))
    top, bottom = _extent((y, h) for (_, y), (_, h) in zip(middles, sizes, strict=True))
    parts = [root(right - left, bottom - top, left, top)]
    parts.append(rect(left, top, right - left, bottom - top, f'fill="{PAPER}"', 0.0))
    parts += [wire(points, arrow, down) for points, arrow in wires]
    parts += [paint_box(box, x, y, direction) for box, (x, y) in zip(sketch.boxes, middles, strict=True)]
    return "".join([*parts, "</svg>\n"])


def _extent(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    ends = [(middle - length / 2, middle + length / 2) for middle, length in spans]
    return min(low for low, _ in ends) - MARGIN, max(high for _, high in ends) + MARGIN


def wire(points: Sequence[Point], arrow: bool, down: bool) -> str:
    """Return a link through four points (along, across): straight within its layers, a smooth curve between them."""
    start, leave, (entry, _), (tip, across) = points
    stop = tip - TIP if arrow else tip
    entry = min(entry, stop)
    half = (leave[0] + entry) / 2

    def at(*places: Point) -> str:
        return " ".join(f"{y:.1f},{x:.1f}" if down else f"{x:.1f},{y:.1f}" for x, y in places)

    curve = at((half, leave[1]), (half, across), (entry, across))
    line = f"M{at(start)}L{at(leave)}C{curve}L{at((stop, across))}"
    head = at((tip, across), (stop, across - TIP / 2), (stop, across + TIP / 2))
    return (
        f'<g class="edge"><path d="{line}" fill="none" stroke="{LINK}" stroke-width="1.3"/>'
        + (f'<polygon points="{head}" fill="{LINK}"/>' if arrow else "")
        + "</g>\n"
    )


def paint_box(box: Box, x: float, y: float, direction: str) -> str:
    """Return one box with its middle at (x, y); its hint shows under the pointer."""
    width, height = box.size(direction)
    painter = {"constant": _paint_pill, "rest": _paint_pill, "summary": _paint_summary}.get(box.kind, _paint_card)
    content = painter(box, x - width / 2, y - height / 2, direction)
    return f'<g class="box {box.kind}"><title>{markup(box.hint, lines=True)}</title>\n{content}</g>\n'


def _paint_pill(box: Box, x: float, y: float, direction: str) -> str:
    width, height = box.size(direction)
    dash = f' stroke="{QUIET}" stroke-dasharray="3 2"' if box.kind == "rest" else ""
    pill = rect(x, y, width, height, f'fill="{FILL[box.kind]}"{dash}', height / 2)
    return pill + text(x + width / 2, y + 14.0, markup(box.rows[0]), SMALL, QUIET)


def _paint_card(box: Box, x: float, y: float, direction: str) -> str:
    """Paint a node: its title on a coloured band, its numbers below."""
    width, height = box.size(direction)
    left, above = box.indent(direction)
    middle = x + (left + width) / 2
    edge = EDGE[box.kind]
    parts = [rect(x, y, width, height, f'fill="{PAPER}" stroke="{edge}" stroke-width="{2.4 if box.output else 1.2}"')]
    if box.head:
        side = above + box.head - ROUND
        corner = f"a{ROUND:g},{ROUND:g} 0 0 1 "
        band = (
            f"M{x:.1f},{y + side + ROUND:.1f}v{-side:.1f}{corner}{ROUND:g},{-ROUND:g}"
            f"h{width - 2 * ROUND:.1f}{corner}{ROUND:g},{ROUND:g}v{side:.1f}z"
        )
        parts.append(f'<path d="{band}" fill="{FILL[box.kind]}" stroke="{edge}" stroke-width="0.6"/>\n')
        parts.append(text(middle, y + above + 16.0, _title(box), TITLE))
    for i, row in enumerate(box.rows):
        baseline = y + above + box.head + 4.0 + LINE * (i + 0.75)
        parts.append(text(middle, baseline, markup(row), ROW, SIGNAL if i else INK))
    return "".join([*parts, *_order_marks(box, x, y, direction)])


def _title(box: Box) -> str:
    label = f'<tspan font-weight="bold">{markup(box.label)}</tspan>' if box.label else ""
    gap = f' dx="{GAP:g}"' if box.label else ""
    return label + (f"<tspan{gap}>{markup(box.symbol)}</tspan>" if box.symbol else "")


def _order_marks(box: Box, x: float, y: float, direction: str) -> Iterable[str]:
    """Number the arrows where they arrive, if exchanging the operands would change the value."""
    width, height = box.size(direction)
    for i in range(box.ports if box.ordered else 0):
        offset = box.port(i, direction)
        at = (x + 6.5, y + height / 2 + offset + 3.0) if direction == "LR" else (x + width / 2 + offset, y + 9.0)
        yield text(*at, str(i + 1), 9.0, QUIET)


def _paint_summary(box: Box, x: float, y: float, direction: str) -> str:
    """Paint the number of nodes of each operation as bars, and how to see more."""
    counts = [(int(count), symbol) for count, _, symbol in (row.partition(" ") for row in box.rows)]
    width, height = box.size(direction)
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
