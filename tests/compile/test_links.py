"""Promises of what the passes share: how nodes hang together, and rules that are applied until nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradx.compile.tape.levels import levels
from microgradx.compile.tape.links import closure, settled
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, Mask, Tape, gathered
from microgradx.primitives import TABLE

from .tapes import random_tape


def by_definition(tape: Tape, seeds: Mask) -> Mask:
    """Return the closure node by node."""
    inside = seeds.copy()
    for i in np.flatnonzero(tape.op >= SUM).tolist():
        terms = slice(tape.start[i], tape.start[i + 1])
        inside[i] = seeds[i] or all(inside[o] for o in (*tape.left[terms], *tape.right[terms]) if o != NONE)
    return inside


def loss_and_penalty(n: int) -> Tape:
    """Return w·x, then tanh n times, and to that, one after the other, the squares of n parameters added."""
    b = Builder()
    (x,), w = b.leaves(INPUT, [0]), b.leaves(PARAMETER, range(n))
    (total,) = b.sums([[w[0]]], [[x]])
    for wᵢ in w:
        (square,) = b.sums([[wᵢ]], [[wᵢ]])
        (total,) = b.sums([[total, square]], NONE)
    return b.tape(values=[total])


@pytest.mark.parametrize("kinds", [(CONSTANT,), (CONSTANT, PARAMETER), (INPUT,), ()], ids=str)
def test_a_closure_holds_what_its_members_decide(kinds: tuple[int, ...]) -> None:
    """A node is in it if it is a seed or all its operands are in it, on tapes of every row."""
    sizes = set()
    for tape in (*[random_tape(seed, size=120, rows=TABLE) for seed in range(40)], loss_and_penalty(50)):
        seeds = np.isin(tape.op, kinds)
        found = closure(tape, seeds)
        assert np.array_equal(found, by_definition(tape, seeds))
        sizes.add(int(found.sum()) - int(seeds.sum()))
    assert len(sizes) > 1 or INPUT not in kinds


def test_the_penalty_is_the_same_for_all_rows_and_the_loss_is_not() -> None:
    """Of a loss to which parameters are added one by one, only what holds no input is the same for all rows."""
    tape = loss_and_penalty(50)
    once = closure(tape, tape.op == PARAMETER)
    assert once[tape.op == SUM].sum() == 50
    assert np.array_equal(once, levels(tape) < len(tape))


def test_uses_count_terms_and_outputs() -> None:
    """Each factor and each output is a use; the last number counts the factors that are not there."""
    for seed in range(20):
        tape = random_tape(seed)
        wanted: list[Any] = [*tape.left, *tape.right, *[v for nodes in tape.outputs.values() for v in nodes]]
        counts = tape.uses
        assert [wanted.count(i) for i in range(len(tape))] == counts[:-1].tolist()
        assert counts[-1] == wanted.count(NONE)


@pytest.mark.parametrize("lengths", [[], [0], [3], [2, 3], [0, 2, 0, 1], [1, 1, 1]], ids=str)
@pytest.mark.parametrize("apart", [0, 2])
def test_ranges_are_gathered_one_after_the_other(lengths: list[int], apart: int) -> None:
    """Wherever the ranges stand, next to each other or not, in order or not, each is there in full."""
    ends = np.cumsum(np.array(lengths, np.int64) + apart)
    starts = 5 + ends - np.array(lengths, np.int64)
    for order in (slice(None), slice(None, None, -1)):
        pairs = list(zip(starts[order].tolist(), lengths[order], strict=True))
        expected = [i for start, length in pairs for i in range(start, start + length)]
        assert gathered(starts[order], np.array(lengths, np.int64)[order]).tolist() == expected


def test_rules_are_applied_until_nothing_changes_and_no_longer() -> None:
    """A rule has its turn again after any other has changed the tape, and not after itself alone."""
    left = {"a": 2, "b": 1}
    calls: list[str] = []

    def rule(name: str) -> Any:
        def apply(tape: Tape) -> Tape:
            calls.append(name)
            left[name] -= 1
            return tape.with_outputs() if left[name] >= 0 else tape

        return apply

    settled(Builder().tape(), [rule("a"), rule("b")])
    assert calls == ["a", "b", "a", "b"]
