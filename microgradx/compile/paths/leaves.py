"""The numbers of leaves, read anew at each call of a program."""

from __future__ import annotations

import reprlib
from struct import Struct
from struct import error as StructError

import numpy as np

from ...engine import Value
from ...in_trace import refuse_in_trace
from ...names import place
from ..backends.protocols import Read
from ..tape.tape import Floats

_ONE = Struct("d")


class Leaves:
    """Some leaves in order, and their numbers as one vector; `at_once` reads very many, see `Read`.

    >>> leaves = Leaves((Value(1.0), Value(2.0)))
    >>> leaves.read().tolist()
    [1.0, 2.0]
    """

    def __init__(self, values: tuple[Value, ...], at_once: Read = lambda values: None) -> None:
        self.values = values
        self._at_once = at_once
        self._struct = Struct(f"{len(self.values)}d")

    def read(self) -> Floats:
        """Return the data of the leaves; TypeError naming the one that holds no number."""
        if self.values:
            refuse_in_trace("a call of a program", self.values[0])
        if (read := self._at_once(self.values)) is not None:
            return read
        found = bytearray(self._struct.size)
        try:
            self._struct.pack_into(found, 0, *[v._data for v in self.values])  # in half the time of np.array
            return np.frombuffer(found)
        except StructError:
            wrong = next(v for v in self.values if not _fits(v._data))
            raise TypeError(
                f"the data of a leaf{place(wrong)} must be a number that a float can hold, not "
                f"{reprlib.repr(wrong._data)}; is an index missing, as in v.data -= lr * g[i]?"
            ) from None


def _fits(x: object) -> bool:
    try:
        _ONE.pack(x)
    except StructError:
        return False
    return True
