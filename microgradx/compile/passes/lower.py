"""Lowering: rows that are no atoms are opened by their value rules, so that back ends need to know the atoms alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...primitives import ATOMS
from ..tape.columns import Columns, Constants, groups
from ..tape.links import followed
from ..tape.tape import CONSTANT, FIRST_ROW, NONE, ROWS, Builder, Ints, Tape, picked

_OPENED = np.array([False] * FIRST_ROW + [p.name not in ATOMS and p.name != "div" for p in ROWS])


def lower(tape: Tape) -> Tape:
    """Return the tape with every row opened but `div` and the atoms; the numbers are the same bit for bit.

    A row that gives its operand itself (pos, detach) vanishes. Twins are those of the node that was opened.

    >>> from microgradx.compile.tape.tape import INPUT, code, name
    >>> from microgradx.primitives import row
    >>> builder = Builder()
    >>> x = builder.leaves(INPUT, [0])
    >>> lowered = lower(builder.tape(values=builder.rows(code(row("relu")), [x])))
    >>> [name(op) for op in lowered.op], lowered.outputs["values"].tolist()
    (['constant', 'input', 'step', 'select'], [3])
    """
    builder = Builder(tape)
    constants = Constants(builder, tape)
    opened = np.flatnonzero(_OPENED[tape.op])
    results = [(opened[:0], opened[:0])]
    for group in groups(tape, opened):
        m = Columns(builder, constants, group.members, ATOMS)
        results.append((group.members, m.nodes(group.p.value(m, *group.arguments(m, tape)))))
    longer = builder.tape()
    place = np.arange(len(longer))
    for members, found in results:
        place[members] = found
    return _sorted(tape, longer, followed(place))  # an operand may itself have vanished


def _sorted(tape: Tape, longer: Tape, place: Ints) -> Tape:
    """Return the nodes that stand for themselves, new ones where the node stood to which they belong.

    A rule appends operands before their users, and uses nothing that comes after its node: the order is topological.
    """
    n, constant = len(tape), longer.op == CONSTANT
    owner = np.concatenate([np.arange(n), longer.twin[n:]])
    twin = np.where(constant, longer.twin, tape.twin[np.where(constant, 0, owner)]) if n else longer.twin
    order = np.argsort(np.where(constant, NONE, owner), kind="stable")
    keep = order[place[order] == order]
    rank = np.zeros(len(longer), np.int64)
    rank[keep] = np.arange(len(keep))
    return picked(replace(longer, twin=twin), keep, rank[place])
