"""Levels: nodes of one level do not depend on each other, so that a whole level can be computed at once."""

from __future__ import annotations

import numpy as np

from .links import terms_of
from .tape import INPUT, NONE, SUM, Ints, Mask, Tape


def levels(tape: Tape, last: Ints | None = None, is_view: Mask | None = None) -> Ints:
    """Return the length of the longest path to each node: from a leaf, level 0, or, if there is one, from an input.

    Inputs stand at level len(tape), so that a node is the same for all rows of a batch exactly if its level is less,
    and all such nodes come before all others. Nodes in `last`, which nothing else uses, are left at level 2·len(tape);
    views, which stand where their operands do, are of the level of these.

    >>> from .tape import PARAMETER, Builder, code
    >>> from ...primitives import row
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
    nodes = np.flatnonzero(computed)
    terms, begins, ends = terms_of(tape, nodes)
    operands = np.stack([tape.left[terms], tape.right[terms]], axis=1).ravel()
    lowest = np.append(found, NONE)[operands]  # leaves say so at once
    lowest = np.maximum.reduceat(lowest, 2 * begins) if len(nodes) else lowest
    step = np.ones(len(nodes), np.int64) if is_view is None else 1 - is_view[nodes]
    inner = np.append(computed, False)[operands]
    before = np.append(0, np.cumsum(inner))
    found[nodes] = lowest + step  # which is all, unless there are operands that are computed
    further = before[2 * ends] > before[2 * begins]
    data = operands[inner].tobytes()
    above = memoryview(data).cast("q")
    # Node by node rather than level by level: a chain of 10⁵ nodes has as many levels, most networks have 50. What
    # several nodes have in common, as the neurons of a layer, is looked at once.
    of, highest, begin = found.tolist(), dict[bytes, int](), 0
    level = of.__getitem__
    columns = (nodes, lowest, before[2 * ends], step)
    for i, low, end, up in zip(*[column[further].tolist() for column in columns], strict=True):
        if end - begin == 1:
            top = of[above[begin]]
        elif end - begin == 2:
            top, other = of[above[begin]], of[above[begin + 1]]
            top = other if other > top else top
        else:
            key = data[8 * begin : 8 * end]
            if key not in highest:
                highest[key] = max(map(level, above[begin:end]))
            top = highest[key]
        of[i] = (top if top > low else low) + up
        begin = end
    return np.array(of, np.int64)
