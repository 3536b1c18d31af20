"""Runs of parameters are vectors to the passes, and nothing else is different for it."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.nests import Nest, Plan
from microgradx.compile.passes import runs as of_terms
from microgradx.compile.paths.stages import Kind, Stages
from microgradx.compile.tape.tape import UNIT, Tape
from microgradx.compile.tracing import runs
from microgradx.compile.tracing.recording import Recording
from microgradx.compile.tracing.trace import trace

from . import functions, networks, sequences
from .examples import Program
from .plans import Case, out_of_order, wrong_nodes
from .tapes import same_tape
from .zoo import ZOO, Example

NEVER = 10**9
WIDE = (
    Example("net of 20-18-17-1", partial(networks.mlp, [20, 18, 17, 1])),
    Example("classifier of 18-19-16", partial(networks.classifier, [18, 19, 16])),
    Example("wide residual blocks", partial(networks.residual, 17, 3)),
    Example("wide mixture", partial(functions.mixture, 17, 4)),
    Example("wide logistic regression", partial(functions.logistic_regression, 40)),
    Example("wide LSTM", partial(sequences.lstm, 2, 5, 6)),
)
WITHOUT = (
    *("moons", "micrograd", "linear regression", "Newton", "tree", "Rosenbrock", "by hand", "x*y", "powers", "largest"),
    *("constant", "unused", "transformer over 4", "random graph"),
)
"""What is in the names of the examples of the zoo that have no run of two parameters."""

WITH_RUNS = (*[each for each in ZOO if not any(part in each.name for part in WITHOUT)], *WIDE)
WAYS = (
    *[(example, way) for example in WITH_RUNS for way in ((2, NEVER), (2, 2))],
    *[(example, (NEVER, 2)) for example in (*ZOO, *WIDE)],
)
"""Examples, and of how many entries vectors are made at least: of rows over blocks when recorded, of terms of sums."""

LARGE = 2000
"""Recordings of more nodes are tried for their gradients alone."""


def recorded(program: Program, shortest: int) -> Recording:
    """Return a program as recorded where runs of so many parameters are vectors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "SHORTEST", shortest)
        names = list(signature(program.f).parameters)
        example = [column[0].tolist() for column in map(np.asarray, program.rows(1, 0))]
        numbered = [i for i, name in enumerate(names) if name in program.indices]
        shapes = [np.shape(x) for x in example]
        return trace(program.f, shapes, program.parameters, indices=numbered, example=example)


def stages(recording: Recording, shortest: int = NEVER) -> Stages:
    """Return the stages of a recording, for no back end, in which runs of so many terms become vectors."""
    made = Stages(recording, None, strict=False)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_terms, "SHORTEST", shortest)
        made.derived(Kind.VALUES)
    return made


def serves(kind: Kind, recording: Recording) -> bool:
    """Return whether a kind of work is possible, and soon done."""
    if kind is Kind.GRADIENT:
        return len(recording.packed.outputs["values"]) == 1
    return len(recording.codes) < LARGE


def vectors(tape: Tape) -> int:
    """Return how many vectors a tape has, unit vectors apart."""
    return int(((tape.width > 1) & (tape.op != UNIT)).sum())


def results(plan: Plan, rows: int = 5) -> list[Any]:
    """Return what a plan computes of random rows."""
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-1.0, 1.0, (rows, plan.inputs - plan.weighted))
    found = NumpyKernel(plan, strict=True)(inputs, rng.uniform(-1.0, 1.0, plan.parameters), 0.25)
    return [found.outputs[name] for name in sorted(plan.outputs)] + [found.gradient]


@pytest.mark.parametrize("example", [*ZOO, *WIDE], ids=str)
def test_the_recording_is_the_same_number_by_number(example: Example) -> None:
    """Unrolled, what was recorded with vectors is what is recorded without, column by column."""
    program = example.build()
    plain, packed = recorded(program, NEVER), recorded(program, 2)
    assert plain.origin is None
    assert (packed.origin is None) == (example not in WITH_RUNS)
    assert same_tape(packed.tape, plain.tape)
    assert packed.size == (len(plain.tape), len(plain.tape.left))
    assert packed.guards == plain.guards


@pytest.mark.parametrize(("example", "way"), WAYS, ids=str)
@pytest.mark.parametrize("kind", [Kind.GRADIENT, Kind.JACOBIAN, Kind.TANGENTS], ids=lambda kind: kind.value)
def test_every_number_is_computed_and_as_before(example: Example, kind: Kind, way: tuple[int, int]) -> None:
    """Plans made of vectors compute every node bit for bit, and give the results of plans made of numbers.

    So they do whether rows over blocks were recorded as vectors, or terms of sums were found to be.
    """
    program = example.build()
    plain, packed = recorded(program, NEVER), recorded(program, way[0])
    assert (packed.origin is None) == (way[0] == NEVER)
    if not serves(kind, plain):
        return
    made = stages(packed, way[1]).made(kind)
    assert wrong_nodes(Case(made.simple, made.rolled, made.rolled.plan.inputs, made.rolled.plan.parameters)) == []
    assert out_of_order(made.rolled.plan) == []
    before = stages(plain).made(kind).rolled.plan
    for found, expected in zip(results(made.rolled.plan), results(before), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert len(made.rolled.plan.nests) <= len(before.nests) + 1


def text(nest: Nest) -> tuple[Any, ...]:
    """Return what a nest computes, wherever its numbers stand in a row."""
    addresses = [nest.out, *[x for s in nest.segments for x in (s.a, s.b) if x is not None]]
    told = [(x.space, x.strides, x.step, x.table is None) for x in addresses]
    return nest.op, nest.extents, tuple(told), tuple((s.length, s.sign) for s in nest.segments)


@pytest.mark.parametrize("seed", range(12))
def test_nets_become_the_same_nests(seed: int) -> None:
    """Networks of random shapes and activations become the same nests with vectors as without, and the same bits."""
    rng = random.Random(seed)
    sizes = [rng.randint(2, 30) for _ in range(rng.randint(2, 4))]
    activation = rng.choice(["relu", "tanh", "sigmoid", "softplus", "gaussian", "linear"])
    build = networks.classifier if seed % 2 else networks.mlp
    program = build([*sizes, rng.randint(2, 20)], activation)
    plain, packed = recorded(program, NEVER), recorded(program, 2)
    ways = [stages(plain), stages(packed), stages(plain, 2)]
    plans = [way.packed(Kind.GRADIENT).rolled.plan for way in ways]
    for plan in plans[1:]:
        assert Counter(map(text, plan.nests)) == Counter(map(text, plans[0].nests))
        for found, expected in zip(results(plan), results(plans[0]), strict=True):
            assert np.array_equal(found, expected)


def test_wide_nets_are_packed() -> None:
    """A layer is as many vectors as it has neurons and as many stacks as it has inputs: no product is left over."""
    program = networks.classifier([64, 96, 96, 10])
    recording = recorded(program, runs.SHORTEST)
    assert len(recording.tape) > 15_000
    assert vectors(recording.packed) == 96 + 96 + 10 + 3
    assert len(recording.packed) < 1_300
    work = stages(recording).packed(Kind.GRADIENT)
    assert len(work.simple) < 2_500
    assert work.kept.sum() == vectors(work.simple) == 2 * 202 + 3 + 2


def test_short_dots_stay_numbers() -> None:
    """Nothing is packed where the runs are short."""
    assert recorded(networks.mlp([2, 15, 1]), runs.SHORTEST).origin is None
