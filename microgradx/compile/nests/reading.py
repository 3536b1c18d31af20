"""Reading: what a nest reads and writes, as places in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tape.tape import FIRST_ROW, ROWS, SUM, Ints
from .addresses import indices
from .nests import Nest, Space


class Read(NamedTuple):
    """Terms ± a·b, or ± a, of a nest, or operands: places of shape (*extents, terms)."""

    space: Space
    a: Ints
    second: Space | None
    b: Ints | None
    sign: float

    def some(self, begin: int, end: int) -> Read:
        """Return some of the terms."""
        return self._replace(a=self.a[..., begin:end], b=None if self.b is None else self.b[..., begin:end])

    def joined(self, other: Read) -> Read:
        """Return these terms and others of the same kind."""
        b = None if self.b is None or other.b is None else np.concatenate([self.b, other.b], axis=-1)
        return self._replace(a=np.concatenate([self.a, other.a], axis=-1), b=b)

    def apart(self) -> list[Read]:
        """Return the terms, and if some of them are equal and others not, each kind by itself."""
        n = self.a.shape[-1]
        if n == 1:
            return [self]
        columns = np.concatenate([x.reshape(-1, n) for x in (self.a, self.b) if x is not None])
        alike: dict[bytes, list[int]] = {}
        for k, column in enumerate(columns.T):
            alike.setdefault(column.tobytes(), []).append(k)
        if len(alike) in (1, n):
            return [self]
        kinds = alike.values()
        return [self._replace(a=self.a[..., some], b=None if self.b is None else self.b[..., some]) for some in kinds]


def reads(nest: Nest) -> list[Read]:
    """Return what a nest reads: terms of one kind, or operands of one meaning, are together."""
    found: list[Read] = []
    joined = nest.op == SUM or is_over_a_block(nest.op)
    for s in nest.segments:
        a = indices(s.a, nest.extents, s.length)
        b = None if s.b is None else indices(s.b, nest.extents, s.length)
        new = Read(s.a.space, a, None if s.b is None else s.b.space, b, s.sign)
        before = found[-1] if found and joined else None
        if before is not None and (before.space, before.second, before.sign) == (new.space, new.second, new.sign):
            b = None if b is None or before.b is None else np.concatenate([before.b, b], axis=-1)
            found[-1] = before._replace(a=np.concatenate([before.a, a], axis=-1), b=b)
        else:
            found.append(new)
    return found


def is_over_a_block(op: int) -> bool:
    """Return whether an operation takes any number of operands, all of one meaning.

    >>> from ..tape.tape import code
    >>> from ...primitives import row
    >>> [is_over_a_block(code(row(name))) for name in ("max", "select", "exp")]
    [True, False, False]
    """
    return op >= FIRST_ROW and ROWS[op - FIRST_ROW].blocks and ROWS[op - FIRST_ROW].name != "select"


def destinations(nest: Nest) -> Ints:
    """Return the places that a nest writes to."""
    return indices(nest.out, nest.extents, 1).ravel()
