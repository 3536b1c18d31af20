"""Arguments: whatever a user holds as rows of numbers, checked once and turned into arrays of float64.

A batch of n rows is one array for each argument: (n,) where a row has a number, (n, d) where it has a list of d, and
so on for nested lists.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from ...errors import ShapeError
from ...names import brief
from ...pairing import as_lists, is_list
from ..tape.tape import Floats
from .lists import ADVICE, FLOAT64, from_lists, number
from .lists import Shape as Shape

WORDS = {"b": "truth values", "c": "complex numbers", "U": "strings", "S": "bytes", "M": "dates", "m": "durations"}


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
    wanted = f"'at' has one number for each of {count} parameter{'s' * (count != 1)}"
    if at.__class__ is not ndarray or at.dtype is not FLOAT64 or at.ndim != 1 or not at.flags.c_contiguous:
        if isinstance(at, Real) or getattr(at, "shape", None) == ():
            raise ShapeError(f"{wanted}, in a list, and is not the single number {brief(at)}")
        at = np.ascontiguousarray(batch([at], ["at"], frozenset()).arrays[0])
    if at.ndim != 1 or len(at) != count:
        raise ShapeError(f"{wanted}, and not the shape {at.shape}")
    found: Floats = at
    return found


def as_array(x: Any) -> Any:
    """Return tables and arrays of other libraries as those of NumPy; all else as it is.

    >>> as_array([1.0, 2.0])
    [1.0, 2.0]
    """
    if hasattr(x, "to_numpy"):  # a table or a column of pandas
        return x.to_numpy()
    if isinstance(x, np.ndarray) or not (hasattr(x, "__array__") or isinstance(x, memoryview)):
        return x
    if hasattr(x, "detach"):  # PyTorch gives no array of what it differentiates
        x = x.detach()
    try:
        return np.asarray(x)
    except TypeError:  # of numbers that NumPy does not have, such as bfloat16, or on another device
        with suppress(Exception):
            return x.tolist()
        raise


def _array(x: Any, name: str) -> Floats:
    """Return one argument as an array of float64 with an axis of rows."""
    given, x = x, as_array(x)
    if isinstance(x, np.ndarray) and x.dtype.kind != "O":
        x = _of_real_numbers(x, name)
    elif is_list(x) or isinstance(x, np.ndarray):
        x = from_lists(as_lists(x), name)
    elif hasattr(x, "__iter__") and not (isinstance(x, str | bytes | dict | set) or hasattr(x, "toarray")):
        x = from_lists(list(x), name)
    else:
        x = np.asarray(number(x, name))
    if not x.ndim:
        raise ShapeError(
            f"{name!r} needs one entry for each row, not the single number {brief(given)}; write lists of one "
            f"entry for one row, as in program([x], [y])"
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


def _whole(x: Floats, name: str) -> None:
    wrong = x != np.floor(x)  # of NaN too
    wrong |= np.isinf(x)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0].tolist())
        raise ValueError(
            f"{name!r} is an index, a whole number in each row, but {name}{list(place)} is {float(x[place])!r}; "
            f"only the arguments named in indices= are integers, all others may be any number"
        )
