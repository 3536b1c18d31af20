"""Single rows run eagerly, on Values: what compiled code must equal, and what speaks where its numbers are not finite.

A compiled row computes by IEEE rules and never stops; the engine raises where an operation leaves its domain, and names
the node. So a row whose compiled numbers are not finite is run again here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...calculus import grad
from ...dual import jvp
from ...engine import Value
from ...errors import DomainError, ShapeError
from ...functions import dot
from ...ieee import plain
from ...names import brief
from ...numbers import is_recording, real
from ...pairing import is_list
from ..forks import MOVING
from ..tape.slopes import weights
from ..tape.tape import Floats
from .arguments import Batch, Shape

Function = Callable[..., Any]


class Eager:
    """A function of one row, on the rows of batches; `indices` are the places of arguments that are integers."""

    def __init__(self, f: Function, names: Sequence[str], indices: frozenset[int]) -> None:
        self.f = f
        self.names = tuple(names)
        self.indices = indices

    def numbers(self, rows: Batch, row: int) -> list[Any]:
        """Return the arguments of one row as plain numbers, in nested lists."""
        return self._filled(rows, row, _as_it_is)

    def arguments(self, rows: Batch, row: int) -> tuple[list[Any], list[Value]]:
        """Return the arguments of one row as the function takes them, and the Values among them, in order."""
        values: list[Value] = []

        def number(x: float, label: str) -> Value:
            """Return a new Value, and note it."""
            values.append(Value(x, label))
            return values[-1]

        return self._filled(rows, row, number), values

    def _filled(self, rows: Batch, row: int, number: Callable[[float, str], Any]) -> list[Any]:
        """Return the arguments of one row, with what `number` makes of each number that is no index, and its label."""
        kinds = [_integer if place in self.indices else number for place in range(len(rows.arrays))]
        each = zip(rows.arrays, self.names, kinds, strict=True)
        return [_nested(x[row].tolist(), name, kind) for x, name, kind in each]

    def outputs(self, rows: Batch, row: int) -> tuple[list[Any], list[Value]]:
        """Return f's outputs in one row as a list, and the Values that it was given."""
        arguments, values = self.arguments(rows, row)
        with located(row):
            return outputs(self.f(*arguments)), values

    def values(self, rows: Batch, row: int) -> Floats:
        """Return f's outputs in one row, (k,)."""
        return np.array([plain(y) for y in self.outputs(rows, row)[0]])

    def values_and_slopes(self, rows: Batch, row: int, parameters: Sequence[Value]) -> tuple[Floats, Floats]:
        """Return f's outputs in one row, (k,), and the derivatives of their weighted sum: see `slopes`.

        These are by the numbers of the row, then by the parameters; NaN where Values refuse them.
        """
        ys, values = self.outputs(rows, row)
        leaves = [*values, *parameters]
        pairs = [(y, c) for y, c in zip(ys, weights(len(ys)).tolist(), strict=True) if isinstance(y, Value)]
        try:
            found = grad(dot(*zip(*pairs, strict=True)), leaves) if pairs else [0.0] * len(leaves)
        except ArithmeticError:  # a number too large for Values
            found = [math.nan] * len(leaves)
        return np.array([plain(y) for y in ys]), np.array(found)

    def value_and_gradient(
        self, rows: Batch, row: int, parameters: Sequence[Value], weight: float = 1.0
    ) -> tuple[float, Floats]:
        """Return the one output in one row, and what `backward(weight)` from it sends to parameters, (p,)."""
        (y,), _ = self.outputs(rows, row)
        return plain(y), np.array(grad(weight * y, list(parameters)))

    def jacobian(self, rows: Batch, row: int) -> Floats:
        """Return the derivatives of each output with respect to each number of the row, (k, m)."""
        ys, values = self.outputs(rows, row)
        return np.array([grad(y, values) for y in ys]).reshape(len(ys), len(values))

    def hessian(self, rows: Batch, row: int) -> Floats:
        """Return the second derivatives of the one output with respect to the numbers of the row, (m, m)."""
        (y,), values = self.outputs(rows, row)
        first = grad(y, values, create_graph=True)
        return np.array([grad(g, values) for g in first]).reshape(len(values), len(values))

    def tangent(self, rows: Batch, row: int, direction: Sequence[float]) -> Floats:
        """Return the directional derivative of each output, (k,)."""
        _, values = self.arguments(rows, row)

        def along(numbers: list[Any]) -> list[Any]:
            """Return the outputs where the numbers of the row are these."""
            waiting = iter(numbers)
            return outputs(self.f(*self._filled(rows, row, lambda x, label: next(waiting))))

        with located(row):
            _, tangents = jvp(along, [v.data for v in values], direction)
        return np.array([plain(t) for t in tangents])


def outputs(y: Any) -> list[Any]:
    """Return what a function gave as a list of numbers; TypeError for anything else.

    >>> outputs(2.0), outputs([1.0, 2.0])
    ([2.0], [1.0, 2.0])
    """
    found = list(y) if is_list(y) else [y]
    for z in found:
        if is_list(z):
            raise ShapeError(
                f"a compiled function returns one number or a flat list of them, not a list of lists: {brief(y)}"
            )
        if not is_recording(z):
            try:
                real(z)
            except TypeError:
                raise TypeError(
                    f"a compiled function returns one number or a list of them, not {brief(z)} of type "
                    f"{type(z).__name__}{_to_return(z)}"
                ) from None
    return found


def _to_return(z: Any) -> str:
    """Return what to return in place of something that is no number."""
    if isinstance(z, bool) or hasattr(z, "_where"):
        return "; write mx.where(condition, 1.0, 0.0)"
    if hasattr(z, "__next__"):
        return "; return a list in place of yield"
    return "; is a return missing?" if z is None else "; return what its tolist() gives" if hasattr(z, "tolist") else ""


def _integer(x: float, label: str) -> int:
    return int(x)


def _as_it_is(x: float, label: str) -> float:
    return x


def _nested(x: Any, label: str, kind: Callable[[float, str], Any]) -> Any:
    if isinstance(x, list):
        return [_nested(entry, f"{label}[{i}]", kind) for i, entry in enumerate(x)]
    return kind(x, label)


@contextmanager
def called_by_row(eager: Eager, rows: Batch) -> Iterator[None]:
    """Say of an error with what the function was called: one row, where many a function expects all of them."""
    try:
        yield
    except Exception as error:
        told = []
        for place, x in enumerate(rows.arrays):
            kind = _kind(x.shape[1:], "whole number" if place in eager.indices else "number")
            told.append(f"{eager.names[place]} is {kind}, since all rows have shape {x.shape}")
        error.add_note(f"The function is called with one row at a time: {'; '.join(told) or 'with no argument'}.")
        raise


def _kind(shape: Shape, what: str) -> str:
    """Return what an argument is that has this shape in a row.

    >>> _kind((), "number"), _kind((1,), "number"), _kind((2, 3), "number")
    ('one number', 'a list of 1 number', 'a list of 2 lists of 3 numbers')
    """
    if not shape:
        return f"one {what}"
    sizes = [f"{n} {'list' if i < len(shape) else what}{'s' * (n != 1)}" for i, n in enumerate(shape, 1)]
    return "a list of " + " of ".join(sizes)


@contextmanager
def located(row: int) -> Iterator[None]:
    """Say of an error in which row it arose."""
    try:
        yield
    except Exception as error:
        note = f"It arose in row {row}, counted from 0."
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
            if isinstance(error, DomainError):  # some notebooks do not show notes
                error.args = (f"row {row}: {error}",)
        raise


@contextmanager
def moved(leaves: Sequence[Value], numbers: Sequence[float]) -> Iterator[None]:
    """Give leaves other data for a while, which only other threads' own code can see."""
    with MOVING:
        before = [v.data for v in leaves]
        try:
            for v, x in zip(leaves, numbers, strict=True):
                v.data = x
            yield
        finally:
            for v, x in zip(leaves, before, strict=True):
                v.data = x
