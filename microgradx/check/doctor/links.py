"""A graph at all points, and the uses of nodes by nodes in it, with their local derivatives at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...engine import Value
from ...primitives import Primitive
from ...replay import Replay
from .points import Point, swept
from .series import Series, series


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One use of `operand` by `user`, as places in the order, and ∂user/∂operand for it at every point.

    Between two named nodes a link may stand for all that lies between them; then `slot` is −1.
    """

    user: int
    operand: int
    slot: int
    partial: Series

    @property
    def whole(self) -> bool:
        """Whether the link is the use itself, and not all that lies between two named nodes."""
        return self.slot >= 0


class Graph:
    """The graph at all its points, as series by place."""

    def __init__(self, replay: Replay, points: Sequence[Point], named: set[int]) -> None:
        self.replay = replay
        self.points = points
        self.named = named
        self.values = series([point.values for point in points])
        self.signals = series([point.signals for point in points])
        self.users: list[list[int]] = [[] for _ in replay.order]
        for i, operands in enumerate(replay.operands):
            for place in dict.fromkeys(operands):
                if place is not None:
                    self.users[place].append(i)

    def signals_with(self, given: Mapping[int, Series]) -> list[Series]:
        """Return the error signals of all nodes where those of some are given, and hand on what is given."""
        return series(
            [swept(point.edges, {i: each[k] for i, each in given.items()}) for k, point in enumerate(self.points)]
        )

    def primitive(self, i: int) -> Primitive | None:
        """Return the row of node i, None for a leaf."""
        return self.replay.order[i]._primitive

    def number(self, i: int, slot: int) -> float | None:
        """Return operand `slot` of node i if it is a plain number."""
        x = self.replay.order[i].operands[slot]
        return None if isinstance(x, Value) else float(x)

    def numbers(self, i: int) -> list[float]:
        """Return the plain numbers among the operands of node i, as factors: ½ for a division by 2."""
        p, count = self.primitive(i), len(self.replay.operands[i])
        found = [(slot, self.number(i, slot)) for slot in range(count)]
        divides = p is not None and p.name == "div"
        return [1.0 / x if divides and slot else x for slot, x in found if x]

    def plain_numbers(self, places: Iterable[int]) -> set[float]:
        """Return the plain numbers among the operands of some nodes."""
        found = (self.number(i, slot) for i in places for slot in range(len(self.replay.operands[i])))
        return {x for x in found if x is not None}

    def operand(self, i: int, slot: int) -> Series:
        """Return the numbers of operand `slot` of node i."""
        place = self.replay.operands[i][slot]
        if place is not None:
            return self.values[place]
        return (self.number(i, slot) or 0.0,) * len(self.points)

    def factors(self, i: int) -> list[tuple[int | None, float | None]]:
        """Return what node i is a product of, as places and plain numbers, through nodes without names; itself else."""
        p = self.primitive(i)
        found: list[tuple[int | None, float | None]] = []
        if p is None or p.name not in ("mul", "div", "pow"):
            return [(i, None)]
        for slot, place in enumerate(self.replay.operands[i]):
            number = self.number(i, slot)
            if slot == 1 and p.name != "mul":  # a divisor, or an exponent
                if p.name == "div" and number:
                    found.append((None, 1.0 / number))
            elif place is None:
                found.append((None, number))
            else:
                found += [(place, None)] if place in self.named else self.factors(place)
        return found

    def is_negative(self, i: int) -> bool:
        """Return whether node i, without a name, is written with a minus: −d, −q/2 or −kt."""
        p = self.primitive(i)
        if i in self.named or p is None or p.name not in ("neg", "mul", "div"):
            return False
        slots = enumerate(self.replay.operands[i])
        negative = [(self.number(i, k) or 0.0) < 0.0 if j is None else self.is_negative(j) for k, j in slots]
        return (p.name == "neg") != (sum(negative) % 2 == 1)

    def sibling(self, link: Link) -> int | None:
        """Return the slot of the operand by which the link's operand is multiplied, None if it is not."""
        p = self.primitive(link.user)
        if p is None or not link.whole or p.name not in ("mul", "dot", "affine"):
            return None
        count = len(self.replay.operands[link.user])
        if p.name == "affine":
            inputs = (count - 1) // 2
            if link.slot == inputs:  # the bias
                return None
            return link.slot + inputs + 1 if link.slot < inputs else link.slot - inputs - 1
        return (link.slot + count // 2) % count


def dependents(replay: Replay, place: int) -> list[int]:
    """Return the places of the nodes that depend on the one at a place, itself first."""
    found = {place: None}
    for i in range(place + 1, len(replay.order)):
        if any(operand in found for operand in replay.operands[i] if operand is not None):
            found[i] = None
    return list(found)
