"""The mean value over rows and its gradient, put together from what all paths give.

In strict mode they have the bits of this loop on Values, which is also what a step of training on Values does:

    total = 0.0
    for row in rows:
        loss = f(*row)
        total += loss.data
        loss.backward(1 / len(rows))
    mean = total / len(rows)

So values are added in the order of the rows, from 0.0 on; 1/n is the seed of each row's error signals; and what a row
sends to a parameter is complete before it is added to what came from the rows before. A kernel does this for rows of
one path. Where rows take several, or one is not finite and is run again on Values, each row is computed by itself, and
`in_order` adds them up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from ..backends.result import Result
from ..tape.tape import Floats, Ints
from .calls import columns, defined
from .path import Call, Part
from .paths import Paths
from .stages import Kind

NUMBERS = 1 << 16
"""So many numbers of single rows are computed at a time: 512 KiB, which stay near the processor."""


def mean_and_gradient(paths: Paths, call: Call) -> tuple[float, Floats]:
    """Return the mean value over the rows and its gradient with respect to the parameters, (p,)."""
    found = paths.sums(call)
    if found is None or math.isnan(found[0]):
        parts = paths.parts(Kind.GRADIENT, call)
        found = _of_rows(parts, call, paths) if paths.strict else _of_parts(parts, call, paths)
    return found[0] / call.rows.size, found[1]


def added(values: Floats, strict: bool) -> float:
    """Return the sum of the values of rows: in strict mode one after the other is added to 0.0.

    >>> added(np.array([1e16, 1.0, 1.0, -1e16]), strict=True)
    0.0
    """
    with np.errstate(all="ignore"):
        return float(0.0 + (np.add.accumulate(values)[-1] if strict else np.add.reduce(values)))


def in_order(each: Callable[[Ints], Floats], rows: int, parameters: int) -> tuple[float, Floats]:
    """Return the sums of values and gradients over so many rows; `each` gives those of single ones, (n, 1 + p)."""
    sums, most = np.zeros(1 + parameters), max(1, NUMBERS // (1 + parameters))
    for start in range(0, rows, most):
        found = each(np.arange(start, min(start + most, rows)))
        with np.errstate(all="ignore"):
            for row in found:
                sums += row
    return float(sums[0]), sums[1:]


def _of_rows(parts: Iterable[Part], call: Call, paths: Paths) -> tuple[float, Floats]:
    """Return the sum of the values of all rows, and that of their weighted gradients, in the order of the rows."""
    first = next(iter(parts))
    if first.order is None and first.result is not None and _is_sound(first.result):
        return added(first.result.outputs["values"][:, 0], strict=True), first.result.gradient

    def replay(row: int) -> Floats:
        return np.hstack(paths.eager.value_and_gradient(call.rows, row, paths.parameters, call.weight))

    def each(some: Ints) -> Floats:
        return columns(paths, Kind.EACH, call, replay, some)

    return in_order(each, call.rows.size, len(paths.parameters))


def _of_parts(parts: Iterable[Part], call: Call, paths: Paths) -> tuple[float, Floats]:
    """Return the same in default mode: what each path gives, added up in the order of their first rows.

    It must not depend on what was called before, and so not on the order in which paths were found.
    """
    total, gradient = 0.0, np.zeros(len(paths.parameters))
    for part in sorted(parts, key=lambda part: -1 if part.order is None else int(part.order[0])):
        value, more = _of_part(part, call, paths)
        with np.errstate(all="ignore"):
            total, gradient = total + value, gradient + more
    return total, gradient


def _of_part(part: Part, call: Call, paths: Paths) -> tuple[float, Floats]:
    order, result = part.order, part.result
    if result is not None and _is_sound(result):
        return added(result.outputs["values"][:, 0], strict=False), result.gradient
    order = np.arange(call.rows.size) if order is None else order
    if len(order) == 1 or part.path is None or part.read is None:
        with paths.moved(call.at):
            return paths.eager.value_and_gradient(call.rows, int(order[0]), paths.parameters, call.weight)
    # A row that is not finite spoils the sum: halves, until it stands alone.
    halves = []
    for half in np.split(order, [len(order) // 2]):
        result = call.run(part.path, Kind.GRADIENT, half, part.read)
        halves.append(part._replace(order=half, result=result))
    return _of_parts(halves, call, paths)


def _is_sound(result: Result) -> bool:
    """Return whether all numbers are finite, and every row stayed in the domain of all operations."""
    if result.is_small():
        return True
    numbers = result.outputs["values"], result.gradient
    return all(bool(np.isfinite(x).all()) for x in numbers) and bool(defined(result).all())
