"""Loops over memory: what is computed at each point of some extents, and where its operands stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ...nests.nests import Space
from .writer import Writer

Count = int | str  # of rounds of a loop; text is a value that is known when the code runs

POOLS = {Space.ROW: "%row", Space.ONE: "%one", Space.PARAM: "%P", Space.GRAD: "%G"}
"""The pointer to each space."""

X, WHERE = "%X", "%where"
"""The pointers to the rows of data, and to how many numbers behind that each row of the block begins."""

PASSED = (*POOLS.values(), X, WHERE)
"""The pointers that each function of a kernel is given."""

PRESENT = "%present"
"""How many rows of the block are there: the others are padding."""

VECTORS = "%vectors"
"""How many vectors these rows fill: those behind are left as they are."""

PADDED = "%padded"
"""How many rows these vectors hold, with the padding of the last."""


def count_vectors(w: Writer) -> None:
    """Write how many vectors the rows fill that are present, and how many rows these vectors hold."""
    n = w.target.vector
    rounded = w.value(f"add i64 {PRESENT}, {n - 1}")
    w.do(f"{VECTORS} = udiv i64 {rounded}, {n}")
    w.do(f"{PADDED} = mul i64 {VECTORS}, {n}")


@dataclass(frozen=True)
class Operand:
    """The number at pool + base + Σ strides·i + Σ steps·k, and with a table + table[entry + Σ entries·i + Σ hops·k].

    `constant` is the number itself, if it is the same everywhere; `source` the member of the grid that has it in a
    register.
    """

    pool: str
    base: int
    strides: tuple[int, ...]
    steps: tuple[int, ...]
    table: str = ""
    entry: int = 0
    entries: tuple[int, ...] = ()
    hops: tuple[int, ...] = ()
    constant: float | None = None
    source: int | None = None

    def moves(self, d: int) -> bool:
        """Return whether the number depends on dimension d."""
        return self.constant is None and bool(self.strides[d] or self.entries[d])


@dataclass(frozen=True)
class Term:
    """± Σ a·b over loops of the sum, outermost first; of other operations, a list of operands a.

    Of a gate it is added where a condition is not 0, or, unless that `opens` it, where it is 0; elsewhere −0.0 is.
    """

    loops: tuple[Count, ...]
    a: Operand
    b: Operand | None
    negative: bool
    condition: Operand | None = None
    opens: bool = True

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The factors, and the condition of a gate."""
        return tuple(x for x in (self.a, self.b, self.condition) if x is not None)

    def mapped(self, f: Callable[[Operand], Operand]) -> Term:
        """Return the term with other operands."""
        return replace(self, a=f(self.a), b=self.b and f(self.b), condition=self.condition and f(self.condition))


@dataclass(frozen=True)
class Member:
    """out = op(terms), or out += op(terms); not written to memory if nobody reads it there."""

    op: int
    out: Operand
    terms: tuple[Term, ...]
    adds: bool
    stored: bool

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All operands of all terms."""
        return tuple(x for term in self.terms for x in term.operands)


@dataclass(frozen=True)
class Grid:
    """What is computed at each point of the extents, member by member.

    `block` is how many rows a block has, `rows` the dimension of these rows, if there is one.
    """

    extents: tuple[int, ...]
    members: tuple[Member, ...]
    block: int
    rows: int | None = None

    @property
    def head(self) -> Member:
        """The first member, the only one that may have loops inside."""
        return self.members[0]

    @property
    def loaded(self) -> tuple[Operand, ...]:
        """The operands that are read from memory, of all members."""
        return tuple(x for m in self.members for x in m.operands if x.source is None)

    @property
    def outs(self) -> tuple[Operand, ...]:
        """Where numbers are written to memory."""
        return tuple(m.out for m in self.members if m.stored)

    @property
    def all_operands(self) -> tuple[Operand, ...]:
        """Every operand and result."""
        return tuple(x for m in self.members for x in (m.out, *m.operands))


def simplified(g: Grid) -> Grid:
    """Return a grid whose dimensions run upwards in the first result, and into one another where they can."""
    first = next(m.out for m in g.members if m.stored)
    kept = [d for d, n in enumerate(g.extents) if n > 1]
    kept.sort(key=lambda d: -abs(first.strides[d] or first.entries[d] or 1))
    downward = [d for d in kept if first.strides[d] < 0]
    rows = kept.index(g.rows) if g.rows in kept else None
    if downward:
        g = _mapped(g, g.extents, lambda x: _upward(x, g.extents, downward), g.rows)
    if kept != list(range(len(g.extents))):
        g = _mapped(g, tuple(g.extents[d] for d in kept), lambda x: _picked(x, kept), rows)
    while (d := _mergeable(g)) is not None:
        others = [e for e in range(len(g.extents)) if e != d]
        extents = (*g.extents[:d], g.extents[d] * g.extents[d + 1], *g.extents[d + 2 :])
        rows = None if g.rows is None or g.rows in (d, d + 1) else g.rows - (g.rows > d)
        g = _mapped(g, extents, partial(_picked, dimensions=others), rows)
    return g


def _mapped(g: Grid, extents: tuple[int, ...], f: Callable[[Operand], Operand], rows: int | None) -> Grid:
    def member(m: Member) -> Member:
        return replace(m, out=f(m.out), terms=tuple(t.mapped(f) for t in m.terms))

    return Grid(extents, tuple(map(member, g.members)), g.block, rows)


def _picked(x: Operand, dimensions: Sequence[int]) -> Operand:
    return replace(x, strides=tuple(x.strides[d] for d in dimensions), entries=tuple(x.entries[d] for d in dimensions))


def _upward(x: Operand, extents: tuple[int, ...], downward: Sequence[int]) -> Operand:
    base = x.base + sum(x.strides[d] * (extents[d] - 1) for d in downward)
    entry = x.entry + sum(x.entries[d] * (extents[d] - 1) for d in downward)
    strides = tuple(-s if d in downward else s for d, s in enumerate(x.strides))
    entries = tuple(-s if d in downward else s for d, s in enumerate(x.entries))
    return replace(x, base=base, entry=entry, strides=strides, entries=entries)


def _mergeable(g: Grid) -> int | None:
    """Return a dimension that runs on where the next one ends, in every operand."""
    operands = g.all_operands
    for d, inner in enumerate(g.extents[1:]):
        if all(x.strides[d] == x.strides[d + 1] * inner and x.entries[d] == x.entries[d + 1] * inner for x in operands):
            return d
    return None
