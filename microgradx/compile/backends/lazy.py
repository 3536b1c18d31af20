"""Lazy plans: what a kernel is made from, named by what was recorded, so that a kernel on disk needs no plan.

The passes are functions of the recording alone. So the digest of a recording names all that becomes of it, long before
it has become anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from ..nests.nests import Plan
from ..tape.arrays import bits
from ..tracing.recording import Recording
from .cache import key

BLOCK = 1 << 14
"""So many integers are written at a time: memory that is used again, which is not asked of the system, is quicker."""

_PLACES = np.arange(BLOCK)
_MOST = [(kind, int(np.iinfo(kind).max)) for kind in "BHI"]


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
    columns += [tape.width, *(origin or ()), *([recording.blocks, recording.codes] if strict else [])]
    others = sizes, sorted(recording.decisions.items()), recording.mixed
    outputs = chain.from_iterable((name, *_narrow(nodes)) for name, nodes in tape.outputs.items())
    lists = chain.from_iterable(map(_narrow, columns))
    return key(chain(map(repr, others), _of_choices(recording), lists, _narrow(tape.twin, relative=True), outputs))


def _of_choices(recording: Recording) -> Iterator[str | memoryview]:
    """Yield what there is to choices, the outcomes of each once: the columns of a table share them."""
    numbers: dict[tuple[int, ...], int] = {}
    for node, (by, outcomes, entries) in sorted(recording.choices.items()):
        yield repr((node, by, numbers.setdefault(outcomes, len(numbers))))
        yield from _narrow(np.array(entries))
    yield from (" ".join(map(hex, outcomes)) for outcomes in numbers)


def _narrow(column: Any, relative: bool = False) -> Iterator[str | memoryview]:
    """Yield the shape of integers; of each block its least, and all in as few of their lowest bytes as tell them apart.

    A digest takes its time for each byte. They may be written `relative` to their places in the block.

    >>> [x if isinstance(x, str) else bytes(x) for x in _narrow(np.array([-1, 299]))], [*_narrow(np.array([7, 7, 7]))]
    (['(2,)', '-1H', b'\\xff\\xff+\\x01'], ['(3,)', '7'])
    """
    yield str(column.shape)
    column = column.ravel()
    for start in range(0, len(column), BLOCK):
        block = column[start : start + BLOCK]
        if relative:
            block = block - _PLACES[: len(block)]
        low, high = int(block.min()), int(block.max())
        if low == high:
            yield str(low)
            continue
        kind = next((kind for kind, most in _MOST if high - low <= most), "q")
        yield f"{low}{kind}"
        yield block.astype(kind, copy=False).view(np.uint8).data
