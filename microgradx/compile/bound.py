"""Bound: a program on given rows, which are checked and packed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .paths.calls import Replay, columns
from .paths.mean import mean_and_gradient
from .paths.path import Call
from .paths.paths import Paths
from .paths.stages import Kind
from .rows.arguments import Batch, directions, numbers, point
from .tape.tape import Floats
from .tracing.eager_order import UnsettledOrder

if TYPE_CHECKING:
    from ..engine import Value
    from .program import Program


class Bound:
    """A compiled function on given rows, made by `Program.on`; each method is that of the program.

    `at` gives p numbers to use instead of the parameters' data, for optimisers that keep their own.
    """

    def __init__(self, program: Program, paths: Paths, rows: Batch) -> None:
        self._program = program
        self._paths = paths
        self._call = Call(rows)

    def __call__(self, at: Any = None) -> Any:
        """Return the values of all rows: see `Program.__call__`."""
        call, eager = self._at(at), self._paths.eager
        return self._shaped(self._columns(Kind.VALUES, call, partial(eager.values, call.rows)))

    @property
    def parameters(self) -> list[Value]:
        """The parameters of the program, which `value_and_grad` differentiates with respect to."""
        return list(self._program.parameters)

    def value_and_grad(self, at: Any = None) -> tuple[float, Floats]:
        """Return the mean value over the rows, and its gradient (p,): see `Program.value_and_grad`."""
        if not self._program.parameters:
            raise ValueError(
                "there are no parameters to differentiate with respect to: write compile(f, parameters=[...]), such "
                "as model.parameters(); gradients(...) differentiates with respect to the arguments"
            )
        if not self._call.rows.size:
            raise ValueError("the mean over 0 rows is undefined; give at least one row")
        found = mean_and_gradient(self._paths, self._at(at))
        self._paths.check_parameters()
        return found

    def gradients(self, at: Any = None) -> Any:
        """Return ∂value/∂argument in each row: see `Program.gradients`."""
        found = self.jacobian(at)
        for path in self._paths.known[:1]:
            path.recording.check_single("gradients")
        arrays, first = [], 0
        for place, x in enumerate(self._call.rows.arrays):
            size = 0 if place in self._paths.eager.indices else int(np.prod(x.shape[1:]))
            arrays.append(found[:, 0, first : first + size].reshape(x.shape) if size else np.zeros(x.shape))
            first += size
        return arrays[0] if len(arrays) == 1 else arrays

    def jacobian(self, at: Any = None) -> Floats:
        """Return ∂outputᵢ/∂xⱼ in each row, (n, k, m): see `Program.jacobian`."""
        call, eager = self._at(at), self._paths.eager
        found = self._columns(Kind.JACOBIAN, call, partial(eager.jacobian, call.rows))
        return found.reshape(call.rows.size, self._paths.outputs, self._numbers)

    def hessian(self, at: Any = None) -> Floats:
        """Return ∂²value/∂x∂x′ in each row, (n, m, m): see `Program.hessian`."""
        call, paths = self._at(at), self._program.guarded(self._paths)
        replay = partial(paths.eager.hessian, call.rows)
        try:
            found = self._columns(Kind.HESSIAN, call, replay, paths)
        except UnsettledOrder:
            with paths.moved(call.at):
                found = np.array([replay(row).ravel() for row in range(call.rows.size)])
        return found.reshape(call.rows.size, self._numbers, self._numbers)

    def jvp(self, direction: Any, at: Any = None) -> tuple[Any, Any]:
        """Return the values, and their derivatives along a direction, in each row: see `Program.jvp`."""
        call, eager = self._at(at), self._paths.eager
        given: Sequence[Any] = direction if len(call.rows.arrays) > 1 else (direction,)
        along = directions(given, call.rows, eager.names, eager.indices)
        replay: Callable[[int], Floats] = lambda row: eager.tangent(call.rows, row, along[row].tolist())  # noqa: E731
        values = self._columns(Kind.VALUES, call, partial(eager.values, call.rows))
        found = self._columns(Kind.TANGENTS, Call(call.rows, call.at, along), replay)
        return self._shaped(values), self._shaped(found)

    def __repr__(self) -> str:
        n = self._call.rows.size
        return f"{self._program!r} on {n} row{'' if n == 1 else 's'}"

    def _at(self, at: Any) -> Call:
        """Return a call with these numbers for the parameters."""
        call = self._call if at is None else self._call.moved(point(at, len(self._program.parameters)))
        call.tally.begin()
        self._program.enter(self._paths, call.tally)
        return call

    @property
    def _numbers(self) -> int:
        return numbers(self._call.rows, self._paths.eager.indices)

    def _columns(self, kind: Kind, call: Call, replay: Replay, paths: Paths | None = None) -> Floats:
        if call.rows.size:
            return columns(paths or self._paths, kind, call, replay)
        k, m = self._paths.outputs, self._numbers
        sizes = {Kind.VALUES: k, Kind.TANGENTS: k, Kind.JACOBIAN: k * m, Kind.HESSIAN: m * m}
        return np.zeros((0, sizes[kind]))

    def _shaped(self, found: Floats) -> Any:
        """Return (n, k) as (n,) for a function that returns one number; without the axis of rows if it takes none."""
        found = found[:, 0] if self._paths.single else found
        return found if self._call.rows.arrays else found[0]
