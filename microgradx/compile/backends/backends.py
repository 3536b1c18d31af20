"""Back ends: what runs a plan, by the name of the target. They are alike: a program need not know which one it has."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from warnings import warn

from ...engine import Value
from ..forks import MAKING
from ..tape.tape import Floats, Ints
from ..watch.containers import never_known
from .cache import cache as folder_of
from .future import Future
from .lazy import LazyPlan
from .numpy_backend import NumpyKernel
from .protocols import Backend, Kernel, Run, Submit

REFUSED = "the system lets no memory be machine code"
"""Why programs are not compiled where llvmlite is installed."""


class NumpyBackend:
    """Runs plans by NumPy."""

    name = "numpy"
    passing_by = staticmethod(never_known)
    submit: Submit = staticmethod(Future)  # done by whoever waits for it

    @staticmethod
    def read(values: tuple[Value, ...]) -> None:
        """Return None: nothing here is faster than Python."""

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel that runs the plan by NumPy."""
        return _NumpyRows(NumpyKernel(plan.plan, strict))


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
    """Return the back end of a name: "numpy", "llvm", or "auto", which is "llvm" where that can be run.

    `cache` says whether machine code is kept on disk, and may name the folder: see `cache.cache`. ValueError for
    another name, TypeError or ValueError for another cache, ImportError for "llvm" without llvmlite.

    >>> backend("numpy").name
    'numpy'
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads is a whole number of at least 1, not {threads!r}")
    if target not in ("auto", "llvm", "numpy"):
        raise ValueError(f"the target is 'auto', 'llvm' or 'numpy', not {target!r}")
    kept = folder_of(cache)
    why = why_not_llvm() if target == "auto" else ""
    if why == REFUSED:
        _warn(why)
    if target == "numpy" or why:
        return NumpyBackend()
    with MAKING.done():
        from .llvm.backend import LlvmBackend

        return LlvmBackend(kept, threads=threads)


def why_not_llvm() -> str:
    """Return what machine code lacks here, or "" where nothing stands in its way."""
    if importlib.util.find_spec("llvmlite") is None:
        return 'machine code needs llvmlite: pip install "microgradx[compile]"'
    with MAKING.done():
        from .llvm.images import is_allowed

    return "" if is_allowed() else REFUSED


@cache
def _warn(why: str) -> None:
    """Say once that it is not LLVM which runs programs, where it could if the system let it."""
    warn(f'{why}: NumPy runs compiled programs, more slowly; target="numpy" asks for that', stacklevel=5)
