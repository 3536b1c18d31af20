"""History: what a training run recorded, epoch by epoch; it prints, plots, and saves as CSV."""

from __future__ import annotations

import csv
import io
import math
import os
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import LoadError
from ..files import read_at_most, write_atomically
from ..numbers import real
from .checkpoint import LARGEST, Checkpoint

GREW = 10.0
"""A last loss of so many times the first one is no noise."""


@dataclass(repr=False)
class History:
    """The series of a training run, each with one number an epoch, and how it ended.

    `loss` is the mean over the epoch's examples, each taken as it was met, before the step that it helped to make;
    it includes the L2 term. `validation_loss` and `metrics` are taken after the epoch, and have no L2 term. `stopped`
    says why training ended before the last epoch, and is empty if it did not. `by` says what computed it: "llvm",
    "numpy", or Values and why. `frozen` names Values that the loss of `Program.train` used and that are no parameters
    of the program, so that they stayed as they were. `checkpoint` is what `fit` resumes from; `Program.train` makes
    none, as it goes on from the parameters that it is called with.

    >>> History(loss=[0.5, 0.25], metrics={"accuracy": [0.75, 1.0]})
    History of 2 epochs
      loss      0.5 → 0.25, lowest 0.25 in epoch 2
      accuracy  0.75 → 1
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    stopped: str = ""
    by: str = field(default="", compare=False)
    frozen: str = field(default="", compare=False)
    checkpoint: Checkpoint | None = field(default=None, compare=False)

    @property
    def best_epoch(self) -> int:
        """The epoch, counted from 1, with the lowest validation loss, or training loss if there is none; 0 if none."""
        watched = self.validation_loss or self.loss
        return watched.index(min(watched)) + 1 if watched else 0

    def series(self) -> Iterator[tuple[str, list[float]]]:
        """Yield (name, numbers) for every series: the losses, then the metrics.

        >>> list(History(loss=[1.0]).series())
        [('loss', [1.0])]
        """
        yield "loss", self.loss
        if self.validation_loss:
            yield "validation_loss", self.validation_loss
        yield from self.metrics.items()

    def named(self, name: str) -> list[float]:
        """Return the series of this name, begun if there is none."""
        if name in ("loss", "validation_loss"):
            return self.loss if name == "loss" else self.validation_loss
        return self.metrics.setdefault(name, [])

    def __repr__(self) -> str:
        n = len(self.loss)
        lines = [f"History of {n} epoch{'' if n == 1 else 's'}"]
        width = max(len(name) for name, _ in self.series())
        for name, numbers in self.series() if n else ():
            line = f"  {name.replace('_', ' '):<{width}}  {numbers[0]:.4g} → {numbers[-1]:.4g}"
            if numbers is (self.validation_loss or self.loss):
                line += f", lowest {min(numbers):.4g} in epoch {self.best_epoch}"
            lines.append(line)
        if n and self.loss[-1] > GREW * abs(self.loss[0]):
            lines.append("  the loss has grown: try a smaller learning rate, on a model made anew")
        lines += [f"  no parameters, and left as they were: {self.frozen}"] if self.frozen else []
        return "\n".join(lines + ([f"  stopped: {self.stopped}"] if self.stopped else []))

    def plot(self, ax: Any = None) -> Any:
        """Plot the losses over the epochs, by matplotlib, and return the axes."""
        from ..plots import axes

        ax = axes(ax)
        for name, numbers in (("training", self.loss), ("validation", self.validation_loss)):
            if numbers:
                ax.plot(range(1, len(numbers) + 1), numbers, label=name)
        ax.set(xlabel="epoch", ylabel="loss")
        if self.validation_loss:
            ax.axvline(self.best_epoch, color="0.6", linewidth=1, linestyle="--", label="best")
            ax.legend(frameon=False)
        return ax

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the series as CSV, one line an epoch, every number with all its digits.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     History(loss=[0.5, 0.25]).save(f"{folder}/history.csv")
        ...     with open(f"{folder}/history.csv") as file:
        ...         print(file.read(), end="")
        ...     History.load(f"{folder}/history.csv").loss
        epoch,loss
        1,0.5
        2,0.25
        [0.5, 0.25]
        """
        names, columns = zip(*self.series(), strict=True)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *names])
        writer.writerows([k, *map(repr, row)] for k, row in enumerate(zip(*columns, strict=True), 1))
        write_atomically(path, text.getvalue().encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read the series that `save` wrote; LoadError if the file is something else."""
        try:
            text = read_at_most(path, LARGEST).decode("utf-8")
            names, *lines = csv.reader(io.StringIO(text, newline=""))
            if len(set(names)) < len(names):
                raise LoadError(f"two columns have one name: {reprlib.repr(names)}")
            columns = {name: [float(line[i]) for line in lines] for i, name in enumerate(names)}
            if columns.pop("epoch") != list(range(1, len(lines) + 1)) or any(len(line) != len(names) for line in lines):
                raise LoadError("the lines are not numbered 1, 2, 3, …, each with one number for every name")
            return cls(columns.pop("loss"), columns.pop("validation_loss", []), columns)
        except (IndexError, KeyError, ValueError, csv.Error) as error:
            raise LoadError(f"{os.fspath(path)}: not the CSV of a history: {error}") from None


def series_as_data(history: History) -> dict[str, Any]:
    """Return the series as plain data for JSON, which has no NaN and no inf: those are texts.

    >>> series_as_data(History(loss=[1.0], metrics={"precision": [math.nan]}))
    {'loss': [1.0], 'validation_loss': [], 'metrics': {'precision': ['nan']}}
    """

    def finite(numbers: list[float]) -> list[float | str]:
        return [x if math.isfinite(x) else repr(x) for x in numbers]

    return {
        "loss": finite(history.loss),
        "validation_loss": finite(history.validation_loss),
        "metrics": {name: finite(numbers) for name, numbers in history.metrics.items()},
    }


def history_from_data(data: dict[str, Any], epochs: int) -> History:
    """Return the History that `series_as_data` describes; LoadError unless each series has one number an epoch.

    >>> history_from_data({"loss": [1.0], "validation_loss": [], "metrics": {}}, epochs=1).loss
    [1.0]
    """
    try:
        metrics = {name: list(map(_number, numbers)) for name, numbers in data["metrics"].items()}
        history = History(list(map(_number, data["loss"])), list(map(_number, data["validation_loss"])), metrics)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise LoadError(f"the history of the checkpoint is damaged: {error!r}") from None
    for name, numbers in history.series():
        if len(numbers) != epochs:
            raise LoadError(f"the checkpoint has {epochs} epochs, but {len(numbers)} numbers for {name!r}")
    return history


def _number(x: Any) -> float:
    return float(x) if x in ("nan", "inf", "-inf") else real(x)
