"""One path of a function, calls on it, and what these give: see `paths`, which sends rows along the right one."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..backends.protocols import Run, Sums
from ..backends.result import Result
from ..forks import MOVING
from ..rows.arguments import Batch
from ..tape.slopes import Slopes
from ..tape.tape import INPUT, NONE, PARAMETER, Floats, Ints
from ..tracing.recording import Recording
from ..watch.sentinel import AsRecorded
from .derivatives import leaves
from .leaves import Leaves
from .packing import Packer
from .stages import Kind, Made, Stages
from .tally import Tally

PART = 1 << 12
"""So many operands are looked at at a time for one that is a parameter, which is soon found."""


class Path:
    """One recording with its kernels.

    `example` is a row of it, the one that it was traced on, as inputs of the tape.
    """

    def __init__(self, recording: Recording, stages: Stages, packer: Packer) -> None:
        self.recording = recording
        self.stages = stages
        self.packer = packer
        self.example: Floats = np.zeros(packer.width)
        self.is_only = not recording.expected  # there are no guards, and so no other paths
        self.is_idle = _is_idle(recording)
        self.spare: deque[Floats] = deque(maxlen=1)  # memory for inputs, of which nobody reads what is in it
        read = stages.backend.read
        self._captured = Leaves(recording.captured, read)
        parameters = recording.parameters  # very many, maybe, and most often all leaves there are
        self._leaves = Leaves((*parameters, *recording.captured) if recording.captured else parameters, read)
        self._expected = np.array(recording.expected, np.bool_)

    @property
    def has_gradient(self) -> bool:
        """Whether there are parameters, and one number to differentiate."""
        return bool(self.recording.parameters) and self.recording.single

    @property
    def made(self) -> Made:
        """What runs for the function, with its gradient if it has one."""
        return self.stages.made(Kind.GRADIENT if self.has_gradient else Kind.VALUES)

    def read(self, at: Floats | None) -> Floats:
        """Return the numbers of all leaves, of the parameters `at` another point if that is given."""
        if at is not None and not self._captured.values:
            return at
        with MOVING:
            return self._leaves.read() if at is None else np.concatenate([at, self._captured.read()])

    def run(self, kind: Kind, inputs: Floats, order: Ints | None, weight: float, read: Floats) -> Result:
        """Compute some rows of the inputs, all of them without an `order`."""
        return self.stages.runs(kind, inputs, order, weight)(read)

    def as_recorded(self, inputs: Floats, read: Floats) -> AsRecorded:
        """Compute one row, (1, inputs), as the recorded tape gives it bit for bit on Values; NaN if it does not."""
        recording = self.recording
        tape = recording.tape
        found = self._slopes.at(inputs, read)
        outputs = [found.numbers[tape.outputs[name]] for name in ("values", "guards")]
        if np.isnan(found.numbers[list(recording.mixed)]).any():
            outputs[0][:] = np.nan
        places = leaves(tape, INPUT, len(recording.columns)), leaves(tape, PARAMETER, len(recording.parameters))
        derivatives = []
        for of in (found.signals, found.sizes):
            at_inputs, at_parameters = [np.where(nodes == NONE, 0.0, of[nodes]) for nodes in places]
            derivatives.append(np.concatenate([self.packer.dense(at_inputs[None])[0], at_parameters]))
        return AsRecorded(outputs[0], outputs[1] == 1.0, *derivatives)

    @cached_property
    def _slopes(self) -> Slopes:
        return Slopes(self.recording.tape)

    def holds(self, result: Result) -> NDArray[np.bool_] | None:
        """Return which rows of a result belong to this path, (n,); None if all do."""
        right: NDArray[np.bool_] = (result.outputs["guards"] == self._expected).all(axis=1)
        return None if right.all() else right


def _is_idle(recording: Recording) -> bool:
    """Return whether there are parameters, and none of them is used."""
    tape, count = recording.packed, len(recording.parameters)
    columns = (tape.left, tape.right, tape.outputs["values"])
    parts = (x[i : i + PART] for x in columns for i in range(0, len(x), PART))
    used = ((tape.op[x] == PARAMETER) & (tape.number[x] < count) & (x != NONE) for x in parts)
    return bool(count) and not any(map(np.any, used))


class _Kept:
    """What was made of the rows of a call: inputs, and what computes on them."""

    __slots__ = ("checked", "inputs", "runs", "sums")

    def __init__(self) -> None:
        self.inputs: dict[Path, Floats] = {}
        self.runs: dict[tuple[Path, Kind], Run] = {}
        self.sums: dict[Path, Sums | None] = {}
        self.checked: set[Path] = set()


class Call:
    """What one call of a program works on; what is made of the rows is kept for further calls on them.

    rows     the arguments
    at       numbers for the parameters instead of their own, if given
    along    a direction for each row, (n, numbers), for TANGENTS
    weight   that of each row in a sum, by default in a mean
    tally    which paths the rows take
    """

    __slots__ = ("_made", "along", "at", "rows", "tally", "weight")

    def __init__(
        self, rows: Batch, at: Floats | None = None, along: Floats | None = None, weight: float | None = None
    ) -> None:
        self.rows = rows
        self.at = at
        self.along = along
        self.weight = 1.0 / (rows.size or 1) if weight is None else weight
        self.tally: Tally[Path] = Tally(rows.size)
        self._made = _Kept()

    def moved(self, at: Floats) -> Call:
        """Return a call on the same rows, which need not be packed again, with other numbers for the parameters."""
        call = Call.__new__(Call)
        call.rows, call.at, call.along, call.weight = self.rows, at, self.along, self.weight
        call.tally, call._made = self.tally, self._made
        return call

    def inputs(self, path: Path) -> Floats:
        """Return the inputs of all rows, (n, inputs), as a path has them."""
        found = self._made.inputs.get(path)
        if found is None:
            found = path.packer.matrix(self.rows)
            if self.along is not None:
                found = np.hstack([found, path.packer.spread(self.along)])
            self._made.inputs[path] = found
        return found

    def check(self, path: Path, order: Ints | None) -> None:
        """Raise IndexError if an index of some rows, or of all, is out of range for a path."""
        if path not in self._made.checked:
            path.packer.check(self.rows, order)
            if order is None:
                self._made.checked.add(path)

    def sums(self, path: Path) -> Sums | None:
        """Return what gives sums over all rows of a single path: see `Stages.sums`."""
        made = self._made
        if path not in made.sums:
            made.sums[path] = path.stages.sums(self.inputs(path))
        return made.sums[path]

    def run(self, path: Path, kind: Kind, order: Ints | None, read: Floats) -> Result:
        """Compute some rows along a path, or all of them."""
        if order is not None:
            return path.run(kind, self.inputs(path), order, self.weight, read)
        run = self._made.runs.get((path, kind))
        if run is None:
            run = self._made.runs[path, kind] = path.stages.runs(kind, self.inputs(path), None, self.weight)
        return run(read)


class Part(NamedTuple):
    """Rows that went along one path, and what was computed of them with these numbers of leaves.

    No path: rows that must be run on Values.
    """

    path: Path | None
    order: Ints | None
    result: Result | None
    read: Floats | None
