"""Promises of `collapse`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes.collapse import collapse
from microgradx.compile.passes.dead import dead
from microgradx.compile.tape.tape import INPUT, NONE, PARAMETER, Builder, Tape
from microgradx.primitives import TABLE

from .tapes import (
    LOWERED,
    assert_same_numbers,
    assert_valid,
    points,
    polynomial_tape,
    random_tape,
    same_tape,
    used,
    whole_points,
    written_loop,
)


@pytest.mark.parametrize("rows", [TABLE, LOWERED])
def test_strict_collapse_keeps_every_bit(rows: Any) -> None:
    """Each node that is left has the numbers that it had, signs of zero and infinities included."""
    shorter = 0
    for seed in range(60):
        tape = used(random_tape(seed, size=80, rows=rows))
        small = collapse(tape)
        assert_valid(small)
        assert_same_numbers(tape, small, *points(tape, seed))
        shorter += len(tape) - len(small)
    assert shorter > 100


def test_collapse_that_reorders_additions_keeps_exact_sums() -> None:
    """Where every sum is exact, the numbers stay the same without `strict` too, and fewer nodes are left."""
    gained = 0
    for seed in range(60):
        tape = used(polynomial_tape(seed))
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


def tape_of(text: str, *wanted: str) -> Tape:
    """Return the tape of sums such as "a = 0*1; b = a - p": digits are inputs, p and q parameters.

    The last is an output, and so are those `wanted` besides.
    """
    b = Builder()
    node = {str(i): int(x) for i, x in enumerate(b.leaves(INPUT, range(4)))}
    node |= dict(zip("pq", b.leaves(PARAMETER, range(2)).tolist(), strict=True))
    for line in text.split("; "):
        name, terms = line.split(" = ")
        found = re.findall(r"(-?) ?(\w)(?:\*(\w))?", terms.replace(" + ", "  "))
        left, right = [node[a] for _, a, _ in found], [node[b] if b else NONE for *_, b in found]
        node[name] = int(b.sums([left], [right], [[-1.0 if sign else 1.0 for sign, *_ in found]])[0])
    return b.tape(values=[node[name]], others=[node[name] for name in wanted])


def text_of(tape: Tape, node: int) -> str:
    """Return a node as its terms, what is not collapsed in parentheses."""
    if tape.op[node] == INPUT:
        return str(int(tape.number[node]))
    if tape.op[node] == PARAMETER:
        return "pq"[int(tape.number[node])]
    found = ""
    for t in range(tape.start[node], tape.start[node + 1]):
        factors = [text_of(tape, i) for i in (tape.left[t], tape.right[t]) if i != NONE]
        found += (" + " if tape.sign[t] > 0 else " - ") + "*".join(f if len(f) == 1 else f"({f})" for f in factors)
    return found.removeprefix(" + ")


CASES = [  # text, what it is collapsed to, the same without strict where that differs
    ("a = 0*1; b = a + 2", "0*1 + 2", None),
    ("a = 0*1; b = 2 - a", "2 - 0*1", None),
    ("a = - 0*1; b = 2 - a", "2 + 0*1", None),
    ("a = 0 + 1; b = a - 2", "0 + 1 - 2", None),
    ("a = 0 + 1; b = 2 + a", "2 + (0 + 1)", "0 + 1 + 2"),
    ("a = 0 - 1; b = - a + 2", " - (0 - 1) + 2", None),
    ("a = 0 - 1; b = 2 - a; c = 3 - b", "3 - (2 - (0 - 1))", None),
    ("a = 0*1; b = a + 2; c = 3*3; d = b + c", "0*1 + 2 + 3*3", None),
    ("a = 0*1; b = 2*3; c = a + b; d = 1*2; e = d - c", "1*2 - (0*1 + 2*3)", " - 0*1 - 2*3 + 1*2"),
    ("a = 0*1; b = a + a", "(0*1) + (0*1)", None),
    ("a = 0 + 1; b = a*2", "(0 + 1)*2", None),
    ("a = 0*1; b = 2*a", "2*(0*1)", None),
    ("a = - 0; b = - a; c = b + 1", "0 + 1", None),
    ("a = 0 + 1; b = - a; c = - b + 2", "0 + 1 + 2", None),
    ("a = 0 + 1; b = a", "0 + 1", None),
    ("a = p*q; b = 0 + a", "0 + (p*q)", None),
    ("a = p + q; b = a + 0", "(p + q) + 0", None),
    ("a = p*q; b = a + p", "p*q + p", None),
]


@pytest.mark.parametrize(("text", "strictly", "freely"), CASES)
def test_what_is_collapsed(text: str, strictly: str, freely: str | None) -> None:
    """Sums and products used once become terms of their user, where that is allowed and computes nothing more often."""
    for strict, expected in ((True, strictly), (False, freely or strictly)):
        small = collapse(tape_of(text), strict)
        assert text_of(small, small.outputs["values"][0]) == expected
        assert small.twin[small.outputs["values"][0]] == tape_of(text).outputs["values"][0]


def test_outputs_stay() -> None:
    """A product that is wanted itself stays, beside the sum that uses it."""
    small = collapse(tape_of("a = 0*1; b = a + 2", "a"), strict=False)
    assert text_of(small, small.outputs["values"][0]) == "(0*1) + 2"
    assert text_of(small, small.outputs["others"][0]) == "0*1"


def test_the_empty_sum_is_no_first_term() -> None:
    """0.0 + x is not x where x is −0.0, also if the 0.0 is a sum of nothing."""
    b = Builder()
    (x,) = b.leaves(INPUT, [0])
    (nothing,) = b.sums(np.zeros((1, 0), np.int64), NONE)
    tape = b.tape(values=b.sums([[nothing, x]], NONE))
    assert_same_numbers(tape, collapse(tape), np.array([[-0.0]]), np.zeros(0))


MISTAKES = {
    "a lost sign": lambda tape: replace(tape, sign=np.abs(tape.sign)),
    "factors of another term": lambda tape: replace(tape, right=np.roll(tape.right, 1)),
    "another order": lambda tape: replace(tape, left=tape.left[::-1], right=tape.right[::-1], sign=tape.sign[::-1]),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=list(MISTAKES))
def test_the_check_notices_a_wrong_collapse(mistake: Any) -> None:
    """The comparison of numbers fails on a collapse with a mistake, even one of rounding alone."""
    tape = tape_of("a = 0*1; b = a - 2; c = b + p; d = c*c; e = 3*q; f = d + e")
    small = collapse(tape)
    at = points(tape, 1, rows=50)
    assert_same_numbers(tape, small, *at)
    with pytest.raises(AssertionError):
        assert_same_numbers(tape, mistake(small), *at)


def test_the_check_notices_additions_in_another_order() -> None:
    """Collapse without `strict` does not pass for strict: on numbers that round, some bits differ."""
    tape = tape_of("a = 0 + 1; b = 2 + 3; c = a + b")
    with pytest.raises(AssertionError):
        assert_same_numbers(
            tape, collapse(tape, strict=False), np.random.default_rng(0).normal(size=(50, 4)), np.zeros(2)
        )
