"""What a picture consists of, before any renderer: boxes of known size, and arrows between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .metrics import shorten, text_width, visible

Kind = Literal["leaf", "node", "constant", "rest", "summary", "formula", "frame", "pin"]

TITLE, ROW, SMALL, PARTIAL = 13.0, 12.0, 11.0, 10.0  # font sizes, in pixels as all lengths here
HEAD, LINE, GAP = 22.0, 16.0, 9.0  # heights of the title and of a row; space between title and operation
LONGEST, WIDEST = 130.0, 190.0  # label; label and row of a box that stands for many
SUMMARY, PIN = 330.0, 4.0  # width of a summary, and of a pin
PORT, APART = 9.0, 14.0  # least distance of two arrows that arrive at one box, and of two with partials
TIP, AROUND = 6.0, 8.0  # length of an arrowhead; room beside a partial
BESIDE = 4  # so many partials at most stand beside each other with their symbols
GRAD = "grad "
"""How the row begins that holds the error signal, unless it is called otherwise."""


class Partial(NamedTuple):
    """What is written where an arrow arrives; grey where no error signal flows."""

    text: str = ""
    grey: bool = False


@dataclass(slots=True)
class Box:
    """One box: `ports` arrows arrive at it, in the order of the operands, which matters if `ordered`.

    `partials` are written where the arrows arrive, outside; `tint` is the error signal's sign and size, from −1 to 1;
    a `grey` box gets no error signal, and `signal` begins the row that shows it. A frame has another picture `inside`,
    whose first boxes are pins, one for each port, and whose last are pins too, one for each of its `exits`; its size in
    either direction is `fixed`.
    """

    kind: Kind
    label: str = ""
    symbol: str = ""
    rows: tuple[str, ...] = ()
    hint: str = ""
    ports: int = 0
    ordered: bool = False
    output: bool = False
    grey: bool = False
    tint: float = 0.0
    signal: str = GRAD
    partials: tuple[Partial, ...] = ()
    inside: Sketch | None = None
    exits: int = 0
    fixed: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind != "summary":
            longest = WIDEST if self.kind in ("formula", "frame") else LONGEST
            self.label = shorten(visible(self.label), longest, TITLE, bold=True)

    @property
    def head(self) -> float:
        """Return the height of the title, 0 without one."""
        return HEAD if self.kind in ("leaf", "node", "formula") and (self.label or self.symbol) else 0.0

    def indent(self, direction: str) -> tuple[float, float]:
        """Return the room that the numbers of ordered operands take, at the left and above."""
        if not self.ordered:
            return 0.0, 0.0
        return (8.0, 0.0) if direction == "LR" else (0.0, 9.0)

    def apron(self, direction: str) -> tuple[float, float]:
        """Return the room for partials before the box, at the left or above."""
        widest = self._widest_partial(direction)
        if not widest:
            return 0.0, 0.0
        return (widest + TIP + AROUND, 0.0) if direction == "LR" else (0.0, APART + TIP)

    def written(self, direction: str) -> tuple[Partial, ...]:
        """Return the partials as they are written: of many beside each other the numbers alone."""
        if direction == "LR" or self.ports <= BESIDE:
            return self.partials
        return tuple(partial._replace(text=partial.text.rpartition(" = ")[2]) for partial in self.partials)

    def _widest_partial(self, direction: str) -> float:
        return max((text_width(partial.text, PARTIAL) for partial in self.written(direction)), default=0.0)

    def card(self, direction: str) -> tuple[float, float]:
        """Return width and height of the box itself."""
        if self.kind == "pin":
            return (0.0, PIN) if direction == "LR" else (PIN, 0.0)
        if self.kind in ("constant", "rest"):
            return text_width(self.rows[0], SMALL) + 12.0, 20.0
        if self.kind == "summary":
            return SUMMARY, 74.0 + 18.0 * len(self.rows)
        if self.fixed:
            return self.fixed[direction]
        title = text_width(self.label, TITLE, bold=True) + text_width(self.symbol, TITLE)
        title += GAP if self.label and self.symbol else 0.0
        left, above = self.indent(direction)
        width = left + max(title, *(text_width(row, ROW) for row in self.rows)) + 16.0
        height = above + self.head + LINE * len(self.rows) + 8.0
        if direction == "LR":
            return width, max(height, (APART if self._widest_partial(direction) else PORT) * self.ports)
        return max(width, max(self._widest_partial(direction) + AROUND, PORT) * self.ports), height

    def size(self, direction: str) -> tuple[float, float]:
        """Return width and height with the partials before the box, in pixels."""
        width, height = self.card(direction)
        left, above = self.apron(direction)
        return width + left, height + above

    def port(self, i: int, direction: str) -> float:
        """Return where arrow i arrives, as the distance from the middle of the side."""
        return self._along_the_side(i, self.ports, direction)

    def exit(self, i: int, direction: str) -> float:
        """Return where an arrow leaves from the i-th of several exits, as the distance from the middle of the side."""
        return self._along_the_side(i, self.exits, direction) if self.exits else 0.0

    def _along_the_side(self, i: int, count: int, direction: str) -> float:
        width, height = self.size(direction)
        side = height if direction == "LR" else width
        return side * ((i + 0.5) / count - 0.5)


@dataclass(frozen=True, slots=True)
class Arrow:
    """Box `tail` is operand number `port` of box `head`; no error signal flows back along it if `grey`."""

    tail: int
    head: int
    port: int
    grey: bool = False
    exit: int = 0


@dataclass(slots=True)
class Sketch:
    """Boxes, every operand before its users, and arrows; `flat` is the same without frames."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    direction: str = "LR"
    flat: Sketch | None = None

    def add(self, box: Box) -> int:
        """Append a box and return its index."""
        self.boxes.append(box)
        return len(self.boxes) - 1
