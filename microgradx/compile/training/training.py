"""Training, compiled: what `Program.train` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from functools import partial
from typing import TYPE_CHECKING, Any, Never

import numpy as np

from ...engine import Value
from ...errors import ShapeError
from ...module import Module
from ...names import brief
from ...optimizer import Optimizer
from ...schedules import Schedule
from ...train.given import bound, check_settings, listeners_of
from ...train.history import History
from ...train.progress import bar
from ...train.run import Run
from ...train.settings import Settings
from ..paths.mean import added
from ..rows.arguments import as_array
from ..tape.tape import Floats
from .fixed import is_fixed
from .gradient import CompiledGradient
from .work import CompiledWork

if TYPE_CHECKING:
    from ..program import Program

SOME = 1 << 16
"""So many numbers at a time are looked at whether they are finite."""


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
    program.signature.check_in_order(name for name in others if name in program.signature)
    check_settings(train, others)
    _check_takes(program, arguments)
    if not program.parameters:
        raise ValueError("there are no parameters to train: write compile(f, parameters=[...])")
    settings = Settings(epochs, batch_size, l2, seed, patience, schedule, clip_norm, clip_value)
    _check_validation(validation, patience)
    listeners = listeners_of(callbacks)
    if listeners or not is_fixed(schedule):  # code of the user's may change them before they are read again
        arguments = [x.copy() if isinstance(x, np.ndarray) else x for x in map(as_array, arguments)]
    model = _Parameters(program.parameters)
    optimizer = bound(optimizer, program.parameters)
    work = CompiledWork(program, arguments, epochs=settings.epochs)
    evaluate = _evaluation(program, validation)
    for i, group in enumerate(work.gradient.groups):
        group.beside(partial(_check_finite, work.gradient, i))

    run = Run(model, optimizer, settings, work.gradient.count, work, evaluate, None, validation is not None)
    history = run.train(bar(settings.epochs, 0, progress), listeners)
    history.frozen = work.frozen()
    return history


def _check_validation(validation: Any, patience: int | None) -> None:
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss; give validation=(X, …), other rows of the arguments")
    if not (validation is None or isinstance(validation, Iterable)):
        raise TypeError(f"validation is other rows of all arguments, as in validation=(X, …), not {brief(validation)}")


def _evaluation(program: Program, validation: Sequence[Any] | None) -> Callable[[], dict[str, float]]:
    """Return what gives the mean loss over other rows, if there are any."""
    if validation is None:
        return dict
    held_out = program.on(*validation)

    def evaluate() -> dict[str, float]:
        losses = np.atleast_1d(held_out())
        if not len(losses):
            raise ValueError("validation has no rows, and so no mean loss; give at least one, or leave it out")
        return {"validation_loss": added(losses, program.strict) / len(losses)}

    return evaluate


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
