"""What a DomainError tells to write can be written, and helps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

import microgradx as mx
from microgradx import DomainError, Primitive, Value, primitives

ROWS = [p for p in primitives.TABLE if p.defined is not None]
GRID = (-math.inf, -2.5, -2.0, -1.0, -0.25, -0.0, 0.0, 0.5, 1.0)


def advised(p: Primitive) -> list[str]:
    """Return the expressions that the advice of a row tells to write."""
    assert p.defined is not None
    return p.defined.advice.partition("; write ")[2].split(" or ")


def refused(p: Primitive) -> Iterator[tuple[float, ...]]:
    """Yield the operands of the grid at which the row raises a DomainError."""
    for operands in product(GRID, repeat=len(p.domain)):
        try:
            mx.apply(p, *map(Value, operands))
        except DomainError:
            yield operands


def compute(expression: str, operands: tuple[Any, ...]) -> Any:
    """Return a formula's value, with the functions of the library and Python's own abs."""
    known = {name: getattr(mx, name) for name in ("where", "log", "log1p", "sqrt", "max")}
    return eval(expression, known | dict(zip("xy", operands, strict=False)))


@pytest.mark.parametrize("p", ROWS, ids=lambda p: p.name)
def test_advice_can_be_followed(p: Primitive) -> None:
    """Each expression that an advice names is computed at every operand of the grid that the row itself refuses."""
    places = list(refused(p))
    assert places
    for operands, expression in product(places, advised(p)):
        z = compute(expression, tuple(map(Value, operands)))
        assert not math.isnan(z.data if isinstance(z, Value) else z), (expression, operands)


@pytest.mark.parametrize("p", ROWS, ids=lambda p: p.name)
def test_advice_changes_nothing_inside(p: Primitive) -> None:
    """Where all operands are positive, each expression that an advice names is what the row computes."""
    operands = (0.5, 1.5)[: len(p.domain)]
    for expression in advised(p):
        assert compute(expression, tuple(map(Value, operands))).data == mx.apply(p, *map(Value, operands)).data


def test_advice_for_a_divisor_compiles() -> None:
    """The guard of a divisor gives the same in compiled code, row by row."""
    guarded: Callable[[Any, Any], Any] = mx.compile(lambda x, y: mx.where(abs(y) > 0, lambda: x / y, 0.0), cache=False)
    assert guarded([1.0, 3.0, 4.0], [0.0, 2.0, -0.0]).tolist() == [0.0, 1.5, 0.0]


def test_equality_is_identity() -> None:
    """A Value equals itself alone, no number, as the docstring says; by data, numbers are compared."""
    v = Value(0.0)
    assert v == v
    assert v != Value(0.0)
    assert v != 0.0  # type: ignore[comparison-overlap]  # it is the mistake that is tested
    assert mx.where(abs(v) > 0, 1.0, 2.0) == 2.0
    assert "`==` is identity" in (Value.__doc__ or "")
