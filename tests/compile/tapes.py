"""Tapes for the tests of passes, drawn at random, and how a pass is held to the oracle."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradx.compile.passes.dead import dead
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import (
    CONSTANT,
    FIRST_ROW,
    INPUT,
    LESS,
    LESS_EQUAL,
    NONE,
    PARAMETER,
    SUM,
    Builder,
    Floats,
    Tape,
    code,
)
from microgradx.primitives import ATOMS, TABLE, row

EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 3.0, 0.1, 5e-324, 1e200, np.inf, -np.inf, np.nan)
"""Numbers at which rules of folding break if they are not exact."""

LOWERED = tuple(p for p in TABLE if p.name in ATOMS or p.name == "div")
"""The rows that remain once a tape is lowered."""


class Random:
    """A random tape under construction. Of the operands about half are nodes that nothing used before."""

    def __init__(self, seed: int, inputs: int = 3, parameters: int = 3, constants: Sequence[float] = EDGES) -> None:
        self.rng = random.Random(f"tape {seed}")
        self.builder = Builder()
        self.builder.leaves(INPUT, range(inputs))
        self.builder.leaves(PARAMETER, range(parameters))
        self.builder.leaves(CONSTANT, constants)

        self.unused: list[int] = []

    def operand(self) -> int:
        if self.unused and self.rng.random() < 0.5:
            return self.unused.pop(self.rng.randrange(len(self.unused)))
        return self.rng.randrange(len(self.builder))

    def sum(self, terms: int) -> None:
        right = [self.operand() if self.rng.random() < 0.5 else NONE for _ in range(terms)]
        signs = [[self.rng.choice((1.0, 1.0, -1.0)) for _ in range(terms)]]
        self.append(self.builder.sums([[self.operand() for _ in range(terms)]], [right], signs))

    def append(self, nodes: Any) -> None:
        self.unused += nodes.tolist()

    def row(self, p: Any) -> None:
        if not p.blocks:
            self.append(self.builder.rows(code(p), [[self.operand() for _ in p.partials]]))
            return
        first = 3 if p.name == "select" else self.rng.randint(2, 3) if p.name == "affine" else self.rng.randint(1, 3)
        second = {"dot": first, "affine": first - 1}.get(p.name, 0)
        operands = [self.operand() for _ in range(first + second)]
        self.append(self.builder.rows(code(p), [operands], split=first if second else 0))

    def comparison(self) -> None:
        self.append(self.builder.rows(self.rng.choice((LESS, LESS_EQUAL)), [[self.operand(), self.operand()]]))


def random_tape(seed: int, size: int = 60, rows: Sequence[Any] = LOWERED) -> Tape:
    """Return a tape of leaves, sums, comparisons and rows over all kinds of operands, with outputs here and there."""
    r = Random(seed)
    for _ in range(size):
        kind = r.rng.random()
        if kind < 0.6:
            r.sum(r.rng.choice((1, 1, 2, 2, 3, 4)))
        elif kind < 0.95:
            r.row(r.rng.choice(rows))
        else:
            r.comparison()
    values = [len(r.builder) - 1, *(r.operand() for _ in range(3))]
    return r.builder.tape(values=values, gradients=[NONE, r.operand(), values[0]])


def used(tape: Tape) -> Tape:
    """Return the nodes that outputs depend on, each its own twin."""
    small = dead(tape)
    return replace(small, twin=np.arange(len(small)))


def polynomial_tape(seed: int, size: int = 40) -> Tape:
    """Return a tape of sums of products, and of signs that keep it small: on small integers every order is exact."""
    r = Random(seed, constants=(1.0, -1.0, 2.0, 0.0))
    for k in range(size):
        r.sum(r.rng.choice((1, 2, 2, 3)))
        if k % 3 == 2:
            r.builder.rows(code(row("sign")), [[len(r.builder) - 1]])
    return r.builder.tape(values=[len(r.builder) - 1, r.operand(), r.operand()])


def points(tape: Tape, seed: int = 0, rows: int = 12) -> tuple[Floats, Floats]:
    """Return inputs (rows, d) and parameters (p,): half of them normal, half at edges."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Floats:
        edges = rng.choice(np.array(EDGES), shape)
        return np.where(rng.random(shape) < 0.5, edges, rng.normal(size=shape))

    return numbers(rows, places(tape, INPUT)), numbers(places(tape, PARAMETER))


def whole_points(tape: Tape, seed: int = 0, rows: int = 6) -> tuple[Floats, Floats]:
    """Return inputs and parameters that are small integers."""
    rng = np.random.default_rng(seed)
    shape = (rows, places(tape, INPUT))
    return rng.integers(-2, 3, shape) * 1.0, rng.integers(-2, 3, places(tape, PARAMETER)) * 1.0


def places(tape: Tape, kind: int) -> int:
    """Return how many inputs or parameters a tape has places for."""
    return int(tape.number[tape.op == kind].max(initial=-1)) + 1


def bits(numbers: Any) -> Any:
    """Return the bits of floats, of all NaN the same."""
    return np.where(np.isnan(numbers), np.nan, numbers).view(np.int64)


def assert_same_numbers(tape: Tape, simpler: Tape, inputs: Floats, parameters: Floats, zeros: bool = True) -> None:
    """Hold a pass to its tape, node by node: what is left has the numbers of the node that it was, bit for bit.

    Twins must be the nodes themselves, as `Builder` makes them. Without `zeros`, 0.0 and −0.0 count as the same.
    """
    before, after = evaluate(tape, inputs, parameters), evaluate(simpler, inputs, parameters)
    if not zeros:
        before, after = before + 0.0, after + 0.0
    old = np.flatnonzero(simpler.twin != NONE)  # it is that of new constants
    for k in old:
        i = simpler.twin[k]
        assert (bits(after[k]) == bits(before[i])).all(), f"node {i}, now {k}: {before[i]} became {after[k]}"
    assert tape.outputs.keys() == simpler.outputs.keys()
    for name, nodes in tape.outputs.items():
        for i, k in zip(nodes, simpler.outputs[name], strict=True):
            assert (i == NONE) == (k == NONE)
            assert i == NONE or (bits(after[k]) == bits(before[i])).all(), f"{name}: {before[i]} became {after[k]}"


def assert_valid(tape: Tape) -> None:
    """Check that a tape is one: operands before their users, columns of equal lengths, a sign of ±1 for sums alone."""
    n, t = len(tape), len(tape.left)
    assert tape.start[0] == 0
    assert tape.start[-1] == t == len(tape.right) == len(tape.sign)
    assert len(tape.start) == n + 1
    assert len(tape.split) == len(tape.number) == len(tape.twin) == n
    owner = tape.owner
    assert ((tape.left >= 0) & (tape.left < owner)).all()
    assert ((tape.right >= NONE) & (tape.right < owner)).all()
    assert (np.abs(tape.sign) == 1.0).all()
    in_sum = tape.op[owner] == SUM
    assert (tape.right[~in_sum] == NONE).all()
    assert (tape.sign[~in_sum] == 1.0).all()
    assert (tape.arity[np.isin(tape.op, (CONSTANT, INPUT, PARAMETER))] == 0).all()
    assert (tape.arity[tape.op >= FIRST_ROW] > 0).all()
    for nodes in tape.outputs.values():
        assert ((nodes >= NONE) & (nodes < n)).all()


def same_tape(one: Tape, other: Tape) -> bool:
    """Return whether two tapes are equal in every column."""
    columns = ("op", "start", "left", "right", "sign", "split", "number", "twin")
    same = all(np.array_equal(bits(getattr(one, c)), bits(getattr(other, c))) for c in columns)
    return same and all(np.array_equal(nodes, other.outputs[name]) for name, nodes in one.outputs.items())


def written_loop(n: int) -> Tape:
    """Return the tape of `total = total + x[i] * w[i]` in a loop over i < n that starts with x[0] * w[0]."""
    b = Builder()
    x, w = b.leaves(INPUT, range(n)), b.leaves(PARAMETER, range(n))
    (total,) = b.sums([[x[0]]], [[w[0]]])
    k = np.arange(n - 1)
    product = len(b) + 2 * k
    before = np.where(k == 0, total, product - 1)
    left = np.stack([x[1:], before, product], 1).ravel()
    right = np.stack([w[1:], np.full(n - 1, NONE), np.full(n - 1, NONE)], 1).ravel()
    ends = np.stack([3 * k + 1, 3 * k + 3], 1).ravel()
    b.append(np.full(2 * (n - 1), SUM), ends, left, right, 1.0, 0, 0.0, None)
    return b.tape(values=[len(b) - 1])
