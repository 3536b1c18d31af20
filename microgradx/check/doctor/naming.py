"""What nodes and numbers are called in the sentences of the doctor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ...engine import Value
from ...notation import Notation, bar
from ...syntax import SIGNS, Piece, leaf
from ..report import shorten

_LONGEST = 36
_DEEPEST = 6
_MOST_OPERANDS = 4
_FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "1/6": "⅙", "1/8": "⅛"}


class Names:
    """What nodes and plain numbers are called.

    `own` are the names that the user gave; `printed` are those of derivations, by id, that he took over.
    """

    def __init__(
        self,
        graph_order: Sequence[Value],
        notation: Notation,
        variables: Mapping[int, str],
        printed: Mapping[int, str] | None = None,
    ) -> None:
        self.order = graph_order
        self.notation = notation
        self.own = [
            notation.name(v) if v.label or id(v) in variables or v is graph_order[-1] else "" for v in graph_order
        ]
        self.place = {id(v): i for i, v in enumerate(graph_order)}
        self.known = [own or (printed or {}).get(id(v), "") for own, v in zip(self.own, graph_order, strict=True)]

    def call(self, i: int) -> str:
        """Return a node's name, or else what it computes, as far as that is short."""
        return shorten(self.known[i], _LONGEST) or self._written(i)

    def _written(self, i: int) -> str:
        v = self.order[i]
        return shorten(str(self._piece(v, _DEEPEST) or ""), _LONGEST) or f"{self.notation.name(v)} ({v._op or 'leaf'})"

    def _piece(self, v: Value | float, depth: int) -> Piece | None:
        """Return what a node computes, down to names; None if an operation has many operands."""
        if not isinstance(v, Value):
            return _leaf(f"{v:.6g}")
        known = self.known[self.place[id(v)]]
        if known or v._primitive is None:
            return leaf(known) if known else _leaf(number(v.data))
        if depth == 0:
            return leaf("…")
        parts = [self._piece(x, depth - 1) for x in v.operands]
        written = tuple(part for part in parts if part is not None)
        if len(written) < len(parts) or len(parts) > _MOST_OPERANDS:
            return None
        return Piece(SIGNS.get(v._primitive.name, v._primitive.symbol), written)


def _leaf(number: str) -> Piece:
    """Return a written number as a piece."""
    return Piece("-", (leaf(number[1:]),)) if number.startswith("-") else leaf(number)


def number(x: float) -> str:
    """Return a number that was computed as the sentences give it.

    >>> number(0.23500371), number(-2.0)
    ('0.235', '-2')
    """
    return f"{x:.4g}"


def constant(x: float) -> str:
    """Return a number that stands in a graph as people write it.

    >>> constant(0.5), constant(1 / 3), constant(1 / 32), constant(0.1), constant(-2.0)
    ('½', '⅓', '1/32', '0.1', '-2')
    """
    if not math.isfinite(x):
        return f"{x:g}"
    simple = Fraction(x).limit_denominator(1000)
    if abs(float(simple) - x) <= 1e-12 * abs(x):
        if str(simple) in _FRACTIONS:
            return _FRACTIONS[str(simple)]
        if simple.numerator == 1 and 1000 % simple.denominator:  # 0.05 is written so
            return str(simple)
    return f"{x:.6g}"


def times(ratio: float) -> str:
    """Return how much too large or small something is that is `ratio` times what it should be.

    >>> times(2.0), times(0.5)
    ('2 times too large', '2 times too small')
    """
    size = abs(ratio)
    return f"{size:.4g} times too large" if size >= 1 else f"{1 / size:.4g} times too small"


def over(name: str) -> str:
    """Return a name as it stands in a quotient of differentials."""
    return name if name.replace("_", "").isalnum() else f"({name})"


def signal(name: str) -> str:
    """Return what the error signal of a node is called: z̄, or in words where the node has no name of its own.

    >>> signal("z") == bar("z"), signal("w * x")
    (True, 'error signal of w * x')
    """
    return bar(name) if name[:1].isalpha() and over(name) == name else f"error signal of {name}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["w", "x", "b"])
    'w, x and b'
    """
    names = [*names[:4], f"{len(names) - 4} more"] if len(names) > 5 else list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def every(count: int) -> str:
    """Return how many there are, all of them.

    >>> every(2), every(3)
    ('both', 'all 3')
    """
    return "both" if count == 2 else f"all {count}"
