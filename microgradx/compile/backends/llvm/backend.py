"""The LLVM back end: kernels that LLVM compiles, kept on disk, and what they share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...forks import MAKING
from ...nests.layout import BLOCK, Layout
from ..cache import Cache
from ..lazy import LazyPlan
from .header import Header
from .jit import SIGNATURE, Kernel, function
from .kept import Finished, Kept, Written
from .machine import Machine
from .slots import Slots
from .target import Target, host
from .untouched import passing_by
from .workers import Workers

if TYPE_CHECKING:
    from .training_loop import Loop


class LlvmBackend:
    """Compiles plans by LLVM, and keeps the machine code in a cache if there is one."""

    name = "llvm"

    def __init__(self, cache: Cache | None = None, target: Target | None = None, threads: int | None = None) -> None:
        self._target = target or host()
        self._kept = Kept(cache, self._target)
        self.decided = self._kept.decided
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
            with MAKING.done():
                from .training_loop import Loop
            kept, target = self._kept, self._target
            batches = kept.module(f"batches {strict=}", lambda: kept.writing.batches(target, strict))
            shuffle = kept.module("shuffle", lambda: kept.writing.shuffle(target))
            epochs = kept.module("epochs", lambda: kept.writing.epochs(target))
            self._loops[strict] = Loop(batches, shuffle, epochs, target)
        return self._loops[strict]

    @cached_property
    def dispatch(self) -> Any:
        """What leads rows to the kernels of several paths; see `dispatch`."""
        code = self._kept.module("dispatch", lambda: self._kept.writing.dispatch(self._target))()
        return function("dispatch", code, SIGNATURE, self._target)

    def _columns_of(self, plan: LazyPlan, strict: bool) -> Kernel:
        def written(finished: Finished) -> Written:
            layout = Layout(np.arange(plan.plan.parameters), 0, plan.plan.parameters)
            code = self._kept.writing.columns(plan.plan, self._target, strict, finished)
            return Header.of(plan.plan, layout), code, BLOCK

        return self._kept.kernel(plan, [f"columns {strict=}"], written)()[1]
