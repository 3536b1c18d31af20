"""Routes: the paths of a program as people read them, as the comparisons that lead there."""

from __future__ import annotations

import re
from typing import NamedTuple

from .recording import Recording

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Route(NamedTuple):
    """One way through a function's ifs: comparisons that all hold there, and how many rows took it in the last call."""

    guards: tuple[str, ...]
    rows: int

    def __repr__(self) -> str:
        return f"{' and '.join(self.guards) or 'no comparison'}: {self.rows} rows"


def route(recording: Recording, rows: int) -> Route:
    """Return the route of a recording."""
    conditions = zip(recording.guards, recording.expected, strict=True)
    return Route(tuple(guard if expected else opposite(guard) for guard, expected in conditions), rows)


def opposite(guard: str) -> str:
    """Return what holds where a comparison does not (or where NaN is compared, of which none holds).

    >>> opposite("x[0] > 0.0")
    'x[0] <= 0.0'
    """
    parts = re.split(" (<=|>=|<|>) ", guard)
    return f"{parts[0]} {OPPOSITE[parts[1]]} {parts[2]}" if len(parts) == 3 else f"not ({guard})"
