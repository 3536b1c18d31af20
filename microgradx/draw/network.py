"""A network as circles and lines: units in columns, and a line for each weight, as wide as the weight is large."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise, product
from operator import itemgetter
from os import PathLike
from pathlib import Path
from typing import Any

from ..engine import Value
from ..files import write_atomically
from .cards import IDLE, INK, MINUS, PAPER, PLUS, QUIET, color_of, rect, text
from .columns import MOST, SIDE, Column, network
from .layout import Point
from .metrics import markup, number, text_width
from .svg import root

RADIUS = 23.0  # of a circle
HEADINGS, FOOT, ARC = 58.0, 40.0, 30.0  # heights above and below the circles, and of the arc of a skip connection
SMALL = 10.0  # font size of biases and notes


class NetworkPicture:
    """The picture of a network, which a notebook shows; `svg()` returns it and `save(path)` writes it."""

    def __init__(self, svg: str, text: str) -> None:
        self._svg = svg
        self._text = text

    def svg(self) -> str:
        """Return the picture as SVG."""
        return self._svg

    def text(self) -> str:
        """Return the network's table of layers and parameters."""
        return self._text

    __repr__ = text

    def save(self, path: str | PathLike[str]) -> str:
        """Write the picture to a file whose name ends in .svg, and return its path; ValueError for another end."""
        if Path(path).suffix.lower() != ".svg":
            raise ValueError(
                f"the picture of a network is written as SVG, and {str(path)!r} does not end in .svg; save it as "
                f'"{Path(path).stem or "network"}.svg", and print that from a browser, or convert it with '
                f"inkscape or rsvg-convert"
            )
        write_atomically(Path(path), self._svg.encode())
        return str(path)

    _repr_svg_ = svg

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        bundle = {"image/svg+xml": self._svg, "text/plain": self._text}
        wanted = set(bundle if include is None else include) - set(exclude or ())
        return {kind: content for kind, content in bundle.items() if kind in wanted}


def draw_network(model: Any, x: Sequence[Any] | None = None, *, updates: bool = False) -> NetworkPicture:
    """Return the picture of an MLP, a Layer or a Neuron, or a Sequential or Residual of these.

    A line's width is |w|, blue for w > 0 and orange for w < 0; the pointer on a line or circle shows its numbers. With
    an input x the circles hold its activations. With `updates` too, what no output depends on at x, to first order, is
    grey: these weights and biases get no update from this example (dead ReLUs: 6.390, lecture 6). A skip connection is
    an arc below the columns. Of more than 10 units in a layer the first 7 and the last are drawn.

    TypeError for other models and for an x that is no list of numbers, ShapeError if x does not fit, ValueError for
    updates without x.

    >>> from microgradx.nn import MLP
    >>> draw_network(MLP(2, [3, 1])).svg().count("<circle")
    6
    """
    if updates and x is None:
        raise ValueError("updates=True shows which weights an example x updates: write draw_network(model, x, ...)")
    net = network(model, x)
    columns, idle = net.columns, net.idle() if updates else set()
    tallest = max(max(column.places().values()) for column in columns)
    width, height = columns[-1].x + SIDE, HEADINGS + 2 * (tallest + RADIUS) + FOOT + ARC * len(net.skips)
    middle = HEADINGS + tallest + RADIUS
    widest = _largest(w.data for column in columns for neuron in column.neurons for w in neuron.w)
    parts = [root(width, height), rect(0.0, 0.0, width, height, f'fill="{PAPER}"', 0.0)]
    parts += [
        _arc(columns[i], columns[j], middle, middle + tallest + RADIUS + 18.0 + ARC * (k + 0.5))
        for k, (i, j) in enumerate(net.skips)
    ]
    parts += _lines(columns, middle, widest, idle)
    parts += [_column(column, middle, idle) for column in columns]
    parts += [_legend(width / 2, height - 12.0, widest, bool(idle)), "</svg>\n"]
    return NetworkPicture("".join(parts), repr(model))


def _arc(start: Column, end: Column, middle: float, y: float) -> str:
    """Paint a skip connection from below one column to below another."""
    top = [middle + max(c.places().values()) + RADIUS + (18.0 if c.neurons else 4.0) for c in (start, end)]
    turn = min(30.0, (end.x - start.x) / 3)
    path = (
        f"M{start.x:.1f},{top[0]:.1f}C{start.x:.1f},{y:.1f} {start.x:.1f},{y:.1f} {start.x + turn:.1f},{y:.1f}"
        f"L{end.x - turn:.1f},{y:.1f}C{end.x:.1f},{y:.1f} {end.x:.1f},{y:.1f} {end.x:.1f},{top[1] + 6.0:.1f}"
    )
    tip = f"{end.x:.1f},{top[1]:.1f} {end.x - 3.5:.1f},{top[1] + 7.0:.1f} {end.x + 3.5:.1f},{top[1] + 7.0:.1f}"
    return (
        f'<g class="skip"><title>skip connection: x + f(x)</title><path d="{path}" fill="none" stroke="{QUIET}" '
        f'stroke-width="1.5"/><polygon points="{tip}" fill="{QUIET}"/></g>\n'
    )


def _column(column: Column, middle: float, idle: Collection[int]) -> str:
    """Paint the headings and circles of one column."""
    parts = [
        text(column.x, 20.0, f'<tspan font-weight="bold">{column.title}</tspan>', 13.0),
        text(column.x, 37.0, markup(column.subtitle), 12.0, QUIET),
    ]
    for unit, place in column.places().items():
        y = middle + place
        if unit < 0:
            parts.append(text(column.x, y + 2.0, "⋮", 18.0, QUIET))
            parts.append(text(column.x, y + 18.0, f"{column.size - MOST + 2:,} more", SMALL, QUIET))
        else:
            parts.append(_unit(column, unit, y, idle))
    return "".join(parts)


def _unit(column: Column, unit: int, y: float, idle: Collection[int]) -> str:
    """Paint one circle with its activation, or else its name, and the bias below."""
    hint = f"{column.title}, unit {unit + 1}"
    content = f"unit {unit + 1}" if column.neurons else f"x{unit + 1}"  # a number alone would be an activation
    below, fill, line, ink = "", f'fill="{PAPER}"', f'stroke="{INK}"', INK
    if column.activations:
        a = column.activations[unit]
        hint += f"\nactivation {a!r}"
        content = number(a, 3)
        fill = f'fill="{color_of(a)}" fill-opacity="{0.4 * _share(a, _largest(column.activations)):.2f}"'
    if column.neurons:
        b = column.neurons[unit].b.data
        hint += f"\nbias {b!r}"
        if id(column.neurons[unit].b) in idle:
            hint += "\nno update from this input"
            line, ink = f'stroke="{IDLE}" stroke-dasharray="4 3"', QUIET
        below = text(column.x, y + RADIUS + 12.0, f"b {number(b, 2)}", SMALL, ink)
    size = min(12.0, 12.0 * 40.0 / text_width(content, 12.0))
    circle = f'<circle cx="{column.x:.1f}" cy="{y:.1f}" r="{RADIUS:g}" {line} stroke-width="1.2" {fill}/>\n'
    inside = text(column.x, y + 0.35 * size, content, round(size, 1), ink)
    return f'<g class="unit"><title>{markup(hint, lines=True)}</title>\n{circle}{inside}{below}</g>\n'


def _lines(columns: Sequence[Column], middle: float, widest: float, idle: Collection[int]) -> list[str]:
    """Paint the weights, large over small and grey ones below, and their numbers where these cannot overlap."""
    written = all(head.size <= 3 and tail.size <= 6 for tail, head in pairwise(columns))
    lines, numbers = [], []
    for tail, head in pairwise(columns):
        for (i, y), (j, z) in product(tail.places().items(), head.places().items()):
            if i >= 0 and j >= 0:
                w = head.neurons[j].w[i]
                # From side to side, not from middle to middle: that keeps lines off the biases below the circles.
                start, end = (tail.x + RADIUS, middle + y), (head.x - RADIUS, middle + z)
                grey = id(w) in idle
                lines.append((-1.0 if grey else abs(w.data), _line(start, end, w, widest, grey)))
                numbers += [_number_on_line(start, end, w.data, grey)] if written else []
    return [line for _, line in sorted(lines, key=itemgetter(0))] + numbers


def _line(start: Point, end: Point, w: Value, widest: float, grey: bool) -> str:
    color = f'{IDLE}" stroke-dasharray="5 4' if grey else color_of(w.data)
    note = ", no update from this input" if grey else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{color}" stroke-width="{0.5 + 4.5 * _share(w.data, widest):.2f}" stroke-opacity="0.8">'
        f"<title>{markup(w.label or 'weight')} = {w.data!r}{note}</title></line>\n"
    )


def _number_on_line(start: Point, end: Point, w: float, grey: bool) -> str:
    x, y = (0.75 * start[0] + 0.25 * end[0], 0.75 * start[1] + 0.25 * end[1])
    width = text_width(number(w, 3), SMALL)
    paper = rect(x - width / 2, y - 6.0, width, 12.0, f'fill="{PAPER}"', 3.0)
    return paper + text(x, y + 3.5, number(w, 3), SMALL, QUIET if grey else color_of(w))


def _legend(x: float, y: float, widest: float, idle: bool) -> str:
    grey = '<tspan dx="12">grey: no update</tspan>' if idle else ""
    content = (
        f'<tspan fill="{PLUS}">w &gt; 0</tspan><tspan dx="12" fill="{MINUS}">w &lt; 0</tspan>'
        f'<tspan dx="12">the widest line is |w| = {number(widest, 3)}</tspan>{grey}'
    )
    return text(x, y, content, SMALL, QUIET)


def _largest(numbers: Iterable[float]) -> float:
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def _share(x: float, largest: float) -> float:
    """Return |x| as a share of the largest, from 0 to 1; of NaN and inf too."""
    return min(abs(x) / largest, 1.0) if largest and math.isfinite(x) else float(bool(x))
