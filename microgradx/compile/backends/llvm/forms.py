"""The form of a nest: its code without where its operands stand, and how often some of its loops run.

Nests of one form are one function, called with pointers and counts: layers of a network that are alike, or differ in
how many inputs they have, are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .grid import PASSED, WHERE, Grid, Member, Operand, Term
from .schedule import Schedule
from .sharing import MOST_GIVEN
from .sums import abreast
from .writer import Some, Writer

Given = dict[str, tuple[str, str]]
"""What a function is told: name → type, and the value where it is called."""


def form(w: Writer, g: Grid, chosen: Schedule, strict: bool) -> tuple[Grid, Given]:
    """Return the form of a nest, and what its names stand for in this one, of which the pointers are written.

    What stands in tables of a module is as it is, and so is what would need more names than there is room for.
    """
    as_it_is = g, {name: ("ptr", name) for name in PASSED}
    if any(x.table not in ("", WHERE) for x in g.all_operands):
        return as_it_is
    naming = _Naming(w)
    head, *others = (naming.member(m) for m in g.members)
    if _is_whole(g, chosen):
        head = replace(head, terms=tuple(_counted(head, chosen, strict, naming)))
    if len(naming.given) > MOST_GIVEN:
        return as_it_is
    return replace(g, members=(head, *others)), naming.given


def _is_whole(g: Grid, chosen: Schedule) -> bool:
    """Return whether all tiles are as large as the schedule says."""
    lanes, across, high, wide = chosen.shape.lanes, chosen.shape.across, chosen.shape.high, chosen.shape.wide
    return not (lanes.rest or lanes.count % wide or (across is not None and g.extents[across] % high))


def _counted(head: Member, chosen: Schedule, strict: bool, naming: _Naming) -> Iterator[Term]:
    """Yield the terms, with names for how often loops run whose rounds are one step each."""
    sums = chosen.shape.high * chosen.shape.wide
    for term, method in zip(head.terms, chosen.methods, strict=True):
        *outer, last = term.loops or (1,)
        by_steps = method in ("loop", "across") or (method == "outer" and abreast(_known(last), sums, strict) == (1, 1))
        if by_steps and not head.adds and _known(last) > 1:
            term = replace(term, loops=(*outer, naming.count(_known(last))))
        yield term


def _known(count: int | str) -> int:
    return count if isinstance(count, int) else 1


class _Naming:
    """Gives names to what differs from nest to nest, in the order in which it is met."""

    def __init__(self, w: Writer) -> None:
        self._w = w
        self.given: Given = {WHERE: ("ptr", WHERE)}
        self._pointers: dict[tuple[str, int], str] = {}

    def count(self, n: int) -> Some:
        """Return a name for a count."""
        name = Some(f"%count{len(self.given)}")
        self.given[name] = "i64", str(n)
        return name

    def member(self, m: Member) -> Member:
        """Return a member whose operands stand where names say."""
        terms = tuple(map(self._term, m.terms))
        return replace(m, terms=terms, out=self._operand(m.out) if m.stored else replace(m.out, base=0))

    def _term(self, term: Term) -> Term:
        if term.b is not None:
            a, b = sorted((term.a, term.b), key=lambda x: (x.strides, x.steps, x.table))  # a·b = b·a
            term = replace(term, a=a, b=b)
        return term.mapped(self._operand)

    def _operand(self, x: Operand) -> Operand:
        if x.constant is not None or x.source is not None:
            return replace(x, base=0)
        known = self._pointers.get((x.pool, x.base))
        if known is None:
            known = self._pointers[x.pool, x.base] = f"%pointer{len(self.given)}"
            self.given[known] = "ptr", self._w.shifted(x.pool, x.base)
        return replace(x, pool=known, base=0)
