"""A plan as machine code, in as many kernels as there are sizes of work to do, and its runs, in parts or by turns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property, partial
from math import ceil, inf
from typing import Any

import numpy as np

from ...forks import MAKING
from ...nests.layout import Layout, choose, laid_out
from ...tape.tape import Floats, Ints
from ..lazy import LazyPlan
from ..protocols import Run, Sums
from ..result import Result
from .header import Header
from .jit import Kernel
from .kept import Finished, Kept, Written
from .lengths import LINES, sooner, worth
from .mean import Mean, native_sums
from .memory import Own, address
from .turns import Shared
from .workers import Workers

FEW = 8
"""From so many rows on they are computed in blocks; fewer go one by one, with vectors along the nests instead."""

LARGE = 32_000
"""From so many parameters on, which then come from a slower cache each time, blocks are larger, to read them less."""

PART = 5_000_000
"""Multiply-adds that are worth a thread: about 200 µs, as waking one takes 15 to 40; and so many more for …"""

COPY = 100
"""… each parameter with a gradient, which every part has, and which are added up."""

MOST = 8
"""So many parts at most."""


class Machine:
    """A plan as machine code, `lines` long at most: see `protocols.Kernel`. Several threads may call it at once."""

    def __init__(
        self, plan: LazyPlan, layout: Layout | None, strict: bool, kept: Kept, workers: Workers, lines: int = LINES
    ) -> None:
        self._lazy, self._given, self._strict, self._lines = plan, layout, strict, lines
        self._kept, self._workers, self._target = kept, workers, kept.target
        self._shorter: dict[int, Machine] = {}
        self._header: Header | None = None
        self._kernels: dict[tuple[bool, bool], Kernel] = {}
        self._coming: dict[tuple[bool, bool], Callable[[], tuple[Header, Kernel]]] = {}
        self._means: dict[int, Mean] = {}
        self._own = Own()
        self._lock = threading.RLock()

    @property
    def header(self) -> Header:
        """What must be known of the plan to run its machine code; known without the plan once a kernel was loaded."""
        if self._header is None:
            with MAKING.done(), self._lock:
                self._header = self._header or Header.of(self._lazy.plan, self._layout)
        return self._header

    @property
    def is_code(self) -> bool:
        """Whether all of it is code, none bytecode."""
        return self.header.lines <= self._lines

    @cached_property
    def _layout(self) -> Layout:
        return self._given or choose(self._lazy.plan, self._strict)

    def for_rows(self, rows: int) -> Machine:
        """Return what computes so many rows, and no more, in the least time, compiling included: see `worth`."""
        if (header := self._header) is None:
            with MAKING.done(), self._lock:
                header = self._header = self._header or self._kept.header(self._lazy, self._name, lambda: self.header)
        lines = worth(header.lines, header.operations, rows)
        if lines == self._lines:
            return self
        with MAKING.done(), self._lock:
            if lines not in self._shorter:
                made = Machine(self._lazy, header.layout, self._strict, self._kept, self._workers, lines)
                self._shorter[lines], made._header = made, header
            return self._shorter[lines]

    def kernel(self, rows: int, in_place: bool = False) -> Kernel:
        """Return the optimised code for so many rows; `in_place` for one whose gradient may be the parameters."""
        return self._kernel(rows, in_place).settled()

    def prepare(self, rows: int, in_place: bool = False, hurried: bool = False) -> None:
        """Begin to make that machine code: LLVM works in a thread of its own, and one need not wait for it yet.

        If it is `hurried`, for a single call on these rows, code that is there sooner may come first; see `sooner`.
        """
        variant = rows >= FEW, in_place
        with MAKING.done(), self._lock:
            if variant not in self._kernels and variant not in self._coming:
                self._coming[variant] = self._begun(*variant, rows if hurried else None)

    def _kernel(self, rows: int, in_place: bool = False, hurried: bool = False) -> Kernel:
        variant = rows >= FEW, in_place
        found = self._kernels.get(variant)
        if found is None:
            with MAKING.done(), self._lock:
                self.prepare(rows, in_place, hurried)
                if variant in self._coming:
                    self._header, self._kernels[variant] = self._coming.pop(variant)()
                found = self._kernels[variant]
        return found

    def __call__(self, inputs: Floats, order: Ints | None, weight: float) -> Run:
        """Return the plan on these rows, which stay where they are, as a function of the parameters.

        Parts of the rows are computed side by side where there is enough to do.
        """
        n, stride = len(inputs) if order is None else len(order), inputs.shape[1]
        kernel, header = self._kernel(n, hurried=True), self.header
        own, width = header.layout.own, header.width
        each, parts = self._parts(n, kernel)
        shared = self._shared(n, kernel)
        before = parts * own  # gradients, and behind them the outputs
        start, step = address(inputs), 8 * stride if order is None else 0
        ordered = None if order is None else address(order)

        def run(parameters: Floats) -> Result:
            placed, memory = header.laid_out(parameters), np.zeros(before + n * width)
            given, found = address(placed), address(memory)
            alive = inputs, order, placed, memory  # for a part may outlast a call that is interrupted

            def part(i: int, alive: object = alive) -> None:
                first = i * each
                rows = n - first if n - first < each else each
                numbers = None if ordered is None else ordered + 8 * first
                outputs, gradient = found + 8 * (before + width * first), found + 8 * own * i
                here = start + step * first
                kernel.run(rows, numbers, here, stride, weight, given, outputs, gradient, self.scratch(kernel))

            if shared is not None:
                shared((n, ordered, start, stride, weight, given, found + 8 * before, found), alive)
            elif parts == 1:
                part(0)
            else:
                self._workers.run(part, parts)
            return _result(header, memory, n, parts)

        return run

    def sums(self, inputs: Floats) -> Sums | None:
        """Return the plan on these rows as what gives sums: see `protocols.Kernel`; None if there are several parts."""
        n, module = len(inputs), self._sums
        kernel = self._kernel(n, hurried=True)
        if self._parts(n, kernel)[1] > 1:
            return None
        mean = self._means.get(kernel.entry)
        if mean is None:
            native = native_sums(module(), self._target)
            mean = self._means[kernel.entry] = Mean(self.header, kernel, native, self._strict)
        return mean.on(inputs, self._shared(n, kernel))

    @cached_property
    def _sums(self) -> Callable[[], bytes]:
        """What waits for the machine code that adds up what kernels give: it is made while Python writes the first."""
        return self._kept.module("sums", lambda: self._kept.writing.sums())

    def _parts(self, rows: int, kernel: Kernel) -> tuple[int, int]:
        """Return how many rows each part takes, and how many parts there are.

        They are the same for one number of rows, however many processors there are and whatever else these do: so are
        the results, to the last bit. In strict mode gradients are added row by row, which is one part.
        """
        wanted = min(MOST, int(rows / self._rows_of_a_part))
        if wanted < 2:
            return max(rows, 1), 1
        each = ceil(rows / (wanted * kernel.lanes)) * kernel.lanes
        return each, ceil(rows / each)

    def _shared(self, rows: int, kernel: Kernel) -> Shared | None:
        """Return the call of a kernel by threads that take turns, if there are several: results do not depend on it."""
        threads = min(self._workers.count, MOST, int(rows * self.header.operations / PART))
        if kernel.in_turns is None or threads < 2:
            return None
        return Shared(kernel.in_turns, partial(self.scratch, kernel), self._workers, threads)

    @cached_property
    def _rows_of_a_part(self) -> float:
        own = self.header.layout.own
        return inf if self._strict and own else (PART + COPY * own) / self.header.operations

    def scratch(self, kernel: Kernel) -> int:
        """Return the address of memory for one call of a kernel: each thread has its own."""
        return self._own.scratch(kernel.scratch)

    def _begun(self, blocks: bool, in_place: bool, rows: int | None) -> Callable[[], tuple[Header, Kernel]]:
        kept = self._kept

        def hurried() -> bool:
            return rows is not None and sooner(self.header.lines, self.header.operations, rows)

        def written(finished: Finished) -> Written:
            plan, strict = laid_out(self._lazy.plan, self._layout), self._strict
            lanes = (64 if plan.parameters > LARGE else 32) if blocks else 1
            how: Any = {"in_place": in_place, "lines": self._lines, "finished": finished}
            return self.header, kept.writing.kernel(plan, self._target, lanes=lanes, strict=strict, **how), lanes

        names = [f"{blocks=} {in_place=} lines={self._lines}", *self._name]
        common = {"common": lambda: kept.writing.common(self._target)} if blocks else {}
        return kept.kernel(self._lazy, names, written, common, hurried)

    @cached_property
    def _name(self) -> list[bytes | str]:
        return [f"strict={self._strict}", b"" if self._given is None else self._given.places.tobytes()]


def _result(header: Header, memory: Floats, rows: int, parts: int) -> Result:
    """Return what a call left in memory: a gradient of each part, which are added up, and then the outputs."""
    own = header.layout.own
    before = parts * own
    outputs = memory[before:].reshape(rows, header.width)
    gradient = memory[:own] if parts == 1 else np.add.reduce(memory[:before].reshape(parts, own))
    columns = {name: outputs[:, which] for name, which in header.columns}
    return Result(columns, header.in_order(gradient), memory)
