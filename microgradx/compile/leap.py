"""Whole epochs of training steps in machine code: gradient, penalty, clipping, and the optimiser's update."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..optim import SGD
from ..optimizer import Memory, Optimizer, Update
from ..train.run import Steps
from ..train.settings import Settings
from .gradient import CompiledGradient
from .layout import Layout
from .llvm.backend import LlvmBackend, Machine
from .llvm.jit import Kernel
from .llvm.loop import loop
from .stages import Work
from .step import Step, optimizer_step
from .tape import Floats, Ints

WORK = 1 << 28
"""About how many multiply-adds are made before Python is asked again whether the user wants to stop."""


class Leap:
    """Makes all steps of an epoch at once, in machine code: see `train.run.Leap`.

    It makes none, and says so by None, while the optimiser has no memory yet, and where a number would not be finite:
    the step is then made alone, by Python, which has the right error. `reason` tells why it makes none at all.
    """

    def __init__(self, gradient: CompiledGradient, optimizer: Optimizer, settings: Settings) -> None:
        self._gradient, self._optimizer, self._settings = gradient, optimizer, settings
        self._loops: dict[tuple[str, ...], Loop | None] = {}
        self._hyper: dict[str, Any] = {}
        self._machines: dict[int, Machine] = {}
        self.reason = self._why_not()

    def _why_not(self) -> str:
        stages = self._gradient.path.stages
        if not isinstance(stages.backend, LlvmBackend):
            return "there is no llvmlite"
        same = [*map(id, self._optimizer.parameters())] == [*map(id, self._gradient.parameters)]
        if len(self._optimizer.param_groups) != 1 or not same:
            return "the optimiser has groups of parameters, or not all parameters in the model's order"
        leaves = [[*map(id, group.path.recording.captured)] for group in self._gradient.groups]
        if any(found != leaves[0] for found in leaves):
            return "examples of different shapes use different Values that are no parameters"
        if stages.strict and self._settings.clip_norm is not None:
            return "the norm of strict mode is Python's"
        return ""

    def __call__(self, epoch: int, batch: int, until: int) -> Steps | None:
        """Make steps from this batch on, before epoch `until`."""
        if self.reason:
            return None
        memory = self._optimizer.memories[0]
        hyper = {name: x for name, x in self._optimizer.param_groups[0].items() if name not in ("params", "lr")}
        if hyper != self._hyper:  # a callback may change what the rule was traced with
            self._hyper, self._loops = hyper, {}
        name = tuple(memory)
        if name not in self._loops:
            step = self._step(memory)
            new = None if step is None else Loop(self._gradient, self._optimizer, self._settings, step, self._machines)
            self._loops[name] = new
        found = self._loops[name]
        return None if found is None else found.steps(epoch, batch, until, memory)

    def _step(self, memory: Memory) -> Step | None:
        try:
            return optimizer_step(self._optimizer, memory, self._settings.clip_value, self._gradient.strict)
        except Exception as error:  # a rule may do anything with its numbers, and Python takes them all
            self.reason = str(error) if memory else ""  # without memory it may be the first step alone
            return None


class Loop:
    """The loop over batches for one network and one optimiser; the layout is the same for rows of every shape."""

    def __init__(
        self,
        gradient: CompiledGradient,
        optimizer: Optimizer,
        settings: Settings,
        step: Step,
        machines: dict[int, Machine],
    ) -> None:
        backend = gradient.path.stages.backend
        assert isinstance(backend, LlvmBackend)
        self._gradient, self._settings, self._step = gradient, settings, step
        self._optimizer, self._backend = optimizer, backend
        self._native = loop(gradient.strict)
        self._machines = machines  # by shape
        self._size = min(settings.batch_size or gradient.count, gradient.count)
        kernel = self._machine(0).kernel(self._size, in_place=True)  # if it is on disk, its layout is too
        self._descends = _is_descent(optimizer, settings, gradient.strict) and self._size <= kernel.lanes
        layout = self._machine(0).form.layout
        self._layout, self._count = layout, len(gradient.parameters)
        self._where = layout.places if gradient.strict else _mask(layout)
        self._update = backend.columns(step.plan, gradient.strict)
        self._losses = np.empty(self._size)
        self._state = np.zeros((2 + len(step.columns) + len(step.uniform), layout.size))
        self._scratch = np.empty(0)
        back = [(1 + len(step.columns) + i, 2 + i) for i in range(len(step.uniform))]
        self._back = np.array(back or [(0, 0)], np.int64)
        self._order: tuple[int, Ints] = -1, np.empty(0, np.int64)
        self._most = self._reach = max(1, WORK // (self._machine(0).form.operations * self._size))

    def steps(self, epoch: int, batch: int, until: int, memory: Memory) -> Steps | None:
        """Make steps from a batch of an epoch on; None where the first one would not be finite."""
        batches = self._settings.batch_count(self._gradient.count)
        count = min(batches * (until - epoch) - batch, self._reach)
        read = self._gradient.groups[0].watch(np.arange(1))
        while count:
            totals, state = self._run(epoch * batches + batch, count, read, memory)
            finite = np.isfinite(totals)
            if finite.all() and np.isfinite(state).all():
                self._reach = min(self._most, max(2 * count, self._reach))
                return Steps([self._updated(state, memory)], totals.tolist())
            count = min(len(totals), count // 2) if finite.all() else int(finite.argmin())
            self._reach = max(1, count)
        return None

    def _rates(self, epoch: int, batch: int, count: int, batches: int) -> Floats:
        (hyper,) = self._optimizer.param_groups
        if self._settings.schedule is None:
            return np.full(count, hyper["lr"] * 1.0)
        times = [self._settings.time(epoch, b, batches) for b in range(batch, batch + count)]
        return np.array([hyper["lr"] * self._settings.scale(t) for t in times])

    def _ordered(self, epoch: int) -> Ints:
        """Return the rows in the order of an epoch, as `Settings.batches` has them."""
        n = self._gradient.count
        if self._settings.batch_size is None:
            return np.arange(n)
        if self._order[0] != epoch:
            self._order = epoch, self._native.shuffled(n, f"{self._settings.seed} {epoch}")
        return self._order[1]

    def _run(self, first: int, count: int, read: Floats, memory: Memory) -> tuple[Floats, Floats]:
        """Return the totals of `count` batches from the first on, counted over all epochs, and the state after them.

        The state is weights, memory by columns, and memory by uniform. A batch whose rows differ in shape has the total
        NaN, as have those after it.
        """
        step, places = self._step, self._layout.places
        self._state[0, places] = read
        for i, name in enumerate(step.columns, 1):
            self._state[i, places[: self._count]] = memory[name]
        uniform = np.array([0.0, 1.0, *(memory[name][0] for name in step.uniform)])
        totals = np.full(count, np.nan)
        batches, done = self._settings.batch_count(self._gradient.count), 0
        while done < count:
            epoch, batch = divmod(first + done, batches)
            some = min(count - done, batches - batch)
            if not self._part_of_epoch(epoch, batch, batches, uniform, totals[done : done + some]):
                break
            done += some
        found = self._state[: 1 + len(step.columns), places[: self._count]]
        return totals, np.concatenate([found.ravel(), uniform[2:]])

    def _part_of_epoch(self, epoch: int, batch: int, batches: int, uniform: Floats, totals: Floats) -> bool:
        """Make as many steps as there are totals, and return whether all could be made."""
        order, count, done = self._ordered(epoch)[batch * self._size :], len(totals), 0
        rates = self._rates(epoch, batch, count, batches)
        while done < count and (group := self._group_of(order, done)) is not None:
            until = count if len(self._gradient.groups) == 1 else done + 1
            while until < count and self._group_of(order, until) == group:
                until += 1
            rows = order[done * self._size : until * self._size]
            self._native_steps(group, rows, rates[done:until], uniform, totals[done:until])
            done = until
        return done == count

    def _group_of(self, order: Ints, batch: int) -> int | None:
        """Return the group of a batch; None if its rows are of several."""
        if len(self._gradient.groups) == 1:
            return 0
        groups = self._gradient.group[order[batch * self._size : (batch + 1) * self._size]]
        return int(groups[0]) if (groups == groups[0]).all() else None

    def _native_steps(self, group: int, rows: Ints, rates: Floats, uniform: Floats, totals: Floats) -> None:
        settings, layout, examples = self._settings, self._layout, self._gradient.groups[group]
        kernel = self._machine(group).kernel(self._size, self._descends)
        order, matrix = self._gradient.place[rows], examples.matrix
        self._native.epoch(
            *(
                kernel.address,
                None if self._descends else self._update.address,
                len(rates),
                self._size,
                len(rows),
                order.ctypes.data,
            ),
            *(matrix.ctypes.data, matrix.shape[1], self._state.ctypes.data, len(self._state) - 1),
            *(layout.own, layout.size, self._where.ctypes.data, self._count, uniform.ctypes.data),
            *(self._back.ctypes.data, len(self._step.uniform), rates.ctypes.data, settings.l2),
            *(settings.clip_norm or math.inf, int(settings.clip_value is not None)),
            *(self._losses.ctypes.data, totals.ctypes.data, self._memory(kernel)),
        )

    def _memory(self, kernel: Kernel) -> int:
        size = max(kernel.scratch, self._update.scratch) + 8
        if len(self._scratch) < size:
            self._scratch = np.empty(size)
        return -(-self._scratch.ctypes.data // 64) * 64

    def _machine(self, group: int) -> Machine:
        """Return the machine code of a training step for examples of one shape."""
        if group not in self._machines:
            plan = self._gradient.groups[group].path.stages.plan(Work.TRAINING)
            first = self._machines.get(0)
            layout = first.form.layout if first else None  # that of the others
            self._machines[group] = self._backend.build(plan, self._gradient.strict, layout)
        return self._machines[group]

    def _updated(self, state: Floats, memory: Memory) -> Update:
        """Return the state after some steps as the optimiser keeps it."""
        columns, uniform = self._step.columns, self._step.uniform
        weights, *kept = state[: self._count * (1 + len(columns))].reshape(-1, self._count).tolist()
        found = dict(zip(columns, kept, strict=True))
        found |= {name: [x] for name, x in zip(uniform, state[len(state) - len(uniform) :].tolist(), strict=True)}
        return Update(weights, {name: found[name] for name in memory})


def _is_descent(optimizer: Optimizer, settings: Settings, strict: bool) -> bool:
    """Whether a step adds −lr times the gradient and nothing else, so that the gradient kernel can make it in place.

    The learning rate is then multiplied into the error signals, which rounds in another way: not in strict mode.
    """
    (hyper,) = optimizer.param_groups
    changed = settings.l2 or settings.clip_norm or settings.clip_value
    return type(optimizer) is SGD and not (strict or changed or hyper["momentum"] or hyper["weight_decay"])


def _mask(layout: Layout) -> Ints:
    """Return −1 where a parameter stands, and 0 in holes, where a rule may leave any number."""
    mask = np.zeros(layout.own, np.int64)
    mask[layout.places[layout.places < layout.own]] = -1
    return mask
