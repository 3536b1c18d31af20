"""Plans as kernels of their own, made without a program."""

from __future__ import annotations

from typing import Any

from microgradx.compile.backends.llvm.jit import Kernel, from_object
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.objects import OPTIMISED, joined, object_code, target_machine
from microgradx.compile.backends.llvm.target import Target, host
from microgradx.compile.nests.nests import Plan


def compile_kernel(
    plan: Plan, *, lanes: int, strict: bool, target: Target | None = None, level: int = OPTIMISED, **how: Any
) -> Kernel:
    """Compile a plan to a kernel that takes rows in blocks of `lanes`, for this processor or another; see `emit`."""
    target = target or host()
    code = emit(plan, target, lanes=lanes, strict=strict, **how)
    objects = joined([object_code(ir, target, level) for ir in code.modules])
    return from_object(objects, lanes=lanes, scratch=code.scratch, target=target, modules=code.modules)


def assembly(plan: Plan, target: Target, *, strict: bool) -> str:
    """Return the machine code of a plan in the processor's assembly language."""
    import llvmlite.binding as llvm

    code, machine = emit(plan, target, lanes=32, strict=strict), target_machine(target)
    modules = [llvm.parse_assembly(ir, llvm.create_context()) for ir in code.modules]
    return "\n".join(machine.emit_assembly(module) for module in modules)
