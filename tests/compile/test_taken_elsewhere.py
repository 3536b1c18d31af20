"""Where NumPy, Python or another library does not take a traced number, a TraceError says what to write."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import TraceError, way_out

HERE = Path(__file__).name
NUMPY = r"write mx\.tanh\(v\) for np\.tanh\(v\)"
ONE = "it is one number, not a list.*a network with one output gives one number"
NET = mx.nn.MLP(1, [2, 1])


def unpacked(x: Any) -> Any:
    a, b = NET([x])
    return a + b


REFUSED: list[tuple[Callable[[Any], Any], str, str]] = [
    (lambda x: np.tanh(x), "operand 'Traced' does not support ufuncs", NUMPY),
    (lambda x: np.maximum(x, 0.0), "operand 'Traced'", NUMPY),
    (lambda x: np.std([x, x + 1.0]), "no callable conjugate method", NUMPY),
    (lambda x: np.linalg.norm(np.array([x, x])), "operand 'Traced'", NUMPY),
    (lambda x: np.isnan(np.array([x])), "ufunc 'isnan' not supported", NUMPY),
    (lambda x: sum(NET([x])), "'Traced' object is not iterable", ONE),
    (lambda x: NET([x])[0], "'Traced' object is not subscriptable", ONE),
    (lambda x: len(x) * x, "object of type 'Traced' has no len", ONE),
    (lambda x: mx.softmax(x), "'Traced' object is not iterable", ONE),
    (lambda x: max(*x), "after * must be an iterable, not Traced", ONE),
    (lambda x: x // 2, "unsupported operand", "rounding has no derivative"),
    (lambda x: x % 2, "unsupported operand", "rounding has no derivative"),
    (lambda x: statistics.mean([x]), "can't convert type 'Traced'", r"microgradx's own functions, such as mx\.exp"),
]


ROW = r"a row of an array of shape \(n, d\) is a list of d numbers: write \[2 \* v for v in x\], mx.sum\(x\)"
AS_ARRAYS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: x.mean(), "'list' object has no attribute 'mean'"),
    (lambda x: x[0] * x.shape[0], "'list' object has no attribute 'shape'"),
    (lambda x: x[:, 0], "list indices must be integers or slices, not tuple"),
    (lambda x: x @ x, "unsupported operand type"),
    (lambda x: x + 1.0, "can only concatenate list"),
    (lambda x: x - x, "unsupported operand type"),
    (lambda x: -x, "bad operand type for unary -: 'list'"),
    (lambda x: 0.5 * x, "can't multiply sequence by non-int of type 'float'"),
]


@pytest.mark.parametrize(("f", "said"), AS_ARRAYS)
def test_a_row_is_a_list_and_no_array(f: Callable[[Any], Any], said: str) -> None:
    """Whoever writes as for arrays is told, at their line, that a row is a list, and what to write."""
    with pytest.raises(TraceError, match=ROW) as caught:
        mx.compile(f, target="numpy")([[1.0, 2.0]])
    message = str(caught.value)
    assert said in message
    assert f" at {HERE}:{f.__code__.co_firstlineno}: " in message


def test_a_row_of_one_number_is_told_from_a_number() -> None:
    """Targets of shape (n, 1) reach a function as lists of one number, which arithmetic refuses with the way out."""
    for loss in (lambda x, y: (x - y) ** 2, lambda x, y: mx.exp(y)):
        with pytest.raises(TypeError, match=r"write x\[0\] for the number in it; of an array, .* \(n,\), not \(n, 1\)"):
            mx.compile(loss, target="numpy")([1.0, 2.0], [[1.0], [2.0]])
    with pytest.raises(TypeError, match=r"work on its entries, as in \[2 \* v for v in x\], sum\(x\) or dot\(w, x\)"):
        mx.compile(lambda x: mx.exp(x), target="numpy")([[1.0, 2.0]])


@pytest.mark.parametrize(("f", "said", "advice"), REFUSED)
def test_what_others_do_not_take_is_told_with_the_way_out(f: Callable[[Any], Any], said: str, advice: str) -> None:
    """The message holds what was said, the user's file and line, and what to write; the error itself is its cause."""
    with pytest.raises(TraceError, match=advice) as caught:
        mx.compile(f, target="numpy")([1.0])
    message, line = str(caught.value), f.__code__.co_firstlineno
    assert said in message
    assert f" at {HERE}:{line}: " in message
    assert type(caught.value.__cause__) is not TraceError


def test_a_network_with_one_output_is_not_unpacked() -> None:
    """Two names for the one number that a network gives are answered in the same way, at the line of the function."""
    line = unpacked.__code__.co_firstlineno + 1
    with pytest.raises(TraceError, match=rf"cannot unpack non-iterable Traced object at {HERE}:{line}: {ONE}"):
        mx.compile(unpacked, target="numpy")([1.0])


def test_other_errors_stay_as_they_are() -> None:
    """An error that a function raises itself, also about a traced number, is raised as it is."""

    def own(x: Any) -> Any:
        raise TypeError(f"no number such as {x!r}")

    def our(x: Any) -> Any:
        return mx.lookup([1.0, 2.0], x)

    for f, words in ((own, r"no number such as <traced x>"), (our, r"an index is an int.* of type Traced; ")):
        with pytest.raises(TypeError, match=words) as caught:
            mx.compile(f, target="numpy")([1.0])
        assert type(caught.value) is TypeError
    assert way_out(TraceError("'Traced' object is not iterable")) == ""


def test_a_computed_index_is_told_to_be_computed_beforehand() -> None:
    """i - 1 of a run-time index is a number like any other, and no index: the message tells where to compute it."""
    with pytest.raises(TypeError, match=r"indices=, as it is: compute i \+ 1 and the like beforehand"):
        mx.compile(lambda i: mx.lookup([1.0, 2.0], i - 1), indices="i", target="numpy")([1])


class Squashed(mx.nn.Module):
    """A model that takes NumPy's function for ours."""

    def __init__(self) -> None:
        self.w = Value(1.0)

    def __call__(self, x: Any) -> Any:
        return np.tanh(self.w * x[0])


def test_training_on_values_tells_it_too() -> None:
    """Where neither compiled code nor Values take what a model does, the error of Values has the advice as a note."""
    with pytest.raises(TypeError, match="operand 'Value'") as caught:
        mx.fit(Squashed(), [[1.0], [2.0]], [1.0, 2.0], epochs=1)
    assert "write mx.tanh(v) for np.tanh(v)" in "".join(caught.value.__notes__)
