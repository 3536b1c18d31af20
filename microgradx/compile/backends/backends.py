"""Back ends: what runs a plan. Each makes kernels of one form, so that a program need not know which one it has."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Protocol

from ...engine import Value
from ..forks import MAKING
from ..tape.tape import Floats, Ints
from ..watch.containers import PassingBy, never_known
from .cache import cache as folder_of
from .lazy import LazyPlan
from .numpy_backend import NumpyKernel
from .result import Result

Run = Callable[[Floats], Result]
"""Computes a plan on rows that it knows, from the parameters (p,), float64, with captured leaves after them."""

Sums = Callable[[Floats], tuple[float, Floats]]
"""Computes the sum of the values, NaN if any number of any row is not finite, and the gradient, from the parameters."""


class Begun(Protocol):
    """A call that another thread makes, or that is made where it is waited for."""

    def wait(self) -> None:
        """Wait until it has been made, and raise the error that it has raised, if any."""
        ...


Begin = Callable[[Callable[[], None]], Begun]
"""Begins to make a call."""

Read = Callable[[tuple[Value, ...]], Floats | None]
"""Returns the data of Values, or None where Python is to read them."""


class Kernel(Protocol):
    """A plan that can be run.

    inputs   (n, inputs) float64 in C order, without the weight
    order    which rows, in this order; None: all
    weight   that of each row, the seed of its error signals
    """

    def __call__(self, inputs: Floats, order: Ints | None, weight: float) -> Run:
        """Return the plan on these rows, which stay where they are, as a function of the parameters."""
        ...

    def prepare(self, rows: int) -> None:
        """Begin to make what so many rows need, where that takes long: one can do something else meanwhile."""
        ...

    def sums(self, inputs: Floats) -> Sums | None:
        """Return what gives value and gradient alone, summed over all these rows of weight 1/rows, if it is faster."""
        ...


class Backend(Protocol):
    """Makes kernels of plans.

    `passing_by` makes what may tell at once that the containers which a function reads hold what they did, `read` may
    return the data of Values, if it is faster at that than Python, and `begin` makes calls beside this thread.
    """

    name: str

    @property
    def passing_by(self) -> PassingBy:
        """See `watch.containers`."""
        ...

    @property
    def read(self) -> Read:
        """See `Read`."""
        ...

    @property
    def begin(self) -> Begin:
        """See `Begin`."""
        ...

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel; `strict` for results that equal those of Values bit for bit."""
        ...


class NumpyBackend:
    """Runs plans by NumPy."""

    name = "numpy"
    passing_by = staticmethod(never_known)

    @staticmethod
    def read(values: tuple[Value, ...]) -> None:
        """Return None: nothing here is faster than Python."""

    @staticmethod
    def begin(task: Callable[[], None]) -> Begun:
        """Make the call now."""
        task()
        return _Made()

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel that runs the plan by NumPy."""
        return _NumpyRows(NumpyKernel(plan.plan, strict))


class _Made:
    """A call that has been made."""

    def wait(self) -> None:
        """Do nothing."""


class _NumpyRows:
    """A kernel of NumPy: see `Kernel`."""

    def __init__(self, run: NumpyKernel) -> None:
        self._run = run

    def __call__(self, inputs: Floats, order: Ints | None, weight: float) -> Run:
        rows = inputs if order is None else inputs[order]
        return lambda parameters: self._run(rows, parameters, weight)

    def prepare(self, rows: int) -> None:
        """Do nothing: all is there."""

    def sums(self, inputs: Floats) -> None:
        """Return None: nothing here is faster than the whole result."""


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
    with MAKING.done():
        from .llvm.backend import LlvmBackend

        return LlvmBackend(folder_of(cache), threads=threads)
