"""What is put in the place of something that it equals, and is of another kind, is seen at the next call."""

from __future__ import annotations

import math
import operator
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.llvm import untouched as passing
from microgradx.compile.watch.outside import Outside

from .seen import is_seen

Pair = namedtuple("Pair", "left right")
One = IntEnum("One", {"ONE": 1})
here = globals()
variable: Any = 1


class Ones(list[Any]):
    """A list that always has the same entry."""

    def __getitem__(self, i: Any) -> Any:
        return 1.0


class Twos(list[Any]):
    """A list that is gone through in its own way."""

    def __iter__(self) -> Any:
        return iter([2.0])


class Sevens(dict[Any, Any]):
    """A dictionary with something under each key."""

    def __missing__(self, key: Any) -> Any:
        return 7.0


class Doubled(float):
    """A number that multiplies in its own way."""

    def __mul__(self, x: Any) -> Any:
        return x * 2.0


def kind(x: Any) -> float:
    """Return a number that depends on the type alone, and on the sign of a zero."""
    sign = math.copysign(1.0, x) if isinstance(x, float) else math.copysign(1.0, x.imag) if type(x) is complex else 1.0
    return sign * (1.0 + sum(map(ord, type(x).__name__)))


def entries() -> dict[str, tuple[Any, Any, Any, Any]]:
    """Return containers, keys in them, and what stands there and is exchanged for its equal of another kind."""
    pairs = {
        "int, float": (3, 3.0),
        "float, int": (3.0, 3),
        "int, bool": (1, True),
        "float, bool": (1.0, True),
        "0, False": (0, False),
        "0.0, -0.0": (0.0, -0.0),
        "0, 0.0": (0, 0.0),
        "complex zeros": (complex(1.0, 0.0), complex(1.0, -0.0)),
        "float, complex": (2.0, 2 + 0j),
        "int, enumeration": (1, One.ONE),
        "float, of NumPy": (1.0, np.float64(1.0)),
        "float, of the user": (1.0, Doubled(1.0)),
    }
    containers: dict[str, Any] = {
        "list": lambda x: ([9, x, 9.0], 1),
        "many": lambda x: ([*range(500), x], 500),
        "in a list": lambda x: ([[], [x]][1], 0),
        "dict": lambda x: ({"a": x, "b": 9}, "a"),
        "OrderedDict": lambda x: (OrderedDict(a=x), "a"),
        "deque": lambda x: (deque([x]), 0),
        "array": lambda x: (np.array([x, None], object), 0),
    }
    return {
        f"{name} in {held}": (*make(x), x, y) for name, (x, y) in pairs.items() for held, make in containers.items()
    }


def containers() -> dict[str, tuple[Any, Any, Callable[[Any], Any]]]:
    """Return equal objects, and what tells them apart."""
    return {
        "tuple": ((1, 2), (1, 2.0), lambda x: kind(x[1])),
        "tuple in a tuple": (((0.0,),), ((-0.0,),), lambda x: kind(x[0][0])),
        "named tuple": (Pair(1, 2), Pair(1.0, 2), lambda x: kind(x.left)),
        "a tuple's class": ((1, 2), Pair(1, 2), kind),
        "frozenset": (frozenset([1]), frozenset([1.0]), lambda x: kind(next(iter(x)))),
        "list": ([1, 2], [1, 2.0], lambda x: kind(x[1])),
        "list with entries of its own": ([3.0], Ones([3.0]), lambda x: x[0]),
        "list gone through otherwise": ([3.0], Twos([3.0]), lambda x: sum(x)),
        "dictionary of all keys": ({"a": 1.0}, Sevens(a=1.0), lambda x: x["b"] if hasattr(x, "__missing__") else 1.0),
        "defaultdict": ({"a": 1.0}, defaultdict(float, a=1.0), kind),
        "order": ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, lambda x: 1.0 + list(x).index("b")),
        "key": ({1: 1.0}, {1.0: 1.0}, lambda x: kind(next(iter(x)))),
        "range": (range(0, 5, 9), range(0, 7, 9), lambda x: float(x.stop)),
    }


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "SMALL", -1)
    monkeypatch.setattr(passing, "CALLS", 1)


@pytest.mark.parametrize("case", entries())
def test_an_equal_entry_of_another_kind_is_a_change(case: str) -> None:
    """A number that is exchanged for an equal one of another type or sign is another, wherever it stands."""
    held, key, _, other = entries()[case]
    is_seen(lambda v: kind(held[key]) * v, lambda: operator.setitem(held, key, other))


@pytest.mark.parametrize("case", containers())
@pytest.mark.parametrize("held", [False, True])
def test_an_equal_object_of_another_kind_is_a_change(case: str, held: bool) -> None:
    """So is a container of other numbers, of another class, or in another order, as a variable or an entry."""
    global variable
    x, y, tell = containers()[case]
    rows = [x]
    variable = x
    if held:
        is_seen(lambda v: tell(rows[0]) * v, lambda: operator.setitem(rows, 0, y))
    else:
        is_seen(lambda v: tell(variable) * v, lambda: here.update(variable=y))


class Shown:
    """Something with numbers that it shows to NumPy, until it does no more."""

    def __init__(self) -> None:
        self.numbers, self.is_open = np.array([1.0, 2.0]), True

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if not self.is_open:
            raise RuntimeError("closed")
        return self.numbers

    def __float__(self) -> float:
        return float(self.numbers[0])


@pytest.mark.parametrize("change", [lambda x: x.numbers.fill(5.0), lambda x: setattr(x, "is_open", False)])
def test_what_shows_itself_as_an_array_is_watched_as_one(change: Callable[[Any], Any]) -> None:
    """Tensors and tables of other libraries are compared as NumPy reads them; that they refuse it is a change too."""
    shown = Shown()
    outside = Outside(lambda v: float(shown) * v)
    assert [outside.version(), outside.version()] == [0, 0]
    change(shown)
    assert [outside.version(), outside.version()] == [1, 1]


def test_a_new_object_of_the_same_bits_is_no_change() -> None:
    """Numbers that are computed anew, in the same containers or new ones, cause no look."""
    numbers: list[Any] = [1.5, 3, math.nan, -0.0, 1j, "text", b"text", 10**5000]
    again = [float("1.5"), int("3"), float("nan"), -0.0, complex("1j"), "".join("text"), bytes([*b"text"]), 10**5000]
    held: dict[str, Any] = {"list": list(numbers), "tuple": tuple(numbers)}
    outside = Outside(lambda v: len(held["list"]) * v + len(held["tuple"]))
    held["list"][:] = again
    assert outside.version() == 0
    held.update(list=list(again), tuple=tuple(again))
    assert outside.version() == 0
    held["list"][0] = 2.5
    assert outside.version() == 1
