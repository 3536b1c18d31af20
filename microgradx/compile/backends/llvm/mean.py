"""What a mean and its gradient take besides their kernel, in machine code: one call from Python does it all.

It knows no network: the kernel, and all that belongs to it, stand in a frame, a row of 64-bit integers.

    sums(frame, rows, X, stride, P, found)

puts the parameters P to their places, runs the kernel on `rows` rows of X, of the weight 1/rows each, puts the gradient
into `found` in the user's order, and returns the sum of the values: NaN if any number that the kernel gave is not
finite. Threads that share a call of the kernel make it between `begin(frame, rows, P)` and `end(frame, rows, found)`,
which do the rest. The frame:

    0  entry             where the pointer to a gradient kernel stands; and what is its own:
    1  scratch
    2  packed, 3  size   where its parameters stand, and how many places they have;
    4  sources           (size,) which of P stands in each of these places;
    5  memory, 6  own    room for what it gives: `own` numbers of the gradient, then the outputs, and 8 more numbers
    7  width, 8  column  how many numbers a row has in all outputs, and which of them is the value
    9  places, 10 count  (count,) where the numbers of the user's gradient stand among the kernel's
    11 runs, 12 all, 13 first instead of sources and places, where `all` is not 0: so many runs of numbers that stand
                              side by side on both sides, the first few of them gradients. A run is three integers: its
                              place among the kernel's numbers, the user's, and its length
    14 most              so many values at most are added one after the other to 0; of more, the sums of both halves
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...tape.tape import Floats, Ints
from ..protocols import Sums
from .header import Header
from .jit import Kernel
from .mean_code import FIELDS
from .memory import Room, address
from .objects import joined, loaded
from .target import Target
from .turns import Shared

IN_PAIRS = 8
"""So many values are added one after the other, and then such sums in pairs; in strict mode all of them are."""


class Native(NamedTuple):
    """The functions of the module, addresses as integers, and the engine that owns their code."""

    sums: Callable[[int, int, int, int, int, int], float]
    begin: Callable[[int, int, int], None]
    end: Callable[[int, int, int], float]
    engine: Any


@cache
def native_sums(code: bytes, target: Target) -> Native:
    """Return the functions of the module in an object file."""
    engine, addresses = loaded(joined([code]), target, ("sums", "begin", "end"))
    number, integer, pointer = ctypes.c_double, ctypes.c_int64, ctypes.c_void_p
    sums: Any = ctypes.CFUNCTYPE(number, pointer, integer, pointer, integer, pointer, pointer)(addresses[0])
    begin: Any = ctypes.CFUNCTYPE(None, pointer, integer, pointer)(addresses[1])
    end: Any = ctypes.CFUNCTYPE(number, pointer, integer, pointer)(addresses[2])
    return Native(sums, begin, end, engine)


class Mean:
    """A gradient kernel with memory to run it in. Calls from several threads at once are safe."""

    def __init__(self, header: Header, kernel: Kernel, native: Native, strict: bool) -> None:
        self._kernel, self._native = kernel, native
        self._idle: list[_Frame] = []  # those that no call uses now
        layout = header.layout
        self._fixed = {"size": layout.size, "own": layout.own, "width": header.width, "count": header.gradients}
        self._fixed |= {"most": sys.maxsize if strict else IN_PAIRS}
        self._fixed |= {"column": next(which.start for name, which in header.columns if name == "values")}
        self._runs = _runs(layout.places, header.gradients)
        if 8 * len(self._runs) <= len(layout.places):  # else they are too short to be worth it
            first = int((self._runs[:, 1] < header.gradients).sum())
            self._fixed |= {"runs": address(self._runs), "all": len(self._runs), "first": first}
        else:
            self._places = np.ascontiguousarray(layout.places)
            self._sources = np.zeros(layout.size, np.int64)  # nobody uses what stands in holes
            self._sources[layout.places] = np.arange(len(layout.places))
            self._fixed |= {"sources": address(self._sources), "places": address(self._places)}

    def on(self, inputs: Floats, shared: Shared | None = None) -> Sums:
        """Return the sums over these rows: see `protocols.Sums`; several threads may share the kernel's call."""
        (rows, stride), start, count = inputs.shape, address(inputs), self._fixed["count"]
        idle, native = self._idle, self._native

        def sums(parameters: Floats, alive: Floats = inputs) -> tuple[float, Floats]:
            """Return the sum and the gradient; `alive` keeps what it has the address of."""
            try:
                frame = idle.pop()
            except IndexError:
                frame = _Frame(self._kernel, self._fixed)
            if frame.rows < rows:
                frame.enlarge(rows)
            gradient, given = np.empty(count), address(parameters)
            if shared is None:
                total = native.sums(frame.address, rows, start, stride, given, address(gradient))
            else:
                native.begin(frame.address, rows, given)
                shared((rows, None, start, stride, 1.0 / rows, *frame.places), (alive, frame))
                total = native.end(frame.address, rows, address(gradient))
            idle.append(frame)
            return total, gradient

        return sums


def _runs(places: Ints, gradients: int) -> Ints:
    """Return where places follow one another: rows of the first place, its number, and how many there are.

    >>> _runs(np.array([4, 5, 6, 0, 1, 2]), 5).tolist()
    [[4, 0, 3], [0, 3, 2], [2, 5, 1]]
    """
    number = np.arange(len(places))
    begin = np.flatnonzero((np.diff(places, prepend=-2) != 1) | (number == gradients))
    return np.stack([places[begin], begin, np.diff(begin, append=len(places))], axis=1)


class _Fields(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for _, name in FIELDS]


class _Frame:
    """The frame of one call at a time, and the memory that it refers to, for up to so many `rows`."""

    def __init__(self, kernel: Kernel, fixed: Mapping[str, int]) -> None:
        self.rows = -1
        self._packed, self._scratch, self._memory = Room(fixed["size"]), Room(kernel.scratch), Room(0)
        own = {"entry": kernel.entry, "scratch": self._scratch.address, "packed": self._packed.address}
        self._fields = _Fields(**own, **fixed)
        self.address = ctypes.addressof(self._fields)

    def enlarge(self, rows: int) -> None:
        """Make room for so many rows."""
        self._memory = Room(self._fields.own + rows * self._fields.width + 8)
        self._fields.memory = self._memory.address
        self.rows = rows

    @property
    def places(self) -> tuple[int, int, int]:
        """Where the kernel finds its parameters, and is to put its outputs and the gradient."""
        fields = self._fields
        return fields.packed, fields.memory + 8 * fields.own, fields.memory
