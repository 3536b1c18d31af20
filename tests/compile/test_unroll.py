"""Vectors on the tape: passes take them for what they are, and number by number they are the same again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from microgradx.compile.nests.reroll import in_numbers, reroll
from microgradx.compile.nests.vectors import regular
from microgradx.compile.passes.adjoint import adjoint, tangent
from microgradx.compile.passes.lower import lower
from microgradx.compile.passes.simplify import condense, simplify
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, UNIT, Builder, Tape
from microgradx.compile.tape.unroll import unrolled

from .plans import Case, out_of_order, wrong_nodes
from .vector_tapes import INPUTS, PARAMETERS, flat, numbers_of, origin, vector_tape

SEEDS = range(40)
RNG = np.random.default_rng(0)
X, W = RNG.uniform(-1.0, 1.0, INPUTS + 1), RNG.uniform(-1.0, 1.0, PARAMETERS)


def values_of(tape: Tape) -> list[float]:
    """Return the values of a tape at the point, by the oracle for vectors."""
    found = numbers_of(tape, X, W)
    return [float(found[i]) for i in tape.outputs["values"]]


def unrolled_values(tape: Tape, name: str = "values") -> list[float]:
    """Return an output of a tape at the point, by the oracle for numbers."""
    numbers = evaluate(tape, X[None], W)[:, 0]
    return [0.0 if i == NONE else float(numbers[i]) for i in tape.outputs[name]]


def with_gradients(tape: Tape) -> Tape:
    """Return a tape with the derivatives of its first value by all parameters, the seed an input."""
    builder = Builder(tape)
    (seed,) = builder.leaves(INPUT, [INPUTS])
    nodes = np.flatnonzero(tape.op == PARAMETER)
    longer, signals = adjoint(builder.tape(), int(tape.outputs["values"][0]), int(seed), nodes)
    gradients = np.full(PARAMETERS, NONE)
    gradients[tape.number[nodes].astype(np.int64)] = signals
    return longer.with_outputs(gradients=gradients)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_those_of_the_vectors(seed: int) -> None:
    """Unrolled, a tape computes what its vectors mean, each inner product and each entry."""
    tape = vector_tape(seed)
    longer = unrolled(tape, origin(tape))
    assert (longer.tape.width == 1).all()
    assert not (longer.tape.op == UNIT).any()
    expected = numbers_of(tape, X, W)
    begin = np.cumsum(tape.width) - tape.width
    found = evaluate(longer.tape, X[None], W)[:, 0]
    inlined = {i for i in range(len(tape)) if i not in set(longer.node.tolist())}
    every = flat(expected, np.arange(len(tape)))[begin[longer.node] + longer.entry]
    np.testing.assert_allclose(found, every, rtol=1e-12, atol=1e-14)
    assert all(tape.width[i] > 1 or tape.op[i] == SUM for i in inlined)
    np.testing.assert_allclose(unrolled_values(longer.tape), values_of(tape), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_passes_keep_what_vectors_mean(seed: int) -> None:
    """Condensed, simplified, lowered or with all that may stay kept, a tape of vectors computes the same."""
    tape = vector_tape(seed)
    expected = values_of(tape)
    for shorter in (condense(tape), simplify(tape, strict=False), simplify(lower(tape), strict=False)):
        np.testing.assert_allclose(values_of(shorter), expected, rtol=1e-11, atol=1e-14)
        kept = unrolled(shorter, origin(tape), regular(shorter)).tape
        np.testing.assert_allclose(values_of(kept), expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_vectors_are_those_of_their_numbers(seed: int) -> None:
    """Error signals and tangents on a tape of vectors are what they are number by number."""
    tape = vector_tape(seed)
    plain = unrolled(tape, origin(tape)).tape
    vectors, numbers = unrolled(with_gradients(tape), origin(tape)).tape, with_gradients(plain)
    found, expected = unrolled_values(vectors, "gradients"), unrolled_values(numbers, "gradients")
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)
    tangents = []
    for each in (tape, plain):
        inputs = np.array([np.flatnonzero((each.op == INPUT) & (each.number == i))[0] for i in range(INPUTS)])
        longer, moved = tangent(each, inputs, inputs[::-1], each.outputs["values"])
        longer = longer.with_outputs(moved=moved)
        tangents.append(unrolled_values(unrolled(longer, origin(tape)).tape, "moved"))
    np.testing.assert_allclose(*tangents, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_nests_over_vectors_compute_every_number(seed: int) -> None:
    """Re-rolled with all vectors kept that may be, each number stands where it is said to, bit for bit."""
    tape = simplify(lower(with_gradients(vector_tape(seed))), strict=False)
    tape = replace(tape, twin=np.arange(len(tape)))
    of, kept = origin(tape), regular(tape)
    packed = unrolled(tape, of, kept).tape
    rolled = reroll(packed, gradients=packed.outputs["gradients"], inputs=INPUTS + 1, parameters=PARAMETERS)
    numbers, placed = in_numbers(tape, of, kept, rolled)
    assert wrong_nodes(Case(numbers, placed, INPUTS + 1, PARAMETERS)) == []
    assert out_of_order(rolled.plan) == []


def test_some_vectors_stay_and_some_do_not() -> None:
    """Among the random tapes are vectors of every kind that are kept, and such as may not be."""
    stay, go = set(), set()
    for seed in SEEDS:
        tape = simplify(lower(with_gradients(vector_tape(seed))), strict=False)
        kept = regular(tape)
        stay |= set(tape.op[kept].tolist())
        go |= set(tape.op[(tape.width > 1) & (tape.op != UNIT) & ~kept].tolist())
    assert stay == go == {PARAMETER, SUM}


@pytest.mark.parametrize("seed", SEEDS)
def test_where_all_vectors_stay_nothing_moves(seed: int) -> None:
    """Kept altogether, nodes stand where they stood and mean the same, with the recorded numbers as their twins."""
    tape = vector_tape(seed)
    of = origin(tape)
    found = unrolled(tape, of, (tape.width > 1) & (tape.op != UNIT))
    assert found.node.tolist() == list(range(len(tape)))
    assert found.tape.twin.tolist() == of.of(tape.twin, np.zeros(len(tape), np.int64)).tolist() != tape.twin.tolist()
    assert values_of(found.tape) == values_of(tape)


def test_a_mixture_of_widths_is_noticed() -> None:
    """The oracle fails if a term does not have the width of its sum."""
    tape = vector_tape(0)
    wrong = replace(tape, width=np.where(tape.op == SUM, 1, tape.width))
    with pytest.raises(AssertionError):
        numbers_of(wrong, X, W)


def test_a_unit_vector_alone_is_its_numbers() -> None:
    """A unit vector that is added to others becomes the constants 0 and 1."""
    b = Builder()
    w = b.append([PARAMETER], [0], [], [], [], 0, 0, None, 3)
    e = b.append([UNIT], [0], [], [], [], 0, 1, None, 3)
    v = b.append([SUM], [2], [*w, *e], NONE, 1.0, 0, 0.0, None, 3)
    y = b.append([SUM], [1], v, w, 1.0, 0, 0.0, None)
    tape = b.tape(values=y)
    longer = unrolled(tape, origin(tape)).tape
    assert sorted(longer.number[longer.op == CONSTANT].tolist()) == [0.0, 0.0, 1.0]
    assert unrolled_values(longer) == pytest.approx([float(W[:3] @ W[:3] + W[1])])
