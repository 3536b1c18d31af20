"""Promises of `collapse`."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from microgradx.compile.collapse import collapse
from microgradx.compile.dead import dead
from microgradx.compile.evaluate import evaluate
from microgradx.compile.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, Builder, Tape, code
from microgradx.primitives import TABLE, row

from .tapes import (
    LOWERED,
    assert_same_numbers,
    assert_valid,
    points,
    polynomial_tape,
    random_tape,
    same_tape,
    whole_points,
)


def inputs(n: int) -> tuple[Builder, Any]:
    b = Builder()
    return b, b.leaves(INPUT, range(n))


def shape(tape: Tape, node: int) -> list[tuple[int, int, float]]:
    """Return the terms of a node: left, right, sign, with leaves as their places."""
    terms = slice(tape.start[node], tape.start[node + 1])
    place = np.append(np.where(tape.op == SUM, 100 + np.arange(len(tape)), tape.number), NONE).astype(int)
    return [(place[a], place[b], s) for a, b, s in zip(tape.left[terms], tape.right[terms], tape.sign[terms])]


@pytest.mark.parametrize("rows", [TABLE, LOWERED])
def test_strict_collapse_keeps_every_bit(rows: Any) -> None:
    """Each node that is left has the numbers that it had, signs of zero and infinities included."""
    shorter = 0
    for seed in range(60):
        tape = dead(random_tape(seed, size=80, rows=rows))
        small = collapse(tape)
        assert_valid(small)
        assert_same_numbers(tape, small, *points(tape, seed))
        shorter += len(tape) - len(small)
    assert shorter > 100


def test_collapse_that_reorders_additions_keeps_exact_sums() -> None:
    """Where every sum is exact, the numbers stay the same without `strict` too, and fewer nodes are left."""
    gained = 0
    for seed in range(60):
        tape = dead(polynomial_tape(seed))
        small = collapse(tape, strict=False)
        assert_valid(small)
        assert_same_numbers(tape, small, *whole_points(tape, seed), zeros=False)
        gained += len(collapse(tape)) - len(small)
    assert gained > 30


@pytest.mark.parametrize("strict", [True, False])
def test_collapse_twice_is_collapse_once(strict: bool) -> None:
    """What is collapsed has nothing left to collapse, and no dead nodes."""
    for seed in range(40):
        small = collapse(dead(random_tape(seed, size=80)), strict)
        assert same_tape(collapse(small, strict), small)
        assert dead(small) is small


def test_a_written_loop_becomes_one_sum_in_its_order() -> None:
    """`total = total + x[i] * w[i]` over 10⁵ pairs is one sum of products, first pair first."""
    n = 100_000
    small = collapse(written_loop(n))
    assert len(small) == 2 * n + 1
    assert small.left.tolist() == list(range(n))
    assert small.right.tolist() == list(range(n, 2 * n))


# A tape over x₀ … x₃, as the terms (left, right, sign) of its nodes in turn: a number is an input, a letter a node
# before. What is left of the last node, strict and not; None: the nodes stay as they are.
a, b, c = "abc"
CASES: dict[str, tuple[list[list[Any]], list[Any] | None, list[Any] | None]] = {
    "a product": ([[(0, 1, 1)], [(a, None, 1), (2, None, 1)]], [(0, 1, 1), (2, None, 1)], [(0, 1, 1), (2, None, 1)]),
    "a product in a later place": (
        [[(0, 1, 1)], [(2, None, 1), (a, None, 1)]],
        [(2, None, 1), (0, 1, 1)],
        [(0, 1, 1), (2, None, 1)],
    ),
}
