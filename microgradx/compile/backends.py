"""Back ends: what runs a plan. Each makes kernels of one form, so that a program need not know which one it has."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .cache import cache as folder_of
from .lazy import LazyPlan
from .numpy_backend import NumpyKernel
from .tape import Floats, Ints

CHUNK = 8192
"""So many numbers are multiplied at a time: more than 10,000 BLAS gives to threads, which then wait for each other."""


class Result(NamedTuple):
    """What a kernel gives: `outputs` by name, each (rows, size), and the gradient (p,), summed over the rows.

    `memory` is one array that holds all these numbers and besides them only finite ones, if there is one.
    """

    outputs: dict[str, Floats]
    gradient: Floats
    memory: Floats | None = None

    def is_small(self) -> bool:
        """Return whether all numbers are finite and none is very large.

        >>> Result({"values": np.ones((3, 1))}, np.array([1e200])).is_small()
        False
        """
        if self.memory is not None:
            return _is_small(self.memory)
        return all(map(_is_small, (*self.outputs.values(), self.gradient)))

    def rows(self, which: NDArray[np.bool_]) -> Result:
        """Return some of the rows."""
        return Result({name: x[which] for name, x in self.outputs.items()}, self.gradient)


Run = Callable[[Floats], Result]
"""Computes a plan on rows that it knows, from the parameters (p,), float64, with captured leaves after them."""


def _is_small(x: Floats) -> bool:
    if x.size <= CHUNK:
        return math.isfinite(np.vdot(x, x))  # which unlike `dot` never warns
    flat = x.reshape(-1)
    return all(_is_small(flat[start : start + CHUNK]) for start in range(0, len(flat), CHUNK))


class Kernel(Protocol):
    """A plan that can be run.

    inputs   (n, inputs) float64 in C order, without the weight
    order    which rows, in this order; None: all
    weight   that of each row, the seed of its error signals
    """

    def __call__(self, inputs: Floats, order: Ints | None, weight: float) -> Run:
        """Return the plan on these rows, which stay where they are, as a function of the parameters."""
        ...


class Backend(Protocol):
    """Makes kernels of plans."""

    name: str

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel; `strict` for results that equal those of Values bit for bit."""
        ...


class NumpyBackend:
    """Runs plans by NumPy."""

    name = "numpy"

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel that runs the plan by NumPy."""
        run = NumpyKernel(plan.plan, strict)

        def kernel(inputs: Floats, order: Ints | None, weight: float) -> Run:
            rows = inputs if order is None else inputs[order]
            return lambda parameters: Result(*run(rows, parameters, weight))

        return kernel


def backend(target: str, cache: bool | str | os.PathLike[str] = True, threads: int | None = None) -> Backend:
    """Return the back end of a name: "numpy", "llvm", or "auto", which is "llvm" where llvmlite is installed.

    `cache` says whether machine code is kept on disk, and may name the folder: see `cache.cache`. ValueError for
    another name, ImportError for "llvm" without llvmlite.

    >>> backend("numpy").name
    'numpy'
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads is a whole number of at least 1, not {threads!r}")
    if target not in ("auto", "llvm", "numpy"):
        raise ValueError(f"the target is 'auto', 'llvm' or 'numpy', not {target!r}")
    if target == "numpy" or (target == "auto" and importlib.util.find_spec("llvmlite") is None):
        return NumpyBackend()
    from .llvm.backend import LlvmBackend

    return LlvmBackend(folder_of(cache), threads=threads)
