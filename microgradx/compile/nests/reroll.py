"""Re-roll: find the loops that a tape was unrolled from, and hand out places in memory.

Every tape has a plan. One that was written with loops, whose nodes stand in the order in which they were recorded,
becomes few nests, as many for a wide network as for a narrow one; one without any order becomes nests with tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ...primitives import row
from ..tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM, UNIT, Ints, Mask, Tape, code, gathered
from ..tape.unroll import Origin, unrolled
from .addresses import consecutive
from .blocks import Piece
from .grouping import ABSENT, LITERAL, SCALE, Grouped, grouped
from .literals import Literals
from .nests import Address, Nest, Plan, Segment, Space
from .pieces import pieces
from .places import Places

FOLDING = (SUM, code(row("max")), code(row("min")))
"""Operations of any number of operands, all of one meaning, so that runs of them make a loop."""

AFTER_CONSTANTS = 1 << 40
"""Computed places of space ONE count from here until it is known how many constants stand before them."""


@dataclass(frozen=True)
class Rolled:
    """A plan, and where the nodes of the tape stand, found out when it is asked for.

    space, place   both (n,), of a vector for each entry. The place of a constant is NONE: it stands wherever nests need
                   it. So is that of the gradient of a parameter, if nothing else uses it: it exists only as a sum over
                   all rows, in the parameter's place of space GRAD.
    """

    plan: Plan
    standing: Callable[[], tuple[Ints, Ints]] = field(compare=False, repr=False)

    @cached_property
    def _found(self) -> tuple[Ints, Ints]:
        return self.standing()

    @property
    def space(self) -> Ints:
        """The space of each number."""
        return self._found[0]

    @property
    def place(self) -> Ints:
        """The place of each number in its space."""
        return self._found[1]


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
    return Rolled(plan, lambda: memory.standing(len(tape), shift))


def in_numbers(tape: Tape, origin: Origin, kept: Mask, rolled: Rolled) -> tuple[Tape, Rolled]:
    """Return a tape number by number, and where its nodes stand, given where they do if `kept` vectors stay vectors."""
    numbers = unrolled(tape, origin)

    def standing() -> tuple[Ints, Ints]:
        found = unrolled(tape, origin, kept)
        begin = np.cumsum(tape.width) - tape.width
        each = gathered(begin[found.node] + found.entry, found.tape.width)
        which = np.zeros(int(tape.width.sum()), np.int64)
        which[each] = np.arange(len(each))
        which = which[begin[numbers.node] + numbers.entry]
        return rolled.space[which], rolled.place[which]

    return numbers.tape, Rolled(rolled.plan, standing)


class Memory:
    """Where nodes stand, group by group: each node has a place of its own, in the order of the nests."""

    def __init__(self, found: Grouped, inputs: int) -> None:
        self.literals = Literals()
        self.inputs = self.rows = inputs
        self.ones = 0
        self.places = Places(found.tape, found.is_view)
        self._found = found

    def nests(self, nodes: Ints) -> Iterator[Nest]:
        """Yield the nests of a group, and give its nodes their places."""
        found, tape, first = self._found, self._found.tape, nodes[0]
        op, space = int(tape.op[first]), Space(int(found.space[first]))
        terms = tape.start[nodes][:, None] + np.arange(tape.start[first + 1] - tape.start[first])
        summed = int(found.targets[first]) != NONE
        out = found.targets[nodes][:, None][:, : int(summed)]
        block = self.places.block(nodes, terms, out, found.kind[terms[0]], op in FOLDING)
        for piece in map(Piece.turned, pieces(block)):
            address = piece.out(Space.GRAD) if summed else self._new_places(piece, space)
            yield Nest(op, piece.extents, address, tuple(self._segments(piece)))

    def output(self, node: int) -> tuple[Space, int]:
        """Return where an output stands; what nothing reaches is the constant 0."""
        if node == NONE or self._found.space[node] == LITERAL:
            number = 0.0 if node == NONE else float(self._found.tape.number[node])
            return Space.ONE, self.literals.address(np.array([number])).base
        return Space(int(self._found.space[node])), self.places.place(node)

    def standing(self, n: int, shift: int) -> tuple[Ints, Ints]:
        """Return space and place of each number of the first n nodes; gradients may have got others behind these."""
        found, tape = self._found, self._found.tape
        nowhere = (found.targets != NONE) | (tape.op == CONSTANT) | (tape.op == UNIT)
        place = np.where(np.repeat(nowhere, tape.width), NONE, self.places.all())
        space = np.repeat(np.where(found.space == LITERAL, Space.ONE, found.space)[:n], tape.width[:n])
        return space, _moved(place[: len(space)], shift)

    def _new_places(self, piece: Piece, space: Space) -> Address:
        if space is Space.ROW:
            first, self.rows = self.rows, self.places.give(piece.block, self.rows)
        else:
            first = AFTER_CONSTANTS + self.ones
            self.ones = self.places.give(piece.block, first) - AFTER_CONSTANTS
        return consecutive(space, first, piece.extents)

    def _segments(self, piece: Piece) -> Iterator[Segment]:
        tape, kind, at = self._found.tape, piece.block.kind, 0
        for length in piece.lengths:
            kinds, subtracted = divmod(int(kind[at]), 2)
            of_a, of_b = divmod(kinds, SCALE)
            a = self._operand(piece, of_a, tape.left, at, length)
            b = None if of_b == ABSENT else self._operand(piece, of_b, tape.right, at, length)
            yield Segment(piece.terms(at, length), a, b, -1.0 if subtracted else 1.0)
            at += length

    def _operand(self, piece: Piece, kind: int, side: Ints, at: int, length: int) -> Address:
        tape, block = self._found.tape, piece.block
        if kind != LITERAL:
            return piece.address(Space(kind), side is tape.right, at, length)
        terms = tape.start[self.places.node(block.nodes)][:, None] + block.column[at : at + length]
        alike = (1,) * (len(piece.extents) - len(piece.rows))  # all entries of a vector have the same
        return self.literals.address(tape.number[side[terms]].reshape(*piece.rows, *alike, length))


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
    each = [nest.out, *[x for s in nest.segments for x in s.operands]]
    if all(x.space is not Space.ONE for x in each):
        return nest
    move = partial(_moved_address, shift=shift)
    return replace(nest, out=move(nest.out), segments=tuple(s.mapped(move) for s in nest.segments))
