"""Dead code: nodes that no output depends on are left out."""

from __future__ import annotations

import numpy as np

from ..tape.links import terms_of
from ..tape.tape import NONE, Mask, Tape, picked


def dead(tape: Tape) -> Tape:
    """Return the tape without the nodes that no output depends on, in the same order; all outputs are kept.

    Exact: nothing that is kept is computed in another way. Inputs and parameters may vanish: a leaf's place among
    them is its `number`, so that the others still mean the same.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1, 2])
    >>> y = b.sums([[x[0]], [x[2]]], [[x[1]], [NONE]])
    >>> z = b.sums([[y[0], y[1]]], NONE)
    >>> small = dead(b.tape(values=y[1:]))
    >>> small.number.tolist(), small.left.tolist(), small.outputs["values"].tolist()
    ([2.0, 0.0], [0], [1])
    """
    keep = ~_unused(tape)
    return tape if keep.all() else picked(tape, np.flatnonzero(keep))


def _unused(tape: Tape) -> Mask:
    """Return which nodes have no use, directly or because all of their users have none.

    Only what is dead is visited. The first round, most of it, is done in whole columns; what that leaves without a
    user is followed node by node, because a chain would need as many rounds as it has nodes.
    """
    counts = tape.uses.copy()
    counts[-1] = -1  # NONE is never freed
    idle = np.flatnonzero(counts[:-1] == 0)
    gone = np.zeros(len(tape), bool)
    gone[idle] = True
    terms, _, _ = terms_of(tape, idle)
    for freed in (tape.left[terms], tape.right[terms]):
        counts[:-1] -= np.bincount(freed[freed != NONE], minlength=len(tape))
    stack = np.flatnonzero((counts[:-1] == 0) & ~gone).tolist()
    if stack:
        left, begins = counts.tolist(), tape.start.tolist()
        while stack:
            i = stack.pop()
            gone[i] = True
            for column in (tape.left, tape.right):
                for operand in column[begins[i] : begins[i + 1]].tolist():
                    left[operand] -= 1
                    if left[operand] == 0:
                        stack.append(operand)
    return gone
