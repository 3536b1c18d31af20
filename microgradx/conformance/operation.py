"""An operation of a `Value` that is tried: how it is written, where, and what is known to go wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One way to write an operation: what it is called, the program, and operands to try it at.

    `wrong_values` and `wrong_partials` give, by what was done wrong, the value or the partials that result, as
    functions of the operands. `spelled` is the same operation out of simpler ones, which `built_on` names: where both
    are wrong alike, the fault is theirs. An operation that is not `required` may be missing.
    """

    text: str
    call: Call
    points: tuple[tuple[float, ...], ...]
    advice: str = ""
    required: bool = True
    wrong_values: Mapping[str, Call] = field(default_factory=dict)
    wrong_partials: Mapping[str, Call] = field(default_factory=dict)
    spelled: tuple[Call, ...] = ()
    built_on: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the operands are called in messages."""
        return ("x", "y")[: len(self.points[0])]
