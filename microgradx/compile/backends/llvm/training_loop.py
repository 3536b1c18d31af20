"""The machine code of the loop over batches, of shuffling, and of the sums of epochs, made callable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from ...tape.tape import Floats, Ints
from .batches import SIGNATURE as BATCHES
from .epochs import SIGNATURE as EPOCHS
from .jit import function
from .memory import Room, Spare, address
from .shuffle import LANES, ROOM, key_of
from .shuffle import SIGNATURE as SHUFFLE
from .target import Target


class Loop:
    """`batches` and `help`, `shuffle`, and `epochs`, from what waits for the object code of three modules.

    Each is waited for when it is first called; addresses are integers. `spare` is memory for what they work on.
    """

    def __init__(
        self, batches: Callable[[], bytes], shuffle: Callable[[], bytes], epochs: Callable[[], bytes], target: Target
    ) -> None:
        self._made = batches, shuffle, epochs
        self._target = target
        self.spare = Spare()

    @cached_property
    def batches(self) -> Any:
        """The loop over batches: see `batches`."""
        return function("batches", self._made[0](), BATCHES, self._target)

    @cached_property
    def help(self) -> Any:
        """What other threads do meanwhile: see `sharing`."""
        return function("help", self._made[0](), "ptr %board", self._target)

    def shuffle(self, orders: Ints, seeds: Sequence[str]) -> None:
        """Fill each row of a matrix (seeds, n) with 0 … n − 1 as `random.Random(seed).shuffle` orders them.

        >>> import random
        >>> from .backend import LlvmBackend
        >>> rows, orders = list(range(1000)), np.empty((2, 1000), np.int64)
        >>> random.Random("0 1").shuffle(rows)
        >>> LlvmBackend().loop(strict=True).shuffle(orders, ["0 0", "0 1"])
        >>> orders[1].tolist() == rows
        True
        """
        done, n, state = 0, orders.shape[1], Room(ROOM)
        for size, alike in groupby(map(key_of, seeds), len):
            keys = list(alike)
            blocks, length = -(-len(keys) // LANES), size // 4
            padded = b"".join(keys).ljust(blocks * LANES * size)
            words = np.frombuffer(padded, np.uint32).reshape(blocks, LANES, length).swapaxes(1, 2).copy()
            self._shuffle(address(orders[done:]), n, address(words), length, len(keys), state.address)
            done += len(keys)

    def sums(self, totals: Floats, batch: int, batches: int, total: float) -> list[float]:
        """Return the sums, from left to right, of the totals of each epoch that batches are of.

        An epoch has so many `batches`; the first total is that of `batch`, before which there was a sum of `total`.

        >>> from .backend import LlvmBackend
        >>> LlvmBackend().loop(strict=True).sums(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 1, 3, 100.0)
        [103.0, 12.0]
        """
        found = np.empty(-(-(batch + len(totals)) // batches))
        self._epochs(address(totals), len(totals), batches - batch, batches, total, address(found))
        return found.tolist()

    @cached_property
    def _shuffle(self) -> Any:
        return function("shuffle", self._made[1](), SHUFFLE, self._target)

    @cached_property
    def _epochs(self) -> Any:
        return function("epochs", self._made[2](), EPOCHS, self._target)
