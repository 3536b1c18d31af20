"""Levels: nodes of one level do not depend on each other, so that a whole level can be computed at once."""

from __future__ import annotations

import numpy as np

from .tape import INPUT, NONE, SUM, Ints, Tape, gathered


def levels(tape: Tape, last: Ints | None = None) -> Ints:
    """Return the length of the longest path to each node: from a leaf, level 0, or, if there is one, from an input.

    Inputs stand at level len(tape), so that a node is the same for all rows of a batch exactly if its level is less,
    and all such nodes come before all others. Nodes in `last`, which nothing else uses, are left at level 2·len(tape).

    >>> from .tape import PARAMETER, Builder, code
    >>> from ..primitives import row
    >>> b = Builder()
    >>> (w,), (x,) = b.leaves(PARAMETER, [0]), b.leaves(INPUT, [0])
    >>> (c,) = b.rows(code(row("tanh")), [[w]])
    >>> y = b.sums([[c, w]], [[x, NONE]])
    >>> levels(b.tape(values=y)).tolist()
    [0, 4, 1, 5]
    """
    n = len(tape)
    found = np.where(tape.op == INPUT, n, 0)
    computed = (tape.op >= SUM) & (tape.arity > 0)
    if last is not None:
        found[last] = 2 * n
        computed[last] = False
    # Node by node rather than level by level: a chain of 10⁵ nodes has as many levels, most networks have 50.
    nodes, lengths = np.flatnonzero(computed), tape.arity[computed]
    terms = gathered(tape.start[nodes], lengths)
    left, right = tape.left[terms].tolist(), tape.right[terms].tolist()
    single = bool((tape.right[terms] == NONE).all())
    of = [*found.tolist(), -1]  # NONE is the last place, and below every level
    level, begin = of.__getitem__, 0
    for i, end in zip(nodes.tolist(), np.cumsum(lengths).tolist(), strict=True):
        top = max(map(level, left[begin:end]))
        of[i] = (top if single else max(top, max(map(level, right[begin:end])))) + 1
        begin = end
    return np.array(of[:n], np.int64)
