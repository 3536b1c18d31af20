"""Lazy plans: what a kernel is made from, named by what was recorded, so that a kernel on disk needs no plan.

The passes are functions of the recording alone. So the digest of a recording names all that becomes of it, long before
it has become anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from ..nests.nests import Plan
from ..tape.arrays import bits
from ..tracing.recording import Recording
from .cache import key


class LazyPlan:
    """A plan that is made when it is first asked for; `name` tells it from all others that these passes make.

    >>> from ..tracing.trace import trace
    >>> found = trace(lambda x: x * 2.0, [()])
    >>> never = LazyPlan(lambda: digest(found, strict=True), lambda: 1 / 0)
    >>> len(never.name)
    64
    """

    def __init__(self, name: Callable[[], str], make: Callable[[], Plan]) -> None:
        self._name = name
        self._make = make

    @cached_property
    def name(self) -> str:
        """The name of the plan, found without making it."""
        return self._name()

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return self._make()


def digest(recording: Recording, strict: bool) -> str:
    """Return the digest of all that the passes read in a recording: which leaves it has is no matter, only how many.

    `strict` says whether the order in which eager backward adds error signals up is read too.

    >>> from ..tracing.trace import trace
    >>> x, y = (trace(lambda x, c=c: x * c, [()]) for c in (2.0, 3.0))
    >>> digest(x, strict=False) == digest(y, strict=False)
    False
    """
    tape, origin = recording.packed, recording.origin
    sizes = len(recording.columns), len(recording.parameters), len(recording.captured), recording.expected
    numbers = bits(tape.number)
    some = np.flatnonzero(numbers != 0)  # of booleans, in a third of the time
    columns = [tape.op, tape.arity, tape.left, tape.right, np.packbits(tape.sign < 0), tape.split, some, numbers[some]]
    columns += [tape.width, *(origin or ())]
    columns += [tape.twin - np.arange(len(tape)), *([recording.blocks, recording.codes] if strict else [])]
    parts: list[Any] = [repr(sizes), *chain.from_iterable(map(_narrow, columns))]
    parts += [repr(sorted(recording.choices.items())), repr(sorted(recording.decisions.items())), repr(recording.mixed)]
    for name, nodes in tape.outputs.items():
        parts += [name, *_narrow(nodes)]
    return key(parts)


def _narrow(column: Any) -> tuple[str, memoryview]:
    """Return what integers are, and they themselves in the narrowest type that holds them all.

    A digest takes its time for each byte.

    >>> [(kind, bytes(data)) for kind, data in map(_narrow, (np.array([1, 300]), np.array([7, 7, 7])))]
    [('h(2,)', b'\\x01\\x00,\\x01'), ('7(3,)', b'')]
    """
    low, high = (int(column.min()), int(column.max())) if column.size else (0, 0)
    if low == high:
        return f"{low}{column.shape}", memoryview(b"")
    kind = next(kind for kind in "bhiq" if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return f"{kind}{column.shape}", column.astype(kind).ravel().view(np.uint8).data
