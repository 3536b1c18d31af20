"""Text that is no formula is refused with the reason and a mark under the place, whatever it is, and never executed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradx import FormulaError
from microgradx.expression import LONGEST, parse
from microgradx.grammar import DEEPEST


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet="xy1.e+-*/^(),= \n'\"_[]é²", max_size=30))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    """No text whatever makes the parser fail otherwise than with a FormulaError."""
    with contextlib.suppress(FormulaError):
        assert parse(text).pieces


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("x +", "ends where a number", 3),
        ("x * / y", "'/' stands where", 4),
        ("2x", "operator is missing before 'x'", 1),
        ("x y", "operator is missing before 'y'", 2),
        ("(x + y", "never closed", 0),
        ("x + y)", "no '\\(' belongs", 5),
        ("x, y", "only separates the operands", 1),
        ("exp(x y)", "operator, ',' or '\\)' is missing", 6),
        ("exp()", "exp takes 1 operand, not 0", 0),
        ("exp(x, y)", "exp takes 1 operand, not 2", 0),
        ("exp(,x)", "',' stands where", 4),
        ("max()", "at least 1 operand, not 0", 0),
        ("leaky_relu(1, 2, 3)", "1 or 2 operands, not 3", 0),
        ("2 * tahn(x)", "did you mean 'tanh'", 4),
        ("x(y)", "no function named 'x'.*written with \\*", 0),
        ("-log x", "the function is written log\\(x\\)", 5),
        ("1/2(x + y)", "operator is missing before '\\('", 3),
        ("x**2(x + y)", "operator is missing before '\\('", 4),
        ("1/½x", "operator is missing before 'x'", 3),
        ("2½", "operator is missing before '½'", 1),
        ("x'", "names the derivative of a function", 1),
        ("x' * σ(x)", "names the derivative of a function", 1),
        ("x·∂L", "an error signal is written ∂L/∂z", 2),
        ("𝟙[x > 0]", "is written step\\(z\\)", 0),
        ("2*|x|", "is written abs\\(z\\)", 2),
        ("√x", "is written sqrt\\(z\\)", 0),
        ("\\sigma(x)", "its name alone, as in sigma", 0),
        ("φ'(x)", 'no function named "φ\'"', 0),
        ("max'(x, y)", 'no function named "max\'"', 0),
        ("y = x", "one expression", 2),
        ("x > 0", "the indicator 𝟙\\[z > 0\\] is written step", 2),
        ("x[", "only whole numbers index a name, as in w2", 1),
        ("x[a]", "only whole numbers index a name, as in w2", 1),
        ("x[0]]", "only whole numbers index a name, as in w2", 4),
        ("foo(x)", "there are 'exp', 'log', 'sqrt', 'sin', 'cos', 'tanh', 'sigmoid', 'relu'", 0),
        ("x.real", "'\\.' has no meaning", 1),
        ("1e999", "beyond the range", 0),
        ("__import__('os')", "names the derivative of a function", 11),
        ("x\x1b[31m", "has no meaning", 1),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, reason: str, place: int) -> None:
    """What does not follow the grammar raises FormulaError with the reason, the text, and a mark under the place."""
    with pytest.raises(FormulaError, match=reason) as caught:
        parse(text)
    _, shown, mark = str(caught.value).split("\n")
    assert shown == "    " + text.replace("\x1b", " ")
    assert mark == " " * (4 + place) + "^"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("L + lamda * R", "no node named 'lamda'; did you mean 'lambda'"),
        ("l", "did you mean 'L'"),
        ("q", "there are 'L', 'lambda', 'R'"),
        ("R[0]", "no node named 'R\\[0\\]'; there are 'L', 'lambda', 'R'"),
        ("log * L", "the function is written log"),
        ("e^(L)", "e\\^x is written exp\\(x\\)"),
        ("L*∂L/∂R", "a partial derivative is written out, as in σ'"),
    ],
)
def test_an_unknown_name_is_answered_with_near_ones(text: str, reason: str) -> None:
    """A name without a value raises FormulaError, which tells the names that it may have meant."""
    with pytest.raises(FormulaError, match=reason):
        parse(text).evaluate({"L": 1.0, "lambda": 2.0, "R": 3.0})


HOSTILE = {
    "open parentheses": "(" * 9_999,
    "closed parentheses": "(" * 4_999 + "x" + ")" * 4_999,
    "signs": "-" * 9_999 + "x",
    "powers": "x**" * 3_000 + "x",
    "calls": "exp(" * 2_000 + "x" + ")" * 2_000,
    "too long": "x+" * LONGEST + "x",
    "digits": "9" * 5_000,
    "an endless name": "x * " + "y" * 9_000 + "(x)",
    "nothing": "",
    "space": " \n\t",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_without_harm(text: str) -> None:
    """Deep nesting, endless digits and long texts raise FormulaError, never RecursionError, with a short message."""
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert len(str(caught.value)) < 500


def test_length_alone_is_no_obstacle() -> None:
    """A sum of thousands of terms, and nesting down to the limit, evaluate."""
    assert parse("+".join(["x"] * 4_000)).evaluate({"x": 1.0}) == 4_000
    depth = DEEPEST - 1
    assert parse("(" * depth + "x" + ")" * depth).evaluate({"x": 1.0}) == 1.0


def test_a_formula_is_a_string() -> None:
    """Anything but a string is a TypeError."""
    with pytest.raises(TypeError, match="a formula is a string, not 3"):
        parse(3)  # type: ignore[arg-type]  # the point of the test
