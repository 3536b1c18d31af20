"""Re-roll: find the loops that a tape was unrolled from, and hand out places in memory.

Every tape has a plan. One that was written with loops, whose nodes stand in the order in which they were recorded,
becomes few nests, as many for a wide network as for a narrow one; one without any order becomes nests with tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ...primitives import row
from ..tape.links import Mask, followed
from ..tape.tape import INPUT, NONE, PARAMETER, SUM, Ints, Tape, code, gathered
from ..tape.unroll import Origin, unrolled
from .addresses import consecutive, fitted
from .grouping import ABSENT, LITERAL, SCALE, Grouped, grouped
from .literals import Literals
from .nests import Address, Nest, Plan, Segment, Space
from .pieces import Block, Piece, pieces

FOLDING = (SUM, code(row("max")), code(row("min")))
"""Operations of any number of operands, all of one meaning, so that runs of them make a loop."""


AFTER_CONSTANTS = 1 << 40
"""Computed places of space ONE count from here until it is known how many constants stand before them."""


class Rolled(NamedTuple):
    """A plan, and where the nodes of the tape stand: `space` and `place`, both (n,), of a vector for each entry.

    The place of a constant is NONE: it stands wherever nests need it. So is that of the gradient of a parameter, if
    nothing else uses it: it exists only as a sum over all rows, in the parameter's place of space GRAD.
    """

    plan: Plan
    space: Ints
    place: Ints


def reroll(
    tape: Tape,
    *,
    gradients: Ints | None = None,
    inputs: int | None = None,
    parameters: int | None = None,
    weighted: bool = False,
    apart: Ints | None = None,
) -> Rolled:
    """Return a plan that computes the outputs of a tape of leaves, sums and atoms, and where each node stands in it.

    `gradients` (g,) are the nodes, or NONE, that are to be added over all rows into space GRAD; an output of that name
    is left out of the plan. `inputs` and `parameters` are how many there are: those that the tape does not use too.
    `weighted` says that the last input is the weight of the row. Nodes with different numbers in `apart` (n,) share no
    nest.

    >>> from ..tape.tape import Builder
    >>> b = Builder()
    >>> w, x = b.leaves(PARAMETER, range(6)), b.leaves(INPUT, range(3))
    >>> y = b.sums(w.reshape(2, 3), x)  # y = W·x
    >>> for nest in reroll(b.tape(values=y)).plan.nests:
    ...     print(nest.extents, nest.out.base, nest.segments[0].a.strides, nest.segments[0].length)
    (2,) 3 (3,) 3
    """
    outputs = {k: v for k, v in tape.outputs.items() if gradients is None or k != "gradients"}
    wanted = np.zeros(0, np.int64) if gradients is None else np.asarray(gradients, np.int64)
    found = grouped(replace(tape, outputs=outputs), wanted, apart)
    memory = Memory(found, _count(tape, INPUT) if inputs is None else inputs)
    nests = [nest for nodes in found.groups for nest in memory.nests(nodes)]
    results = {k: tuple(map(memory.output, v.tolist())) for k, v in outputs.items()}
    constants = memory.literals.numbers
    shift = len(constants) - AFTER_CONSTANTS
    plan = Plan(
        tuple(_moved_nest(nest, shift) for nest in nests) if memory.ones else tuple(nests),
        constants,
        memory.inputs,
        memory.rows,
        len(constants) + memory.ones,
        max(_count(tape, PARAMETER), len(wanted)) if parameters is None else parameters,
        len(wanted),
        weighted,
        {k: tuple((space, int(_moved(place, shift))) for space, place in v) for k, v in results.items()},
    )
    n = int(tape.width.sum())  # gradients may have got nodes of their own behind these
    space = np.where(found.space == LITERAL, Space.ONE, found.space)[memory.node[:n]]
    return Rolled(plan, space, _moved(memory.places()[:n], shift))


def in_numbers(tape: Tape, origin: Origin, kept: Mask, rolled: Rolled) -> tuple[Tape, Rolled]:
    """Return a tape number by number, and where its nodes stand, given that for the tape whose `kept` vectors stayed."""
    numbers, found = unrolled(tape, origin), unrolled(tape, origin, kept)
    begin = np.cumsum(tape.width) - tape.width
    each = gathered(begin[found.node] + found.entry, found.tape.width)
    which = np.zeros(int(tape.width.sum()), np.int64)
    which[each] = np.arange(len(each))
    which = which[begin[numbers.node] + numbers.entry]
    return numbers.tape, Rolled(rolled.plan, rolled.space[which], rolled.place[which])


class Memory:
    """Where nodes stand, group by group: each node has a place of its own, in the order of the nests.

    Nodes are numbered through with the entries of vectors: number i is of `node[i]`.
    """

    def __init__(self, found: Grouped, inputs: int) -> None:
        tape = found.tape
        self.literals = Literals()
        self.inputs = self.rows = inputs
        self.ones = 0
        self._found = found
        self._begin = np.append(0, np.cumsum(tape.width))
        self._wide = np.append(tape.width > 1, False)  # the last is for NONE
        self.node = np.repeat(np.arange(len(tape)), tape.width)
        self._entry = np.arange(len(self.node)) - self._begin[self.node]
        leaf = np.where((tape.op == PARAMETER) | (tape.op == INPUT), tape.number, NONE).astype(np.int64)[self.node]
        self._place = np.where(leaf == NONE, NONE, leaf + self._entry)
        self._stands = self._where_they_stand(tape)

    def _where_they_stand(self, tape: Tape) -> Ints:
        """Return of each number the one that is in its place: of a stack, and of an entry of a vector, another."""
        stands = np.arange(len(self.node))
        terms = np.flatnonzero(self._found.standing[tape.owner])
        stack, vector = tape.owner[terms], tape.left[terms]
        unit = tape.number[tape.right[terms]].astype(np.int64)
        is_stack = tape.width[stack] > 1
        stands[self._begin[stack] + np.where(is_stack, unit, 0)] = self._begin[vector] + np.where(is_stack, 0, unit)
        return followed(stands)

    def places(self) -> Ints:
        """Return the place of each number."""
        return self._place[self._stands]

    def nests(self, nodes: Ints) -> Iterator[Nest]:
        """Yield the nests of a group, and give its nodes their places."""
        found, tape = self._found, self._found.tape
        numbers, column, entry = self._expanded(nodes)
        terms = tape.start[self.node[numbers]][:, None] + column
        a, b = self._places(tape.left[terms], entry), self._places(tape.right[terms], entry)
        op = int(tape.op[nodes[0]])
        summed = int(found.targets[nodes[0]]) != NONE
        out = (found.targets[self.node[numbers]] + self._entry[numbers])[:, None][:, : int(summed)]
        block = Block(numbers, a, b, out, found.kind[terms[0]], op in FOLDING, int(tape.width[nodes[0]]))
        for piece in pieces(block):
            if summed:
                address = fitted(Space.GRAD, piece.block.out.reshape(*piece.extents, 1))
            else:
                address = self._new_places(piece)
            yield Nest(op, piece.extents, address, tuple(self._segments(piece, column)))

    def _expanded(self, nodes: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the numbers that the nodes of a group are, of which of its terms each new term is, and which entry.

        Of a vector each entry has the same terms; of a number, an inner product is a term for each entry.
        """
        tape, width = self._found.tape, int(self._found.tape.width[nodes[0]])
        terms = np.arange(tape.start[nodes[0]], tape.start[nodes[0] + 1])
        column = np.arange(len(terms))
        numbers = self._begin[nodes]
        if width > 1:
            numbers = gathered(numbers, np.full(len(nodes), width))
            return numbers, column, self._entry[numbers][:, None]
        lengths = tape.width[tape.left[terms]]
        return numbers, np.repeat(column, lengths), gathered(np.zeros(len(terms), np.int64), lengths)

    def output(self, node: int) -> tuple[Space, int]:
        """Return where an output stands; what nothing reaches is the constant 0."""
        if node == NONE or self._found.space[node] == LITERAL:
            number = 0.0 if node == NONE else float(self._found.tape.number[node])
            return Space.ONE, self.literals.address(np.array([number])).base
        return Space(int(self._found.space[node])), int(self._place[self._stands[self._begin[node]]])

    def _places(self, nodes: Ints, entry: Ints) -> Ints:
        """Return the places of nodes, or of entries of those that are vectors; 0 for literals and NONE."""
        places = self._place[self._stands[self._begin[:-1][nodes] + np.where(self._wide[nodes], entry, 0)]]
        return np.where(nodes == NONE, 0, np.maximum(places, 0))

    def _new_places(self, piece: Piece) -> Address:
        nodes = piece.block.nodes
        space = Space(int(self._found.space[self.node[nodes[0]]]))
        if space is Space.ROW:
            first, self.rows = self.rows, self.rows + len(nodes)
        else:
            first, self.ones = AFTER_CONSTANTS + self.ones, self.ones + len(nodes)
        self._place[nodes] = np.arange(first, first + len(nodes))
        return consecutive(space, first, piece.extents)

    def _segments(self, piece: Piece, column: Ints) -> Iterator[Segment]:
        tape, block, at = self._found.tape, piece.block, 0
        start = tape.start[self.node[block.nodes]]
        for length in piece.lengths:
            kinds, subtracted = divmod(int(block.kind[at]), 2)
            of_a, of_b = divmod(kinds, SCALE)
            some = slice(at, at + length)
            terms = start[:, None] + column[some] if LITERAL in (of_a, of_b) else start
            a = self._operand(piece, of_a, block.a[:, some], tape.left, terms)
            b = None if of_b == ABSENT else self._operand(piece, of_b, block.b[:, some], tape.right, terms)
            yield Segment(length, a, b, -1.0 if subtracted else 1.0)
            at += length

    def _operand(self, piece: Piece, kind: int, places: Ints, column: Ints, terms: Ints) -> Address:
        shape = (*piece.extents, places.shape[1])
        if kind != LITERAL:
            return fitted(Space(kind), places.reshape(shape))
        return self.literals.address(self._found.tape.number[column[terms]].reshape(shape))


def _count(tape: Tape, kind: int) -> int:
    return int(tape.number[tape.op == kind].max(initial=-1)) + 1


def _moved(places: Any, shift: int) -> Any:
    """Return places with those that were counted from AFTER_CONSTANTS on where they belong."""
    return places + np.where(np.asarray(places) >= AFTER_CONSTANTS, shift, 0)


def _moved_address(address: Address, shift: int) -> Address:
    if address.space is not Space.ONE or (address.base < AFTER_CONSTANTS and address.table is None):
        return address
    table = None if address.table is None else _moved(address.table, shift)
    return replace(address, base=int(_moved(address.base, shift)), table=table)


def _moved_nest(nest: Nest, shift: int) -> Nest:
    segments = [
        replace(s, a=_moved_address(s.a, shift), b=None if s.b is None else _moved_address(s.b, shift))
        for s in nest.segments
    ]
    return replace(nest, out=_moved_address(nest.out, shift), segments=tuple(segments))
