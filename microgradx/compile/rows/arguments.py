"""Arguments: whatever a user holds as rows of numbers, checked once and turned into arrays of float64.

A batch of n rows is one array for each argument: (n,) where a row has a number, (n, d) where it has a list of d, and
so on for nested lists.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from ...errors import ShapeError
from ...numbers import of_data, real
from ...pairing import as_lists, is_list
from ..tape.tape import Floats

Shape = tuple[int, ...]

FLOAT64 = np.dtype(np.float64)
WORDS = {"b": "truth values", "c": "complex numbers", "U": "strings", "S": "bytes", "M": "dates", "m": "durations"}
ADVICE = {"b": "write 1.0 and 0.0 instead, of an array x.astype(float)", "c": "take x.real if that is what is meant"}

_NUMBERS = frozenset({float, int, np.float64, np.float32, np.int64, np.int32})
"""Types of real numbers, which truth values and the like are not of."""

_LISTS = frozenset({list, tuple})


class Batch(NamedTuple):
    """The arguments of n rows, as float64.

    arrays   one (n, *shape) for each argument, in order, of any strides
    shapes   the shape of each argument in one row: () for a number
    size     n
    """

    arrays: tuple[Floats, ...]
    shapes: tuple[Shape, ...]
    size: int


def batch(arguments: Sequence[Any], names: Sequence[str], indices: frozenset[int]) -> Batch:
    """Return the arguments of a call as a Batch; `indices` are the places of those that are run-time integers.

    Lists, arrays of any real type, strides and byte order, tables. TypeError for what is no real number, ShapeError for
    a single number, for rows of different lengths, and if the arguments differ in their number of rows; ValueError for
    an index that is not whole.

    >>> batch([[[1, 2], [3, 4]], (0.5, 0.75)], ["x", "y"], frozenset()).shapes
    ((2,), ())
    """
    arrays = tuple(
        [
            x if x.__class__ is ndarray and x.dtype is FLOAT64 and x.ndim else _array(x, names[place])
            for place, x in enumerate(arguments)
        ]
    )
    for place in indices:
        if place < len(arrays):
            _whole(arrays[place], names[place])
    count = len(arrays[0]) if arrays else 1
    for x in arrays:
        if len(x) != count:
            name = next(name for name, other in zip(names, arrays, strict=False) if other is x)
            raise ShapeError(
                f"the arguments need as many rows: {names[0]!r} has {count}, but {name!r} has {len(x)} "
                f"(shapes {arrays[0].shape} and {x.shape})"
            )
    return Batch(arrays, tuple([x.shape[1:] for x in arrays]), count)


def numbers(rows: Batch, indices: frozenset[int]) -> int:
    """Return how many numbers a row has, over all arguments but the indices.

    >>> numbers(Batch((), ((2, 3), (), ()), 0), frozenset([1]))
    7
    """
    return sum(math.prod(shape) for place, shape in enumerate(rows.shapes) if place not in indices)


def directions(given: Any, rows: Batch, names: Sequence[str], indices: frozenset[int]) -> Floats:
    """Return a direction for each row, (n, numbers), from one array for each argument, shaped as it.

    What is given for an index does not matter. ShapeError for other shapes, and for another number of arrays.
    """
    if not is_list(given) or len(given) != len(rows.arrays):
        count = len(given) if is_list(given) else 1
        raise ShapeError(f"the direction has {count} parts where there are {len(rows.arrays)} arguments")
    parts = [np.zeros((rows.size, 0))]
    for place, (part, x) in enumerate(zip(given, rows.arrays, strict=True)):
        if place in indices:
            continue
        (along,) = batch([part], [f"the direction of {names[place]}"], frozenset()).arrays
        if along.shape != x.shape:
            raise ShapeError(
                f"a direction is shaped as its argument: {names[place]!r} has the shape {x.shape}, its direction "
                f"{along.shape}"
            )
        parts.append(along.reshape(rows.size, math.prod(x.shape[1:])))
    return np.hstack(parts)


def point(at: Any, count: int) -> Floats:
    """Return numbers for all of `count` parameters; ShapeError for another shape."""
    if at.__class__ is not ndarray or at.dtype is not FLOAT64 or at.ndim != 1 or not at.flags.c_contiguous:
        at = np.ascontiguousarray(batch([at], ["at"], frozenset()).arrays[0])
    if at.ndim != 1 or len(at) != count:
        raise ShapeError(f"'at' has one number for each of {count} parameters, and not the shape {at.shape}")
    found: Floats = at
    return found


def _array(x: Any, name: str) -> Floats:
    """Return one argument as an array of float64 with an axis of rows."""
    given = x
    if hasattr(x, "to_numpy"):  # a table or a column of pandas
        x = x.to_numpy()
    elif not isinstance(x, np.ndarray) and hasattr(x, "__array__"):
        x = np.asarray(x)
    if isinstance(x, np.ndarray) and x.dtype.kind != "O":
        x = _of_real_numbers(x, name)
    elif is_list(x) or isinstance(x, np.ndarray):
        x = _from_lists(as_lists(x), name)
    elif hasattr(x, "__iter__") and not (isinstance(x, str | bytes | dict | set) or hasattr(x, "toarray")):
        x = _from_lists(list(x), name)
    else:
        x = np.asarray(_number(x, name))
    if not x.ndim:
        raise ShapeError(
            f"{name!r} needs one entry for each row, not the single number {given!r}; for one row write [{given!r}]"
        )
    return np.asarray(x, FLOAT64)


def _of_real_numbers(x: Any, name: str) -> Any:
    if x.dtype.kind not in "iuf":
        first = x.ravel()[0] if x.size else x
        words = WORDS.get(x.dtype.kind, f"entries of type {x.dtype}")
        advice = ADVICE.get(x.dtype.kind, "convert them to numbers first")
        raise TypeError(f"{name!r} holds {words}, such as {first!r}, where real numbers are needed; {advice}")
    # NumPy imports np.ma when it is first named, which takes longer than all else that is done here.
    if type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise TypeError(
            f"{name!r} has masked entries, which have no value; fill them, as in x.filled(0.0), or drop them"
        )
    return np.asarray(x)


def _from_lists(x: Any, name: str) -> Floats:
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
    shape = []
    while is_list(x := as_lists(x)):
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
        numbers.append(_number(x, name))
        return
    if not is_list(x):
        raise ShapeError(f"{name} is {reprlib.repr(x)}, where the entries before it are lists of {shape[0]}")
    if len(x) != shape[0]:
        raise ShapeError(
            f"all rows need one length: {name} has {len(x)} entries, those before it {shape[0]}; "
            f"call the program once for each length"
        )
    for i, entry in enumerate(x):
        _flatten(entry, shape[1:], f"{name}[{i}]", numbers)


def _number(x: Any, name: str) -> float:
    if hasattr(x, "_rank"):
        raise TypeError(f"{name} is {x!r}, but a program takes plain numbers; write v.data for the number of a Value")
    try:
        return real(x)
    except TypeError:
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


def _whole(x: Floats, name: str) -> None:
    wrong = x != np.floor(x)  # of NaN too
    wrong |= np.isinf(x)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0].tolist())
        raise ValueError(
            f"{name!r} is an index, a whole number in each row, but {name}{list(place)} is {float(x[place])!r}; "
            f"only the arguments named in indices= are integers, all others may be any number"
        )
