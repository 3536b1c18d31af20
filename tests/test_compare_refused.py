"""What is unclear in a hand derivation is refused, with the reason."""

from __future__ import annotations

import math
from typing import Any

import pytest

from microgradx import DomainError, FormulaError, Value
from microgradx.check import compare

from .test_compare import regularised_logistic


def test_an_exception_that_is_made_of_no_text_keeps_its_type() -> None:
    """A derivation's own exception passes, with a note of the node, where it cannot be made anew from a text."""

    class Odd(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(one, two)

    def broken(w: float) -> float:
        raise Odd(1, 2)

    w = Value(0.5, "w")
    with pytest.raises(Odd) as caught:
        compare(w * w, {"w": broken})
    assert caught.value.__notes__ == ["in the derivation of 'w'"]


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"tolerance": -1}, ValueError, "at least 0 and below 1"),
        ({"tolerance": math.nan}, ValueError, "at least 0 and below 1"),
        ({"tolerance": 2}, ValueError, "at least 0 and below 1"),
        ({"tolerance": "a"}, TypeError, "a number such as 1e-6, not 'a'"),
        ({"names": "abc"}, TypeError, "names are given as a dictionary.*not as 'abc'"),
        ({"names": [1]}, TypeError, "names are given as a dictionary"),
    ],
)
def test_options_are_checked(options: dict[str, Any], error: type[Exception], reason: str) -> None:
    """A tolerance that would pass all or nothing, and names that are no dictionary, are refused."""
    w = Value(0.5, "w")
    with pytest.raises(error, match=reason):
        compare(w * w, {"w": "2*w"}, **options)


@pytest.mark.parametrize(
    ("hand", "error", "reason"),
    [
        ({"q": 1}, FormulaError, "no node named 'q'; there are 'w', 'b', 'x', 'z', 'y'"),
        ({"W": 1}, FormulaError, "did you mean 'w'"),
        ({"t": 1}, FormulaError, "'t' is not in the graph: the output takes 1.0 as a constant"),
        ({"other": 1}, FormulaError, "'other' is not in the graph"),
        ({"w": "lamda * w"}, FormulaError, "in the derivation of 'w': no node named 'lamda'; did you mean 'lam'"),
        ({"w": "2w"}, FormulaError, "in the derivation of 'w': an operator is missing"),
        ({"w": ""}, FormulaError, "in the derivation of 'w': the formula is empty"),
        ({"w": lambda q: q}, FormulaError, "no node is named as its parameter 'q'"),
        ({"w": lambda lamb: lamb}, FormulaError, "did you mean 'lam'"),
        ({"w": lambda *q: q}, FormulaError, r"the parameter \*q"),
        ({"w": math.exp}, FormulaError, "write lambda"),
        ({"w": None}, TypeError, "one real number, not None"),
        ({"w": True}, TypeError, "one real number, not True"),
        ({"w": 1j}, TypeError, "one real number, not 1j"),
        ({"w": [1.0]}, TypeError, "one real number, not \\[1.0\\]"),
        ({"w": lambda y: None}, TypeError, "one real number, not None"),
        ({"w": "log(-y)"}, DomainError, "needs x > 0"),
        ({"w": lambda y: y / 0}, ZeroDivisionError, "division"),
        ({3: 1}, TypeError, "by its name or as the Value itself, not by 3"),
        ({}, ValueError, "hand is empty"),
        ([1.0], TypeError, "given by node"),
        ({"y": "y - t", "w": "1/(x - x)"}, DomainError, "in the derivation of 'w': .*must not be 0$"),
    ],
)
def test_what_is_unclear_is_refused(hand: Any, error: type[Exception], reason: str) -> None:
    """Unknown names, formulas that do not parse, and values that are no numbers are refused by name."""
    variables = {**regularised_logistic(), "other": Value(1.0)}
    with pytest.raises(error, match=reason) as caught:
        compare(variables["L_reg"], hand, names=variables)
    if hand and not isinstance(hand, list) and error is not FormulaError and "w" in hand:
        assert str(caught.value).startswith("in the derivation of 'w': ")


def test_outputs_and_nodes_are_values_of_one_graph() -> None:
    """An output that is no Value, and a node from another graph, are refused with the reason."""
    x = Value(2.0, "x")
    with pytest.raises(TypeError, match=r"one output, a Value, not 3\.0"):
        compare(3.0, {"x": 1})  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(FormulaError, match="the output does not depend on it"):
        compare(x * 2, {Value(1.0): 0.0})
    with pytest.raises(FormulaError, match="names=locals"):
        compare(Value(1.0) * 2, {"y": 2})
