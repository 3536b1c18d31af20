"""Nests as bytecode: instructions in a table, which one loop runs.

A program without order has about as many nests as operations, each of one point or a few, and LLVM would take far
longer over code for each than that code takes to run. But its points need few opcodes: an operation, and which space
each operand comes from. So each opcode is compiled once, and what tells its points apart is data: an instruction is the
number of its opcode, the place of the result, and those of the operands. A long sum is several instructions, of which
each goes on from what the one before left at the place of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np

from ...nests.addresses import indices
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...nests.reroll import FOLDING
from ...tape.tape import SUM, Ints
from .gates import Gated
from .grid import PADDED, PASSED, POOLS, PRESENT, Count, Grid, Member, Operand, Term
from .lengths import LINES, lines_of
from .writer import Module, Writer

SMALL = 8
"""A nest of fewer products in each segment goes into the table first."""

TERMS = 2
"""So many terms of a sum fit into one instruction."""

WORD = "i32"

POINTERS = ", ".join(f"ptr {pool}" for pool in PASSED)

Kind = tuple[Space, Space | None, bool]
"""Of a term: where its factors stand, and whether it is subtracted."""


class Opcode(NamedTuple):
    """What the machine code of an instruction is made from; `goes_on` if from what stands at the result's place."""

    op: int
    of: Space
    terms: tuple[Kind, ...]
    goes_on: bool

    @property
    def spaces(self) -> list[Space]:
        """Where the result stands, and the operands one after the other."""
        return [self.of, *(space for a, b, _ in self.terms for space in (a, b) if space is not None)]


def tabular(plan: Plan, lines: int = LINES) -> Callable[[Nest], bool]:
    """Return which nests of a plan to run as bytecode: the smallest, so that code for the others is at most this long.

    It depends on the plan alone, never on time measured: the same program gives the same bits.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> (x,) = b.leaves(INPUT, [0])
    >>> for _ in range(2000):  # x = x·x + x
    ...     (x,) = b.sums([[x, x]], [[x, -1]])
    >>> plan = reroll(b.tape(values=[x])).plan
    >>> all(map(tabular(plan), plan.nests))
    True
    """
    lengths = [(_products(nest), lines_of(nest)) for nest in plan.nests]
    least = 0
    while sum(length for products, length in lengths if products >= least) > lines:
        least = 2 * least or SMALL
    return lambda nest: _products(nest) < least


def _products(nest: Nest) -> float:
    """Return how many products, or operands, each segment of a nest has: the loops that make it worth its code."""
    return nest.terms / max(1, len(nest.segments))


class Bytecode:
    """Instructions for blocks of `lanes` rows, and the function that runs them."""

    def __init__(self, module: Module, lanes: int, strict: bool) -> None:
        self._module, self._lanes, self._strict = module, lanes, strict
        self._name = f"run{lanes}"
        self._opcodes: dict[Opcode, int] = {}

    def call(self, w: Writer, nests: Iterable[Nest], present: str) -> None:
        """Write a call that runs these nests, one after the other."""
        words: list[Ints] = []
        count = sum(self._append(words, nest) for nest in nests)
        if count:
            table = self._module.table(np.concatenate(words).astype(np.int32))
            w.do(f"call void @{self._name}({POINTERS}, i64 {present}, ptr {table}, i64 {count})")

    def define(self, begin: Callable[[Writer], None], write: Callable[[Writer, Grid], None]) -> None:
        """Add the function to the module, if anything calls it.

        `begin` writes what must stand before loops over rows, `write` an opcode as if it were a nest.
        """
        if not self._opcodes:
            return
        w = Writer(self._module)
        begin(w)

        def run(opcode: Opcode, at: str) -> list[str]:
            write(w, self._grid(opcode, [_pointer(w, at, i, space) for i, space in enumerate(opcode.spaces, 1)]))
            return [w.shifted(at, 1 + len(opcode.spaces), WORD)]

        def instruction(_: str, at: list[str]) -> list[str]:
            number = w.value(f"load {WORD}, ptr {at[0]}, align 4")
            return w.switch(number, WORD, ["ptr"], [partial(run, opcode, at[0]) for opcode in self._opcodes])

        w.loop("%count", [("ptr", "%table")], instruction)
        w.define(self._name, f"{POINTERS}, i64 {PRESENT}, ptr %table, i64 %count", "internal ")

    def _append(self, words: list[Ints], nest: Nest) -> int:
        """Append the instructions of a nest, those of all points with their first terms first; return how many."""
        count = prod(nest.extents)
        if not count:
            return 0
        (out,) = self._places(nest.out, nest.extents, 1)
        terms = [term for s in nest.segments if s.length for term in self._terms(s, nest.extents)]
        each = TERMS if nest.op in FOLDING else max(1, len(terms))
        starts = range(0, max(1, len(terms)), each)
        for start in starts:
            some = terms[start : start + each]
            goes_on = start > 0 and nest.out.space is not Space.GRAD  # to which all is added anyway
            opcode = Opcode(nest.op, nest.out.space, tuple(kind for kind, _ in some), goes_on)
            number = self._opcodes.setdefault(opcode, len(self._opcodes))
            places = [out, *(places for _, factors in some for places in factors)]
            words.append(np.stack([np.full(count, number), *places], axis=1).ravel())
        return count * len(starts)

    def _terms(self, s: Segment, extents: tuple[int, ...]) -> Iterator[tuple[Kind, tuple[Ints, ...]]]:
        """Yield the terms of a segment: their kind, and for each factor its places at all points."""
        assert not isinstance(s, Gated), "gates are code, never bytecode"
        factors = [s.a] if s.b is None else [s.a, s.b]
        kind = s.a.space, None if s.b is None else s.b.space, s.sign < 0
        for places in zip(*(self._places(a, extents, s.length) for a in factors), strict=True):
            yield kind, places

    def _places(self, a: Address, extents: tuple[int, ...], length: int) -> Ints:
        """Return for each term the places at all points, (length, points), counted from the beginning of the space."""
        found: Ints = indices(a, extents, length).reshape(-1, length).T
        return found * (self._lanes if a.space is Space.ROW else 1)

    def _grid(self, opcode: Opcode, pointers: Sequence[str]) -> Grid:
        """Return an opcode as a nest of one point, whose result and operands stand at these pointers."""
        rows = self._lanes > 1 and opcode.of is Space.ROW
        summed = self._lanes > 1 and opcode.of is Space.GRAD

        def operand(pointer: str, space: Space, loops: int) -> Operand:
            along = int(space is Space.ROW)
            return Operand(pointer, 0, (along,) * rows, (along * summed,) * loops, "", 0, (0,) * rows, (0,) * loops)

        def loops(a: Space, b: Space | None) -> tuple[Count, ...]:
            if summed:
                return (PADDED if Space.ROW in (a, b) and not self._strict else PRESENT,)
            return () if opcode.op == SUM else (1,)

        at = iter(pointers)
        out = operand(next(at), opcode.of, int(summed))
        terms = []
        if opcode.goes_on:
            before = operand(pointers[0], opcode.of, int(opcode.op != SUM))
            terms.append(Term(loops(opcode.of, None), before, None, False))
        for a, b, minus in opcode.terms:
            over = loops(a, b)
            first, second = operand(next(at), a, len(over)), None if b is None else operand(next(at), b, len(over))
            terms.append(Term(over, first, second, minus))
        member = Member(opcode.op, out, tuple(terms), opcode.of is Space.GRAD, True)
        return Grid((self._lanes,) * rows, (member,), self._lanes, 0 if rows else None)


def _pointer(w: Writer, at: str, i: int, space: Space) -> str:
    place = w.value(f"load {WORD}, ptr {w.shifted(at, i, WORD)}, align 4")
    return w.value(f"getelementptr double, ptr {POOLS[space]}, {WORD} {place}")
