"""Kernels on rows of data that end where memory ends: `python -m tests.compile.guarded` dies if they read beyond."""

from __future__ import annotations

import ctypes
import mmap
from itertools import product
from typing import Any

import numpy as np

from microgradx.compile.backends.llvm import sharing, standing
from microgradx.compile.nests.layout import choices, laid_out

from .kernels import compile_kernel
from .machine_lanes import targets
from .sketches import mlp, run
from .test_llvm import data

NETS = ((9, 17, 1), (20, 40, 1))
ROWS = (1, 3, 8, 9, 17, 33)


def at_the_end(rows: Any) -> Any:
    """Return a copy of rows behind which a page begins that nobody may read."""
    page, size = mmap.PAGESIZE, rows.nbytes
    room = mmap.mmap(-1, -(-size // page) * page + page)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(room))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if protect(begin + len(room) - page, page, 0):
        raise OSError(ctypes.get_errno(), "mprotect")
    copy = np.frombuffer(room, np.float64, rows.size, len(room) - page - size).reshape(rows.shape)
    copy[...] = rows
    return copy


def main() -> None:
    """Run the kernels of nets in all their layouts, for all processors, on rows that stand at the end of memory."""
    sharing.SHARED_FROM = standing.WORTH = 1  # every product counts as a large one
    for target, net in product(targets(), NETS):
        for layout in choices(mlp(net)):
            plan = laid_out(mlp(net), layout)
            kernel = compile_kernel(plan, lanes=8 * target.vector, strict=False, target=target)
            for n in ROWS:
                X, P, G = data(plan, n)
                expected = run(kernel, plan, X, P, 0.5, G.copy())
                assert np.array_equal(run(kernel, plan, at_the_end(X), P, 0.5, G.copy()), expected)


if __name__ == "__main__":
    main()
