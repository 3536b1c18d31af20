"""Promises of the simplifying passes together."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes.collapse import collapse
from microgradx.compile.passes.common import common
from microgradx.compile.passes.dead import dead
from microgradx.compile.passes.domain import with_domain
from microgradx.compile.passes.folding import fold
from microgradx.compile.passes.lower import lower
from microgradx.compile.passes.simplify import condense, simplify
from microgradx.compile.paths.stages import Kind, Stages
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, Tape, code
from microgradx.compile.tracing.recording import Recording
from microgradx.compile.tracing.trace import trace
from microgradx.primitives import TABLE, row

from . import networks
from .examples import Program
from .tapes import assert_same_numbers, assert_valid, points, random_tape, same_tape, written_loop
from .zoo import ZOO


def recording_of(program: Program) -> Recording:
    """Return a program as it is recorded on its first row."""
    names = list(signature(program.f).parameters)
    example = [np.asarray(column)[0].tolist() for column in program.rows(1, 0)]
    numbered = [i for i, name in enumerate(names) if name in program.indices]
    shapes = [np.shape(x) for x in example]
    return trace(program.f, shapes, program.parameters, indices=numbered, example=example, strict=True)


def lowered(program: Program, kind: Kind = Kind.GRADIENT) -> Tape:
    """Return a program as these passes get it, each node its own twin."""
    recording = recording_of(program)
    tape = lower(Stages(recording, None, True).derived(kind))  # type: ignore[arg-type]
    return replace(tape, twin=np.arange(len(tape)))


@pytest.mark.parametrize("example", ZOO, ids=str)
@pytest.mark.parametrize("kind", [Kind.GRADIENT, Kind.JACOBIAN], ids=lambda kind: kind.value)
def test_programs_keep_every_bit(example: Any, kind: Kind) -> None:
    """Every node that is left of a program, its derivatives included, has the numbers that it had, at edges too."""
    tape = lowered(example.build(), kind)
    small = simplify(tape)
    assert_valid(small)
    assert len(small) <= len(tape)
    assert_same_numbers(tape, small, *points(tape))
    assert same_tape(simplify(small), small)


@pytest.mark.parametrize("example", ZOO, ids=str)
def test_programs_keep_their_numbers_without_strict(example: Any) -> None:
    """Without `strict` the values and gradients of a program differ by rounding alone."""
    tape = lowered(example.build())
    small = simplify(tape, strict=False)
    assert_valid(small)
    assert len(small) <= len(simplify(tape))
    rng = np.random.default_rng(0)
    inputs, parameters = (rng.uniform(-1.0, 1.0, x.shape) for x in points(tape))
    before, after = evaluate(tape, inputs, parameters), evaluate(small, inputs, parameters)
    for name, nodes in tape.outputs.items():
        there = nodes != NONE
        found = after[small.outputs[name][there]]
        np.testing.assert_allclose(found, before[nodes[there]], rtol=1e-11, atol=1e-14, equal_nan=True)


PASSES: dict[str, Callable[[Tape], Tape]] = {"fold": fold, "dead": dead, "collapse": collapse, "common": common}


@pytest.mark.parametrize("order", list(itertools.permutations(PASSES)), ids=" ".join)
def test_passes_work_in_any_order(order: tuple[str, ...]) -> None:
    """In whatever order the passes run, and with rows of the table still there, the outputs keep every bit."""
    for seed in range(6):
        tape = random_tape(seed, rows=TABLE)
        small = tape
        for name in order:
            small = PASSES[name](small)
            assert_valid(small)
        assert_same_numbers(tape, small, *points(tape, seed))


@pytest.mark.parametrize("strict", [True, False])
def test_simplifying_twice_is_simplifying_once(strict: bool) -> None:
    """What is simplified stays as it is."""
    for seed in range(30):
        small = simplify(random_tape(seed, size=100), strict)
        assert same_tape(simplify(small, strict), small)


@pytest.mark.parametrize("example", ZOO, ids=str)
def test_condensing_before_derivatives_are_taken_costs_nothing(example: Any) -> None:
    """What is condensed before and simplified after has no more terms than what is simplified after alone."""
    recorded = recording_of(example.build())
    kind = Kind.GRADIENT if len(recorded.tape.outputs["values"]) == 1 else Kind.JACOBIAN
    stages = [Stages(recorded, None, strict=False) for _ in range(2)]  # type: ignore[arg-type]
    tape = with_domain(recorded.tape)
    for each, numbers in zip(stages, (condense(tape), tape), strict=True):
        vars(each)["_vectors"] = numbers, None
    both, after = (simplify(lower(each.derived(kind)), strict=False) for each in stages)
    assert len(both.left) <= len(after.left)
    rng = np.random.default_rng(0)
    inputs, parameters = (rng.uniform(-1.0, 1.0, x.shape) for x in points(after))
    results, expected = (evaluate(tape, inputs, parameters) for tape in (both, after))
    for name, nodes in after.outputs.items():
        found = both.outputs[name]
        there = (nodes != NONE) & (found != NONE)
        np.testing.assert_allclose(results[found[there]], expected[nodes[there]], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", ["pow", "max"])
def test_rows_stay_rows_until_derivatives_are_taken(name: str) -> None:
    """x³, and the maximum of x alone, are folded only where they are not to be differentiated any more."""
    b = Builder()
    (x,), (three,) = b.leaves(INPUT, [0]), b.leaves(CONSTANT, [3.0])
    tape = dead(b.tape(values=b.rows(code(row(name)), [[x, three] if name == "pow" else [x]])))
    assert same_tape(condense(tape), tape)
    assert code(row(name)) not in simplify(tape, strict=False).op


def test_a_written_loop_is_as_good_as_dot() -> None:
    """`total = total + x[i] * w[i]` gives the same tape as `dot(x, w)`, node for node."""
    n = 1000
    b = Builder()
    x, w = b.leaves(INPUT, range(n)), b.leaves(PARAMETER, range(n))
    fused = b.tape(values=b.sums([x], [w]))
    looped = simplify(written_loop(n))
    assert same_tape(replace(looped, twin=fused.twin), fused)


def test_a_hand_written_net_is_as_small_as_one_of_the_library() -> None:
    """Neurons in micrograd's manner, added up one product at a time, become as many nodes as fused neurons."""
    by_hand = simplify(lowered(networks.by_hand([2, 8, 8, 1]), Kind.VALUES), strict=False)
    fused = simplify(lowered(networks.mlp([2, 8, 8, 1]), Kind.VALUES), strict=False)
    assert abs((by_hand.op == SUM).sum() - (fused.op == SUM).sum()) <= 3


def test_work_grows_with_the_tape_alone() -> None:
    """Ten times the loop is ten times the terms: no pass copies terms more than once."""
    sizes = [len(simplify(written_loop(n)).left) for n in (100, 1000)]
    assert sizes == [100, 1000]
