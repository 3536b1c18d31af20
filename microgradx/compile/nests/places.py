"""Places: the numbers of which a tape's nodes consist, and where each stands in memory, as far as that is known."""

from __future__ import annotations

import numpy as np

from ..tape.links import Mask, followed
from ..tape.tape import INPUT, NONE, PARAMETER, Ints, Tape, gathered


class Places:
    """Numbers are counted through the nodes, entry by entry of each vector; those of node i begin at begin[i].

    Stacks, and entries taken out of vectors, stand where others do: such nodes are `standing` (n,).

    >>> from ..tape.tape import Builder
    >>> b = Builder()
    >>> w = b.append([PARAMETER], [0], [], [], [], 0, 5, None, 3)
    >>> places = Places(b.tape(), np.zeros(1, bool))
    >>> places.of(np.array([w]), np.zeros(3, int), np.arange(3)[None])
    array([[5, 6, 7]])
    """

    def __init__(self, tape: Tape, standing: Mask) -> None:
        self.begin = np.append(0, np.cumsum(tape.width))  # the last is for NONE
        self._wide = np.append(tape.width > 1, False)
        self._plain = not self._wide.any()
        self._place = np.full(self.begin[-1] + 1, NONE)
        leaf = np.flatnonzero((tape.op == PARAMETER) | (tape.op == INPUT))
        self._place[gathered(self.begin[leaf], tape.width[leaf])] = gathered(
            tape.number[leaf].astype(np.int64), tape.width[leaf]
        )
        self._stands = np.arange(len(self._place))
        if standing.any():
            self._let_stand(tape, standing)

    def _let_stand(self, tape: Tape, standing: Mask) -> None:
        terms = np.flatnonzero(standing[tape.owner])
        user, operand = tape.owner[terms], tape.left[terms]
        unit = tape.number[tape.right[terms]].astype(np.int64)
        stacked = self._wide[user]
        target = self.begin[operand] + np.where(stacked, 0, unit)
        self._stands[self.begin[user] + np.where(stacked, unit, 0)] = target
        self._stands = followed(self._stands)

    def node(self, numbers: Ints) -> Ints:
        """Return the node to which each number belongs."""
        return np.searchsorted(self.begin, numbers, side="right") - 1 if not self._plain else numbers

    def give(self, numbers: Ints, first: int) -> None:
        """Let numbers stand one after the other."""
        self._place[numbers] = np.arange(first, first + len(numbers))

    def expanded(self, tape: Tape, node: int, terms: Ints) -> tuple[int, Ints, Ints]:
        """Return the width of a node, of which of its terms each new term is, and which entries of factors it takes.

        Of a vector every entry has the same terms: entries are (width, 1). Of a number an inner product is a term for
        each entry: entries are (1, m).
        """
        column, width = np.arange(len(terms)), int(tape.width[node])
        if width > 1 or self._plain:
            return width, column, np.arange(width)[:, None]
        lengths = tape.width[tape.left[terms]]
        return 1, np.repeat(column, lengths), gathered(np.zeros(len(column), np.int64), lengths)[None]

    def entries(self, first: Ints, width: int) -> Ints:
        """Return so many numbers from each of the first on."""
        return first if width == 1 else (first[:, None] + np.arange(width)).ravel()

    def of(self, nodes: Ints, column: Ints, entry: Ints) -> Ints:
        """Return the places of nodes (n, t), which are alike in each column, or of entries of those that are vectors.

        The result has the columns `column` (m,) of these, and n·e rows, one for each row of `entry`, (e, 1) or (1, m).
        What has no place gets 0.
        """
        if self._plain:
            return np.maximum(self._place[nodes], 0)
        numbers = self.begin[nodes[:, column]][:, None] + entry * self._wide[nodes[0]][column]
        found: Ints = np.maximum(self._place[self._stands[numbers]], 0).reshape(-1, len(column))
        return found

    def all(self) -> Ints:
        """Return the place of each number."""
        found: Ints = self._place[self._stands[:-1]]
        return found
