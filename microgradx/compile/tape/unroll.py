"""Unrolling: a tape of vectors as one of numbers alone, each vector as its entries, one after the other.

It is as if vectors had never been: an entry of a stack is the number that stands there, and where nothing else uses an
entry of a sum, what takes it out is that entry's sum itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .links import followed
from .tape import CONSTANT, NONE, PARAMETER, SUM, UNIT, Floats, Ints, Mask, Tape, gathered, picked

MISSING = -2
"""In place of a node: an entry that a stack does not have. It is 0, and terms with it are left out."""


class Origin(NamedTuple):
    """Which recorded numbers the nodes of a packed tape are: node i is entries[first[i] : first[i + 1]]."""

    first: Ints
    entries: Ints

    def of(self, nodes: Ints, entry: Ints) -> Ints:
        """Return the recorded node of an entry of each node, or of the node itself if it is a number.

        Nodes that came later come after all that were recorded. NONE is NONE.
        """
        n = len(self.first) - 1
        known = np.clip(nodes, 0, n - 1)
        begin, end = self.first[known], self.first[known + 1]
        found = self.entries[np.where(end - begin > 1, begin + entry, begin)]
        later = nodes - n + int(self.entries.max()) + 1
        return np.select([nodes == NONE, nodes >= n], [nodes, later], found)

    def numbers(self, recorded: Sequence[int]) -> list[int]:
        """Return the nodes that are some of the recorded numbers, none of which is a vector's only."""
        alone = np.flatnonzero(np.diff(self.first) == 1)
        found: list[int] = alone[np.isin(self.entries[self.first[alone]], recorded)].tolist()
        return found


def recorded(tape: Tape, origin: Origin) -> Tape:
    """Return the tape as it was recorded, number by number, given the packed one and where its nodes come from."""
    longer = unrolled(tape, origin).tape
    return picked(longer, np.argsort(longer.twin))


class Unrolled(NamedTuple):
    """A tape of numbers, or of fewer vectors; and the entry of which node before each of its nodes is."""

    tape: Tape
    node: Ints
    entry: Ints


def unrolled(tape: Tape, origin: Origin, kept: Mask | None = None) -> Unrolled:
    """Return the tape whose nodes are numbers, but for the vectors that are `kept` (n,), if any.

    The twins are recorded nodes then, no longer those of the packed tape. Exact: an inner product is added up where its
    term stood, from the first entry to the last. A term may have vectors that are kept, or others, but not both.
    """
    tape = _units_last(tape)
    if kept is None:
        kept = np.zeros(len(tape), bool)
    elif (kept | (tape.op == UNIT) | (tape.width == 1)).all():  # there is nothing to unroll
        first = np.zeros(len(tape), np.int64)
        return Unrolled(replace(tape, twin=origin.of(tape.twin, first)), np.arange(len(tape)), first)
    found = _Entries(tape, kept)
    node, entry = found.node[found.there], found.entry[found.there]
    terms, at, sign, starts = _expanded(tape, found, node, entry)
    left, right = found.at(tape.left[terms], at), found.at(tape.right[terms], at)
    right[found.of_unit[terms]] = NONE
    kept = (left != MISSING) & (right != MISSING) & (~found.of_unit[terms] | (found.unit[terms] == at))
    if not kept.all():
        starts = np.append(0, np.cumsum(kept))[starts]
        left, right, sign = left[kept], right[kept], sign[kept]
    op, number = tape.op[node], tape.number[node]
    width = np.where(found.width == 1, tape.width, 1)[node]
    longer = Tape(
        np.where((op == UNIT) & (width == 1), CONSTANT, op),
        starts,
        left,
        right,
        sign,
        tape.split[node],
        np.where(op == PARAMETER, number + entry, np.where((op == UNIT) & (width == 1), number == entry, number)),
        origin.of(tape.twin[node], entry),
        width,
        {name: _output(found, nodes) for name, nodes in tape.outputs.items()},
    )
    return Unrolled(longer, node, entry)


def _units_last(tape: Tape) -> Tape:
    """Return the tape in which unit vectors are second factors, if any."""
    unit = np.append(tape.op == UNIT, True)  # NONE stays where it is
    turned = unit[tape.left] & ~unit[tape.right]
    left, right = np.where(turned, tape.right, tape.left), np.where(turned, tape.left, tape.right)
    return replace(tape, left=left, right=right) if turned.any() else tape


class _Entries:
    """The numbers of which nodes consist, one node after the other: number i is entry `entry[i]` of node `node[i]`.

    `there` tells which become nodes. The others are some number elsewhere, or none at all, or, if `inlined` (n,) says
    so of their node, they are added up where they are taken out. `of_unit` (t,) are the terms with a unit vector, which
    has its 1 at `unit`. What is kept counts as a number.
    """

    def __init__(self, tape: Tape, kept: Mask) -> None:
        of_unit = np.append(tape.op == UNIT, False)[tape.right]
        whole = of_unit & kept[np.where(tape.width[tape.owner] > 1, tape.owner, tape.left)]
        kept = kept | (np.bincount(tape.right[whole], minlength=len(tape)) > 0)
        self._tape = tape
        self.width = np.where(kept, 1, tape.width)
        self._begin = np.append(0, np.cumsum(self.width))  # the last is for NONE
        self._wide = np.append(self.width > 1, False)
        self.node = np.repeat(np.arange(len(tape)), self.width)
        self.entry = np.arange(len(self.node)) - self._begin[self.node]
        self.of_unit = of_unit & ~whole
        self.unit = np.where(self.of_unit, np.append(tape.number, 0.0)[tape.right], 0.0).astype(np.int64)
        self._stacks = self._are_stacks()
        self.inlined = self._used_entry_by_entry()
        self.there, self._new = self._placed()

    def at(self, nodes: Ints, entry: Ints) -> Ints:
        """Return the new node of an entry of each node, or of the node itself if it is a number."""
        found: Ints = self._new[self._begin[nodes] + np.where(self._wide[nodes], entry, 0)]
        return found

    def _are_stacks(self) -> Mask:
        """Return which nodes are Σₖ xₖ·eₖ, each k at most once."""
        tape, other = self._tape, np.zeros(len(self._tape), bool)
        other[tape.owner[(tape.sign < 0) | ~self._once(tape.owner)]] = True
        found: Mask = (self.width > 1) & (tape.op == SUM) & ~other
        return found

    def _used_entry_by_entry(self) -> Mask:
        """Return which sums are used by nothing but what takes out an entry, and each entry once at most."""
        tape = self._tape
        other = np.append((self.width == 1) | (tape.op != SUM) | self._stacks, True)
        other[tape.left[~self._once(tape.left)]] = True
        for nodes in (tape.right, *tape.outputs.values()):
            other[nodes] = True
        return ~other[:-1]

    def _once(self, vectors: Ints) -> Mask:
        """Return which terms have a unit vector, and no other term the same one with the same of these vectors."""
        key = np.where(self.of_unit, self._begin[vectors] + self.unit + 1, 0)
        found: Mask = self.of_unit & (np.bincount(key)[key] == 1)
        return found

    def _placed(self) -> tuple[Mask, Ints]:
        """Return which numbers become nodes, and of each the node that is it: NONE of NONE, which is last."""
        tape, begin, count = self._tape, self._begin, len(self.node)
        stands = np.arange(count + 2)
        stands[:count][np.repeat(self._stacks, self.width)] = count + 1
        terms = np.flatnonzero(self._stacks[tape.owner])
        stands[begin[tape.owner[terms]] + self.unit[terms]] = begin[tape.left[terms]]
        alone = self.of_unit & ((self.width == 1) & (tape.arity == 1))[tape.owner] & (tape.sign > 0)
        terms = np.flatnonzero(alone & ~self.inlined[tape.left])
        stands[begin[tape.owner[terms]]] = begin[tape.left[terms]] + self.unit[terms]
        units = (tape.op == UNIT) & (self.width > 1)
        units[tape.left] = False
        there = (stands[:count] == np.arange(count)) & ~np.repeat(self.inlined | units, self.width)
        return there, np.append(np.cumsum(there) - 1, [NONE, MISSING])[followed(stands)]


def _expanded(tape: Tape, found: _Entries, node: Ints, entry: Ints) -> tuple[Ints, Ints, Floats, Ints]:
    """Return the terms of the tape from which those of entries of nodes are made, and the entries of their factors.

    An inner product is one for each entry, what takes an entry out of an inlined sum is the terms of that. There follow
    the signs, and where in all this each node begins.
    """
    counts = tape.arity[node]
    begins = np.append(0, np.cumsum(counts))
    term, at, sign = gathered(tape.start[node], counts), np.repeat(entry, counts), np.ones(begins[-1])
    times = np.where((found.width > 1)[tape.left[term]] & np.repeat(found.width[node] == 1, counts), 0, 1)
    vectors = np.flatnonzero(times == 0)
    inner = vectors[~found.of_unit[term[vectors]]]
    taken = vectors[found.of_unit[term[vectors]]]
    times[inner], times[taken], at[taken] = found.width[tape.left[term[inner]]], 1, found.unit[term[taken]]
    taken = taken[found.inlined[tape.left[term[taken]]]]
    child = tape.left[term[taken]]
    times[taken], sign[taken], term[taken] = tape.arity[child], tape.sign[term[taken]], tape.start[child]

    ends = np.append(0, np.cumsum(times))
    which = np.repeat(np.arange(len(term)), times)
    step = np.arange(len(which)) - ends[which]
    is_inner, is_taken = np.zeros((2, len(term)), bool)
    is_inner[inner] = is_taken[taken] = True
    terms = term[which] + np.where(is_taken[which], step, 0)
    return terms, at[which] + np.where(is_inner[which], step, 0), tape.sign[terms] * sign[which], ends[begins]


def _output(found: _Entries, nodes: Ints) -> Ints:
    """Return an output's numbers, those of a vector from its place on; NONE where there is none."""
    there = np.flatnonzero(nodes != NONE)
    width = found.width[nodes[there]]
    places, first = gathered(there, width), np.repeat(there, width)
    entries = found.at(nodes[first], places - first)
    numbers = np.full(len(nodes), NONE)
    numbers[places] = np.where(entries == MISSING, NONE, entries)
    return numbers
