"""The LLVM back end: plans as machine code, in as many forms as there are sizes of work to do."""

from __future__ import annotations

import threading
from functools import cached_property
from math import ceil, prod
from typing import Any

import numpy as np

from ..backends import Result
from ..cache import Cache, key
from ..layout import Layout, choose, laid_out
from ..nests import Plan
from ..tape import Floats, Ints
from .jit import Kernel, from_object, object_code
from .kernel import emit
from .target import Target, host

FEW = 8
"""From so many rows on they are computed in blocks; fewer go one by one, with vectors along the nests instead."""

LARGE = 32_000
"""From so many parameters on, which then come from a slower cache each time, blocks are larger, to read them less."""


class LlvmBackend:
    """Compiles plans by LLVM, and keeps the machine code in a cache if there is one."""

    name = "llvm"

    def __init__(self, cache: Cache | None = None, target: Target | None = None) -> None:
        self._cache = cache
        self._target = target or host()

    def build(self, plan: Plan, strict: bool, layout: Layout | None = None) -> Machine:
        """Return the kernel of a plan, compiled when it is first called, with a layout of its own or the one given."""
        return Machine(plan, layout or choose(plan, strict), strict, self._target, self._cache)

    def by_columns(self, plan: Plan, strict: bool) -> Machine:
        """Return the kernel of a plan without gradients whose inputs and outputs are columns; for native code to call.

        Its parameters stand in the plan's order.
        """
        order = Layout(np.arange(plan.parameters), 0, plan.parameters)
        return Machine(plan, order, strict, self._target, self._cache, by_columns=True)


class Machine:
    """A plan as machine code: see `backends.Kernel`. Calls from several threads at once are safe."""

    def __init__(
        self, plan: Plan, layout: Layout, strict: bool, target: Target, cache: Cache | None, by_columns: bool = False
    ) -> None:
        self.plan = laid_out(plan, layout)
        self.layout = layout
        self._by_columns = by_columns
        self.strict = strict
        self._count = plan.gradients
        self._target = target
        self._cache = cache
        self._kernels: dict[int, Kernel] = {}
        self._own = threading.local()
        self._lock = threading.Lock()
        ends = np.cumsum([0, *map(len, plan.outputs.values())]).tolist()
        self._columns = {name: slice(*ends[i : i + 2]) for i, name in enumerate(plan.outputs)}
        self._width = ends[-1]
        self._moves = not np.array_equal(layout.places, np.arange(layout.size))

    @cached_property
    def lanes(self) -> int:
        """How many rows a block has."""
        return 64 if self.plan.parameters > LARGE else 32

    @cached_property
    def operations(self) -> int:
        """About how many multiply-adds are made for a row."""
        return 1 + sum(prod(nest.extents) * sum(s.length for s in nest.segments) for nest in self.plan.nests)

    def kernel(self, rows: int) -> Kernel:
        """Return the machine code for so many rows."""
        lanes = self.lanes if rows >= FEW else 1
        found = self._kernels.get(lanes)
        if found is None:
            with self._lock:
                found = self._kernels.get(lanes) or self._compiled(lanes)
                self._kernels[lanes] = found
        return found

    def __call__(self, inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        """Run the plan."""
        n = len(inputs) if order is None else len(order)
        kernel = self.kernel(n)
        packed = self.packed(parameters)
        outputs, gradient = np.empty((n, self._width)), np.zeros(self.plan.gradients)
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
        found = {name: outputs[:, columns] for name, columns in self._columns.items()}
        return Result(found, gradient[self.layout.places[: self._count]] if self._moves else gradient[: self._count])

    def packed(self, parameters: Floats) -> Floats:
        """Return the parameters as the layout has them; what is no parameter is 0.0."""
        if not self._moves:
            return parameters
        packed = np.zeros(self.layout.size)
        packed[self.layout.places] = parameters
        return packed

    def scratch(self, kernel: Kernel) -> int:
        """Return the address of memory for one call of a kernel: each thread has its own."""
        name = f"lanes{kernel.lanes}"
        if not hasattr(self._own, name):
            memory = np.empty(kernel.scratch + 8)
            setattr(self._own, name, (memory, ceil(memory.ctypes.data / 64) * 64))
        address: int = getattr(self._own, name)[1]
        return address

    def _compiled(self, lanes: int) -> Kernel:
        import llvmlite

        code = emit(self.plan, self._target, lanes=lanes, strict=self.strict, columns=self._by_columns)
        form: dict[str, Any] = {"lanes": lanes, "scratch": code.scratch, "target": self._target, "ir": code.ir}
        if self._cache is None:
            return from_object(object_code(code.ir, self._target), **form)
        name = key([code.ir, self._target.cpu, self._target.features, llvmlite.__version__])
        kept = self._cache.load(name)
        if kept is not None:
            return from_object(kept[1], **form)
        made = object_code(code.ir, self._target)
        self._cache.store(name, {}, made)
        return from_object(made, **form)
