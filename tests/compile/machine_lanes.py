"""An operation on vectors as machine code that runs over arrays, for any processor that this machine can imitate."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from typing import Any

import numpy as np

from microgradx.compile.backends.llvm.objects import object_code, target_machine
from microgradx.compile.backends.llvm.operations import Operations
from microgradx.compile.backends.llvm.target import AVX2, AVX512, BASELINE, Target, host
from microgradx.compile.backends.llvm.writer import Module, Writer


def targets() -> list[Target]:
    """Return this machine's processor, and the older ones of its kind."""
    import llvmlite.binding as llvm

    have = {name for name, on in llvm.get_host_cpu_features().items() if on}
    needs = ((BASELINE, {"sse2"}), (AVX2, {"avx2", "fma", "bmi2"}), (AVX512, {"avx512vl", "avx512dq"}))
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return [host(), *(t for t, needed in needs if x86 and needed <= have)]


def machine(target: Target, name: str, operands: int, n: int) -> Callable[..., Any]:
    """Return an operation of `Operations` on arrays, compiled for a processor, n lanes at a time."""
    import llvmlite.binding as llvm

    module = Module(target)
    w = Writer(module)
    pointers = [f"%x{i}" for i in range(operands)]

    def body(i: str, _: list[str]) -> list[str]:
        place = w.value(f"mul i64 {i}, {n}")
        xs = [w.load(w.shifted(pointer, place), n) for pointer in pointers]
        w.store(getattr(Operations(w, n, n, False), name)(*xs), w.shifted("%out", place), n)
        return []

    w.loop("%count", [], body)
    arguments = ", ".join(f"ptr {p}" for p in ("%out", *pointers))
    lines = "\n".join(w.lines)
    module.define(f"define void @run(i64 %count, {arguments}) {{\nentry:\n{lines}\n  ret void\n}}")
    code = object_code(module.text(), target)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly("", llvm.create_context()), target_machine(target))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address("run")
    run = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * (1 + operands))(address)

    def on_arrays(*xs: Any) -> Any:
        count = -(-len(xs[0]) // n)
        padded = [np.ascontiguousarray(np.resize(x, count * n), np.float64) for x in xs]
        out = np.empty(count * n)
        run(count, out.ctypes.data, *(x.ctypes.data for x in padded))
        return out[: len(xs[0])]

    on_arrays.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return on_arrays
