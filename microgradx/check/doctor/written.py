"""What a derivation says in so many words: the parts of its formula, and whether an explanation speaks of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations

from ...engine import Value
from ...replay import Replay
from .links import Graph
from .points import swept
from .series import Series, equal, is_constant, series, stays

_SUMS = frozenset({"add", "sub"})
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pos", "pow"})
_MOST_FACTORS = 8
_MOST_TERMS = 8
_MOST_POWER = 4


class Written:
    """The graph of a derivation's own formula: its factors, and its terms, as numbers at every point."""

    def __init__(self, replay: Replay, points: Sequence[Mapping[Value, float]], places: Collection[int] = ()) -> None:
        self.replay = replay
        self.places = places
        values = [replay.values(at) for at in points]
        self._edges = [replay.edges(each) for each in values]
        self.values: list[Series] = series(values)
        self.signals: list[Series] = series([swept(edges) for edges in self._edges])

    def has_node(self, graph: Graph, i: int) -> bool:
        """Return whether the value of a graph's node is a factor somewhere, also multiplied out.

        The node y − t is there in y·x − t·x too.
        """
        if self.has(graph.values[i]):
            return True
        p, operands = graph.primitive(i), graph.replay.operands[i]
        if p is None or p.name not in ("add", "sub", "mul", "neg"):
            return False
        if p.name in ("mul", "neg"):
            return all(self.has_node(graph, j) for j in operands if j is not None)
        sign = -1.0 if p.name == "sub" else 1.0
        return self._has_sum(graph.operand(i, 0), tuple(sign * x for x in graph.operand(i, 1)))

    def speaks_of(self, graph: Graph, i: int) -> bool:
        """Return whether a graph's node is in the formula: by its name, computed as it is there, or multiplied out.

        Another calculation that gives the same numbers, as o − x for v·u where o = x + v·u, does not count.
        """
        p = graph.primitive(i)
        if i in self.places or p is None:
            return i in self.places
        for own, values in zip(self.replay.order, self.values, strict=True):
            row = own._primitive
            same = row is not None and (row is p or {row.name, p.name} <= _SUMS)
            if same and (equal(values, graph.values[i]) or equal(tuple(-x for x in values), graph.values[i])):
                return True
        if p.name not in _SUMS:
            return False
        sign = -1.0 if p.name == "sub" else 1.0
        return self._has_sum(graph.operand(i, 0), tuple(sign * x for x in graph.operand(i, 1)))

    def _has_sum(self, x: Series, y: Series) -> bool:
        """Return whether two numbers stand in terms that else are equal: x·r and y·r."""
        if not all(x):
            return False
        others = (tuple(b * term / a for a, b, term in zip(x, y, each, strict=True)) for each in self._terms)
        return any(equal(other, term) for other in others for term in self._terms)

    def divides(self, graph: Graph, i: int) -> bool:
        """Return whether the formula divides by a node's value."""
        return self.divides_by(graph.values[i])

    def divides_by(self, x: Series) -> bool:
        """Return whether the formula divides by a number somewhere, or by that with the other sign."""
        inverse = tuple(1.0 / a if a else math.nan for a in x)
        negative = tuple(-a for a in inverse)
        return any(equal(inverse, factor) or equal(negative, factor) for factor in self._factors)

    def has(self, x: Series) -> bool:
        """Return whether a number is a factor somewhere in the formula, by itself or as a product of some that are.

        One that moves with the points may have a constant besides it; a constant only a sign.
        """
        moves = not is_constant(x)
        return any(
            (moves and is_constant(tuple(a / b if b else math.nan for a, b in zip(x, factor, strict=True))))
            or equal(x, factor) or equal(tuple(-a for a in x), factor)
            for factor in self._factors
        )  # fmt: skip

    def adds(self, x: Series) -> bool:
        """Return whether a number is a term of the formula, multiplied out, or some of its terms together, or all."""
        whole = self.values[-1]
        rest = tuple(a - b for a, b in zip(whole, x, strict=True))
        scale = tuple(abs(a) + abs(b) for a, b in zip(whole, x, strict=True))
        return any(equal(x, term, scale) or equal(rest, term, scale) for term in self._terms)

    def computes(self, x: Series) -> bool:
        """Return whether a number is computed somewhere in the formula, but for a constant factor."""
        return any(
            is_constant(tuple(a / b if b else math.nan for a, b in zip(x, values, strict=True)))
            for values in self.values
        )

    def applies(self, x: Series) -> bool:
        """Return whether the formula has a function of a number in it."""
        return any(
            j is not None and self._row(i) not in _ARITHMETIC and equal(self.values[j], x)
            for i, operands in enumerate(self.replay.operands)
            for j in operands
        )

    @cached_property
    def holds(self) -> bool:
        """Whether some of its names, or the whole, stay what they are at all points."""
        leaves = (values for v, values in zip(self.replay.order, self.values, strict=True) if v._primitive is None)
        return any(map(stays, (self.values[-1], *leaves)))

    def accounts_for(self, x: float) -> bool:
        """Return whether a number, or one over it, stands in the formula, or is a quotient or product of two that do.

        Where all names move with the points it may also be what the formula lacks.
        """
        plain = {abs(each) for v in self.replay.order for each in v.operands if not isinstance(each, Value) and each}
        leaves = [values for v, values in zip(self.replay.order, self.values, strict=True) if v._primitive is None]
        held = {abs(values[0]) for values in leaves if stays(values) and values[0]}
        known = [1.0, *plain, *held]
        found = {made for a in known for b in plain | {1.0} for made in (a, b / a, a / b, a * b)}
        return not held or any(math.isclose(abs(x), each, rel_tol=1e-9) for each in found)

    def cancels(self) -> bool:
        """Return whether two factors of a product, other than ±1, or two terms of a sum, cancel each other."""
        for i in self._products():
            factors = [x for x in self._factors_of(i) if not is_constant(x)][:_MOST_FACTORS]
            one = (1.0,) * len(self.values[0])
            if any(equal(tuple(map(math.prod, zip(x, y, strict=True))), one) for x, y in combinations(factors, 2)):
                return True
        terms = ([*self._added(i, self._is_sum)][:_MOST_TERMS] for i in range(len(self.values)) if self._is_sum(i))
        pairs = ((x, y) for each in terms for x, y in combinations(each, 2) if any(x) and not stays(x))
        return any(equal(x, tuple(-a for a in y)) for x, y in pairs)

    @cached_property
    def _factors(self) -> list[Series]:
        """The products of any factors of a product in the formula; a single name is one too."""
        found: dict[Series, None] = {}
        for i in self._products():
            factors = list(self._factors_of(i))[:_MOST_FACTORS]
            for count in range(1, len(factors) + 1):
                for chosen in combinations(factors, count):
                    found[tuple(map(math.prod, zip(*chosen, strict=True)))] = None
        return list(found)

    def _products(self) -> Iterator[int]:
        """Yield the places of what is no factor of a larger product."""
        yield len(self.replay.order) - 1
        for i, operands in enumerate(self.replay.operands):
            if not self._is_product(i):
                yield from (j for j in operands if j is not None)

    def _row(self, i: int) -> str:
        """Return the name of the row of node i, "" for a leaf."""
        p = self.replay.order[i]._primitive
        return "" if p is None else p.name

    def _is_product(self, i: int) -> bool:
        name = self._row(i)
        return name in ("mul", "div", "neg") or (name == "pow" and self._power(i) != 0)

    def _power(self, i: int) -> int:
        exponent = self.replay.order[i].operands[1]
        if isinstance(exponent, Value) or not float(exponent).is_integer() or abs(exponent) > _MOST_POWER:
            return 0
        return int(exponent)

    def _factors_of(self, i: int) -> Iterator[Series]:
        if not self._is_product(i):
            yield self.values[i]
            return
        name = self._row(i)
        for slot in range(1 if name in ("neg", "pow") else 2):
            times = self._power(i) if name == "pow" else -1 if name == "div" and slot else 1
            for factor in self._factors_at(i, slot):
                yield from [factor if times > 0 else tuple(1.0 / x if x else math.nan for x in factor)] * abs(times)

    def _factors_at(self, i: int, slot: int) -> Iterable[Series]:
        place = self.replay.operands[i][slot]
        if place is not None:
            return self._factors_of(place)
        return [(float(self.replay.order[i].operands[slot]),) * len(self.values[0])]

    @cached_property
    def _terms(self) -> list[Series]:
        """What each part of the formula adds to the whole, multiplied out, and those of each sum together."""
        zero, found = (0.0,) * len(self.values[0]), {self.values[-1]: None}
        for i in self._opened:
            found |= dict.fromkeys(self._added(i, lambda _: True))
        inner = {j for i in self._opened if self._is_sum(i) for j in self.replay.operands[i]}
        for i in (i for i in self._opened if self._is_sum(i) and i not in inner):
            terms = list(self._added(i, self._is_sum))[:_MOST_TERMS]
            for count in range(2, len(terms)):
                for chosen in combinations(terms, count):
                    found[tuple(map(math.fsum, zip(*chosen, strict=True)))] = None
        return [term for term in found if term != zero]

    @cached_property
    def _opened(self) -> list[int]:
        """The places of the sums and products from which the whole is made without other operations."""
        found = {len(self.replay.order) - 1}
        for i in range(len(self.replay.order) - 1, -1, -1):
            name = self._row(i)
            if i in found and name in ("add", "sub", "neg", "mul", "div"):
                found.update(j for j in self.replay.operands[i][: 1 if name == "div" else 2] if j is not None)
            else:
                found.discard(i)
        return sorted(found)

    def _is_sum(self, i: int) -> bool:
        return self._row(i) in _SUMS

    def _added(self, i: int, opened: Callable[[int], bool]) -> Iterator[Series]:
        """Yield what the operands of node i add to the whole: x·∂whole/∂x, those that are sums again themselves."""
        if not self._row(i) or not opened(i):
            return
        operands = self.replay.operands[i]
        edges = {each[0].slot: each for each in zip(*(edges[i] for edges in self._edges), strict=True)}
        for slot, place in enumerate(operands):
            if place is None:
                if self._is_sum(i):
                    sign = -1.0 if slot and self._row(i) == "sub" else 1.0
                    x = sign * float(self.replay.order[i].operands[slot])
                    yield tuple(x * s for s in self.signals[i])
            elif opened == self._is_sum and self._is_sum(place):
                yield from self._added(place, opened)
            else:
                numbers = zip(self.values[place], edges[slot], self.signals[i], strict=True)
                yield tuple(x * (edge.partial or 0.0) * s for x, edge, s in numbers)
