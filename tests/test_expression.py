"""Formulas as text mean what Python would mean by them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradx import DomainError, Value, grad, jvp
from microgradx.expression import parse
from microgradx.grammar import FUNCTIONS

AT = {
    "x": 2.0,
    "y": 3.0,
    "lambda": 0.5,
    "beta": 0.25,
    "S": 7.0,
    "if": 4.0,
    "exp": 1.5,
    "w1": 6.0,
    "μ": -1.0,
    "v1[2,3]": 10.0,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (".5", 0.5),
        ("2e-3 + 1.", 1.002),
        ("2 - 3 - 4", -5),
        ("8 / 4 / 2", 1),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("-x**2", -4),
        ("(-x)**2", 4),
        ("2**-1", 0.5),
        ("2**3**2", 512),
        ("x**-y**2", 2.0**-9),
        ("2 * -x", -4),
        ("--x", 2),
        ("+x", 2),
        ("-x * y", -6),
        ("x^y", 8),
        ("x · y − 1 × 2", 4),
        ("exp * exp(1)", 1.5 * math.e),
        ("lambda * beta + S - if", 3.125),
        ("w₁", 6),
        ("v1[2,3] * v1[2, 3] + v1[ 2 ,3 ]", 110),
        ("\u00b5 + x", 1),
        ("pi * x + π", 3 * math.pi),
        ("\n x\t+ 1 ", 3),
        ("max(x, y, 1)", 3),
        ("min(x, 1)", 1),
        ("sum(x, y, 1)", 6),
        ("logsumexp(x, x)", 2 + math.log(2)),
        ("pow(x, y)", 8),
        ("ln(x) - log(x)", 0),
        ("σ(0)", 0.5),
        ("leaky_relu(-x) + leaky_relu(-x, 0.5)", -1.02),
        ("abs(-x) + sign(-x) + step(x) + relu(-x)", 2),
        ("σ'(0) + sigma′(0) + sigmoid’ (0)", 0.75),
        ("relu'(x) * tanh'(0) - exp'(0) + step'(x)", 0),
    ],
)
def test_a_formula_means_what_python_would_mean(text: str, value: float) -> None:
    """Precedence, grouping, functions and names give the value that they would have on paper."""
    assert parse(text).evaluate(AT) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", [name for name, f in FUNCTIONS.items() if f.least == 1])
def test_every_function_of_one_operand_can_be_called(name: str) -> None:
    """Each row of the table that takes one operand is a function of formulas, by name and by symbol."""
    assert math.isfinite(parse(f"{name}(x)").evaluate(AT))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.endswith("'")])
def test_a_prime_is_the_derivative_of_the_function(name: str) -> None:
    """f'(x) is the slope that backprop finds of f at x, on floats and on Values, and is differentiated itself."""
    slope, f = parse(f"{name}(x)"), parse(f"{name[:-1]}(x)")
    x = Value(0.7)
    assert slope.evaluate({"x": 0.7}) == grad(f.evaluate({"x": x}), x)
    _, curvature = jvp(lambda at: slope.evaluate({"x": at[0]}), [0.7], [1.0])
    h = 1e-5
    differences = (slope.evaluate({"x": 0.7 + h}) - slope.evaluate({"x": 0.7 - h})) / (2 * h)
    assert curvature == pytest.approx(differences, rel=1e-7, abs=1e-9)


LEAVES = st.sampled_from(["x", "y", "2", "0.5", "3.25"])
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]}) {t[1]} {t[2]}"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"{t[0]}{t[1]}({t[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join),
        inner.map(lambda t: f"-{t}"),
        LEAVES.map(lambda t: f"{t}**2"),
        st.tuples(LEAVES, LEAVES).map(lambda t: f"-{t[0]}**-{t[1]}"),
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(FORMULAS)
def test_random_formulas_agree_with_python_itself(text: str) -> None:
    """Whatever is grouped or signed, the value is the one that Python gives (eval stands here only as the oracle)."""
    expected = eval(text, {"__builtins__": {}}, {"x": 2.0, "y": 3.0})
    assert parse(text).evaluate({"x": 2.0, "y": 3.0}) == pytest.approx(expected, rel=1e-14, abs=1e-14)


def test_names_come_in_order_of_appearance_and_once() -> None:
    """`names` lists what needs a value: no function, no pi, nothing twice."""
    assert parse("b * a + exp(b) + exp * pi").names == ("b", "a", "exp")
    assert str(parse(" b * a ")) == "b * a"


def test_a_name_of_a_constant_may_be_a_node() -> None:
    """A value that is given for pi wins over the number."""
    assert parse("pi").evaluate({"pi": 3.0}) == 3.0


def test_a_formula_runs_on_every_kind_of_number() -> None:
    """On Values it records a graph with constants as written; on Duals it carries tangents along."""
    expression = parse("x * y + exp(x) / 3")
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = expression.evaluate({"x": x, "y": y})
    assert grad(z, [x, y]) == [pytest.approx(3.0 + math.exp(2.0) / 3), 2.0]
    assert z.operands[1].operands[1].__class__ is int
    tangent = jvp(lambda v: expression.evaluate({"x": v[0], "y": v[1]}), [2.0, 3.0], [0.0, 1.0])[1]
    assert tangent == 2.0
    assert expression.evaluate({"x": 2.0, "y": 3.0}) == z.data


def test_leaving_a_domain_is_a_domain_error() -> None:
    """A formula raises what its operations raise."""
    with pytest.raises(DomainError, match="needs x > 0"):
        parse("log(x)").evaluate({"x": -1.0})
