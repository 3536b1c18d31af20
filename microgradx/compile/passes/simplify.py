"""The simplifying passes in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..tape.links import settled
from ..tape.tape import Tape
from ..tape.unroll import Origin
from .collapse import collapse
from .common import common
from .dead import dead
from .folding import fold
from .runs import with_runs


def simplify(tape: Tape, strict: bool = True) -> Tape:
    """Return a shorter tape of the same outputs: folded, collapsed, each subexpression once, nothing that is unused.

    With `strict` the outputs are the same bit for bit.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> total, *x = b.leaves(INPUT, range(5))
    >>> for xᵢ in x:  # total = total + x·x
    ...     (square,) = b.sums([[xᵢ]], [[xᵢ]])
    ...     (total,) = b.sums([[total, square]], -1)
    >>> small = simplify(b.tape(values=[total]))
    >>> len(small), small.arity[-1]
    (6, np.int64(5))
    """
    folded, collapsed, merged = (partial(_tidy, partial(rule, strict=strict)) for rule in (fold, collapse, common))
    return settled(dead(fold(tape, strict)), (collapsed, merged, folded))


def condense(tape: Tape) -> Tape:
    """Return a shorter tape of the same outputs, to be differentiated: there is less of it, and rows stay rows.

    Nothing is folded: the maximum of one number is that number, but its derivative is NaN where that is; and x³ has
    a shorter derivative than (x·x)·x.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(4))
    >>> ab, cd = b.sums([[x[0]], [x[2]]], [[x[1]], [x[3]]])
    >>> len(condense(b.tape(values=b.sums([[ab, cd]], -1))))
    5
    """
    return settled(dead(tape), [partial(_tidy, partial(rule, strict=False)) for rule in (collapse, common)])


def condense_with_vectors(tape: Tape, origin: Origin | None, parameters: int) -> tuple[Tape, Origin | None]:
    """Return a tape condensed, with vectors where sums are over runs of parameters: see `runs`."""
    tape, origin = with_runs(collapse(dead(tape), strict=False), origin, parameters)
    return condense(tape), origin


def _tidy(rule: Callable[[Tape], Tape], tape: Tape) -> Tape:
    """Apply a rule, and leave out what it made useless."""
    shorter = rule(tape)
    return tape if shorter is tape else dead(shorter)
