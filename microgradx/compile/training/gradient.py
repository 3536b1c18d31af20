"""The gradient of a batch, compiled: what a training step asks of a program whose rows may differ in shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ...train.steps import Gradient
from ...train.work import in_numbers
from ..nests.layout import Layout
from ..paths.calls import columns
from ..paths.leaves import Leaves
from ..paths.mean import added, in_order, mean_and_gradient
from ..paths.path import Path
from ..paths.stages import Kind
from ..paths.tally import Tally
from ..rows.eager import located
from ..tape.tape import Floats, Ints
from .groups import Group, by_shape
from .side_by_side import joint_plan

if TYPE_CHECKING:
    from ..backends.llvm.machine import Machine
    from ..program import Program
    from .branches import Branches


class CompiledGradient:
    """The gradient of the mean loss of some examples, and the sum of their losses: see `train.steps.Gradient`.

    `program` gives the loss of one example for its arguments; `eager` computes the same on Values, where a result is
    not finite or a trace fails, so that the error is the one that Values give: without it, the program's function does
    if a result is not finite. `epochs` is how often the examples are needed, if that is all that will be asked.
    `groups` are the examples by shape, and example i is number place[i] of group group[i].
    """

    def __init__(
        self, program: Program, arguments: Sequence[Any], eager: Gradient | None = None, epochs: int | None = None
    ) -> None:
        self.parameters = program.parameters
        self.strict = program.strict
        self.eager, self._epochs = eager, epochs
        self._is_prepared = False
        self._branches: dict[tuple[int, int, bool], Branches] = {}
        self.at_once = self.one_by_one = 0  # steps made by machine code alone, and those that Python made
        shapes, self.group, self.place = by_shape(arguments)
        if not len(self.group):
            raise ValueError("there is no row to learn from; give at least one")
        self.groups = [Group(*program.called(some)) for some in shapes]
        self.tally: Tally[Path] = Tally()
        self._enter = partial(program.enter, self.groups[-1].paths, self.tally)
        self.captured = list(self.path.recording.captured)
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

    @property
    def is_one_call(self) -> bool:
        """Whether one call of a kernel gives the gradient of a batch, and in strict mode may make the step as well."""
        alike = not any(group.branches for group in self.groups)
        return alike and (not self.strict or (len(self.groups) == 1 and self.kernel(0).is_code))

    @property
    def keeps_negative_zeros(self) -> bool:
        """Whether a parameter is −0.0 in strict mode, which a step in place could make 0.0: see `in_eager_order`."""
        read = self.path.read(None)[: len(self.parameters)] if self.strict else np.zeros(0)
        return bool((np.signbit(read) & (read == 0.0)).any())

    def __call__(self, rows: Sequence[int]) -> float:
        """Add the gradient to the `grad` of each parameter, and return the sum of the losses."""
        order = np.array(rows, np.int64)
        self.one_by_one += 1
        with in_numbers(self.eager, chain(rows, range(self.count))):
            total, gradient = self._summed(order, 1.0 / len(order))
        if not (math.isfinite(total) and np.isfinite(gradient).all()):
            return self.eager(rows) if self.eager else self._on_values(rows)
        for v, g in zip(self.parameters, gradient.tolist(), strict=True):
            v._grad += g
        return total

    def _on_values(self, rows: Sequence[int]) -> float:
        total, weight = 0.0, 1.0 / len(rows)
        for row in rows:
            group, place = self.groups[self.group[row]], int(self.place[row])
            with located(row):
                x, found = group.paths.eager.value_and_gradient(group.call.rows, place, self.parameters, weight)
            total += x
            for v, g in zip(self.parameters, found.tolist(), strict=True):
                v.grad += g
        return total

    def _summed(self, order: Ints, weight: float) -> tuple[float, Floats]:
        groups = self.group[order]
        alike = len(order) < 2 or bool((groups == groups[0]).all())
        group = self.groups[groups[0]]
        if alike and not group.branches:
            return self._of_one_path(int(groups[0]), self.place[order], weight)
        if alike and self.backend.name == "llvm" and group.fits():
            return self._of_branches(int(groups[0]), self.place[order], weight)
        if self.strict:
            return in_order(lambda some: self._each(order[some], weight), len(order), len(self.parameters))
        total, gradient = 0.0, np.zeros(len(self.parameters))
        for g in np.unique(groups).tolist():
            some = self.groups[g].some(self.place[order[groups == g]])
            mean, more = mean_and_gradient(self.groups[g].paths, some)
            self.tally.update(some.tally)
            share = some.rows.size * weight
            total, gradient = total + mean * some.rows.size, gradient + more * share
        return total, gradient

    def kernel(self, group: int, path: Path | None = None, kind: Kind = Kind.TRAINING) -> Any:
        """Return what computes training steps on examples of one shape, along their first path or another.

        In memory all leaves stand for it as they do for the first path of all.
        """
        path, backend = path or self.groups[group].path, self.backend
        stages = path.stages
        found: Any = None
        if backend.name == "llvm" and (path is not self.path or kind is not Kind.TRAINING):
            layout = self._layout(path)
            found = stages.laid_out(
                kind, layout.places.tobytes(), lambda plan: backend.build(plan, stages.strict, layout)
            )
        return self._for_rows(group, found or stages.kernel(kind))

    def _for_rows(self, group: int, found: Any) -> Any:
        if self._epochs is None or self.backend.name != "llvm":
            return found
        return found.for_rows(self._epochs * self.groups[group].call.rows.size)

    def _joint(self, group: int) -> Machine | None:
        """Return what computes training steps along all paths of a shape, if they have a joint plan."""
        paths = self.groups[group].paths.known
        if (plan := joint_plan(paths, self.backend.decided)) is None:
            return None
        layout, stages = self._layout(paths[0]), paths[0].stages
        name = plan.name.encode() + layout.places.tobytes()
        found: Machine = self._for_rows(
            group, stages.laid_out(Kind.TRAINING, name, lambda _: self.backend.build(plan, self.strict, layout))
        )
        return found

    def _layout(self, path: Path) -> Layout:
        """Return where the leaves of a path stand: the parameters as for the first one, then captured leaves."""
        captured = path.recording.captured
        self.captured += [v for v in captured if not any(v is known for known in self.captured)]
        places = [next(i for i, known in enumerate(self.captured) if known is v) for v in captured]
        return self._laid_out(np.array(places, np.int64))

    def _laid_out(self, captured: Ints) -> Layout:
        first = self.kernel(0).header.layout
        places = np.concatenate([first.places[: len(self.parameters)], first.own + captured])
        return Layout(places, first.own, first.own + int(captured.max(initial=-1)) + 1)

    @property
    def layout(self) -> Layout:
        """Where all leaves stand that training steps have needed so far, in the order of `watch`."""
        if len(self.captured) == len(self.path.recording.captured):
            found: Layout = self.kernel(0).header.layout
            return found
        return self._laid_out(np.arange(len(self.captured)))

    def watch(self) -> Floats:
        """Return the numbers of all leaves, as the sentinel lets the next steps begin."""
        read = self.groups[0].watch(np.arange(1))
        more = self.captured[len(self.path.recording.captured) :]
        return np.concatenate([read, Leaves(tuple(more)).read()]) if more else read

    def _of_one_path(self, number: int, order: Ints, weight: float) -> tuple[float, Floats]:
        group = self.groups[number]
        if not self._is_prepared:  # examples of every shape come up, so that LLVM may work on one during the next
            for i in (number, *range(len(self.groups))):
                self.kernel(i).prepare(len(order))
            self._is_prepared = True
        result = self.kernel(number)(group.matrix, order, weight)(group.watch(order))
        self.tally.add(group.path, len(order))
        losses = result.outputs["values"][:, 0]
        return added(losses, self.strict), result.gradient

    def _of_branches(self, number: int, order: Ints, weight: float) -> tuple[float, Floats]:
        """Return the same where rows take several paths; NaN where compiled guards lead a row to none."""
        group = self.groups[number]
        while True:
            branches = self.branches(number, len(order))
            losses, gradient = branches.run(order, weight, self.watch(), self.layout)
            if not branches.lost:
                self.count_rows(number, branches)
                return added(losses, self.strict), gradient
            if not group.learn(branches.lost):
                return math.nan, gradient

    def count_rows(self, group: int, branches: Branches) -> None:
        """Count the rows that have been computed, each on its path."""
        for path, count, row in branches.taken:
            self.tally.add(path, count)
            self.groups[group].took(path, row)

    def _each(self, order: Ints, weight: float) -> Floats:
        """Return loss and gradient of each row, (n, 1 + p), whichever paths it takes; NaN where only Values know."""
        groups = self.group[order]
        found = np.empty((len(order), 1 + len(self.parameters)))
        for g in np.unique(groups).tolist():
            which = groups == g
            some = self.groups[g].some(self.place[order[which]], weight)
            found[which] = columns(self.groups[g].paths, Kind.EACH, some, lambda row: np.full(found.shape[1], math.nan))
            self.tally.update(some.tally)
        return found

    def branches(self, group: int, size: int, in_place: bool = False) -> Branches:
        """Return the kernel of a training step for up to so many rows of a shape, on all paths that are known."""
        from .branches import Branches

        some, key = self.groups[group], (group, size, in_place)
        if key in self._branches and len(self._branches[key].paths) == len(some.paths.known):
            return self._branches[key]

        kernel, joint, address = partial(self.kernel, group), partial(self._joint, group), self.backend.dispatch
        known = some.paths.known
        self._branches[key] = Branches(known, some.inputs, kernel, joint, address, size, in_place, self.strict)
        return self._branches[key]

    def confirm(self, told: str) -> None:
        """Raise TraceError if the function does something else by now than when it was traced, before the training.

        It is looked at when that took longer than a look, and after the first training at the most frequent shape.
        The program is `told` how its steps were made.
        """
        self._enter(told)
        most = max(self.groups, key=lambda group: group.call.rows.size)
        for group in self.groups:
            group.confirm(self.tally, at_least_once=group is most)
