"""Comparisons of traced numbers that are used otherwise than by asking them: by identity, as numbers, or not at all."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.watch.sentinel import Sentinel
from microgradx.errors import TraceError


def test_a_comparison_that_is_compared_by_identity() -> None:
    """`(x > 0) is True` and its like are found out in the first call that has a row on which they matter."""
    wrong: list[Callable[[Any], Any]] = [
        lambda x: x * 2.0 if (x > 0) is True else x * 3.0,
        lambda x: x * 2.0 if isinstance(x > 0, bool) else x * 3.0,
        lambda x: x * 2.0 if str(x > 0) == "True" else x * 3.0,
        lambda x: x * 2.0 if type(x > 0) is bool else x * 3.0,
        lambda x: x * 2.0 if x > 0 and (x < 9) is True else x * 3.0,
    ]
    for f in wrong:
        with pytest.raises(TraceError, match="whether a comparison `is True`"):
            mx.compile(f, target="numpy")([-1.0, 1.0])


def test_a_large_function_with_an_idle_comparison_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be too large to run on Values at once is run, if it made a comparison that it did not ask."""
    monkeypatch.setattr(sys.modules[Sentinel.__module__], "SMALL", 0)
    program = mx.compile(lambda x: x * 2.0 if (x > 0) is True else x * 3.0, target="numpy")
    with pytest.raises(TraceError, match="is True"):
        program([1.0])
    assert mx.compile(lambda x: x * (2.0 if isinstance(x, Value) else 3.0), target="numpy")([1.0]).tolist() == [3.0]


def test_a_comparison_that_is_not_needed_is_no_mistake() -> None:
    """Comparisons made beforehand, of which some rows need one alone, cost paths and nothing else."""

    def f(x: Any, y: Any) -> Any:
        a, b = x > 0, y > 0
        return x * y if a and b else x - y

    x, y = [1.0, -1.0, 1.0, -1.0], [2.0, 2.0, -2.0, -2.0]
    assert mx.compile(f, target="numpy")(x, y).tolist() == [2.0, -3.0, 3.0, 1.0]


COUNTING: list[Callable[[Any, Any], Any]] = [
    lambda x, y: (x > 0) - (x < 0),
    lambda x, y: 1 - (x > 0),
    lambda x, y: 2.0 - (x > 0) - (y > 1),
    lambda x, y: x * ((x > 0) + (y > 0)),
    lambda x, y: sum([x > 0, y > 0, x > y]) * y,
    lambda x, y: -(x > y) * x,
    lambda x, y: +(x > y) + abs(x < y) * 2.0,
    lambda x, y: x / (1 + (y > 0)),
    lambda x, y: (x > 0) / 2.0 + x,
    lambda x, y: 3 // (1 + (x > 0)) + 7 % (2 + (y > 0)) + (x > 0) // 1 + (x > 0) % 2,
    lambda x, y: x ** (1 + (y > 0)),
    lambda x, y: 2 ** (x > 0) + (x > 0) ** 2 + x,
    lambda x, y: x * float(x > 0) + int(y > 0) + math.exp(x > 0),
    lambda x, y: x + 1 * ((x > 0) < (y > 0)) + 2 * ((x > 0) >= 1),
    lambda x, y: x + round(x > 0) + 2 * ((x > 0) ^ (y > 0)) + (1 & (x > 0)) + 4 * (False | (y > 0)),
    lambda x, y: [x, y, x + y][(x > 0) + (y > 0)],
]


@pytest.mark.parametrize("f", COUNTING)
@pytest.mark.parametrize("strict", [False, True])
def test_comparisons_count_as_numbers(f: Callable[[Any, Any], Any], strict: bool) -> None:
    """In arithmetic a comparison is 1 or 0, as Python's bool is, each outcome a path."""
    rows = [(1.5, 2.5), (-1.5, 2.5), (1.5, -2.5), (-1.5, -2.5), (2.5, 1.5), (0.0, 0.0)]
    expected = [y.data if isinstance(y := f(Value(a), Value(b)), Value) else float(y) for a, b in rows]
    assert mx.compile(f, target="numpy", strict=strict)(*zip(*rows, strict=True)).tolist() == expected
