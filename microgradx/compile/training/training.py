"""Training, compiled: for `fit`, and for `Program.train`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Never

import numpy as np

from ...engine import Value
from ...errors import ShapeError, TraceError
from ...losses import Loss, cross_entropy, nll_loss
from ...module import Module
from ...optimizer import Optimizer
from ...pairing import class_or_weights, is_list
from ...schedules import Schedule
from ...train.examples import Example
from ...train.given import bound, check_settings, listeners_of
from ...train.history import History
from ...train.progress import bar
from ...train.run import Run
from ...train.settings import Settings
from ...train.steps import Gradient, Leap
from ...train.work import Eager
from ..forks import MAKING, MOVING
from ..paths.mean import added
from ..program import Program
from ..rows.arguments import as_array
from ..tape.tape import Floats
from ..tracing.recording import Recording
from .fixed import is_fixed
from .gradient import CompiledGradient

SOME = 1 << 16
"""So many numbers at a time are looked at whether they are finite."""


class CompiledWork:
    """What a training run asks of a program that gives the loss of an example: see `train.work.Work`."""

    def __init__(
        self, program: Program, arguments: Sequence[Any], eager: Gradient | None = None, epochs: int | None = None
    ) -> None:
        self.by = program.target
        self._f = program.f
        self.alone: AbstractContextManager[Any] = MOVING
        self._leap: Leap = lambda position, until: None
        self.gradient = CompiledGradient(program, arguments, eager, epochs)

    def leap(self, optimizer: Optimizer, settings: Settings) -> Leap:
        """Return what makes many steps at once: machine code, or nothing where there is no compiler for it."""
        if self.by == "llvm":
            with MAKING.done():
                from .leap import NativeLeap

            self._leap = NativeLeap(self.gradient, optimizer, settings)
        return self._leap

    def confirm(self, epochs: int) -> None:
        """Raise TraceError if the function does something else by now than when it was traced."""
        self.gradient.confirm(self._told())

    def frozen(self) -> str:
        """Return the names of what the loss uses and that is no parameter."""
        known = [path.recording for group in self.gradient.groups for path in group.paths.known]
        if not any(recording.captured for recording in known):
            return ""
        with MAKING.done():
            from .frozen import frozen

        return frozen(self._f, known)

    def _told(self) -> str:
        """Return how the steps were made."""
        many, one_by_one = self.gradient.at_once, self.gradient.one_by_one
        steps = f"the last training was {many + one_by_one:,} step{'' if many + one_by_one == 1 else 's'}"
        if not one_by_one:
            return f"{steps}, all in machine code"
        reason = getattr(self._leap, "reason", f"the target is {self.by}, which has no loop over steps")
        if not reason:
            return f"{steps}; Python made {one_by_one:,} of them, with the gradients of machine code"
        return f"{steps}, which Python made with the gradients of compiled code, as {reason}"


class LossProgram(Program):
    """The loss of an example, which may not draw random numbers: compiled, every example would have the same."""

    def _recorded(self, *given: Any) -> Recording:
        has_drawn = self._outside.draws()
        recording = super()._recorded(*given)
        if has_drawn():
            raise TraceError("the model or the loss draws random numbers")
        return recording


class Compiled(CompiledWork):
    """What `fit` asks of a model and its loss, compiled: see `train.work.Judge`."""

    def __init__(
        self, model: Module, loss: Loss, train: Sequence[Example], held_out: Sequence[Example], strict: bool
    ) -> None:
        targets = [t for _, t in (*train, *held_out)]
        self._classes = loss in (cross_entropy, nll_loss) and all(map(_is_class, targets))

        def cost(x: Any, t: Any) -> Any:
            return loss(model(x), t)

        def begin() -> None:
            self._cost = LossProgram(cost, model.parameters(), ["t"] if self._classes else (), strict)
            self._model = Program(model.__call__, self._cost.parameters, (), strict)
            CompiledWork.__init__(self, self._cost, self._arguments(train), Eager(model, loss, train).gradient)

        try:
            begin()
        except TypeError:  # a TraceError is one
            if self._classes or not all(isinstance(t, int) for t in targets):
                raise
            self._classes = True  # the loss may look up by them, or ask which one it is
            begin()
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
    /,
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
    **others: Never,
) -> History:
    """Train the parameters of a program on its mean value over the rows: see `Program.train`."""
    check_settings(train, others)
    _check_takes(program, arguments)
    if not program.parameters:
        raise ValueError("there are no parameters to train: write compile(f, parameters=[...])")
    settings = Settings(epochs, batch_size, l2, seed, patience, schedule, clip_norm, clip_value)
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss; give validation=(X, …), other rows of the arguments")
    if not (validation is None or isinstance(validation, Iterable)):
        raise TypeError(f"validation is other rows of all arguments, as in validation=(X, …), not {validation!r}")
    listeners = listeners_of(callbacks)
    if listeners or not is_fixed(schedule):  # code of the user's may change them before they are read again
        arguments = [x.copy() if isinstance(x, np.ndarray) else x for x in map(as_array, arguments)]
    model = _Parameters(program.parameters)
    optimizer = bound(optimizer, program.parameters)
    work = CompiledWork(program, arguments, epochs=settings.epochs)
    held_out = None if validation is None else program.on(*validation)
    for i, group in enumerate(work.gradient.groups):
        group.beside(partial(_check_finite, work.gradient, i))

    def evaluate() -> dict[str, float]:
        if held_out is None:
            return {}
        losses = np.atleast_1d(held_out())
        if not len(losses):
            raise ValueError("validation has no rows, and so no mean loss; give at least one, or leave it out")
        return {"validation_loss": added(losses, program.strict) / len(losses)}

    run = Run(model, optimizer, settings, work.gradient.count, work, evaluate, None, validation is not None)
    history = run.train(bar(settings.epochs, 0, progress), listeners)
    history.frozen = work.frozen()
    return history


def _check_takes(program: Program, arguments: Sequence[Any]) -> None:
    """Raise TypeError if the function does not take as many arguments, as a model takes no targets, or ShapeError."""
    try:
        names = program.signature.names(len(arguments))
    except TypeError as error:
        if not isinstance(program.f, Module):
            raise
        instead = "mx.compile(lambda x, y: (model(x) - y)**2, parameters=model.parameters()).train(X, y)"
        raise TypeError(f"{error}; what is trained is a loss: write mx.fit(model, X, y), or {instead}") from None
    counts = {name: len(x) for name, x in zip(names, arguments, strict=True) if isinstance(x, Sized)}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name!r} has {count}" for name, count in counts.items())
        raise ShapeError(f"the arguments need as many rows: {told}")


def _check_finite(gradient: CompiledGradient, i: int) -> None:
    """Raise ValueError, naming the entry, if a number to learn from is inf or NaN, in examples of one shape."""
    group = gradient.groups[i]
    for name, x in zip(group.paths.eager.names, group.call.rows.arrays, strict=False):
        if not _are_finite(x):
            row, *place = np.argwhere(~np.isfinite(x))[0].tolist()
            example = int(np.flatnonzero((gradient.group == i) & (gradient.place == row))[0])
            entry = name + "".join([f"[{j}]" for j in (example, *place)])
            number = float(x[row, *place])
            raise ValueError(f"{entry} is {number!r}, and only finite numbers can be learnt from; leave out that row")


def _are_finite(x: Floats) -> bool:
    """Return whether all numbers are finite, some rows at a time: what is found of each stays near the processor."""
    some = max(1, SOME * len(x) // max(1, x.size))
    return all(np.isfinite(x[i : i + some]).all() for i in range(0, len(x), some))
