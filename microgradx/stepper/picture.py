"""The picture that is stepped through: as `draw` draws it, with marks by which the script finds its parts."""

from __future__ import annotations

from dataclasses import dataclass

from ..draw.box import Sketch
from ..draw.layout import runs
from ..draw.svg import MARGIN, PAPER, paint_box, plan, rect, root, wire


@dataclass(frozen=True)
class Picture:
    """An SVG, from left to right: `<g data-box>` is a box with the ends of its arrows, `<g data-wire>` a piece of one.

    `runs` holds for each arrow of the sketch the pieces that it runs along.
    """

    svg: str
    height: float
    runs: list[list[int]]


def picture(sketch: Sketch) -> Picture:
    """Return the picture of a sketch, by the built-in layout."""
    at = plan(sketch, "LR")
    x, y = at.left - MARGIN, at.top - MARGIN
    width, height = at.right - at.left + 2 * MARGIN, at.bottom - at.top + 2 * MARGIN
    parts = [root(width, height, x, y), rect(x, y, width, height, f'fill="{PAPER}"', 0.0)]
    wires = [f'<g data-wire="{i}">{wire(points, arrow, False)}</g>\n' for i, (points, arrow, _) in enumerate(at.links)]
    parts += ["<g>", *wires, "</g>\n"]
    for i, (box, middle) in enumerate(zip(sketch.boxes, at.middles, strict=True)):
        parts.append(f'<g data-box="{i}">{paint_box(box, *middle, "LR")}</g>\n')
    begins = {tuple(points[0]) for points, _, _ in at.links}
    pieces = [(points, tuple(points[-1]) not in begins) for points, _, _ in at.links]
    return Picture("".join([*parts, "</svg>\n"]), height, runs(pieces))
