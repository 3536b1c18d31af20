"""The objective of a training run: the mean loss of a model on examples, and what else judges it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..losses import Loss
from ..metrics import Metric
from ..module import Module
from ..optimizer import Optimizer
from ..primitives import fold
from .checkpoint import Checkpoint
from .examples import Example
from .given import checkpoint_of
from .history import History
from .run import Run
from .settings import Settings, described
from .work import Eager, Judge, in_numbers


@dataclass(frozen=True)
class Objective:
    """The mean loss of a model on examples, and what judges the model besides: metrics, and examples held out."""

    model: Module
    loss: Loss
    metrics: Mapping[str, Metric]
    examples: Sequence[Example]
    held_out: Sequence[Example]

    def run(
        self,
        optimizer: Optimizer,
        settings: Settings,
        work: Judge,
        resume: History | Checkpoint | str | os.PathLike[str] | None = None,
    ) -> Run:
        """Return a run of it that `work` computes, begun anew or resumed."""
        watched = bool(self.held_out or self.metrics)
        evaluate, same = partial(self._evaluate, work), self._same(work)
        run = Run(self.model, optimizer, settings, len(self.examples), work, evaluate, same, watched)
        if resume is not None:
            run.resume(checkpoint_of(resume))
        return run

    def work(self, compile: bool, strict: bool) -> Judge:
        """Return what computes it: compiled if that is wanted and can be, else on Values, with a warning."""
        if not compile:
            return Eager(self.model, self.loss, self.examples)
        try:
            from ..compile import require_numpy
            from ..compile.forks import MAKING

            require_numpy()
            with MAKING.done():
                from ..compile.fitting import Compiled

            return Compiled(self.model, self.loss, self.examples, self.held_out, strict)
        except Exception as error:
            return self.on_values(error, stacklevel=4)

    def on_values(self, error: Exception, stacklevel: int) -> Eager:
        """Return what computes it on Values, with a warning that says which error was the reason."""
        why = str(error).partition("\n")[0]
        eager = Eager(self.model, self.loss, self.examples, why)
        of_numbers = isinstance(error, IndexError | ValueError)  # which any example may cause, not only the first
        try:
            eager.losses([*self.examples, *self.held_out] if of_numbers else self.examples[:1])
        except Exception:  # what Values do not take either is an error of training, which tells the example
            return eager
        message = f"fit trains on Values, not compiled: {why} (far slower; compile=False does so without a warning)"
        warnings.warn(message, stacklevel=stacklevel)
        return eager

    def _same(self, work: Judge) -> dict[str, Any]:
        """Return what must be the same, besides the settings, when the run is resumed."""
        return {
            "loss": described(self.loss),
            "examples": len(self.examples),
            "validation examples": len(self.held_out),
            "metrics": list(self.metrics),
            "arithmetic": work.arithmetic,
        }

    def _evaluate(self, work: Judge) -> dict[str, float]:
        """Return what a run records after an epoch: the validation loss, and metrics of both sets of examples."""
        found: dict[str, float] = {}
        if self.held_out:
            with in_numbers(Eager(self.model, self.loss, self.examples).losses, self.held_out):
                found["validation_loss"] = fold(work.losses(self.held_out)) / len(self.held_out)
        sets = (("", self.examples), ("validation_", self.held_out)) if self.metrics else ()
        for prefix, examples in sets:
            if examples:
                predictions, targets = work.predictions(examples), [t for _, t in examples]
                found |= {prefix + name: float(metric(predictions, targets)) for name, metric in self.metrics.items()}
        return found
