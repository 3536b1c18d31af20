"""Checkpoints: all that a training run needs to go on exactly where it was, as plain data in a JSON file."""

from __future__ import annotations

import json
import math
import os
import reprlib
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import LoadError
from ..files import parse_json, read_at_most, write_atomically

LARGEST = 2**28
"""The most bytes of a file that is read: about ten million numbers, many hours of scalar training."""


@dataclass(frozen=True)
class Checkpoint:
    """A training run after `epoch` epochs and `batch` batches of the next, whose losses add up to `total` so far.

    `model` and `optimizer` are their `state_dict`s, `settings` what must be the same for the run to go on as if it
    had never stopped, `history` the series recorded so far, `best` the weights that early stopping would restore.
    `fit(..., resume=checkpoint)` goes on from it. LoadError for what no run can have left.

    >>> from microgradx import fit, nn
    >>> model, X, y = nn.Neuron(1), [0.0, 1.0], [1.0, 3.0]
    >>> checkpoint = fit(model, X, y, epochs=2).checkpoint
    >>> checkpoint.epoch, len(fit(model, X, y, epochs=5, resume=checkpoint).loss)
    (2, 5)
    """

    epoch: int
    batch: int
    total: float
    settings: dict[str, Any]
    model: dict[str, Any]
    optimizer: dict[str, Any]
    history: dict[str, Any]
    best: dict[str, Any] | None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the checkpoint to a JSON file, whole or not at all.

        >>> import tempfile
        >>> checkpoint = Checkpoint(0, 0, 0.0, {}, {"w": [1.0]}, {}, {}, None)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     checkpoint.save(f"{folder}/run.json")
        ...     Checkpoint.load(f"{folder}/run.json") == checkpoint
        True
        """
        write_atomically(path, json.dumps(asdict(self), allow_nan=False).encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """Read a checkpoint that `save` wrote; LoadError if the file is damaged or something else."""
        try:
            found = parse_json(read_at_most(path, LARGEST), parse_int=int)
            if found.keys() != {place.name for place in fields(cls)}:
                raise LoadError(f"it is not a checkpoint, but has the keys {reprlib.repr(list(found))}")
            return cls(**found)
        except LoadError as error:
            raise LoadError(f"{os.fspath(path)}: {error}") from None

    def __post_init__(self) -> None:
        for name in ("epoch", "batch"):
            n = getattr(self, name)
            if type(n) is not int or n < 0:
                raise LoadError(f"the {name} of a checkpoint is a whole number of at least 0, not {reprlib.repr(n)}")
        if type(self.total) is not float or not math.isfinite(self.total):
            raise LoadError(f"the total of a checkpoint is a finite number, not {reprlib.repr(self.total)}")
        tables = [self.settings, self.model, self.optimizer, self.history, *([] if self.best is None else [self.best])]
        for table in tables:
            if not isinstance(table, dict):
                raise LoadError(f"a checkpoint holds tables, not {reprlib.repr(table)}")
