"""Look entries up by an index that may be known at run time only."""

from __future__ import annotations

from operator import index as whole
from typing import Any

from .errors import ShapeError
from .names import brief
from .numbers import is_recording


def lookup(table: Any, index: Any) -> Any:
    """Return table[index], an entry of a list of numbers, or of a list of rows: an embedding, the score of a class.

    Unlike table[index] it compiles: there an argument named in `indices=` may be another integer in each row. The index
    is an int from 0 to len(table) − 1; IndexError outside, TypeError for anything else. In compiled code rows must have
    one length (else ShapeError).

    >>> lookup([[1.0, 0.5], [2.0, 0.25]], 1)
    [2.0, 0.25]
    """
    entries = table.tolist() if hasattr(table, "tolist") else table
    if not isinstance(entries, list | tuple):
        raise TypeError(f"lookup takes a list of numbers or of rows, not {brief(table)}")
    if not entries:
        raise ShapeError("lookup needs a table of at least one entry; this one is empty")
    if hasattr(index, "_look_up"):
        return index._look_up(entries)
    if isinstance(index, bool) or is_recording(index) or not hasattr(index, "__index__"):
        more = (
            "; a program takes it as an argument named in indices=, as it is: compute i + 1 and the like beforehand, "
            'and write compile(f, indices="i")'
        )
        more = more if is_recording(index) else ""
        raise TypeError(f"an index is an int, such as 0, not {index!r} of type {type(index).__name__}{more}")
    i = whole(index)
    if not 0 <= i < len(entries):
        raise IndexError(f"a table of {len(entries)} entries has the indices 0 to {len(entries) - 1}, not {i}")
    return entries[i]
