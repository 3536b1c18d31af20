"""Objects: from text to object files by llvmlite, and from these to functions in memory, with it or without.

llvmlite lets one thread at a time into LLVM. An interrupt that came while Python takes that lock, or gives it back,
would leave it taken for ever, so all of it is done in threads that are not interrupted.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from types import SimpleNamespace
from typing import Any

from ...forks import MAKING
from ..future import apart
from .c_functions import name_functions
from .images import BEGIN, linked, mapped
from .target import Target

AT_ONCE, OPTIMISED = 0, 1
"""How much LLVM thinks about code: it takes a third of the time, or the code does, for the same bits."""

_LONG = ("ParseAssembly", "TargetMachineEmitToMemory")
_BRIEF = ("ContextCreate", "GetBufferStart", "GetBufferSize")
_ENDING = ("ContextDispose", "DisposeModule", "DisposeMemoryBuffer", "DisposeString")
"""Functions of LLVM by the time that they take; the last give nothing back."""

_EMPTY_MODULES = threading.Lock()
"""Held while a module is made in the context that all threads share."""


@apart
@MAKING.done()
def object_code(ir: str, target: Target, level: int = OPTIMISED) -> bytes:
    """Compile a module to the bytes of an object file, without any pass over the intermediate language."""
    idle = _idle(target, level)
    try:
        machine = idle.pop()
    except IndexError:
        machine = _machine(target, level)
    code = _compiled(ir, machine)
    idle.append(machine)
    return code


def prepare(target: Target, level: int = OPTIMISED) -> None:
    """Make now what compiles modules, if there is none: beside a thread that computes it would take 5 ms many times."""
    if not _idle(target, level):
        _idle(target, level).append(_machine(target, level))


@cache
def _idle(target: Target, level: int) -> list[Any]:
    """Return the machines that no thread uses now: what one has found out about a processor is not cheap."""
    return []


@apart
@MAKING.done()
def _machine(target: Target, level: int) -> Any:
    _initialised()
    return target_machine(target, level)


def _compiled(ir: str, machine: Any) -> bytes:
    """Return what `machine.emit_object(parse_assembly(ir, create_context()))` does, while other threads do so too.

    LLVM is made for that, but llvmlite lets one thread at a time into it: its lock is passed by where that can be done.
    """
    import llvmlite.binding as llvm

    library = _library()
    if library is None:
        return bytes(machine.emit_object(llvm.parse_assembly(ir, llvm.create_context())))
    with ExitStack() as ending:
        ending.callback(library.DisposeString, error := ctypes.c_char_p())
        ending.callback(library.ContextDispose, context := library.ContextCreate())
        module = library.ParseAssembly(context, ir.encode(), ctypes.byref(error))
        if not module:
            raise RuntimeError(f"LLVM IR parsing error\n{_text(error)}")
        ending.callback(library.DisposeModule, module)
        buffer = library.TargetMachineEmitToMemory(machine, module, 1, ctypes.byref(error))
        if not buffer:
            raise RuntimeError(_text(error))
        ending.callback(library.DisposeMemoryBuffer, buffer)
        return ctypes.string_at(library.GetBufferStart(buffer), library.GetBufferSize(buffer))


def _text(error: ctypes.c_char_p) -> str:
    return (error.value or b"").decode(errors="replace")


@cache
def _library() -> SimpleNamespace | None:
    """Return functions of LLVM by their names, without llvmlite's lock; None where they cannot be had so.

    Those that take long let go of Python's lock. The others keep it: a thread that computes meanwhile would give it
    back only after 5 ms, each time.
    """
    from llvmlite.binding import ffi

    library = getattr(ffi.lib, "_lib_handle", None)
    if library is None:
        return None
    holding = ctypes.PyDLL(library._name, handle=library._handle)
    found = SimpleNamespace()
    for name in (*_LONG, *_BRIEF, *_ENDING):
        known = getattr(library, f"LLVMPY_{name}", None)
        if known is None or (known.restype is ctypes.c_int and name not in _ENDING):
            return None  # llvmlite has not told what it returns
        function = known if name in _LONG else getattr(holding, f"LLVMPY_{name}")
        function.argtypes, function.restype = known.argtypes, known.restype
        setattr(found, name, function)
    return found


def joined(objects: Sequence[bytes]) -> bytes:
    """Return object files as bytes to be loaded: an image where they can be linked here, else each behind its length.

    >>> joined([b"ab"])
    b'\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00ab'
    """
    return linked(objects) or b"".join(len(code).to_bytes(8, "little") + code for code in objects)


def loaded(code: bytes, target: Target, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    """Return what owns the code of object files that are `joined`, once it is loaded.

    With it come the addresses of functions by their names, 0 for those that it lacks.
    """
    return mapped(code, names) if code.startswith(BEGIN) else _by_llvm([*_parted(code)], target, names)


@apart
@MAKING.done()
def _by_llvm(objects: Sequence[bytes], target: Target, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    import llvmlite.binding as llvm

    _initialised()
    with _EMPTY_MODULES:
        # In the context that lives as long as the process: garbage is finalised in any order, and an engine whose
        # module's context has gone would be freed twice.
        empty = llvm.parse_assembly("")
    plain = Target("", "", 2, 16, False, False, False, target.triple)  # there is nothing left to compile
    engine = llvm.create_mcjit_compiler(empty, target_machine(plain))
    engine.object_code = objects  # which it refers to
    for code in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    # The first address that is asked for makes all of it ready. To finalise the engine would do so too, but compile
    # the empty module besides, which takes longer than all the rest.
    return engine, tuple(map(engine.get_function_address, names))


def _parted(objects: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(objects):
        begin = at + 8
        at = begin + int.from_bytes(objects[at:begin], "little")
        yield objects[begin:at]


def target_machine(target: Target, level: int = OPTIMISED) -> Any:
    """Return what makes machine code for a processor, and thinks about it so much."""
    import llvmlite.binding as llvm

    triple = target.triple or llvm.get_process_triple()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=level, reloc="static", codemodel="jitdefault", jit=True
    )


def _initialised() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name_functions()
