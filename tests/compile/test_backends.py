"""Every program of the zoo on every back end, against the engine row by row: to the last bit in strict mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.stages import Work

from . import functions, networks, sequences
from .crosschecks import UNIT, WEIGHT, WORKS, Form, Way, Wrong, applies, check, forms, orders, same_bits, ways
from .examples import Program
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


def chosen(program: int, work: int) -> list[Form]:
    """Return NumPy and two forms of machine code, of one row and of blocks, in turn over programs and kinds of work."""
    processor = (program + work) % (len(MACHINE) // 2)
    return [NUMPY, *MACHINE[2 * processor : 2 * processor + 2]]


@pytest.mark.parametrize("name", EVERY)
def test_strict_is_bit_equal(name: str) -> None:
    """Values, gradients, Jacobians and tangents have the engine's bits, in batches of any size.

    The gradient by parameters is the sum over the rows, one after the other. Second derivatives are the engine's but
    for roundings.
    """
    program = list(EVERY).index(name)
    for way in ways(EVERY[name](), strict=True, count=3 if name in LARGE else 5)[:3]:
        for i, work in enumerate(WORKS):
            if applies(way, work) and not (name in LARGE and work is Work.TRAINING):
                for form in chosen(program, i):
                    exact = work is not Work.HESSIAN
                    check(way, work, form.kernel(way.plan(work), True), exact=exact)


@pytest.mark.parametrize("name", ["net of 3-5-1, tanh", "powers", "Gaussian mixture", "random graph 3"])
def test_strict_back_ends_agree_on_second_derivatives(name: str) -> None:
    """A Hessian in strict mode has the same bits on every back end."""
    for way in ways(EVERY[name](), strict=True):
        plan, given = way.plan(Work.HESSIAN), way.given(Work.HESSIAN)
        for order in orders(len(given), (3, 33)):
            found = [f.kernel(plan, True)(given, order, WEIGHT, way.parameters).outputs["hessian"] for f in forms()]
            assert all(same_bits(x, found[0]) for x in found)


def small_ways(strict: bool) -> list[Way]:
    """Return some programs with real inputs of all kinds."""
    builders = (
        partial(networks.mlp, [2, 16, 16, 1]),
        partial(networks.mlp, [3, 6, 2], "gaussian", loss="l1"),
        partial(functions.mixture, 3, 4),
        partial(sequences.lstm, 2),
        EVERY["random graph 1"],
        EVERY["convolution"],
        EVERY["powers"],
    )
    return [ways(build(), strict)[0] for build in builders]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, 5e-324])
def test_a_row_does_not_depend_on_others(bad: float, strict: bool) -> None:
    """NaN, infinities, huge and tiny numbers in some rows change no bit of any other row."""
    for i, way in enumerate(small_ways(strict)):
        for work in (Work.VALUES, Work.JACOBIAN):
            kernel = MACHINE[(2 * i + 1) % len(MACHINE)].kernel(way.plan(work), strict)
            clean = np.random.default_rng(1).uniform(0.2, 2.0, (70, way.inputs.shape[1]))
            dirty = clean.copy()
            spoilt = [0, 7, 33, 63, 69]
            dirty[spoilt, ::2] = bad
            before, after = (kernel(x, None, WEIGHT, way.parameters).outputs[work] for x in (clean, dirty))
            others = [row for row in range(70) if row not in spoilt]
            assert same_bits(before[others], after[others])
            assert not same_bits(before, after)


@pytest.mark.parametrize("strict", [True, False])
def test_a_row_does_not_depend_on_its_place(strict: bool) -> None:
    """A row has the same bits wherever it stands in a batch, and in blocks as alone but for roundings."""
    for i, way in enumerate(small_ways(strict)):
        kernel = MACHINE[(2 * i + 3) % len(MACHINE)].kernel(way.plan(Work.VALUES), strict)
        order = np.random.default_rng(2).integers(0, len(way.inputs), 77)
        found = kernel(way.inputs, order, WEIGHT, way.parameters).outputs["values"]
        first = kernel(way.inputs, None, WEIGHT, way.parameters).outputs["values"]
        assert same_bits(found, first[order])


@pytest.mark.parametrize("form", MACHINE, ids=lambda form: form.name)
def test_back_ends_agree_where_the_engine_stops(form: Form) -> None:
    """On rows with NaN and infinities machine code gives what NumPy gives, in strict mode bit for bit."""
    for way in small_ways(strict=True)[:5]:
        x = np.random.default_rng(3).normal(size=(40, way.inputs.shape[1]))
        x[::3, 0], x[1::7, -1], x[5] = np.inf, np.nan, -1e308
        for work in (Work.VALUES, Work.JACOBIAN):
            plan = way.plan(work)
            one, other = (f.kernel(plan, True)(x, None, WEIGHT, way.parameters) for f in (NUMPY, form))
            assert same_bits(one.outputs[work], other.outputs[work])


def test_a_wrong_bit_is_seen() -> None:
    """One gradient that is wrong in its last bit, and one guard that comes out otherwise, are noticed."""
    way = ways(EVERY["hinge loss with an if"](), strict=True)[0]
    right = NUMPY.kernel(way.plan(Work.GRADIENT), True)

    def wrong(*given: Any) -> Any:
        result = right(*given)
        return result._replace(gradient=np.nextafter(result.gradient, 9.0))

    def turned(*given: Any) -> Any:
        result = right(*given)
        return result._replace(outputs=result.outputs | {"guards": 1.0 - result.outputs["guards"]})

    for kernel in (wrong, turned):
        with pytest.raises(Wrong):
            check(way, Work.GRADIENT, kernel)
    check(way, Work.GRADIENT, right)


@pytest.mark.parametrize("name", ["net of 2-16-16-1, relu", "LSTM over 4 steps", "Gaussian mixture", "random graph 2"])
def test_a_wrong_sum_is_seen(name: str) -> None:
    """In default mode a plan with one sign the other way round, and one coefficient 1e-9 off, are noticed."""
    way = ways(EVERY[name](), strict=False)[0]
    plan = way.plan(Work.GRADIENT)
    sums = [i for i, nest in enumerate(plan.nests) if any(s.b is not None for s in nest.segments)]
    i = sums[len(sums) // 2]
    head, *rest = plan.nests[i].segments
    nest = replace(plan.nests[i], segments=(replace(head, sign=-head.sign), *rest))
    wrong = replace(plan, nests=(*plan.nests[:i], nest, *plan.nests[i + 1 :]))
    for form in (NUMPY, *MACHINE[:2]):
        with pytest.raises(Wrong):
            check(way, Work.GRADIENT, form.kernel(wrong, False))
    moved = replace(way, call=way.call._replace(at=None), inputs=way.inputs * (1.0 + 1e4 * UNIT))
    with pytest.raises(Wrong):
        check(moved, Work.VALUES, NUMPY.kernel(way.plan(Work.VALUES), False))
