"""Slopes from the left and from the right, where a graph has a kink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...engine import Value
from ...replay import Replay
from .points import Point, kinked, point, sides

_JUST_BESIDE = 2.0**-30
_NEAR = 1e-4


class Kink(NamedTuple):
    """Where slopes change by the node at `place`: to the left and to the right, exactly here or only near."""

    place: int
    left: float
    right: float
    here: bool

    def between(self, slope: float) -> bool:
        """Return whether a slope lies between the two, or is one of them, to rounding."""
        low, high = sorted((self.left, self.right))
        slack = 1e-6 * max(abs(low), abs(high))
        return low - slack <= slope <= high + slack


def kink(replay: Replay, place: int) -> Kink | None:
    """Return the kink that the output has, as a function of the node at `place` alone, here or very near; else None.

    >>> from microgradx import Value, relu
    >>> z = Value(0.0, "z")
    >>> kink(Replay(3.0 * relu(z)), 0)
    Kink(place=1, left=0.0, right=3.0, here=True)
    """
    places = kinked(replay)
    if not places:
        return None
    v = replay.order[place]
    values = replay.values()
    x = values[place]
    at = sides(replay, values)
    for reach, here in ((_JUST_BESIDE, True), (_NEAR, False)):
        h = reach * max(1.0, abs(x))
        left, right = (point(replay, {v: x + step}) for step in (-h, h))
        for i, before, now, after in zip(
            places, sides(replay, left.values), at, sides(replay, right.values), strict=True
        ):
            on_it = now is None if here else before != after
            if on_it and i >= place and before != after and left.signals[place] != right.signals[place]:
                return Kink(i, left.signals[place], right.signals[place], here)
    return None


def on_both_sides(replay: Replay, points: Sequence[Point], place: int) -> bool:
    """Return whether a node with a kink is before it at some of the points and beyond it at others."""
    which = kinked(replay).index(place)
    return len({sides(replay, at.values)[which] for at in points} - {None}) > 1


def is_slope(output: Value, v: Value, slope: float) -> bool:
    """Return whether v is at a kink of the output, and a number is one of the slopes there or lies between them.

    What the derivative is at a kink is a convention, and lecturers differ: no such number is a mistake.
    """
    replay = Replay(output)
    found = kink(replay, replay.place[id(v)])
    return found is not None and found.here and found.between(slope)
