"""The formula of a node, evaluated, is its number, and differentiated its gradient."""

from __future__ import annotations

import math
import random
import sys
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.primitives import TABLE, Primitive

from .checks import samples
from .programs import random_program

sympy = pytest.importorskip("sympy")


def evaluated(expression: Any, nodes: list[Value]) -> float:
    """Return the expression's number at the numbers of labelled nodes."""
    return float(expression.subs({sympy.Symbol(v.label): v.data for v in nodes}).evalf())


def labelled(operands: Any) -> tuple[list[Any], list[Value]]:
    """Return operands as labelled leaves, as the row takes them and one after the other."""
    made: list[Any] = []
    for slot, x in enumerate(operands):
        if isinstance(x, tuple):
            made.append(tuple(Value(each, f"{'xy'[slot]}{i}") for i, each in enumerate(x)))
        else:
            made.append(Value(x, "xy"[slot]))
    return made, [v for x in made for v in (x if isinstance(x, tuple) else (x,))]


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_every_row_has_its_formula(p: Primitive) -> None:
    """The formula of each row gives the recorded number, and its derivatives the gradient."""
    for operands in samples(p, 6):
        arguments, nodes = labelled(operands)
        y = mx.apply(p, *arguments)
        expression = mx.formula(y)
        assert evaluated(expression, nodes) == pytest.approx(y.data, rel=1e-12, abs=1e-15)
        for v, slope in zip(nodes, mx.grad(y, nodes), strict=True):
            derivative = expression.diff(sympy.Symbol(v.label))
            assert evaluated(derivative, nodes) == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_random_programs_evaluate() -> None:
    """For random graphs over all rows the formula gives the recorded number."""
    rng = random.Random(1)
    for _ in range(20):
        program = random_program(rng, 6)
        inputs = [Value(x, f"x{i}") for i, x in enumerate(program.inputs)]
        y = program(inputs)
        if isinstance(y, Value):
            assert evaluated(mx.formula(y), inputs) == pytest.approx(y.data, rel=1e-9, abs=1e-9)


def test_a_network_has_a_formula() -> None:
    """The formula of a network's loss gives its number, and its derivatives the gradient of every parameter."""
    model = mx.nn.MLP(2, [2, 1], activation="sigmoid")
    L = mx.losses.mse_loss(model([1.0, 2.0]), 0.5)
    expression = mx.formula(L)
    for v in model.parameters():
        slope = evaluated(expression.diff(sympy.Symbol(v.label)), model.parameters())
        assert slope == pytest.approx(mx.grad(L, v), rel=1e-9)


def test_names_and_nodes_that_stay_symbols() -> None:
    """`upto` keeps named nodes as symbols, and `depth` all that is farther away."""
    x = Value(2.0, "x")
    y = x * x + 1
    L = y.sigmoid() * y
    assert str(mx.formula(L, {"y": y}, upto=["y"])) == "y/(1 + exp(-y))"
    assert mx.formula(L, {"y": y}, upto=[y]) == mx.formula(L, {"y": y}, upto=["y"])
    assert str(mx.formula(L, depth=1)) == "t2*t3"


def test_numbers_are_as_written() -> None:
    """0.5 and 0.1 are fractions, what is no short decimal stays a float, and inf is infinity."""
    x = Value(2.0, "x")
    assert str(mx.formula(0.5 * x + 0.1)) == "x/2 + 1/10"
    assert float(mx.formula(x * 0.7310585786300049).coeff("x")) == 0.7310585786300049
    assert mx.formula(x + math.inf).has(sympy.oo)


def test_a_detached_node_has_no_slope() -> None:
    """const(x) has the number of x and the derivative 0."""
    x = Value(3.0, "x")
    expression = mx.formula(mx.detach(x) * x)
    assert expression.diff("x").subs("x", 3.0) == 3.0
    assert sympy.lambdify("x", expression)(3.0) == 9.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y: mx.formula(y, limit=2), "more than limit=2"),
        (lambda y: mx.formula(y, upto=["q"]), "no node named 'q'"),
        (lambda y: mx.formula(y, upto=[Value(1.0)]), "is not in the graph"),
        (lambda y: mx.formula(y, depth=0), "depth= counts operations"),
    ],
)
def test_mistakes_are_explained(call: Any, message: str) -> None:
    """A formula that is too long, or a node that is not there, is a ValueError that says the way out."""
    x = Value(2.0, "x")
    with pytest.raises(ValueError, match=message):
        call(x * x + x)


def test_without_sympy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SymPy is missing, the error says how to install it."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ImportError, match=r"microgradx\[formula\]"):
        mx.formula(Value(1.0))


def test_a_doubling_graph_is_refused_at_once() -> None:
    """A graph of 200 nodes whose formula has 2²⁰⁰ operations is refused without being written."""
    y = Value(1.0, "x")
    for _ in range(200):
        y = y * y
    with pytest.raises(ValueError, match="keep nodes as symbols"):
        mx.formula(y)
