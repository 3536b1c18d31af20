"""Sums whose factors run along the loop, not along the lanes: read in squares of numbers, which are transposed."""

from __future__ import annotations

from dataclasses import replace

from .grid import PADDED, Operand, Term
from .lanes import Lanes, lane_pointers
from .loops import INNERMOST, Cursors, Registers, nested, repeat
from .sums import Squares, Sums
from .vectors import transposed

LOOPED, LONG = 8, 64
"""From so many sums on, and of so many rows, the steps of a square are a loop: written out they would be much code."""


def in_squares(x: Operand, lanes: Lanes) -> bool:
    """Return whether an operand runs along the loop, number by number, and not along the lanes."""
    still = x.hops[INNERMOST] == 0 and not any(x.entries[d] for d in lanes.dimensions)
    return lanes.moves(x) and not lanes.contiguous(x) and still and abs(x.steps[INNERMOST]) == 1


def squares(s: Sums, term: Term, sums: Registers) -> Registers:
    """Add a term in rounds of as many steps as a vector has lanes, with what is scattered read in squares."""
    w, n = s.w, s.width
    looped = len(sums) >= LOOPED and s.block >= LONG

    def body(at: Cursors, carried: Registers, many: int = n) -> Registers:
        known = _read(s, at, many)
        if looped and many > 1:
            return _one_by_one(s, term, at, carried, known, many)
        for k in range(many):
            carried = s.products(term, at, carried, k, known)
        return carried

    def innermost(at: Cursors, carried: Registers) -> Registers:
        count = term.loops[INNERMOST]
        if isinstance(count, int):
            at, carried = repeat(w, count // n, at, INNERMOST, n, carried, s.type, body)
            return body(at, carried, count % n) if count % n else carried
        whole = w.value(f"udiv i64 {count}, {n}")
        at, carried = repeat(w, whole, at, INNERMOST, n, carried, s.type, body)
        if count == PADDED:
            return carried
        rest = w.value(f"urem i64 {count}, {n}")
        one = lambda here, held: s.products(term, here, held, 0)  # noqa: E731
        return repeat(w, rest, at, INNERMOST, 1, carried, s.type, one)[1]

    return nested(w, term, s.cursors(term), sums, s.type, innermost)


def _one_by_one(s: Sums, term: Term, at: Cursors, sums: Registers, known: Squares, many: int) -> Registers:
    """Add the products of the next steps in a loop, which reads the vectors of a step where they are put before."""
    w, n = s.w, s.width
    room = w.room(len(known) * n * n)
    for place, columns in enumerate(known.values()):
        for k, x in enumerate(columns):
            w.store(x, w.shifted(room, (place * n + k) * n), n)
    read = {o for o, _, _ in known}
    there = tuple(replace(c, operand=_stepping(c.operand, n), data=room) if o in read else c for o, c in enumerate(at))

    def step(here: Cursors, held: Registers) -> Registers:
        vectors = {key: [w.load(w.shifted(here[key[0]].data, place * n * n), n)] for place, key in enumerate(known)}
        return s.products(term, here, held, 0, vectors)

    return repeat(w, many, there, INNERMOST, 1, sums, s.type, step)[1]


def _stepping(x: Operand, by: int) -> Operand:
    """Return an operand that moves on by so many numbers in each step."""
    return replace(x, steps=(*x.steps[:-1], by))


def _read(s: Sums, at: Cursors, many: int) -> Squares:
    """Return the vectors of the next steps of all operands that run along the loop."""
    w, n, piece = s.w, s.width, s.tile.piece
    known: Squares = {}
    for o, c in enumerate(at):
        for i, j in s.tile.vectors if in_squares(c.operand, piece.lanes) else []:
            data, entry = s.tile.shifts(c.operand, i, j)
            if (o, data, entry) not in known:
                down = c.operand.steps[INNERMOST] < 0
                rows = lane_pointers(w, c, piece, data - (many - 1) * down, entry)
                loaded = {p: w.load(p, n, many) for p in dict.fromkeys(rows)}
                columns = transposed(w, [loaded[p] for p in rows])[:many]
                known[o, data, entry] = columns[::-1] if down else columns
    return known
