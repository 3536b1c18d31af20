"""Lists: nested lists of numbers as an array, or the very entry that is wrong."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from ...errors import ShapeError
from ...names import brief
from ...numbers import is_recording, of_data, real
from ...pairing import as_lists, is_list
from ..tape.tape import Floats

Shape = tuple[int, ...]

FLOAT64 = np.dtype(np.float64)
ADVICE = {"b": "write 1.0 and 0.0 instead, of an array x.astype(float)", "c": "take x.real if that is what is meant"}

_NUMBERS = frozenset({float, int, np.float64, np.float32, np.int64, np.int32})
"""Types of real numbers, which truth values and the like are not of."""

DEEPEST = 32
"""As many lists as may be nested, which a list that holds itself is beyond."""

_LISTS = frozenset({list, tuple})


def from_lists(x: Any, name: str) -> Floats:
    """Return nested lists as an array of float64; ShapeError if they are ragged, TypeError for what is no number.

    >>> from_lists([[1, 2], [3, 4]], "x").tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    shape = _shape(x)
    found = _regular(x, shape)
    if found is None:  # which entry that is, is told one by one
        numbers: list[float] = []
        _flatten(x, shape, name, numbers)
        found = np.array(numbers, FLOAT64)
    return found.reshape(shape)


def _regular(x: Any, shape: Shape) -> Floats | None:
    """Return the numbers of nested lists in order, in C throughout; None if an entry asks for a closer look."""
    for length in shape[1:]:
        x = _all_of(_LISTS, x)
        if x is None or not {length}.issuperset(map(len, x)):
            return None
        x = list(chain.from_iterable(x))
    x = _all_of(_NUMBERS, x)
    if x is None:
        return None
    try:
        return np.fromiter(x, FLOAT64, len(x))
    except OverflowError:  # a whole number beyond the range of floats
        return None


def _all_of(types: frozenset[type], entries: Sequence[Any]) -> Sequence[Any] | None:
    """Return entries that are all of these types, if need be once arrays are lists; None if they are not."""
    if types.issuperset(map(type, entries)):
        return entries
    entries = list(map(as_lists, entries))
    return entries if types.issuperset(map(type, entries)) else None


def _shape(x: Any) -> Shape:
    shape: list[int] = []
    while len(shape) < DEEPEST and is_list(x := as_lists(x)):
        shape.append(len(x))
        if not x:
            break
        x = x[0]
    return tuple(shape)


def _flatten(x: Any, shape: Shape, name: str, numbers: list[float]) -> None:
    """Append the numbers of nested lists of this shape, in order."""
    x = as_lists(x)
    if not shape:
        if is_list(x):
            raise ShapeError(f"{name} is a list, {reprlib.repr(x)}, where the entries before it are single numbers")
        numbers.append(number(x, name))
        return
    if not is_list(x):
        raise ShapeError(f"{name} is {reprlib.repr(x)}, where the entries before it are lists of {shape[0]}")
    if len(x) != shape[0]:
        raise ShapeError(
            f"all rows need one length: {name} has {len(x)} entries, those before it {shape[0]}; "
            f"call the program once for each length, or train it on rows of all lengths at once"
        )
    for i, entry in enumerate(x):
        _flatten(entry, shape[1:], f"{name}[{i}]", numbers)


def number(x: Any, name: str) -> float:
    """Return one entry as a float; TypeError, which says what to write, for what is no real number.

    OverflowError for a whole number beyond the range of floats.

    >>> number(2, "x[0]")
    2.0
    """
    try:
        return real(x)
    except OverflowError:
        raise OverflowError(f"{name} is a whole number beyond the range of floats, ±1.8e308") from None
    except TypeError:
        if is_recording(x):
            message = f"{name} is {brief(x)}, but a program takes plain numbers; write v.data for the number of a Value"
            raise TypeError(message) from None
        raise TypeError(
            f"{name} is {reprlib.repr(x)} of type {type(x).__name__}, where a real number is needed; {_instead(x)}"
        ) from None


def _instead(x: Any) -> str:
    """Return what to write where something is no real number."""
    if isinstance(x, bool | np.bool_ | complex):
        return ADVICE["c" if isinstance(x, complex) else "b"]
    if hasattr(x, "__iter__") and not isinstance(x, str) and not hasattr(x, "toarray"):
        return "write rows as lists or arrays of numbers"
    return of_data(x) or "convert it with float(...) if it stands for one"
