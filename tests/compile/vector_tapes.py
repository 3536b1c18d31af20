"""Tapes of vectors for tests, drawn at random, and their numbers by NumPy's own inner products: an oracle."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from microgradx.compile.tape.tape import (
    CONSTANT,
    FIRST_ROW,
    INPUT,
    NONE,
    PARAMETER,
    ROWS,
    SUM,
    UNIT,
    Builder,
    Floats,
    Ints,
    Tape,
    code,
)
from microgradx.compile.tape.unroll import Origin
from microgradx.primitives import row

WIDTHS = (2, 3, 5)
PARAMETERS = 40
INPUTS = 6


class VectorTape:
    """A random tape under construction, of numbers and of vectors of some widths."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"vectors {seed}")
        self.builder = Builder()
        self.of: dict[int, list[int]] = {1: self.builder.leaves(INPUT, range(INPUTS)).tolist()}
        self.of[1] += self.builder.leaves(CONSTANT, [1.0, -1.0, 0.5]).tolist()
        place = 0
        self.units = {}
        for width in WIDTHS:
            self.units[width] = self.leaves(UNIT, range(width), width)
            self.of[width] = self.leaves(PARAMETER, range(place, place + 3 * width, width), width)
            place += 3 * width
        self.of[1] += self.builder.leaves(PARAMETER, range(place, PARAMETERS)).tolist()

    def leaves(self, kind: int, numbers: Any, width: int) -> list[int]:
        n = len(numbers)
        nodes = self.builder.append([kind] * n, [0] * n, [], [], [], 0, list(numbers), None, width)
        return [int(v) for v in nodes]

    def pick(self, width: int) -> int:
        return self.rng.choice(self.of[width][-12:] if self.rng.random() < 0.7 else self.of[width])

    def sum(self, width: int, terms: list[tuple[int, int]]) -> None:
        left, right = zip(*terms, strict=True)
        sign = [self.rng.choice((1.0, 1.0, -1.0)) if len(terms) > 1 else 1.0 for _ in terms]
        ends = [len(terms)]
        self.of[width] += self.builder.append([SUM], ends, left, right, sign, 0, 0.0, None, width).tolist()

    def stack(self, width: int) -> None:
        """Append a stack, now and then one of fewer entries."""
        entries = range(width - (self.rng.random() < 0.2))
        self.builder.append(
            [SUM],
            [len(entries)],
            [self.pick(1) for _ in entries],
            [self.units[width][k] for k in entries],
            1.0,
            0,
            0.0,
            None,
            width,
        )
        self.of[width].append(len(self.builder) - 1)

    def term(self, width: int) -> tuple[int, int]:
        """Return a term of a sum of this width."""
        kind, w = self.rng.random(), self.rng.choice(WIDTHS)
        if width == 1:
            vector = self.pick(w)
            choices = [(self.pick(1), self.pick(1)), (self.pick(1), NONE), (vector, self.pick(w))]
            choices.append((vector, self.rng.choice(self.units[w])))
            return choices[int(kind * 4)]
        pair = [self.pick(1), self.pick(width)]
        self.rng.shuffle(pair)
        return (pair[0], pair[1]) if kind < 0.7 else (self.pick(width), NONE)


def vector_tape(seed: int, size: int = 40) -> Tape:
    """Return a random tape of numbers and vectors."""
    t = VectorTape(seed)
    for _ in range(size):
        kind, width = t.rng.random(), t.rng.choice(WIDTHS)
        if kind < 0.2:
            t.stack(width)
        elif kind < 0.3:
            t.of[1] += t.builder.rows(code(row("tanh")), [[t.pick(1)]]).tolist()
        elif kind < 0.6:
            t.sum(1, [t.term(1) for _ in range(t.rng.randint(1, 3))])
        else:
            t.sum(width, [t.term(width) for _ in range(t.rng.randint(1, 3))])
    t.sum(1, [(v, NONE) for v in t.of[1][-4:]])
    return t.builder.tape(values=[t.of[1][-1], t.pick(1)])


def origin(tape: Tape) -> Origin:
    """Return the origin of a tape whose numbers were recorded in its own order."""
    return Origin(np.append(0, np.cumsum(tape.width)), np.arange(int(tape.width.sum())))


def numbers_of(tape: Tape, inputs: Floats, parameters: Floats) -> list[Any]:
    """Return the numbers of each node for one row: a float, or an array."""
    found: list[Any] = []
    for i in range(len(tape)):
        op, number, width = int(tape.op[i]), tape.number[i], int(tape.width[i])
        terms = range(tape.start[i], tape.start[i + 1])
        if op == CONSTANT:
            found.append(float(number))
        elif op == UNIT:
            found.append((np.arange(width) == number) * 1.0)
        elif op in (INPUT, PARAMETER):
            numbers = inputs if op == INPUT else parameters
            found.append(numbers[int(number) : int(number) + width] if width > 1 else float(numbers[int(number)]))
        elif op == SUM:
            found.append(sum((_term(tape, t, width, found) for t in terms), np.zeros(width) if width > 1 else 0.0))
        else:
            assert ROWS[op - FIRST_ROW].name == "tanh"
            found.append(float(np.tanh(found[tape.left[tape.start[i]]])))
    return found


def _term(tape: Tape, t: int, width: int, found: list[Any]) -> Any:
    a, b = found[tape.left[t]], 1.0 if tape.right[t] == NONE else found[tape.right[t]]
    product = a @ b if np.ndim(a) and np.ndim(b) else a * b
    assert np.size(product) == width
    return tape.sign[t] * product


def flat(numbers: Any, nodes: Ints) -> Floats:
    """Return the numbers of nodes, one after the other."""
    return np.concatenate([np.atleast_1d(numbers[i]) for i in nodes] or [np.zeros(0)])
