"""The simplifying passes in order."""

from __future__ import annotations

from functools import partial

from .collapse import collapse
from .common import common
from .dead import dead
from .folding import fold
from .links import settled
from .tape import Tape


def simplify(tape: Tape, strict: bool = True) -> Tape:
    """Return a shorter tape of the same outputs: folded, collapsed, each subexpression once, nothing that is unused.

    With `strict` the outputs are the same bit for bit.

    >>> from .tape import INPUT, Builder
    >>> b = Builder()
    >>> total, *x = b.leaves(INPUT, range(5))
    >>> for xᵢ in x:  # total = total + x·x
    ...     (square,) = b.sums([[xᵢ]], [[xᵢ]])
    ...     (total,) = b.sums([[total, square]], -1)
    >>> small = simplify(b.tape(values=[total]))
    >>> len(small), small.arity[-1]
    (6, np.int64(5))
    """
    fold_, collapse_, common_ = (partial(each, strict=strict) for each in (fold, collapse, common))
    return settled(tape, (fold_, dead, collapse_, common_, dead))
