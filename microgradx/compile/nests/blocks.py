"""Blocks: nodes of one group with their factors, as rows and columns of places in memory, and the nests to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from ..tape.tape import Ints, gathered
from .addresses import fitted
from .layout import VECTOR
from .nests import Address, Space


@dataclass(frozen=True)
class Vectors:
    """What rows and columns of a block are where they are no numbers: either all nodes are vectors, or some products.

    width   of how many numbers each node consists
    terms   (m,) of how many terms each column consists: those of an inner product
    a, b    (n, m) how far the entries of a factor are apart; 0 for numbers
    """

    width: int
    terms: Ints
    a: Ints
    b: Ints


@dataclass(frozen=True)
class Block:
    """n nodes of a group with m terms each, in an order, and where their factors stand.

    nodes     (n,) numbers of the tape: nodes, or entries of these; of vectors the first entries
    a, b      (n, m) places of the factors, or of their first entries; 0 for literals and absent ones, whose places
              decide nothing
    out       (n, c) places of the results, if they are given already (c = 1) and not free (c = 0)
    kind      (m,) kinds of the terms
    column    (m,) which terms of the nodes they are
    folds     whether terms may be folded into loops, as those of a sum, or are operands that differ in meaning
    vectors   what else rows and columns are, if they are no numbers
    """

    nodes: Ints
    a: Ints
    b: Ints
    out: Ints
    kind: Ints
    column: Ints
    folds: bool
    vectors: Vectors | None = None

    @property
    def width(self) -> int:
        """Of how many numbers each node consists."""
        return 1 if self.vectors is None else self.vectors.width

    def numbers(self) -> Ints:
        """Return the numbers of the tape of which the nodes consist."""
        return self.nodes if self.width == 1 else (self.nodes[:, None] + np.arange(self.width)).ravel()

    def take(self, rows: Ints) -> Block:
        """Return these nodes of the block, in this order."""
        of, vectors = (self.kind, self.column, self.folds), self.vectors
        if vectors is not None:
            vectors = Vectors(vectors.width, vectors.terms, vectors.a[rows], vectors.b[rows])
        return Block(self.nodes[rows], self.a[rows], self.b[rows], self.out[rows], *of, vectors)

    def entries(self) -> tuple[Ints, Ints]:
        """Return, number by number, which column each column is, and which entries of factors it takes.

        Of a vector every entry has the same terms: entries are (width, 1). Of a number an inner product is a term for
        each entry: entries are (1, terms).
        """
        each = np.arange(len(self.kind))
        if self.vectors is None or self.width > 1:
            return each, np.arange(self.width)[:, None]
        terms = self.vectors.terms
        return np.repeat(each, terms), gathered(np.zeros(len(each), np.int64), terms)[None]

    def expanded(self) -> Block:
        """Return the same block number by number: a row for each entry of a node, a column for each term.

        >>> one, m = np.ones((1, 1), np.int64), np.array([3])
        >>> product = Block(one[0], 5 * one, 9 * one, one[:, :0], m, m, True, Vectors(1, m, one, 2 * one))
        >>> product.expanded().a, product.expanded().b
        (array([[5, 6, 7]]), array([[ 9, 11, 13]]))
        """
        v = self.vectors
        if v is None:
            return self
        column, entry = self.entries()

        def spread(places: Ints, apart: Ints) -> Ints:
            found: Ints = places[:, None, column] + apart[:, None, column] * entry
            return found.reshape(-1, len(column))

        nodes, a, b = self.numbers(), spread(self.a, v.a), spread(self.b, v.b)
        out = (self.out[:, None] + np.arange(self.width)[:, None]).reshape(len(nodes), self.out.shape[1])
        return Block(nodes, a, b, out, self.kind[column], self.column[column], self.folds)


@dataclass(frozen=True)
class Piece:
    """A nest to be: nodes in row-major order of the extents, and the number of columns of each segment.

    An `even` one follows strides in all of its loops; in others some factors may have to stand in tables.
    """

    block: Block
    extents: tuple[int, ...]
    lengths: tuple[int, ...]
    even: bool = True

    @property
    def size(self) -> int:
        """Of how many numbers it consists."""
        return prod(self.extents)

    @property
    def rows(self) -> tuple[int, ...]:
        """The extents of the loops over nodes: without that over the entries of vectors."""
        return self.extents if self.block.width == 1 else self.extents[:-1]

    def turned(self) -> Piece:
        """Return the same nest with that dimension running fastest along which most factors stand side by side.

        The results then do so too, and vectors of both are read and written as they are. Dimensions in which no factor
        runs upwards are turned round: nests over the same points then go through them in one order. Sums stay as they
        are: those of several nests often follow one another where what uses them goes through all in one loop.
        """
        if not self.even or self.block.folds or self.block.vectors is not None:
            return self
        strides = np.array([self._strides(places)[1] for places in (*self.block.a.T, *self.block.b.T)])
        apart, upwards = (np.abs(strides) > 1).sum(axis=0), (strides > 0).any(axis=0) | ~strides.any(axis=0)
        last, filled = len(self.extents) - 1, np.array(self.extents) >= VECTOR
        fastest = max([*np.flatnonzero(filled), last], key=lambda d: (-apart[d], d))
        downwards = tuple(np.flatnonzero(filled & ~upwards).tolist())
        rows = np.moveaxis(np.flip(np.arange(self.size).reshape(self.extents), downwards), fastest, last)
        return replace(self, block=self.block.take(rows.ravel()), extents=rows.shape)

    def terms(self, at: int, length: int) -> int:
        """Return of how many terms so many columns consist, from one on."""
        return length if self.block.vectors is None else int(self.block.vectors.terms[at : at + length].sum())

    def address(self, space: Space, second: bool, at: int, length: int) -> Address:
        """Return where the first or second factors stand in so many columns, from one on."""
        block, v = self.block, self.block.vectors
        places = block.b if second else block.a
        if not self.even:
            return fitted(space, places[:, at : at + length].reshape(*self.extents, length))
        apart = 0 if v is None else int((v.b if second else v.a)[0, at])
        base, strides = self._strides(places[:, at])
        step = int(places[0, at + 1]) - base if length > 1 else 0
        if block.width > 1:
            return Address(space, base, (*strides, apart), step)
        return Address(space, base, strides, apart if self.terms(at, 1) > 1 else step)

    def out(self, space: Space) -> Address:
        """Return where the results stand, if that is given."""
        if not self.even:
            return fitted(space, self.block.out.reshape(*self.extents, 1))
        base, strides = self._strides(self.block.out[:, 0])
        return Address(space, base, strides if self.block.width == 1 else (*strides, 1))

    def _strides(self, places: Ints) -> tuple[int, tuple[int, ...]]:
        """Return the place of the first node, and how far it is from there to the next one in each loop."""
        base, width, strides = int(places[0]), len(places), []
        for extent in self.rows:
            width //= extent
            strides.append(int(places[width]) - base if extent > 1 else 0)
        return base, tuple(strides)
