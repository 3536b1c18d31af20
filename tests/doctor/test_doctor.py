"""The doctor of `compare`: what it says, of rows together too, and of what it cannot explain."""

from __future__ import annotations

import html
import math
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor import KINDS

from .examples import logistic, row, told

DZ = "(y - t) * y * (1 - y)"


@pytest.mark.parametrize(
    ("node", "formula", "sentence"),
    [
        ("w", f"-{DZ} * x", "the sign is flipped"),
        ("w", f"2 * {DZ} * x", "2 times too large: the ½ of L is missing"),
        ("w", "(y - t) * x", "you dropped σ'(z) = 0.247 at z"),
        ("w", DZ, "you dropped the factor x = 1.6, which is ∂z/∂w"),
        ("b", f"{DZ} * x", "you have an extra factor x = 1.6"),
        ("z", "(y - t) * z * (1 - z)", "z(1 − z) = 0.1716 stands where y(1 − y) belongs, which is σ'(z) = 0.247"),
        ("w", f"{DZ} * w", "differentiated by the other factor: w = 0.7 stands where the factor x = 1.6 belongs"),
        ("w", f"{DZ} * 1.6", "right at this point only: with x = "),
        ("z", f"1.7 * {DZ}", "1.7 times too large, by a constant that stands nowhere in the graph"),
        ("z", "cos(y * t)", "no explanation fits"),
        ("y", "-2 * (y - t)", "the sign is flipped, and the ½ of L is missing"),
        ("y", "2 * (t - y)", "the sign is flipped, and the ½ of L is missing"),
        ("w", "2 * (t - y) * y * (1 - y) * x", "the sign is flipped, and the ½ of L is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_a_sentence(node: str, formula: str, sentence: str) -> None:
    """The sentence names the nodes as the student does, and gives the number."""
    names = logistic()
    assert row(names["L"], node, formula, names).diagnosis.startswith(sentence)


def test_a_missing_path_is_told_with_both_ways() -> None:
    """The lectures' example: w reaches L_reg through z and through R, and one of the two contributions is missing."""
    names = logistic()
    names["R"] = names["w"] ** 2 / 2
    names["L_reg"] = names["L"] + 0.1 * names["R"]
    found = told(row(names["L_reg"], "w", f"{DZ} * x", names))
    assert found.text.startswith("w reaches L_reg through z and through R; the path through R, 0.07, is missing")
    assert (found.kind, found.name, found.node) == ("missing path", "R", names["R"])
    assert found.factor == pytest.approx(0.07)


def test_the_first_wrong_row_is_accused_once() -> None:
    """Rows that are wrong only because z̄ is, say so and name the first wrong one; what differs besides is told."""
    names = logistic()
    wrong = "(y - t) * y"
    hand = {"y": "y - t", "z": wrong, "w": f"{wrong} * x", "b": f"({wrong})", "x": wrong}
    rows = {each.name: each for each in mx.compare(names["L"], hand, names=names).rows}
    assert rows["y"].explanation is None
    assert told(rows["z"]).kind == "wrong derivative"
    assert (told(rows["w"]).kind, told(rows["w"]).name) == ("follows", "z")
    assert (told(rows["b"]).kind, told(rows["b"]).node) == ("follows", names["z"])
    assert (told(rows["x"]).kind, told(rows["x"]).name) == ("missing factor", "w")
    chain = mx.compare(names["L"], {"y": "t - y", "z": f"-{DZ}", "w": f"-{DZ} * x"}, names=names).rows
    assert [told(each).name for each in chain] == ["y", "y", "y"]


def test_numbers_of_several_rows_are_used_together() -> None:
    """Numbers for several nodes are held against each other: what follows from a wrong one, what is wrong besides."""
    names = logistic()
    y, t, x = (names[name].data for name in "ytx")
    wrong = (y - t) * y
    hand = {"y": y - t, "z": wrong, "w": wrong * x, "b": -wrong}
    rows = {each.name: each for each in mx.compare(names["L"], hand, names=names).rows}
    assert rows["y"].explanation is None
    assert (told(rows["z"]).kind, told(rows["z"]).certain) == ("wrong derivative", True)
    assert (told(rows["w"]).kind, told(rows["w"]).name) == ("follows", "z")
    assert told(rows["b"]).kind == "sign"
    assert "besides what follows from the wrong z\u0304" in told(rows["b"]).text


def test_what_nothing_explains_names_the_first_wrong_node() -> None:
    """If nothing fits, the first node in reverse order is named that is wrong given that its successors are right."""
    names = logistic()
    hand = {"y": "y - t", "z": "cos(y * t)", "w": "exp(b)"}
    rows = {each.name: each for each in mx.compare(names["L"], hand, names=names).rows}
    assert (told(rows["z"]).kind, told(rows["z"]).name) == ("unexplained", "z")
    assert "what was given for nodes after z is right" in told(rows["z"]).text
    assert (told(rows["w"]).kind, told(rows["w"]).name) == ("unexplained", "z")
    assert not told(rows["w"]).certain


def test_one_number_that_several_mistakes_explain_is_left_open() -> None:
    """With x = 2 a factor 2 may be x or the ½: both are named, and neither with certainty."""
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    L = (w * x - t) ** 2 / 2
    found = told(row(L, "w", -8.0))
    assert not found.certain
    assert found.text.startswith("perhaps: ")
    assert {"constant factor", "extra factor"} <= {found.kind, *(other.kind for other in found.others)}
    assert told(row(L, "w", "2 * (w * x - t) * x")).certain
    assert told(row(L, "w", "(w * x - t) * x * x")).kind == "extra factor"


def test_every_slip_everywhere_in_a_batch_is_one_mistake() -> None:
    """σ' dropped in every example of a batch, or the mean taken for the sum, is told once."""
    w, b = Value(0.3, "w"), Value(-0.2, "b")
    data = [(-1.0, 1.0), (-1.2, 0.0), (0.9, 1.0), (2.1, 0.0), (-0.3, 1.0)]
    L = mx.sum([(mx.sigmoid(w * x + b) - t) ** 2 / 2 for x, t in data]) / len(data)

    def by_hand(slope: bool = True, mean: bool = True, inputs: bool = True) -> Any:
        def derivative(w: float, b: float) -> float:
            total = 0.0
            for x, t in data:
                y = 1 / (1 + math.exp(-(w * x + b)))
                total += (y - t) * (y * (1 - y) if slope else 1.0) * (x if inputs else 1.0)
            return total / len(data) if mean else total

        return derivative

    assert row(L, "w", by_hand()).explanation is None
    assert told(row(L, "w", by_hand(slope=False))).kind == "missing factor"
    assert "in all 5 places" in told(row(L, "w", by_hand(slope=False))).text
    assert told(row(L, "w", by_hand(mean=False))).kind == "mean or sum"
    assert told(row(L, "w", by_hand(inputs=False))).kind == "missing factor"


def test_nothing_is_searched_for_before_it_is_asked() -> None:
    """A comparison only compares; its rows are explained when they are printed or asked, and once."""
    names = logistic()
    report = mx.compare(names["L"], {"w": DZ}, names=names)
    assert not report.ok
    doctor = report.rows[0].doctor
    assert "replay" not in vars(doctor.evidence)
    assert report.rows[0].explanation is report.rows[0].explanation
    assert "replay" in vars(doctor.evidence)


def test_the_same_comparison_says_the_same() -> None:
    """Random points are the same for the same graph: two reports agree to the letter."""
    names = logistic()
    reports = [str(mx.compare(names["L"], {"w": f"{DZ} * 1.6", "z": "y - t"}, names=names)) for _ in range(2)]
    assert reports[0] == reports[1]


def test_the_report_and_the_error_carry_the_diagnosis() -> None:
    """Text, HTML and the AssertionError of `assert_ok` all tell it."""
    names = logistic()
    report = mx.compare(names["L"], {"w": "(y - t) * x"}, names=names)
    sentence = "you dropped σ'(z) = 0.247 at z"
    assert sentence in str(report)
    assert html.escape(sentence) in report._repr_html_()
    with pytest.raises(AssertionError, match="you dropped"):
        report.assert_ok()


def test_hostile_labels_are_inert_in_a_diagnosis() -> None:
    """Quotes, tags, newlines and 10,000 characters in a label neither break the page nor the table."""
    evil = Value(1.5, '"><script>alert(1)</script>\n' + "x" * 10_000)
    w = Value(0.5, "{0}$\\input")
    z = w * evil
    L = mx.tanh(z)
    report = mx.compare(L, {w: lambda: -2.0, evil: 1.0, z: 1.0})
    page = report._repr_html_()
    assert "<script" not in page
    assert max(map(len, str(report).splitlines())) < 140
    assert all(each.explanation is not None for each in report.rows)


def test_large_graphs_are_searched_in_bounds() -> None:
    """A chain of 2,000 nodes is diagnosed by single slips, and says that not all was tried where nothing fits."""
    x = Value(0.5, "x")
    v: Value = x
    for _ in range(1000):
        v = mx.sin(v * 1.001)
    right = mx.grad(v, x)
    assert told(row(v, "x", -right)).kind == "sign"
    assert "not all was tried" in told(row(v, "x", 0.123456789123 * right)).text


def test_every_kind_that_is_told_is_documented() -> None:
    """`KINDS` has a sentence for each kind."""
    assert all(len(meaning) > 20 for meaning in KINDS.values())
