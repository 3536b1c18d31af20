"""Every row of the table has a derivation, and its formulas come to the numbers of its rules."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.derive.algebra import SYMBOLIC, Name
from microgradx.derive.partials import partials
from microgradx.primitives import REAL, TABLE, Primitive
from microgradx.replay import local_partials

from .checks import samples
from .test_derive import BAR, leaves


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_every_row_derives(p: Primitive) -> None:
    """The partials of each row, as formulas, come to the numbers that its own rules give."""
    for operands in samples(p, 24):
        if p.name == "pow" and operands[0] <= 0:
            continue
        z = p.value(mx.floats.FLOATS, *operands)
        named = [
            tuple(Name(f"x{i}", f"x{i}", x) for i, x in enumerate(block)) if isinstance(block, tuple) else
            Name(f"x{slot}", f"x{slot}", block)
            for slot, block in enumerate(operands)
        ]  # fmt: skip
        formulas = partials(p, Name("z", "z", z), named)
        for formula, number in zip(formulas, local_partials(p, z, operands), strict=True):
            assert (formula is None) == (number is None)
            if formula is not None and number is not None:
                assert formula.number == pytest.approx(number, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("p", [p for p in TABLE if p.taught], ids=lambda p: p.name)
def test_taught_partials_are_the_partials(p: Primitive) -> None:
    """Where a row has its partials also as the lectures write them, both are equal away from saturation and ties."""
    for operands in samples(p, 50):
        z = p.value(mx.floats.FLOATS, *operands)
        taught = [rule(mx.floats.FLOATS, z, *operands) for rule in p.taught]
        flat = [x for entry in taught for x in (entry if p.blocks else [entry])]
        ties = isinstance(operands[0], tuple) and len(set(operands[0])) < len(operands[0])
        if not ties:
            assert flat == pytest.approx(local_partials(p, z, operands), rel=1e-9, abs=1e-12)


def test_a_wrong_formula_is_noticed() -> None:
    """The tests above can fail: 1 − y in place of 1 − y² comes to another number."""
    wrong = replace(mx.primitives.row("tanh"), taught=(lambda m, z, x: 1 - z,))
    y, x = Name("y", "y", math.tanh(0.5)), Name("x", "x", 0.5)
    found = partials(wrong, y, [x])[0]
    assert found is not None
    assert found.number != pytest.approx(mx.grad(mx.tanh(v := Value(0.5)), v), rel=1e-3)


def test_a_new_row_derives_without_more() -> None:
    """A row made by the user derives, in symbols and numbers, as if it stood in the table."""
    cube = Primitive("cube", "x³", "{0}^3", (REAL,), lambda m, x: x * x * x, (lambda m, z, x: 3.0 * x * x,))
    u, w = leaves(u=2.0, w=3.0)
    derivation = mx.derive(mx.apply(cube, u) * w, u)
    texts = [line.text for line in derivation.lines if line.kind != "given"]
    assert texts == ["L = u³·w", f"L{BAR}", f"u{BAR} = 3·w·u²"]
    assert derivation.lines[-1].value == 36.0


def test_the_arithmetic_has_every_row() -> None:
    """Each row of the table can be called in the arithmetic of formulas."""
    assert all(hasattr(SYMBOLIC, p.name) for p in TABLE)
