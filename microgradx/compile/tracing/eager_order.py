"""The order in which eager backward adds error signals up, which strict mode keeps.

`sweep` visits nodes in reversed topological order, depth first from the output, and a block of operands collects what
all its users send before it hands that on to its entries. Floating-point addition is not associative, so the order
is part of the result.

Where a choice is between computed numbers, the order may be another in each region. The search is then one for all
regions: it visits a node, as Values would in any one row, in each region once, and the node may have several places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..tape.edges import edges
from ..tape.tape import NONE, SUM, Ints, Tape
from .choices import Choices
from .recording import Recording
from .regions import EVERYWHERE, NOWHERE, Regions

PLACES = 4
"""So many places a node may have on average, before the order is given up."""


class UnsettledOrder(Exception):
    """The order of additions depends on too many choices."""


class Order(NamedTuple):
    """A topological order of nodes and of the blocks through which they use their operands, in each region.

    first      (n + b + 1,) where the places of each node, then of each block, begin; what the output does not depend on
               needs none
    position   (p,) places
    region     (p,) where they hold; those of a node do not overlap
    blocks     (n, 2) the block of each side of a node, or NONE; see `edges.Edges` for sides
    choices    those of the recording
    """

    first: Ints
    position: Ints
    region: Ints
    blocks: Ints
    choices: Choices


def in_order_of_creation(tape: Tape) -> Order:
    """Return the order of the tape itself, without blocks."""
    n = len(tape)
    return Order(np.arange(n + 1), np.arange(n), np.ones(n, np.int64), np.full((n, 2), NONE), Choices({}, {}))


def eager_order(recording: Recording, output: int) -> Order:
    """Return the order of `sweep.topological_order` on the eager graph of a recording's node `output`.

    UnsettledOrder if it differs between too many regions.
    """
    if output in recording.orders:
        found: Order = recording.orders[output]
        return found
    recording.orders[output] = found = _order(recording, output)
    return found


def _order(recording: Recording, output: int) -> Order:
    blocks, choices = recording.blocks, Choices(recording.choices, recording.decisions)
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

    if choices:
        leaves = (recording.tape.op < SUM).tolist()
        chosen = {v: [(u, r) for u, r in of if not leaves[u]] for v, of in choices.entries.items()}
        node, region = _in_each_region(int(output), n + count, uses, chosen, choices.regions)
    else:
        node = _depth_first(int(output), n + count, uses)
        region = [EVERYWHERE] * len(node)
    by_node = np.argsort(node, kind="stable")
    starts = np.searchsorted(np.array(node, np.int64)[by_node], np.arange(n + count + 1))
    return Order(starts, by_node, np.array(region, np.int64)[by_node], blocks, choices)


def is_settled(recording: Recording) -> bool:
    """Return whether the order of every output of a recording differs between few regions at most."""
    entries = [entry for choice in recording.choices.values() for entry in choice.entries]
    if not entries or not (recording.tape.op[entries] >= SUM).any():
        return True
    try:
        for output in np.unique(recording.tape.outputs["values"]).tolist():
            eager_order(recording, output)
    except UnsettledOrder:
        return False
    return True


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


def _in_each_region(
    root: int, count: int, uses: Callable[[int], list[int]], chosen: dict[int, list[tuple[int, int]]], regions: Regions
) -> tuple[list[int], list[int]]:
    """Return nodes and regions in the order in which they are placed; choices are gone through, and have no place."""
    visited = [NOWHERE] * count
    nodes: list[int] = []
    placed: list[int] = []
    stack = [(root, EVERYWHERE)]
    while stack:
        v, region = stack.pop()
        if v < 0:  # all that the node ~v uses is placed
            nodes.append(~v)
            placed.append(region)
            if len(nodes) > PLACES * count + 1000:
                raise UnsettledOrder
            continue
        fresh = regions.without(region, visited[v])
        if fresh == NOWHERE:
            continue
        visited[v] = regions.either(visited[v], region)
        if v in chosen:
            stack += [(u, both) for u, where in reversed(chosen[v]) if (both := regions.both(fresh, where)) != NOWHERE]
        else:
            stack.append((~v, fresh))
            stack += [(u, fresh) for u in reversed(uses(v)) if visited[u] != EVERYWHERE]
    return nodes, placed
