"""What a picture of a graph shows, before any renderer: boxes in topological order, and arrows between them.

One box is one node with its label, operation, data and gradient; each use of a plain number is a small box of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..engine import Value
from ..expand import opened
from ..floats import FLOATS
from ..names import labels
from ..notation import Notation, bar
from ..primitives import Primitive
from ..sweep import nodes
from .box import GRAD, Arrow, Partial
from .box import LONGEST as LONGEST
from .box import ROW as ROW
from .box import TITLE as TITLE
from .box import Box as Box
from .box import Sketch as Sketch
from .clusters import cluster
from .fold import Alike, Operand, folded
from .metrics import glyphs, number, shorten, visible
from .parts import Clusters, Part, closed, parts_of, users_of
from .signals import Signals, written_partials


def sketch(
    outputs: Sequence[Value],
    names: Mapping[str, Any] | None,
    *,
    depth: int | None,
    limit: int,
    grad: bool,
    partials: bool = False,
    expand: bool = False,
    clusters: Clusters | None = None,
    collapse: bool = False,
    fold: bool | None = False,
    profile: str | None = None,
) -> Sketch:
    """Return the sketch of all that `outputs` depend on, of the last `depth` levels, or a summary beyond `limit`."""
    named = labels(dict(names or {}))
    seeds = [v.grad for v in outputs]
    before: list[Value] = nodes(*outputs)
    order, new = before, dict[int, Value]()
    if expand:
        outputs, new = opened(outputs)
        named |= {id(new[i]): name for i, name in named.items() if i in new}
        order = nodes(*outputs)
    computed = {id(v) for v in order} - {id(v) for v in before}
    alike: dict[int, list[Operand]] = {}
    if fold or (fold is None and depth is None and len(order) > limit):
        alike = folded(order)
    shown = _shown(outputs, order, alike, depth, len(order) if collapse and depth is None else limit)
    if not shown:
        return Sketch([_summary(order)])
    signals = Signals(order, {id(v): g for v, g in zip(outputs, seeds, strict=True)} if grad else {}, computed)
    notation = Notation(outputs, _variables(named, order)) if partials or expand or profile else None
    called = PROFILES[profile](" + ".join(map(notation.name, outputs))) if profile and notation else None
    painter = _Painter(signals, named, notation, called, grad, partials)
    painter.paint(shown, alike, len(order) - len(shown))
    for v in outputs:
        painter.picture.boxes[painter.at[id(v)]].output = True
    if clusters is None:
        return painter.picture
    found = cluster(painter.picture, _parts(clusters, shown, alike, before, new, named), painter.at, collapse)
    return found if len(found.boxes) <= limit or not collapse else Sketch([_summary(order)])


def _parts(
    clusters: Clusters,
    shown: Sequence[Value],
    alike: Mapping[int, list[Operand]],
    before: Sequence[Value],
    new: Mapping[int, Value],
    names: Mapping[int, str],
) -> list[Part]:
    """Return the parts among the nodes that are shown; of an opened graph, those of the graph before it was opened."""
    users = users_of(shown, alike)
    if not new:
        return parts_of(clusters, shown, users, names)
    closed_ones = [v for v in before if id(new[id(v)]) in users]
    parts = parts_of(clusters, closed_ones, users_of(closed_ones, {}), names)
    fixed = {id(v) for v in new.values()}
    return [replace(part, members=closed([new[id(v)] for v in part.members], shown, users, fixed)) for part in parts]


def _variables(named: Mapping[int, str], order: Sequence[Value]) -> dict[str, Value]:
    return {named[id(v)]: v for v in order if id(v) in named}


def _shown(
    outputs: Sequence[Value], order: Sequence[Value], alike: Mapping[int, list[Operand]], depth: int | None, limit: int
) -> list[Value]:
    """Return the nodes to draw, operands before users: all that is not folded away, or the last levels.

    None at all if they are more than the limit.
    """
    levels = len(order) if depth is None else depth
    most = len(order) if depth is None else limit
    found: set[int] = set()
    level = list(outputs)
    while level and levels > 0:
        below: list[Value] = []
        for v in level:
            if id(v) not in found and len(found) < most:
                found.add(id(v))
                below += [u for u in alike.get(id(v), v.operands) if isinstance(u, Value)]
        level = below
        levels -= 1
    return [] if depth is None and len(found) > limit else [v for v in order if id(v) in found]


PROFILES: dict[str, Callable[[str], Callable[[str], str]]] = {
    "error signals": lambda output: bar,
    "partials": lambda output: f"∂{f'({output})' if ' ' in output else output}/∂{{}}".format,
}
"""What the error signal of a node is called, by the profiles of `derive`: of an output's name, then of a node's."""


class _Painter:
    """Makes the boxes and arrows of the nodes that are shown; `at` says where the box of a node stands."""

    def __init__(
        self,
        signals: Signals,
        names: Mapping[int, str],
        notation: Notation | None,
        called: Callable[[str], str] | None,
        grad: bool,
        partials: bool,
    ) -> None:
        self.signals, self.names, self.notation, self.called = signals, names, notation, called
        self.grad, self.partials = grad, partials
        self.at: dict[int, int] = {}
        self.picture = Sketch()

    def paint(self, shown: Sequence[Value], alike: Mapping[int, list[Operand]], left_out: int) -> None:
        """Add everything; `left_out` nodes stand behind one box."""
        drawn = {id(v) for v in shown}
        tints = self.signals.tints(shown)
        hidden = any(isinstance(u, Value) and id(u) not in drawn for v in shown for u in alike.get(id(v), v.operands))
        if hidden:
            self.picture.add(Box("rest", rows=(f"… {left_out:,} more",), hint="operands that are not drawn"))
        for v in shown:
            box = self._box(v)
            box.tint = tints.get(id(v), 0.0)
            self._place(v, box, alike.get(id(v)))

    def _box(self, v: Value) -> Box:
        name = self.notation.name(v) if self.notation else v.label or self.names.get(id(v), "")
        signal = f"{shorten(visible(self.called(name)), LONGEST, ROW)} = " if self.called else GRAD
        box = describe(v, name, self.signals.signal(v) if self.grad else None, signal)
        box.grey = self.grad and self.signals.idle(v)
        return box

    def _place(self, v: Value, box: Box, terms: list[Operand] | None) -> None:
        """Add the box of v, the constants among its operands, and the arrows from its operands."""
        operands: Sequence[Operand] = v.operands if terms is None else terms
        ends: list[tuple[int, bool]] = []
        written: list[str] = [""] * len(operands)
        if self.partials:
            written = self._written(v, operands, terms is not None)
        partials: list[Partial] = []
        for hidden, group in groupby(enumerate(operands), key=lambda x: self._is_hidden(x[1])):
            for slot, x in list(group)[: 1 if hidden else None]:
                blocked = self.grad and self._blocked(v, slot, terms is None and isinstance(x, Value))
                ends.append((0 if hidden else self._tail(x), blocked))
                partials.append(Partial("" if hidden else written[slot], blocked))
        box.ports, box.partials = len(ends), tuple(partials)
        self.at[id(v)] = head = self.picture.add(box)
        self.picture.arrows += [Arrow(tail, head, port, grey) for port, (tail, grey) in enumerate(ends)]

    def _is_hidden(self, x: Operand) -> bool:
        return isinstance(x, Value) and id(x) not in self.at

    def _tail(self, x: Operand) -> int:
        if isinstance(x, Value):
            return self.at[id(x)]
        if isinstance(x, Alike):
            hint = "terms that are computed alike, from other data; fold=False draws them"
            return self.picture.add(Box("rest", rows=(f"… {x.count:,} more alike",), hint=hint))
        return self.picture.add(Box("constant", rows=(number(x),), hint=f"constant {x!r}"))

    def _written(self, v: Value, operands: Sequence[Operand], is_sum: bool) -> list[str]:
        if is_sum:  # of terms that may come from several additions
            return ["1" if isinstance(x, Value) else "" for x in operands]
        if self.notation is None or v._primitive is None:
            return []
        return written_partials(v, self.signals.partials(v), self.notation)

    def _blocked(self, v: Value, slot: int, is_operand: bool) -> bool:
        return self.signals.blocked(v, slot) if is_operand else self.signals.idle(v)


def describe(v: Value, name: str = "", grad: float | None = None, signal: str = GRAD) -> Box:
    """Return the box of one node, with its error signal if that is given; its own label goes before `name`.

    >>> describe(Value(2.0, label="w"), grad=0.5).rows
    ('2', 'grad 0.5')
    """
    p = v._primitive
    label = name or v.label
    hint = [label] if label else []
    hint += [f"operation {p.name}"] if p else []
    hint += [f"data {v.data!r}"] + ([] if grad is None else [f"grad {grad!r}"])
    return Box(
        kind="node" if p else "leaf",
        label=label,
        symbol=glyphs(p.symbol) if p else "",
        rows=(number(v.data),) if grad is None else (number(v.data), f"{signal}{number(grad)}"),
        signal=signal,
        hint="\n".join(map(visible, hint)),
        ordered=p is not None and _order_matters(p),
    )


def _order_matters(p: Primitive) -> bool:
    if p.blocks or len(p.partials) != 2:
        return False
    return bool(p.value(FLOATS, 2.0, 3.0) != p.value(FLOATS, 3.0, 2.0))


def _summary(order: Sequence[Value]) -> Box:
    counts = Counter(glyphs(v._op) or "leaves" for v in order)
    return Box(
        "summary",
        label=f"{len(order):,} nodes",
        rows=tuple(f"{count} {symbol}" for symbol, count in counts.most_common()),
        hint=f"draw(v, depth=3) shows the last 3 levels\ndraw(v, limit={len(order)}) shows everything",
    )
