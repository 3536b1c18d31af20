"""What a picture tells of a recorded graph besides its numbers: partials, error signals, and where none flows."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..derive.algebra import Name, wrap
from ..derive.latex import Writer
from ..derive.lines import plain
from ..derive.partials import blocks_of, partials
from ..engine import Value
from ..notation import Notation
from ..replay import local_partials
from .metrics import number, text_width

LONGEST = 62.0  # of a partial in symbols, in pixels at the size of a partial's font
MOST_OPERANDS = 12
"""So many operands at most are differentiated in symbols too."""


class Signals:
    """Partials and error signals of the nodes of `order`, operands before users.

    `seeds` are the error signals of the outputs, by id. Where all are 0, backward was not called on this graph, and
    there is none to show, whatever stands in `grad` of a leaf from elsewhere. An error signal that is shown is the one
    that `backward` left in `grad`, but for the nodes in `computed`, which it has never met: theirs follow from the
    seeds.
    """

    def __init__(self, order: Sequence[Value], seeds: Mapping[int, float], computed: Collection[int] = ()) -> None:
        self.swept = any(seeds.values())
        self.computed = computed
        self._partials: dict[int, list[float | None]] = {}
        self._arriving = self._backward(order, seeds) if self.swept else {}

    def _backward(self, order: Sequence[Value], seeds: Mapping[int, float]) -> dict[int, float]:
        found = {id(v): seeds.get(id(v), 0.0) for v in order}
        for v in reversed(order):
            for u, partial in zip(v.operands, self.partials(v), strict=True):
                if isinstance(u, Value) and partial is not None and found[id(v)]:
                    found[id(u)] += found[id(v)] * partial
        return found

    def partials(self, v: Value) -> list[float | None]:
        """Return ∂v/∂operand for each operand as recorded; None where nothing flows."""
        if id(v) not in self._partials:
            given = [x for x in (v._x, v._y) if x is not None]
            self._partials[id(v)] = [] if v._primitive is None else local_partials(v._primitive, v._z, given)
        return self._partials[id(v)]

    def signal(self, v: Value) -> float | None:
        """Return the error signal to show, None if none was computed."""
        if id(v) in self.computed:
            return self._arriving.get(id(v))
        grad: float | None = v.grad
        return grad if self.swept else None

    def idle(self, v: Value) -> bool:
        """Return whether backward passed and no error signal reached v."""
        return self.swept and self._arriving[id(v)] == 0

    def blocked(self, v: Value, slot: int) -> bool:
        """Return whether no error signal flows from v to its operand at this slot, though backward passed."""
        return self.swept and (self._arriving[id(v)] == 0 or not self.partials(v)[slot])

    def tints(self, shown: Sequence[Value]) -> dict[int, float]:
        """Return id → sign and size of the error signal, ±1 for the largest, as √(|v̄|/max): small ones still show."""
        signals = {id(v): g for v in shown if (g := self.signal(v)) is not None}
        largest = max((abs(g) for g in signals.values() if math.isfinite(g)), default=0.0) or 1.0
        return {
            i: math.copysign(math.sqrt(min(abs(g) / largest, 1.0)), g) if g == g else 0.0 for i, g in signals.items()
        }


def written_partials(v: Value, numbers: Sequence[float | None], notation: Notation) -> list[str]:
    """Return the partials of v by its operands as they stand on the edges: number, or "symbols = number" if short.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> y = w * x
    >>> written_partials(y, [3.0, 2.0], Notation(y))
    ['x = 3', 'w = 2']
    """
    p = v._primitive
    symbols: list[str] = [""] * len(numbers)
    if p is not None and len(numbers) <= MOST_OPERANDS:
        flat = [_name(x, notation) if isinstance(x, Value) else wrap(x) for x in v.operands]
        symbols = [_symbols(each) for each in partials(p, _name(v, notation), blocks_of(v, flat))]
    return [_joined(s, x) if isinstance(u, Value) else "" for s, x, u in zip(symbols, numbers, v.operands, strict=True)]


def _name(v: Value, notation: Notation) -> Name:
    return Name(notation.symbol(v).tex, notation.name(v), v.data if v._primitive is None else v._z)


def _symbols(partial: Any) -> str:
    return "" if partial is None else plain(lambda name: Writer(name)(partial))


def _joined(symbols: str, x: float | None) -> str:
    if x is None:
        return "0"
    shown = number(x)
    if not symbols or text_width(symbols, 10.0) > LONGEST or not any(c.isalpha() for c in symbols):
        return shown
    return f"{symbols} = {shown}"
