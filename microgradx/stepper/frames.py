"""What the page shows at each step, as plain data: the number of every row as it changes, and what is lit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..derive import Line, derive
from ..draw.box import ROW, Partial, Sketch
from ..draw.metrics import number, text_width, visible
from ..draw.sketch import sketch
from ..engine import Value
from ..notation import Notation, bar
from ..replay import Replay
from .picture import picture
from .steps import Step, backward_steps, called

GIVEN = 24
"""The most leaves whose numbers are listed."""

Change = tuple[int, str, str]
"""A row of a box changes: box, text, the number in full."""


@dataclass
class Frame:
    """One position of the page.

    Lit are lines of the derivation, the `box` at work with some of its `ports`, pieces of the edges that arrive there,
    and `touched`, the boxes of operands. `values` and `signals` hold what changes, `terms` the rows of the table of
    contributions.
    """

    phase: str
    title: str
    told: str
    lines: list[int] = field(default_factory=list)
    box: int | None = None
    ports: list[int] = field(default_factory=list)
    wires: list[int] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    values: list[Change] = field(default_factory=list)
    signals: list[Change] = field(default_factory=list)
    terms: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def text(self) -> list[str]:
        """What is computed, in plain lines."""
        return [line for line, _, _ in self.terms] or [self.told]


class Film:
    """A graph as frames in a row: its leaves, each computed node forward, each node backward.

    `listing` holds the lines of the derivation, in which every node has its own: those of the leaves together, then
    one a node.
    """

    def __init__(self, output: Value, names: Mapping[str, Any] | None) -> None:
        self.notation = Notation(output, names)
        self.steps = list(backward_steps(output, names=names))
        again = Replay(output)
        self.order, self.place = again.order, again.place
        self.values = again.values()
        count = len(self.order)
        self.derivation = derive(output, self.order, names, inline=False, limit=2 * count)
        given = [line for line in self.derivation.lines if line.kind == "given"]
        computed = [line for line in self.derivation.lines if line.kind != "given"]
        self.listing: list[list[Line]] = [given[:GIVEN], *([line] for line in computed)]
        self._number = {id(line): i for i, lines in enumerate(self.listing) for line in lines}
        self.sketch, self.boxes = self._sketch(output)
        self._arrows = {(a.head, a.port): i for i, a in enumerate(self.sketch.arrows)}
        self.picture = picture(self.sketch)
        self.frames = [self._leaves(), *self._forward(), *map(self._backward, self.steps)]

    def name(self, v: Value) -> str:
        """Return the name of a node as the page prints it."""
        return called(self.notation.name(v))

    def _sketch(self, output: Value) -> tuple[Sketch, list[int]]:
        """Return the sketch, with names, recorded values and final error signals, and the box of each node."""
        drawn = sketch([output], None, depth=None, limit=len(self.order), grad=False)
        boxes = [i for i, box in enumerate(drawn.boxes) if box.kind in ("leaf", "node")]
        rows: dict[int, list[str]] = {id(v): [] for v in self.order}
        partials: dict[int, dict[int, str]] = {}
        for step in self.steps:  # the step of a node comes after all that adds to its signal
            rows[id(step.node)].append(self._signal_row(step.node, step.signal))
            partials[id(step.node)] = {c.slot: number(c.partial) for c in step.contributions}
            for c in step.contributions:
                rows[id(c.operand)].append(self._signal_row(c.operand, c.after))
        for i, v, z in zip(boxes, self.order, self.values, strict=True):
            box = drawn.boxes[i]
            *_, final = shown = rows[id(v)]
            box.label = called(self.notation.name(v), bold=True)
            box.hint = visible(self.notation.name(v)) + (f"\noperation {v._primitive.name}" if v._primitive else "")
            box.partials = tuple(Partial(partials[id(v)].get(port, "")) for port in range(box.ports))
            box.rows = (number(z), max(shown, key=lambda row: text_width(row, ROW)))
            box.fixed = {"LR": box.card("LR")}  # so that it stays as it is while its numbers change
            box.rows = (number(z), final)
        return drawn, boxes

    def _leaves(self) -> Frame:
        leaves = [i for i, v in enumerate(self.order) if v._primitive is None]
        more = f" and {len(leaves) - GIVEN} more" if len(leaves) > GIVEN else ""
        told = ", ".join(map(str, self.listing[0])) + more
        return Frame("given", "Given", told, [0], values=[self._value(i) for i in leaves])

    def _forward(self) -> Iterator[Frame]:
        for i, v in enumerate(self.order):
            if v._primitive is not None:
                box, ports = self.boxes[i], list(range(len(v.operands)))
                yield Frame(
                    "forward",
                    f"Forward: {self.name(v)}",
                    str(self.derivation.line_of(v)),
                    self._lines([v], "forward"),
                    box,
                    ports,
                    self._along(box, ports),
                    sorted({self.sketch.arrows[self._arrows[box, port]].tail for port in ports}),
                    values=[self._value(i)],
                )

    def _backward(self, step: Step) -> Frame:
        v, box, ports = step.node, self._box(step.node), [c.slot for c in step.contributions]
        totals = {id(c.operand): c for c in step.contributions}  # the last, where an operand stands there twice
        operands = [c.operand for c in totals.values()]
        own = [v] if v is self.order[-1] or not operands else []
        return Frame(
            "backward",
            f"Backward: {self.name(v)}",
            self._told(step),
            self._lines([*own, *operands], "backward"),
            box,
            ports,
            self._along(box, ports),
            [self._box(u) for u in operands],
            signals=[self._signal(v, step.signal), *(self._signal(c.operand, c.after) for c in totals.values())],
            terms=list(self._terms(step)),
        )

    def _told(self, step: Step) -> str:
        """Return what happens to the error signal of the node at work itself."""
        name, whole = self.name(step.node), self._signal_row(step.node, step.signal)
        if not step.reached:
            return f"No error signal arrives at {name}: {whole}."
        if step.node is self.order[-1]:
            return f"The output begins with {whole}."
        if step.node._primitive is None:
            return f"{whole} is complete: it is ∂{self.name(self.order[-1])}/∂{name}."
        if step.node._primitive.name == "detach":
            return f"{whole} is complete; detach holds {name} constant, and nothing flows on."
        return f"{whole} is complete" + (", and flows on." if step.contributions else "; nothing flows on.")

    def _terms(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """Yield each contribution, with the term of the derivation where that is about this one use of the operand.

        Terms of the output's own contributions leave its error signal out, which is 1.
        """
        uses = Counter(id(c.operand) for c in step.contributions)
        alone = {i for i, count in uses.items() if count == 1 and step.node is not self.order[-1]}
        for c in step.contributions:
            line = self.derivation.line_of(c.operand, "backward")
            terms = [term.text for term in line.contributions if term.user is step.node] if line else []
            formula = terms[0] if terms and id(c.operand) in alone else c.formula
            yield f"{bar(self.name(c.operand))} += {formula} = {c.numbers}", number(c.before), number(c.after)

    def _box(self, v: Value) -> int:
        return self.boxes[self.place[id(v)]]

    def _along(self, box: int, ports: Iterable[int]) -> list[int]:
        return [wire for port in ports for wire in self.picture.runs[self._arrows[box, port]]]

    def _lines(self, about: Iterable[Value], kind: str) -> list[int]:
        lines = [self.derivation.line_of(v, kind) for v in about]
        return [self._number[id(line)] for line in lines if id(line) in self._number]

    def _value(self, i: int) -> Change:
        return self.boxes[i], number(self.values[i]), repr(self.values[i])

    def _signal(self, v: Value, signal: float) -> Change:
        return self._box(v), self._signal_row(v, signal), repr(signal)

    def _signal_row(self, v: Value, signal: float) -> str:
        return f"{bar(self.name(v))} = {number(signal)}"
