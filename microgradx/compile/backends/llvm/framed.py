"""The integers that dispatch keeps in memory: a frame, a record for each path, and the state of each row."""

from __future__ import annotations

from .arithmetic import Arithmetic
from .writer import Writer

FRAME = (
    *("first", "chunk", "in_order", "count", "records", "states", "some", "back", "found"),
    *("lost", "joint", "inputs", "width"),
)
RECORD = ("guards", "X", "stride", "many", "expected", "next", "kernel", "taken", "last")

_POINTERS = (
    "records",
    "states",
    "some",
    "back",
    "found",
    "joint",
    "inputs",
    "guards",
    "X",
    "expected",
    "next",
    "kernel",
)


class Framed:
    """Writes how these are read and set."""

    def __init__(self, w: Writer) -> None:
        self._w, self._m = w, Arithmetic(w, 1)
        self._frame: dict[str, str] = {}

    def _path(self, q: str) -> str:
        """Return where the record of a path stands."""
        w = self._w
        return w.shifted(self._frame["records"], w.value(f"mul i64 {q}, {len(RECORD)}"))

    def _field(self, pointer: str, names: tuple[str, ...], name: str) -> str:
        of = "ptr" if name in _POINTERS else "i64"
        return self._w.value(f"load {of}, ptr {self._w.shifted(pointer, names.index(name))}, align 8")

    def _states(self, i: str) -> str:
        return self._w.shifted(self._frame["states"], i)

    def _integer(self, pointer: str, i: str | int = 0) -> str:
        return self._w.value(f"load i64, ptr {self._w.shifted(pointer, i)}, align 8")

    def _set(self, pointer: str, x: str) -> list[str]:
        self._w.do(f"store i64 {x}, ptr {pointer}, align 8")
        return []
