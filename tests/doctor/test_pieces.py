"""What the doctor reads in a formula or in code itself: pieces that are missing or too many, names, operations."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor.reading import formula_of
from microgradx.expression import computed, parse

from .examples import row_of, told
from .first.mutations import Program


def neuron() -> dict[str, Any]:
    """y = tanh(wx + b), L = ½(y − t)²."""
    w, b, x, t = Value(0.7), Value(0.2), Value(1.3), Value(0.4)
    z = w * x + b
    y = mx.tanh(z)
    L = (y - t) ** 2 / 2
    return locals()


def residual() -> dict[str, Any]:
    """o = x + v·tanh(wx), L = ½(o − t)², t a plain number."""
    x, w, v, t = Value(0.6), Value(1.3), Value(-0.8), 1.7
    u = mx.tanh(w * x)
    o = x + v * u
    L = (o - t) ** 2 / 2
    return locals()


def softmax() -> dict[str, Any]:
    """Cross-entropy of a softmax with soft labels."""
    z1, z2, z3, t1, t2, t3 = map(Value, (0.3, 1.9, -0.4, 0.2, 0.5, 0.3))
    p1, p2, p3 = mx.softmax([z1, z2, z3])
    L = -(t1 * mx.log(p1) + t2 * mx.log(p2) + t3 * mx.log(p3))
    return locals()


def bernoulli() -> dict[str, Any]:
    """Binary cross-entropy with label 0."""
    z, t = Value(0.4), Value(0.0)
    y = mx.sigmoid(z)
    L = -(t * mx.log(y) + (1 - t) * mx.log(1 - y))
    return locals()


def gauss() -> dict[str, Any]:
    """A Gaussian's negative log-likelihood with its log-variance s."""
    m, s, t = Value(0.7), Value(0.4), Value(1.9)
    d = t - m
    L = (s + d**2 * mx.exp(-s)) / 2
    return locals()


def line() -> dict[str, Any]:
    """y = wx + b, L = ½(y − t)², x a plain number."""
    w, b, t, x = Value(0.8), Value(0.3), Value(0.5), 1.53
    y = w * x + b
    L = (y - t) ** 2 / 2
    return locals()


def dead() -> dict[str, Any]:
    """y = x + relu(z) with z < 0: y and x are the same number everywhere."""
    x, z, t = Value(0.6), Value(-1.3), Value(0.9)
    y = x + mx.relu(z)
    L = (y - t) ** 2 / 2
    return locals()


SAID = [
    (neuron, "w", "-t*(1-y**2)*x", "missing path", "a term y = 0.8041 is missing beside -t"),
    (
        neuron,
        "w",
        "(y-t)*-y**2*x",
        "missing path",
        "a term 1 is missing beside -y**2: (y - t) * (1 - y**2) * x is right",
    ),
    (neuron, "w", "(y-t)*(1-3*y**2)*x", "constant factor", "a factor 3 is too many"),
    (neuron, "w", "(y-t*x)*(1-y**2)*x", "extra factor", "a factor x = 1.3 is too many"),
    (neuron, "w", "(y/3-t)*(1-y**2)*x", "constant factor", "a factor 1/3 is too many"),
    (neuron, "w", "(y-t)*(1-y**2)*x + 1", "extra term", "a term 1 is added"),
    (neuron, "w", lambda y, t, x: (y - x) * (1 - y**2) * x, "wrong variable", "x stands where t belongs"),
    (residual, "v", "(o - x)*u", "wrong variable", "x stands where t belongs: (o - t)*u is right"),
    (residual, "v", lambda o, x, u: (o - x) * u, "wrong variable", "x stands where t belongs: (o - t) * u is right"),
    (softmax, "p2", "-t2/p1", "wrong index", "p1 stands where p2 belongs"),
    (softmax, "z1", "p1 + t1", "operation", "+ stands where - belongs"),
    (bernoulli, "y", "-t/y + (1-y)/(1-y)", "wrong variable", "y stands where t belongs: -t/y + (1-t)/(1-y) is right"),
    (gauss, "s", "(1 - d**2*exp(s))/2", "sign", "the sign of the argument is flipped"),
    (gauss, "d", "d/exp(-s)", "wrong derivative", "was divided by, where it is multiplied by"),
    (line, "w", "(y-t)/x", "operation", "/ stands where * belongs: (y-t)*x is right"),
    (line, "w", lambda y, t, x: (y - t) / x, "operation", "/ stands where * belongs: (y - t) * x is right"),
    (dead, "x", "y - t + t", "extra term", "a term t = 0.9 is too many"),
]


@pytest.mark.parametrize(("graph", "name", "hand", "kind", "said"), SAID)
def test_what_is_written_is_said(graph: Any, name: str, hand: Any, kind: str, said: str) -> None:
    """A piece, a name or an operation is blamed in the formula's own words where other words would only fit as well."""
    found = told(row_of(graph, name, hand))
    assert found.kind == kind, found
    assert said in found.text


@pytest.mark.parametrize(
    ("graph", "name", "hand"),
    [
        (line, "w", (1.524 - 0.5) * 0.8),  # w for x: one number, and the value of a node for a factor
        (bernoulli, "y", "-t/y + 1/(1 - t)"),
    ],
)
def test_what_may_be_meant_otherwise_is_not_asserted(graph: Any, name: str, hand: Any) -> None:
    """Where several mistakes give the same numbers everywhere, or one number is all there is, none is certain."""
    assert not told(row_of(graph, name, hand)).certain


@pytest.mark.parametrize(
    "text",
    ["-(y - t) * exp(x)**2 / 3", "(a - (b - c)) / (d / e)", "-x**2 * -(y + 1)", "2**(-x)", "sigmoid(z) * (1 - z)"],
)
def test_a_tree_of_pieces_is_the_formula(text: str) -> None:
    """Printed and computed again, the pieces of a formula are that formula."""
    numbers = {name: 0.3 + 0.4 * k for k, name in enumerate("abcdetxyz")}
    tree = parse(text).tree
    assert str(tree) == text
    assert parse(str(tree)).tree == tree
    assert computed(tree.order(), numbers) == parse(text).evaluate(numbers)


def test_a_function_is_known_in_every_form_of_its_name() -> None:
    """A name that Python itself would take for exp is exp, also where pieces are put together otherwise."""
    tree = parse("-ｅｘｐ(x)").tree
    assert computed(tree.order(), {"x": 0.0}) == -1.0
    assert parse(str(tree)).tree == tree


def test_a_long_formula_is_answered() -> None:
    """A wrong formula of thousands of terms has an answer, as one of three has: its tree is as deep as it is long."""
    values = line()
    row = mx.compare(values["L"], {"w": "(y - t)*y*3.7" + " + t - t" * 1_200}, names=values).rows[0]
    assert "By hand − right" in row.diagnosis


def test_code_that_chooses_is_no_formula() -> None:
    """What runs on floats alone, or in operations that formulas do not have, is not read."""
    assert formula_of(lambda x: math.fsum([x, 1.0]), {"x": 1.0}) is None
    assert formula_of(lambda x: mx.select(x > 0, x, 0.0), {"x": 1.0}) is None
    assert str(formula_of(lambda x, y: -0.1 * x / (2 * y), {"x": 1.0, "y": 2.0})) == "-0.1 * x / (2 * y)"


def _elsewhere(program: Program, seed: int) -> dict[str, float]:
    """Return the numbers of a program at another point."""
    rng = random.Random(seed)
    numbers = {name: v.data * rng.uniform(0.7, 1.3) for name, v in program.values.items() if v._primitive is None}
    for name in program.inner:
        numbers[name] = float(parse(program.texts[name]).evaluate(numbers))
    return numbers


def test_nothing_false_is_asserted_of_random_slips() -> None:
    """A formula that is said to be right is so at other points, and a sign that is said to be flipped is so there."""
    claims = 0
    for seed in range(60):
        program = Program(seed)
        if any("relu" in text for text in program.texts.values()):
            continue
        for slip in program.slips(4):
            found = mx.compare(program.values["L"], {slip.row: slip.formula}, names=program.values).rows[0].explanation
            if found is None or not found.certain or not (found.formula or found.text == "the sign is flipped"):
                continue
            for k in range(3):
                at = _elsewhere(program, 1000 * seed + k)
                right = parse(program.gradient(slip.row)).evaluate(at)
                claimed = parse(found.formula).evaluate(at) if found.formula else -parse(slip.formula).evaluate(at)
                assert claimed == pytest.approx(right, rel=1e-6, abs=1e-12), (slip, found)
                claims += 1
    assert claims > 30
