"""The machine code of the loop over batches and of shuffling, made callable."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from ..tape import Ints
from .batches import SIGNATURE as BATCHES
from .jit import engine_of
from .memory import address
from .shuffle import SIGNATURE as SHUFFLE
from .shuffle import key_of
from .target import Target

_TYPES: dict[str, Any] = {"i64": ctypes.c_int64, "double": ctypes.c_double, "ptr": ctypes.c_void_p}


class Loop:
    """`batches`, `help` and `shuffle` from the object code of two modules; addresses are integers."""

    def __init__(self, batches: bytes, shuffle: bytes, target: Target) -> None:
        self.batches = _function("batches", batches, BATCHES, target)
        self.help = _function("help", batches, "ptr %board", target)
        self._shuffle = _function("shuffle", shuffle, SHUFFLE, target)

    def shuffle(self, order: Ints, seed: str) -> None:
        """Fill an array with 0 … n − 1 as `random.Random(seed).shuffle` orders them.

        >>> import random
        >>> import numpy as np
        >>> from .backend import LlvmBackend
        >>> rows, order = list(range(1000)), np.empty(1000, np.int64)
        >>> random.Random("0 1").shuffle(rows)
        >>> LlvmBackend().loop(strict=True).shuffle(order, "0 1")
        >>> order.tolist() == rows
        True
        """
        key = key_of(seed)
        self._shuffle(address(order), len(order), key, len(key) // 4)


@cache
def _function(name: str, code: bytes, signature: str, target: Target) -> Any:
    """Return a function of machine code, loaded once: it is the same for all networks and optimisers."""
    engine = _engine(code, target)
    types = [_TYPES[argument.split()[0]] for argument in signature.split(", ")]
    function: Any = ctypes.CFUNCTYPE(None, *types)(engine.get_function_address(name))
    function.engine = engine  # which owns the code
    return function


@cache
def _engine(code: bytes, target: Target) -> Any:
    return engine_of(code, target)
