"""Factors of large products that are copied before these, with what vectors run along side by side.

Gradients are sums over rows. Where they stand side by side, so have to stand the numbers of each row that one of their
factors is; but these have those of the other rows beside them.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ...nests.nests import Space
from .grid import PADDED, POOLS, PRESENT, Grid, Operand, Term
from .partition import SLICES
from .sharing import products, shared
from .standing import WORTH
from .writer import Writer

AGAIN = 64
"""Each number is read so many times, or more: for fewer a copy does not pay."""


def copied(w: Writer, g: Grid) -> Grid:
    """Write the copies for a nest that adds to gradients, and return it with them."""
    out, vector = g.head.out, w.target.vector
    beside = [d for d, n in enumerate(g.extents) if out.strides[d] == 1 and vector <= n <= prod(g.extents) // AGAIN]
    if not g.members[-1].adds or not beside or out.table or products(g) < WORTH:
        return g
    known: dict[Operand, Operand] = {}

    def factor(x: Operand) -> Operand:
        if not _is_turned(x, beside[0]):
            return x
        if x not in known:
            known[x] = _copy(w, g, x, beside[0])
        return known[x]

    def term(t: Term) -> Term:
        of_rows = len(t.operands) > 1 and t.loops in ((PRESENT,), (PADDED,))
        return t.mapped(factor) if of_rows else t

    head = replace(g.head, terms=tuple(map(term, g.head.terms)))
    return replace(g, members=(head, *g.members[1:]))


def _is_turned(x: Operand, d: int) -> bool:
    """Return whether an operand has numbers of all rows side by side, and differs along this dimension alone."""
    if x.pool != POOLS[Space.ROW] or x.table or x.constant is not None or x.steps != (1,):
        return False
    return x.strides[d] != 0 and not any(by for e, by in enumerate(x.strides) if e != d)


def _copy(w: Writer, g: Grid, x: Operand, d: int) -> Operand:
    n, extent = w.target.vector, g.extents[d]
    squares = -(-extent // n)
    each, width = -(-squares // SLICES), squares * n
    place = w.module.reserve(width * g.block)
    given = {"%from": ("ptr", w.shifted(x.pool, x.base)), "%to": ("ptr", w.shifted(POOLS[Space.ONE], place))}

    def square(w: Writer, number: str, many: int) -> list[str]:
        start, to = w.shifted("%from", w.linear(0, [(number, n * x.strides[d])])), w.linear(0, [(number, n)])
        rows = [w.shifted(start, min(i, many - 1) * x.strides[d]) for i in range(n)]
        pointers = [("ptr", row) for row in (*rows, w.shifted("%to", to))]
        w.call("void", "sideways", [*pointers, ("i64", str(g.block)), ("i64", str(width))])
        return []

    def some(w: Writer, tile: str) -> None:
        begin = w.value(f"mul i64 {tile}, {each}")
        many = w.minimum(w.value(f"sub i64 {extent // n}, {begin}"), str(each))
        w.loop(many, [], lambda index, _: square(w, w.value(f"add i64 {begin}, {index}"), n))
        if extent % n:
            last = w.value(f"icmp eq i64 {tile}, {(squares - 1) // each}")
            w.when(last, [], [], lambda: square(w, str(squares - 1), extent % n))

    shared(w, -(-squares // each), some, given, ("copy", extent, x.strides[d], g.block))
    strides = tuple(int(e == d) for e in range(len(g.extents)))
    return replace(x, pool=POOLS[Space.ONE], base=place, strides=strides, steps=(width,))
