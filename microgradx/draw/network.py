"""A network as circles and lines: units in columns, and a line for each weight, as wide as the weight is large."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from operator import itemgetter
from pathlib import Path
from typing import Any

from ..engine import Value
from ..nn import MLP, Layer, Neuron
from .layout import Point
from .metrics import markup, number, text_width
from .svg import INK, PAPER, QUIET, rect, root, text

PAGE, SIDE = 900.0, 75.0  # width of a notebook; from its edge to the middle of the first column
RADIUS, STEP = 23.0, 64.0  # of a circle; from one to the next
HEADINGS, FOOT = 58.0, 40.0  # heights above and below the circles
SMALL = 10.0  # font size of biases and notes
MOST = 10  # so many units of a column are all drawn; of more, the first few and the last
PLUS, MINUS, ZERO = "#2f6fb5", "#cf6417", "#9aa3ab"


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

    def save(self, path: str | Path) -> None:
        """Write the picture to an SVG file."""
        Path(path).write_text(self._svg, encoding="utf-8")

    _repr_svg_ = svg

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        bundle = {"image/svg+xml": self._svg, "text/plain": self._text}
        wanted = set(bundle if include is None else include) - set(exclude or ())
        return {kind: content for kind, content in bundle.items() if kind in wanted}


def draw_network(model: MLP | Layer | Neuron, x: Sequence[Any] | None = None) -> NetworkPicture:
    """Return the picture of an MLP, a Layer or a Neuron, and with an input x its activations in the circles.

    A line's width is |w|, blue for w > 0 and orange for w < 0; the pointer on a line or circle shows its numbers.
    Of more than 10 units in a layer the first 7 and the last are drawn. TypeError for other models, ShapeError if x
    does not fit.

    >>> draw_network(MLP(2, [3, 1])).svg().count("<circle")
    6
    """
    if isinstance(model, MLP):
        layers: list[Layer | Neuron] = list(model.layers)
    elif isinstance(model, Layer | Neuron):
        layers = [model]
    else:
        raise TypeError(f"draw_network draws an MLP, a Layer or a Neuron, not {type(model).__name__}; draw its parts")
    columns = list(_columns(layers, None if x is None else list(x)))
    tallest = max(max(column.places().values()) for column in columns)
    width, height = columns[-1].x + SIDE, HEADINGS + 2 * (tallest + RADIUS) + FOOT
    middle = HEADINGS + tallest + RADIUS
    widest = _largest(w.data for column in columns[1:] for neuron in column.neurons for w in neuron.w)
    parts = [root(width, height), rect(0.0, 0.0, width, height, f'fill="{PAPER}"', 0.0)]
    parts += _lines(columns, middle, widest)
    parts += [_column(column, middle) for column in columns]
    parts += [_legend(width / 2, height - 12.0, widest), "</svg>\n"]
    return NetworkPicture("".join(parts), repr(model))


@dataclass(frozen=True, slots=True)
class Column:
    """The units of one layer; no neurons for the inputs, and no activations if they are not known."""

    x: float
    title: str
    subtitle: str
    size: int
    neurons: Sequence[Neuron]
    activations: Sequence[float]

    def places(self) -> dict[int, float]:
        """Return unit → its height from the middle of the column, for those drawn; −1 stands for all others."""
        shown = list(range(self.size))
        if self.size > MOST:
            shown = [*range(MOST - 3), -1, self.size - 1]
        return {unit: STEP * (i - (len(shown) - 1) / 2) for i, unit in enumerate(shown)}


def _columns(layers: Sequence[Layer | Neuron], a: Any) -> Iterator[Column]:
    """Yield the inputs and the layers, with their activations for the input a unless that is None."""
    step = min(230.0, max(110.0, (PAGE - 2 * SIDE) / len(layers)))
    for k, layer in enumerate(layers):
        neurons = layer.neurons if isinstance(layer, Layer) else [layer]
        if k == 0:
            inputs = len(neurons[0].w)
            yield Column(SIDE, "input", str(inputs), inputs, (), _numbers(a))
        a = None if a is None else layer(a)
        title = "output" if k == len(layers) - 1 else f"layer {k + 1}"
        subtitle = f"{len(neurons)} {layer.activation_name}"
        yield Column(SIDE + (k + 1) * step, title, subtitle, len(neurons), neurons, _numbers(a))


def _numbers(a: Any) -> list[float]:
    values = [] if a is None else a if isinstance(a, list) else [a]
    return [v.data if isinstance(v, Value) else float(v) for v in values]


def _column(column: Column, middle: float) -> str:
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
            parts.append(_unit(column, unit, y))
    return "".join(parts)


def _unit(column: Column, unit: int, y: float) -> str:
    """Paint one circle with its activation, or else its name, and the bias below."""
    hint = f"{column.title}, unit {unit + 1}"
    content = str(unit + 1) if column.neurons else f"x{unit + 1}"
    below, fill = "", f'fill="{PAPER}"'
    if column.activations:
        a = column.activations[unit]
        hint += f"\nactivation {a!r}"
        content = number(a, 3)
        fill = f'fill="{_color(a)}" fill-opacity="{0.4 * _share(a, _largest(column.activations)):.2f}"'
    if column.neurons:
        b = column.neurons[unit].b.data
        hint += f"\nbias {b!r}"
        below = text(column.x, y + RADIUS + 12.0, f"b {number(b, 2)}", SMALL, QUIET)
    size = min(12.0, 12.0 * 40.0 / text_width(content, 12.0))
    circle = f'<circle cx="{column.x:.1f}" cy="{y:.1f}" r="{RADIUS:g}" stroke="{INK}" stroke-width="1.2" {fill}/>\n'
    inside = text(column.x, y + 0.35 * size, content, round(size, 1))
    return f'<g class="unit"><title>{markup(hint, lines=True)}</title>\n{circle}{inside}{below}</g>\n'


def _lines(columns: Sequence[Column], middle: float, widest: float) -> list[str]:
    """Paint the weights, large ones over small ones, and their numbers where these cannot overlap."""
    written = all(head.size <= 3 and tail.size <= 6 for tail, head in pairwise(columns))
    lines, numbers = [], []
    for tail, head in pairwise(columns):
        for (i, y), (j, z) in product(tail.places().items(), head.places().items()):
            if i >= 0 and j >= 0:
                w = head.neurons[j].w[i]
                # From side to side, not from middle to middle: that keeps lines off the biases below the circles.
                start, end = (tail.x + RADIUS, middle + y), (head.x - RADIUS, middle + z)
                lines.append((abs(w.data), _line(start, end, w, widest)))
                numbers += [_number_on_line(start, end, w.data)] if written else []
    return [line for _, line in sorted(lines, key=itemgetter(0))] + numbers


def _line(start: Point, end: Point, w: Value, widest: float) -> str:
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{_color(w.data)}" stroke-width="{0.5 + 4.5 * _share(w.data, widest):.2f}" stroke-opacity="0.8">'
        f"<title>{markup(w.label or 'weight')} = {w.data!r}</title></line>\n"
    )


def _number_on_line(start: Point, end: Point, w: float) -> str:
    x, y = (0.75 * start[0] + 0.25 * end[0], 0.75 * start[1] + 0.25 * end[1])
    width = text_width(number(w, 3), SMALL)
    paper = rect(x - width / 2, y - 6.0, width, 12.0, f'fill="{PAPER}"', 3.0)
    return paper + text(x, y + 3.5, number(w, 3), SMALL, _color(w))


def _legend(x: float, y: float, widest: float) -> str:
    content = (
        f'<tspan fill="{PLUS}">w &gt; 0</tspan><tspan dx="12" fill="{MINUS}">w &lt; 0</tspan>'
        f'<tspan dx="12">the widest line is |w| = {number(widest, 3)}</tspan>'
    )
    return text(x, y, content, SMALL, QUIET)


def _color(x: float) -> str:
    return PLUS if x > 0 else MINUS if x < 0 else ZERO


def _largest(numbers: Iterable[float]) -> float:
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def _share(x: float, largest: float) -> float:
    """Return |x| as a share of the largest, from 0 to 1; of NaN and inf too."""
    return min(abs(x) / largest, 1.0) if largest and math.isfinite(x) else float(bool(x))
