"""What the doctor asserts to be written stands in the formula: explanations by a mere identity are told as possible."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.check.doctor.reading import written
from microgradx.check.doctor.written import Written
from microgradx.expression import parse

from .second.right import RIGHT as SECOND
from .third.right import RIGHT as THIRD

POINTS = ({"x": 1.3, "y": -0.7, "t": 2.1, "D": 0.9}, {"x": 0.4, "y": 1.9, "t": -1.1, "D": 1.6})
STANDS = re.compile(r"^(?:you have an extra factor )?(\w+)(?:\[[\d,]+\])? = \S+(?: stands| *$)")


def formula(text: str) -> Written:
    """Return a formula at the points."""
    found = written(parse(text), POINTS[0], POINTS)
    assert found is not None
    return found


def numbers(text: str) -> tuple[float, ...]:
    """Return a formula's numbers at the points."""
    return tuple(float(parse(text).evaluate(at)) for at in POINTS)


@pytest.mark.parametrize(
    ("text", "factor", "there"),
    [
        ("(y - t)*x", "y - t", True),
        ("(y - t)*x", "x*(y - t)", True),
        ("(y - t)*x", "t - y", True),  # but for the sign
        ("(y - t)*x", "3*x", True),  # but for a constant
        ("(y - t)*x", "D", False),
        ("y - t", "y*x", False),
        ("x/D**2", "1/D", True),
        ("x/D**2", "D", False),
        ("exp(x*y)", "x", True),
        ("(x + 1)/(y + 2)", "1/(y + 2)", True),
    ],
)
def test_factors_are_found(text: str, factor: str, there: bool) -> None:
    """A factor is found wherever it stands in a product, alone or as several, above or below the line."""
    assert formula(text).has(numbers(factor)) is there


@pytest.mark.parametrize(
    ("text", "term", "there"),
    [
        ("x*(y - t) + D", "x*y", True),
        ("x*(y - t) + D", "-x*t", True),
        ("x*(y - t) + D", "D", True),
        ("x*(y - t) + D", "x*(y - t)", True),
        ("x + y + t", "x + t", True),
        ("x*(y - t) + D", "x*t", False),
        ("(x + 2)*y", "2*y", True),
        ("(x**2 + y**2)/2", "x**2", False),  # only half of it is
        ("exp(x + y)", "x", False),
    ],
)
def test_terms_are_found(text: str, term: str, there: bool) -> None:
    """A term is found as by multiplying out, also several together, or all but it; not inside of a function."""
    assert formula(text).adds(numbers(term)) is there


def test_where_no_formula_is_to_be_seen_nothing_is_looked_into() -> None:
    """Code that runs on floats alone has no parts; code of plain arithmetic has those of a formula."""
    assert written(lambda x, **_: math.exp(x), POINTS[0], POINTS) is None
    assert written(lambda **_: 1.0, POINTS[0], POINTS) is None
    found = written(lambda x, y, **_: x * (y - 1), POINTS[0], POINTS)
    assert found is not None
    assert found.has(numbers("y - 1"))


def mutated(text: str, rng: random.Random) -> str:
    """Return a formula in which one name stands for another, or one operation."""
    names = list(re.finditer(r"[A-Za-z]\w*(?:\[\d\])*(?!\w*\()", text))
    if rng.random() < 0.6 and len(names) > 1:
        wrong, right = rng.sample(names, 2)
        return f"{text[: wrong.start()]}{right.group()}{text[wrong.end() :]}"
    signs = [m.start() for m in re.finditer(r"(?<=\w|\)|\]| )[-+*/](?! *[*])(?<!\*\*)", text)]
    at = rng.choice(signs or [0])
    return f"{text[:at]}{rng.choice('+-*/')}{text[at + 1 :]}" if signs else text


def wrong_rows(count: int) -> Iterator[tuple[str, Any]]:
    """Yield formulas with a slip of the pen, and their rows, where they are wrong and can be evaluated."""
    rng = random.Random(4)
    right = [(graph, node, d) for graph, node, d in SECOND + THIRD if isinstance(d, str) and d[0] != "#"]
    for _ in range(count):
        graph, node, derivation = rng.choice(right)
        text = mutated(derivation, rng)
        variables = {name: x for name, x in graph().items() if name[0] != "_"}
        try:
            found = mx.compare(variables["L"], {node: text}, names=variables).rows[0]
        except (mx.FormulaError, mx.DomainError):
            continue
        if not found.ok:
            yield text, found


def test_what_is_said_to_stand_there_is_written() -> None:
    """Of formulas with a random slip the name that is asserted to be extra, or in place of another, is in them."""
    said = 0
    for text, found in wrong_rows(300):
        told = found.explanation
        assert told is not None
        if told.certain and (match := STANDS.match(told.text)):
            assert match[1] in text, (text, told.text)
            said += 1
    assert said > 20


def test_an_identity_is_told_as_possible() -> None:
    """With eᵈ in twice at both places the derivative of log ½(eᵈ + e⁻ᵈ) is eᵈ − e⁻ᵈ; but nobody wrote that."""
    d = Value(-0.8, "d")
    L = mx.log((mx.exp(d) + mx.exp(-d)) / 2)
    told = mx.compare(L, {"d": "exp(d) - exp(-d)"}).rows[0].explanation
    assert told is not None
    assert not told.certain
    assert told.text.startswith("perhaps: ")
    told = mx.compare(L, {"d": "d"}).rows[0].explanation
    assert told is not None
    assert (told.kind, told.certain) == ("wrong derivative", True)
