"""The sentences of the doctor: terms without names, signs of constants, masks, kinks, and what SymPy shows."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.hand import ComparisonRow
from microgradx.expression import parse
from tests.doctor.catalogue import MISTAKES
from tests.doctor.graphs import GRAPHS

Variables = dict[str, Any]


def square() -> Variables:
    """y = wx, L = (y − t)²."""
    w, x, t = Value(1.18), Value(0.87), Value(-0.63)
    y = w * x
    L = (y - t) ** 2
    return locals()


def elastic() -> Variables:
    """p = wx, L = ½(p − t)² + l₁|w| + l₂w²: one named node, and two penalties that are terms of L."""
    w, x, t, l1, l2 = Value(0.69), Value(1.27), Value(1.94), Value(0.16), Value(0.31)
    p = w * x
    L = (p - t) ** 2 / 2 + l1 * abs(w) + l2 * w**2
    return locals()


def batch() -> Variables:
    """zᵢ = wxᵢ + b, L = ⅓Σ (softplus(zᵢ) − tᵢzᵢ): cross-entropy over three examples."""
    w, b, x1, x2, x3 = Value(0.67), Value(-0.35), Value(1.24), Value(-0.58), Value(2.11)
    t1, t2, t3 = 1.0, 0.0, 0.0
    z1, z2, z3 = w * x1 + b, w * x2 + b, w * x3 + b
    L = (mx.softplus(z1) - t1 * z1 + mx.softplus(z2) - t2 * z2 + mx.softplus(z3) - t3 * z3) / 3
    return locals()


def leaky() -> Variables:
    """z₁ < 0 < z₂, y = v₁h₁ + v₂h₂ with leaky ReLUs, L = ½(y − t)²."""
    z1, z2, v1, v2, t = Value(-1.1), Value(0.8), Value(0.79), Value(-1.21), Value(0.27)
    h1, h2 = mx.leaky_relu(z1, 0.13), mx.leaky_relu(z2, 0.13)
    y = v1 * h1 + v2 * h2
    L = (y - t) ** 2 / 2
    return locals()


def hinge() -> Variables:
    """L = ½Σ relu(kᵢ), the first of two examples beyond the margin."""
    w, x1, x2 = Value(0.88), Value(1.53), Value(-0.37)
    k1, k2 = 1 - w * x1, 1 - w * x2
    L = (mx.relu(k1) + mx.relu(k2)) / 2
    return locals()


def gate() -> Variables:
    """o = σ(z), h = om, L = h²."""
    z, m = Value(-0.4), Value(0.7)
    o = mx.sigmoid(z)
    h = o * m
    L = h**2
    return locals()


def normalisation() -> Variables:
    """dᵢ = xᵢ − m, v the variance, L = Σ aᵢdᵢ/√v."""
    x1, x2, x3, a1, a2, a3 = map(Value, (0.7, -1.4, 2.1, 0.5, -0.9, 0.3))
    m = (x1 + x2 + x3) / 3
    d1, d2, d3 = x1 - m, x2 - m, x3 - m
    v = (d1**2 + d2**2 + d3**2) / 3
    r = v**-0.5
    L = a1 * d1 * r + a2 * d2 * r + a3 * d3 * r
    return locals()


def row(graph: Any, name: str, hand: Any) -> ComparisonRow:
    """Return the row of a derivation for a node of a graph."""
    names = graph()
    return mx.compare(names["L"], {name: hand}, names=names).rows[0]


S = "(p - t)*x + l1*sign(w)"
SENTENCES = [
    (square, "w", "-(y - t)*x", "constant factor", "L", "the sign is flipped, and the 2 of L is missing"),
    (square, "w", "-4*(y - t)*x", "constant factor", "L", "the sign is flipped, and the 2 of L is in it once too"),
    (square, "w", "-2/3*(y - t)*x", "constant factor", "", "the sign is flipped, and it is 3 times too small, by a"),
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
    found = row(graph, name, hand).explanation
    assert found is not None
    assert (found.kind, found.name) == (kind, node)
    assert found.text.startswith(sentence)


def test_overwriting_is_told_of_numbers_only() -> None:
    """= for += is a program's mistake: it is told where a number has only what is added last."""
    names = elastic()
    p, t, x = (names[name].data for name in ("p", "t", "x"))
    told = row(elastic, "w", (p - t) * x).explanation
    assert told is not None
    assert "as if = stood where += belongs" in told.text
    by_formula = row(elastic, "w", "(p - t)*x").explanation
    assert by_formula is not None
    assert "+=" not in by_formula.text


@pytest.mark.parametrize(("digits", "certain"), [(17, True), (4, False)])
def test_a_rounded_number_is_no_certain_evidence(digits: int, certain: bool) -> None:
    """A number with all its digits hardly fits by chance; with four many things do."""
    names = square()
    wrong = (names["y"].data - names["t"].data) * names["x"].data
    found = row(square, "w", float(f"{wrong:.{digits}g}")).explanation
    assert found is not None
    assert (found.kind, found.certain) == ("constant factor", certain)


def test_several_mistakes_are_not_certain() -> None:
    """A sign and one slip are certain of a formula; a slip and a constant are told together, and as a guess."""
    sign = row(square, "w", "-(y - t)*x").explanation
    several = row(square, "w", "-(y - t)").explanation
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


def test_at_a_kink_the_slopes_come_first() -> None:
    """With the wrong sign at a kink the slopes are told, and that the other sign would do."""
    w = Value(0.5, "w")
    k = 1 - 2.0 * w
    k.label = "k"
    found = mx.compare(mx.relu(k), {"w": 2.0}).rows[0]
    assert found.explanation is not None
    assert found.explanation.kind == "sign"
    assert found.diagnosis.endswith("the hand value does not lie between them; with the other sign it would")
    assert "0 < 0" not in found.diagnosis


@pytest.mark.parametrize(
    ("graph", "name", "hand", "shown"),
    [
        (square, "w", "(y - t)*x", "-x*(y - t)"),
        (square, "w", "2*(t - y)*x", "4*x*(t - y)"),
        (gate, "z", "2*h*m*o", "2*h**2*o"),
        (elastic, "w", f"{S} + w**2", "w*(w - 2*l2)"),
        (hinge, "w", "-x1*step(k1)/2", "x2*1[k2 > 0]/2"),
        (leaky, "z1", "(y - t)*v1", "87*v1*(1 - 1[z1 > 0])*(y - t)/100"),
        (leaky, "z2", "0.13*(y - t)*v2", "-87*v2*(y - t)*1[z2 > 0]/100"),
    ],
)
def test_the_difference_is_written_as_the_student_writes(graph: Any, name: str, hand: str, shown: str) -> None:
    """Sums stand as in the formula, steps as 1[k > 0], whole numbers without a point."""
    pytest.importorskip("sympy")
    assert row(graph, name, hand).symbolic == shown


def test_the_difference_is_made_short_by_what_nodes_mean() -> None:
    """Where the formula has exp(−s) and the graph calls it p, the difference has one of both."""
    pytest.importorskip("sympy")
    s, d1, d2 = Value(0.4), Value(1.1), Value(-0.7)
    p = mx.exp(-s)
    L = p * (d1 + d2) ** 2
    found = mx.compare(L, {"d1": "-2*(d1 + d2)*exp(-s)"}, names=locals()).rows[0]
    assert found.symbolic == "-4*p*(d1 + d2)"


def test_the_difference_is_the_difference() -> None:
    """What is shown as by hand − right is just that number, for every formula of the catalogue."""
    pytest.importorskip("sympy")
    shown = 0
    for name, hand, *_ in MISTAKES:
        example, output = GRAPHS[name]
        names = example()
        for found in mx.compare(names[output], hand, names=names).rows:
            if found.ok or found.symbolic in ("", "equal") or "1[" in found.symbolic:
                continue
            difference = parse(found.symbolic)
            numbers = {each: float(getattr(names[each], "data", names[each])) for each in difference.names}
            assert difference.evaluate(numbers) == pytest.approx(found.hand - found.backprop, rel=1e-9)
            shown += 1
    assert shown > 30


def test_the_difference_names_what_was_computed_beside_the_graph() -> None:
    """A Value that the output does not depend on stays a name in the difference: its number is that of one point."""
    o, T = [Value(0.3, "o0"), Value(-0.4, "o1")], Value(1.7, "T")
    e = [mx.exp(v / T) for v in o]
    Z = mx.sum(e)
    p = [v / Z for v in e]
    report = mx.compare(-mx.log(p[1]), {"o0": "p[0]"}, names={"e": e, "Z": Z, "p": p})
    assert "By hand − right = (T*Z*p[0] - e[0])/(T*Z)" in str(report)


def test_a_relu_is_its_own_mask() -> None:
    """In the difference 1[k > 0] is left out beside relu(k), which is 0 where that is."""
    pytest.importorskip("sympy")
    e, D = Value(0.4, "e"), Value(0.9, "D")
    g = mx.relu(1.7 - D * e)
    assert mx.compare(g**2 / 2, {"e": "-g"}, names={"g": g}).rows[0].symbolic == "g*(D - 1)"


def test_constants_keep_their_names_in_the_difference() -> None:
    """A plain number that the formula calls by a name keeps it in the difference."""
    pytest.importorskip("sympy")
    q, a = Value(0.4, "q"), Value(1.2, "a")
    k = a * q**2.3
    assert mx.compare(k, {"q": "a*q**(g - 1)"}, names={"g": 2.3}).rows[0].symbolic == "-a*q**(g - 1)*(g - 1)"
    found = mx.compare(0.15 * a**2, {"a": "2*lam*a"}, names={"lam": 0.3}).rows[0]  # ½λ was multiplied out before
    assert found.symbolic == "3*a/10"


def test_the_difference_is_in_the_names_of_sums_and_in_tanh() -> None:
    """Where y − t has a name it stands for both, and exponentials that are a tanh are one."""
    pytest.importorskip("sympy")
    y, t = Value(0.3, "y"), Value(1.1, "t")
    d = y - t
    L = mx.log((mx.exp(d) + mx.exp(-d)) / 2)
    assert mx.compare(L, {"y": "y - t"}, names={"d": d}).rows[0].symbolic == "d - tanh(d)"
