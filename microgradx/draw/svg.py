"""SVG by hand: boxes, arrows between them, and whole pictures from the built-in layout."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Point, layout
from .metrics import FONT, markup
from .sketch import GAP, LINE, ROW, SMALL, TITLE, Box, Sketch

PAPER, INK, QUIET, LINK = "#ffffff", "#1b2733", "#5c6773", "#7d8894"
EDGE = {"leaf": "#b9851f", "node": "#4d7fbd"}
HEADER = {"leaf": "#ffe7b0", "node": "#d5e5fa"}
SIGNAL = "#a8321c"
MARGIN = 10.0


def document(body: str, width: float, height: float, x: float = 0.0, y: float = 0.0) -> str:
    """Return an SVG file of this size in pixels, which shrinks to a narrower page; the paper is white everywhere."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}" font-family="{FONT}" style="max-width:100%;height:auto">\n'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{PAPER}"/>\n{body}</svg>\n'
    )


def text(x: float, y: float, content: str, size: float = ROW, fill: str = INK, anchor: str = "middle") -> str:
    """Return one line of text whose content is markup already; y is its baseline."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{fill}">{content}</text>\n'


def paint(sketch: Sketch, direction: str) -> str:
    """Return the picture of a sketch by the built-in layout."""
    sizes = [box.size(direction) for box in sketch.boxes]
    turned = direction == "TB"
    arrows = [(a.tail, a.head, sketch.boxes[a.head].port(a.port, direction)) for a in sketch.arrows]
    middles, wires = layout([(h, w) if turned else (w, h) for w, h in sizes], arrows)
    if turned:
        middles = [(y, x) for x, y in middles]
    body = [wire([(y, x) for x, y in points] if turned else points, arrow, turned) for points, arrow in wires]
    body += [paint_box(box, x, y, direction) for box, (x, y) in zip(sketch.boxes, middles, strict=True)]
    left, right = _extent([(x, w) for (x, _), (w, _) in zip(middles, sizes, strict=True)])
    top, bottom = _extent([(y, h) for (_, y), (_, h) in zip(middles, sizes, strict=True)])
    return document("".join(body), right - left, bottom - top, left, top)


def _extent(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(m - s / 2 for m, s in spans) - MARGIN, max(m + s / 2 for m, s in spans) + MARGIN


def wire(points: Sequence[Point], arrow: bool, turned: bool) -> str:
    """Return a link through four points: straight within its layers, a smooth curve between them."""
    start, leave, enter, end = points
    tip = 6.0 if arrow else 0.0
    half = ((leave[0] + enter[0]) / 2, (leave[1] + enter[1]) / 2)
    bends = ((leave[0], half[1]), (enter[0], half[1])) if turned else ((half[0], leave[1]), (half[0], enter[1]))
    stop = (end[0], end[1] - tip) if turned else (end[0] - tip, end[1])
    if enter == end:
        enter = stop
    path = f"M{_at(start)}L{_at(leave)}C{_at(bends[0])} {_at(bends[1])} {_at(enter)}L{_at(stop)}"
    parts = [f'<path d="{path}" fill="none" stroke="{LINK}" stroke-width="1.3"/>']
    if arrow:
        wings = [(stop[0] - 3, stop[1]), (stop[0] + 3, stop[1])] if turned else [(stop[0], stop[1] - 3), (stop[0], stop[1] + 3)]
        parts.append(f'<polygon points="{" ".join(map(_at, [end, *wings]))}" fill="{LINK}"/>')
    return f'<g class="edge">{"".join(parts)}</g>\n'


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def paint_box(box: Box, x: float, y: float, direction: str) -> str:
    """Return one box with its middle at (x, y); its hint shows under the pointer."""
    width, height = box.size(direction)
    painter = {"constant": _paint_pill, "rest": _paint_pill, "summary": _paint_summary}.get(box.kind, _paint_card)
    content = painter(box, x - width / 2, y - height / 2, direction)
    return f'<g class="box {box.kind}"><title>{markup(box.hint)}</title>\n{content}</g>\n'


def _rect(x: float, y: float, width: float, height: float, style: str, round_: float = 6.0) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_:g}" {style}/>\n'


def _paint_pill(box: Box, x: float, y: float, direction: str) -> str:
    width, height = box.size(direction)
    dash = f' stroke="{QUIET}" stroke-dasharray="3 2"' if box.kind == "rest" else ""
    return _rect(x, y, width, height, f'fill="#eef0f2"{dash}', 10.0) + text(
        x + width / 2, y + 14.0, markup(box.rows[0]), SMALL, QUIET
    )


def _paint_card(box: Box, x: float, y: float, direction: str) -> str:
    width, height = box.size(direction)
    edge = EDGE[box.kind]
    parts = [_rect(x, y, width, height, f'fill="{PAPER}" stroke="{edge}" stroke-width="{2.4 if box.output else 1.2}"')]
    marks = [text_at for text_at in _order_marks(box, x, y, direction)]
    indent = 7.0 if marks and direction == "LR" else 0.0
    shift = 9.0 if marks and direction == "TB" else 0.0
    middle = x + width / 2 + indent
    if box.head:
        band = box.head + shift
        parts.append(
            f'<path d="M{x:.1f},{y + band:.1f}v{6 - band:.1f}a6,6 0 0 1 6,-6h{width - 12:.1f}a6,6 0 0 1 6,6v{band - 6:.1f}z" '
            f'fill="{HEADER[box.kind]}" stroke="{edge}" stroke-width="0.6"/>\n'
        )
        parts.append(text(middle, y + shift + 16.0, _title(box), TITLE))
    for i, row in enumerate(box.rows):
        baseline = y + shift + box.head + 4.0 + LINE * (i + 0.75)
        parts.append(text(middle, baseline, markup(row), ROW, SIGNAL if i else INK))
    return "".join(parts + marks)


def _title(box: Box) -> str:
    symbol = markup(box.symbol)
    if not box.label:
        return symbol
    label = f'<tspan font-weight="bold">{markup(box.label)}</tspan>'
    return label + (f'<tspan dx="{GAP:g}">{symbol}</tspan>' if symbol else "")


def _order_marks(box: Box, x: float, y: float, direction: str) -> list[str]:
    """Number the arrows where they arrive, if exchanging the operands would change the value."""
    width, height = box.size(direction)
    marks = []
    for i in range(box.ports if box.ordered else 0):
        offset = box.port(i, direction)
        at = (x + 6.5, y + height / 2 + offset + 3.0) if direction == "LR" else (x + width / 2 + offset, y + 9.0)
        marks.append(text(*at, str(i + 1), 9.0, QUIET))
    return marks


def _paint_summary(box: Box, x: float, y: float, direction: str) -> str:
    return ""
