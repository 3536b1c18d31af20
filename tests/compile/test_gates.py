"""Gates: sums make selects of numbers or −0.0, and of products, themselves; these are computed nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import kernel as kernels
from microgradx.compile.backends.llvm.gates import Gated, gated
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment
from microgradx.compile.tape.tape import SUM

from .crosschecks import same_bits
from .kernels import compile_kernel
from .machine_lanes import targets
from .sketches import GRAD, ONE, PARAM, ROW, Sketch, at, op
from .test_llvm import SPECIAL, agree, data

NOTHING = at(ONE, 1, 0, 0, 0)
"""−0.0, for select nests of three dimensions."""


def lookups(seed: int, sizes: tuple[int, int, int] | None = None) -> Plan:
    """Return a plan that looks up some rows of a table, each under conditions of its own, and sends gradients there."""
    rng = np.random.default_rng(seed)
    drawn = (int(rng.choice(n)) for n in ((1, 2, 5), (1, 2, 7, 9), (1, 3, 8, 9, 16)))
    some, entries, width = sizes or drawn
    s = Sketch(some * entries + width, entries * width, weighted=True, constants=(1.0, -0.0))
    opens, down = rng.random(2) < 0.5
    shape, strides = (some, entries, width), (entries * width, width, 1)
    chosen, found, arriving, sent = (s.block(n * width) for n in (some * entries, some, some, some * entries))

    def select(extents: tuple[int, ...], out: int, condition: Address, x: Address) -> None:
        operands = (condition, x, NOTHING) if opens else (condition, NOTHING, x)
        step = tuple(int(np.prod(extents[d + 1 :])) for d in range(3))
        s.nest(op("select"), extents, at(ROW, out, *step), *(Segment(1, a) for a in operands))

    select(shape, chosen, at(ROW, 0, entries, 1, 0), at(PARAM, 0, 0, width, 1))
    first, step = (chosen + (entries - 1) * width, -width) if down else (chosen, width)
    parts = [entries] if rng.random() < 0.5 else [entries - 1, 1]
    begins = np.cumsum([0, *parts[:-1]]) * step + first
    segments = [
        Segment(n, at(ROW, int(begin), strides[0], 1, step=step), None, float(rng.choice((1.0, -1.0))))
        for n, begin in zip(parts, begins, strict=True)
    ]
    s.nest(SUM, (some, width), at(ROW, found, width, 1), *segments, Segment(1, at(ROW, some * entries, 0, 1)))
    s.nest(
        SUM,
        (some, width),
        at(ROW, arriving, width, 1),
        Segment(1, at(ROW, found, width, 1), at(ROW, some * entries, 0, 0)),
    )
    select((entries, some, width), sent, at(ROW, 0, 1, entries, 0), at(ROW, arriving, 0, width, 1))
    s.nest(SUM, (entries, width), at(GRAD, 0, width, 1), Segment(some, at(ROW, sent, some * width, 1, step=width)))
    s.output("found", ROW, found, some * width)
    return s.plan()


def scores(seed: int, *, sign: float = 1.0, adds: bool = False) -> Plan:
    """Return a plan that sends errors of some classes back through weights, of which conditions choose.

    Its products are ± weight · error; with `adds` their chosen sums are gradients too.
    """
    rng = np.random.default_rng(seed)
    classes, width = int(rng.choice((1, 3, 10))), int(rng.choice((1, 8, 9, 19)))
    size, shape = classes * width, (classes, width)
    s = Sketch(2 * classes, size + width, weighted=True, constants=(1.0, -0.0))
    products, chosen, arriving = s.block(size), s.block(size), s.block(width)
    by_class = at(PARAM, 0, width, 1), at(ROW, classes, 1, 0)
    s.nest(SUM, shape, at(ROW, products, width, 1), Segment(1, *(by_class[:: rng.choice((1, -1))]), sign))
    made, nothing = at(ROW, products, width, 1), at(ONE, 1, 0, 0)
    choice = (made, nothing) if rng.random() < 0.5 else (nothing, made)
    operands = (at(ROW, 0, 1, 0), *choice)
    s.nest(op("select"), shape, at(ROW, chosen, width, 1), *(Segment(1, a) for a in operands))
    down = at(ROW, chosen + size - width, 1, step=-width)
    segments = [Segment(classes, down, None, float(rng.choice((1.0, -1.0)))) for _ in range(rng.integers(1, 3))]
    s.nest(SUM, (width,), at(ROW, arriving, 1), *segments, Segment(1, at(ROW, chosen, 1)))
    error = at(ROW, 2 * classes, 0, 0)  # the weight of the row
    s.nest(SUM, shape, at(GRAD, 0, width, 1), Segment(1, at(ROW, arriving, 0, 1), error))
    if adds:
        s.nest(SUM, (width,), at(GRAD, size, 1), Segment(classes, down))
    s.output("arriving", ROW, arriving, width)
    return s.plan()


def special(plan: Plan, rows: int, seed: int) -> tuple[Any, Any, Any]:
    """Return X, P and G with many zeros and ones, and other special numbers."""
    rng = np.random.default_rng(seed)
    found = data(plan, rows, seed)
    for x in found:
        drawn = rng.random(x.shape)
        x[drawn < 0.7] = rng.choice((0.0, 1.0), x.shape)[drawn < 0.7]
        x[drawn < 0.2] = rng.choice(SPECIAL, x.shape)[drawn < 0.2]
    return found


@pytest.mark.parametrize("seed", range(24))
def test_sums_of_selects_are_bit_equal(seed: int) -> None:
    """Whatever numbers and conditions are, zeros of both signs, infinities and NaN too, on every processor."""
    plan, target = lookups(seed), targets()[seed % len(targets())]
    for lanes in (1, 2 * target.vector):
        kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target)
        assert agree(kernel, plan, *special(plan, 19, seed))


@pytest.mark.parametrize("seed", range(3))
def test_sums_of_many_selects_are_bit_equal(seed: int) -> None:
    """Of a large table too, whose sums are functions of their own, and read conditions where the rows of data stand."""
    target = targets()[seed % len(targets())]
    plan, lanes = lookups(seed, (1, 1200, 64)), 4 * target.vector
    kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target)
    assert agree(kernel, plan, *special(plan, lanes + 3, seed))


@pytest.mark.parametrize("seed", range(24))
def test_sums_of_selected_products_are_bit_equal(seed: int) -> None:
    """Of both signs, in gradients too, each product rounded on its own, on every processor."""
    plan, target = scores(seed, sign=(1.0, -1.0)[seed % 3 == 0], adds=seed % 4 == 0), targets()[seed % len(targets())]
    for lanes in (1, 2 * target.vector):
        kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target)
        assert agree(kernel, plan, *special(plan, 19, seed))
        assert agree(kernel, plan, *data(plan, 19, seed))


def test_products_vanish_that_sums_make() -> None:
    """Products that sums select are factors of gates, unless they are results, negative, or of a gradient."""
    plan = scores(1)
    assert [nest.op for nest in gated(plan).nests] == [SUM, SUM]
    assert all(s.b is not None for s in gated(plan).nests[0].segments if isinstance(s, Gated))
    first = plan.nests[0]
    assert gated(replace(plan, outputs={"product": ((ROW, first.out.base),)})).nests[0] == first
    for other in (scores(1, sign=-1.0), scores(1, adds=True)):
        assert gated(other).nests[0] == other.nests[0]
        assert not any(s.b is not None for nest in gated(other).nests for s in nest.segments if isinstance(s, Gated))


def test_what_is_read_around_selects_is_no_reading_of_them() -> None:
    """A sum of a number before selects and one behind them makes none of them, and they vanish all the same."""
    plan = scores(1)
    around = Segment(2, at(ROW, 0, step=plan.nests[2].out.base))
    more = replace(plan, nests=(*plan.nests, Nest(SUM, (), at(ROW, plan.rows), (around,))), rows=plan.rows + 1)
    assert gated(more).nests == (*gated(plan).nests, more.nests[-1])


def test_products_stay_that_are_conditions() -> None:
    """A product that tells whether others are added is computed, and they are made by the sum."""
    plan = scores(1)
    product, select, *others = plan.nests
    (classes, _), error = product.extents, at(ROW, product.extents[0], 1)
    squares = Nest(SUM, (classes,), at(ROW, plan.rows, 1), (Segment(1, error, error),))
    by_square = replace(select, segments=(Segment(1, at(ROW, plan.rows, 1, 0)), *select.segments[1:]))
    more = replace(plan, nests=(squares, product, by_square, *others), rows=plan.rows + classes)
    assert len(gated(more).nests) == 3
    assert gated(more).nests[0] == squares
    assert agree(compile_kernel(more, lanes=1, strict=True), more, *special(more, 19, 0))


def test_products_stay_that_are_read_often() -> None:
    """A product is computed once if sums read it more often than it takes to make."""
    plan = scores(1)
    *before, reader, gradient = plan.nests
    often = replace(reader, segments=reader.segments * 3)
    assert gated(replace(plan, nests=(*before, often, gradient))).nests[0] == plan.nests[0]


def test_selects_vanish_that_sums_make() -> None:
    """Where vectors have one condition each, selects are gates of the sums that read them, and no nests."""
    plan = lookups(0)
    shorter = gated(plan)
    assert len(plan.nests) == 5
    assert [nest.op for nest in shorter.nests] == [SUM] * 3
    assert sum(isinstance(s, Gated) for nest in shorter.nests for s in nest.segments) >= 2


def test_selects_stay_that_others_read() -> None:
    """A select that is a result, or an operand of something else, is computed, and its sums read it."""
    plan = lookups(0)
    chosen = plan.nests[0].out.base
    assert gated(replace(plan, outputs={"chosen": ((ROW, chosen),)})).nests[0] == plan.nests[0]
    read = Nest(op("exp"), (), at(ROW, plan.rows), (Segment(1, at(ROW, chosen)),))
    more = replace(plan, nests=(*plan.nests, read), rows=plan.rows + 1)
    assert gated(more).nests[0] == plan.nests[0]
    assert gated(more).nests[1] == plan.nests[1]


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lookups, lambda s: replace(s, opens=not s.opens)),
        (scores, lambda s: replace(s, opens=not s.opens)),
        (scores, lambda s: replace(s, a=s.b)),
        (scores, lambda s: replace(s, b=None)),
    ],
)
def test_a_gate_that_is_wrong_is_seen(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[int], Plan], wrong: Callable[[Gated], Gated]
) -> None:
    """If gates let through what they should not, or have other factors, results differ: the comparison can fail."""

    def turned(plan: Plan) -> Plan:
        nests = gated(plan).nests
        changed = (tuple(wrong(s) if isinstance(s, Gated) else s for s in nest.segments) for nest in nests)
        return replace(plan, nests=tuple(replace(n, segments=s) for n, s in zip(nests, changed, strict=True)))

    monkeypatch.setattr(kernels, "gated", turned)
    plan = make(1)
    assert not agree(compile_kernel(plan, lanes=1, strict=True), plan, *special(plan, 19, 0))


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_tables_of_special_numbers(rows: int) -> None:
    """Looked-up rows, their gradients, and a score by class are those of Values, with −0.0, inf and NaN in the table.

    Indices repeat, and one entry of the table is used elsewhere too.
    """
    rng = np.random.default_rng(rows)
    table = [[mx.Value(float(x)) for x in line] for line in rng.normal(size=(11, 9))]
    for (i, j), x in {(0, 0): -0.0, (3, 5): np.inf, (4, 8): np.nan, (7, 2): 0.0, (9, 1): -np.inf}.items():
        table[i][j].data = x
    parameters = [v for line in table for v in line]

    def f(tokens: Any) -> Any:
        first, *others = [mx.lookup(table, t) for t in tokens[:-1]]
        total = [x * first[0] for x in first]
        for x in others:
            total = [a + b for a, b in zip(total, x, strict=True)]
        scores = [mx.dot(line, total) + table[2][1] for line in table]
        return mx.lookup(scores, tokens[-1]) + sum(total)

    data = rng.integers(0, 11, (rows, 4))
    data[0, :3] = 3, 3, 1
    value, gradient = mx.compile(f, parameters=parameters, indices="tokens", strict=True).value_and_grad(data)
    mean = 0.0
    for v in parameters:
        v.grad = 0.0
    for row in data.tolist():
        loss = f(row)
        mean += loss.data
        loss.backward(1 / rows)
    assert same_bits(np.array([value]), np.array([mean / rows]))
    assert same_bits(gradient, np.array([v.grad for v in parameters]))
