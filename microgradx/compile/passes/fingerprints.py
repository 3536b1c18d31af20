"""Fingerprints: words that are equal for nodes which look alike as far down as some operands of operands.

Different words mean different expressions. Equal words may be an accident, and prove nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tape.arrays import bits
from ..tape.links import terms_of
from ..tape.tape import FIRST_ROW, ROWS, SUM, Ints, Tape

Words = NDArray[np.uint64]

PATIENCE = 16
"""How often `alike` looks one operand deeper although that tells few nodes apart, as in a long chain."""


def families(tape: Tape, nodes: Ints, depth: int = 2) -> Words:
    """Return a word for each of these nodes: equal if they are the same operation on as many terms of the same kinds.

    With a `depth` of 2 the same holds for their operands. Leaves count by their kind alone: x·2 and y·3 are of one
    family.

    >>> from ..tape.tape import CONSTANT, INPUT, Builder
    >>> b = Builder()
    >>> x, c = b.leaves(INPUT, [0, 1]), b.leaves(CONSTANT, [2.0, 3.0])
    >>> products = b.sums([[x[0]], [x[1]], [x[0]]], [[c[0]], [c[1]], [x[0]]])
    >>> xc, yc, xx = families(b.tape(), products)
    >>> bool(xc == yc), bool(xc == xx)
    (True, False)
    """
    words, weights = np.append(_OPERATIONS[tape.op], _ALONE), _weights(tape, ordered=True)
    if depth > 1:
        terms, _, _ = terms_of(tape, nodes)
        used = np.zeros(len(words), bool)
        used[tape.left[terms]] = used[tape.right[terms]] = True
        below = np.flatnonzero(used[:-1] & (tape.op >= SUM))
        words[below] = _combined(tape, below, words, weights)
    return _combined(tape, nodes, words, weights)


def alike(tape: Tape, ordered: bool) -> tuple[Ints, Ints]:
    """Return the nodes, leaves apart, that may be equal to others, and of each the first that looks like it.

    All others certainly are not. Equal nodes are the same operation on equal operands, where the factors of a product
    may come in either order, and so may the terms of a sum unless they are `ordered`. It looks ever deeper, until that
    tells nothing more, or, as in a long chain, tells few nodes apart.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> y = b.sums([[x[0]], [x[1]], [x[1]]], [[x[1]], [x[0]], [x[1]]])
    >>> [column.tolist() for column in alike(b.tape(), ordered=True)]
    [[2, 3], [2, 2]]
    """
    is_leaf, weights = tape.op < SUM, _weights(tape, ordered)
    words = np.append(_OPERATIONS[tape.op], _ALONE)
    words[:-1][is_leaf] = _scrambled(words[:-1][is_leaf] + bits(tape.number[is_leaf]).view(np.uint64)) | _ODD
    used = np.zeros(len(words), bool)
    used[tape.left] = used[tape.right] = True
    nodes, slow = np.flatnonzero(~is_leaf & used[:-1]), 0
    while len(nodes) and slow < PATIENCE:
        before, words[nodes] = words[nodes], _combined(tape, nodes, words, weights)
        if np.array_equal(before, words[nodes]):
            break
        left = nodes[~_single(words[nodes])]  # the words of the others may stay: they are equal to no other
        slow += 8 * len(left) > 7 * len(nodes)
        nodes = left
    nodes = np.flatnonzero(~is_leaf)
    words[nodes] = _combined(tape, nodes, words, weights)  # among them those that are no operands, often most of them
    nodes = nodes[~_single(words[nodes])]
    _, first, inverse, counts = np.unique(words[nodes], return_index=True, return_inverse=True, return_counts=True)
    several = counts[inverse] > 1
    return nodes[several], nodes[first[inverse]][several]


def _weights(tape: Tape, ordered: bool) -> Words:
    """Return a word for each term: what its product counts, by its sign and, where the order matters, by its place."""
    found = np.where(tape.sign < 0, _SUBTRACTED, _ODD)
    apart = np.flatnonzero(ordered | ~tape.in_sum)
    place = apart - tape.start[tape.owner[apart]]
    found[apart] *= (_scrambled(np.arange(place.max(initial=0) + 1).astype(np.uint64)) | _ODD)[place]
    return found


def _combined(tape: Tape, nodes: Ints, words: Words, weights: Words) -> Words:
    """Return words of nodes from those of their operands; the last word is that of NONE."""
    terms: Any = slice(None)
    begins, ends = tape.start[nodes], tape.start[nodes + 1]
    if 2 * int((ends - begins).sum()) < len(tape.left):  # else it takes less time to take all terms than to pick some
        terms, begins, ends = terms_of(tape, nodes)
    of_terms = words[tape.left[terms]]
    of_terms *= words[tape.right[terms]]
    of_terms *= weights[terms]
    sums = np.zeros(len(of_terms) + 1, np.uint64)
    np.cumsum(of_terms, out=sums[1:])  # modulo 2⁶⁴
    own = _OPERATIONS[tape.op[nodes]] + tape.split[nodes].astype(np.uint64)
    return _scrambled(own + sums[ends] - sums[begins]) | _ODD


def _single(words: Words) -> NDArray[np.bool_]:
    """Return which words occur once, most of them: they are told apart by some of their bits."""
    width = int(words.size).bit_length() + 2
    places = (words >> np.uint64(64 - width)).astype(np.int64)
    found: NDArray[np.bool_] = np.bincount(places)[places] == 1
    return found


def _scrambled(words: Words) -> Words:
    """Return words in which every bit depends on all bits of the argument (the finaliser of SplitMix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


_ODD = np.uint64(1)
"""Words are odd, so that no bit of a factor is lost in a product."""

_OPERATIONS = _scrambled(np.arange(1, FIRST_ROW + len(ROWS) + 3).astype(np.uint64)) | _ODD
"""A word for each code of an operation."""

_ALONE, _SUBTRACTED = _OPERATIONS[-2:]
"""In place of a second factor that a term does not have; and what marks terms that are subtracted."""
