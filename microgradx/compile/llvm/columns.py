"""Columns of data into blocks, and results out of blocks into columns: for rows whose numbers stand far apart.

An optimiser's step has parameters for rows, and each of their numbers in a column of its own. There are whole blocks
alone: what lies between the last row and the end of its block is computed, and means nothing.
"""

from __future__ import annotations

from ..nests import Plan, Space
from .grid import POOLS
from .writer import Writer


def pack_columns(w: Writer, plan: Plan, lanes: int, first: str) -> None:
    """Write the inputs of the rows from number `first` on to space ROW; column j begins at X + j·stride."""
    for j in range(plan.inputs - plan.weighted):
        column = w.shifted("%X", w.linear(0, [(first, 1), ("%stride", j)]))
        _copied(w, lanes, column, w.shifted(POOLS[Space.ROW], j * lanes))


def unpack_columns(w: Writer, plan: Plan, lanes: int, first: str) -> None:
    """Write the results of a block to OUT, whose columns begin as far apart as those of X."""
    places = [address for addresses in plan.outputs.values() for address in addresses]
    for j, (space, place) in enumerate(places):
        column = w.shifted("%OUT", w.linear(0, [(first, 1), ("%stride", j)]))
        if space is Space.ROW:
            _copied(w, lanes, w.shifted(POOLS[space], place * lanes), column)
        else:  # the same for all rows
            _filled(w, lanes, w.load(w.shifted(POOLS[space], place), 1), column)


def _copied(w: Writer, lanes: int, source: str, target: str) -> None:
    n = min(lanes, w.target.vector)
    for i in range(0, lanes, n):
        w.store(w.load(w.shifted(source, i), n), w.shifted(target, i), n)


def _filled(w: Writer, lanes: int, x: str, target: str) -> None:
    n = min(lanes, w.target.vector)
    xs = w.gathered([x] * n) if n > 1 else x
    for i in range(0, lanes, n):
        w.store(xs, w.shifted(target, i), n)
