"""The edges of a tape: each way in which a node uses another, and the local derivative along it.

∂user/∂operand = Σ sign · factor over the edges between the two. A term s·a·b of a sum is two edges, to a with factor
b and to b with factor a; other rows have one for each operand, with the row's partial, run on columns, as factor.
Both directions of differentiation are sums of products over these edges: the tangent of a user gathers from its
operands, the error signal of an operand from its users.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .columns import EVERY_ROW, Columns, Constants, Group, groups
from .tape import CONSTANT, FIRST_ROW, NONE, ROWS, SUM, UNIT, Builder, Floats, Ints, Mask, Tape


@dataclass(frozen=True)
class Edges:
    """Edges as columns, sorted by user, then side, then term.

    user, operand   (e,) nodes
    factor          (e,) nodes, NONE where it is 1
    sign            (e,) +1.0 or −1.0
    side            (e,) 0 for the first factors of a sum and the first block of a row, 1 for the second
    entry           (e,) the place of the term in its side
    term            (e,) the term of the tape
    """

    user: Ints
    operand: Ints
    factor: Ints
    sign: Floats
    side: Ints
    entry: Ints
    term: Ints

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, which: Any) -> Edges:
        """Return some of the edges, by a mask or by their places."""
        if which.dtype == bool and which.all():
            return self
        return Edges(*[getattr(self, name)[which] for name in self.__dataclass_fields__])


ROUNDS = 16
"""Rounds over all arrows, in search of those that can be reached, before a loop over them decides."""

_FLOWS = np.array(
    [[i == SUM] * 2 for i in range(FIRST_ROW)] + [[p.partials[0] is not None, p.partials[-1] is not None] for p in ROWS]
)
"""Whether anything flows to the first and the second side of a node with this code."""

_BLOCKS = np.concatenate([np.ones(FIRST_ROW, bool), [p.blocks for p in ROWS]])


def edges(tape: Tape, every: bool = False) -> Edges:
    """Return the edges along which something flows, or all, from what is no constant.

    They have the factors of sums; those of rows are NONE as yet.
    """
    owner, constant = tape.owner, (tape.op == CONSTANT) | (tape.op == UNIT)
    place = np.arange(len(owner)) - tape.start[owner]
    second, rows = np.zeros(len(owner), bool), np.flatnonzero(~tape.in_sum)
    op, split, at = tape.op[owner[rows]], tape.split[owner[rows]], place[rows]
    second[rows] = np.where(_BLOCKS[op], (split > 0) & (at >= split), at > 0)
    place[rows] -= np.where(second[rows], split, 0)
    flows = every | _FLOWS[tape.op[owner], second.astype(np.int64)]
    one = np.flatnonzero(flows & ~constant[tape.left])
    two = np.flatnonzero((tape.right != NONE) & ~constant[tape.right])
    term = np.concatenate([one, two])
    side = np.concatenate([second[one], np.ones(len(two), bool)])
    order = np.argsort(owner[term] * 2 + side, kind="stable")
    term, side, factors = term[order], side[order].astype(np.int64), order >= len(one)
    operand = np.where(factors, tape.right[term], tape.left[term])
    factor = np.where(factors, tape.left[term], tape.right[term])
    return Edges(owner[term], operand, factor, tape.sign[term], side, place[term], term)


def leading_from(tape: Tape, found: Edges, sources: Ints) -> Edges:
    """Return the edges on paths that start at `sources`."""
    root = np.zeros(len(tape), bool)
    root[sources] = True
    return found[_reached(root, found.operand, found.user)]


def leading_to(tape: Tape, found: Edges, output: int | Ints) -> Edges:
    """Return the edges on paths that end at `output`, one node or several."""
    root = np.zeros(len(tape), bool)
    root[output] = True
    return found[_reached(root, found.user[::-1], found.operand[::-1])[::-1]]


def used_by(tape: Tape, users: Mask, first: int = 0) -> Mask:
    """Return which nodes, from `first` on, some of these users use, or what they use does, and so on.

    >>> from .tape import INPUT
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums(b.sums([[x[0]]], NONE)[:, None], NONE)
    >>> used_by(b.tape(), np.arange(len(b)) == y[0]).tolist()
    [True, False, True, False]
    """
    user, operand = (column[::-1] for column in _uses(tape, first))
    used = np.zeros(len(tape), bool)
    used[operand[_reached(users, user, operand)]] = True
    used[:first] = False
    return used


def users_of(tape: Tape, given: Mask) -> Mask:
    """Return which nodes use some of these, or use what does, and so on, and these themselves.

    >>> from .tape import INPUT
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums(b.sums([[x[0]]], NONE)[:, None], NONE)
    >>> users_of(b.tape(), np.arange(len(b)) == x[0]).tolist()
    [True, False, True, True]
    """
    user, operand = _uses(tape)
    found = given.copy()
    found[user[_reached(given, operand, user)]] = True
    return found


def _uses(tape: Tape, first: int = 0) -> tuple[Ints, Ints]:
    """Return each user from `first` on with each of its operands, sorted by user."""
    owner, left, right = (column[tape.start[first] :] for column in (tape.owner, tape.left, tape.right))
    second = np.flatnonzero(right != NONE)
    user, operand = np.concatenate([owner, owner[second]]), np.concatenate([left, right[second]])
    order = np.argsort(user, kind="stable")
    return user[order], operand[order]


def _reached(root: Mask, tails: Ints, heads: Ints) -> Mask:
    """Return which arrows tail → head can be reached from a root; those into a node precede those out of it.

    Where each tail is a root or the head of another, all are reached. Rounds that drop the arrows at other tails lead
    there, mostly a few of them. A loop, which takes as long as some forty rounds, decides where they do not: graphs may
    be as deep as they are long.
    """
    reached = np.ones(len(tails), bool)
    for _ in range(ROUNDS):
        fed = root.copy()
        fed[heads[reached]] = True
        before, reached = reached, reached & fed[tails]
        if np.array_equal(before, reached):
            return reached
    marks = bytearray(root.tobytes())
    for tail, head in zip(tails[reached].tolist(), heads[reached].tolist(), strict=True):
        if marks[tail]:
            marks[head] = 1
    marked: Mask = np.frombuffer(marks, bool)[tails]
    return reached & marked


def with_partials(builder: Builder, tape: Tape, found: Edges) -> Edges:
    """Append the partials of the rows among the users of these edges; return the edges with them as factors."""
    factor, sign = np.full(len(tape.left), NONE), np.ones(len(tape.left))
    constants = Constants(builder, tape)
    used = np.zeros(len(tape), bool)
    used[found.user] = True
    wanted = np.zeros(len(tape.left), bool)
    wanted[found.term] = True
    for group in groups(tape, np.flatnonzero(used)):
        m = Columns(builder, constants, tape.twin[group.members], EVERY_ROW)
        terms = tape.start[group.members][:, None] + np.arange(group.operands.shape[1])
        for j, partial in enumerate(_partials(group, m, tape, wanted[terms])):
            if partial is not None:
                factor[terms[:, j]], sign[terms[:, j]] = _as_factor(m, partial)
    rows = tape.op[found.user] >= FIRST_ROW
    return replace(
        found,
        factor=np.where(rows, factor[found.term], found.factor),
        sign=np.where(rows, sign[found.term], found.sign),
    )


def _partials(group: Group, m: Columns, tape: Tape, wanted: Any) -> list[Any]:
    """Return the partial of a row by each of its operands, None where nothing flows or none is wanted."""
    p = group.p
    arguments = group.arguments(m, tape)
    z = m.column(group.members)
    found: list[Any] = []
    for d, x in zip(p.partials, arguments, strict=True):
        length = len(x) if p.blocks else 1
        if not wanted[:, len(found) : len(found) + length].any() or not callable(d):
            found += [None if callable(d) else d] * length
        else:
            found += d(m, z, *arguments) if p.blocks else [d(m, z, *arguments)]
    return found


def _as_factor(m: Columns, partial: Any) -> tuple[Ints, Any]:
    """Return a partial as a factor and a sign: ±1 is a sign alone."""
    numbers = m.numbers(partial)
    if numbers is None:
        return m.nodes(partial), 1.0
    unit = np.abs(numbers) == 1.0
    factor = m.nodes(partial) if not unit.all() else np.full(len(numbers), NONE)
    return np.where(unit, NONE, factor), np.where(numbers == -1.0, -1.0, 1.0)
