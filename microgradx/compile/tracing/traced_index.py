"""Traced indices: what a function is given while it is traced, in place of whole numbers to look up with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from ...errors import ShapeError
from ...lookup import lookup
from ...operators import Operators
from ...pairing import flat, is_list
from .recording import Column
from .traced import CHOOSE_ENTRY, LOOKED_UP, Symbol, Traced, refusing

if TYPE_CHECKING:
    from .recorder import Recorder


class TracedIndex(Symbol, Operators):
    """An integer that is known at run time only: what `lookup` takes. In arithmetic it is a number like any other."""

    __slots__ = ("_recorder", "column")

    def __init__(self, recorder: Recorder, column: Column) -> None:
        self._recorder = recorder
        self.column = column

    @property
    def _node(self) -> int:
        return self._recorder.input(self.column)

    def _look_up(self, entries: Sequence[Any]) -> Any:
        """Return the entry at this index; with `strict` under a guard where it may not be chosen at run time."""
        recorder = self._recorder
        recorder.check(self)
        if recorder.strict and not recorder.may_choose(flat(entries)):
            return lookup(entries, recorder.fix(self.column))
        hots = recorder.one_hot(self.column, len(entries))
        return _by_columns(entries, lambda one: Traced(recorder, recorder.looked_up(self.column, hots, one)))

    def __eq__(self, other: Any) -> Any:
        return self._recorder.equals(self, other) if isinstance(other, TracedIndex | Real) else NotImplemented

    def __ne__(self, other: Any) -> Any:
        return not self == other

    def __bool__(self) -> bool:
        return bool(self != 0)

    __index__ = refusing("use as an index", CHOOSE_ENTRY)
    __int__ = refusing("int(v)", "it is an integer already: write mx.lookup(table, i), or compare it, as in i == 1")
    __hash__ = refusing("use as a key", LOOKED_UP)
    __mod__ = __floordiv__ = __divmod__ = refusing(
        "v % n or v // n", "compute it beforehand, and pass it as an argument named in indices="
    )

    def __repr__(self) -> str:
        return f"<traced {self._recorder.name_of(self.column)}>"


def _by_columns(entries: Sequence[Any], mix: Callable[[Sequence[Any]], Any]) -> Any:
    """Return what `mix` makes of entries, or of the columns of rows."""
    if not is_list(entries[0]):
        return mix(entries)
    lengths = sorted({len(entry) if is_list(entry) else 0 for entry in entries})
    if len(lengths) > 1:
        raise ShapeError(f"to compile, the rows that mx.lookup chooses from need one length, not {lengths}")
    return [_by_columns(column, mix) for column in zip(*entries, strict=True)]
