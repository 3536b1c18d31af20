"""The NumPy back end: each nest as strided views of memory. It serves where there is no compiler, and as an oracle.

In strict mode every sum is a left fold, over its terms and then over the rows of the batch, and transcendental
functions are the C library's, so that results are bit-equal to those of eager Values. In default mode sums of products
are matrix products where they can be.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..nests.nests import Nest, Plan, Space
from ..tape.tape import Floats, Ints
from .result import Result
from .workspace import Workspace

NUMBERS = 1 << 20
"""How many numbers the memory for a block of rows may hold: 8 MiB, as more does not stay in a cache."""


class NumpyKernel:
    """A plan made ready to run, in strict mode or not. Threads may share it."""

    def __init__(self, plan: Plan, strict: bool = False) -> None:
        self._plan = plan
        self._strict = strict
        self._most = max(1, NUMBERS // max(1, plan.rows + sum(_room(nest, strict) for nest in plan.nests)))
        self._idle: dict[int, Workspace] = {}  # memory for blocks of so many rows that nobody uses just now
        self._outputs = {name: _by_space(places) for name, places in plan.outputs.items()}

    def __call__(self, inputs: Any, parameters: Any = (), weight: Any = 1.0) -> Result:
        """Run the plan on rows of inputs, with the parameters as they are now.

        inputs (rows, d), where the last input of a weighted plan comes from `weight`, a number or one for each row;
        parameters (p,). ValueError for other shapes.

        >>> from ..nests.reroll import reroll
        >>> from ..tape.tape import INPUT, PARAMETER, Builder
        >>> b = Builder()
        >>> w, x = b.leaves(PARAMETER, range(4)), b.leaves(INPUT, range(2))
        >>> y = b.sums(w.reshape(2, 2), x)
        >>> NumpyKernel(reroll(b.tape(values=y)).plan)([[1.0, 2.0]], [1.0, 0.0, 3.0, 4.0]).outputs["values"]
        array([[ 1., 11.]])
        """
        plan = self._plan
        inputs, parameters = np.asarray(inputs, np.float64), np.asarray(parameters, np.float64)
        n, given = len(inputs), plan.inputs - plan.weighted
        if inputs.shape != (n, given) or parameters.shape != (plan.parameters,):
            raise ValueError(
                f"the plan takes {given} inputs a row and {plan.parameters} parameters, "
                f"not arrays of shapes {inputs.shape} and {parameters.shape}"
            )
        if plan.weighted:
            inputs = np.column_stack([inputs, np.broadcast_to(np.asarray(weight, np.float64), (n,))])
        outputs = {name: np.empty((n, len(places))) for name, places in plan.outputs.items()}
        gradient = np.zeros(plan.gradients)
        whole = n - n % self._most
        with np.errstate(all="ignore"):
            for size, starts in ((self._most, range(0, whole, self._most)), (n - whole, [whole])):
                if size and starts:
                    work = self._idle.pop(size, None) or Workspace(plan, size, self._strict)
                    work.begin(parameters, gradient)
                    for start in starts:
                        self._run(work, inputs, outputs, slice(start, start + size))
                    gradient = work.spaces[Space.GRAD][:, 0].copy()
                    self._idle = {**dict(list(self._idle.items())[-1:]), size: work}
        return Result(outputs, gradient)

    def _run(self, work: Workspace, inputs: Floats, outputs: dict[str, Floats], rows: slice) -> None:
        work.run(inputs[rows])
        for name, parts in self._outputs.items():
            for space, columns, places in parts:
                outputs[name][rows, columns] = work.spaces[space][places].T


def _room(nest: Nest, strict: bool) -> int:
    """Return how many numbers a nest needs for each row, besides what is stored."""
    fetched = [s.length for s in nest.segments for x in (s.a, s.b) if x is not None and x.table is not None]
    each = nest.out.space is not Space.GRAD or strict  # otherwise the rows are summed in a matrix product
    return prod(nest.extents) * (sum(fetched) + 2 * each)


def _by_space(places: tuple[tuple[Space, int], ...]) -> list[tuple[Space, Ints, Ints]]:
    """Return places (space, place) as arrays: for each space which columns of the output stand there, and where."""
    parts = []
    for space in Space:
        columns = [k for k, (of, _) in enumerate(places) if of is space]
        parts.append((space, np.array(columns, np.int64), np.array([places[k][1] for k in columns], np.int64)))
    return [part for part in parts if len(part[1])]
