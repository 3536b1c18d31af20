"""Runs of parameters: a dot over parameters that follow one another is recorded as a product of two vectors.

So a layer of 256 neurons with 256 inputs each is 256 products for the passes, not 65,536. The parameters of a run are
one vector of the packed tape if nothing else uses any of them; the other factors of the dot are stacked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, compress
from typing import NamedTuple

import numpy as np

from ... import primitives as rows
from ..tape.links import distinct
from ..tape.tape import CONSTANT, NONE, PARAMETER, SUM, UNIT, Builder, Ints, Tape, gathered, picked
from ..tape.unroll import Origin
from .nodes import CODES, Extent, Nodes, table
from .walks import BLOCKS

SHORTEST = 16
"""Shorter dots stay what they are: little would be saved."""

DOT, AFFINE = CODES[rows.dot], CODES[rows.affine]

Block = Sequence[int]


class Dot(NamedTuple):
    """A node Σₖ parameterₖ·factorₖ + bias, the parameters one after the other from `start` on.

    node     its place among all nodes
    among    its place among those over blocks
    factors  their block, the same object for all nodes that share it
    turned   whether the factors come first
    """

    node: int
    among: int
    start: int
    factors: Block
    bias: Block
    turned: bool


def dots(recorder: Nodes, codes: Ints, scalars: Ints, outputs: Iterable[int]) -> list[Dot]:
    """Return the nodes that can be products of vectors.

    `codes` are those of all nodes, `scalars` the operands of rows over scalars; `outputs` are used as well.
    """
    over = np.flatnonzero(BLOCKS[codes])
    size, first, *_ = table(recorder.extents)
    long = np.isin(codes[over], (DOT, AFFINE)) & (size - first >= SHORTEST)
    if not long.any():
        return []
    seen = _Seen(recorder)
    pairs = zip(over[long].tolist(), np.flatnonzero(long).tolist(), strict=True)
    found = [seen.dot(node, index, recorder.ops[node] == DOT) for node, index in pairs]
    return _alone(recorder, [dot for dot in found if dot is not None], scalars, outputs)


class _Seen:
    """What has been found of blocks so far: many nodes share them."""

    def __init__(self, recorder: Nodes) -> None:
        self._recorder = recorder
        self._stackable: dict[int, Block | None] = {}
        self._stacks: dict[tuple[int, ...], Block] = {}

    @cached_property
    def _parameters(self) -> list[int]:
        """The nodes of all parameters, which are found to be the same at once where they are the same objects."""
        return list(self._recorder.places.values())[: len(self._recorder.parameters)]

    def dot(self, node: int, among: int, either: bool) -> Dot | None:
        """Return a node over blocks as a dot, if it is one; `either` of its blocks may be the parameters."""
        one, other = self._recorder.operands[among]
        for parameters, factors, turned in ((one, other, False), (other, one, True))[: 2 if either else 1]:
            start = self._start(parameters, len(factors))
            if start is not None and (stack := self._stack(factors)) is not None:
                return Dot(node, among, start, stack, parameters[len(factors) :], turned)
        return None

    def _start(self, block: Block, n: int) -> int | None:
        """Return the first of the n nodes that a block begins with, if they are parameters in order."""
        start = block[0]
        if start + n > len(self._recorder.parameters) or block[n - 1] != start + n - 1:
            return None
        if block.__class__ is range:
            return start
        return start if list(block[:n]) == self._parameters[start : start + n] else None

    def _stack(self, factors: Block) -> Block | None:
        """Return the first block with these entries; None if some are constants, which passes had better see."""
        if id(factors) not in self._stackable:
            ops = self._recorder.ops
            constant = CONSTANT in map(ops.__getitem__, factors)
            self._stackable[id(factors)] = None if constant else self._stacks.setdefault(tuple(factors), factors)
        return self._stackable[id(factors)]


def shortened(recorder: Nodes, found: Sequence[Dot]) -> tuple[list[Sequence[Block]], list[Extent]]:
    """Return the operands of nodes over blocks, and their extents, in which each vector is one operand.

    A run is the first of its parameters; stack i is the node after all that were recorded and i others.
    """
    operands, extents = list(recorder.operands), list(recorder.extents)
    places = {id(factors): len(recorder.ops) + i for i, factors in enumerate(_stacks(found))}
    for dot in found:
        first, vectors = 1 + len(dot.bias), ((dot.start, *dot.bias), (places[id(dot.factors)],))
        operands[dot.among] = vectors[::-1] if dot.turned else vectors
        extents[dot.among] = Extent(first + 1, first, *extents[dot.among][2:])
    return operands, extents


def with_vectors(tape: Tape, parameters: int, found: Sequence[Dot]) -> tuple[Tape, Origin]:
    """Return the tape of these operands with its vectors, and of which recorded nodes its nodes consist.

    What is given are the columns of the nodes after the parameters, whose operands are places in the whole recording.
    """
    n, stacks = parameters + len(tape), _stacks(found)
    entries = np.concatenate([np.array(factors, np.int64) for factors in stacks])
    builder, known, before = _vectors(parameters, n, found, entries)
    builder.append(tape.op, tape.start[1:], tape.left, tape.right, tape.sign, tape.split, tape.number, None)
    longer, after = builder.tape(), np.arange(parameters, n)
    known = np.concatenate([known, after])
    here = np.full(known.max() + 2, NONE)  # the node that an operand is; the last is for NONE
    here[known] = np.arange(len(known))
    outputs = {name: here[nodes] for name, nodes in tape.outputs.items()}
    longer = replace(longer, left=here[longer.left], right=here[longer.right], outputs=outputs)
    order = np.argsort(np.concatenate([before, 2 * after]), kind="stable")
    packed = replace(picked(longer, order), twin=np.arange(len(order)))

    begin = known.copy()  # of each its first recorded node; behind these are numbered the entries, and then NONE
    begin[longer.op == UNIT] = n + len(entries)
    begin[(longer.op == SUM) & (longer.width > 1)] = n + np.cumsum([0, *map(len, stacks[:-1])])
    size = np.where(packed.op == UNIT, 1, packed.width)
    recorded = gathered(begin[order], size)
    recorded[recorded >= n] = np.append(entries, NONE)[recorded[recorded >= n] - n]
    return packed, Origin(np.append(0, np.cumsum(size)), recorded)


def _vectors(p: int, n: int, found: Sequence[Dot], entries: Ints) -> tuple[Builder, Ints, Ints]:
    """Return p parameters with their runs, unit vectors, and stacks of these entries; as what operands know each node.

    The last is the order: all before the nodes, at twice their places, but stacks just before the first that uses them.
    """
    stacks, builder, none = _stacks(found), Builder(), np.zeros(0, np.int64)
    starts, lengths = np.array(sorted({(dot.start, len(dot.factors)) for dot in found})).T
    ends = np.append(0, starts + lengths)
    leaf = gathered(ends, np.append(starts + 1, p) - ends)  # up to the first of each run, and behind the last
    width = np.ones(len(leaf), np.int64)
    width[np.searchsorted(leaf, starts)] = lengths
    builder.append(np.full(len(leaf), PARAMETER), np.zeros(len(leaf)), none, none, none, 0, leaf, None, width)
    widths = np.array([len(factors) for factors in stacks], np.int64)
    kinds = distinct(widths)
    places = gathered(np.zeros(len(kinds), np.int64), kinds)
    units, ends = np.full(len(places), UNIT), np.zeros(len(places))
    builder.append(units, ends, none, none, none, 0, places, None, np.repeat(kinds, kinds))
    unit = n + len(stacks) + np.cumsum(kinds) - kinds  # where those of a width begin, as operands know them
    right = gathered(unit[np.searchsorted(kinds, widths)], widths)
    builder.append(np.full(len(stacks), SUM), np.cumsum(widths), entries, right, 1.0, 0, 0.0, None, widths)
    known = [leaf, n + len(stacks) + np.arange(len(places)), n + np.arange(len(stacks))]
    first = {id(dot.factors): dot.node for dot in reversed(found)}
    order = np.concatenate([np.full(len(leaf) + len(places), NONE), [2 * first[id(each)] - 1 for each in stacks]])
    return builder, np.concatenate(known), order


def _stacks(found: Sequence[Dot]) -> list[Block]:
    """Return the factors of all dots, each block once."""
    return list({id(dot.factors): dot.factors for dot in found}.values())


def _alone(recorder: Nodes, found: list[Dot], scalars: Ints, outputs: Iterable[int]) -> list[Dot]:
    """Return the dots whose parameters nothing else uses, unless it is a dot over the very same."""
    chosen = {dot.among for dot in found}
    others = (block for i, blocks in enumerate(recorder.operands) if i not in chosen for block in blocks)
    single = chain(outputs, *others, *_stacks(found), *[dot.bias for dot in found])
    is_used = np.zeros(len(recorder.ops), bool)
    is_used[scalars] = is_used[np.fromiter(single, np.int64)] = True
    used = np.flatnonzero(is_used)
    spans = [(dot.start, dot.start + len(dot.factors)) for dot in found]
    each = sorted(set(spans))
    starts, ends = np.array(each, np.int64).reshape(-1, 2).T
    before, after = np.append(0, np.maximum.accumulate(ends)[:-1]), np.append(starts[1:], len(recorder.parameters))
    apart = (before <= starts) & (ends <= after) & (np.searchsorted(used, starts) == np.searchsorted(used, ends))
    alone = set(compress(each, apart))
    return [dot for dot, span in zip(found, spans, strict=True) if span in alone]
