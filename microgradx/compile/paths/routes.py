"""Routes: the paths of a program as people read them, as the comparisons that lead there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..rows.arguments import Shape
from ..tape.wording import elided
from ..tracing.recording import Recording

WIDTH = 90
"""About as many letters of a route as are printed, …"""

LONG = 30
"""… and of a comparison."""

SHORTEST = len("x < 0.0 and ")

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Route(NamedTuple):
    """One way through a function's ifs: comparisons that all hold there, and how many rows took it in the last call.

    Where that was a training these are the rows of all its steps. `arguments` are the shapes of the rows, where rows of
    several shapes have been seen.
    """

    guards: tuple[str, ...]
    rows: int
    arguments: str = ""

    def __repr__(self) -> str:
        of = f"{self.arguments}, " if self.arguments else ""
        return f"{of}{brief(self.guards) or 'no comparison'}: {self.rows} row{'' if self.rows == 1 else 's'}"


class Routes(list[Route]):
    """Routes, printed one below the other."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "no row has taken a path yet"


def of_shapes(names: Sequence[str], shapes: Sequence[Shape]) -> str:
    """Return the arguments with the shapes that they have in a row.

    >>> of_shapes(["xs", "y"], [(5, 2), ()])
    'xs (5, 2), y ()'
    """
    return ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))


def route(recording: Recording, rows: int, arguments: str = "") -> Route:
    """Return the route of a recording."""
    conditions = zip(recording.guards, recording.expected, strict=True)
    return Route(tuple(guard if expected else opposite(guard) for guard, expected in conditions), rows, arguments)


def opposite(guard: str) -> str:
    """Return what holds where a comparison does not (or where NaN is compared, of which none holds).

    >>> opposite("x[0] > 0.0")
    'x[0] <= 0.0'
    """
    parts = re.split(" (<=|>=|<|>) ", guard)
    return f"{parts[0]} {OPPOSITE[parts[1]]} {parts[2]}" if len(parts) == 3 else f"not ({guard})"


def brief(guards: Sequence[str], width: int = WIDTH) -> str:
    """Return comparisons in about so many letters: the first, how many are left out, and the last.

    >>> brief(["x > 0.0", "y > 0.0", "z <= 0.0", "u > 0.0"], 32)
    'x > 0.0 and 2 more and u > 0.0'
    """
    texts = [elided(guard, LONG) for guard in guards]
    line = "".join(texts[:1])
    for kept in range(min(len(texts), width // SHORTEST), 1, -1):
        left_out = [f"{len(texts) - kept} more"] * (kept < len(texts))
        line = " and ".join([*texts[: kept - 1], *left_out, texts[-1]])
        if len(line) <= width:
            break
    return line


def shown(recording: Recording) -> str:
    """Return the first few comparisons of a recording, as they came out, for a message."""
    return brief(route(recording, 0).guards, 160) or "there is no comparison"
