"""The order in which eager backward adds error signals up, which strict mode keeps.

`sweep` visits nodes in reversed topological order, depth first from the output, and a block of operands collects what
all its users send before it hands that on to its entries. Floating-point addition is not associative, so the order
is part of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .edges import edges
from .recording import Recording
from .tape import NONE, SUM, Ints, Tape


class Order(NamedTuple):
    """A topological order of nodes and of the blocks through which they use their operands.

    position   (n + b,) the place of each node, then of each block; only nodes that the output depends on need one
    blocks     (n, 2) the block of each side of a node, or NONE; see `edges.Edges` for sides
    """

    position: Ints
    blocks: Ints


def in_order_of_creation(tape: Tape) -> Order:
    """Return the order of the tape itself, without blocks."""
    return Order(np.arange(len(tape)), np.full((len(tape), 2), NONE))


def eager_order(recording: Recording, output: int) -> Order:
    """Return the order of `sweep.topological_order` on the eager graph of a recording's node `output`."""
    blocks = recording.blocks
    n, count = len(blocks), int(blocks.max(initial=NONE)) + 1
    operands, first = _computed_operands(recording.tape)
    sides = np.arange(2 * n).reshape(n, 2)  # a side is numbered 2·node + 0 or 1
    entries = np.zeros(count, np.int64)
    entries[blocks[blocks != NONE]] = sides[blocks != NONE]
    through, inside = blocks.ravel().tolist(), entries.tolist()

    def uses(v: int) -> list[int]:
        if v >= n:
            return operands[first[inside[v - n]] : first[inside[v - n] + 1]]
        found = []
        for side in (2 * v, 2 * v + 1):
            found += operands[first[side] : first[side + 1]] if through[side] == NONE else [n + through[side]]
        return found

    position = np.zeros(n + count, np.int64)
    order = _depth_first(int(output), n + count, uses)
    position[order] = 1 + np.arange(len(order))  # leaves send no signals, so that it is no matter where they stand
    return Order(position, blocks)


def _computed_operands(tape: Tape) -> tuple[list[int], list[int]]:
    """Return the operands that are no leaves, by node and side, and where those of each side begin."""
    found = edges(tape, every=True)
    found = found[tape.op[found.operand] >= SUM]
    first = np.searchsorted(found.user * 2 + found.side, np.arange(2 * len(tape) + 1))
    return found.operand.tolist(), first.tolist()


def _depth_first(root: int, count: int, uses: Callable[[int], list[int]]) -> list[int]:
    visited = bytearray(count)
    order: list[int] = []
    stack = [root]
    while stack:
        v = stack.pop()
        if v == NONE:  # all that the node below uses is placed
            order.append(stack.pop())
        elif not visited[v]:
            visited[v] = 1
            stack += [v, NONE, *reversed(uses(v))]
    return order
