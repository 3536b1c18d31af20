"""How long code is, and how much of it is worth compiling: that must be known also where none is written."""

from __future__ import annotations

from collections.abc import Iterable

from ...nests.nests import Nest, Plan
from ...tape.tape import FIRST_ROW, name

LONG = frozenset({"exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "pow"})
"""Operations of so many instructions that one vector keeps the processor busy."""

LINES = 20_000
"""So long may code be: LLVM takes about half a second for it."""

EACH = 30
"""An elementary function takes as long as so many multiply-adds."""

SHORT = 2000
"""Code that is no longer is worth compiling for a single row: LLVM takes about 60 ms for it."""

WORTH = 30_000
"""Multiply-adds that bytecode, or code that is not optimised, makes in the time that a line takes to compile."""


def length(plan: Plan) -> int:
    """Return about how many lines the code of a plan has without any bytecode."""
    return sum(map(lines_of, plan.nests))


def worth(lines: int, operations: int, rows: int) -> int:
    """Return how long code may be for a plan of which it has so many lines, where so many rows are ever computed.

    Compiling it takes no longer than bytecode would take for these rows, each of so many multiply-adds. Below LINES it
    is a power of two, or 0, so that few kernels are made of one plan.

    >>> worth(1500, 10**5, rows=1), worth(10_000, 10**5, rows=300), worth(10_000, 10**5, rows=10**6)
    (20000, 512, 20000)
    """
    paid = rows * operations // WORTH
    if lines <= SHORT or paid >= min(lines, LINES):
        return LINES
    return 1 << paid.bit_length() - 1 if paid else 0


def sooner(lines: int, operations: int, rows: int) -> bool:
    """Return whether code of so many lines gives its first result, on these rows, earlier if it is not optimised.

    >>> sooner(1500, 10**5, rows=100), sooner(1500, 10**5, rows=10_000)
    (True, False)
    """
    return rows * operations <= WORTH * lines


def work(nests: Iterable[Nest]) -> int:
    """Return how many multiply-adds take about as long as some nests for a row."""
    return sum(nest.terms * (EACH if is_long(nest) else 1) for nest in nests)


def lines_of(nest: Nest) -> int:
    """Return about how long the code of a nest is."""
    return 20 + 10 * len(nest.segments) + 80 * is_long(nest)


def is_long(nest: Nest) -> bool:
    """Return whether one operation of a nest is many instructions."""
    return nest.op >= FIRST_ROW and name(nest.op) in LONG
