"""One hand derivation to be explained, and what an explanation is."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .alternatives import Change, at_point, is_constant
from .links import Graph, Link
from .series import Series
from .ways import Ways
from .written import Written

RANKS = {
    "sign": 0.0, "constant": 1.0, "mask": 2.0, "relu": 2.1, "dropped": 3.0, "outer": 3.4, "reflected": 3.45,
    "inner": 3.5, "without": 3.6, "paths": 4.0, "held": 4.3, "transposed": 5.0, "same": 5.4, "shifted": 5.45,
    "swapped": 5.5, "itself": 5.8, "negated": 6.0, "twice": 7.0, "with": 7.1, "extra": 7.2, "missing": 7.3,
    "doubled": 8.0, "variable": 8.5, "output": 8.6, "inverted": 9.0, "other": 9.1, "instead": 9.2, "halved": 9.3,
    "ratio": 9.5, "weighed": 10.0, "product": 10.5, "term": 11.0, "scaled": 20.0, "two": 30.0,
}  # fmt: skip
"""Which explanation is named first: the more specific, and the simpler."""

STANDING = ("itself", "other", "inner", "outer", "inverted", "instead", "swapped", "same", "shifted", "reflected")
"""Slips by which something else stands in the place of a local derivative."""

_FROM_NOWHERE = ("ratio", "weighed")
_PRECISION = 1e-8
_ROUNDING = 1e-13
_MOST_NODES_OF_A_VALUE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """An explanation that fits: the slip, the links where it was made, and what it gives at every point.

    `nodes` are those that the slip is about, and `number` the plain number; `parts` is what each of the links then
    contributes. `scale` is what the whole is off by besides, `besides` the constant of the graph that explains that.
    """

    rank: float
    slip: str
    prediction: Series
    links: tuple[Link, ...] = ()
    change: Change | None = None
    nodes: tuple[int, ...] = ()
    number: float = 1.0
    scale: float = 1.0
    besides: Finding | None = None
    parts: tuple[Series, ...] = ()

    @property
    def link(self) -> Link:
        """The first of its links."""
        return self.links[0]

    @property
    def node(self) -> int:
        """The first of its nodes."""
        return self.nodes[0]

    @property
    def is_sign(self) -> bool:
        """Whether its number is −1, to rounding: only the sign is wrong."""
        return abs(self.number * self.scale + 1.0) <= 1e-9

    @property
    def stands(self) -> bool:
        """Whether something else is said to stand where a local derivative belongs."""
        return self.slip in STANDING

    @property
    def is_from_nowhere(self) -> bool:
        """Whether its number stands nowhere in the graph."""
        return self.slip in _FROM_NOWHERE

    @property
    def is_guess(self) -> bool:
        """Whether it has a sign flipped and also a number in it that stands nowhere: any two numbers differ so."""
        return self.is_from_nowhere and self.number * self.scale < 0.0 and not self.is_sign

    @property
    def form(self) -> str:
        """How what stands in the place of the local derivative is written."""
        return self.change.form if self.change else ""

    @property
    def instead(self) -> float:
        """What stands in the place of the local derivative."""
        return at_point(self.change, 0) if self.change else math.nan


@dataclass(frozen=True)
class Question:
    """Why is `hand`, known at some of the points and NaN at others, not the gradient by the ways' target?

    `precision` is the relative one of the hand derivation, `names` the nodes' own by place, `constants` the numbers
    that have a name, `written` the derivation's own formula, if there is one, which gives `scale` times `hand`.
    """

    ways: Ways
    hand: Series
    precision: float
    names: Sequence[str]
    constants: Sequence[float] = ()
    written: Written | None = None
    scale: float = 1.0

    @property
    def graph(self) -> Graph:
        """The graph at all points."""
        return self.ways.graph

    @cached_property
    def slack(self) -> float:
        """By how much, relatively, an explanation may be off."""
        return max(self.precision, _PRECISION)

    @cached_property
    def known(self) -> list[int]:
        """The points at which the hand derivation is known."""
        return [k for k, h in enumerate(self.hand) if math.isfinite(h)]

    @property
    def one_number(self) -> bool:
        """Whether there is only one number to go by."""
        return len(self.known) < 2

    @property
    def rounded(self) -> bool:
        """Whether there is only one number to go by, and that with so few digits that much fits it by chance."""
        return self.one_number and self.precision > _PRECISION

    def scaled(self, factor: float) -> Question:
        """Return the question about the hand derivation divided by a factor."""
        return replace(self, hand=tuple(h / factor for h in self.hand), scale=self.scale * factor)

    def fits(self, prediction: Sequence[float], points: Sequence[int] | None = None) -> bool:
        """Return whether a prediction is the hand derivation, to rounding, wherever that is known."""
        for k in self.known if points is None else points:
            h, p, g = self.hand[k], prediction[k], self.ways.gradient[k]
            allowed = self.slack * max(abs(h), abs(p)) + _ROUNDING * abs(g)
            if not (math.isfinite(p) and abs(h - p) <= allowed):
                return False
        return True

    def is_added(self, finding: Finding) -> bool:
        """Return whether the term that a finding adds is one of the derivation's own formula, if that is known."""
        added = tuple(self.scale * (h - g) for h, g in zip(finding.prediction, self.ways.gradient, strict=True))
        return self.written is None or self.written.adds(added)

    def nodes_with(self, x: float) -> list[int]:
        """Return the places of the nodes whose recorded value is about x."""
        if not math.isfinite(x):
            return []
        slack = 1e2 * self.slack * abs(x)
        first = bisect.bisect_left(self._by_value, (x - slack, -1))
        last = bisect.bisect_right(self._by_value, (x + slack, len(self._by_value)))
        return [i for _, i in self._by_value[first:last]][:_MOST_NODES_OF_A_VALUE]

    @cached_property
    def _by_value(self) -> list[tuple[float, int]]:
        return sorted((series[0], i) for i, series in enumerate(self.graph.values) if math.isfinite(series[0]))

    def rank(self, change: Change, link: Link) -> float:
        """Return the rank of a change at a link."""
        rank = RANKS["paths" if change.slip == "stopped" else change.slip]
        if change.slip == "dropped" and is_constant(self.graph, link):
            rank = RANKS["constant"]
        if change.slip == "without" and change.number is not None:
            rank = RANKS["constant"] + 0.1
        if change.slip == "twice" and is_constant(self.graph, link):
            rank = RANKS["twice"]
        if change.slip == "swapped" and (change.node not in self.graph.named or len(set(link.partial)) == 1):
            rank += 3.5
        if change.slip == "swapped" and self._is_part(change.node, link):
            rank += 2.0
        return rank + self._obscurity(link)

    def _is_part(self, i: int | None, link: Link) -> bool:
        """Return whether a node is one of the operands from which a product's other factor is computed, as x of x²."""
        slot = self.graph.sibling(link)
        other = None if slot is None else self.graph.replay.operands[link.user][slot]
        if other is None:
            return False
        p = self.graph.primitive(other)
        return p is not None and len(p.partials) > 1 and i in self.graph.replay.operands[other]

    def _obscurity(self, link: Link) -> float:
        """Return by how much less a link is what a reader thinks of: it is no single use, or joins unnamed nodes."""
        if not link.whole:
            return 0.05 if is_constant(self.graph, link) else 0.001
        slot = self.graph.sibling(link)
        if slot is not None and self.graph.replay.operands[link.user][slot] in self.graph.named:
            return 0.0
        return sum(0.002 for i in (link.user, link.operand) if i not in self.graph.named and i != self.ways.target)
