"""Terms of error signals and of tangents: what each sum is made of, in which rows, and how it comes on the tape."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...primitives import row
from ..tape.tape import NONE, SUM, Builder, Floats, Ints, code, gathered
from ..tracing.choices import Conditions
from ..tracing.regions import EVERYWHERE

SELECT = code(row("select"))


class Terms(NamedTuple):
    """Terms sign · giver · factor of sums: nodes, or what else has a number.

    when     the larger, the earlier the term is added; terms of one `when` stand in the order of their addition
    region   where the term is there at all
    """

    sum: Ints
    giver: Ints  # the number of the sum that is handed on
    factor: Ints  # a node, NONE where it is 1
    sign: Floats
    when: Ints
    region: Ints

    def and_those(self, others: Terms) -> Terms:
        """Return these terms and then the others."""
        columns: list[Any] = [np.concatenate(pair) for pair in zip(self, others, strict=True)]
        return Terms(*columns)

    def picked(self, which: Any) -> Terms:
        """Return some of the terms, by a mask or by their places."""
        if which.dtype == bool and which.all():
            return self
        return Terms(
            self.sum[which],
            self.giver[which],
            self.factor[which],
            self.sign[which],
            self.when[which],
            self.region[which],
        )


class Term(NamedTuple):
    """One term of a sum, on its way through choices."""

    before: int  # terms are added in the order of this, and of the number where it is the same
    number: int
    giver: int
    factor: int
    sign: float
    region: int


def append_sums(
    builder: Builder, signal: Ints, sums: Ints, terms: Terms, of: tuple[Ints, Ints], conditions: Conditions | None
) -> None:
    """Append the sums, in this order, and enter their nodes into `signal` (numbers,), which has those of other givers.

    Terms are sorted by the order of their sums, each of which belongs to a node with the twin and width in `of`.
    Outside its region a term is −0.0, which adding changes nothing; where there are regions there are no vectors.
    """
    twin, width = of
    gated = np.flatnonzero(terms.region != EVERYWHERE)
    if conditions is not None and len(gated):
        _append_gated(builder, signal, sums, terms, twin, conditions, gated)
    else:
        ends = np.cumsum(np.bincount(terms.sum, minlength=len(signal))[sums])
        signal[sums] = len(builder) + np.arange(len(sums))
        left, right, sign = signal[terms.giver], terms.factor, terms.sign
        builder.append(np.full(len(sums), SUM), ends, left, right, sign, 0, 0.0, twin[sums], width[sums])
    assert (signal[terms.giver] != NONE).all(), "a sum hands on what it never received"


def _append_gated(
    builder: Builder, signal: Ints, sums: Ints, terms: Terms, twin: Ints, conditions: Conditions, gated: Ints
) -> None:
    """Append the sums with selects for the terms that are `gated`, there in some rows only: see `append_sums`."""
    counts = np.bincount(terms.sum, minlength=len(signal))[sums]
    regions, which = np.unique(terms.region[gated], return_inverse=True)
    nodes, holds = (np.array(x)[which] for x in zip(*map(conditions.node, regions.tolist()), strict=True))
    nothing = conditions.constant(-0.0)
    rank = np.full(len(signal), NONE)
    rank[sums] = np.arange(len(sums))

    # The products that are handed on in some rows only stand behind their giver, the selects before their sum.
    multiplied = (terms.factor[gated] != NONE) | (terms.sign[gated] < 0)
    each = np.stack([terms.giver, terms.factor, terms.sign.astype(np.int64)])[:, gated[multiplied]]
    each, product = np.unique(each, axis=1, return_inverse=True)
    p, g = each.shape[1], len(gated)
    arity = np.concatenate([np.ones(p, np.int64), np.full(g, 3), counts])
    key = np.concatenate([3 * rank[each[0]] + 3, 3 * rank[terms.sum[gated]] + 1, 3 * np.arange(len(sums)) + 2])
    order = np.argsort(key, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = len(builder) + np.arange(len(order))
    signal[sums] = place[p + g :]

    handed = signal[terms.giver[gated]]
    handed[multiplied] = place[:p][product.ravel()]
    selects = np.stack([nodes, np.where(holds, handed, nothing), np.where(holds, nothing, handed)], axis=1)
    left, right, sign = signal[terms.giver], terms.factor.copy(), terms.sign.copy()
    left[gated], right[gated], sign[gated] = place[p : p + g], NONE, 1.0
    left = np.concatenate([signal[each[0]], selects.ravel(), left])
    right = np.concatenate([each[1], np.full(3 * g, NONE), right])
    sign = np.concatenate([each[2], np.ones(3 * g), sign])
    op = np.concatenate([np.full(p, SUM), np.full(g, SELECT), np.full(len(sums), SUM)])[order]
    take = gathered((np.cumsum(arity) - arity)[order], arity[order])
    twins = np.concatenate([twin[each[0]], twin[terms.sum[gated]], twin[sums]])[order]
    builder.append(op, np.cumsum(arity[order]), left[take], right[take], sign[take], 0, 0.0, twins)
