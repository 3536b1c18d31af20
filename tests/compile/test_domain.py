"""Rows that leave a domain on the way are those of Values, wherever the inf or NaN went; and what attackers found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx

SWALLOWED: dict[str, Callable[[Any], Any]] = {
    "max": lambda x: mx.max(mx.log(x), -100.0),
    "tanh": lambda x: mx.tanh(mx.log(x)),
    "division": lambda x: 1 / (1 / x),
    "exp": lambda x: mx.exp(-1 / (x * x)),
    "step": lambda x: mx.step(mx.log(x)),
    "comparison": lambda x: 1.0 * x if mx.log(x) > 1.0 else 2.0 * x,
    "power": lambda x: mx.exp(-(x**-1)),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", SWALLOWED)
def test_what_values_refuse_is_refused(name: str, strict: bool) -> None:
    """An operation out of its domain raises as on Values, though the result of the row is a finite number."""
    program = mx.compile(SWALLOWED[name], strict=strict)
    for call in (program, program.gradients):
        for _ in range(3):
            with pytest.raises(mx.DomainError):
                call([1.0, 0.0, 2.0])
        assert np.isfinite(call([1.0, 2.0])).all()


@pytest.mark.parametrize("strict", [False, True])
def test_a_function_that_catches_the_error_goes_its_own_way(strict: bool) -> None:
    """A row whose error the function catches has the value that Values give it."""

    def f(x: Any) -> Any:
        try:
            y = mx.log(x)
        except mx.DomainError:
            y = -5.0
        return mx.exp(y)

    found = mx.compile(f, strict=strict)([1.0, 0.0, -1.0])
    assert found.tolist() == pytest.approx([1.0, mx.exp(-5.0), mx.exp(-5.0)], rel=1e-15)


def test_training_meets_the_error_of_values() -> None:
    """A loss that leaves its domain on the way ends training with that error, though no number was infinite."""
    w = mx.Value(1.0, "w")
    program = mx.compile(lambda x: mx.tanh(mx.log(w - x)), parameters=[w])
    with pytest.raises(mx.DomainError):
        program.train([0.5, 2.0], optimizer=mx.optim.SGD(lr=0.1), epochs=3)


def test_small_sides_survive_by_default() -> None:
    """log(e^0 + e^−40) keeps what lies far below the maximum, in default mode too."""
    program = mx.compile(lambda x, y: mx.logsumexp([x, y]))
    exact = [mx.logsumexp([0.0, -40.0]), mx.logsumexp([0.0, -30.0])]
    assert program([0.0, 0.0], [-40.0, -30.0]).tolist() == pytest.approx(exact, rel=1e-12)


@pytest.mark.filterwarnings("ignore:the function itself changes this")
def test_a_function_found_out_stays_refused() -> None:
    """Once a function was seen to change, no later call gives the frozen number."""
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return x * (1.0 if len(calls) < 3 else float(len(calls)))

    program = mx.compile(f)
    program([1.0])
    for _ in range(4):
        with pytest.raises(mx.TraceError, match="no longer does"):
            program([1.0])


def test_labels_stay_in_comments() -> None:
    """A label with a line of code in it is text, in every source."""
    a = mx.Value(2.0, "a\n    raise SystemExit('code')\n    #")
    program = mx.compile(lambda x: a * x, parameters=[a])
    program([1.0])
    for language in ("python", "numpy", "llvm"):
        lines = program.source(language).splitlines()
        assert not any(line.strip().startswith("raise SystemExit") for line in lines)


def test_tables_may_hold_infinities() -> None:
    """A mask of −inf is looked up without alarm."""
    program = mx.compile(lambda i, x: mx.max(x, mx.lookup([0.0, -np.inf], i)), indices="i")
    for _ in range(3):
        assert program([0, 1], [1.0, 1.0]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("target", ["numpy", "llvm"])
@pytest.mark.parametrize("entries", [lambda x: [mx.exp(x), x], lambda x: [np.inf, 1.0]])
def test_an_entry_that_is_not_chosen_may_be_infinite(entries, target):
    """A comparison of what was looked up goes by the chosen entry, whatever the others are."""
    ways = (
        lambda x, i: mx.where(mx.lookup(entries(x), i) > 0, x * 2, x * 3),
        lambda x, i: x * 2 if mx.lookup(entries(x), i) > 0 else x * 3,
    )
    for f in ways:
        program = mx.compile(f, indices="i", target=target)
        assert program([1.0, 800.0, -1.0], [0, 1, 0]).tolist() == [2.0, 1600.0, -2.0]
        assert program.gradients([1.0, 800.0], [0, 1])[0].tolist() == [2.0, 2.0]
