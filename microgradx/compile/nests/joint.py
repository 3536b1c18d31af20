"""Joint plans: the paths of a program as one plan, whose rows tell by an input which path each of them takes.

Nests that are alike on two paths are one, which reads for each row what they read on its path; all others are computed
for all rows. So rows of several paths are computed side by side, and gradients are added in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np

from ...primitives import row
from ..tape.arrays import bits
from ..tape.tape import Floats, Ints, code
from .addresses import fitted, indices
from .nests import Address, Nest, Plan, Segment, Space

SELECT, EQUAL = code(row("select")), code(row("equal"))

MANY = 512
"""Plans of more nests have none: finding out what is alike takes long, and what is irregular is seldom so."""

SMALL = 8
"""A nest of fewer terms is computed for each path: that is less than choosing what it reads."""

Places = dict[Space, Ints]  # of a plan's places, where these stand in the joint plan
Number = tuple[Space, int]  # a number that is computed: where it stands


def joint(plans: Sequence[Plan]) -> Plan | None:
    """Return the joint plan of paths with the same inputs and parameters, None if gradients are added otherwise.

    Before the weight it has one input more: the number of a row's plan among these. Results are theirs bit for bit.
    """
    first = plans[0]
    if any((p.inputs, p.parameters, p.weighted) != (first.inputs, first.parameters, True) for p in plans):
        return None
    return None if any(len(p.nests) > MANY for p in plans) else _Joint(plans).plan()


class _Joint:
    """A joint plan under construction."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans, self._first = plans, plans[0]
        given = np.concatenate([*(p.constants for p in plans), np.arange(float(len(plans)))])
        self._constants: Floats = given[np.sort(np.unique(bits(given), return_index=True)[1])]
        self._rows, self._ones = self._first.inputs + 1, len(self._constants)
        self._chosen: dict[tuple[Number, Number], int] = {}

    def plan(self) -> Plan | None:
        """Return the plan, if all plans add to gradients alike."""
        places = self._places(self._first)
        nests = [_moved(nest, places) for nest in self._first.nests]
        value = self._value(self._first, places)
        for q, plan in enumerate(self._plans[1:], 1):
            places = self._places(plan)
            merged = self._merged(nests, plan, places, q)
            if merged is None:
                return None
            nests = merged
            other = self._value(plan, places)
            if other != value:
                choosing, chosen = self._one_of([value], [other])
                nests, value = nests + choosing, (Space.ROW, int(chosen[0]))
        return replace(
            self._first,
            nests=tuple(nests),
            constants=self._constants,
            inputs=self._first.inputs + 1,
            rows=self._rows,
            ones=self._ones,
            outputs={"values": (value,)},
        )

    def _places(self, plan: Plan) -> Places:
        """Return where all places of a plan stand, with new ones for all that is computed."""
        weight, known = plan.inputs - 1, {x: i for i, x in enumerate(bits(self._constants).tolist())}
        constants = [known[x] for x in bits(plan.constants).tolist()]
        rows, ones = np.arange(plan.rows - plan.inputs), np.arange(plan.ones - len(constants))
        places = {
            Space.ROW: np.concatenate([np.arange(weight), [weight + 1], self._rows + rows]),
            Space.ONE: np.concatenate([np.array(constants, np.int64), self._ones + ones]),
        }
        self._rows, self._ones = self._rows + len(rows), self._ones + len(ones)
        return places

    def _value(self, plan: Plan, places: Places) -> Number:
        ((space, place),) = plan.outputs["values"]
        return space, int(places[space][place])

    def _merged(self, nests: Sequence[Nest], plan: Plan, places: Places, q: int) -> list[Nest] | None:
        """Return the nests with those of plan q; None if not all that adds to gradients is alike."""
        found = [self._is_path(q)]
        self._condition, self._chosen = found[0].out, {}
        known: dict[Hashable, Ints] = {}  # what is computed by now, and where

        def add(nest: Nest) -> Ints:
            found.append(nest)
            return known.setdefault(_computed(nest), indices(nest.out, nest.extents, 1))

        for mine, theirs in _pairs(nests, plan.nests):
            if theirs is None:
                assert mine is not None
                if mine.out.space is Space.GRAD:
                    return None
                add(mine)
                continue
            here = _moved(theirs, places)
            if mine is not None:
                choosing, here = self._both(mine, here)
                found += choosing
                at = add(here)
            elif here.out.space is Space.GRAD:
                return None
            else:
                same = known.get(_computed(here))
                at = add(here) if same is None else same
            if here.out.space in places:
                places[here.out.space][indices(theirs.out, theirs.extents, 1)] = at
        return found

    def _is_path(self, q: int) -> Nest:
        """Return what computes whether a row takes path q."""
        place = int(np.flatnonzero(bits(self._constants) == bits(np.array([float(q)])))[0])
        number, out = Address(Space.ROW, self._first.inputs - 1, (0,)), Address(Space.ROW, self._rows, (0,))
        self._rows += 1
        return Nest(EQUAL, (1,), out, (Segment(1, number), Segment(1, Address(Space.ONE, place, (0,)))))

    def _both(self, mine: Nest, theirs: Nest) -> tuple[list[Nest], Nest]:
        """Return a nest that reads for each row what its path's nest reads, and what chooses that."""
        choosing: list[Nest] = []

        def operand(a: Address, b: Address, length: int) -> Address:
            x, y = (indices(z, mine.extents, length) for z in (a, b))
            if a.space is b.space and np.array_equal(x, y):
                return a
            pairs = ([(z.space, i) for i in at.ravel().tolist()] for z, at in ((a, x), (b, y)))
            more, places = self._one_of(*pairs)
            choosing.extend(more)
            return fitted(Space.ROW, places.reshape(x.shape))

        segments = []
        for s, t in zip(mine.segments, theirs.segments, strict=True):
            read = [operand(a, b, s.length) for a, b in zip(s.operands, t.operands, strict=True)]
            segments.append(replace(s, a=read[0], b=read[1] if len(read) > 1 else None))
        return choosing, replace(mine, segments=tuple(segments))

    def _one_of(self, mine: Sequence[Number], theirs: Sequence[Number]) -> tuple[list[Nest], Ints]:
        """Return what chooses for each row which of two numbers it has, each pair once, and where these stand."""
        every = list(zip(mine, theirs, strict=True))
        new = [pair for pair in dict.fromkeys(every) if pair not in self._chosen]
        choosing = []
        for kinds in dict.fromkeys((x[0], y[0]) for x, y in new):
            some = [(x, y) for x, y in new if (x[0], y[0]) == kinds]
            a, b = (fitted(kinds[i], np.array([[pair[i][1]] for pair in some])) for i in (0, 1))
            segments = Segment(1, replace(self._condition, strides=(0,))), Segment(1, b), Segment(1, a)
            choosing.append(Nest(SELECT, (len(some),), Address(Space.ROW, self._rows, (1,)), segments))
            self._chosen |= {pair: self._rows + i for i, pair in enumerate(some)}
            self._rows += len(some)
        return choosing, np.array([self._chosen[pair] for pair in every], np.int64)


def _pairs(mine: Sequence[Nest], theirs: Sequence[Nest]) -> Iterator[tuple[Nest | None, Nest | None]]:
    """Yield the nests of two plans, those together that are alike; each plan's in its order."""
    i = j = 0
    first, second = ([_form(n, (p, k)) for k, n in enumerate(nests)] for p, nests in enumerate((mine, theirs)))
    for a, b, size in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks():
        yield from ((nest, None) for nest in mine[i:a])
        yield from ((None, nest) for nest in theirs[j:b])
        yield from zip(mine[a : a + size], theirs[b : b + size], strict=True)
        i, j = a + size, b + size


def _form(nest: Nest, own: Hashable) -> Hashable:
    """Return what nests have in common that are alike, `own` for one that is too small, or the same for all rows."""
    segments = tuple((s.length, s.sign, len(s.operands)) for s in nest.segments)
    if nest.out.space is Space.GRAD:
        return nest.op, nest.extents, indices(nest.out, nest.extents, 1).tobytes(), segments
    return own if nest.terms < SMALL or nest.out.space is Space.ONE else (nest.op, nest.extents, segments)


def _moved(nest: Nest, places: Places) -> Nest:
    """Return a nest with the places that are told."""

    def moved(a: Address, length: int) -> Address:
        if a.space not in places:
            return a
        return fitted(a.space, places[a.space][indices(a, nest.extents, length)])

    def segment(s: Segment) -> Segment:
        return s.mapped(lambda a: moved(a, s.length))

    return replace(nest, out=moved(nest.out, 1), segments=tuple(map(segment, nest.segments)))


def _computed(nest: Nest) -> Hashable:
    """Return all that decides what a nest computes: two nests of which this is the same compute the same."""

    def segment(s: Segment) -> Hashable:
        read = ((a.space, indices(a, nest.extents, s.length).tobytes()) for a in s.operands)
        return s.length, s.sign, tuple(read)

    return nest.out.space, nest.op, nest.extents, tuple(map(segment, nest.segments))
