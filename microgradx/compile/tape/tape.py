"""The tape: a recorded function as columns of numbers, one entry a node, operands before their users.

A node is a leaf, a **sum of products** Σ ± a·b, which add, sub, mul, neg, sum, dot and every error signal are, or a row
of the table applied to its operands. Operands stand in one flat array: those of node i at start[i] to start[i + 1].

Most nodes are numbers. A vector is a run of parameters, a unit vector, or a sum; a product of two vectors is a number,
their inner product, and a number times a vector is a vector. So Σₖ xₖ·eₖ stacks numbers, v·eₖ takes one out again, and
∂(a·b)/∂a is b whichever they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...primitives import TABLE, Primitive

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NONE = -1
"""In `right`: the term is `left` alone. As a node: there is none, such as the error signal of what is not reached."""

CONSTANT, PARAMETER, INPUT, UNIT, SUM, LESS, LESS_EQUAL = range(7)
"""Codes of nodes that are no rows: a leaf's `number` is the constant, its place among parameters or inputs, which of a
vector is the first of its places, or the place of the 1 in a unit vector."""

ROWS: tuple[Primitive, ...] = TABLE
"""A node with code FIRST_ROW + i is row i of the table; all its operands stand in `left`."""

FIRST_ROW = LESS_EQUAL + 1


def code(p: Primitive) -> int:
    """Return the code of a row.

    >>> from microgradx.primitives import row
    >>> name(code(row("tanh")))
    'tanh'
    """
    return _CODE[p]


_CODE = {p: FIRST_ROW + i for i, p in enumerate(ROWS)}


def name(code: int) -> str:
    """Return the name of a code, for people.

    >>> name(SUM)
    'sum of products'
    """
    others = ("constant", "parameter", "input", "unit vector", "sum of products", "less", "less or equal")
    return others[code] if code < FIRST_ROW else ROWS[code - FIRST_ROW].name


@dataclass(frozen=True)
class Tape:
    """Columns of nodes in topological order, and which of them are wanted.

    op        (n,) codes
    start     (n + 1,) where the terms of each node begin
    left      (t,) operands; of a SUM the first factors
    right     (t,) second factors of a SUM, or NONE; NONE elsewhere
    sign      (t,) +1.0 or −1.0, of the terms of a SUM; +1.0 elsewhere
    split     (n,) how many operands belong to the first block, for rows of two blocks (dot, affine); 0 elsewhere
    number    (n,) of a leaf: the constant, or the place among parameters or inputs
    twin      (n,) the recorded node to which a node belongs: itself, or the one whose error signal it helps to carry
    width     (n,) of how many numbers a node consists: 1, unless it is a vector
    outputs   name → nodes, such as "values", "guards", "gradients" (NONE where no signal arrives; a vector stands at
              the place of its first number, NONE at the others)
    """

    op: Ints
    start: Ints
    left: Ints
    right: Ints
    sign: Floats
    split: Ints
    number: Floats
    twin: Ints
    width: Ints
    outputs: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.op)

    @cached_property
    def arity(self) -> Ints:
        """The number of terms, or operands, of each node."""
        return np.diff(self.start)

    @cached_property
    def owner(self) -> Ints:
        """(t,) the node to which each term belongs."""
        return np.repeat(np.arange(len(self)), self.arity)

    @cached_property
    def in_sum(self) -> Mask:
        """(t,) whether a term is that of a SUM."""
        return np.repeat(self.op == SUM, self.arity)

    @cached_property
    def uses(self) -> Ints:
        """(n + 1,) how often each node is used, by nodes and as an output; the last entry counts NONE."""
        counts = np.zeros(len(self) + 1, np.int64)
        for nodes in (self.left, self.right, *self.outputs.values()):
            counts += np.bincount(nodes + 1, minlength=len(counts))
        return np.roll(counts, -1)  # NONE was counted first

    def with_outputs(self, **outputs: Any) -> Tape:
        """Return the same nodes with these outputs besides."""
        return replace(self, outputs=self.outputs | {k: np.asarray(v, np.int64) for k, v in outputs.items()})


class _Part(NamedTuple):
    """Nodes that were appended: columns, or what is the same for all of them."""

    size: int
    shape: tuple[int, ...]  # of the columns of terms: (t,), or (n, k) where all nodes have k
    ends: Any
    terms: tuple[Any, Any, Any]  # left, right, sign
    nodes: tuple[Any, ...]  # op, split, number, twin, width


class Builder:
    """A tape under construction: nodes are appended, many at a time, and never changed.

    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> z = b.sums([[x[0], x[1]]], [[x[0], NONE]])  # x₀·x₀ + x₁
    >>> b.tape(values=z).arity.tolist()
    [0, 0, 2]
    """

    def __init__(self, tape: Tape | None = None) -> None:
        self._parts: list[_Part] = []
        self._count = 0
        self._tape = tape
        self._outputs: dict[str, Ints] = {} if tape is None else tape.outputs
        if tape is not None:
            columns = (tape.left, tape.right, tape.sign, tape.split, tape.number, tape.twin, tape.width)
            self.append(tape.op, tape.start[1:], *columns)

    def __len__(self) -> int:
        return self._count

    def append(
        self, op: Any, ends: Any, left: Any, right: Any, sign: Any, split: Any, number: Any, twin: Any, width: Any = 1
    ) -> Ints:
        """Append nodes given as columns, with `ends` (n,) the running number of terms; return their places."""
        return self._append(len(op), (len(left),), ends, (left, right, sign), (op, split, number, twin, width))

    def leaves(self, kind: int, numbers: Any) -> Ints:
        """Append leaves of a kind: constants, or places among parameters or inputs."""
        numbers = np.atleast_1d(np.asarray(numbers, np.float64))
        return self._append(len(numbers), (0,), 0, ([], NONE, 1.0), (kind, 0, numbers, None, 1))

    def sums(self, left: Any, right: Any, sign: Any = 1.0, twin: Any = None) -> Ints:
        """Append sums of k products each, from (n, k) factors (or what broadcasts to it)."""
        n, k = np.broadcast(left, right, sign).shape
        return self._append(n, (n, k), np.arange(1, n + 1) * k, (left, right, sign), (SUM, 0, 0.0, twin, 1))

    def rows(self, op: int, operands: Any, split: int = 0, twin: Any = None) -> Ints:
        """Append n nodes of one row, or LESS, from (n, k) operands."""
        n, k = np.shape(operands)
        return self._append(n, (n, k), np.arange(1, n + 1) * k, (operands, NONE, 1.0), (op, split, 0.0, twin, 1))

    def _append(
        self, n: int, shape: tuple[int, ...], ends: Any, terms: tuple[Any, Any, Any], nodes: tuple[Any, ...]
    ) -> Ints:
        ids = np.arange(self._count, self._count + n)
        self._parts.append(_Part(n, shape, ends, terms, tuple(ids if x is None else x for x in nodes)))
        self._count += n
        return ids

    def tape(self, **outputs: Any) -> Tape:
        """Return what has been appended, with these outputs."""
        if self._tape is not None and len(self._parts) == 1:
            return self._tape.with_outputs(**outputs)
        n, t = self._count, sum(prod(part.shape) for part in self._parts)
        start = np.zeros(n + 1, np.int64)
        terms: list[Any] = [np.empty(t, kind) for kind in (np.int64, np.int64, np.float64)]
        nodes: list[Any] = [np.empty(n, kind) for kind in (np.int64, np.int64, np.float64, np.int64, np.int64)]
        i = j = 0
        for part in self._parts:
            after, end = i + part.size, j + prod(part.shape)
            start[i + 1 : after + 1] = np.asarray(part.ends, np.int64) + j
            for column, x in zip(terms, part.terms, strict=True):
                column[j:end].reshape(part.shape)[:] = x
            for column, x in zip(nodes, part.nodes, strict=True):
                column[i:after] = x
            i, j = after, end
        (left, right, sign), (op, split, number, twin, width) = terms, nodes
        return Tape(op, start, left, right, sign, split, number, twin, width, self._outputs).with_outputs(**outputs)


def gathered(starts: Ints, lengths: Ints) -> Ints:
    """Return the concatenation of the ranges [starts[i], starts[i] + lengths[i]).

    >>> gathered(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    found = ranges(starts, lengths)
    return np.arange(found.start, found.stop) if isinstance(found, slice) else found


def ranges(starts: Ints, lengths: Ints) -> slice | Ints:
    """Return the same as a slice where each range begins at the end of the one before: nothing is copied then."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    ahead = starts - ends + lengths  # of their places in the concatenation
    if total and (ahead == ahead[0]).all():
        return slice(int(ahead[0]), int(ahead[0]) + total)
    return np.repeat(ahead, lengths) + np.arange(total)


def picked(
    tape: Tape, keep: Ints, place: Ints | None = None, terms: Ints | slice | None = None, lengths: Ints | None = None
) -> Tape:
    """Return the tape of the nodes `keep` alone, in that order.

    `place` maps each old node to the new one that is used instead, by default those that are kept to themselves; NONE
    stays NONE. The nodes have their own terms, or the given ones, as many as the `lengths`.
    """
    if terms is None or lengths is None:
        lengths = tape.arity[keep]
        terms = ranges(tape.start[keep], lengths)
    if place is None:
        place = np.full(len(tape), NONE)
        place[keep] = np.arange(len(keep))
    place = np.append(place[: len(tape)], NONE)  # the last entry is for NONE
    return Tape(
        tape.op[keep],
        np.concatenate([[0], np.cumsum(lengths)]),
        place[tape.left[terms]],
        place[tape.right[terms]],
        tape.sign[terms],
        tape.split[keep],
        tape.number[keep],
        tape.twin[keep],
        tape.width[keep],
        {k: place[v] for k, v in tape.outputs.items()},
    )
