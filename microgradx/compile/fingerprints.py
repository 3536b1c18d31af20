"""Fingerprints: numbers that are equal for nodes which look alike as far down as a few operands of operands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .links import leaves
from .tape import SUM, Floats, Ints, Tape

Words = NDArray[np.uint64]


def fingerprints(tape: Tape, depth: int, *, numbers: bool, ordered: bool = True) -> Words:
    """Return (n,) a word for each node: different words mean different expressions.

    Two nodes have the same word if the trees below them are the same down to `depth` operands of operands: same
    operations, signs, arities, and, with `numbers`, same leaves; else leaves count by their kind alone. The factors of
    a product may come in either order, as may the terms of a sum if they are not `ordered`. Equal words by accident
    are possible, and mean nothing.

    >>> from .tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> products = b.sums([[x[0]], [x[1]], [x[1]]], [[x[1]], [x[0]], [x[1]]])
    >>> _, _, xy, yx, yy = fingerprints(b.tape(), 1, numbers=True)
    >>> bool(xy == yx), bool(xy == yy)
    (True, False)
    """
    own = _scrambled(tape.op.astype(np.uint64) * np.uint64(1 << 40) + tape.split.astype(np.uint64))
    if numbers:
        own = np.where(leaves(tape), _scrambled(own + bits(tape.number).view(np.uint64)), own)
    owner, place = tape.owner, np.arange(len(tape.left)) - tape.start[tape.owner]
    if not ordered:
        place[tape.op[owner] == SUM] = 0
    weight = _scrambled(2 * place.astype(np.uint64) + (tape.sign < 0).astype(np.uint64)) | np.uint64(1)
    used = np.flatnonzero(tape.arity)
    words = np.append(own, np.uint64(0))  # NONE takes the last, and 0 stays 0 when scrambled
    for _ in range(depth):
        factors = _scrambled(words)
        terms = _scrambled(factors[tape.left] + factors[tape.right]) * weight
        words[used] = _scrambled(own[used] + np.add.reduceat(terms, tape.start[used]))
    return words[:-1]


def bits(numbers: Floats) -> Ints:
    """Return the bits of floats, which tell 0.0 from −0.0 and by which NaN equals itself."""
    return np.ascontiguousarray(numbers).view(np.int64)


def _scrambled(words: Words) -> Words:
    """Return words in which every bit depends on all bits of the argument (the finaliser of SplitMix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
