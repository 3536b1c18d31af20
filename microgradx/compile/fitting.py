"""What `fit` asks of a model and its loss, compiled: two programs, of which one is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import TraceError
from ..in_trace import has_weights
from ..losses import Loss, cross_entropy, nll_loss
from ..module import Module
from ..pairing import class_or_weights, is_list, is_one_hot
from ..train.examples import Example
from ..train.work import Eager
from .program import Program
from .tracing.recording import Recording
from .training.groups import by_shape
from .training.work import CompiledWork

WEIGHTS = (
    "on Values a one-hot target is a class, compiled it has weights as any other, which are rounded otherwise; "
    "strict=True takes classes as ints"
)


class LossProgram(Program):
    """The loss of an example, which may not draw random numbers: compiled, every example would have the same."""

    def _recorded(self, *given: Any) -> Recording:
        recording = super()._recorded(*given)
        if self._outside.has_drawn:
            raise TraceError("the model or the loss draws random numbers")
        return recording


class Compiled(CompiledWork):
    """What `fit` asks of a model and its loss, compiled: see `train.work.Judge`."""

    def __init__(
        self, model: Module, loss: Loss, train: Sequence[Example], held_out: Sequence[Example], strict: bool
    ) -> None:
        targets = [t for _, t in (*train, *held_out)]
        self._classes = loss in (cross_entropy, nll_loss) and all(map(_is_class, targets))
        has_classes = any(is_list(t) and is_one_hot(t) for t in targets)

        def cost(x: Any, t: Any) -> Any:
            found = loss(model(x), t)
            if strict and has_classes and has_weights():
                raise TraceError(WEIGHTS)
            return found

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
            self.losses(held_out)  # now, while there is still another way
        self.arithmetic = Eager.arithmetic if strict else self.by

    def losses(self, examples: Sequence[Example]) -> list[float]:
        """Return the loss of each example."""
        return _of_each(self._cost, *self._arguments(examples))

    def predictions(self, examples: Sequence[Example]) -> list[Any]:
        """Return the model's output for each example, as plain numbers."""
        return _of_each(self._model, self._arguments(examples)[0])

    def _arguments(self, examples: Sequence[Example]) -> tuple[Any, Any]:
        x, targets = zip(*examples, strict=True)
        if self._classes:
            targets = tuple(class_or_weights(t, len(t)) if is_list(t) else t for t in targets)
        return _array(x), _array(targets)


def _array(rows: Sequence[Any]) -> Any:
    """Return rows of one shape as an array; rows that differ as they are."""
    try:
        return np.array(rows, np.float64)
    except ValueError:
        return rows


def _of_each(program: Program, *arguments: Any) -> list[Any]:
    """Return what a program gives for each example, called once for those of each shape."""
    shapes, group, place = by_shape(arguments)
    found: list[list[Any]] = [program(*some).tolist() for some in shapes]
    if len(found) == 1:
        return found[0]
    return [found[i][k] for i, k in zip(group.tolist(), place.tolist(), strict=True)]


def _is_class(t: Any) -> bool:
    """Return whether a target names a class: by its number, or as the only one of several that is not 0."""
    return not is_list(t) or isinstance(class_or_weights(t, len(t)), int)
