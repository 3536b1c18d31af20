"""Calls: the results of all rows put together, and rows whose numbers are not finite run again on Values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..backends.result import Result
from ..passes.domain import DOMAIN
from ..tape.tape import Floats, Ints
from .packing import Packer
from .path import Call, Part
from .paths import Paths
from .stages import Kind

Replay = Callable[[int], Floats]
"""Computes the numbers of one row on Values."""


def columns(paths: Paths, kind: Kind, call: Call, replay: Replay, some: Ints | None = None) -> Floats:
    """Return what a kind of work gives for each row, (n, size), in their order; or for `some`, in ascending order.

    Of a Jacobian or Hessian these are the derivatives with respect to every number of the row.
    """
    found: Floats | None = None
    for part in paths.parts(kind, call, some):
        block = _rows_of(part, kind, call, paths, replay)
        if part.order is some:
            return block
        assert part.order is not None
        if found is None:
            found = np.empty((call.rows.size if some is None else len(some), block.shape[1]))
        found[part.order if some is None else np.searchsorted(some, part.order)] = block
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
