"""Names as derivations print them may be typed into compare: t1, ȳ, ∂L/∂y."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.notation import bar


def neuron() -> dict[str, Value]:
    w, x, b, t = map(Value, (0.5, 2.0, -1.5, 1.0))
    z = w * x + b
    y = mx.sigmoid(z)
    return {"w": w, "x": x, "b": b, "t": t, "z": z, "y": y, "L": (y - t) ** 2 / 2}


@pytest.mark.parametrize("key", ["y", "ȳ", "y\u0304", unicodedata.normalize("NFC", "y\u0304"), "y_bar", "∂L/∂y"])
def test_an_error_signal_is_given_by_its_own_name(key: str) -> None:
    """The key of a derivation is the node, or its error signal, however its bar is encoded; the row is called by it."""
    names = neuron()
    (row,) = mx.compare(names["L"], {key: "y - t"}, names=names).rows
    assert row.ok
    assert row.name == "y"


def test_derivations_may_use_the_signals_of_later_nodes() -> None:
    """ȳ in a formula is backprop's error signal, at every point, and stays a name in the difference."""
    names = neuron()
    report = mx.compare(names["L"], {"z": "ȳ*y*(1 - y)", "w": "z̄*x", "b": lambda z̄: z̄, "x": "z̄"}, names=names)
    assert [row.ok for row in report.rows] == [True, True, True, False]
    told = report.rows[3].explanation
    assert told is not None
    assert (told.kind, told.name, told.certain) == ("missing factor", "w", True)
    pytest.importorskip("sympy")
    assert report.rows[0].symbolic == "equal"
    assert report.rows[3].symbolic == f"{unicodedata.normalize('NFKC', bar('z'))}*(1 - w)"


def test_every_name_that_derive_prints_is_known() -> None:
    """Nodes without a name are known by those that they are printed with, as nodes and by their signals."""
    nodes = neuron()
    L = nodes["L"]
    printed = mx.derive(L).text
    assert "u2 = σ(u1)" in printed
    assert mx.compare(L, {"u2": "u2 - c4", bar("u2"): "u2 - c4", "c1": "(u2 - c4)*σ(u1)*(1 - σ(u1))*c2", "L": 1}).ok
    assert mx.compare(L, {"c3": f"{bar('u2')}*u2*(1 - u2)"}).ok
    assert "t4 = t3 − c4" in mx.derive(L, inline=False).text
    assert mx.compare(L, {"t4": "t4", "c3": f"{bar('t4')}*t3*(1 - t3)"}).ok


def layer() -> dict[str, Any]:
    x, W = [Value(0.7), Value(-1.2)], [[Value(0.3), Value(-0.5)], [Value(0.8), Value(0.2)]]
    z = [row[0] * x[0] + row[1] * x[1] for row in W]
    h = [mx.tanh(z[0]), mx.tanh(z[1])]
    return {"x": x, "W": W, "z": z, "h": h, "L": h[0] * h[1]}


@pytest.mark.parametrize("signal", ["h_bar[0]", "h̄[0]", "h_bar[ 0 ]"])
@pytest.mark.parametrize("slope", ["(1 - h[0]**2)", "(1 − h[0]²)", "(1 − h[0]^2)"])
@pytest.mark.parametrize("dot", ["*", "·"])
def test_an_entry_of_a_list_has_a_signal(signal: str, slope: str, dot: str) -> None:
    """The bar stands before the indices, in letters or over the name; a formula may be pasted as derive prints it."""
    names = layer()
    report = mx.compare(names["L"], {"z[0]": f"{signal}{dot}{slope}", "h_bar[1]": "h[0]"}, names=names)
    assert [(row.name, row.ok) for row in report.rows] == [("z[0]", True), ("h[1]", True)]


def test_the_lines_of_a_derivation_may_be_pasted_back() -> None:
    """Each backward equation of a layer of tanh is taken as derive prints it, its key too, and is right."""
    names = layer()
    lines = [line.text for line in mx.derive(names["L"], names=names).lines if line.kind == "backward"]
    printed = dict(text.split(" = ") for text in lines if " = " in text)
    assert len(printed) == 10
    mx.compare(names["L"], printed, names=names).assert_ok()


def regressor() -> dict[str, Any]:
    w, x, y = [Value(0.5), Value(-2.0)], [Value(3.0), Value(0.25)], Value(2.0)
    z = w[0] * x[0] + w[1] * x[1]
    g = mx.sigmoid(z)
    return {"w": w, "x": x, "y": y, "z": z, "g": g, "L": (g - y) ** 2 + w[0] ** 2 / 2}


@pytest.mark.parametrize("profile", ["error signals", "partials"])
def test_both_notations_of_a_derivation_may_be_pasted_back(profile: str) -> None:
    """The last form of each backward equation is taken as printed: ȳ or ∂L/∂y, 2(g − y), ½w."""
    names = regressor()
    lines = mx.derive(names["L"], names=names, profile=profile).lines
    printed = [line.text.split(" = ") for line in lines if line.kind == "backward" and " = " in line.text]
    assert any("2(g" in forms[-1] for forms in printed)
    assert any(("∂L/∂z" in forms[-1]) == (profile == "partials") for forms in printed)
    mx.compare(names["L"], {forms[0]: forms[-1] for forms in printed}, names=names).assert_ok()


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("∂L/∂z·x[0] + w[0]", True),
        ("∂L/∂z·x[1] + w[0]", False),
        ("½·2(g − y)·2g", None),
        ("2(g − y)·g(1 − g)·x[0]", None),
        ("2(g − y)**1·g*(1 − g)*x[0] + 2·½w[0]", True),
        ("−2(y − g)·σ′(z)·x[0] + ½(w[0] + w[0])", True),
        ("3(g − y)·σ′(z)·x[0] + w[0]", False),
    ],
)
def test_a_number_before_a_parenthesis_is_a_factor(formula: str, right: bool | None) -> None:
    """2(g − y) is twice the difference and is judged as such; a name before a factor is no product (None: an error)."""
    names = regressor()
    if right is None:
        with pytest.raises(mx.FormulaError, match="a product is written with"):
            mx.compare(names["L"], {"w[0]": formula}, names=names)
    else:
        assert mx.compare(names["L"], {"w[0]": formula}, names=names).ok is right


def test_a_difference_is_told_in_functions_that_the_derivation_uses() -> None:
    """SymPy's difference stands in the verdict where it is short and in the student's own functions."""
    pytest.importorskip("sympy")
    names = neuron()
    hand = {"z": "(y - t)*σ'(y)", "w": "(y - t)*y*(1 - y)", "b": "(y - t)*exp(z)/(1 + exp(z))**2*2"}
    told = [row.diagnosis for row in mx.compare(names["L"], hand, names=names).rows]
    assert "the output y" in told[0]
    assert "By hand" not in told[0], "it would be in tanh(y/2)"
    assert told[1].endswith("By hand − right = y*(1 - x)*(1 - y)*(y - t)")
    assert "By hand − right = " in told[2]


def test_two_indices_in_two_brackets_have_a_signal() -> None:
    """W_bar[1][0], or W_bar[1,0], is the signal of W[1][0]."""
    names = layer()
    assert mx.compare(names["L"], {"W_bar[1][0]": "z_bar[1]*x[0]", "W_bar[0,1]": "z_bar[0]*x[1]"}, names=names).ok


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("h[0]_bar*2", r"is missing before '_bar'; the error signal of h\[0\] is written h_bar\[0\]"),
        ("hbar[0]*2", r"no node named 'hbar\[0\]'; did you mean .*'h_bar\[0\]'"),
        ("h_bar[5]*2", r"no node named 'h_bar\[5\]'; did you mean .*'h_bar\[1\]'"),
    ],
)
def test_what_is_suggested_is_accepted(formula: str, told: str) -> None:
    """A misspelt error signal of an entry is met with a spelling that formulas take."""
    names = layer()
    with pytest.raises(mx.FormulaError, match=told):
        mx.compare(names["L"], {"z[0]": formula}, names=names)


def test_own_names_come_first() -> None:
    """A name that the user gave means what he gave it to, also where it is one that derive would give."""
    t1, w = Value(3.0, "t1"), Value(2.0, "w")
    L = (w * t1) ** 2
    assert mx.compare(L, {"w": "2*w*t1**2"}).ok


def test_unknown_names_are_told_with_the_way_out() -> None:
    """A bar over a name that is not there, and a name of two nodes, give an error that says what to write."""
    names = neuron()
    with pytest.raises(mx.FormulaError, match="no node named 'q̄'; there are 'w'"):
        mx.compare(names["L"], {"q̄": 1.0}, names=names)
    with pytest.raises(mx.FormulaError, match="no node named 'q̄'"):
        mx.compare(names["L"], {"w": "q̄*x"}, names=names)
    a, b = Value(2.0, "y"), Value(3.0, "y")
    with pytest.raises(mx.FormulaError, match=r"2 nodes are named 'y': .* 'y\(1\)'"):
        mx.compare(a * b, {"y": 1.0})
    assert mx.compare(a * b, {"y(1)": 3.0, "y(2)": 2.0}).ok


@pytest.mark.parametrize(
    ("node", "formula", "told"),
    [
        ("w", "w̄", "w̄ is what is asked for"),
        ("w", "w_bar", "w_bar is what is asked for"),
        ("z", "z̄ + 0", "z̄ is what is asked for"),
        ("w", "b̄*x", "b̄ is of a node that is not computed from w"),
        ("y", "z̄/(y*(1 - y))", "z̄ is of a node that is not computed from y"),
    ],
)
def test_a_derivation_does_not_go_in_a_circle(node: str, formula: str, told: str) -> None:
    """An error signal that is known only with what is asked, or after it, is no part of its derivation, though its
    number is right; the other rows are judged nevertheless."""
    names = neuron()
    circular, right, wrong = mx.compare(names["L"], {node: formula, "b": "z̄", "t": "y - t"}, names=names).rows
    assert (circular.agrees, circular.ok, right.ok, wrong.ok) == (True, False, True, False)
    assert circular.explanation is not None
    assert circular.explanation.kind == "circle"
    assert circular.diagnosis.startswith(f"{told}; a derivation stands on error signals of nodes")
    assert "By hand" not in circular.diagnosis


def test_a_signal_of_another_index_is_one_wrong_row() -> None:
    """z̄[0] where z̄[1] belongs is told with the weight whose derivative that is, and hides no other row."""
    names = layer()
    hand = {"W": [["z̄[0]*x[0]", "z̄[0]*x[1]"], ["z̄[0]*x[0]", "z̄[1]*x[1]"]]}
    rows = mx.compare(names["L"], hand, names=names).rows
    assert [row.ok for row in rows] == [True, True, False, True]
    told = rows[2].explanation
    assert told is not None
    assert (told.kind, told.name) == ("wrong variable", "W[0,0]")
    assert told.text.startswith("z̄[0] is of a node that is not computed from W[1,0]; this is ∂L/∂W[0,0], ")
