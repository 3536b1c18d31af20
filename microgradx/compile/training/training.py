"""Training, compiled: for `fit`, and for `Program.train`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ...engine import Value
from ...losses import Loss, cross_entropy, nll_loss
from ...module import Module
from ...optimizer import Optimizer
from ...pairing import class_or_weights, is_list
from ...schedules import Schedule
from ...train.examples import Example
from ...train.fit import bound
from ...train.history import History
from ...train.progress import bar
from ...train.run import Run
from ...train.settings import Settings
from ...train.steps import Gradient, Leap
from ...train.work import Eager
from ..paths.mean import added
from ..program import Program
from ..tape.tape import Floats
from .gradient import CompiledGradient


class CompiledWork:
    """What a training run asks of a program that gives the loss of an example: see `train.work.Work`."""

    def __init__(
        self, program: Program, arguments: Sequence[Any], eager: Gradient | None = None, epochs: int | None = None
    ) -> None:
        self.by = program.target
        self.gradient = CompiledGradient(program, arguments, eager, epochs)

    def leap(self, optimizer: Optimizer, settings: Settings) -> Leap:
        """Return what makes many steps at once: machine code, or nothing where there is no compiler for it."""
        if self.by != "llvm":
            return lambda position, until: None
        from .leap import NativeLeap

        return NativeLeap(self.gradient, optimizer, settings)

    def confirm(self, epochs: int) -> None:
        """Raise TraceError if the function does something else by now than when it was traced."""
        self.gradient.confirm(epochs)


class Compiled(CompiledWork):
    """What `fit` asks of a model and its loss, compiled: see `train.work.Judge`."""

    def __init__(
        self, model: Module, loss: Loss, train: Sequence[Example], held_out: Sequence[Example], strict: bool
    ) -> None:
        self._classes = loss in (cross_entropy, nll_loss) and all(_is_class(t) for _, t in (*train, *held_out))

        def cost(x: Any, t: Any) -> Any:
            return loss(model(x), t)

        self._cost = Program(cost, model.parameters(), ["t"] if self._classes else (), strict)
        self._model = Program(model.__call__, self._cost.parameters, (), strict)
        super().__init__(self._cost, self._arguments(train), Eager(model, loss, train).gradient)
        if held_out:
            self._cost(*self._arguments(held_out))  # now, while there is still another way
        self.arithmetic = Eager.arithmetic if strict else self.by

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
    """Return whether a target names a class: by its number, or as the only one of several that is not 0."""
    return not is_list(t) or isinstance(class_or_weights(t, len(t)), int)


class _Parameters(Module):
    """The parameters of a program, as what a training run changes."""

    def __init__(self, parameters: Sequence[Value]) -> None:
        self.values = parameters

    def parameters(self) -> list[Value]:
        """Return the parameters."""
        return list(self.values)

    def state_dict(self) -> dict[str, Any]:
        """Return their numbers."""
        return {"values": [v._data for v in self.values]}


def train(
    program: Program,
    arguments: Sequence[Any],
    *,
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    l2: float = 0.0,
    seed: int = 0,
    validation: Sequence[Any] | None = None,
    patience: int | None = None,
    schedule: Schedule | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    callbacks: Callable[[Run], object] | Iterable[Callable[[Run], object]] = (),
    progress: bool | None = None,
) -> History:
    """Train the parameters of a program on its mean value over the rows: see `Program.train`."""
    if not program.parameters:
        raise ValueError("there are no parameters to train: write compile(f, parameters=[...])")
    settings = Settings(epochs, batch_size, l2, seed, patience, schedule, clip_norm, clip_value)
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss; give validation=(X, …), other rows of the arguments")
    model = _Parameters(program.parameters)
    optimizer = bound(optimizer, program.parameters)
    work = CompiledWork(program, arguments, epochs=settings.epochs)
    _check_finite(work.gradient)

    def evaluate() -> dict[str, float]:
        if validation is None:
            return {}
        losses = np.atleast_1d(program(*validation))
        if not len(losses):
            raise ValueError("validation has no rows, and so no mean loss; give at least one, or leave it out")
        return {"validation_loss": added(losses, program.strict) / len(losses)}

    run = Run(model, optimizer, settings, work.gradient.count, work, evaluate, None, validation is not None)
    return run.train(bar(settings.epochs, 0, progress), [callbacks] if callable(callbacks) else list(callbacks))


def _check_finite(gradient: CompiledGradient) -> None:
    """Raise ValueError, naming the entry, if a number to learn from is inf or NaN."""
    for i, group in enumerate(gradient.groups):
        for name, x in zip(group.paths.eager.names, group.call.rows.arrays, strict=False):
            if not np.isfinite(x).all():
                row, *place = np.argwhere(~np.isfinite(x))[0].tolist()
                example = int(np.flatnonzero((gradient.group == i) & (gradient.place == row))[0])
                entry = name + "".join([f"[{j}]" for j in (example, *place)])
                number = float(x[row, *place])
                raise ValueError(
                    f"{entry} is {number!r}, and only finite numbers can be learnt from; leave out that row"
                )
