"""Sums in vectors across the lanes, where one factor stands side by side: at the end they are transposed.

The other factor is read number by number, one for each lane, wherever each stands: as in rows of data.
"""

from __future__ import annotations

from dataclasses import replace

from .grid import Operand, Term
from .lanes import Cursor, Lanes, lane_pointers
from .loops import INNERMOST, Cursors, Registers, nested, repeat
from .sums import ZERO, Sums, plus
from .vectors import transposed


def runs_across(term: Term, lanes: Lanes, across: int | None, vector: int) -> bool:
    """Return whether one factor of a term stands side by side across the lanes, and the other differs along them alone.

    The other one has a table of places: if its numbers stood side by side, vectors would better run along the lanes.
    """
    if across is None or term.b is None or term.condition is not None or not term.loops:
        return False
    if lanes.width != vector or lanes.outer is not None or lanes.rest:
        return False
    side, other = (term.a, term.b) if _is_beside(term.a, across) else (term.b, term.a)
    beside = _is_beside(side, across) and not lanes.moves(side)
    return beside and bool(other.table) and lanes.moves(other) and not other.moves(across) and not any(other.hops)


def across(s: Sums, term: Term, sums: Registers) -> Registers:
    """Add a term in vectors across the lanes, one or more for each lane."""
    w, n, high = s.w, s.width, s.tile.high
    beside, other = s.cursors(term)
    if not _is_beside(beside.operand, s.tile.shape.across):
        beside, other = other, beside
    lanes = _by_lane(s, other)

    def body(at: Cursors, held: Registers) -> Registers:
        vectors = [w.load(w.shifted(at[0].data, i), n, min(n, high - i)) for i in range(0, high, n)]
        found: Registers = []
        for c in at[1:]:
            x = w.gathered([w.load(c.data, 1)] * n)
            for y in vectors:
                found.append(plus(w, n, held[len(found)], [x, y], s.strict and term.negative, s.strict))
        return found

    def innermost(at: Cursors, held: Registers) -> Registers:
        return repeat(w, term.loops[INNERMOST], at, INNERMOST, 1, held, s.type, body)[1]

    zero = s.splat(ZERO)
    first = _turned(s, sums) if s.strict and set(sums) != {zero} else [zero] * (len(lanes) * -(-high // n))
    found = _back(s, nested(w, term, (beside, *lanes), first, s.type, innermost))
    if s.strict:
        return found
    add = "fsub" if term.negative else "fadd"
    return [w.value(f"{add} {s.type} {x}, {y}") for x, y in zip(sums, found, strict=True)]


def _is_beside(x: Operand, across: int | None) -> bool:
    return across is not None and x.constant is None and not x.table and x.strides[across] == 1


def _by_lane(s: Sums, at: Cursor) -> Cursors:
    """Return an operand at each lane of the tile."""
    x, tile = at.operand, s.tile
    pointers = [p for j in range(tile.wide) for p in lane_pointers(s.w, at, tile.piece, *tile.shifts(x, 0, j))]
    return tuple(Cursor(replace(x, table=""), p) for p in pointers)


def _back(s: Sums, held: Registers) -> Registers:
    """Return the vectors of a tile, along the lanes, from those across them."""
    n, wide, groups = s.width, s.tile.wide, -(-s.tile.high // s.width)
    squares = [transposed(s.w, held[j * n * groups + g :: groups][:n]) for j in range(wide) for g in range(groups)]
    return [squares[j * groups + i // n][i % n] for i, j in s.tile.vectors]


def _turned(s: Sums, sums: Registers) -> Registers:
    """Return the vectors of a tile across the lanes, from those along them."""
    n, wide, groups = s.width, s.tile.wide, -(-s.tile.high // s.width)
    padded = [*sums, *[s.splat(ZERO)] * (groups * n * wide - len(sums))]
    squares = [[transposed(s.w, padded[g * n * wide + j :: wide][:n]) for g in range(groups)] for j in range(wide)]
    return [squares[j][g][lane] for j in range(wide) for lane in range(n) for g in range(groups)]
