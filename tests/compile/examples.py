"""What a program of the zoo is, and what the engine makes of it, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, NamedTuple

import microgradx as mx
from microgradx import Value

Rows = Callable[[int, int], tuple[Any, ...]]


@dataclass(frozen=True)
class Program:
    """A scalar function of one row, as `mx.compile` takes it.

    f            of one argument for each array of rows; returns one Value (or a number, where it is constant)
    parameters   the Values to differentiate by, besides the arguments
    rows         rows(n, seed): one array for each argument, with n entries
    indices      the arguments that are run-time integers, or lists of these, by name
    """

    f: Callable[..., Any]
    parameters: list[Value]
    rows: Rows
    indices: tuple[str, ...] = ()


class Result(NamedTuple):
    """What the engine makes of some rows: values (n,), ∂value/∂parameter (n, p), ∂value/∂argument shaped as the rows.

    The place of an argument of integers holds None.
    """

    values: list[float]
    by_parameters: list[list[float]]
    by_arguments: list[Any]


def eager(program: Program, arguments: Sequence[Any]) -> Result:
    """Run the engine on each row with every number of it a Value.

    >>> square = Program(lambda x, w=Value(3.0): w * x * x, [], lambda n, seed: ([float(i) for i in range(n)],))
    >>> eager(square, [[1.0, 2.0]])
    Result(values=[3.0, 12.0], by_parameters=[[], []], by_arguments=[[6.0, 12.0]])
    """
    names = list(signature(program.f).parameters)
    found = Result([], [], [None if names[i] in program.indices else [] for i in range(len(arguments))])
    for row in zip(*(plain(argument) for argument in arguments), strict=True):
        xs = [x if names[i] in program.indices else as_values(x) for i, x in enumerate(row)]
        inputs = [v for i, x in enumerate(xs) if names[i] not in program.indices for v in leaves(x)]
        output = program.f(*xs)
        slopes = iter(mx.grad(output, [*program.parameters, *inputs]) if isinstance(output, Value) else [])
        found.values.append(float(output.data if isinstance(output, Value) else output))
        found.by_parameters.append([next(slopes, 0.0) for _ in program.parameters])
        for place, x in zip(found.by_arguments, xs, strict=True):
            if place is not None:
                place.append(in_place_of(x, slopes))
    return found


def plain(rows: Any) -> Any:
    """Return rows as nested lists of numbers."""
    return rows.tolist() if hasattr(rows, "tolist") else rows


def as_values(x: Any) -> Any:
    """Return nested lists of numbers as nested lists of Values."""
    return [as_values(entry) for entry in x] if isinstance(x, list) else Value(x)


def leaves(x: Any) -> list[Value]:
    """Return the Values of nested lists, in order."""
    return [v for entry in x for v in leaves(entry)] if isinstance(x, list) else [x]


def in_place_of(x: Any, numbers: Any) -> Any:
    """Return nested lists as x, filled with numbers from an iterator, 0.0 where it ends."""
    return [in_place_of(entry, numbers) for entry in x] if isinstance(x, list) else next(numbers, 0.0)
