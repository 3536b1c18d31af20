"""What a picture of a graph shows, before any renderer: boxes in topological order, and arrows between them.

One box is one node with its label, operation, data and gradient; each use of a plain number is a small box of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from ..engine import Value
from ..floats import FLOATS
from ..names import labels
from ..primitives import Primitive
from ..sweep import nodes
from .metrics import glyphs, number, shorten, text_width, visible

Kind = Literal["leaf", "node", "constant", "rest", "summary"]

TITLE, ROW, SMALL = 13.0, 12.0, 11.0  # font sizes, in pixels as all lengths here
HEAD, LINE, GAP = 22.0, 16.0, 9.0  # heights of the title and of a row; space between title and operation
LONGEST = 130.0  # label
SUMMARY = 330.0  # width of a summary
PORT = 9.0  # least distance of two arrows that arrive at one box


@dataclass(slots=True)
class Box:
    """One box: `ports` arrows arrive at it, in the order of the operands, which matters if `ordered`."""

    kind: Kind
    label: str = ""
    symbol: str = ""
    rows: tuple[str, ...] = ()
    hint: str = ""
    ports: int = 0
    ordered: bool = False
    output: bool = False

    def __post_init__(self) -> None:
        if self.kind != "summary":
            self.label = shorten(visible(self.label), LONGEST, TITLE, bold=True)

    @property
    def head(self) -> float:
        """Return the height of the title, 0 without one."""
        return HEAD if self.kind in ("leaf", "node") and (self.label or self.symbol) else 0.0

    def indent(self, direction: str) -> tuple[float, float]:
        """Return the room that the numbers of ordered operands take, at the left and above."""
        if not self.ordered:
            return 0.0, 0.0
        return (8.0, 0.0) if direction == "LR" else (0.0, 9.0)

    def size(self, direction: str) -> tuple[float, float]:
        """Return width and height in pixels."""
        if self.kind in ("constant", "rest"):
            return text_width(self.rows[0], SMALL) + 12.0, 20.0
        if self.kind == "summary":
            return SUMMARY, 74.0 + 18.0 * len(self.rows)
        title = text_width(self.label, TITLE, bold=True) + text_width(self.symbol, TITLE)
        title += GAP if self.label and self.symbol else 0.0
        left, above = self.indent(direction)
        width = left + max(title, *(text_width(row, ROW) for row in self.rows)) + 16.0
        height = above + self.head + LINE * len(self.rows) + 8.0
        return (width, max(height, PORT * self.ports)) if direction == "LR" else (max(width, PORT * self.ports), height)

    def port(self, i: int, direction: str) -> float:
        """Return where arrow i arrives, as the distance from the middle of the side."""
        width, height = self.size(direction)
        side = height if direction == "LR" else width
        return side * ((i + 0.5) / self.ports - 0.5)


@dataclass(frozen=True, slots=True)
class Arrow:
    """Box `tail` is operand number `port` of box `head`."""

    tail: int
    head: int
    port: int


@dataclass(slots=True)
class Sketch:
    """Boxes, every operand before its users, and arrows."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    direction: str = "LR"

    def add(self, box: Box) -> int:
        """Append a box and return its index."""
        self.boxes.append(box)
        return len(self.boxes) - 1


def sketch(
    outputs: Sequence[Value], names: dict[str, Any] | None, *, depth: int | None, limit: int, grad: bool
) -> Sketch:
    """Return the sketch of all that `outputs` depend on, of the last `depth` levels, or a summary beyond `limit`."""
    order = nodes(*outputs)
    if depth is None and len(order) > limit:
        return Sketch([_summary(order)])
    shown = {id(v) for v in order} if depth is None else _nearest(outputs, depth, limit)
    named = labels(names)
    picture = Sketch()
    if len(shown) < len(order):
        picture.add(Box("rest", rows=(f"… {len(order) - len(shown):,} more",), hint="operands that are not drawn"))
    ends = {id(v) for v in outputs}
    at: dict[int, int] = {}
    for v in order:
        if id(v) in shown:
            box = describe(v, named.get(id(v), ""), grad)
            box.output = id(v) in ends
            _place(picture, at, v, box)
    return picture


def _place(picture: Sketch, at: dict[int, int], v: Value, box: Box) -> None:
    """Add the box of v, the constants among its operands, and the arrows from its operands."""
    tails: list[int] = []
    for hidden, group in groupby(v.operands, key=lambda x: isinstance(x, Value) and id(x) not in at):
        if hidden:
            tails.append(0)
            continue
        for x in group:
            tails.append(at[id(x)] if isinstance(x, Value) else picture.add(_constant(x)))
    box.ports = len(tails)
    at[id(v)] = picture.add(box)
    picture.arrows += [Arrow(tail, at[id(v)], port) for port, tail in enumerate(tails)]


def describe(v: Value, name: str = "", grad: bool = True) -> Box:
    """Return the box of one node; its own label goes before `name`.

    >>> describe(Value(2.0, label="w")).rows
    ('2', 'grad 0')
    """
    p = v._primitive
    label = v.label or name
    hint = [label] if label else []
    hint += [f"operation {p.name}"] if p else []
    hint += [f"data {v.data!r}"] + ([f"grad {v.grad!r}"] if grad else [])
    return Box(
        kind="node" if p else "leaf",
        label=label,
        symbol=glyphs(p.symbol) if p else "",
        rows=(number(v.data), f"grad {number(v.grad)}") if grad else (number(v.data),),
        hint="\n".join(map(visible, hint)),
        ordered=p is not None and _order_matters(p),
    )


def _constant(x: float) -> Box:
    return Box("constant", rows=(number(x),), hint=f"constant {x!r}")


def _order_matters(p: Primitive) -> bool:
    if p.blocks or len(p.partials) != 2:
        return False
    return bool(p.value(FLOATS, 2.0, 3.0) != p.value(FLOATS, 3.0, 2.0))


def _nearest(outputs: Sequence[Value], depth: int, limit: int) -> set[int]:
    """Return the nodes of the last `depth` levels, nearest first, at most `limit` of them."""
    shown: set[int] = set()
    level = list(outputs)
    while level and depth > 0:
        below: list[Value] = []
        for v in level:
            if id(v) not in shown and len(shown) < limit:
                shown.add(id(v))
                below += v._prev
        level = below
        depth -= 1
    return shown


def _summary(order: Sequence[Value]) -> Box:
    counts = Counter(glyphs(v._op) or "leaves" for v in order)
    return Box(
        "summary",
        label=f"{len(order):,} nodes",
        rows=tuple(f"{count} {symbol}" for symbol, count in counts.most_common()),
        hint=f"draw(v, depth=3) shows the last 3 levels\ndraw(v, limit={len(order)}) shows everything",
    )
