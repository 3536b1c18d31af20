"""Routes: the paths of a program as people read them, as the comparisons that lead there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten
from typing import NamedTuple

from ..rows.arguments import Shape
from ..tracing.recording import Recording

MANY = 8
"""As many comparisons of a route as are printed; `guards` has all of them."""

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
        left_out = len(self.guards) - MANY
        shown = [*self.guards[: MANY - 1], f"{left_out} more", self.guards[-1]] if left_out > 1 else self.guards
        return f"{of}{' and '.join(shown) or 'no comparison'}: {self.rows} row{'' if self.rows == 1 else 's'}"


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


def shown(recording: Recording) -> str:
    """Return the first few comparisons of a recording, as they came out, for a message."""
    guards = route(recording, 0).guards
    first = [shorten(guard, 80, placeholder=" …") for guard in guards[:4]]
    return " and ".join(first + ["…"] * (len(guards) > 4)) or "there is no comparison"
