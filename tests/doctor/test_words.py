"""The sentences of the doctor: terms without names, signs of constants, masks, and what is not certain."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor.naming import Names
from microgradx.expression import parse
from microgradx.notation import Notation
from microgradx.sweep import nodes

from .examples import batch, elastic, gate, hinge, leaky, normalisation, row_of, square

S = "(p - t)*x + l1*sign(w)"
SENTENCES = [
    (square, "w", "-(y - t)*x", "constant factor", "L", "the sign is flipped, and the 2 of L is missing"),
    (square, "w", "-4*(y - t)*x", "constant factor", "L", "the sign is flipped, and the 2 of L is in it once too"),
    (square, "w", "-2/3*(y - t)*x", "constant factor", "", "perhaps: the sign is flipped, and it is 3 times too"),
    (square, "w", "-(y - t)", "missing factor", "x", "perhaps several mistakes: the sign is flipped; you dropped the "),
    (elastic, "w", f"{S} + l2*w", "constant factor", "L", "the 2 of w**2 is missing"),
    (elastic, "w", "(p - t)*x + 2*l2*w", "missing path", "l1 * abs(w)", "w reaches L through p and the term l2 * w**2"),
    (elastic, "w", f"{S} - 2*l2*w", "sign", "l2 * w**2", "the sign of the path through the term l2 * w**2 is flipped"),
    (elastic, "w", f"{S} + 2.6*l2*w", "constant factor", "l2 * w**2", "the path through the term l2 * w**2 is 1.3 "),
    (elastic, "w", f"{S} + 2*w", "missing factor", "l2", "you dropped the factor l2 = 0.31"),
    (batch, "w", "(sigmoid(z1) - t1 + sigmoid(z2) - t2 + sigmoid(z3) - t3)*x1/3", "wrong index", "x1",
     "x1 = 1.24 stands in all 3 terms, also where x2 = -0.58 belongs"),
    (leaky, "z1", "0", "wrong derivative", "z1", "perhaps: 0 stands where leaky relu'(z1) = 0.13 belongs"),
    (leaky, "z2", "0.13*(y - t)*v2", "mask", "z2", "0.13 stands where leaky relu'(z2) = 1 belongs, since z2 = 0.8 > 0"),
    (hinge, "w", "-(x1*step(-k1) + x2*step(-k2))/2", "mask", "k1", "the masks are inverted: relu'(k1) = 0"),
    (gate, "z", "2*h*m*o*(1 - z)", "activation", "z", "o(1 − z) = 0.5618 stands where o(1 − o) belongs"),
    (gate, "z", "2*h*m*z*(1 - o)", "activation", "z", "z(1 − o) = "),
    (normalisation, "x1", "a1*r", "missing path", "m", "m and v were held constant, though x1 moves them: the paths"),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "name", "hand", "kind", "node", "sentence"), SENTENCES)
def test_a_mistake_is_told_as_a_teacher_would(
    graph: Any, name: str, hand: str, kind: str, node: str, sentence: str
) -> None:
    """The kind, the node and the sentence fit, where nodes have no names too, and signs are not lost."""
    found = row_of(graph, name, hand).explanation
    assert found is not None
    assert (found.kind, found.name) == (kind, node)
    assert found.text.startswith(sentence)


@pytest.mark.parametrize(
    "compute",
    [
        lambda a, b, c: a - (b - c),
        lambda a, b, c: a - (b + c) * a,
        lambda a, b, c: (a**b) ** c,
        lambda a, b, c: a / (b / c),
        lambda a, b, c: (a * -2.0) ** 2,
        lambda a, b, c: (-a) ** 2 - (-b) * c,
        lambda a, b, c: mx.sigmoid(a - b) * mx.max(b, c),
    ],
)
def test_a_node_without_a_name_is_called_by_what_it_computes(compute: Any) -> None:
    """Read as a formula, what a nameless node is called gives the node's number: no parentheses are lost."""
    a, b, c = (Value(x, name) for x, name in ((1.25, "a"), (2.0, "b"), (0.75, "c")))
    output = compute(a, b, c) + 0.0
    order = nodes(output)
    text = Names(order, Notation(output), {}).call(len(order) - 2)
    assert parse(text).evaluate({"a": 1.25, "b": 2.0, "c": 0.75}) == pytest.approx(output.data, rel=1e-15)


def test_overwriting_is_told_of_numbers_only() -> None:
    """= for += is a program's mistake: it is told where a number has only what is added last."""
    names = elastic()
    p, t, x = (names[name].data for name in ("p", "t", "x"))
    told = row_of(elastic, "w", (p - t) * x).explanation
    assert told is not None
    assert "as if = stood where += belongs" in told.text
    by_formula = row_of(elastic, "w", "(p - t)*x").explanation
    assert by_formula is not None
    assert "+=" not in by_formula.text


@pytest.mark.parametrize(("digits", "certain"), [(17, True), (4, False)])
def test_a_rounded_number_is_no_certain_evidence(digits: int, certain: bool) -> None:
    """A number with all its digits hardly fits by chance; with four many things do."""
    names = square()
    wrong = (names["y"].data - names["t"].data) * names["x"].data
    found = row_of(square, "w", float(f"{wrong:.{digits}g}")).explanation
    assert found is not None
    assert (found.kind, found.certain) == ("constant factor", certain)


def test_several_mistakes_are_not_certain() -> None:
    """A sign and one slip are certain of a formula; a slip and a constant are told together, and as a guess."""
    sign = row_of(square, "w", "-(y - t)*x").explanation
    several = row_of(square, "w", "-(y - t)").explanation
    assert sign is not None
    assert several is not None
    assert (sign.certain, several.certain) == (True, False)
    assert several.text.endswith("the 2 of L is missing")


def test_the_first_wrong_signal_lies_on_the_way() -> None:
    """A wrong row through which no path from here leads is not accused of what nothing explains."""
    names = batch()
    report = mx.compare(names["L"], {"w": "cos(w*x1)", "b": "exp(b)"}, names=names)
    for found in report.rows:
        assert found.explanation is not None
        assert (found.explanation.kind, found.explanation.name) == ("unexplained", found.name)


def test_a_name_is_credited_only_for_a_number_of_the_graph() -> None:
    """A Value that the output does not depend on, or a plain ½, is not taken for the ½ of L."""
    y, t, w, half = Value(1.4), Value(0.3), Value(0.5), 0.5
    L = (y - t) ** 2 / 2
    for names in ({"y": y, "t": t, "w": w}, {"y": y, "t": t, "half": half}):
        told = mx.compare(L, {"y": "2*(y - t)"}, names=names).rows[0].explanation
        assert told is not None
        assert told.text == "2 times too large: the ½ of L is missing"
    lam = 0.3
    told = mx.compare(lam * y**2, {"y": "2*y"}, names=locals()).rows[0].explanation
    assert told is not None
    assert "the factor lam = 0.3" in told.text
    told = mx.compare(y**2 / lam, {"y": "2*y"}, names=locals()).rows[0].explanation
    assert told is not None
    assert "1/lam" in told.text


def test_what_is_right_at_one_point_only_is_named_elsewhere() -> None:
    """A factor that is 1 at the recorded point is told as dropped where it is not."""
    a, x = Value(0.8), Value(1.0)
    L = mx.tanh(a * x)
    told = mx.compare(L, {"a": "1 - L**2"}, names=locals()).rows[0].explanation
    assert told is not None
    assert told.kind == "this point only"
    assert "; there you dropped the factor x = " in told.text


@pytest.mark.parametrize(
    ("hand", "certain"), [("-k*sigmoid(k*z)", True), ("-k*sigmoid(-k*z)*z", False), ("k*sigmoid(k*z)", False)]
)
def test_the_sign_of_an_argument_is_told(hand: str, certain: bool) -> None:
    """f'(z) for f'(−z) is told as that, and asserted only by itself: with another sign it may be a missing term."""
    z, k = Value(0.7), Value(1.3)
    L = mx.softplus(-k * z)
    told = mx.compare(L, {"z": hand}, names=locals()).rows[0].explanation
    assert told is not None
    assert (told.kind == "sign" and "the sign of the argument" in told.text) == certain


def test_a_product_of_several_factors_is_told() -> None:
    """Where a part of a sum was taken for the whole of a logarithm the share N/p is missing, with its number."""
    m, x, c = Value(0.4), 1.3, 0.35
    N = mx.exp(-((x - m) ** 2))
    p = c * N + 0.2
    L = mx.log(p)
    told = mx.compare(L, {"m": "2*(x - m)"}, names=locals()).rows[0].explanation
    assert told is not None
    assert told.text == f"you dropped the factor c * N / p = {0.35 * N.data / p.data:.4g}"
    assert (told.kind, told.name, told.certain) == ("missing factor", "N", True)
    wrong = mx.compare(L, {"m": "2*(x - m)*c*N/x"}, names=locals()).rows[0].explanation
    assert wrong is not None
    assert "you dropped" not in wrong.text


def test_a_derivative_beside_others_is_not_called_the_whole() -> None:
    """Where a node reaches another by several ways, what one of them contributes is called a part of the derivative."""
    w, x, b, t, lam = Value(0.7, "w"), Value(1.3, "x"), Value(0.2, "b"), Value(0.9, "t"), Value(0.1, "lam")
    y = w * x + b
    y.label = "y"
    L = (y - t) ** 2 / 2 + lam * w**2 / 2
    found = str(mx.compare(L, {"w": "(y-t)*x + lam*w**2/2"}).rows[0].explanation)
    assert "stands where the direct part of ∂L/∂w = 0.07 belongs" in found


@pytest.mark.parametrize("hand", [0.0, "0"])
def test_a_path_without_names_is_told_once(hand: float | str) -> None:
    """Where no node before L has a name, L depends on v, which is no operand; and no alternative says the same."""
    v = Value(0.5, "v")
    (row,) = mx.compare((mx.tanh(v * 2) * mx.exp(v * 3) + 1) ** 2, {"v": hand}).rows
    assert row.explanation is not None
    assert row.explanation.text.count("L depends on v; what it contributes, 123.6, is missing") == 1
    assert "operand" not in row.explanation.text
    texts = [row.explanation.text, *(other.text for other in row.explanation.others)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("key", ["u1", "t3", "∂L/∂u1"])
def test_a_node_is_called_as_the_row_calls_it(key: str) -> None:
    """A row of a node without a name is told of by that which derive gave it."""
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    L = (mx.tanh(w * x * x + b) - 1.0) ** 2
    (row,) = mx.compare(L, {key: 0.0}).rows
    assert row.explanation is not None
    assert f"L depends on {key.removeprefix('∂L/∂')}; " in row.explanation.text
