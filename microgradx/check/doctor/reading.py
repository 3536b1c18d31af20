"""A derivation read: as a graph of its own, and code as the formula that it computes of its parameters' names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ...engine import Value
from ...expression import Expression, parse
from ...grammar import FUNCTIONS
from ...replay import Replay
from ...syntax import SIGNS, Piece, leaf, plain
from .written import Written

_LONGEST = 400  # operations; of a longer formula no parts are looked at
_LONGEST_LINE = 60  # operations; nobody reads a longer line


def written(
    source: Any, names: Mapping[str, float], numbers: Sequence[Mapping[str, float]], places: Collection[int] = ()
) -> Written | None:
    """Return a derivation as a graph of its own, at every point; None for a number, or code that runs on floats alone.

    `names` are all names in it with their recorded numbers, `numbers` those that are others at each point, and
    `places` those of the nodes that bear the names.
    """
    leaves = {name: Value(x) for name, x in names.items()}
    try:
        found = source.evaluate(leaves) if isinstance(source, Expression) else source(**leaves)
        replay = Replay(found)
        if len(replay.order) > _LONGEST:
            return None
        return Written(replay, [{leaves[name]: x for name, x in {**names, **at}.items()} for at in numbers], places)
    except Exception:  # the derivation may be any code, which need not run on other numbers than floats
        return None


def formula_of(function: Callable[..., Any], names: Mapping[str, float]) -> Expression | None:
    """Return the formula that a function computes at some numbers; None if it computes none that can be read.

    >>> print(formula_of(lambda y, t, x: (y - t) * x**2, {"y": 1.0, "t": 2.0, "x": 3.0}))
    (y - t) * x**2
    """
    leaves = {name: Value(x, name) for name, x in names.items()}
    try:
        found = function(**leaves)
        return parse(str(_piece(found))) if len(Replay(found).order) <= _LONGEST_LINE else None
    except Exception:  # any code, which need not run on other numbers than floats, nor in operations that formulas have
        return None


def _piece(x: Any) -> Piece:
    if not isinstance(x, Value):
        return plain(float(x))
    p = x._primitive
    if p is None:
        return leaf(x.label)
    operation = SIGNS.get(p.name, p.name)
    if operation == p.name and p.name not in FUNCTIONS:
        raise KeyError(p.name)
    return Piece(operation, tuple(map(_piece, x.operands)))
