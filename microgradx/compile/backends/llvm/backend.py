"""The LLVM back end: kernels that LLVM compiles, kept on disk, and what they share."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ...nests.layout import BLOCK, Layout
from ..cache import Cache
from ..lazy import LazyPlan
from .batches import batches_ir
from .columns import emit_columns
from .dispatch import dispatch_ir
from .epochs import epochs_ir
from .header import Header
from .jit import Kernel
from .kept import Finished, Kept, Written
from .kernel import SIGNATURE
from .machine import Machine
from .shuffle import shuffle_ir
from .slots import Slots
from .target import Target, host
from .training_loop import Loop, function
from .untouched import passing_by
from .workers import Workers


class LlvmBackend:
    """Compiles plans by LLVM, and keeps the machine code in a cache if there is one."""

    name = "llvm"

    def __init__(self, cache: Cache | None = None, target: Target | None = None, threads: int | None = None) -> None:
        self._target = target or host()
        self._kept = Kept(cache, self._target)
        self.workers = Workers(threads)
        self.submit = self.workers.submit
        self.steps: dict[Any, Any] = {}  # of optimisers: see `step`
        self._columns: dict[tuple[str, bool], Kernel] = {}
        self._loops: dict[bool, Loop] = {}
        self.passing_by = passing_by(self._kept.module, self._target)
        self.slots = Slots(self._kept.module, self._target)
        self.read = self.slots.read

    def build(self, plan: LazyPlan, strict: bool, layout: Layout | None = None) -> Machine:
        """Return the kernel of a plan, compiled when it is first called, with a layout of its own or the one given."""
        return Machine(plan, layout, strict, self._kept, self.workers)

    def columns(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return the kernel of a plan of single numbers whose inputs and outputs are columns; see `columns`."""
        name = plan.name, strict
        if name not in self._columns:
            self._columns[name] = self._columns_of(plan, strict)
        return self._columns[name]

    def loop(self, strict: bool) -> Loop:
        """Return the loop over the batches of training."""
        if strict not in self._loops:
            modules = batches_ir(self._target, strict), shuffle_ir(self._target), epochs_ir(self._target)
            batches, shuffle, epochs = map(self._kept.module, modules)
            self._loops[strict] = Loop(batches, shuffle, epochs, self._target)
        return self._loops[strict]

    @cached_property
    def dispatch(self) -> Any:
        """What leads rows to the kernels of several paths; see `dispatch`."""
        return function("dispatch", self._kept.module(dispatch_ir(self._target))(), SIGNATURE, self._target)

    def _columns_of(self, plan: LazyPlan, strict: bool) -> Kernel:
        def written(finished: Finished) -> Written:
            layout = Layout(np.arange(plan.plan.parameters), 0, plan.plan.parameters)
            return Header.of(plan.plan, layout), emit_columns(plan.plan, self._target, strict, finished), BLOCK

        return self._kept.kernel(plan, [f"columns {strict=}"], written)()[1]
