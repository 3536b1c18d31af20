"""Machine code that can be called: compiled by llvmlite, or loaded from the bytes of an earlier compilation."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...forks import MAKING
from ...nests.nests import Plan
from .beside import Later
from .bytecode import LINES
from .kernel import emit
from .objects import OPTIMISED, joined, loaded, object_code, target_machine
from .target import Target, host

_ARGUMENTS = (
    *(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_double),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
)

_KERNEL = ctypes.CFUNCTYPE(None, *_ARGUMENTS)
_IN_TURNS = ctypes.CFUNCTYPE(None, *_ARGUMENTS, ctypes.c_void_p)


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
    target: Target
    _object: bytes = field(repr=False)
    _engine: Any = field(repr=False)  # owns the code
    _pointers: Any = field(repr=False)
    _better: list[Later[Kernel | None]] = field(repr=False, default_factory=list)

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

        self._better.append(Later(made))
        if not self._better[-1].has_begun:
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

    def assembly(self) -> str:
        """Return the machine code in the processor's assembly language."""
        import llvmlite.binding as llvm

        modules = [llvm.parse_assembly(ir, llvm.create_context()) for ir in self.modules]
        return "\n".join(str(target_machine(self.target).emit_assembly(module)) for module in modules)


def compile_kernel(
    plan: Plan,
    *,
    lanes: int,
    strict: bool,
    target: Target | None = None,
    in_place: bool = False,
    lines: int = LINES,
    level: int = OPTIMISED,
) -> Kernel:
    """Compile a plan to a kernel that takes rows in blocks of `lanes`, for this processor or another; see `emit`.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(2))
    >>> plan = reroll(b.tape(values=b.sums([x], [x]))).plan  # x₀² + x₁²
    >>> kernel = compile_kernel(plan, lanes=1, strict=True)
    >>> X, out, memory = (ctypes.c_double * 2)(3.0, 4.0), ctypes.c_double(), (ctypes.c_double * (kernel.scratch + 8))()
    >>> addresses = [ctypes.addressof(memory) + -ctypes.addressof(memory) % 64]
    >>> kernel.run(1, None, ctypes.addressof(X), 2, 1.0, None, ctypes.addressof(out), None, *addresses)
    >>> out.value
    25.0
    """
    target = target or host()
    code = emit(plan, target, lanes=lanes, strict=strict, in_place=in_place, lines=lines)
    objects = joined([object_code(ir, target, level) for ir in code.modules])
    return from_object(objects, lanes=lanes, scratch=code.scratch, target=target, modules=code.modules)


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
    return Kernel(run, entry, lanes, scratch, shares != 0, in_turns, modules, target, code, engine, pointers)
