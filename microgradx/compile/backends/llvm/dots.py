"""Dot products: vectors along the loop of a sum, one for each lane of the result, added across at the end."""

from __future__ import annotations

from .grid import PADDED, VECTORS, Term
from .lanes import Cursor
from .loops import INNERMOST, Cursors, Registers, nested, repeat
from .sums import ZERO, Sums, abreast, joined, plus
from .vectors import sums_of_lanes
from .writer import number, splat, vector_type

Shifts = tuple[int, ...]  # of each factor: how far the first number of a lane's dot product is from the tile's first


def dots(s: Sums, term: Term, sums: Registers) -> Registers:
    """Add a term, one dot product for each lane."""
    w, n = s.w, s.w.target.vector
    wanted = _wanted(s, term)
    different = list(dict.fromkeys(wanted))
    count = term.loops[INNERMOST]
    steps, chains = (1, 1) if count == PADDED else abreast(max(1, int(count) // n), len(different), False)
    zeros = [splat(number(ZERO), n)] * (len(different) * chains)
    t = vector_type(n)

    def innermost(at: Cursors, held: Registers) -> Registers:
        def body(here: Cursors, held: Registers, many: int = steps) -> Registers:
            held = list(held)
            for k in range(many):
                chain = slice(k % chains * len(different), (k % chains + 1) * len(different))
                held[chain] = _products(s, term, here, held[chain], different, k * n, n)
            return held

        if count == PADDED:
            return repeat(w, VECTORS, at, INNERMOST, n, held, t, body)[1]
        assert isinstance(count, int)
        at, held = repeat(w, count // (n * steps), at, INNERMOST, n * steps, held, t, body)
        vectors, rest = divmod(count % (n * steps), n)
        held = body(at, held, vectors)
        if rest:
            held[: len(different)] = _products(s, term, at, held[: len(different)], different, vectors * n, rest)
        return held

    totals = nested(w, term, s.cursors(term), zeros, t, innermost)
    across = dict(zip(different, joined(w, t, totals, len(different)), strict=True))
    found = []
    for v, x in enumerate(sums):
        lanes = [across[shifts] for shifts in wanted[v * s.width : (v + 1) * s.width]]
        found.append(w.value(f"{'fsub' if term.negative else 'fadd'} {s.type} {x}, {sums_of_lanes(w, lanes, n)}"))
    return found


def _wanted(s: Sums, term: Term) -> list[Shifts]:
    """Return for each lane of each vector where its factors begin."""
    piece = s.tile.piece
    offsets = [piece.lanes.offsets(x.strides, piece.active, piece.width) for x in term.operands]
    return [
        tuple(s.tile.shift(x.strides, i, j) + offset[lane] for x, offset in zip(term.operands, offsets, strict=True))
        for i, j in s.tile.vectors
        for lane in range(piece.width)
    ]


def _products(
    s: Sums, term: Term, at: Cursors, totals: Registers, different: list[Shifts], k: int, active: int
) -> Registers:
    """Add to each dot product the products of steps k to k + active."""
    w, n = s.w, s.w.target.vector
    known: dict[tuple[int, int], str] = {}

    def vector(o: int, c: Cursor, shift: int) -> str:
        if (o, shift) not in known:
            known[o, shift] = w.load(w.shifted(c.data, shift + k), n, active)
        return known[o, shift]

    return [
        plus(w, n, total, [vector(o, at[o], shift) for o, shift in enumerate(shifts)], False, False)
        for total, shifts in zip(totals, different, strict=True)
    ]
