"""The machine code of the loop over batches, made callable."""

from __future__ import annotations

import ctypes
import random
from functools import cache
from typing import Any

import numpy as np

from ..tape import Ints
from .epoch import epoch_ir
from .jit import engine_of, object_code
from .target import host

_INTEGER, _NUMBER, _POINTER = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
_EPOCH = (
    *(_POINTER, _POINTER, _INTEGER, _INTEGER, _INTEGER, _POINTER, _POINTER, _INTEGER, _POINTER, _INTEGER, _INTEGER),
    *(_INTEGER, _POINTER, _INTEGER, _POINTER, _POINTER, _INTEGER, _POINTER, _NUMBER, _NUMBER, _INTEGER, _POINTER),
    *(_POINTER, _POINTER),
)


class Loop:
    """`epoch` and `shuffle` of the module `epoch`, whose arguments they take, addresses as integers."""

    def __init__(self, strict: bool) -> None:
        target = host()
        self._engine: Any = engine_of(object_code(epoch_ir(strict), target), target)  # owns the code
        self.epoch = ctypes.CFUNCTYPE(None, *_EPOCH)(self._engine.get_function_address("epoch"))
        shuffle = ctypes.CFUNCTYPE(_INTEGER, _POINTER, _INTEGER, ctypes.c_char_p, _INTEGER)
        self._shuffle = shuffle(self._engine.get_function_address("shuffle"))

    def shuffled(self, n: int, seed: str) -> Ints:
        """Return 0 … n − 1 as `random.Random(seed).shuffle` orders them.

        >>> rows = list(range(1000))
        >>> random.Random("0 1").shuffle(rows)
        >>> loop(strict=True).shuffled(1000, "0 1").tolist() == rows
        True
        """
        generator = random.Random(seed)
        order, count = np.arange(n), n + n // 2 + 64
        drawn = generator.getrandbits(32 * count).to_bytes(4 * count, "little")
        while self._shuffle(order.ctypes.data, n, drawn, count) < 0:  # how many it takes depends on them: 1.4 a row
            order, more = np.arange(n), count
            drawn, count = drawn + generator.getrandbits(32 * more).to_bytes(4 * more, "little"), count + more
        return order


@cache
def loop(strict: bool) -> Loop:
    """Return the loop, compiled once: it is the same for all networks and optimisers."""
    return Loop(strict)
