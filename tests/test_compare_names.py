"""Hand derivations name nodes as people do: by labels, variables, entries of lists and the parameters of layers."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import FormulaError, Value
from microgradx.check import compare
from microgradx.nn import MLP


def test_parameters_of_layers_serve_in_formulas() -> None:
    """The labels of a network, with their indices and with or without spaces, are names of nodes."""
    model = MLP(1, [2, 1], activation="linear", seed=1)
    y = model([Value(0.5, "x")])
    hand = {
        "w1[1,1]": "x * w2[1,1]",
        "w1[2, 1]": "x * w2[1, 2]",
        "b1[2]": "w2[1,2]",
        "w2[1,2]": "w1[2,1] * x + b1[2]",
        "x": "w1[1,1]*w2[1,1] + w1[2,1]*w2[1,2]",
    }
    compare(y, hand).assert_ok()
    assert not compare(y, {"w1[1,1]": "x * w2[1,2]"}).ok


def test_names_that_no_float_can_hold_are_passed_over() -> None:
    """An unrelated variable in `names`, however large, does no harm."""
    x = Value(2.0, "x")
    compare(x * x, {"x": "2*x"}, names={"n": 10**400}).assert_ok()


def test_nodes_are_given_by_value_label_or_variable() -> None:
    """A key is the Value, its label, or the variable that holds it; labels need no `names`."""
    a, b = Value(2.0, "a"), Value(3.0)
    c = a * b
    report = compare(c, {a: 3.0, b: "a", "a": lambda b: b, "b": 2, c: 1}, names=locals())
    report.assert_ok()
    assert [row.name for row in report.rows] == ["a", "b", "a", "b", "c"]
    assert compare(c, {"a": 3, c: 1}).rows[1].name == "* = 6"


def test_entries_of_lists_are_called_by_their_indices() -> None:
    """s[0] and s[1][0], or s[1,0] as the parameters of layers are written, stand for what lists in `names` hold."""
    w, x = Value(0.5), Value(2.0)
    s = [w * x, (w * 3, x * x)]
    L = s[0] * s[1][0] + s[1][1]
    report = compare(L, {"s[0]": "s[1][0]", "s[1, 0]": "s[0]", "s[1][1]": 1, "x": "s[1,0]*w + 2*x"}, names=locals())
    report.assert_ok()
    assert [row.node for row in report.rows] == [s[0], s[1][0], s[1][1], x]
    found = compare(L, {"x": "s[1][0] + 2*x"}, names=locals()).rows[0].explanation
    assert found is not None
    assert found.kind == "missing factor"
    with pytest.raises(FormulaError, match=r"no node named 's\[2\]'; did you mean 's\[0\]'"):
        compare(L, {"s[2]": 1}, names=locals())
    endless: list[Any] = [w]
    endless.append(endless)
    assert compare(L, {"endless[0]": "1"}, names={"endless": endless}).rows[0].node is w


def test_leaves_without_a_name_can_be_given_as_numbers() -> None:
    """A formula writes the number of a leaf that has no name; it is right, though it holds for that number only."""
    w = Value(0.5, "w")
    L = (w * Value(2.0) - 1.0) ** 2
    compare(L, {"w": "2*(w*2 - 1)*2"}).assert_ok()
    x = Value(2.0, "x")
    assert not compare((w * x - 1.0) ** 2, {"w": "2*(w*2 - 1)*2"}).ok


def test_an_unknown_name_in_a_formula_tells_of_locals() -> None:
    """Without `names` the error says how the names of variables become known, also for a name in a formula."""
    w = Value(0.5, "w")
    with pytest.raises(FormulaError, match=r"no node named 'y'; there are 'w' \(names=locals\(\) adds") as caught:
        compare(w * w, {"w": "2*y"})
    assert str(caught.value).splitlines()[-1].endswith("^")


def test_names_are_compared_as_python_does() -> None:
    """Either of Unicode's two signs for μ, and w₁ for w1, find the node."""
    μ, w1 = Value(2.0), Value(3.0)
    L = μ * w1
    compare(L, {"\u00b5": "w₁", "w₁": "\u00b5"}, names={"μ": μ, "w1": w1}).assert_ok()


def test_a_variable_tells_nodes_of_one_label_apart() -> None:
    """Of two nodes with one label, the variable of that name says which is meant; without it, neither is guessed."""
    first, second = Value(2.0, "w"), Value(3.0, "w")
    L = first * second
    assert compare(L, {"w": 3.0}, names={"w": first}).ok
    assert compare(L, {"w": 2.0}, names={"w": second}).ok
    assert compare(L, {first: 3.0, second: 2.0}).ok
    with pytest.raises(FormulaError, match="2 nodes are named 'w'"):
        compare(L, {"w": 3.0})
    with pytest.raises(FormulaError, match="in the derivation of 'w': 2 nodes are named 'w'"):
        compare(L, {first: "w"})
    with pytest.raises(FormulaError, match="3 nodes are named 'w'"):
        compare(L, {"w": 1.0}, names={"w": L})


def test_odd_names_serve_in_formulas() -> None:
    """Nodes may be called lambda, S, exp, if or pi: a formula takes them as names."""
    odd = {name: Value(x, name) for name, x in (("lambda", 2.0), ("S", 3.0), ("exp", 0.5), ("if", 1.5), ("pi", 4.0))}
    L = mx.sum([odd["lambda"] * odd["S"], mx.exp(odd["exp"]) * odd["if"] * odd["pi"]])
    hand = {"lambda": "S", "S": "lambda", "exp": "exp(exp) * if * pi", "if": "exp(exp) * pi", "pi": "if * exp(exp)"}
    compare(L, hand).assert_ok()


def test_derivations_are_written_as_on_the_slides() -> None:
    """z̄ = ȳ σ'(z) is a formula as it stands, with error signals of nodes further on; σ' at y is told apart."""
    w, x, b, t = Value(0.5, "w"), Value(2.0, "x"), Value(-1.5, "b"), Value(1.0, "t")
    z = w * x + b
    y = z.sigmoid()
    L = (y - t) ** 2 / 2
    compare(L, {"z": "ȳ * σ'(z)", "w": "y_bar * sigma'(z) * x", "b": "z̄"}, names=locals()).assert_ok()
    wrong = compare(L, {"z": "(y - t) * σ'(y)"}, names=locals()).rows[0]
    assert not wrong.ok
    assert "σ'(z) = 0.235" in str(wrong.explanation)


@pytest.mark.parametrize(("misspelt", "meant"), [("ybar", "y_bar"), ("λ", "lambda"), ("lamda", "lambda"), ("Y", "y")])
def test_a_misspelt_name_is_told_the_right_one(misspelt: str, meant: str) -> None:
    """Of a name that no node bears the nearest is suggested: an error signal's too, and a Greek letter's name."""
    y, factor = Value(0.5, "y"), Value(2.0, "lambda")
    with pytest.raises(FormulaError, match=f"no node named '{misspelt}'; did you mean .*'{meant}'"):
        compare(y * factor, {"y": misspelt})


def test_a_quotient_of_differentials_is_told_how_error_signals_are_written() -> None:
    """dL/dz is no quotient of nodes: the message says what the error signal of z is called."""
    y = Value(0.5, "y")
    z = Value(2.0, "z") * y
    with pytest.raises(FormulaError, match="no node named 'dL'; an error signal such as dL/dz is written z_bar"):
        compare(z * z, {"y": "dL/dz * z"}, names={"L": z * z})
