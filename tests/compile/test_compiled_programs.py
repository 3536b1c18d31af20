"""Random programs, compiled: the engine's bits in strict mode, and the exact chain rule within bounds by default."""

from __future__ import annotations

import math

import numpy as np
import pytest

from microgradx.compile.paths.stages import Kind
from microgradx.primitives import row

from ..programs import Program, Step
from .compiled_programs import drawn, error, gradient, way_of
from .crosschecks import check
from .forms import forms

NUMPY, *MACHINE = forms()


@pytest.mark.parametrize("part", range(5))
def test_default_gradients_are_the_exact_chain_rule(part: int) -> None:
    """What default mode misses of the exact chain rule on the engine's numbers is within the bound that compile states.

    It is 2⁻⁵³ times the larger of (2·depth + 4)·Σ|path products| and 2·Σ|∂g/∂v|·|v| over the numbers v on the way.
    """
    for number in range(40 * part, 40 * part + 40):
        program = drawn(0, number, 24)
        way = way_of(program, strict=False)
        for form in (NUMPY, MACHINE[number % len(MACHINE)]):
            assert error(program, way, gradient(way, form)).bounded <= 1.0, (number, form.name)


@pytest.mark.parametrize("part", range(3))
def test_strict_programs_have_the_engines_bits(part: int) -> None:
    """Values and gradients of random programs are the engine's in strict mode, so that its bound holds for them."""
    for number in range(40 * part, 40 * part + 40):
        way = way_of(drawn(1, number, 24), strict=True)
        for form in (NUMPY, MACHINE[number % len(MACHINE)]):
            check(way, Kind.JACOBIAN, form.kernel(way.plan(Kind.JACOBIAN), True), (1, 3))


def test_no_bound_by_path_products_alone_can_hold() -> None:
    """Where cos is almost 0 the last bit of exp decides the slope of sin(exp(x)): roundings on the way count too."""
    program = Program((math.log(math.pi / 2.0),), (Step(row("exp"), (0,)), Step(row("sin"), (1,))))
    way = way_of(program, strict=False)
    y = math.nextafter(math.exp(*program.inputs), 9.0)  # another exp, right to an ulp
    other = error(program, way, np.array([math.cos(y) * y]))
    assert other.k > 1e9
    assert other.bounded <= 1.0


def test_a_gradient_that_is_wrong_in_its_last_digits_is_seen() -> None:
    """The bounds refuse gradients that are 1e-13 off, of most programs even 1e-14."""
    refused = 0
    for number in range(30):
        program = drawn(0, number, 24)
        way = way_of(program, strict=False)
        found = gradient(way, NUMPY)
        refused += error(program, way, found * (1.0 + 1e-14)).bounded > 1.0
        if found.any():
            assert error(program, way, found * (1.0 + 1e-11)).bounded > 1.0
    assert refused > 10
