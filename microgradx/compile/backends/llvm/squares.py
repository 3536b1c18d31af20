"""Sums whose factors run along the loop, not along the lanes: read in squares of numbers, which are transposed."""

from __future__ import annotations

from .grid import PADDED, Operand, Term
from .lanes import Lanes, lane_pointers
from .loops import INNERMOST, Cursors, Registers, nested, repeat
from .sums import Squares, Sums
from .vectors import transposed


def in_squares(x: Operand, lanes: Lanes) -> bool:
    """Whether an operand runs along the loop, number by number, and not along the lanes."""
    still = x.hops[INNERMOST] == 0 and not any(x.entries[d] for d in lanes.dimensions)
    return lanes.moves(x) and not lanes.contiguous(x) and still and abs(x.steps[INNERMOST]) == 1


def squares(s: Sums, term: Term, sums: Registers) -> Registers:
    """Add a term in rounds of as many steps as a vector has lanes, with what is scattered read in squares."""
    w, n = s.w, s.width

    def body(at: Cursors, carried: Registers, many: int = n) -> Registers:
        known = _read(s, at, many)
        for k in range(many):
            carried = s.products(term, at, carried, k, known)
        return carried

    def innermost(at: Cursors, carried: Registers) -> Registers:
        count = term.loops[INNERMOST]
        if isinstance(count, int):
            at, carried = repeat(w, count // n, at, INNERMOST, n, carried, s.type, body)
            return body(at, carried, count % n) if count % n else carried
        whole = w.value(f"sdiv i64 {count}, {n}")
        at, carried = repeat(w, whole, at, INNERMOST, n, carried, s.type, body)
        if count == PADDED:
            return carried
        rest = w.value(f"srem i64 {count}, {n}")
        one = lambda here, held: s.products(term, here, held, 0)  # noqa: E731
        return repeat(w, rest, at, INNERMOST, 1, carried, s.type, one)[1]

    return nested(w, term, s.cursors(term), sums, s.type, innermost)


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
