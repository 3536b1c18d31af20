"""Promises of `dead`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes.dead import dead
from microgradx.compile.tape.tape import INPUT, NONE, PARAMETER, Builder, Tape, code, picked
from microgradx.primitives import TABLE, row

from .tapes import LOWERED, assert_same_numbers, assert_valid, points, random_tape, same_tape


def needed(tape: Tape) -> set[int]:
    """Return what the outputs depend on, by the definition."""
    stack = [i for nodes in tape.outputs.values() for i in nodes.tolist()]
    found: set[int] = set()
    while stack:
        i = stack.pop()
        if i != NONE and i not in found:
            found.add(i)
            terms = slice(tape.start[i], tape.start[i + 1])
            stack += tape.left[terms].tolist() + tape.right[terms].tolist()
    return found


@pytest.mark.parametrize("rows", [TABLE, LOWERED])
def test_what_outputs_depend_on_is_kept_and_nothing_else(rows: Any) -> None:
    """The nodes that are left are those that an output depends on, in order, with the numbers that they had."""
    for seed in range(40):
        tape = random_tape(seed, rows=rows)
        small = dead(tape)
        assert_valid(small)
        assert small.twin.tolist() == sorted(needed(tape))
        assert_same_numbers(tape, small, *points(tape, seed))


def test_dead_twice_is_dead_once() -> None:
    """A tape without dead nodes is returned as it is."""
    for seed in range(20):
        small = dead(random_tape(seed))
        assert dead(small) is small


def test_dead_nodes_change_nothing() -> None:
    """Nodes appended to a tape that no output uses leave no trace."""
    for seed in range(20):
        tape = random_tape(seed)
        b = Builder(tape)
        b.rows(code(row("exp")), b.sums([[0, len(tape) - 1]], NONE)[:, None])
        assert same_tape(dead(b.tape()), dead(tape))


def test_no_outputs_no_nodes() -> None:
    """Of a tape without outputs nothing is left."""
    b = Builder()
    b.sums([b.leaves(INPUT, [0, 1])], NONE)
    assert len(dead(b.tape())) == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_a_long_chain_is_followed_to_its_end(wanted: bool) -> None:
    """A chain of 10⁵ nodes is kept if its end is an output, and vanishes node by node if it is not."""
    b = Builder()
    b.leaves(PARAMETER, [0])
    n = 100_000
    b.append(np.full(n, code(row("tanh"))), np.arange(n) + 1, np.arange(n), NONE, 1.0, 0, 0.0, None)
    assert len(dead(b.tape(values=[n if wanted else 0]))) == (n + 1 if wanted else 1)


def test_the_check_notices_a_lost_operand() -> None:
    """A tape whose outputs were mapped to their neighbours does not pass for the same."""
    tape = random_tape(3)
    small = dead(tape)
    place = np.arange(len(small))
    wrong = picked(small, place, np.maximum(place - 1, 0))
    with pytest.raises(AssertionError):
        assert_same_numbers(tape, wrong, *points(tape, 3))
