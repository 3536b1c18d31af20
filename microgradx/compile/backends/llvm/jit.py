"""Machine code that can be called: compiled by llvmlite, or loaded from the bytes of an earlier compilation."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from ...forks import MAKING
from ...nests.nests import Plan
from .bytecode import LINES
from .kernel import emit
from .target import Target, host

_ARGUMENTS = (
    *(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_double),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
)

_EMPTY_MODULES = threading.Lock()
"""Held while a module is made in the context that all threads share."""

T = TypeVar("T")


class Later(Generic[T]):
    """A task in a thread of its own: LLVM works without Python's lock, so that Python can go on meanwhile.

    >>> later = Later(lambda: 6 * 7)
    >>> later.result()
    42
    """

    def __init__(self, task: Callable[[], T]) -> None:
        self._task = task
        self._ended = False
        self._thread = threading.Thread(target=self._run)
        with suppress(RuntimeError):  # there may be no more threads, as when Python ends: then `result` does the task
            self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether there is no need to wait."""
        return self._ended

    def result(self) -> T:
        """Wait for the result, and return it; an error of the task is raised here."""
        if self._thread.ident is not None:
            self._thread.join()
        if not self._ended:  # this process was forked meanwhile, without the thread, or there never was one
            self._run()
        if self._error is not None:
            raise self._error
        return self._found

    def _run(self) -> None:
        self._error: BaseException | None = None
        try:
            with MAKING.done():
                self._found = self._task()
        except BaseException as error:  # raised where the result is asked for
            self._error = error
        self._ended = True


@dataclass(frozen=True)
class Kernel:
    """A kernel in memory.

    run      call it: rows, order, X, stride, weight, P, OUT, G, S, with addresses as integers, 0 or None for null
    address  where it stands, for other machine code to call
    lanes    how many rows a block has
    scratch  how many numbers S must hold; it must be aligned to 64 bytes, and not be shared by calls at one time
    shares   whether other threads can help in a call: see `sharing`
    in_turns the same call, with one more argument, made by several threads that share it: see `turns`; None elsewhere
    """

    run: Callable[..., None]
    address: int
    lanes: int
    scratch: int
    shares: bool
    in_turns: Callable[..., None] | None
    modules: tuple[str, ...]
    target: Target
    _object: bytes = field(repr=False)
    _engine: Any = field(repr=False)  # owns the code

    def to_object(self) -> bytes:
        """Return the machine code as bytes, from which `from_object` makes a kernel again."""
        return self._object

    @property
    def ir(self) -> str:
        """The intermediate code of all modules."""
        return "\n".join(self.modules)

    def assembly(self) -> str:
        """Return the machine code in the processor's assembly language."""
        import llvmlite.binding as llvm

        modules = [llvm.parse_assembly(ir, llvm.create_context()) for ir in self.modules]
        return "\n".join(str(_machine(self.target).emit_assembly(module)) for module in modules)


def compile_kernel(
    plan: Plan, *, lanes: int, strict: bool, target: Target | None = None, in_place: bool = False, lines: int = LINES
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
    objects = joined([object_code(ir, target) for ir in code.modules])
    return from_object(objects, lanes=lanes, scratch=code.scratch, target=target, modules=code.modules)


@MAKING.done()
def object_code(ir: str, target: Target) -> bytes:
    """Compile a module to the bytes of an object file, without any pass over the intermediate language."""
    import llvmlite.binding as llvm

    _initialised()
    module, idle = llvm.parse_assembly(ir, llvm.create_context()), _idle(target)
    try:
        machine = idle.pop()
    except IndexError:
        machine = _machine(target)
    code = _emitted(machine, module)
    idle.append(machine)
    return code


@cache
def _idle(target: Target) -> list[Any]:
    """Return the machines for a processor that no thread uses now: what one has found out about it is not cheap."""
    return []


def _emitted(machine: Any, module: Any) -> bytes:
    """Return what `machine.emit_object(module)` does, while other threads compile modules of other contexts.

    LLVM is made for that, but llvmlite lets one thread at a time into it: its lock is passed by where that can be done.
    """
    from llvmlite.binding import ffi

    emit = getattr(getattr(ffi.lib, "_lib_handle", None), "LLVMPY_TargetMachineEmitToMemory", None)
    if emit is None or not emit.argtypes:
        return bytes(machine.emit_object(module))
    with ffi.OutputString() as error:
        buffer = emit(machine, module, 1, error)
        if not buffer:
            raise RuntimeError(str(error))
    try:
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def joined(objects: Sequence[bytes]) -> bytes:
    """Return object files one after the other, each behind its length.

    >>> joined([b"ab"])
    b'\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00ab'
    """
    return b"".join(len(code).to_bytes(8, "little") + code for code in objects)


def _parted(objects: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(objects):
        begin = at + 8
        at = begin + int.from_bytes(objects[at:begin], "little")
        yield objects[begin:at]


@MAKING.done()
def from_object(
    code: bytes, *, lanes: int, scratch: int, target: Target | None = None, modules: tuple[str, ...] = ()
) -> Kernel:
    """Return the kernel in object files that are `joined`."""
    target = target or host()
    engine = engine_of(code, target, _parted)
    address = engine.get_function_address("kernel")
    run, shares = ctypes.CFUNCTYPE(None, *_ARGUMENTS)(address), engine.get_function_address("share_tiles") != 0
    there = engine.get_function_address("in_turns")
    in_turns = ctypes.CFUNCTYPE(None, *_ARGUMENTS, ctypes.c_void_p)(there) if there else None
    return Kernel(run, address, lanes, scratch, shares, in_turns, modules, target, code, engine)


@MAKING.done()
def engine_of(code: bytes, target: Target, parts: Callable[[bytes], Iterable[bytes]] = lambda code: [code]) -> Any:
    """Return an engine that has loaded an object file, or all `parts` of what holds several, and owns its code."""
    import llvmlite.binding as llvm

    _initialised()
    with _EMPTY_MODULES:
        # In the context that lives as long as the process: garbage is finalised in any order, and an engine whose
        # module's context has gone would be freed twice.
        empty = llvm.parse_assembly("")
    plain = Target("", "", 2, 16, False, False, False, target.triple)  # there is nothing left to compile
    engine = llvm.create_mcjit_compiler(empty, _machine(plain))
    engine.object_code = list(parts(code))  # which it refers to
    for part in engine.object_code:
        engine.add_object_file(llvm.ObjectFileRef.from_data(part))
    # The first address that is asked for makes all of it ready. To finalise the engine would do so too, but compile
    # the empty module besides, which takes longer than all the rest.
    return engine


def _machine(target: Target) -> Any:
    import llvmlite.binding as llvm

    triple = target.triple or llvm.get_process_triple()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=1, reloc="static", codemodel="jitdefault", jit=True
    )


def _initialised() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
