"""Pair predictions with targets entry by entry, and reduce the losses of the pairs to what was asked for."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .errors import ShapeError
from .functions import sum as total
from .in_trace import AT_WORK, note_weights, refused
from .names import brief
from .numbers import as_written, is_recording, of_data, real


def is_list(x: Any) -> bool:
    """Return whether x is a list or tuple, and not one number.

    >>> is_list([1.0]), is_list(1.0)
    (True, False)
    """
    return isinstance(x, list | tuple)


def as_lists(x: Any) -> Any:
    """Return NumPy arrays, pandas tables and the like as nested lists; all else as it is.

    >>> as_lists((1.0, 2.0))
    (1.0, 2.0)
    """
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    return x.tolist() if hasattr(x, "tolist") else x


def finite_rows(name: str, data: Any) -> list[Any]:
    """Return lists, arrays or tables of data as nested lists of finite numbers; errors tell the entry that is none.

    >>> finite_rows("X", [[1.0, float("nan")]])
    Traceback (most recent call last):
        ...
    ValueError: X[0][1] is nan, and only finite numbers can be learnt from; fill it in, or leave that example out
    """
    found = as_lists(data)
    if isinstance(found, str | bytes | bytearray | dict | set | frozenset) or not isinstance(found, Iterable):
        raise TypeError(f"{name} is a list with one entry for each example, not {reprlib.repr(found)}")
    if way_out := of_data(found):
        raise TypeError(f"{name} is a list with one entry for each example; {way_out}")
    return [_finite(f"{name}[{i}]", entry) for i, entry in enumerate(found)]


def _finite(name: str, entry: Any) -> Any:
    entry = as_lists(entry)
    if is_list(entry):
        return [_finite(f"{name}[{i}]", x) for i, x in enumerate(entry)]
    if way_out := of_data(entry):
        shown = "" if entry is None else f", but {reprlib.repr(entry)}"
        raise TypeError(f"{name} is no number{shown}; {way_out}")
    try:
        x = as_written(entry)
        is_finite = math.isfinite(x)
    except OverflowError:
        raise OverflowError(f"{name} is a whole number beyond the range of floats, ±1.8e308") from None
    except TypeError as error:
        error.add_note(f"It is {name}.")
        raise
    if not is_finite:
        raise ValueError(
            f"{name} is {x!r}, and only finite numbers can be learnt from; fill it in, or leave that example out"
        )
    return x


def losses_of_entries(term: Callable[..., Any], reduction: str, prediction: Any, *others: Any) -> Any:
    """Return term(y, t, …) for each entry of the prediction and the entries beside it, reduced.

    One number and a list of one number count as equal; all other differences in shape are a ShapeError.

    >>> losses_of_entries(lambda y, t: y - t, "none", [5.0, 3.0], [1.0, 1.0])
    [4.0, 2.0]
    """
    operands = list(map(as_lists, (prediction, *others)))
    if not any(map(is_list, operands)):
        return reduced(term(*operands), reduction)
    return reduced(_mapped(term, operands), reduction)


def _mapped(term: Callable[..., Any], operands: Sequence[Any]) -> Any:
    if not any(map(is_list, operands)):
        return term(*operands)
    first, *others = [x if is_list(x) else [x] for x in operands]
    for other in others:
        same_length(first, other)
    return [_mapped(term, entries) for entries in zip(first, *others, strict=True)]


def same_length(predictions: Sequence[Any], targets: Sequence[Any]) -> None:
    """Raise ShapeError unless there is one target for each of at least one prediction.

    >>> same_length([1.0], [0.0, 0.0])
    Traceback (most recent call last):
        ...
    microgradx.errors.ShapeError: each prediction needs one target: there are 1 predictions and 2 targets
    """
    if len(predictions) != len(targets):
        counts = f"there are {len(predictions)} predictions and {len(targets)} targets"
        advice = "; for a class as the target there is cross_entropy" if len(targets) == 1 else ""
        raise ShapeError(f"each prediction needs one target: {counts}{advice}")
    if not predictions:
        raise ShapeError("a loss needs at least one prediction and its target; there are 0")


def losses_of_rows(term: Callable[[Any, Any], Any], reduction: str, prediction: Any, target: Any) -> Any:
    """Return term(row, t) for one row of scores, or for each of a list of rows, reduced.

    >>> losses_of_rows(lambda row, c: row[c], "sum", [[1.0, 2.0], [3.0, 4.0]], [0, 1])
    5.0
    """
    rows, targets = as_lists(prediction), as_lists(target)
    if not is_list(rows):
        raise ShapeError(
            f"a loss of classes takes a row with a score for each class, not the single {brief(rows)}; "
            f"for two classes told by one score there is binary_cross_entropy_with_logits"
        )
    if not rows or not is_list(rows[0]):
        return reduced(term(rows, targets), reduction)
    same_length(rows, targets if is_list(targets) else [targets])
    return reduced([term(row, t) for row, t in zip(rows, targets, strict=True)], reduction)


def reduced(losses: Any, reduction: str) -> Any:
    """Return the mean or the sum of a nested list of losses, or the list itself for "none".

    >>> reduced([[1.0], [3.0]], "mean")
    2.0
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"the reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    if reduction == "none" or not is_list(losses):
        return losses
    terms = flat(losses)
    whole = terms[0] if len(terms) == 1 else total(terms)
    return whole / len(terms) if reduction == "mean" and len(terms) > 1 else whole


def flat(x: Any) -> list[Any]:
    """Return the numbers of nested lists in order, of one number a list of it.

    >>> flat([[1.0, 2.0], 3.0]), flat(4.0)
    ([1.0, 2.0, 3.0], [4.0])
    """
    return [entry for part in x for entry in flat(part)] if is_list(x) else [x]


def class_or_weights(target: Any, count: int) -> Any:
    """Return the class that a target names, as an index or one-hot, else its `count` probabilities, the soft target.

    An index that is known at run time only, in a trace, is returned as it is.
    ValueError for an index that is not whole or is out of range, and for weights that are not probabilities;
    ShapeError for a list of another length.

    >>> class_or_weights([0, 1, 0], 3), class_or_weights(2.0, 3), class_or_weights([0.5, 0.5], 2)
    (1, 2, [0.5, 0.5])
    """
    if hasattr(target, "_look_up"):
        return target
    if not is_list(target):
        return class_index(target, count)
    if len(target) != count:
        raise ShapeError(f"a row of {count} scores needs a class or {count} probabilities, not {len(target)}")
    if any(not t >= 0.0 for t in target) or abs(sum(target) - 1.0) > 1e-6:
        raise ValueError(f"the probabilities of a soft target are at least 0 and add up to 1, unlike {brief(target)}")
    if any(map(is_recording, target)):
        note_weights()
        return list(target)
    return list(target).index(1.0) if is_one_hot(target) else list(target)


def is_one_hot(target: Sequence[Any]) -> bool:
    """Return whether one of these plain numbers is 1, and the others are 0.

    >>> is_one_hot([0, 1.0, 0]), is_one_hot([0.5, 0.5]), is_one_hot([1, 1])
    (True, False, False)
    """
    return sorted(target) == [0.0] * (len(target) - 1) + [1.0]


def class_index(target: Any, count: int) -> int:
    """Return a class from 0 to count − 1 as an int; ValueError for anything else, in a trace TraceError for a number.

    >>> class_index(3, 3)
    Traceback (most recent call last):
        ...
    ValueError: with 3 scores a class is a whole number from 0 to 2, not 3
    """
    try:
        index = real(target)
    except TypeError:
        index = -1.0
    if index.is_integer() and 0 <= index < count:
        return int(index)
    why = f"with {count} scores a class is a whole number from 0 to {count - 1}, not {brief(target)}"
    if is_recording(target) and AT_WORK.get() is not None:
        raise refused("use as a class", f"{why}; to compile, name its argument in indices=, and give fit its y as ints")
    raise ValueError(why)
