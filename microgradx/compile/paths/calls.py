"""Calls: the results of all rows put together, and rows whose numbers are not finite run again on Values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ..backends.result import Result
from ..passes.domain import DOMAIN
from ..tape.tape import Floats
from .packing import Packer
from .path import Call, Part
from .paths import Paths
from .stages import Kind

Replay = Callable[[int], Floats]
"""Computes the numbers of one row on Values."""


def columns(paths: Paths, kind: Kind, call: Call, replay: Replay) -> Floats:
    """Return what a kind of work gives for each row, (n, size), in the order of the rows.

    Of a Jacobian or Hessian these are the derivatives with respect to every number of the row.
    """
    found: Floats | None = None
    for part in paths.parts(kind, call):
        block = _rows_of(part, kind, call, paths, replay)
        if part.order is None:
            return block
        if found is None:
            found = np.empty((call.rows.size, block.shape[1]))
        found[part.order] = block
    assert found is not None
    return found


def _rows_of(part: Part, kind: Kind, call: Call, paths: Paths, replay: Replay) -> Floats:
    if part.result is None:
        assert part.order is not None
        with paths.moved(call.at):
            return np.array([replay(int(row)).ravel() for row in part.order])
    assert part.path is not None
    block, values = _arranged(part.result.outputs[kind], kind, part.path.packer), part.result.outputs["values"]
    if part.result.is_small():
        return block
    # A derivative may be finite where the value is not, as that of log at −1, and the row is in error all the same.
    finite = np.asarray(np.isfinite(block).all(axis=1) & np.isfinite(values).all(axis=1))
    wrong = np.flatnonzero(~(finite & defined(part.result)))
    if len(wrong):
        block = block.copy()
        with paths.moved(call.at):
            for i in wrong.tolist():
                block[i] = replay(i if part.order is None else int(part.order[i])).ravel()
    return block


def defined(result: Result) -> NDArray[np.bool_]:
    """Return which rows stayed in the domain of every operation, also where what left it was swallowed on the way."""
    return np.asarray(np.isfinite(result.outputs.get(DOMAIN, np.zeros((1, 1)))).all(axis=1), np.bool_)


def _arranged(block: Floats, kind: Kind, packer: Packer) -> Floats:
    """Return derivatives with respect to inputs as derivatives with respect to the numbers of a row."""
    if kind is Kind.JACOBIAN:
        outputs = block.reshape(len(block), -1, packer.width)
        return packer.dense(outputs.swapaxes(1, 2)).swapaxes(1, 2).reshape(len(block), -1)
    if kind is Kind.HESSIAN:
        first = packer.dense(block.reshape(len(block), packer.width, packer.width))
        return packer.dense(first.swapaxes(1, 2)).swapaxes(1, 2).reshape(len(block), -1)
    return block


def mean_and_gradient(paths: Paths, call: Call) -> tuple[float, Floats]:
    """Return the mean value over the rows and its gradient with respect to the parameters, (p,)."""
    sums = paths.sums(call)
    if sums is not None and not math.isnan(sums[0]):
        return sums[0] / call.rows.size, sums[1]
    total, gradient, parts = 0.0, None, list(paths.parts(Kind.GRADIENT, call))
    in_order = len(parts) > 1 and paths.known[0].stages.strict
    for part in _row_by_row(parts, call) if in_order else parts:
        value, own = _sums_of(part, call, paths)
        total, gradient = (value, own) if gradient is None else (total + value, _added(gradient, own))
    assert gradient is not None
    return total / call.rows.size, gradient


def _row_by_row(parts: Sequence[Part], call: Call) -> Iterator[Part]:
    """Yield the rows one by one, in their order, whichever paths they belong to: so Values add their gradients."""
    rows = [(row, part) for part in parts if part.order is not None for row in part.order.tolist()]
    for row, part in sorted(rows, key=itemgetter(0)):
        order, result = np.array([row]), None
        if part.path is not None and part.read is not None:
            result = call.run(part.path, Kind.GRADIENT, order, part.read)
        yield part._replace(order=order, result=result)


def _sums_of(part: Part, call: Call, paths: Paths) -> tuple[float, Floats]:
    """Return the sum of the values of some rows, and the gradient of the weighted sum."""
    order, result = part.order, part.result
    if result is None:
        assert order is not None
        return _on_values(int(order[0]), call, paths)
    values, gradient = result.outputs["values"][:, 0], result.gradient
    if result.is_small():
        return float(np.add.reduce(values)), gradient
    if np.isfinite(values).all() and np.isfinite(gradient).all() and defined(result).all():
        with np.errstate(over="ignore"):
            return float(np.add.reduce(values)), gradient
    order = np.arange(call.rows.size) if order is None else order
    if len(order) == 1:
        return _on_values(int(order[0]), call, paths)
    # A row that is not finite spoils the sum: halves, until it stands alone.
    assert part.path is not None
    assert part.read is not None
    middle, found = len(order) // 2, []
    for half in (order[:middle], order[middle:]):
        result = call.run(part.path, Kind.GRADIENT, half, part.read)
        found.append(_sums_of(part._replace(order=half, result=result), call, paths))
    (x, g), (y, h) = found
    return x + y, _added(g, h)


def _on_values(row: int, call: Call, paths: Paths) -> tuple[float, Floats]:
    with paths.moved(call.at):
        value, gradient = paths.eager.value_and_gradient(call.rows, row, paths.parameters)
    with np.errstate(all="ignore"):
        return value, gradient * call.weight


def _added(x: Floats, y: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return x + y
