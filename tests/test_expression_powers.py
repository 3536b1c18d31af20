"""Superscript digits in formulas are powers, as derivations print them; the bar of an entry stands before its index."""

from __future__ import annotations

import pytest

from microgradx.errors import FormulaError
from microgradx.expression import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x²", 4.0),
        ("-x²", -4.0),
        ("(-x)²", 4.0),
        ("2**x²", 16.0),
        ("x²**y", 64.0),
        ("x¹⁰", 1024.0),
        ("3·x⁻¹", 1.5),
        ("10⁻³", 1e-3),
        ("(1 − h[0]²)", 0.75),
        ("exp(0·x)²", 1.0),
    ],
)
def test_superscripts_are_powers(text: str, value: float) -> None:
    """They bind to what they stand at, tighter than any sign or operator."""
    assert parse(text).evaluate({"x": 2.0, "y": 3.0, "h[0]": 0.5}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("x² ²", "operator is missing before '²'", 3),
        ("x⁻", "'⁻' has no meaning", 1),
        ("²", "'²' stands where", 0),
        ("x²y", "operator is missing before 'y'", 2),
        (f"x{'⁹' * 400}", "beyond the range", 1),
        ("x[0]_bar", r"before '_bar'; the error signal of x\[0\] is written x_bar\[0\]", 4),
        ("(x[0]_bar)", r"before '_bar'; the error signal of x\[0\] is written x_bar\[0\]", 5),
        ("x _bar", "a product is written with", 2),
    ],
)
def test_what_is_no_power_is_shown_where_it_is(text: str, reason: str, place: int) -> None:
    """What does not follow the grammar raises FormulaError with the reason and a mark under the place."""
    with pytest.raises(FormulaError, match=reason) as caught:
        parse(text)
    mark = str(caught.value).split("\n")[-1]
    assert mark.index("^") == 4 + place
