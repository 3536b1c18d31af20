"""The sums of a tile: one register for each vector of results, to which a term adds product after product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .arithmetic import Arithmetic
from .grid import Term
from .lanes import Cursor, cursor, read
from .loops import INNERMOST, Cursors, Registers, nested, repeat
from .walk import Tile
from .writer import Writer, number, splat, vector_type

Squares = dict[tuple[int, int, int], Registers]  # operand and place → its vectors at the next steps of the loop

ZERO = -0.0  # the sum of nothing: −0.0 + x is x for every x, 0.0 + x is not for x = −0.0
STRAIGHT = 32  # products that are written without a loop
CHAINS = 8  # sums that must run side by side to hide how long one addition takes


@dataclass(frozen=True)
class Sums:
    """The sums of one tile: a register for each of its vectors; `block` is how many rows a block has."""

    w: Writer
    tile: Tile
    strict: bool
    block: int

    @property
    def width(self) -> int:
        """The lanes of a vector."""
        return self.tile.piece.width

    @property
    def type(self) -> str:
        """The type of a vector."""
        return vector_type(self.width)

    def splat(self, x: float) -> str:
        """Return a vector of equal numbers."""
        return splat(number(x), self.width)

    def cursors(self, term: Term) -> Cursors:
        """Return the operands of a term where the tile begins."""
        return tuple(cursor(self.w, x, self.tile.point) for x in term.operands)

    def products(self, term: Term, at: Cursors, sums: Registers, k: int, known: Squares | None = None) -> Registers:
        """Add to each sum its product k steps on; `known` are vectors that have been read."""
        found: dict[tuple[int, int, int], str] = {}

        def operand(o: int, c: Cursor, i: int, j: int) -> str:
            data, entry = self.tile.shifts(c.operand, i, j)
            if known is not None and (o, data, entry) in known:
                return known[o, data, entry][k]
            if (o, data, entry) not in found:
                step, hop = (c.operand.steps[INNERMOST], c.operand.hops[INNERMOST]) if k else (0, 0)
                found[o, data, entry] = read(self.w, c, self.tile.piece, data + k * step, entry + k * hop)
            return found[o, data, entry]

        return [
            plus_term(self.w, self.width, total, term, [operand(o, c, i, j) for o, c in enumerate(at)], self.strict)
            for total, (i, j) in zip(sums, self.tile.vectors, strict=True)
        ]


def plus_term(w: Writer, n: int, total: str, term: Term, operands: Sequence[str], strict: bool) -> str:
    """Return total ± what a term is, given its operands: the product of its factors, or, where a gate is shut, −0.0."""
    if term.condition is None:
        return plus(w, n, total, operands, term.negative, strict)
    *factors, condition = operands
    x, m = plus(w, n, splat(number(ZERO), n), factors, False, True), Arithmetic(w, n)
    there = m.compare("une" if term.opens else "oeq", condition, 0.0)
    if w.target.masked and not term.negative:  # one instruction; −0.0 − (−0.0) is 0.0, no −0.0
        return m.select(there, plus(w, n, total, [x], False, strict), total)
    chosen = m.select(there, x, ZERO)
    return plus(w, n, total, [chosen], term.negative, strict)


def plus(w: Writer, n: int, total: str, factors: Sequence[str], negative: bool, strict: bool) -> str:
    """Return total ± the product of the factors: rounded twice in strict mode, once if not and the processor can."""
    t, alone = vector_type(n), len(factors) == 1
    is_first = total == splat(number(ZERO), n)
    if strict or alone:
        product = factors[0] if alone else w.value(f"fmul {t} {factors[0]}, {factors[1]}")
        if is_first and not negative:
            return product
        return w.value(f"{'fsub' if negative else 'fadd'} {t} {total}, {product}")
    a, b = factors
    if negative:
        a = w.value(f"fneg {t} {a}")
    if is_first:
        return w.value(f"fmul {t} {a}, {b}")
    return w.call(t, f"llvm.fmuladd.{'' if n == 1 else f'v{n}'}f64", [(t, a), (t, b), (t, total)])


def outer(s: Sums, term: Term, sums: Registers, single: bool = False) -> Registers:
    """Add a term step by step of its loop, of which a round may be several steps, or a `single` one."""

    def innermost(at: Cursors, carried: Registers) -> Registers:
        if not term.loops:
            return s.products(term, at, carried, 0)
        count = term.loops[INNERMOST]
        if isinstance(count, str) or single:
            body = lambda here, held: s.products(term, here, held, 0)  # noqa: E731
            return repeat(s.w, count, at, INNERMOST, 1, carried, s.type, body)[1]
        return _side_by_side(s, term, at, carried, count)

    return nested(s.w, term, s.cursors(term), sums, s.type, innermost)


def _side_by_side(s: Sums, term: Term, at: Cursors, sums: Registers, count: int) -> Registers:
    """Add `count` products to each sum, in several chains where that is faster and the order is free."""
    n = len(sums)
    steps, chains = abreast(count, n, s.strict)
    every = sums + [s.splat(ZERO)] * (n * (chains - 1))

    def body(here: Cursors, held: Registers, many: int = steps) -> Registers:
        held = list(held)
        for k in range(many):
            chain = slice(k % chains * n, (k % chains + 1) * n)
            held[chain] = s.products(term, here, held[chain], k)
        return held

    at, every = repeat(s.w, count // steps, at, INNERMOST, steps, every, s.type, body)
    every = body(at, every, count % steps)
    return joined(s.w, s.type, every, n)


def abreast(count: int, sums: int, strict: bool) -> tuple[int, int]:
    """Return how many of `count` steps to write in one round of a loop, and in how many chains, for so many sums.

    >>> abreast(16, 16, False), abreast(32, 2, False), abreast(32, 2, True), abreast(16, 2, True)
    ((1, 1), (4, 4), (4, 1), (16, 1))
    """
    if count * sums <= CHAINS:
        return count, 1 if strict else max(1, count // 2)
    steps = min(count, max(1, CHAINS // sums))
    steps = next((more for more in range(steps, 2 * steps) if count % more == 0), steps)
    if count * sums <= STRAIGHT:
        steps = count
    return steps, 1 if strict else min(steps, max(1, CHAINS // sums))


def joined(w: Writer, of: str, every: Registers, n: int) -> Registers:
    """Add up chains of n sums each."""
    while len(every) > n:
        half = (len(every) // n + 1) // 2 * n
        pairs = zip(every, every[half:], strict=False)
        added = [w.value(f"fadd {of} {x}, {y}") for x, y in pairs]
        every = added + every[len(added) : half]
    return every
