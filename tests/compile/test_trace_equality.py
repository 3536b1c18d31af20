"""What `==` and dictionaries find of traced numbers: what they find of Values, or an error."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.tracing.trace import trace
from microgradx.errors import TraceError


def test_equality_is_identity_where_values_are() -> None:
    """As for Values, `==` on what depends on parameters is identity, `in` finds the very number, and hashing works."""
    w = mx.Value(1.0)

    def f(x: Any, y: Any) -> Any:
        a, b = w * x, w * y
        assert a == a
        assert a != b
        assert a != 1.0
        assert a != x
        assert x != w
        assert x != "x"
        assert a in [b, a]
        assert {a: 1, b: 2}[b] == 2
        return a

    assert trace(f, [(), ()], (w,), example=[1.0, 1.0]).guards == ()


GIVEN: dict[str, Callable[[Any, Any], Any]] = {
    "x == 1": lambda x, y: x == 1,
    "x != 1.0": lambda x, y: x != 1.0,
    "1 == x": lambda x, y: 1 == x,  # noqa: SIM300
    "float64 == x": lambda x, y: np.float64(1.0) == x,
    "x == y": lambda x, y: x == y,
    "x != x": lambda x, y: x != x,
    "computed": lambda x, y: mx.exp(2 * x) - y == 0,
    "in": lambda x, y: x in [1, 2],
    "lists": lambda x, y: [x, y] == [1.0, 2.0],
    "get": lambda x, y: {1: 2.0}.get(x),
    "set": lambda x, y: {x, y},
}


@pytest.mark.parametrize("of", GIVEN.values(), ids=GIVEN)
def test_equality_of_what_may_be_a_plain_number_is_refused(of: Callable[[Any, Any], Any]) -> None:
    """Of numbers computed from arguments alone `==` and use as a key are refused: floats are equal by what they are."""

    def f(x: Any, y: Any) -> Any:
        of(x, y)
        return x * y

    with pytest.raises(TraceError, match=r"(v == y|v as a key).*indices="):
        trace(f, [(), ()], example=[1.0, 1.0])
    of(mx.Value(1.0), mx.Value(1.0))


def weighted(o: Any, t: Any) -> Any:
    return 2 * (o - t) ** 2 if t == 1 else (o - t) ** 2


LOSSES_BY_CLASS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "t == 1": (weighted, ""),
    "lookup": (lambda o, t: (o - mx.lookup([-1.0, 1.0], t)) ** 2, ""),
    "lookup of scores": (lambda o, t: -mx.log(mx.lookup(mx.softmax([o, 0.0]), t)), ""),
    "list": (lambda o, t: -mx.log(mx.softmax([o, 0.0])[t]), r"mx\.lookup\(table, i\) in place of table\[i\]"),
    "dictionary": (
        lambda o, t: (o - {0: -1.0, 1: 1.0}[t]) ** 2,
        r"mx\.lookup\(\[a, b\], i\) in place of \{0: a, 1: b\}\[i\]",
    ),
}


@pytest.mark.parametrize("name", LOSSES_BY_CLASS)
def test_fit_compiles_losses_by_class(name: str) -> None:
    """A loss may look up by whole targets and ask which one it is; where it indexes a line says what to write."""
    loss, said = LOSSES_BY_CLASS[name]
    X, y = mx.datasets.moons(20)
    losses = []
    for compiled in (True, False):
        model = mx.nn.MLP(2, [4, 1], seed=1)
        with pytest.warns(match=said) if compiled and said else nullcontext():
            losses.append(mx.fit(model, X, y, loss=loss, epochs=2, compile=compiled, strict=True).loss)
    assert losses[0] == losses[1]


def test_fit_trains_on_values_where_a_target_is_compared() -> None:
    """A loss that asks `t == 1` of floats trains as without compiling, and a line says why it was not compiled."""
    X, y = mx.datasets.moons(20)
    losses = []
    for compiled in (True, False):
        model = mx.nn.MLP(2, [4, 1], seed=1)
        with pytest.warns(match="not compiled.*v == y") if compiled else nullcontext():
            losses.append(mx.fit(model, X, [float(t) for t in y], loss=weighted, epochs=2, compile=compiled).loss)
    assert losses[0] == losses[1]
