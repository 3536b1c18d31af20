"""The members of a grid at the points of a tile: operands from memory or registers, results to memory or registers."""

from __future__ import annotations

from collections.abc import Callable

from ...tape.tape import LESS, LESS_EQUAL, SUM, name
from .grid import Grid, Member, Operand, Term
from .lanes import Cursor, cursor, read, write
from .loops import INNERMOST, Registers, onward, repeat
from .operations import Operations
from .sums import ZERO, plus_term
from .walk import Tile
from .writer import Writer, number, splat, vector_type

SHORT = 8  # operands of an extremum that are written out rather than looped over


class Points:
    """A tile on which members are computed vector by vector."""

    def __init__(self, w: Writer, g: Grid, tile: Tile, strict: bool, members: tuple[Member, ...]) -> None:
        self._w, self._g, self._tile, self._strict = w, g, tile, strict
        self._operations = Operations(w, tile.piece.width, tile.piece.active, strict)
        self._known: dict[tuple[Operand, int, int], str] = {}
        loaded = [x for m in members for x in m.operands if x.source is None and x.constant is None]
        written = [m.out for m in g.members if m.stored]
        self._cursors = {x: cursor(w, x, tile.point) for x in dict.fromkeys(loaded + written)}

    def finish(self, vector: tuple[int, int], head: str | None = None) -> None:
        """Compute and store all members at a vector; the first is `head` if that has been computed."""
        values: Registers = []
        for m in self._g.members:
            x = head if head is not None and not values else self._value(m, vector, values)
            values.append(x)
            if m.stored:
                write(self._w, x, self._cursors[m.out], self._tile.piece, *self._tile.shifts(m.out, *vector))

    def current(self, m: Member, vector: tuple[int, int]) -> str:
        """Return what stands in memory where a member is written."""
        return read(self._w, self._cursors[m.out], self._tile.piece, *self._tile.shifts(m.out, *vector))

    def _value(self, m: Member, vector: tuple[int, int], values: Registers) -> str:
        def operand(x: Operand, k: int = 0) -> str:
            if x.source is not None:
                return values[x.source]
            if x.constant is not None:
                return splat(number(x.constant), self._tile.piece.width)
            data, entry = self._tile.shifts(x, *vector)
            data, entry = (data + k * x.steps[INNERMOST], entry + k * x.hops[INNERMOST]) if k else (data, entry)
            key = (x, data, entry)
            if key not in self._known:
                self._known[key] = read(self._w, self._cursors[x], self._tile.piece, data, entry)
            return self._known[key]

        if m.op == SUM:
            return self._sum(m, vector, operand)
        operation = "less" if m.op == LESS else "less_equal" if m.op == LESS_EQUAL else name(m.op)
        apply = getattr(self._operations, operation)
        if operation in ("max", "min"):
            return self._extremum(m, vector, operand, apply)
        result: str = apply(*[operand(term.a, k) for term in m.terms for k in range(_length(term))])
        return result

    def _sum(self, m: Member, vector: tuple[int, int], operand: Callable[[Operand], str]) -> str:
        w, n = self._w, self._tile.piece.width
        onto = m.adds and (not self._strict or len(m.terms) == 1)
        total = self.current(m, vector) if onto else splat(number(ZERO if m.terms else 0.0), n)
        for term in m.terms if self._strict else sorted(m.terms, key=lambda term: len(term.operands)):
            total = plus_term(w, n, total, term, [operand(x) for x in term.operands], self._strict)
        if m.adds and not onto:
            total = w.value(f"fadd {vector_type(n)} {self.current(m, vector)}, {total}")
        return total

    def _extremum(
        self,
        m: Member,
        vector: tuple[int, int],
        operand: Callable[[Operand, int], str],
        better: Callable[[str, str], str],
    ) -> str:
        """Fold the operands from the first on."""
        if sum(map(_length, m.terms)) <= SHORT:
            first, *rest = [operand(term.a, k) for term in m.terms for k in range(_length(term))]
            for x in rest:
                first = better(first, x)
            return first
        best = operand(m.terms[0].a, 0)
        for i, term in enumerate(m.terms):
            if term.a.constant is not None:  # the same however often it is met
                best = better(best, operand(term.a, 0))
                continue
            at: tuple[Cursor, ...] = (self._cursors[term.a],)
            count = _length(term)
            if i == 0:
                at, count = onward(self._w, at, INNERMOST, 1), count - 1
            if count:
                best = self._folded(best, at, count, vector, better)
        return best

    def _folded(
        self, best: str, at: tuple[Cursor, ...], count: int, vector: tuple[int, int], better: Callable[[str, str], str]
    ) -> str:
        piece, shifts = self._tile.piece, self._tile.shifts(at[0].operand, *vector)

        def body(here: tuple[Cursor, ...], held: Registers) -> Registers:
            return [better(held[0], read(self._w, here[0], piece, *shifts))]

        return repeat(self._w, count, at, INNERMOST, 1, [best], vector_type(piece.width), body)[1][0]


def _length(term: Term) -> int:
    (length,) = term.loops
    assert isinstance(length, int)
    return length
