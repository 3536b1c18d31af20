"""What SymPy makes of a derivation: that it is equal, or by hand − right, as short as a student writes it."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor.as_written import MOST_MONOMIALS, factored, monomials, plain_exponents
from microgradx.expression import parse

from .examples import elastic, gate, hinge, leaky, logistic, row, row_of, square
from .first.catalogue import MISTAKES
from .first.graphs import GRAPHS

S = "(p - t)*x + l1*sign(w)"


def test_symbols_tell_whether_formulas_are_equal() -> None:
    """SymPy shows that formulas are equal though written differently, or what remains; of numbers nothing."""
    pytest.importorskip("sympy")
    names = logistic()
    L = names["L"]
    assert row(L, "w", "x * (y - t) / (2 + exp(z) + exp(-z))", names).symbolic == "equal"
    assert row(L, "y", "t - y", names).symbolic in ("-2*(-t + y)", "2*(t - y)")
    assert "By hand − right = " in row(L, "y", "t - y", names).diagnosis
    assert row(L, "y", lambda y, t: t - y, names).symbolic == ""
    assert row(L, "y", 0.5, names).symbolic == ""


def test_without_sympy_the_points_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy is an extra: without it the same mistake is named."""
    real_import = builtins.__import__

    def no_sympy(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "sympy":
            raise ImportError(name)
        return real_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_sympy)
    names = logistic()
    found = row(names["L"], "w", "(y - t) * x", names)
    assert found.symbolic == ""
    assert found.diagnosis == "you dropped σ'(z) = 0.247 at z"


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
    assert row_of(graph, name, hand).symbolic == shown


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
    assert "By hand − right = (T*Z*p[0] - e[0])/(T*Z)" in " ".join(str(report).split())


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


def test_numbers_in_exponents_are_no_powers() -> None:
    """exp(0.577·q) is a factor like another, and not the 577th power of one: that would be factored for hours."""
    sympy = pytest.importorskip("sympy")
    a, b, q = sympy.symbols("a b q", real=True)
    odd = sympy.Rational(57735, 100000)
    found = factored(sympy, a * sympy.exp(odd * q) + b * sympy.exp(odd * q))
    assert found == (a + b) * sympy.exp(odd * q)
    plain, numbers = plain_exponents(sympy, sympy.exp(odd * q) * sympy.exp(-odd * b) + a ** sympy.Rational(1, 2))
    assert list(numbers.values()) == [odd]
    assert plain.atoms(sympy.Rational) <= {sympy.Rational(1, 2), sympy.Integer(-1), sympy.Integer(1)}


def test_what_is_much_work_is_left_as_it_is() -> None:
    """A product of long sums is not multiplied out to be factored."""
    sympy = pytest.importorskip("sympy")
    x = sympy.symbols("x:9")
    long = sympy.Add(*x) ** 4 - sympy.Add(*x[:5]) ** 4
    assert monomials(sympy, long) > MOST_MONOMIALS
    assert factored(sympy, long) == long


def test_the_difference_of_an_attention_is_found() -> None:
    """A softmax of scaled scores, with exponents such as 0.57735·k·q, is written as formulas too."""
    pytest.importorskip("sympy")
    q, k1, k2, v1, v2, scale = Value(1.1), Value(0.7), Value(-0.5), Value(2.2), Value(-0.8), 3**-0.5
    s1, s2 = q * k1 * scale, q * k2 * scale
    a1, a2 = mx.softmax([s1, s2])
    o = a1 * v1 + a2 * v2
    report = mx.compare(o, {"v1": "a1 * v1", "s1": "a1 * (v1 - o)"}, names=locals())
    assert report.rows[0].symbolic == "a1*(v1 - 1)"
    assert report.rows[1].ok
