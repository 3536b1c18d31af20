"""Derivations of whole vectors and matrices, taken apart into derivations of their entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from ..errors import FormulaError, ShapeError
from ..names import normal
from .by_hand import NamedNodes

Shape = tuple[int, ...]
Index = tuple[int, ...]


def entry_by_entry(hand: Mapping[Any, Any], graph: NamedNodes) -> Iterator[tuple[Any, Any]]:
    """Yield nodes with their derivations, one pair for each entry where a list or an array derives a whole one.

    {"W": [[…], […]]} derives all W[i,j] of a list of lists W, and {"w1": …} all weights w1[j,i] of a layer: a gradient
    has the shape of what it is taken by. ShapeError unless it has. FormulaError for a name without entries.
    """
    for key, given in hand.items():
        found = given.tolist() if hasattr(given, "tolist") else given
        name = normal(key) if isinstance(key, str) else ""
        if not name or name in graph.nodes or not isinstance(found, list | tuple):
            yield key, given
            continue
        entries = _entries_of(name, (*graph.nodes, *graph.constants))
        if not entries:
            raise FormulaError(f"no list named {key!r} holds nodes of the graph{graph.hint}")
        first = tuple(map(min, zip(*entries, strict=True)))  # 0 in Python's lists, 1 in the labels of layers
        shape = tuple(max(axis) - low + 1 for axis, low in zip(zip(*entries, strict=True), first, strict=True))
        _require(key, shape, _shape_of(key, found))
        for index in product(*map(range, shape)):
            place = ",".join(str(i + low) for i, low in zip(index, first, strict=True))
            yield f"{key}[{place}]", _at(found, index)


def _entries_of(name: str, known: Iterable[str]) -> list[Index]:
    """Return the indices of all entries of a list, those of its deepest lists if there are some in between."""
    start = f"{name}["
    texts = [each[len(start) : -1] for each in known if each.startswith(start) and each.endswith("]")]
    found = [tuple(map(int, text.split(","))) for text in texts if text.replace(",", "").isdecimal()]
    deepest = max(map(len, found), default=0)
    return [index for index in found if len(index) == deepest]


def _shape_of(key: str, given: Any) -> Shape:
    """Return the shape of nested lists; ShapeError if they are ragged."""
    if not isinstance(given, list | tuple):
        return ()
    inside = {_shape_of(key, each) for each in given}
    if len(inside) > 1:
        raise ShapeError(f"the derivation of {key!r} has rows of different lengths: {given!r}")
    return (len(given), *next(iter(inside), ()))


def _require(key: str, shape: Shape, given: Shape) -> None:
    if given == shape:
        return
    told = f"{key!r} is {_written(shape)}, and its derivation {_written(given)}"
    if given == shape[::-1]:
        raise ShapeError(f"{told}: a gradient has the shape of what it is taken by, so transpose the derivation")
    raise ShapeError(f"{told}: a gradient has the shape of what it is taken by")


def _written(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"a list of {shape[0]}"


def _at(given: Any, index: Index) -> Any:
    for i in index:
        given = given[i]
    return given
