"""Levels: nodes of one level do not depend on each other, so that a whole level can be computed at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .tape import INPUT, NONE, Ints, Tape


def levels(tape: Tape) -> Ints:
    """Return the length of the longest path to each node: from a leaf, level 0, or, if there is one, from an input.

    Inputs stand at level len(tape), so that a node is the same for all rows of a batch exactly if its level is less,
    and all such nodes come before all others.

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
    # Node by node rather than level by level: a chain of 10⁵ nodes has as many levels, most networks have 50.
    found: list[int] = [n if op == INPUT else 0 for op in tape.op.tolist()]
    found.append(-1)  # NONE is the last place, and below every level
    level = found.__getitem__
    single = bool((tape.right == NONE).all())
    start, left, right = tape.start.tolist(), tape.left.tolist(), tape.right.tolist()
    for i, (begin, end) in enumerate(pairwise(start)):
        if begin < end:
            top = max(map(level, left[begin:end]))
            if not single:
                top = max(top, max(map(level, right[begin:end])))
            found[i] = top + 1
    return np.array(found[:n], np.int64)
