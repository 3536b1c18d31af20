"""Numbers in the arrays that a function reads are watched: a change of one that counts is refused at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

ARRAYS = {
    "NumPy": np.array([1.0, 2.0]),
    "every second number": np.arange(6.0)[::2],
    "of bytes": bytearray(8),
    "of the standard library": array("d", [1.0, 2.0]),
}


@pytest.mark.parametrize("held", [lambda x: x, lambda x: [x], lambda x: {"scale": x}], ids=["itself", "list", "dict"])
@pytest.mark.parametrize("kind", ARRAYS)
def test_numbers_in_small_arrays_are_watched(kind: str, held: Callable[[Any], Any]) -> None:
    """A number that changes in an array that a function reads is seen at the next call, and named."""
    scale = held(ARRAYS[kind])
    outside = Outside(lambda x: scale * x)
    assert outside.version() == 0
    ARRAYS[kind][1] += 1
    assert outside.version() == outside.version() == 1
    assert [text.endswith("has other numbers") for text in outside.changes(since=0)] == [True]


def test_a_call_sees_a_number_that_has_changed_in_an_array() -> None:
    """A compiled function whose array has other numbers is refused at once, unless it does not read that number."""
    scale = np.array([2.0, 3.0])
    program = mx.compile(lambda x: x * float(scale[0]), target="numpy")
    assert program([1.0]).tolist() == program([1.0]).tolist() == [2.0]
    scale[1] = 7.0
    assert program([1.0]).tolist() == [2.0]
    scale[0] = 7.0
    with pytest.raises(TraceError, match=r"scale has other numbers, .* the constant 2\.0 is 7\.0 now"):
        program([1.0])
