"""The evidence: a graph and the hand derivations for it, computed at the recorded point and at points near it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...engine import Value
from ...errors import StaleGraphError
from ...expression import Expression
from ...notation import Notation
from ...replay import Replay
from ..by_hand import Derivation, NamedNodes
from ..report import relative_error
from .indices import stem
from .links import Graph
from .naming import Names
from .points import NARROW, WIDE, Point, certain, nearby_points, point, shares_of_one
from .reading import formula_of, written
from .search import MOST_SEARCHED
from .series import Series
from .written import Written

POINTS = 4
"""At how many points near the recorded one derivations are evaluated too."""

MOST_NODES = 20_000
"""Graphs with more nodes are diagnosed by the recorded point alone."""

_MOST_LEAVES = 100
_MOST_PIECES = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One row as the doctor sees it."""

    node: Value
    derivation: Derivation
    hand: float
    backprop: float
    error: float
    ok: bool


class Evidence:
    """What all rows of a comparison share, computed when it is first needed.

    With `codes_held` the leaves that are 0 or 1 stay so at all points: they may be labels of classes or switches. With
    `elsewhere` the recorded point, at which a derivation may be right by chance, is none of the points.
    """

    def __init__(
        self,
        output: Value,
        names: NamedNodes,
        cases: Sequence[Case],
        codes_held: bool = False,
        elsewhere: bool = False,
    ) -> None:
        self.codes_held = codes_held
        self.elsewhere = elsewhere
        self.output = output
        self.names = names
        self.cases = cases
        self._outside: dict[Value, Replay | None] = {}

    @cached_property
    def replay(self) -> Replay:
        """The graph as a function."""
        return Replay(self.output)

    @cached_property
    def points(self) -> list[Point]:
        """The recorded point, then those near it."""
        found = self._near(POINTS, WIDE)
        return found[1:] if self.elsewhere else found

    def _near(self, count: int, radius: float) -> list[Point]:
        if len(self.replay.order) > MOST_NODES:
            return nearby_points(self.replay, 0, (), set())
        leaves = {
            name: v for name, v in zip(self.called.own, self.replay.order, strict=True) if name and v._primitive is None
        }
        shares = shares_of_one(leaves, stem)
        held = {id(v) for group in shares if certain(group) for v in group}
        if self.codes_held:
            held |= {id(v) for v in self.replay.order if v._primitive is None and v.data in (0.0, 1.0)}
        return nearby_points(self.replay, count, [group for group in shares if not certain(group)], held, radius)

    def is_right_around(self, index: int) -> bool:
        """Return whether a derivation is right also at all points that are very near to the recorded one.

        Then it is right on this side of its own ifs, max and min, of which the graph knows only what it recorded.
        """
        around = self._near(POINTS, NARROW)[1:]
        return bool(around) and all(self.agrees(index, near) for near in around)

    @cached_property
    def called(self) -> Names:
        """What the nodes are called."""
        notation = Notation(self.output, self.names.given)
        return Names(self.replay.order, notation, self.names.variables, self.names.printed)

    @cached_property
    def constants(self) -> dict[str, float]:
        """The plain numbers that have a name: some may stand in the graph, which Values from elsewhere do not."""
        return {name: x for name, x in self.names.constants.items() if not isinstance(x, Value)}

    @cached_property
    def graph(self) -> Graph:
        """The graph at all points."""
        return Graph(self.replay, self.points, {i for i, name in enumerate(self.called.own) if name})

    @cached_property
    def places(self) -> list[int]:
        """The place of each row's node."""
        return [self.replay.place[id(case.node)] for case in self.cases]

    @cached_property
    def hands(self) -> list[Series]:
        """What each derivation gives at every point, NaN where it gives nothing; a mere number only where it was."""
        return [
            (
                self.hand(case, self.points[0]) if self.elsewhere else case.hand,
                *(self.hand(case, near) if case.derivation.movable else math.nan for near in self.points[1:]),
            )
            for case in self.cases
        ]

    @cached_property
    def written(self) -> list[Written | None]:
        """Each derivation's own formula at every point, where it can be looked into."""
        found: list[Written | None] = []
        for case, hand in zip(self.cases, self.hands, strict=True):
            numbers = [self.numbers(case, at) for at in self.points]
            looked_into = case.derivation.movable and all(map(math.isfinite, hand))
            place = self.replay.place
            places = {place[id(x)] for x in case.derivation.names.values() if isinstance(x, Value) and id(x) in place}
            source, recorded = case.derivation.source, case.derivation.recorded
            found.append(written(source, recorded, numbers, places) if looked_into else None)
        return found

    def formula(self, index: int) -> Expression | None:
        """Return a derivation as a formula: as it was given, or what its code computes; None where that is none."""
        return self._formulas[index]

    def short_formula(self, index: int) -> Expression | None:
        """Return it if it has few enough names, numbers and operations to be tried otherwise at each of them."""
        found = self.formula(index)
        return None if found is None or len(found.pieces) > _MOST_PIECES else found

    @cached_property
    def _formulas(self) -> list[Expression | None]:
        found: list[Expression | None] = []
        for case, hand in zip(self.cases, self.hands, strict=True):
            source = case.derivation.source
            traced = formula_of(source, case.derivation.recorded) if callable(source) else None
            if traced is not None and not self._computes(traced, case, hand):  # it takes another branch elsewhere
                traced = None
            found.append(source if isinstance(source, Expression) else traced)
        return found

    def _computes(self, formula: Expression, case: Case, hand: Series) -> bool:
        read = replace(case, derivation=replace(case.derivation, source=formula))
        return all(math.isclose(self.hand(read, at), h, rel_tol=1e-9) for at, h in zip(self.points, hand, strict=True))

    def _beside(self, x: Value) -> Replay | None:
        """Return a node that is no part of the graph as a function of its leaves; None if it stays as it is."""
        if x not in self._outside:
            try:
                self._outside[x] = Replay(x) if x._primitive is not None else None
            except StaleGraphError:  # recorded with two numbers
                self._outside[x] = None
        return self._outside[x]

    @property
    def cut(self) -> bool:
        """Whether the graph is too large to be searched through."""
        return len(self.replay.order) > MOST_SEARCHED

    def call(self, v: Value) -> str:
        """Return what a node of the graph is called."""
        return self.called.call(self.replay.place[id(v)])

    def is_named(self, v: Value) -> bool:
        """Return whether a node of the graph has a name of its own."""
        return bool(self.called.own[self.replay.place[id(v)]])

    def hand(self, case: Case, at: Point) -> float:
        """Return what a derivation gives at a point; NaN where it gives no number."""
        try:
            return case.derivation.evaluate(self.numbers(case, at))
        except Exception:  # the derivation is the student's code, which need not be defined elsewhere
            return math.nan

    def numbers(self, case: Case, at: Point) -> dict[str, float]:
        """Return what the names in a derivation that stand for nodes are at a point."""
        names = case.derivation.names.items()
        found = {name: self._number(x, at) for name, x in names if isinstance(x, Value)}
        return {name: x for name, x in found.items() if x is not None}

    def _number(self, v: Value, at: Point) -> float | None:
        """Return what a node, of the graph or beside it, is at a point; None if it stays as it is."""
        if id(v) in self.replay.place:
            return at.values[self.replay.place[id(v)]]
        beside = self._beside(v)
        return None if beside is None else beside.values(at.leaves)[-1]

    def named_number(self, name: str, at: Point) -> float:
        """Return what a name of one node or constant is at a point; an error where there are several."""
        (x,) = self.names.nodes[name] if name in self.names.nodes else [self.names.constants[name]]
        if not isinstance(x, Value):
            return x
        number = self._number(x, at)
        return x.data if number is None else number

    def agrees(self, index: int, at: Point) -> bool:
        """Return whether a derivation is right at a point, or undefined there."""
        case, right = self.cases[index], at.signals[self.places[index]]
        hand = self.hand(case, at)
        if math.isnan(hand) or relative_error(hand, right) <= 1e-6:
            return True
        numbers = {**case.derivation.recorded, **self.numbers(case, at)}
        return abs(hand - right) <= replace(case.derivation, recorded=numbers).rounding()

    def blamed(self, index: int, at: Point) -> dict[Value, float]:
        """Return the leaves that, moved alone to where they are at a point, make a right derivation wrong."""
        moved = list(at.leaves.items())[:_MOST_LEAVES]
        return {v: x for v, x in moved if not self.agrees(index, point(self.replay, {v: x}))}
