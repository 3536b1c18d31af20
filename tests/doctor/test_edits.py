"""The doctor in the words of the derivation: missing terms, and names, signs and exponents that stand for others."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor.reading import written
from microgradx.expression import parse


def softmax(targets: tuple[float, ...]) -> dict[str, Any]:
    """L = −Σ tₖ log pₖ with p = softmax(z)."""
    zs = [Value(z, f"z{k}") for k, z in enumerate((0.3, -0.4, 0.2)[: len(targets)], 1)]
    ts = [Value(t, f"t{k}") for k, t in enumerate(targets, 1)]
    ps = mx.softmax(zs)
    names = {f"p{k}": p for k, p in enumerate(ps, 1)}
    return {**names, "L": mx.sum([-t * mx.log(p) for t, p in zip(ts, ps, strict=True)])}


@pytest.mark.parametrize("targets", [(1.0, 0.0), (0.7, 0.3), (1.0, 0.0, 0.0), (0.2, 0.5, 0.3)])
def test_a_missing_term_is_told_in_the_names_of_the_formula(targets: tuple[float, ...]) -> None:
    """Where the path that is missing leads through nodes without names, the term is told that it stands for."""
    names = softmax(targets)
    (found,) = mx.compare(names["L"], {"z1": "p1"}, names=names).rows
    assert found.explanation is not None
    assert found.explanation.kind == "missing path"
    assert found.explanation.text == "the term −t1 is missing"


@pytest.mark.parametrize(
    ("node", "formula", "kind", "sentence"),
    [
        ("w", "(y - t)*y*(1 - y)*x * lam*w", "operation", "* stands where + belongs: (y - t)*y*(1 - y)*x + lam*w is"),
        ("w", "(y + t)*y*(1 - y)*x + lam*w", "operation", "+ stands where - belongs: (y - t)*y*(1 - y)*x + lam*w is"),
        ("b", "(y - t)*y*(1 + y)", "wrong derivative", "y(1 + y) = 0.5201 stands where σ'(z) = 0.235 belongs"),
        ("y", "z - t", "activation", "z stands where y belongs: with that it is right (z is before the activation)"),
        (
            "w",
            "(y - t)*y*(1 - t)*x + lam*w",
            "wrong variable",
            "t stands where y belongs: (y - t)*y*(1 - y)*x + lam*w is",
        ),
        ("y", "y - b", "wrong variable", "b stands where t belongs: with that it is right"),
    ],
)
def test_one_word_of_a_formula_is_told(node: str, formula: str, kind: str, sentence: str) -> None:
    """One name or sign of operation that stands for another is told where the graph alone does not explain it."""
    w, x, b, t, lam = Value(0.5), Value(2.0), Value(-1.5), Value(1.0), 0.3
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2 + lam / 2 * w**2
    (found,) = mx.compare(L, {node: formula}, names=locals()).rows
    assert found.explanation is not None
    assert found.explanation.text.startswith(sentence)
    assert found.explanation.kind == kind
    assert found.explanation.certain


def gaussian() -> dict[str, Any]:
    """L = (x − m)²/2s² + log s."""
    x, m, s = Value(1.7), Value(0.6), Value(1.3)
    L = (x - m) ** 2 / (2 * s**2) + mx.log(s)
    return locals()


@pytest.mark.parametrize(
    ("node", "formula", "sentence"),
    [
        ("s", "1/s - (x - m)**2/s**2", "s**2 stands where s**3 belongs: 1/s - (x - m)**2/s**3 is right"),
        ("s", "1/s - (x - m) ^ 3/s^3", "(…) ^ 3 stands where (…) ^ 2 belongs: 1/s - (x - m) ^ 2/s^3 is right"),
        ("m", "-(x - m)/s", "s stands where s**2 belongs: -(x - m)/s**2 is right"),
        ("x", "(x - m**2)/s**2", "m**2 stands where m belongs: (x - m)/s**2 is right"),
    ],
)
def test_one_exponent_of_a_formula_is_told(node: str, formula: str, sentence: str) -> None:
    """An exponent that is off by one, a square that was forgotten or put in is told by the formula that is right."""
    names = gaussian()
    (found,) = mx.compare(names["L"], {node: formula}, names=names).rows
    assert found.explanation is not None
    assert found.explanation.text == sentence
    assert found.explanation.certain


def test_names_of_all_indices_stand_for_others() -> None:
    """One kind of name that stands for another in all terms is one mistake, of plain data too."""
    w, x1, x2, t1, t2 = Value(0.7), 1.4, -0.6, 0.9, -0.3
    y1, y2 = w * x1**2, w * x2**2
    r1, r2 = y1 - t1, y2 - t2
    L = (r1**2 + r2**2) / 2
    squares = mx.compare(L, {"w": lambda r1, r2, x1, x2: r1 * x1 + r2 * x2}, names=locals()).rows[0].explanation
    assert squares is not None
    assert squares.text == "x1 and x2 stand where x1² and x2² belong: with these it is right"
    values = mx.compare(L, {"w": "y1*x1**2 + y2*x2**2"}, names=locals()).rows[0].explanation
    assert values is not None
    assert values.text == "y1 and y2 stand where r1 and r2 belong: with these it is right"
    assert (values.kind, values.certain) == ("wrong variable", True)


@pytest.mark.parametrize(
    ("formula", "cancels"),
    [("p * q * (1 / p)", True), ("p * q / p", True), ("q + p - q", True), ("p * (1 - p) / q", False), ("p - q", False)],
)
def test_parts_that_cancel_are_seen(formula: str, cancels: bool) -> None:
    """Nobody writes what cancels: a formula in which it does is not put forward as what was meant."""
    numbers = [{"p": 0.3, "q": 1.7}, {"p": 0.4, "q": 1.1}]
    formula_of = written(parse(formula), numbers[0], numbers)
    assert formula_of is not None
    assert formula_of.cancels() == cancels


def test_no_edit_is_told_whose_result_cancels() -> None:
    """p(1 − p) besides p − t, which has it already, is one factor too many, and no − that should be a /."""
    zs = [Value(z) for z in (0.4, -0.3, 0.1)]
    p, t = mx.softmax(zs), [0.2, 0.7, 0.1]
    L = -(t[0] * mx.log(p[0]) + t[1] * mx.log(p[1]) + t[2] * mx.log(p[2]))
    found = mx.compare(L, {"zs[1]": "(p[1] - t[1])*p[1]*(1 - p[1])"}, names=locals()).rows[0].explanation
    assert found is not None
    assert found.text.startswith("you have an extra factor p[1](1 − p[1]) = ")
