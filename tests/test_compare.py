"""Hand derivations of the lectures' examples are found right, and wrong ones wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value, grad
from microgradx.check import compare
from microgradx.expression import parse

Variables = dict[str, Any]


def regularised_logistic() -> Variables:
    """z = wx + b, y = σ(z), L = ½(y − t)², R = ½w², L_reg = L + λR (CSC 311, lecture 4)."""
    w, b, x = Value(0.5), Value(-1.5), Value(2.0)
    t, lam = 1.0, 0.1
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    L_reg = L + lam * R
    return locals()


def softmax_regression() -> Variables:
    """z = Wx + b, y = softmax(z), L = −Σ tₖ log yₖ for two inputs and three classes, the second one true."""
    x1, x2 = Value(0.7), Value(-1.1)
    w11, w12, w21, w22, w31, w32 = (Value(v) for v in (0.3, -0.2, 0.8, 0.5, -0.6, 0.1))
    b1, b2, b3 = Value(0.1), Value(0.2), Value(-0.3)
    t1, t2, t3 = 0.0, 1.0, 0.0
    z1, z2, z3 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2, w31 * x1 + w32 * x2 + b3
    e1, e2, e3 = mx.exp(z1), mx.exp(z2), mx.exp(z3)
    total = e1 + e2 + e3
    y1, y2, y3 = e1 / total, e2 / total, e3 / total
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2) + t3 * mx.log(y3))
    return locals()


def two_layers() -> Variables:
    """zᵢ = wᵢx + bᵢ, hᵢ = σ(zᵢ), yₖ = Σ vₖᵢhᵢ + cₖ, L = ½Σ (yₖ − tₖ)²: one input, two hidden units, two outputs."""
    x, t1, t2 = Value(0.9), 0.5, -0.5
    w1, w2, b1, b2 = Value(0.4), Value(-0.7), Value(0.1), Value(0.2)
    v11, v12, v21, v22 = Value(1.1), Value(-0.3), Value(0.6), Value(0.9)
    c1, c2 = Value(0.05), Value(-0.15)
    z1, z2 = w1 * x + b1, w2 * x + b2
    h1, h2 = mx.sigmoid(z1), mx.sigmoid(z2)
    y1, y2 = v11 * h1 + v12 * h2 + c1, v21 * h1 + v22 * h2 + c2
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2) / 2
    return locals()


DZ = "(y - t) * y * (1 - y)"
Z1, Z2 = "((y1-t1)*v11 + (y2-t2)*v21) * h1*(1-h1)", "((y1-t1)*v12 + (y2-t2)*v22) * h2*(1-h2)"
EXAMPLES: dict[str, tuple[Callable[[], Variables], str, dict[str, Any]]] = {
    "regularised logistic least squares": (
        regularised_logistic,
        "L_reg",
        {
            "L_reg": 1,
            "R": "lam",
            "L": 1.0,
            "y": lambda y, t: y - t,
            "z": DZ,
            "w": f"{DZ} * x + w * lam",
            "b": lambda y, t: (y - t) * y * (1 - y),
            "x": parse(f"{DZ} * w"),
        },
    ),
    "softmax regression": (
        softmax_regression,
        "L",
        {
            "y2": "-t2 / y2",
            "e1": "1 / total",
            "e2": "1 / total - 1 / e2",
            "total": lambda total: 1 / total,
            "z1": "y1 - t1",
            "z2": "y2 - t2",
            "z3": lambda z1, z2, z3: math.exp(z3) / sum(math.exp(z) for z in (z1, z2, z3)),
            "w11": "(y1 - t1) * x1",
            "w12": "(y1 - t1) * x2",
            "w21": "(y2 - t2) * x1",
            "w32": "(y3 - t3) * x2",
            "b1": "y1 - t1",
            "b2": "y2 - t2",
            "b3": "y3 - t3",
            "x1": "(y1-t1)*w11 + (y2-t2)*w21 + (y3-t3)*w31",
        },
    ),
    "two-layer network": (
        two_layers,
        "L",
        {
            "L": 1.0,
            "y1": "y1 - t1",
            "y2": "y2 - t2",
            "v11": "(y1 - t1) * h1",
            "v12": "(y1 - t1) * h2",
            "v21": "(y2 - t2) * h1",
            "v22": "(y2 - t2) * h2",
            "c1": "y1 - t1",
            "c2": "y2 - t2",
            "h1": "(y1-t1)*v11 + (y2-t2)*v21",
            "h2": "(y1-t1)*v12 + (y2-t2)*v22",
            "z1": Z1,
            "z2": Z2,
            "w1": f"{Z1} * x",
            "w2": f"{Z2} * x",
            "b1": Z1,
            "b2": Z2,
            "x": f"{Z1}*w1 + {Z2}*w2",
        },
    ),
}


@pytest.mark.parametrize(("example", "output", "hand"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_right_derivations_of_the_lectures_are_right(
    example: Callable[[], Variables], output: str, hand: dict[str, Any]
) -> None:
    """Every input, parameter and intermediate node of the examples agrees, to rounding, in the order given."""
    variables = example()
    report = compare(variables[output], hand, names=variables)
    report.assert_ok()
    assert report
    assert report.max_error < 1e-13
    assert [row.name for row in report.rows] == list(hand)
    for row in report.rows:
        assert row.node is variables[row.name]
        assert row.backprop == grad(variables[output], row.node)
        assert row.diagnosis == ""


@pytest.mark.parametrize(("example", "output", "hand"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_derivation_wrong_by_a_twentieth_of_a_percent_is_wrong(
    example: Callable[[], Variables], output: str, hand: dict[str, Any]
) -> None:
    """The comparison can fail: each derivation in turn, made 0.05 % too large, is the one that is reported."""
    variables = example()
    numbers = {row.name: row.hand for row in compare(variables[output], hand, names=variables).rows}
    for name in hand:
        report = compare(variables[output], {**hand, name: 1.0005 * numbers[name]}, names=variables)
        assert [row.name for row in report.rows if not row.ok] == [name]
        with pytest.raises(AssertionError) as caught:
            report.assert_ok()
        assert str(caught.value) == str(report)
        assert not report


@pytest.mark.parametrize(
    ("node", "mistake"),
    [
        ("y", "t - y"),
        ("y", "2 * (y - t)"),
        ("z", "(y - t)"),
        ("z", "(y - t) * y"),
        ("z", "(y - t) * z * (1 - z)"),
        ("w", "(y - t) * y * (1 - y) * x"),
        ("w", "(y - t) * y * (1 - y) + lam * w"),
        ("w", "(y - t) * y * (1 - y) * x + w"),
        ("w", lambda lam, w: lam * w),
        ("b", "(y - t) * y * (1 - y) * x"),
        ("b", 0),
        ("R", 1),
        ("x", math.nan),
        ("x", math.inf),
    ],
)
def test_the_mistakes_of_students_are_wrong(node: str, mistake: Any) -> None:
    """A lost factor, a sign, one path of two, an input too many: each is reported wrong, and it alone."""
    variables = regularised_logistic()
    (row,) = compare(variables["L_reg"], {node: mistake}, names=variables).rows
    assert not row.ok


def test_text_fits_a_terminal() -> None:
    """The table names each node with its derivation, both numbers, the error and a verdict, in 100 columns."""
    variables = regularised_logistic()
    report = compare(variables["L_reg"], {"w": f"{DZ} * x + lam * w + 0 * ({DZ})", "b": "y - t"}, names=variables)
    text = str(report)
    assert max(map(len, text.splitlines())) <= 100
    for word in ("∂L_reg/∂node", "1 of 2 right", "-0.2425605", "…", "ok", "y - t", "-0.6224593", "WRONG"):
        assert word in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_well_formed_and_inert() -> None:
    """Labels and formulas appear in HTML as they are written, and make no tag of their own."""
    evil = Value(1.0, '"><script>alert(1)</script>')
    L = evil * 2.0
    L.label = "<b>&"
    report = compare(L, {evil: lambda: 3.0, L: "1"})
    tags = _Tags()
    tags.feed(report._repr_html_())
    assert not tags.open
    assert tags.seen <= {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "i", "p"}
    assert '"><script>alert(1)</script>' in tags.text
    assert "<b>&" in tags.text
    assert "WRONG" in tags.text
    evil.label = "two\nlines\x1b[31m"
    assert "two lines [31m" in str(compare(L, {evil: 2.0}))


def test_the_derivative_of_another_node_tells_of_the_paths_beside_it() -> None:
    """Times ∂L/∂y it is right only where every path leads through y: in softmax others do not."""
    z = [Value(0.2), Value(-1.0), Value(0.7)]
    e = [mx.exp(v) for v in z]
    total = sum(e)
    y = [a / total for a in e]
    x = Value(0.4)
    h = mx.tanh(x)
    output = mx.exp(h * 2.0)
    of_many = mx.compare(-mx.log(y[1]) * y[0], {"z[0]": "y[0]*(1-y[0])"}, names={"z": z, "y": y})
    of_one = mx.compare((output - 1.0) ** 2 * mx.tanh(output), {"x": "1-h*h"}, names={"x": x, "h": h, "y": output})
    many, one = (" ".join(str(report).split()) for report in (of_many, of_one))
    assert "the derivative of y[0], not of L: the factor ∂L/∂y[0] = 2.282 is missing, and so are the paths" in many
    assert "the derivative of h, not of L: the factor ∂L/∂h = 9.766 is missing" in one
    assert "lead through" not in one
