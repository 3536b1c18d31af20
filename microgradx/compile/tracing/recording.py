"""What tracing a function gives: a tape, the guards under which it holds, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...engine import Value
from ...errors import ShapeError
from ...primitives import row
from ..tape.tape import NONE, PARAMETER, Ints, Tape, code
from ..tape.unroll import Origin, recorded
from ..tape.wording import comparison, told_apart
from .choices import Choice, Decision

DETACH = code(row("detach"))


class Column(NamedTuple):
    """Where an input stands in the arguments of a row: argument, then the indices of nested lists.

    With a `category` the argument is a run-time integer, and the input is 1.0 where it equals the category, else 0.0.
    """

    argument: int
    place: tuple[int, ...] = ()
    category: int | None = None


@dataclass(frozen=True)
class Recording:
    """A function of one row, recorded along one path.

    packed      its outputs are "values" (k,) and "guards" (g,): nodes that hold 1.0 or 0.0; runs of parameters and what
                they are multiplied by are vectors: see `runs`
    origin      of which recorded nodes, those of `tape`, these consist; None where there are no vectors
    expected    the outcome of each guard on this path; the tape is the function only where all come out so
    columns     where the inputs come from: input i of the tape is columns[i]
    parameters  PARAMETER i of the tape is parameters[i]: gradients are taken with respect to these
    captured    PARAMETER len(parameters) + i: other leaves that the function used; read anew at each call
    single      whether the function returned one number, not a list
    blocks      (n, 2) which `chain.Block` each operand of a node came through, by number, or NONE: nodes that share a
                block share a number. Only strict mode asks: it decides the order in which error signals add up.
                Where there are vectors, which strict mode has none of, the parameters are left out
    own_names   node → the label or name under which a user knows it, of all but the parameters
    turned      of each guard, whether it was written as a > or >=
    orders      of outputs the eager order of backward, once found: see `eager_order`
    codes       (n,) of each node as it was recorded, a row where the tape has a sum
    choices     nodes that are one of others and no nodes to Values, which strict mode asks; and what they go by
    computed    Values with a graph that were met, node by node: made by the function, or before it ran
    mixed       nodes Σⱼ [index = j]·entryⱼ that an entry which is not chosen makes NaN if it is inf
    idle        whether comparisons were made that the function did not ask for their outcome, as far as can be seen
    """

    packed: Tape
    expected: tuple[bool, ...]
    columns: tuple[Column, ...]
    parameters: tuple[Value, ...]
    captured: tuple[Value, ...]
    single: bool
    blocks: Ints
    own_names: dict[int, str]
    turned: tuple[bool, ...]
    idle: bool = False
    codes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    choices: dict[int, Choice] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    orders: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)
    mixed: tuple[int, ...] = ()
    computed: list[Value] = field(default_factory=list, compare=False, repr=False)
    origin: Origin | None = None

    def check_single(self, method: str) -> None:
        """Raise ShapeError unless the function returned one number, and in no list, as a method needs it."""
        if not self.single:
            count = len(self.packed.outputs["values"])
            instead = "that number itself" if count == 1 else "their sum or mean"
            raise ShapeError(
                f"{method} needs a function that returns one number, but this one returns a list of {count}; "
                f"return {instead}, or see jacobian"
            )

    @cached_property
    def tape(self) -> Tape:
        """The tape of numbers alone."""
        return self.packed if self.origin is None else recorded(self.packed, self.origin)

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """Each guard as a person reads it, such as "x[0] > 0.0"; there may be very many that nobody ever does."""
        names = told_apart(self.names)
        nodes = self.tape.outputs["guards"].tolist() if self.turned else []
        return tuple([comparison(self.tape, names, *guard) for guard in zip(nodes, self.turned, strict=True)])

    @cached_property
    def size(self) -> tuple[int, int]:
        """How many nodes and terms there are in the tape of numbers alone, which need not be made for that."""
        tape, is_number = self.packed, self.packed.width == 1
        if self.origin is None:
            return len(tape), len(tape.left)
        return len(self.codes), int(tape.width[tape.left[np.repeat(is_number, tape.arity)]].sum())

    @cached_property
    def constants(self) -> tuple[Value, ...]:
        """The captured leaves that are used otherwise than in `detach`, where they are meant to be constant."""
        tape, count = self.packed, len(self.parameters)
        terms = tape.op[tape.owner] != DETACH
        nodes = np.concatenate([tape.left[terms], tape.right[terms], tape.outputs["values"], tape.outputs["guards"]])
        nodes = nodes[nodes != NONE]
        places = tape.number[nodes[tape.op[nodes] == PARAMETER]]
        return tuple([self.captured[i] for i in np.unique(places[places >= count]).astype(int) - count])

    @cached_property
    def names(self) -> dict[int, str]:
        """The label or name under which a user knows a node, by node."""
        return labels(self.parameters) | self.own_names


def labels(leaves: Sequence[Value]) -> dict[int, str]:
    """Return the labels of those leaves that have one, by their places.

    >>> labels([Value(1.0), Value(2.0, "w")])
    {1: 'w'}
    """
    return {i: v.label for i, v in enumerate(leaves) if v.label}
