"""Gates: sums make selects of numbers or −0.0 themselves, and these are computed nowhere else."""

from __future__ import annotations

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


def test_a_gate_that_is_shut_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """If gates let through what they should not, results differ: the comparison can fail."""

    def wrong(plan: Plan) -> Plan:
        def turned(s: Segment) -> Segment:
            return replace(s, opens=not s.opens) if isinstance(s, Gated) else s

        nests = gated(plan).nests
        return replace(plan, nests=tuple(replace(n, segments=tuple(map(turned, n.segments))) for n in nests))

    monkeypatch.setattr(kernels, "gated", wrong)
    plan = lookups(0)
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
