"""Machine code that can be called, loaded from object files, and replaced by better code while it is."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ...forks import MAKING
from ..future import Future
from .objects import joined, loaded
from .target import Target, host

SIGNATURE = (
    "i64 %rows, ptr noalias %order, ptr noalias %X, i64 %stride, double %weight, "
    "ptr noalias %P, ptr noalias %OUT, ptr noalias %G, ptr noalias %S"
)
"""The arguments of a kernel; see `kernel`."""

_ARGUMENTS = (
    *(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_double),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
)

_KERNEL = ctypes.CFUNCTYPE(None, *_ARGUMENTS)
_IN_TURNS = ctypes.CFUNCTYPE(None, *_ARGUMENTS, ctypes.c_void_p)

_TYPES: dict[str, Any] = {"i64": ctypes.c_int64, "double": ctypes.c_double, "ptr": ctypes.c_void_p}


@dataclass(frozen=True)
class Kernel:
    """A kernel in memory, which is entered through pointers, so that better code may take its place at any time.

    run      call it: rows, order, X, stride, weight, P, OUT, G, S, with addresses as integers, 0 or None for null
    entry    where the pointer to it stands, for other machine code to call
    lanes    how many rows a block has
    scratch  how many numbers S must hold; it must be aligned to 64 bytes, and not be shared by calls at one time
    shares   whether other threads can help in a call: see `sharing`
    in_turns the same call, with one more argument, made by several threads that share it: see `turns`; None elsewhere
    """

    run: Callable[..., None]
    entry: int
    lanes: int
    scratch: int
    shares: bool
    in_turns: Callable[..., None] | None
    modules: tuple[str, ...]
    _object: bytes = field(repr=False)
    _engine: Any = field(repr=False)  # owns the code
    _pointers: Any = field(repr=False)
    _better: list[Future[Kernel | None]] = field(repr=False, default_factory=list)

    @property
    def address(self) -> int:
        """Where the code stands now."""
        return int(self._pointers[0])

    def improve(self, better: Callable[[], Kernel]) -> None:
        """Begin to make better code of the same text, in a thread of its own, and let it take the place of this.

        Calls that are in the code that was there end in it: this kernel owns both. A warning tells if there is none.
        """
        pointers = self._pointers

        def made() -> Kernel | None:
            try:
                found = better()
            except Exception as error:
                text = "LLVM cannot optimise the machine code of a program, which goes on with what it has, slowly"
                warnings.warn(f"{text}: {type(error).__name__}: {error}", RuntimeWarning, 1)
                return None
            pointers[:] = found._pointers[:]
            return found

        self._better.append(Future(made))
        if self._better[-1].start() is None:
            self.settled()

    def settled(self) -> Kernel:
        """Return this kernel once no better code of it is on the way."""
        self._best()
        return self

    def to_object(self) -> bytes:
        """Return the best machine code as bytes, from which `from_object` makes a kernel again."""
        return self._best()._object

    def _best(self) -> Kernel:
        return next((found for better in self._better if (found := better.result())), self)

    @property
    def ir(self) -> str:
        """The intermediate code of all modules."""
        return "\n".join(self.modules)


@MAKING.done()
def from_object(
    code: bytes, *, lanes: int, scratch: int, target: Target | None = None, modules: tuple[str, ...] = ()
) -> Kernel:
    """Return the kernel in object files that are `joined`."""
    target = target or host()
    engine, (at, there, shares) = loaded(code, target, ("kernel", "in_turns", "share_tiles"))
    pointers = (ctypes.c_void_p * 2)(at, there)
    run: Any = _KERNEL.from_buffer(pointers)
    in_turns: Any = _IN_TURNS.from_buffer(pointers, ctypes.sizeof(ctypes.c_void_p)) if there else None
    entry = ctypes.addressof(pointers)
    return Kernel(run, entry, lanes, scratch, shares != 0, in_turns, modules, code, engine, pointers)


@cache
def function(name: str, code: bytes, signature: str, target: Target) -> Any:
    """Return a function of machine code, loaded once: it is the same for all networks and optimisers."""
    engine, (at,) = loaded(joined([code]), target, [name])
    types = [_TYPES[argument.split()[0]] for argument in signature.split(", ")]
    function: Any = ctypes.CFUNCTYPE(None, *types)(at)
    function.engine = engine  # which owns the code
    return function
