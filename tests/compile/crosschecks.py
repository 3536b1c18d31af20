"""Holds a kernel against the engine: bit for bit in strict mode, else within a bound in roundings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from microgradx.compile.backends.protocols import Kernel
from microgradx.compile.paths.stages import Kind
from microgradx.compile.tape.tape import Floats, Ints

from .ways import WEIGHT, Way

ROWS = (0, 1, 3, 7, 8, 31, 33, 100)
UNIT = 2.0**-53
MOST = 2.0
"""How many roundings of each number default mode may be away from the engine: its own, and the engine's."""


def same_bits(x: Any, y: Any) -> bool:
    """Whether two arrays hold the same bits; NaN is NaN."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return x.shape == y.shape and bool(((x.view(np.int64) == y.view(np.int64)) | (np.isnan(x) & np.isnan(y))).all())


def orders(count: int, sizes: Sequence[int] = ROWS) -> Iterator[Ints]:
    """Yield orders of so many rows in all: batches of these sizes, each row as often as chance wants it."""
    rng = np.random.default_rng(0)
    for n in sizes:
        yield rng.integers(0, count, n)


def summed(rows: Floats) -> Floats:
    """Return the sum over rows, one added after the other to 0.0."""
    total = np.zeros(rows.shape[1])
    for row in rows:
        total = total + row
    return total


class Wrong(AssertionError):
    """A kernel gave something else than it must."""


def check(way: Way, kind: Kind, kernel: Kernel, sizes: Sequence[int] = ROWS, exact: bool | None = None) -> float:
    """Hold a kernel against the engine for batches of these sizes; return the worst error as a share of the bound.

    In strict mode, or if `exact`, all bits must be the same; `Wrong` otherwise, and for an error above the bound.
    """
    exact = way.strict if exact is None else exact
    given, expected = way.given(kind), way.expected(kind)
    worst = 0.0
    for order in orders(len(given), sizes):
        result = kernel(given, order, WEIGHT, way.parameters)
        found = way.result(kind, result.outputs)
        worst = max(worst, _held(way, kind, order, found, expected[order], exact))
        if kind in (Kind.GRADIENT, Kind.TRAINING):
            worst = max(worst, _held_gradient(way, order, result.gradient, exact))
        if "guards" in result.outputs:
            guards = result.outputs["guards"]
            if not (guards == np.array(way.path.recording.expected)).all():
                raise Wrong(f"guards {guards} of rows that are on the path")
    return worst


def _held(way: Way, kind: Kind, order: Ints, found: Floats, expected: Floats, exact: bool) -> float:
    if found.shape != expected.shape and len(order):
        raise Wrong(f"{kind}: shape {found.shape}, not {expected.shape}")
    if not len(order):
        return 0.0
    if exact:
        if not same_bits(found, expected):
            raise Wrong(f"{kind} of {len(order)} rows: {found} for {expected}")
        return 0.0
    return _share(found, expected, MOST * UNIT * way.sizes(kind)[order], f"{kind} of {len(order)} rows")


def _held_gradient(way: Way, order: Ints, found: Floats, exact: bool) -> float:
    rows = way.gradients[order]
    expected = summed(rows)
    if exact:
        if not same_bits(found, expected):
            raise Wrong(f"gradient of {len(order)} rows: {found - expected} off {expected}")
        return 0.0
    along = way.along
    adding = np.abs(along) @ np.abs(rows).sum(axis=0) * len(order)
    bound = UNIT * (MOST * way.gradient_sizes[order].sum(axis=0) + adding)
    return _share(along @ found, along @ expected, bound, f"gradient of {len(order)} rows")


def _share(found: Floats, expected: Floats, bound: Floats, what: str) -> float:
    error = np.abs(found - expected)
    if not (error <= bound).all():  # so is NaN
        raise Wrong(f"{what}: {found} for {expected}, {np.max(error / np.maximum(bound, 5e-324)):.3g} times the bound")
    return float(np.max(error / np.maximum(bound, 5e-324), initial=0.0))


KINDS = (Kind.VALUES, Kind.GRADIENT, Kind.TRAINING, Kind.JACOBIAN, Kind.TANGENTS, Kind.HESSIAN)


def applies(way: Way, kind: Kind) -> bool:
    """Whether a kind of work is for this function: not all are for several outputs, nor Hessians of many numbers."""
    one = way.paths.outputs == 1
    if kind is Kind.HESSIAN and way.path.recording.choices:
        return False  # second derivatives have paths of their own, see `Program.guarded`
    if kind in (Kind.GRADIENT, Kind.TRAINING):
        return one and bool(way.paths.parameters)
    return kind is not Kind.HESSIAN or (one and way.inputs.shape[1] <= 6 and len(way.paths.parameters) < 100)
