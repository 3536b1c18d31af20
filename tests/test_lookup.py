"""lookup on plain integers: an entry of a table, and a clear error for anything that is no index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import ShapeError, Value

V = [Value(1.0), Value(2.0), Value(3.0)]
PAIRS = [[V[0], 5.0], [V[1], 6.0]]


@pytest.mark.parametrize("index", [1, np.int64(1), np.uint8(1)])
def test_lookup_is_the_entry_itself(index: Any) -> None:
    """An entry is returned as it stands in the table, whatever it is: no node is recorded, and gradients reach it."""
    assert mx.lookup(V, index) is V[1]
    assert mx.lookup(tuple(V), index) is V[1]
    assert mx.lookup(PAIRS, index) is PAIRS[1]
    assert mx.lookup([0.5, 0.25], index) == 0.25
    assert mx.lookup(np.array([[0.5, 1.0], [0.25, 2.0]]), index) == [0.25, 2.0]
    assert mx.grad(mx.lookup(V, index) ** 2, V) == [0.0, 4.0, 0.0]


MISTAKES: list[tuple[Any, Any, type[Exception], str]] = [
    (V, 3, IndexError, "a table of 3 entries has the indices 0 to 2, not 3"),
    (V, -1, IndexError, "a table of 3 entries has the indices 0 to 2, not -1"),
    (V, True, TypeError, "an index is an int, such as 0, not True of type bool"),
    (V, 1.0, TypeError, "an index is an int, such as 0, not 1.0 of type float"),
    (V, "1", TypeError, "not '1' of type str"),
    (V, None, TypeError, "not None"),
    (
        V,
        V[0],
        TypeError,
        r"not Value\(1.0, grad=0.0\) of type Value; a program takes it as an argument named in indices=",
    ),
    ([], 0, ShapeError, "at least one entry"),
    (V[0], 0, TypeError, r"a list of numbers or of rows, not Value\(1.0"),
    (None, 0, TypeError, "a list of numbers or of rows, not None"),
    ({0: 1.0}, 0, TypeError, r"not \{0: 1.0\}"),
]


@pytest.mark.parametrize(("table", "index", "error", "message"), MISTAKES)
def test_lookup_refuses(table: Any, index: Any, error: type[Exception], message: str) -> None:
    """Whatever is no table, or no index of it, raises an error with the value and what would be right."""
    with pytest.raises(error, match=message):
        mx.lookup(table, index)


def test_losses_look_up_the_class() -> None:
    """The cross-entropy and the likelihood of a class use the scores themselves, and record no node for the choice."""
    row = mx.log_softmax(V)
    assert mx.losses.nll_loss(row, 2).operands == (row[2],)
    (difference, zero, other) = mx.losses.cross_entropy(V, 1).operands
    assert zero == 0.0
    assert (difference.operands, other.operands) == ((V[0], V[1]), (V[2], V[1]))
