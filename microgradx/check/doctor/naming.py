"""What nodes and numbers are called in the sentences of the doctor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ...engine import Value
from ...notation import Notation, bar
from ..report import shorten

_LONGEST = 36
_DEEPEST = 6
_FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "1/6": "⅙", "1/8": "⅛"}
INFIX = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / ", "pow": "**"}


class Names:
    """What nodes and plain numbers are called."""

    def __init__(self, graph_order: Sequence[Value], notation: Notation, variables: Mapping[int, str]) -> None:
        self.order = graph_order
        self.notation = notation
        self.own = [
            notation.name(v) if v.label or id(v) in variables or v is graph_order[-1] else "" for v in graph_order
        ]
        self.place = {id(v): i for i, v in enumerate(graph_order)}

    def call(self, i: int) -> str:
        """Return a node's name, or else what it computes, as far as that is short."""
        return shorten(self.own[i], _LONGEST) or self._written(i)

    def _written(self, i: int) -> str:
        v = self.order[i]
        return shorten(self._formula(v, _DEEPEST), _LONGEST) or f"{self.notation.name(v)} ({v._op or 'leaf'})"

    def _formula(self, v: Value | float, depth: int) -> str:
        if not isinstance(v, Value):
            return f"{v:.6g}"
        own = self.own[self.place[id(v)]]
        if own or v._primitive is None:
            return own or number(v.data)
        if depth == 0:
            return "…"
        p = v._primitive
        parts = [self._formula(x, depth - 1) for x in v.operands]
        if not all(parts) or len(parts) > 4:
            return ""
        if p.name in INFIX:
            return INFIX[p.name].join(_bracketed(part) if p.name in ("mul", "div", "pow") else part for part in parts)
        return f"-{_bracketed(parts[0])}" if p.name == "neg" else f"{p.symbol}({', '.join(parts)})"


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
        if simple.numerator == 1 and simple.denominator not in (1, 10, 100, 1000):
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


def _bracketed(text: str) -> str:
    return f"({text})" if any(c in text for c in " -") else text
