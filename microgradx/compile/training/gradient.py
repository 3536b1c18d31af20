"""The gradient of a batch, compiled: what a training step asks of a program whose rows may differ in shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from weakref import finalize

import numpy as np

from ...train.steps import Gradient
from ..paths.calls import columns
from ..paths.mean import added, in_order, mean_and_gradient
from ..paths.path import Call, Path
from ..paths.paths import Paths
from ..paths.stages import Kind
from ..program import Program
from ..rows.arguments import Batch
from ..rows.eager import located
from ..tape.tape import Floats, Ints

SPARE = 1 << 24
"""So many bytes of inputs at most are kept as memory for the next training, as the system takes its time to give it."""


class Group:
    """Examples of one shape: their paths, the first of these, and the inputs of all of them on it."""

    def __init__(self, paths: Paths, call: Call) -> None:
        self.paths, self.call = paths, call
        self.path: Path = paths.known[0] if paths.known else paths.traced(call, 0)
        if not self.path.recording.single:
            raise TypeError("a loss gives one number, not a list")
        self.path.packer.check(call.rows)
        self.matrix = self._packed()

    def _packed(self) -> Floats:
        """Return the inputs of all examples, in the memory that those of an earlier training leave behind."""
        rows, packer, spare = self.call.rows, self.path.packer, self.path.spare
        try:
            into = spare.pop()
        except IndexError:  # there is none, or another thread was faster
            into = None
        matrix = np.ascontiguousarray(packer.matrix(rows, into))
        if matrix.nbytes <= SPARE and not any(np.may_share_memory(matrix, x) for x in rows.arrays):
            finalize(self, spare.append, matrix)
        return matrix

    def some(self, order: Ints, weight: float | None = None) -> Call:
        """Return some of the rows as a call of their own, of this weight each, by default that in their mean."""
        rows = self.call.rows
        return Call(Batch(tuple(x[order] for x in rows.arrays), rows.shapes, len(order)), weight=weight)

    def watch(self, order: Ints) -> Floats:
        """Return the numbers of all leaves, and let the sentinel count a call on some rows."""
        read = self.path.read(None)
        self.paths.watch(self.path, order, self.call, read)
        return read

    def confirm(self, epochs: int, once: bool) -> None:
        """Let the sentinel look, if so many epochs took longer than that, or at least `once`."""
        self.paths.confirm(self.path, self.call, epochs * self.call.rows.size, once)


class CompiledGradient:
    """The gradient of the mean loss of some examples, and the sum of their losses: see `train.steps.Gradient`.

    `program` gives the loss of one example for its arguments; `eager` computes the same on Values, where a result is
    not finite, so that the error is the one that Values give: without it, the program's function does. `epochs` is how
    often the examples are needed, if that is all that will be asked. `groups` are the examples by shape, and example i
    is number place[i] of group group[i].
    """

    def __init__(
        self, program: Program, arguments: Sequence[Any], eager: Gradient | None = None, epochs: int | None = None
    ) -> None:
        self.parameters = program.parameters
        self.strict = program.strict
        self._eager, self._epochs = eager, epochs
        self._is_prepared = False
        shapes, self.group, self.place = _by_shape(arguments)
        if not len(self.group):
            raise ValueError("there is no row to learn from; give at least one")
        self.groups = [Group(*program.called(some)) for some in shapes]
        if all(group.path.is_idle for group in self.groups):
            self.groups[0].paths.check_parameters(training=True)

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self.group)

    @property
    def path(self) -> Path:
        """The path on which the first example was traced."""
        return self.groups[0].path

    @property
    def backend(self) -> Any:
        """What runs the program, with what it keeps."""
        return self.path.stages.backend

    def __call__(self, rows: Sequence[int]) -> float:
        """Add the gradient to the `grad` of each parameter, and return the sum of the losses."""
        order = np.array(rows, np.int64)
        total, gradient = self._summed(order, 1.0 / len(order))
        if not (math.isfinite(total) and np.isfinite(gradient).all()):
            return self._eager(rows) if self._eager else self._on_values(rows)
        for v, g in zip(self.parameters, gradient.tolist(), strict=True):
            v._grad += g
        return total

    def _on_values(self, rows: Sequence[int]) -> float:
        total = 0.0
        for row in rows:
            group, place = self.groups[self.group[row]], int(self.place[row])
            with located(row):
                x, found = group.paths.eager.value_and_gradient(
                    group.call.rows, place, self.parameters, 1.0 / len(rows)
                )
            total += x
            for v, g in zip(self.parameters, found.tolist(), strict=True):
                v.grad += g
        return total

    def _summed(self, order: Ints, weight: float) -> tuple[float, Floats]:
        groups = self.group[order]
        alike = len(order) < 2 or bool((groups == groups[0]).all())
        group = self.groups[groups[0]]
        if alike and not group.path.recording.guards:
            return self._of_one_path(int(groups[0]), self.place[order], weight)
        if self.strict:
            return in_order(lambda some: self._each(order[some], weight), len(order), len(self.parameters))
        total, gradient = 0.0, np.zeros(len(self.parameters))
        for g in np.unique(groups).tolist():
            some = self.groups[g].some(self.place[order[groups == g]])
            mean, more = mean_and_gradient(self.groups[g].paths, some)
            share = some.rows.size * weight
            total, gradient = total + mean * some.rows.size, gradient + more * share
        return total, gradient

    def kernel(self, group: int) -> Any:
        """Return what computes training steps on examples of one shape.

        In memory the parameters stand for it as they do for the first shape.
        """
        first, stages = self.path.stages, self.groups[group].path.stages
        alike = len(stages.recording.captured) == len(first.recording.captured)
        backend, machine = self.backend, None
        if group and alike and backend.name == "llvm":
            layout = self.kernel(0).header.layout
            machine = stages.trained(layout.places.tobytes(), lambda plan: backend.build(plan, stages.strict, layout))
        found: Any = machine or stages.kernel(Kind.TRAINING)
        if self._epochs is None or backend.name != "llvm":
            return found
        return found.for_rows(self._epochs * self.groups[group].call.rows.size)

    def _of_one_path(self, number: int, order: Ints, weight: float) -> tuple[float, Floats]:
        group = self.groups[number]
        if not self._is_prepared:  # examples of every shape come up, so that LLVM may work on one during the next
            for i in (number, *range(len(self.groups))):
                self.kernel(i).prepare(len(order))
            self._is_prepared = True
        result = self.kernel(number)(group.matrix, order, weight)(group.watch(order))
        losses = result.outputs["values"][:, 0]
        return added(losses, self.strict), result.gradient

    def _each(self, order: Ints, weight: float) -> Floats:
        """Return loss and gradient of each row, (n, 1 + p), whichever paths it takes; NaN where only Values know."""
        groups = self.group[order]
        found = np.empty((len(order), 1 + len(self.parameters)))
        for g in np.unique(groups).tolist():
            which = groups == g
            some = self.groups[g].some(self.place[order[which]], weight)
            found[which] = columns(self.groups[g].paths, Kind.EACH, some, lambda row: np.full(found.shape[1], math.nan))
        return found

    def confirm(self, epochs: int) -> None:
        """Raise TraceError if the function does something else by now than when it was traced, before so many epochs.

        It is looked at when they took longer than that, and after the first training at the most frequent shape.
        """
        most = max(self.groups, key=lambda group: group.call.rows.size)
        for group in self.groups:
            group.confirm(epochs, once=group is most)


def _by_shape(arguments: Sequence[Any]) -> tuple[list[list[Any]], Ints, Ints]:
    """Return the arguments of the examples of each shape; the group of each example, and its place there."""
    if not arguments or all(isinstance(x, np.ndarray) for x in arguments):
        n = len(arguments[0]) if arguments else 1
        return [list(arguments)], np.zeros(n, np.int64), np.arange(n)
    rows = list(zip(*arguments, strict=True))
    shapes = [tuple(map(np.shape, row)) for row in rows]
    kinds = {shape: i for i, shape in enumerate(dict.fromkeys(shapes))}
    group = np.array([kinds[shape] for shape in shapes], np.int64)
    place = np.zeros(len(rows), np.int64)
    found = []
    for i in kinds.values():
        members = np.flatnonzero(group == i)
        place[members] = np.arange(len(members))
        found.append([[rows[m][a] for m in members.tolist()] for a in range(len(arguments))])
    return found, group, place
