"""Places: where the nodes of a tape stand in memory, as far as that is known."""

from __future__ import annotations

import numpy as np

from ..tape.links import distinct, terms_of
from ..tape.tape import INPUT, PARAMETER, Ints, Mask, Tape
from .blocks import Block, Vectors


class Places:
    """A number stands at `first`, entry k of a vector at first + apart·k, or else where `tables` says.

    Stacks, and entries taken out of vectors, stand where others do: such nodes are views, by `is_view` (n,).

    >>> from ..tape.tape import Builder
    >>> b = Builder()
    >>> b.append([PARAMETER], [0], [], [], [], 0, 5, None, 3)
    array([0])
    >>> Places(b.tape(), np.zeros(1, bool)).all().tolist()
    [5, 6, 7]
    """

    def __init__(self, tape: Tape, is_view: Mask) -> None:
        self._tape = tape
        self._width = np.append(tape.width, 1)  # the last is for NONE
        self._apart = (self._width > 1).astype(np.int64)
        self._plain = not self._apart.any()
        self._begin = np.append(0, np.cumsum(tape.width))
        leaf = np.append((tape.op == PARAMETER) | (tape.op == INPUT), False)
        self._first = np.where(leaf, np.append(tape.number, 0.0), 0.0).astype(np.int64)
        self._open = np.append(is_view, False)
        self._uneven = np.zeros(len(tape) + 1, bool)
        self._tables: dict[int, Ints] = {}

    def node(self, numbers: Ints) -> Ints:
        """Return the node to which each number belongs; they are counted through the nodes, entry by entry."""
        return np.searchsorted(self._begin, numbers, side="right") - 1 if not self._plain else numbers

    def block(self, nodes: Ints, terms: Ints, out: Ints, kind: Ints, folds: bool) -> Block:
        """Return the block of these nodes, which have these terms (n, m)."""
        left, right = self._tape.left[terms], self._tape.right[terms]
        column = np.arange(terms.shape[1])
        if self._plain:
            return Block(nodes, self._first[left], self._first[right], out, kind, column, folds)
        width, entries = int(self._width[nodes[0]]), self._width[left[0]]
        self._settle(left)
        self._settle(right)
        vectors = None
        if width > 1 or (entries > 1).any():
            entries = entries if width == 1 else np.ones_like(entries)
            vectors = Vectors(width, entries, self._apart[left], self._apart[right])
        block = Block(self._begin[nodes], self._first[left], self._first[right], out, kind, column, folds, vectors)
        if not (self._uneven[left].any() or self._uneven[right].any()):
            return block
        columns, entry = block.entries()
        block = block.expanded()
        for places, factors in ((block.a, left), (block.b, right)):
            self._look_up(places, factors[:, None, columns], entry)
        return block

    def give(self, block: Block, first: int) -> int:
        """Let the nodes of a block stand one after the other, from a place on, and return the one behind them."""
        nodes, width = self.node(block.nodes), block.width
        end = first + len(nodes) * width
        places = np.arange(first, end, width)
        if self._width[nodes[0]] == width:
            self._first[nodes] = places
            return end
        for node in distinct(nodes).tolist():
            of_node = nodes == node
            table = self._tables.setdefault(node, np.zeros(self._width[node], np.int64))
            table[block.nodes[of_node] - self._begin[node]] = places[of_node]
            self._enter(node, table)
        return end

    def place(self, node: int) -> int:
        """Return where a number stands, or the first entry of a vector."""
        return int(self._at(np.array([node]), np.zeros(1, np.int64))[0])

    def all(self) -> Ints:
        """Return the place of each number."""
        node = np.repeat(np.arange(len(self._tape)), self._tape.width)
        self._settle(np.arange(len(self._tape)))
        found: Ints = self._first[node] + self._apart[node] * (np.arange(len(node)) - self._begin[node])
        for v, table in self._tables.items():
            found[self._begin[v] : self._begin[v + 1]] = table
        return found

    def _settle(self, nodes: Ints) -> None:
        """Find out where those of the nodes stand that stand where others do."""
        still_open = self._open[nodes]
        if not still_open.any():
            return
        nodes = distinct(nodes[still_open])
        self._open[nodes] = False
        tape = self._tape
        terms, begins, ends = terms_of(tape, nodes)
        unit = tape.number[tape.right[terms]].astype(np.int64)
        places = self._at(tape.left[terms], unit)
        number = self._width[nodes] == 1
        self._first[nodes[number]] = places[begins[number]]
        stacks = (column[~number].tolist() for column in (nodes, begins, ends))
        for v, begin, end in zip(*stacks, strict=True):
            table = np.zeros(self._width[v], np.int64)
            table[unit[begin:end]] = places[begin:end]
            self._enter(v, table)

    def _enter(self, vector: int, table: Ints) -> None:
        """Let the entries of a vector stand at these places, by a rule if there is one."""
        steps = np.diff(table)
        self._tables[vector], self._uneven[vector] = table, bool((steps != steps[0]).any())
        self._first[vector], self._apart[vector] = table[0], steps[0]

    def _at(self, nodes: Ints, entry: Ints) -> Ints:
        """Return where an entry of each node stands, or the node itself if it is a number."""
        self._settle(nodes)
        found: Ints = self._first[nodes] + self._apart[nodes] * entry
        self._look_up(found, nodes, entry)
        return found

    def _look_up(self, places: Ints, nodes: Ints, entry: Ints) -> None:
        """Correct the places of entries of those nodes that tables say."""
        for v in distinct(nodes[self._uneven[nodes]]).tolist():
            there = np.broadcast_to(nodes == v, np.broadcast_shapes(nodes.shape, entry.shape))
            places.reshape(there.shape)[there] = self._tables[v][np.broadcast_to(entry, there.shape)[there]]
