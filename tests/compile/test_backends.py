"""Every program of the zoo on every back end, against the engine row by row: to the last bit in strict mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.paths.stages import Kind

from . import networks
from .crosschecks import UNIT, Wrong, applies, check, orders, same_bits
from .examples import Program
from .forms import Form, forms
from .ways import WEIGHT, ways
from .zoo import ZOO


def several() -> Program:
    """Return a net's softmax: several outputs, one of which does not depend on anything."""
    model = mx.nn.MLP(3, [4, 3], activation="tanh", seed=5)

    def f(x: Any) -> Any:
        return [*mx.softmax(model(x)), 2.0, x[0]]

    return Program(f, model.parameters(), networks.points((3,)))


EVERY: dict[str, Callable[[], Program]] = {each.name: each.build for each in ZOO} | {"several outputs": several}
NUMPY, *MACHINE = forms()
LARGE = ("transformer over 4 tokens", "transformer over 3 tokens, fused")
RARELY = ("transformer over 4 tokens", *(f"random graph {i}" for i in (0, 1, 2, 4, 5)))
USUAL = [name for name in EVERY if name not in RARELY]


def chosen(name: str, strict: bool) -> Iterator[tuple[Kind, Form]]:
    """Yield kinds of work and forms, in turn over programs: all of them together are minutes, see `tests.proofs`."""
    i = 2 * list(EVERY).index(name) + strict
    yield Kind.GRADIENT, NUMPY
    yield Kind.GRADIENT, MACHINE[i % len(MACHINE)]
    yield Kind.GRADIENT, MACHINE[(i + 3) % len(MACHINE)]
    if name not in LARGE:
        others = (Kind.VALUES, Kind.JACOBIAN, Kind.TANGENTS, Kind.TRAINING, Kind.HESSIAN)
        yield others[i % 5], MACHINE[(i + 5) % len(MACHINE)]
        yield others[(i + 2) % 5], MACHINE[(i + 6) % len(MACHINE)]
        yield others[(i + 1) % 5], NUMPY


@pytest.mark.parametrize("name", USUAL)
def test_strict_is_bit_equal(name: str) -> None:
    """Values, gradients, Jacobians and tangents have the engine's bits, in batches of any size.

    The gradient by parameters is the sum over the rows, one after the other.
    """
    for way in ways(EVERY[name](), strict=True, count=3 if name in LARGE else 5)[:2]:
        for kind, form in chosen(name, strict=True):
            if applies(way, kind):
                check(way, kind, form.kernel(way.plan(kind), True))


@pytest.mark.parametrize("name", ["net of 3-5-1, tanh", "powers"])
def test_strict_back_ends_agree_on_second_derivatives(name: str) -> None:
    """A Hessian in strict mode has the same bits on every back end."""
    for way in ways(EVERY[name](), strict=True):
        plan, given = way.plan(Kind.HESSIAN), way.given(Kind.HESSIAN)
        for order in orders(len(given), (3, 33)):
            found = [f.kernel(plan, True)(given, order, WEIGHT, way.parameters).outputs["hessian"] for f in forms()]
            assert all(same_bits(x, found[0]) for x in found)


def test_a_wrong_bit_is_seen() -> None:
    """One gradient that is wrong in its last bit, and one guard that comes out otherwise, are noticed."""
    way = ways(EVERY["hinge loss with an if"](), strict=True)[0]
    right = NUMPY.kernel(way.plan(Kind.GRADIENT), True)

    def wrong(*given: Any) -> Any:
        result = right(*given)
        return result._replace(gradient=np.nextafter(result.gradient, 9.0))

    def turned(*given: Any) -> Any:
        result = right(*given)
        return result._replace(outputs=result.outputs | {"guards": 1.0 - result.outputs["guards"]})

    for kernel in (wrong, turned):
        with pytest.raises(Wrong):
            check(way, Kind.GRADIENT, kernel)
    check(way, Kind.GRADIENT, right)


@pytest.mark.parametrize("name", ["net of 2-16-16-1, relu", "LSTM over 4 steps", "Gaussian mixture", "random graph 2"])
def test_a_wrong_sum_is_seen(name: str) -> None:
    """In default mode a plan with one sign the other way round, and one coefficient 1e-9 off, are noticed."""
    way = ways(EVERY[name](), strict=False)[0]
    plan = way.plan(Kind.GRADIENT)
    sums = [i for i, nest in enumerate(plan.nests) if any(s.b is not None for s in nest.segments)]
    i = sums[len(sums) // 2]
    head, *rest = plan.nests[i].segments
    nest = replace(plan.nests[i], segments=(replace(head, sign=-head.sign), *rest))
    wrong = replace(plan, nests=(*plan.nests[:i], nest, *plan.nests[i + 1 :]))
    for form in (NUMPY, *MACHINE[:2]):
        with pytest.raises(Wrong):
            check(way, Kind.GRADIENT, form.kernel(wrong, False))
    moved = replace(way, inputs=way.inputs * (1.0 + 1e4 * UNIT))
    with pytest.raises(Wrong):
        check(moved, Kind.VALUES, NUMPY.kernel(way.plan(Kind.VALUES), False))
