"""Training, compiled: the gradient of a batch, and, where machine code can do all of it, whole epochs of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TraceError
from ..losses import Loss, cross_entropy, nll_loss
from ..module import Module
from ..optimizer import Optimizer, Update
from ..pairing import class_or_weights, is_list
from ..primitives import fold
from ..train.examples import Example
from ..train.run import Gradient, Steps
from ..train.run import Leap as LeapOf
from ..train.settings import Settings
from ..train.work import Eager
from .arguments import Batch
from .calls import mean_and_gradient
from .paths import Call, Path
from .program import Program
from .stages import Work
from .step import Step, optimizer_step
from .tape import Floats, Ints

if TYPE_CHECKING:
    from .llvm.backend import Machine

MULTIPLY_ADDS = 1 << 28
"""About how many multiply-adds are made before Python is asked again whether the user wants to stop."""


class Compiled:
    """What training asks of a model and its loss, compiled: see `train.work.Work`."""

    def __init__(
        self, model: Module, loss: Loss, train: Sequence[Example], held_out: Sequence[Example], strict: bool
    ) -> None:
        self._classes = loss in (cross_entropy, nll_loss) and all(_is_class(t) for _, t in (*train, *held_out))

        def cost(x: Any, t: Any) -> Any:
            return loss(model(x), t)

        self._cost = Program(cost, model.parameters(), ["t"] if self._classes else (), strict)
        self._model = Program(model.__call__, model.parameters(), (), strict)
        self.gradient = CompiledGradient(self._cost, self._arguments(train), Eager(model, loss, train).gradient)
        if held_out:
            self._cost(*self._arguments(held_out))  # now, while there is still another way
        self.by = self._cost.target
        self.arithmetic = Eager.arithmetic if strict else self.by

    def leap(self, optimizer: Optimizer, settings: Settings) -> LeapOf:
        """Return what makes many steps at once."""
        return Leap(self.gradient, optimizer, settings)

    def confirm(self) -> None:
        """Raise TraceError if the model or the loss does something else by now than when it was traced."""
        self.gradient.watch(np.arange(1), now=True)

    def losses(self, examples: Sequence[Example]) -> list[float]:
        """Return the loss of each example."""
        found: list[float] = self._cost(*self._arguments(examples)).tolist()
        return found

    def predictions(self, examples: Sequence[Example]) -> list[Any]:
        """Return the model's output for each example, as plain numbers."""
        found: list[Any] = self._model(self._arguments(examples)[0]).tolist()
        return found

    def _arguments(self, examples: Sequence[Example]) -> tuple[Floats, Floats]:
        x, targets = zip(*examples, strict=True)
        if self._classes:
            targets = tuple(class_or_weights(t, len(t)) if is_list(t) else t for t in targets)
        return np.array(x, np.float64), np.array(targets, np.float64)


def _is_class(t: Any) -> bool:
    """Whether a target names a class: by its number, or as the only one of several that is not 0."""
    return not is_list(t) or isinstance(class_or_weights(t, len(t)), int)


class CompiledGradient:
    """The gradient of the mean loss of some examples, and the sum of their losses: see `train.run.Gradient`.

    `program` gives the loss of one example for its arguments; `eager` computes the same on Values, where a result is
    not finite, so that the error is the one that Values give.
    """

    def __init__(self, program: Program, arguments: Sequence[Any], eager: Gradient) -> None:
        self._paths, self._call = program.called(arguments)
        self._parameters = program.parameters
        self._strict = program.strict
        self._eager = eager
        self.path: Path = self._paths.traced(self._call, 0)
        if not self.path.recording.single:
            raise TypeError("a loss gives one number, not a list")
        self.matrix = np.ascontiguousarray(self.path.packer.matrix(self._call.rows))
        self.path.packer.check(self._call.rows)

    @property
    def count(self) -> int:
        """How many examples there are."""
        return self._call.rows.count

    @property
    def machine(self) -> Machine | None:
        """The machine code of a training step on the first path; None where there is no such back end."""
        kernel: Any = self.path.stages.kernel(Work.TRAINING)
        return kernel if hasattr(kernel, "layout") else None

    def __call__(self, rows: Sequence[int]) -> float:
        """Add the gradient to the `grad` of each parameter, and return the sum of the losses."""
        order = np.array(rows, np.int64)
        weight = 1.0 / len(order)
        if not self.path.recording.guards:
            total, gradient = self._sums(order, weight)
        elif self._strict:
            total, gradient = self._row_by_row(order, weight)
        else:
            mean, gradient = mean_and_gradient(self._paths, self._some(order))
            total = mean * len(order)
        if not (math.isfinite(total) and np.isfinite(gradient).all()):
            return self._eager(rows)
        for v, g in zip(self._parameters, gradient.tolist(), strict=True):
            v.grad += g
        return total

    def _some(self, order: Ints) -> Call:
        rows = self._call.rows
        return Call(Batch(tuple(x[order] for x in rows.arrays), rows.shapes, len(order)))

    def _sums(self, order: Ints, weight: float) -> tuple[float, Floats]:
        result = self.path.run(Work.GRADIENT, self.matrix, order, weight, self.watch(order))
        losses = result.outputs["values"][:, 0]
        return float(fold(losses.tolist()) if self._strict else np.add.reduce(losses)), result.gradient

    def _row_by_row(self, order: Ints, weight: float) -> tuple[float, Floats]:
        """Return the sums in the order of the rows, whichever paths these belong to."""
        some = self._some(order)
        total, gradient = 0.0, np.zeros(len(self._parameters))
        paths: list[Path | None] = [None] * len(order)
        for part in self._paths.parts(Work.VALUES, some):
            for row in range(len(order)) if part.order is None else part.order.tolist():
                paths[row] = part.path
        for row, path in enumerate(paths):
            if path is None:  # on an edge, by a rounding: Values know
                return math.nan, gradient
            inputs = path.packer.matrix(some.rows)[row : row + 1]
            result = path.run(Work.GRADIENT, inputs, None, weight, path.read(None))
            total += float(result.outputs["values"][0, 0])
            gradient = gradient + result.gradient
        return total, gradient

    def watch(self, order: Ints, now: bool = False) -> bytes:
        """Return the numbers of all leaves as bytes, once it is sure that the function still does what was traced."""
        read = self.path.read(None)
        self._paths.watch(self.path, order, self._call, read, now)
        return read


class Leap:
    """Makes all steps of an epoch at once, in machine code: see `train.run.Leap`.

    It makes none, and says so by None, while the optimiser has no memory yet, and where a number would not be finite:
    the step is then made alone, by Python, which has the right error. `reason` tells why it makes none at all.
    """

    def __init__(self, gradient: CompiledGradient, optimizer: Optimizer, settings: Settings) -> None:
        self._gradient = gradient
        self._optimizer = optimizer
        self._settings = settings
        self._steps: dict[tuple[str, ...], Loop | None] = {}
        self.reason = self._why_not()

    def _why_not(self) -> str:
        machine, optimizer, path = self._gradient.machine, self._optimizer, self._gradient.path
        if machine is None:
            return "there is no llvmlite"
        if len(optimizer.param_groups) != 1 or [*map(id, optimizer.parameters())] != [
            *map(id, path.recording.parameters)
        ]:
            return "the optimiser has groups of parameters, or not all parameters in the model's order"
        if self._gradient.path.stages.strict and self._settings.clip_norm is not None:
            return "the norm of strict mode is Python's"
        return ""

    def __call__(self, epoch: int, batch: int) -> Steps | None:
        """Make steps from this batch on."""
        memory = self._optimizer.memories[0] if not self.reason else {}
        found = None if self.reason else self._loop(memory)
        return None if found is None else found.steps(epoch, batch, memory)

    def _loop(self, memory: dict[str, list[float]]) -> Loop | None:
        name = tuple(memory)
        if name not in self._steps:
            strict = self._gradient.path.stages.strict
            try:
                step = optimizer_step(self._optimizer, memory, self._settings.clip_value, strict)
                self._steps[name] = Loop(self._gradient, self._optimizer, self._settings, step)
            except Exception as error:  # a rule may do anything with its numbers; Python takes them all
                self._steps[name] = None
                self.reason = str(error) if memory else ""  # without memory it may be the first step alone
        return self._steps[name]


class Loop:
    """The loop over batches for one network and one optimiser."""

    def __init__(self, gradient: CompiledGradient, optimizer: Optimizer, settings: Settings, step: Step) -> None:
        from .llvm.backend import LlvmBackend
        from .llvm.loop import loop

        assert gradient.machine is not None
        self._gradient, self._optimizer, self._settings, self._step = gradient, optimizer, settings, step
        self._machine = gradient.machine
        backend = gradient.path.stages.backend
        assert isinstance(backend, LlvmBackend)
        self._native = loop(self._machine.strict)
        self._update = backend.by_columns(step.plan, self._machine.strict)
        self._orders: dict[int, Ints] = {}
        self._own = self._machine.layout.own
        self._stride = self._machine.layout.size
        rows = 2 + len(step.columns) + len(step.uniform)
        self._matrices = np.zeros((2, rows, self._stride))
        size = settings.batch_size or gradient.count
        self._losses = np.empty(min(size, gradient.count))
        back = [(2 + len(step.columns) + i, 2 + i) for i in range(len(step.uniform))]
        self._back = np.array(back or [(0, 0)], np.int64)
        per_row = sum(len(s.segments) and math.prod(s.extents) * s.segments[0].length for s in self._machine.plan.nests)
        self._most = self._reach = max(1, MULTIPLY_ADDS // max(1, per_row * len(self._losses)))

    def steps(self, epoch: int, batch: int, memory: dict[str, list[float]]) -> Steps | None:
        """Make steps from a batch of an epoch on; None where the first one would not be finite."""
        n, settings = self._gradient.count, self._settings
        batches = settings.batch_count(n)
        order = self._order(epoch)[batch * (settings.batch_size or n) :]
        count = min(batches - batch, self._reach)
        (hyper,) = self._optimizer.param_groups
        if settings.schedule is None:
            rates = np.full(count, hyper["lr"] * 1.0)
        else:
            times = [settings.time(epoch, b, batches) for b in range(batch, batch + count)]
            rates = np.array([hyper["lr"] * settings.scale(t) for t in times])
        read = np.frombuffer(self._gradient.watch(order[:1]))
        while count:
            totals, state = self._run(order, count, rates, read, memory)
            finite = np.isfinite(totals)
            if finite.all() and np.isfinite(state).all():
                self._reach = min(self._most, max(2 * count, self._reach))
                return Steps([self._updated(state, memory)], totals.tolist())
            count = count // 2 if finite.all() else int(finite.argmin())
            self._reach = max(1, count)
        return None

    def _order(self, epoch: int) -> Ints:
        """Return the rows in the order of an epoch, as `Settings.batches` has them."""
        n = self._gradient.count
        if self._settings.batch_size is None:
            return np.arange(n)
        if epoch not in self._orders:
            self._orders = {epoch: self._native.shuffled(n, f"{self._settings.seed} {epoch}")}
        return self._orders[epoch]

    def _run(self, order: Ints, count: int, rates: Floats, read: Floats, memory: Any) -> tuple[Floats, Floats]:
        """Return the totals of `count` batches, and weights, memory by columns, and memory by uniform after them."""
        step, machine, settings = self._step, self._machine, self._settings
        places = machine.layout.places
        first, second = self._matrices
        first[0, places] = second[0, places] = read
        for i, name in enumerate(step.columns, 1):
            first[i, places[: self._optimizer_count]] = memory[name]
        uniform = np.array([0.0, 1.0, *(memory[name][0] for name in step.uniform)])
        totals = np.empty(count)
        rows = min(len(order), count * len(self._losses))
        kernel, update = machine.kernel(len(self._losses)), self._update.kernel(self._own)
        scratch = np.empty(max(kernel.scratch, update.scratch) + 8)
        swapped = self._native.epoch(
            *(kernel.address, update.address, count, len(self._losses), rows, order.ctypes.data),
            *(self._gradient.matrix.ctypes.data, self._gradient.matrix.shape[1]),
            *(first.ctypes.data, second.ctypes.data, 1 + len(step.columns), self._own, self._stride),
            *(
                places.ctypes.data,
                self._optimizer_count,
                uniform.ctypes.data,
                self._back.ctypes.data,
                len(step.uniform),
                rates.ctypes.data,
            ),
            *(settings.l2, settings.clip_norm or math.inf, int(settings.clip_value is not None)),
            *(self._losses.ctypes.data, totals.ctypes.data, -(-scratch.ctypes.data // 64) * 64),
        )
        found = self._matrices[swapped][: 1 + len(step.columns), places[: self._optimizer_count]]
        return totals, np.concatenate([found.ravel(), uniform[2:]])

    @property
    def _optimizer_count(self) -> int:
        return len(self._gradient.path.recording.parameters)

    def _updated(self, state: Floats, memory: Any) -> Update:
        """Return the state after some steps as the optimiser keeps it."""
        p = self._optimizer_count
        weights, *columns = state[: p * (1 + len(self._step.columns))].reshape(-1, p).tolist()
        uniform = state[len(state) - len(self._step.uniform) :].tolist() if self._step.uniform else []
        found = dict(zip(self._step.columns, columns, strict=True))
        found |= {name: [x] for name, x in zip(self._step.uniform, uniform, strict=True)}
        return Update(weights, {name: found[name] for name in memory})
