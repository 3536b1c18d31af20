"""From the lists of a recorder to a recording: the tape's columns, made at one stroke."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from ... import primitives as rows
from ..tape.tape import CONSTANT, FIRST_ROW, INPUT, NONE, PARAMETER, ROWS, SUM, Ints, Tape, gathered
from .choices import Choice, Decision
from .nodes import CODES, Extent, table
from .recorder import Guard, Recorder
from .recording import Column, Recording
from .runs import dots, shortened, with_vectors
from .walks import BLOCKS, SCALARS

SUMS = (rows.add, rows.sub, rows.multiply, rows.neg, rows.pos, rows.total, rows.dot, rows.affine)
"""The rows that are sums of products."""

_IS_SUM = np.array([False] * FIRST_ROW + [p in SUMS for p in ROWS])
_OF_PRODUCTS = np.array([False] * FIRST_ROW + [p in (rows.multiply, rows.dot, rows.affine) for p in ROWS])
_IS_SPLIT = np.array([False] * FIRST_ROW + [p.blocks and len(p.partials) == 2 for p in ROWS]) & ~_IS_SUM


def recording(recorder: Recorder, outputs: Sequence[int], single: bool) -> Recording:
    """Return what has been recorded as a function with these nodes as its outputs."""
    idle = recorder.settle()
    codes = np.full(len(recorder.ops), PARAMETER)
    codes[len(recorder.parameters) :] = recorder.ops[len(recorder.parameters) :]
    args = np.fromiter(recorder.args, np.int64, len(recorder.args))
    found = [] if recorder.strict else dots(recorder, codes, args, (*outputs, *recorder.guards))
    p = len(recorder.parameters) if found else 0
    tape = _columns(recorder, codes, args, p, *shortened(recorder, found))
    tape, columns = _without_what_no_index_reaches(recorder, tape)
    tape = tape.with_outputs(values=outputs, guards=list(recorder.guards))
    packed, origin = with_vectors(tape, p, found) if found else (tape, None)
    return Recording(
        packed,
        tuple(guard.outcome for guard in recorder.guards.values()),
        columns,
        recorder.parameters,
        tuple(recorder.captured),
        single,
        _block_numbers(recorder, codes[p:]),
        recorder.names,
        tuple([guard.turned for guard in recorder.guards.values()]),
        idle,
        codes,
        *_choices(recorder),
        mixed=tuple(recorder.mixed),
        computed=recorder.computed,
        origin=origin,
    )


def _columns(
    recorder: Recorder,
    codes: Ints,
    scalars: Ints,
    skip: int,
    operands: Sequence[Sequence[Sequence[int]]],
    extents: Sequence[Extent],
) -> Tape:
    """Return the tape of nodes with these codes and operands; those over blocks are of these extents.

    The tape is without the first `skip` parameters: none, or all.
    """
    op = codes[skip:]
    n, p = len(op), len(recorder.parameters) - skip
    arity, first, args = _operands(op, scalars, operands, extents)
    factors = np.where(_OF_PRODUCTS[op], arity - first, 0)
    count = arity - factors  # of terms, which are as many as the first factors
    start, begin = np.append(0, np.cumsum(count)), np.cumsum(arity) - arity
    place = gathered(begin, count)  # of the first factors
    right, sign = np.full(len(place), NONE), np.ones(len(place))
    second = gathered(start[:-1], factors)  # the terms that have another
    right[second] = args[gathered(begin + count, factors)]
    sign[start[:-1][op == CODES[rows.neg]]] = sign[start[:-1][op == CODES[rows.sub]] + 1] = -1.0

    number = np.zeros(n)
    number[:p] = np.arange(p)
    number[p:][op[p:] <= INPUT] = recorder.numbers
    return Tape(
        op=np.where(_IS_SUM[op], SUM, op),
        start=start,
        left=args[place],
        right=right,
        sign=sign,
        split=np.where(_IS_SPLIT[op], first, 0),
        number=number,
        twin=np.arange(n),
        width=np.ones(n, np.int64),
        outputs={},
    )


def _block_numbers(recorder: Recorder, codes: Ints) -> Ints:
    """Return the numbers of the blocks of each node's operands, (n, 2), for nodes with these codes."""
    blocks = np.full((len(codes), 2), NONE)
    blocks[BLOCKS[codes]] = table(recorder.extents)[2:].T
    return blocks


def _operands(
    op: Ints, scalars: Ints, operands: Sequence[Sequence[Sequence[int]]], extents: Sequence[Extent]
) -> tuple[Ints, Ints, Ints]:
    """Return how many operands each node has, how many of them are first factors or in its first block, and all."""
    size, split, *_ = table(extents)
    over_blocks = BLOCKS[op]
    arity, first = SCALARS[op], np.where(op == CODES[rows.multiply], 1, 0)
    arity[over_blocks], first[over_blocks] = size, split
    args, in_blocks = np.empty(arity.sum(), np.int64), np.repeat(over_blocks, arity)
    args[~in_blocks] = scalars
    args[in_blocks] = np.fromiter(chain.from_iterable(chain.from_iterable(operands)), np.int64, size.sum())
    return arity, first, args


def resumed(found: Recording) -> Recorder:
    """Return a recorder that goes on where a recording without choices ended."""
    recorder = Recorder(found.parameters, strict=True)
    recorder.ops = found.codes.tolist()
    recorder.numbers = found.tape.number[found.codes <= INPUT].tolist()[len(found.parameters) :]
    recorder.columns, recorder.captured = list(found.columns), list(found.captured)
    recorder.names = dict(found.own_names)
    guards = found.tape.outputs["guards"].tolist()
    recorder.guards = {node: Guard(outcome, False) for node, outcome in zip(guards, found.expected, strict=True)}
    for i, code in enumerate(recorder.ops):
        parts = operands_of(found, i)
        if not BLOCKS[code]:
            recorder.args += [v for part in parts for v in part]
        else:
            recorder.operands.append(parts)
            recorder.extents.append(Extent(sum(map(len, parts)), len(parts[0]), *found.blocks[i].tolist()))
    recorder.number_blocks_from(int(found.blocks.max(initial=NONE)) + 1)
    return recorder


def operands_of(found: Recording, node: int) -> Sequence[Sequence[int]]:
    """Return the operands of a node as they were recorded, each a list: of one node, unless the row is over blocks."""
    tape, code = found.tape, int(found.codes[node])
    terms = slice(tape.start[node], tape.start[node + 1])
    left, right = tape.left[terms].tolist(), tape.right[terms].tolist()
    if code in (CODES[rows.multiply], CODES[rows.dot]):
        return left, right
    if code == CODES[rows.affine]:
        return left, right[:-1]
    if not BLOCKS[code]:
        return [[v] for v in left]
    split = int(tape.split[node])
    return (left[:split], left[split:]) if split else (left,)


def _choices(recorder: Recorder) -> tuple[dict[int, Choice], dict[int, Decision]]:
    """Return the choices, and what they go by: conditions, and indices below the lengths of tables."""
    hots = {column: tuple(recorder.one_hot(column, count)) for column, count in recorder.tables.items()}
    choices, decisions = {}, {}
    for node, (by, outcomes, entries) in recorder.choices.items():
        decision = Decision(hots[by], len(hots[by])) if isinstance(by, Column) else Decision((by,), 2)
        choices[node] = Choice(decision.nodes[0], outcomes, entries)
        decisions[decision.nodes[0]] = decision
    return choices, decisions


def _without_what_no_index_reaches(recorder: Recorder, tape: Tape) -> tuple[Tape, tuple[Column, ...]]:
    """Replace the categories beyond the smallest table that an index looks up by 0.0; return the columns left.

    So the categories of an index are those that it may be.
    """
    columns = recorder.columns
    tables = recorder.tables
    kept = [c.category is None or c.category < tables[c._replace(category=None)] for c in columns]
    if all(kept):
        return tape, tuple(columns)
    moved = np.cumsum(kept) - 1
    inputs = np.flatnonzero(tape.op == INPUT)
    place = tape.number[inputs].astype(np.int64)
    there = np.array(kept)[place]
    tape.op[inputs[~there]] = CONSTANT
    tape.number[inputs] = np.where(there, moved[place], 0.0)
    return tape, tuple([c for c, keep in zip(columns, kept, strict=True) if keep])
