"""SVG by hand: whole pictures from the built-in layout, and the arrows in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .box import APART, ROW, Box, Sketch
from .box import TIP as TIP
from .cards import EDGE as EDGE
from .cards import FILL as FILL
from .cards import IDLE, paint_card, painted_partial
from .cards import INK as INK
from .cards import LINK as LINK
from .cards import PAPER as PAPER
from .cards import QUIET as QUIET
from .cards import SIGNAL as SIGNAL
from .cards import rect as rect
from .cards import text as text
from .layout import Point, layout, runs
from .metrics import FONT, markup, text_width

MARGIN = 10.0
GROUND = "#f7f9f7"  # of a frame
TITLE_BAR, STRIP = 20.0, 26.0  # of a frame: height of its title; between its border and what is inside


def root(width: float, height: float, x: float = 0.0, y: float = 0.0) -> str:
    """Return the opening tag of a picture of this size in pixels, which shrinks to a narrower page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}" '
        f'font-family="{FONT}" style="max-width:100%;height:auto">\n'
    )


@dataclass(slots=True)
class Plan:
    """Where everything stands: the middles of boxes as (x, y), links as (points (along, across), arrow, grey)."""

    middles: list[Point]
    links: list[tuple[list[Point], bool, bool]]
    left: float
    top: float
    right: float
    bottom: float


def plan(sketch: Sketch, direction: str, pins: int = 0) -> Plan:
    """Return where the built-in layout puts the boxes and links of a sketch."""
    boxes, down = sketch.boxes, direction == "TB"
    sizes = [box.size(direction) for box in boxes]
    arrows = [
        (a.tail, a.head, boxes[a.head].port(a.port, direction), boxes[a.tail].exit(a.exit, direction))
        for a in sketch.arrows
    ]
    middles, links = layout([size[::-1] for size in sizes] if down else sizes, arrows, pins)
    if down:
        middles = [(x, y) for y, x in middles]
    colored = {i for arrow, run in zip(sketch.arrows, runs(links), strict=True) if not arrow.grey for i in run}
    # Where partials stand before a box, the last piece of an arrow is painted with them.
    headless = {head for head, box in enumerate(boxes) if box.kind == "pin" or any(box.apron(direction))}
    heads = (arrow.head for arrow in sketch.arrows)
    wires = [(points, ends and next(heads) not in headless, i not in colored) for i, (points, ends) in enumerate(links)]
    left, right = _extent((x, w) for (x, _), (w, _) in zip(middles, sizes, strict=True))
    top, bottom = _extent((y, h) for (_, y), (_, h) in zip(middles, sizes, strict=True))
    return Plan(middles, wires, left, top, right, bottom)


def _extent(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    ends = [(middle - length / 2, middle + length / 2) for middle, length in spans]
    return min(low for low, _ in ends), max(high for _, high in ends)


def paint(sketch: Sketch) -> str:
    """Return the picture of a sketch by the built-in layout."""
    at = plan(sketch, sketch.direction)
    x, y = at.left - MARGIN, at.top - MARGIN
    width, height = at.right - at.left + 2 * MARGIN, at.bottom - at.top + 2 * MARGIN
    paper = rect(x, y, width, height, f'fill="{PAPER}"', 0.0)
    return "".join([root(width, height, x, y), paper, _painted(sketch, at, sketch.direction, 0.0, 0.0), "</svg>\n"])


def _painted(sketch: Sketch, at: Plan, direction: str, dx: float, dy: float) -> str:
    """Return arrows and boxes, moved by (dx, dy)."""
    down = direction == "TB"
    moved = (dy, dx) if down else (dx, dy)
    parts = [
        wire([(along + moved[0], across + moved[1]) for along, across in points], arrow, down, grey)
        for points, arrow, grey in sorted(at.links, key=lambda link: not link[2])  # coloured ones over grey ones
    ]
    parts += [paint_box(box, x + dx, y + dy, direction) for box, (x, y) in zip(sketch.boxes, at.middles, strict=True)]
    return "".join(parts)


def wire(points: Sequence[Point], arrow: bool, down: bool, grey: bool = False) -> str:
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
    color, dash = (IDLE, ' stroke-dasharray="4 3"') if grey else (LINK, "")
    return (
        f'<g class="edge"><path d="{line}" fill="none" stroke="{color}" stroke-width="1.3"{dash}/>'
        + (f'<polygon points="{head}" fill="{color}"/>' if arrow else "")
        + "</g>\n"
    )


def paint_box(box: Box, x: float, y: float, direction: str) -> str:
    """Return one box, the partials before it included, with its middle at (x, y); its hint shows under the pointer."""
    if box.kind == "pin":
        return ""
    (width, height), (left, above) = box.size(direction), box.apron(direction)
    inside = (x - width / 2 + left, y - height / 2 + above)
    hint = f"<title>{markup(box.hint, lines=True)}</title>\n"
    if box.kind == "frame":
        return f'<g class="frame">{hint}{_paint_frame(box, *inside, direction)}</g>\n'
    card = f'<g class="box {box.kind}">{hint}{paint_card(box, *inside, direction)}</g>\n'
    return _stems(box, x, y, direction) + card if left or above else card


def _stems(box: Box, x: float, y: float, direction: str) -> str:
    """Paint the last piece of each arrow, with its partial beside it."""
    down = direction == "TB"
    width, height = box.size(direction)
    room = max(box.apron(direction))
    parts = []
    for i, partial in enumerate(box.written(direction)):
        begin = y - height / 2 if down else x - width / 2
        across = (x if down else y) + box.port(i, direction)
        ends = [(begin, across)] * 3 + [(begin + room, across)]
        parts.append(wire(ends, True, down, partial.grey))
        parts.append(painted_partial(partial.text, begin + room - TIP, across, down, partial.grey))
    return f'<g class="partials">{"".join(parts)}</g>\n'


def frame_size(title: str, inside: Sketch, ports: int, exits: int, direction: str) -> tuple[float, float]:
    """Return the size of a frame around this picture: room for its title, and for the way from border to pins."""
    at = plan(inside, direction, ports)
    width, height = at.right - at.left, at.bottom - at.top
    named = text_width(title, ROW, bold=True)
    if direction == "LR":
        side = max(height, APART * max(ports, exits))
        return max(width + 2 * STRIP, named + 20.0), side + TITLE_BAR + 12.0
    side = max(width, APART * max(ports, exits))  # the arrows pass the title in the middle
    return max(side + 24.0, 2 * named + 40.0), height + TITLE_BAR + 2 * STRIP


def _paint_frame(box: Box, x: float, y: float, direction: str) -> str:
    """Paint a border, a title, what is inside, and the ways between border and pins."""
    assert box.inside is not None
    down = direction == "TB"
    width, height = box.card(direction)
    at = plan(box.inside, direction, box.ports)
    dx = x + width / 2 - (at.left + at.right) / 2
    dy = y + height / 2 - (at.top + at.bottom) / 2 + (0.0 if down else TITLE_BAR / 2)
    title = f'<tspan font-weight="bold">{markup(box.label)}</tspan>'
    parts = [
        rect(x, y, width, height, f'fill="{GROUND}" stroke="{EDGE["formula"]}" stroke-width="1.2"', 10.0),
        text(x + 10.0, y + height - 8.0, title, ROW, anchor="start")
        if down
        else text(x + width / 2, y + 16.0, title, ROW),
    ]
    first, last = (y, y + height) if down else (x, x + width)
    middle = x + width / 2 if down else y + height / 2
    pins = [(py + dy, px + dx) if down else (px + dx, py + dy) for px, py in at.middles]
    flowing = {i for arrow in box.inside.arrows if not arrow.grey for i in (arrow.tail, arrow.head)}
    for i, (along, across) in enumerate(pins):
        leaving = i - len(pins) + box.exits
        if i < box.ports:
            ends = [(first, middle + box.port(i, direction)), (along, across)]
        elif leaving >= 0:
            ends = [(along, across), (last, middle + box.exit(leaving, direction))]
        else:
            continue
        parts.append(wire([end for end in ends for _ in range(2)], False, down, i not in flowing))
    return "".join([*parts, _painted(box.inside, at, direction, dx, dy)])
