"""The LLVM back end: plans as machine code, in as many forms as there are sizes of work to do."""

from __future__ import annotations

import threading
from functools import cached_property
from math import ceil

import numpy as np

from ..backends import Result
from ..cache import Cache
from ..layout import BLOCK, Layout, choose, laid_out
from ..lazy import LazyPlan
from ..nests import Plan
from ..tape import Floats, Ints
from .columns import emit_columns
from .jit import Kernel, compile_kernel, compiled
from .kept import Form, Kept
from .target import Target, host

FEW = 8
"""From so many rows on they are computed in blocks; fewer go one by one, with vectors along the nests instead."""

LARGE = 32_000
"""From so many parameters on, which then come from a slower cache each time, blocks are larger, to read them less."""


class LlvmBackend:
    """Compiles plans by LLVM, and keeps the machine code in a cache if there is one."""

    name = "llvm"

    def __init__(self, cache: Cache | None = None, target: Target | None = None) -> None:
        self._target = target or host()
        self._kept = Kept(cache, self._target)

    def build(self, plan: LazyPlan, strict: bool, layout: Layout | None = None) -> Machine:
        """Return the kernel of a plan, compiled when it is first called, with a layout of its own or the one given."""
        return Machine(plan, layout, strict, self._target, self._kept)

    def columns(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return the kernel of a plan of single numbers whose inputs and outputs are columns; see `columns`."""

        def made() -> tuple[Form, Kernel]:
            layout = Layout(np.arange(plan.plan.parameters), 0, plan.plan.parameters)
            code = emit_columns(plan.plan, self._target, strict)
            return Form.of(plan.plan, layout), compiled(code, BLOCK, self._target)

        return self._kept.kernel(plan, [f"columns {strict=}"], made)[1]


class Machine:
    """A plan as machine code: see `backends.Kernel`. Calls from several threads at once are safe."""

    def __init__(self, plan: LazyPlan, layout: Layout | None, strict: bool, target: Target, kept: Kept) -> None:
        self._lazy = plan
        self._given = layout
        self._strict = strict
        self._target = target
        self._kept = kept
        self._form: Form | None = None
        self._kernels: dict[bool, Kernel] = {}
        self._own = threading.local()
        self._lock = threading.RLock()

    @property
    def form(self) -> Form:
        """What must be known of the plan to run its machine code; known without the plan once a kernel was loaded."""
        if self._form is None:
            with self._lock:
                self._form = self._form or Form.of(self._lazy.plan, self._layout)
        return self._form

    @cached_property
    def _layout(self) -> Layout:
        return self._given or choose(self._lazy.plan, self._strict)

    @cached_property
    def _plan(self) -> Plan:
        return laid_out(self._lazy.plan, self._layout)

    def kernel(self, rows: int) -> Kernel:
        """Return the machine code for so many rows."""
        blocks = rows >= FEW
        found = self._kernels.get(blocks)
        if found is None:
            with self._lock:
                found = self._kernels.get(blocks) or self._loaded(blocks)
                self._kernels[blocks] = found
        return found

    def __call__(self, inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        """Run the plan."""
        n = len(inputs) if order is None else len(order)
        kernel, form = self.kernel(n), self.form
        packed = form.packed(parameters)
        outputs, gradient = np.empty((n, form.width)), np.zeros(form.layout.own)
        kernel.run(
            n,
            None if order is None else order.ctypes.data,
            inputs.ctypes.data,
            inputs.shape[1],
            weight,
            packed.ctypes.data,
            outputs.ctypes.data,
            gradient.ctypes.data,
            self.scratch(kernel),
        )
        return Result({name: outputs[:, columns] for name, columns in form.columns.items()}, form.unpacked(gradient))

    def scratch(self, kernel: Kernel) -> int:
        """Return the address of memory for one call of a kernel: each thread has its own."""
        name = f"lanes{kernel.lanes}"
        if not hasattr(self._own, name):
            memory = np.empty(kernel.scratch + 8)
            setattr(self._own, name, (memory, ceil(memory.ctypes.data / 64) * 64))
        address: int = getattr(self._own, name)[1]
        return address

    def _loaded(self, blocks: bool) -> Kernel:
        given = b"" if self._given is None else self._given.places.tobytes()
        parts: list[bytes | str] = [f"{blocks=} strict={self._strict}", given]
        self._form, kernel = self._kept.kernel(self._lazy, parts, lambda: (self.form, self._compiled(blocks)))
        return kernel

    def _compiled(self, blocks: bool) -> Kernel:
        lanes = (64 if self._plan.parameters > LARGE else 32) if blocks else 1
        return compile_kernel(self._plan, lanes=lanes, strict=self._strict, target=self._target)
