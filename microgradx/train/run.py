"""A training run: epochs of batches, each batch one gradient and one step, resumable between any two steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from typing import Any

from ..clipping import clip_grad_norm, clip_grad_value
from ..engine import Value
from ..errors import DivergenceError, LoadError, TraceError
from ..ieee import plain
from ..losses import l2_penalty
from ..module import Module
from ..optimizer import Optimizer, Update
from .checkpoint import Checkpoint
from .history import History, history_from_data, series_as_data
from .progress import Bar
from .settings import Settings
from .steps import Best, Position, Steps, best_of, surely
from .trainings import TRAININGS
from .work import Work

RUNAWAY = 1e6
"""Weights beyond this are those of steps that ran away, from which no learning rate leads back."""


class Run:
    """A training run at work. Callbacks get it after each epoch: its `model`, `optimizer`, `history` and `epoch`.

    A callback may call `stop(reason)`, or `checkpoint().save(path)`. `work` is all that knows the examples, of which
    there are `count`; `evaluate` gives the validation loss and metrics after an epoch, by name, and there is nothing to
    evaluate if it is not `watched`; `same` describes what else must be the same for a run to be resumed, and is None
    if nothing resumes it: then its history has no checkpoint.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        settings: Settings,
        count: int,
        work: Work,
        evaluate: Callable[[], Mapping[str, float]],
        same: Mapping[str, Any] | None,
        watched: bool,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.settings = settings
        self.history = History(by=work.by)
        self._count = count
        self._work = work
        self._watched = watched or settings.patience is not None
        self._evaluate = evaluate
        self._is_resumed = same is not None
        self._same = dict(same or {}) | settings.same() | {"optimizer": repr(optimizer)}
        self._position = Position()
        self._best: Best | None = None
        self._before: list[Update] = []  # what was there before the run changed it

    @property
    def epoch(self) -> int:
        """The number of epochs done."""
        return self._position.epoch

    @cached_property
    def _parameters(self) -> list[Value]:
        """The parameters, which are looked for where Python makes a step."""
        return self.model.parameters()

    def stop(self, reason: str) -> None:
        """End training after this epoch; the history will give the reason."""
        self.history.stopped = reason

    def train(self, bar: Bar, callbacks: Iterable[Callable[[Run], object]] = ()) -> History:
        """Train to the last epoch, or until a callback, patience or Ctrl-C ends it, and return the history.

        After an error weights and optimiser are as after the last whole step, or as before the run if it is a
        TraceError: then it is not the model that was trained. RuntimeError if another thread is training it.
        """
        begun = self.epoch
        with TRAININGS.on(self.optimizer):
            try:
                self._train(bar, callbacks)
                self._work.confirm(self.epoch + 1 - begun)
            except TraceError:
                if self._before:
                    surely(partial(self.optimizer.accept, self._before))
                    self.optimizer.zero_grad()  # those of another function
                raise
        return self.history

    def _train(self, bar: Bar, callbacks: Iterable[Callable[[Run], object]]) -> None:
        self.history.stopped = ""
        self._watched |= bool(listeners := list(callbacks))
        self._leap = self._work.leap(self.optimizer, self.settings)
        self._stop_without_patience()  # a run that patience ended has ended, unless it is resumed with more of it
        try:
            with closing(bar):
                while (before := self.epoch) < self.settings.epochs and not self.history.stopped:
                    self._train_epoch()
                    bar.set_postfix_str("  ".join(f"{name} {x[-1]:.4g}" for name, x in self.history.series()), False)
                    bar.update(self.epoch - before)
                    for callback in listeners:
                        callback(self)
        except KeyboardInterrupt:
            self.stop(f"interrupted in epoch {self.epoch + 1}")
        finally:
            if self._is_resumed:
                self.history.checkpoint = self.checkpoint()
            if self._best is not None:
                self.model.load_state_dict(self._best.model)

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to go on from here, as plain data."""
        return Checkpoint(
            *self._position,
            settings=self._same,
            model=self.model.state_dict(),
            optimizer=self.optimizer.state_dict(),
            history=series_as_data(self.history),
            best=None if self._best is None else self._best._asdict(),
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint. LoadError, with nothing changed, unless it fits model, optimiser and settings."""
        for name, x in self._same.items():
            if checkpoint.settings.get(name) != x:
                raise LoadError(
                    f"the checkpoint was trained with {name} {checkpoint.settings.get(name)!r}, which is now {x!r}; "
                    f"give the same to resume it, or train the model on without resume"
                )
        if checkpoint.epoch > self.settings.epochs:
            raise ValueError(
                f"the checkpoint has {checkpoint.epoch} epochs behind it, more than epochs={self.settings.epochs}, "
                f"which counts from the start"
            )
        if checkpoint.batch > (count := self.settings.batch_count(self._count)):
            raise LoadError(f"the checkpoint is at batch {checkpoint.batch} of an epoch that has {count}")
        history = history_from_data(checkpoint.history, checkpoint.epoch)
        best = None
        if checkpoint.best is not None and self.settings.patience is not None:
            best = best_of(checkpoint.best, checkpoint.epoch)
        self._before = self.optimizer.kept()
        before = [v.data for v in self._parameters]
        try:
            if best is not None:
                self.model.load_state_dict(best.model)  # now, because at the end of training it would be too late
            self.model.load_state_dict(checkpoint.model)
            self.optimizer.load_state_dict(checkpoint.optimizer)
        except BaseException:
            for v, x in zip(self._parameters, before, strict=True):
                v.data = x
            raise
        history.by = self.history.by
        self.history, self._best = history, best
        self._position = Position(checkpoint.epoch, checkpoint.batch, checkpoint.total)

    def _train_epoch(self) -> None:
        """Go on to the end of this epoch, or to the middle of another, if nobody is to see what is between."""
        count = self.settings.batch_count(self._count)
        begun, until = self.epoch, self.epoch + 1 if self._watched else self.settings.epochs
        batches: list[list[int]] = []
        while (b := self._position.batch) < count:
            if (steps := self._leap(self._position, until)) is None:
                batches = batches or self.settings.batches(self.epoch, self._count)
                with self._work.alone:
                    self._step(batches[b], self.settings.time(self.epoch, b, count))
            else:
                with self._work.alone:
                    self._take(steps)
                if self.epoch > begun and self._position.batch < count:
                    return
        found = {"loss": self._position.total / self._count, **self._evaluate()}
        best = self._best
        if self.settings.patience is not None:
            x = found["validation_loss"]
            if not math.isfinite(x):
                raise self._diverged("validation loss", x)
            if best is None or x < best.validation_loss:
                best = Best(self.epoch + 1, x, self.model.state_dict())
        surely(partial(self._record, self.epoch, found, best))
        self._stop_without_patience()

    def _stop_without_patience(self) -> None:
        best, patience = self._best, self.settings.patience
        if best is not None and patience is not None and self.epoch - best.epoch >= patience:
            self.stop(f"no lower validation loss in {patience} epochs; best in epoch {best.epoch}")

    def _step(self, rows: Sequence[int], t: float) -> None:
        for v in self._parameters:
            v._grad = 0.0
        total = self._work.gradient(rows)
        if l2 := self.settings.l2:
            total += len(rows) * l2 * plain(l2_penalty([v.data for v in self._parameters]))
            for v in self._parameters:
                v.grad += l2 * v.data
        if not math.isfinite(total):
            raise self._diverged("loss", total / len(rows))
        for v in self._parameters:
            if not math.isfinite(v.grad):
                raise self._diverged(f"gradient of {v.label or 'a parameter'}", v.grad)
        if self.settings.clip_norm is not None:
            clip_grad_norm(self._parameters, self.settings.clip_norm)
        if self.settings.clip_value is not None:
            clip_grad_value(self._parameters, self.settings.clip_value)
        updates = self.optimizer.propose(self.settings.scale(t))
        if not all(update.is_finite() for update in updates):
            raise self._diverged("step", math.inf)
        self._before = self._before or self.optimizer.kept()
        epoch, batch, before = self._position
        accept = partial(self.optimizer.accept, updates)
        surely(partial(self._accept, accept, Position(epoch, batch + 1, before + total)))

    def _take(self, steps: Steps) -> None:
        """Take on several steps; where nobody watches, epochs end on the way."""
        begun, (*ended, total) = self.epoch, steps.totals
        position = Position(begun + len(ended), steps.batch, total)
        self._before = self._before or steps.before
        surely(partial(self._accept, steps.accept, position, begun, [x / self._count for x in ended]))

    def _accept(
        self, accept: Callable[[], None], position: Position, begun: int = 0, losses: Sequence[float] = ()
    ) -> None:
        accept()
        if losses:
            self.history.loss[begun:] = losses
        self._position = position

    def _record(self, epoch: int, found: Mapping[str, float], best: Best | None) -> None:
        for name, x in found.items():
            self.history.named(name)[epoch:] = [x]
        self._best = best
        self._position = Position(epoch + 1)

    def _diverged(self, what: str, x: float) -> DivergenceError:
        largest = max(abs(v._data) for v in self._parameters)
        anew = f", as large as {largest:.2g}: make the model anew" if largest > RUNAWAY else ""
        tries = ["Try one of these:", f"a smaller learning rate than that of {self.optimizer!r}"]
        tries += ["clip_norm=1.0, which limits the gradient of each step"] * (self.settings.clip_norm is None)
        tries += ["inputs of mean 0 and variance 1, as mx.datasets.standardize gives them"]
        error = DivergenceError(
            f"the {what} became {x!r} in epoch {self.epoch + 1}; the model keeps the weights from before that step"
            f"{anew}.\n" + "\n  ".join(tries)
        )
        error.history = self.history
        return error
