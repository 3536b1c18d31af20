"""Machine code that reads and sets the data of many Values does what Python does, or leaves it to Python."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microgradx import Value
from microgradx.compile.backends.llvm.slots import LEAST
from microgradx.compile.paths.leaves import Leaves
from microgradx.node import set_data
from microgradx.optimizer import Checked

from .slotted import ODD, N, Other, bits, made, numbers, values_of

PLACES = [0, 1, N // 2, N - 1]


@pytest.mark.parametrize("kind", [tuple, Checked])
@pytest.mark.parametrize("count", [LEAST, LEAST + 1, 1000])
def test_numbers_are_read_to_the_bit(count: int, kind: Any) -> None:
    """Whatever its number is, and whoever holds that too, a Value is read as Python reads it."""
    values = kind(values_of(numbers(0, count).tolist()))
    for found in (made().read(values), Leaves(values, made().read).read(), Leaves(values).read()):
        assert found is not None
        assert bits(found) == bits([v._data for v in values])
    shared = float("1.5")
    for v in values[::2]:
        v.data = shared
    found = made().read(values)
    assert found is not None
    assert bits(found) == bits([v._data for v in values])


@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_float_is_read_by_python(odd: str, at: int) -> None:
    """Of a Value that holds something else the result, or the error, is what it is without machine code."""
    values = values_of(numbers(1).tolist())
    ODD[odd](values[at])
    assert made().read(values) is None
    outcomes = []
    for leaves in (Leaves(values, made().read), Leaves(values)):
        try:
            outcomes.append(str(bits(leaves.read())))
        except Exception as error:
            outcomes.append(repr(error))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("other", [object(), 1.5, None, "v", (), Other, [], Other()], ids=lambda x: type(x).__name__)
def test_what_is_no_value_is_not_gone_into(other: Any, at: int) -> None:
    """An object of another class is neither read nor set, whatever stands where a Value has its number."""
    things: Any = list(values_of(numbers(2).tolist()))
    things[at] = other
    given = tuple(things)
    assert made().read(given) is None
    outcomes = []
    for put in (made().set_data, set_data):
        before = [v for v in things if type(v) is Value]
        set_data(before, [0.0] * N)
        try:
            put(given, memoryview(array("d", [2.0] * N)))
            outcomes.append("")
        except Exception as error:
            outcomes.append(repr(error))
        outcomes.append(str([v._data for v in before]))
    assert outcomes[:2] == outcomes[2:]


@pytest.mark.parametrize("odd", [*ODD, "a float", "a float that is held", "its own first number"])
def test_numbers_are_set_to_the_bit(odd: str) -> None:
    """Whatever stood there, each Value holds a float of its own then, and what others hold stays as it was."""
    values, x = values_of(numbers(3).tolist()), numbers(4)
    held = [v._data for v in values] if odd == "a float that is held" else []
    before = bits(held)
    if odd in ODD:
        for v in values:
            ODD[odd](v)
    elif odd == "a float":
        made().set_data(values, memoryview(x * 3.0))
    recorded = bits([v._z for v in values])
    made().set_data(values, memoryview(x))
    assert bits([v._data for v in values]) == bits(x)
    assert {type(v._data) for v in values} == {float}
    assert len({id(v._data) for v in values}) == N
    set_data(others := values_of(x.tolist()), x.tolist())
    assert [sys.getrefcount(v._data) for v in values] == [sys.getrefcount(v._data) for v in others]
    assert bits(held) == before
    assert bits([v._z for v in values]) == recorded


@pytest.mark.parametrize("count", [0, 1, LEAST, N - 1, N, N + 1])
@pytest.mark.parametrize("kind", [tuple, list, Checked, iter, lambda values: (v for v in values)])
def test_the_shorter_of_both_ends_it(count: int, kind: Any) -> None:
    """As many Values are set as there are numbers, however they are given."""
    outcomes = []
    for put in (made().set_data, set_data):
        values = values_of([0.5] * N)
        put(kind(values), memoryview(array("d", range(count))))
        outcomes.append([v._data for v in values])
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][:count] == [float(i) for i in range(min(count, N))]


DATA: dict[str, Callable[[], Any]] = {
    "a list": lambda: [float(i) for i in range(N)],
    "an array": lambda: array("d", range(N)),
    "single precision": lambda: memoryview(array("f", range(N))),
    "integers": lambda: memoryview(array("q", range(N))),
    "every other": lambda: memoryview(array("d", range(2 * N)))[::2],
    "backwards": lambda: memoryview(array("d", range(N)))[::-1],
    "a part": lambda: memoryview(array("d", range(2 * N)))[N // 2 : N // 2 + N],
    "not to be written": lambda: memoryview(array("d", range(N)).tobytes()).cast("d"),
    "no dimension of its own": lambda: np.zeros((N, 2)).data,
    "an iterator": lambda: map(float, range(N)),
}


@pytest.mark.parametrize("data", DATA)
def test_numbers_come_from_any_memory(data: str) -> None:
    """However numbers are kept, Values hold the same ones as where Python sets them, or the error is the same."""
    outcomes: list[Any] = []
    for put in (made().set_data, set_data):
        values = values_of([0.5] * N)
        try:
            put(values, DATA[data]())
            outcomes.append([(type(v._data), v._data) for v in values])
        except Exception as error:
            outcomes.append(repr(error))
    assert outcomes[0] == outcomes[1]
