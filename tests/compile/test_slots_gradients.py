"""Gradients of many Values, set by machine code: to numbers, or to one object that computes them later."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest

from microgradx import Value
from microgradx.compile.backends.llvm.slots import LEAST
from microgradx.node import LazyGradient, Node

from .slotted import N, Other, bits, made, numbers, values_of


def lazy(nodes: tuple[Any, ...], found: Any) -> LazyGradient:
    """Return gradients that are computed when one is asked for."""
    return LazyGradient(nodes, found.tolist)


@pytest.mark.parametrize("count", [LEAST - 1, LEAST, N])
def test_gradients_are_set(count: int) -> None:
    """Numbers of all kinds are in `grad`, at once or when asked for, and data are as they were."""
    values, first, second = values_of(numbers(1, count).tolist()), numbers(2, count), numbers(3, count)
    made().set_grad(values, first)
    assert bits([v.grad for v in values]) == bits(first)
    made().set_grad(values, lazy(values, second))
    assert all(type(v._grad) is LazyGradient for v in values)
    assert bits([v.grad for v in values]) == bits(second)
    assert bits([v.data for v in values]) == bits(numbers(1, count))


def test_who_shares_a_gradient_holds_it() -> None:
    """Each Value holds the shared object once, however often it is set, and what it held before is released."""
    values, found = values_of([0.5] * N), numbers(4)
    shared, other = lazy(values, found), lazy(values, found)
    before = sys.getrefcount(shared)
    for _ in range(3):
        made().set_grad(values, shared)
        assert sys.getrefcount(shared) == before + N
    for v in values[::2]:
        v.grad = 1.0
    assert sys.getrefcount(shared) == before + N // 2
    made().set_grad(values, other)
    assert sys.getrefcount(shared) == before
    made().set_grad(values, found)
    assert sys.getrefcount(other) == before


def test_nothing_is_left_behind() -> None:
    """Thousands of rounds need no more memory than a few."""
    values, found = values_of([0.5] * N), numbers(5)

    def rounds(count: int) -> None:
        for i in range(count):
            made().set_grad(values, found if i % 3 == 0 else lazy(values, found))

    rounds(9)
    gc.collect()
    before = sys.getallocatedblocks()
    rounds(3000)
    gc.collect()
    assert abs(sys.getallocatedblocks() - before) < N


def test_what_is_no_value_is_pythons() -> None:
    """Where a node is another one, or has no gradient, all are set nevertheless."""
    other = Other()
    gone: Node = Value(1.0)
    del gone._grad
    values = (*values_of([0.5] * N), other, gone, *values_of([0.5] * N))
    shared = lazy(values, numbers(6, len(values)))
    made().set_grad(values, shared)
    assert all(v._grad is shared for v in values)
    made().set_grad(values, numbers(7, len(values)))
    assert bits([v._grad for v in values]) == bits(numbers(7, len(values)))
