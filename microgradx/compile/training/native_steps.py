"""Many steps of training at once in machine code: gradient, penalty, clipping, and the optimiser's update."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from ...node import LazyGradient
from ...optimizer import Memory, Optimizer, Update
from ...train.settings import Settings
from ...train.steps import Position, Steps
from ...train.work import in_numbers
from ..backends.llvm.backend import LlvmBackend
from ..backends.llvm.memory import LINE, address
from ..backends.llvm.sharing import together
from ..nests.layout import Layout
from ..tape.tape import Floats, Ints
from .gradient import CompiledGradient
from .kernels import Kernels
from .last_gradient import clipped, computed_later
from .step import Step
from .timetable import Clock, Timetable

FIRST_WORK = 1 << 30
"""About so many multiply-adds are made the first time before Python is asked whether the user wants to stop, …"""

WORK_PER_PARAMETER = 1 << 17
"""… and so many more for each parameter, which is read from its Value before and written to it afterwards, …"""

MOST_WORK = 1 << 34
"""… but no more than half a second's."""

SECONDS = 0.1
"""So long at least it takes from then on until Python is asked again, and at most four times as long."""

ROWS = 1 << 17
"""So many rows at most are trained on until then, or as many as there are parameters: places of rows stay near the
processor, and a step counts as four rows, for its numbers in the timetable. Results do not depend on any of these."""


class NativeSteps:
    """The steps of one network and one optimiser; the layout is the same for rows of every shape."""

    def __init__(
        self, gradient: CompiledGradient, optimizer: Optimizer, settings: Settings, step: Step, descends: bool
    ) -> None:
        backend: LlvmBackend = gradient.backend
        self._gradient, self._optimizer, self._settings, self._step = gradient, optimizer, settings, step
        self._native, self._workers = backend.loop(gradient.strict), backend.workers
        self._slots = backend.slots
        self._clock = Clock(gradient, settings, self._native)
        self._descends = descends and (self._clock.size == 1 or gradient.is_one_call)
        machine = gradient.kernel(0)
        kernel = machine.kernel(self._clock.size, self._descends)  # if it is on disk, its layout is too
        self._descends = self._descends and self._clock.size <= kernel.lanes
        self._kernels, self._count = Kernels(gradient, self._clock.size, self._descends), len(gradient.parameters)
        measures = settings.l2 or settings.clip_norm or settings.clip_value
        layout = self._kernels.layout
        self._where = None if not measures else layout.places if gradient.strict else _mask(layout)
        self._update = None if self._descends else backend.columns(step.plan, gradient.strict)
        self._reserve(layout.size)
        self._losses = np.empty(self._clock.size)
        back = [(1 + len(step.columns) + i, 2 + i) for i in range(len(step.uniform))]
        self._back = np.array(back, np.int64).reshape(-1, 2)
        self._most = max(1, max(ROWS, self._count) // (self._clock.size + 4))
        work = min(FIRST_WORK + WORK_PER_PARAMETER * self._count, MOST_WORK)
        each = machine.header.operations * self._clock.size
        self._reach = max(1, min(self._most, work // each))

    def _reserve(self, size: int) -> None:
        """Take memory for the state of so many leaves, and for what steps have made of it, in the user's order."""
        columns = 1 + len(self._step.columns)
        rows = 1 + columns + len(self._step.uniform)
        width = -(-size // (LINE // 8)) * (LINE // 8)  # of rows that begin lines of the cache, as vectors must
        room = self._native.spare.numbers(self, rows * width + columns * self._count)
        self._state = room[: rows * width].reshape(rows, width)
        self._state[:] = 0.0
        self._made = room[rows * width :].reshape(columns, self._count)

    def steps(self, position: Position, until: int, memory: Memory) -> Steps | None:
        """Make steps from a position on; None where the first one would not be finite.

        What they have made stands in memory that the next ones use.
        """
        count = self._clock.batches * (until - position.epoch) - position.batch
        with in_numbers(self._gradient.eager, self._next(position)):
            while (found := self._tried(position, count, memory)) is None and self._kernels.learn():
                pass
        return found

    def _next(self, position: Position) -> Iterator[int]:
        """Yield the rows of the first step, then all of them, since a look may be at any."""
        count = self._gradient.count
        yield from self._settings.batches(position.epoch, count)[position.batch]
        yield from range(count)

    def _tried(self, position: Position, count: int, memory: Memory) -> Steps | None:
        epoch, batch, total = position
        count = min(count, self._reach)
        (hyper,) = self._optimizer.param_groups
        table = self._clock.steps(epoch, batch, count, hyper["lr"])
        if len(table.rates) < count:
            self._reach = max(1, len(table.rates))
        if not (len(table.rates) and self._kernels.enter(table.shape)):
            return None
        read = self._gradient.watch()
        while count := len(table.rates):
            begin = perf_counter()
            totals, uniform = self._run(table, read, memory)
            finite = np.isfinite(totals)
            if finite.all() and np.isfinite(self._made).all() and np.isfinite(uniform).all():
                spent = perf_counter() - begin
                if spent < SECONDS:
                    self._reach = min(self._most, max(2 * count, self._reach))
                elif spent > 4.0 * SECONDS:
                    self._reach = max(1, count // 2)
                self._kernels.count(table.shape, table.starts)
                self._gradient.groups[0].paths.rest()
                before = Update(read.data[: self._count], memory)
                sums = self._native.sums(totals, batch, self._clock.batches, total)
                done = (batch + count - 1) % self._clock.batches + 1
                accept = partial(self._accept, self._updated(uniform[2:], memory), self._last(table, uniform[1]))
                return Steps(accept, [before], sums, done)
            table = table.first(count // 2 if finite.all() else int(finite.argmin()))
            if not self._kernels.lost:
                self._reach = max(1, len(table.rates))
        return None

    def _run(self, table: Timetable, read: Floats, memory: Memory) -> tuple[Floats, Floats]:
        """Return the totals of all batches, and what the last update read for all parameters alike: see `batches`."""
        step, settings, kernels = self._step, self._settings, self._kernels
        layout = kernels.layout
        if self._state.shape[1] < layout.size:  # a path reads Values that others do not
            self._reserve(layout.size)
        own = layout.places[: self._count]
        np.take(read, layout.inverse, out=self._state[0, : layout.size], mode="clip")
        for i, name in enumerate(step.columns, 1):
            self._state[i, own] = memory[name]
        uniform = np.array([0.0, 1.0, *(memory[name][0] for name in step.uniform)])
        totals = np.empty(len(table.rates))
        kernels.begin()
        where = None if self._where is None else address(self._where)
        arguments = (
            *(len(totals), *map(address, (table.starts, table.order, table.shape, kernels.table, table.rates))),
            *(self._update and self._update.address, address(self._state), len(self._state) - 1),
            *(layout.own, self._state.shape[1], where, self._count, address(uniform)),
            *(address(self._back), len(self._back), settings.l2, settings.clip_norm or math.inf),
            *(settings.clip_value is not None, address(self._losses), address(totals), kernels.room.address),
        )

        def call(alive: object = (kernels.room, table, uniform, totals)) -> None:
            self._native.batches(*arguments)

        if kernels.shares:
            together(call, kernels.room.address, self._native.help, self._workers)
        else:
            call()
        for row, made in zip(self._state, self._made, strict=False):
            np.take(row, own, out=made, mode="clip")  # which "raise" would copy
        return totals, uniform

    def _accept(self, update: Update, gradient: Floats | LazyGradient) -> None:
        self._optimizer.accept_by(self._slots.set_data, [update])
        self._slots.set_grad(self._gradient.parameters, gradient)

    def _last(self, table: Timetable, factor: float) -> Floats | LazyGradient:
        """Return the gradient of the last step, for each parameter."""
        layout, kept = self._kernels.layout, self._state[-1]
        if not self._descends:
            return clipped(kept[layout.places[: self._count]], factor, self._settings)
        rows, shape = table.order[table.starts[-2] : table.starts[-1]], int(table.shape[-1])
        before = self._state[0, : layout.size].copy()
        before[: layout.own] = kept[: layout.own]
        return computed_later(self._gradient.parameters, *self._kernels.last(shape, rows), before)

    def _updated(self, uniform: Floats, memory: Memory) -> Update:
        """Return what some steps have made as the optimiser keeps it."""
        weights, *kept = self._made
        found: dict[str, Any] = {n: array("d", x.tobytes()) for n, x in zip(self._step.columns, kept, strict=True)}
        found |= {n: [x] for n, x in zip(self._step.uniform, uniform.tolist(), strict=True)}
        return Update(weights.data, {name: found[name] for name in memory})


def _mask(layout: Layout) -> Ints:
    """Return −1 where a parameter stands, and 0 in holes, where a rule may leave any number."""
    mask = np.zeros(layout.own, np.int64)
    mask[layout.places[layout.places < layout.own]] = -1
    return mask
