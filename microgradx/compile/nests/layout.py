"""Layout: in which order the parameters stand in memory while machine code runs.

A user's order is neuron by neuron. At one row a step it decides whether a nest reads vectors or single numbers, which
matters several times over. So each block of parameters that gets its gradient from one nest may be laid out with any of
that nest's dimensions running fastest; blocks start at multiples of a vector. Values do not depend on the layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, product
from math import ceil, prod

import numpy as np

from ..tape.tape import SUM, Ints
from .addresses import fitted, numbers_at, put, span
from .nests import Address, Nest, Plan, Segment, Space

VECTOR = 8
"""Numbers in a vector of 512 bits, and in a line of the cache: where blocks begin, and the unit of costs."""

BLOCK = 32
"""What is no parameter begins at a multiple of this, so that parameters can be worked on in blocks of as many."""


@dataclass(frozen=True)
class Layout:
    """`places[i]` is where parameter i stands among `size` numbers; the rest are holes, whose numbers nobody may use.

    The first `own` numbers are parameters with gradients and holes; behind them stand captured leaves.
    """

    places: Ints
    own: int
    size: int

    @cached_property
    def inverse(self) -> Ints:
        """Which parameter stands in each place, (size,); in a hole any."""
        found = np.zeros(self.size, np.int64)
        found[self.places] = np.arange(len(self.places))
        return found


def blocks(plan: Plan) -> list[Nest]:
    """Return the nests that write gradients: what one of them writes is a block of parameters."""
    return [nest for nest in plan.nests if nest.out.space is Space.GRAD]


def dimensions(plan: Plan) -> list[range]:
    """Return for each block the dimensions of its nest; any of them may run fastest."""
    return [range(max(1, len(nest.extents))) for nest in blocks(plan)]


def choices(plan: Plan) -> Iterator[Layout]:
    """Yield every layout that may be chosen: all combinations of each block's fastest dimension.

    >>> products = Nest(SUM, (2, 3), Address(Space.GRAD, 0, (3, 1)), ())
    >>> plan = Plan((products,), np.zeros(0), 0, 0, 0, 6, 6, True, {})
    >>> [layout.places.tolist() for layout in choices(plan)]
    [[0, 2, 4, 1, 3, 5], [0, 1, 2, 3, 4, 5]]
    """
    for fastest in product(*dimensions(plan)):
        yield arranged(plan, fastest)


def choose(plan: Plan, strict: bool = False) -> Layout:
    """Return the layout for which the nests that touch each block cost least, at one row a step.

    The blocks are decided one after the other, each with the others as they are by then; the user's order stays where
    that does not pay, or would not but for other blocks.
    """
    ways = dimensions(plan)
    given = [each[-1] for each in ways]
    written = blocks(plan)
    limits = [span(block.out, block.extents, 1) for block in written]
    spans = [_spans(nest) for nest in plan.nests]
    touched = [[i for i, each in enumerate(limits) if _overlap(reach, each)] for reach in spans]
    known: dict[tuple[int, ...], float] = {}  # by the number of a nest, and how the blocks lie that it touches
    layout, lying, begins = arranged(plan, given), list(given), _begins(written)  # all trials are of one layout

    def laid(fastest: Sequence[int]) -> Layout:
        for i, dimension in enumerate(fastest):
            if dimension != lying[i]:
                lying[i] = dimension
                _order(layout.places, written[i], dimension, begins[i])
        return layout

    def costs(fastest: Sequence[int], reached: tuple[int, int]) -> float:
        some = [number for number, reach in enumerate(spans) if _overlap(reach, reached)]
        keys = [(number, *(fastest[i] for i in touched[number])) for number in some]
        if any(key not in known for key in keys):
            tried = laid(fastest)
            known.update((key, cost(moved(plan.nests[key[0]], tried), strict)) for key in keys if key not in known)
        return sum(known[key] for key in keys)

    found = list(given)
    for i, way in enumerate(ways):
        if len(way) > 1:
            trials = [costs([*found[:i], dimension, *found[i + 1 :]], limits[i]) for dimension in way]
            found[i] = int(np.argmin(trials))
    whole = 0, plan.parameters
    return laid(found if costs(found, whole) < costs(given, whole) else given)


def _overlap(reach: Sequence[tuple[int, int]], other: tuple[int, int]) -> bool:
    """Whether any of some ranges has a number in common with another one."""
    return any(low <= other[1] and high >= other[0] for low, high in reach)


def arranged(plan: Plan, fastest: Sequence[int]) -> Layout:
    """Return the layout in which this dimension of each block runs fastest.

    Behind the blocks stand parameters that no nest writes, then, from a multiple of `BLOCK` on, captured leaves.
    """
    places = np.full(plan.parameters, -1, np.int64)
    written = blocks(plan)
    *begins, end = _begins(written)
    for nest, dimension, begin in zip(written, fastest, begins, strict=True):
        _order(places, nest, dimension, begin)
    rest = np.flatnonzero(places[: plan.gradients] < 0)
    places[rest] = end + np.arange(len(rest))
    own = ceil((end + len(rest)) / BLOCK) * BLOCK
    places[plan.gradients :] = own + np.arange(plan.parameters - plan.gradients)
    return Layout(places, own, own + plan.parameters - plan.gradients)


def _begins(written: Sequence[Nest]) -> list[int]:
    """Return where each block begins, and where the last one has ended."""
    return list(accumulate((ceil(prod(nest.extents) / VECTOR) * VECTOR for nest in written), initial=0))


def _order(places: Ints, nest: Nest, dimension: int, begin: int) -> None:
    """Let the places of a block be those from `begin` on, along this dimension fastest."""
    block = begin + np.arange(prod(nest.extents))
    if nest.extents:
        others = [extent for d, extent in enumerate(nest.extents) if d != dimension]
        block = np.moveaxis(block.reshape(*others, nest.extents[dimension]), -1, dimension)
    put(places, nest.out, nest.extents, block)


def laid_out(plan: Plan, layout: Layout) -> Plan:
    """Return the plan with its parameters and their gradients where the layout has them."""
    nests = tuple(moved(nest, layout) for nest in plan.nests)
    outputs = {
        name: tuple((space, _place(space, place, layout)) for space, place in addresses)
        for name, addresses in plan.outputs.items()
    }
    return replace(plan, nests=nests, outputs=outputs, parameters=layout.size, gradients=layout.own)


def moved(nest: Nest, layout: Layout) -> Nest:
    """Return a nest with the addresses of its parameters and gradients changed."""

    def address(a: Address, length: int) -> Address:
        if a.space not in (Space.PARAM, Space.GRAD):
            return a
        return fitted(a.space, numbers_at(layout.places, a, nest.extents, length))

    def segment(s: Segment) -> Segment:
        return s.mapped(lambda a: address(a, s.length))

    return replace(nest, out=address(nest.out, 1), segments=tuple(map(segment, nest.segments)))


def cost(nest: Nest, strict: bool) -> float:
    """Return about how many instructions a nest takes for one row, with vectors along its best dimension."""
    count = prod(nest.extents)
    found = [count * sum(s.length * (2 + (s.b is not None)) for s in nest.segments) + count * 1.0]
    for axis, extent in enumerate(nest.extents):
        if extent > 1:
            loads = sum(s.length * (1 + sum(_load(a, axis) for a in (s.a, s.b) if a)) for s in nest.segments)
            found.append(count / extent * ceil(extent / VECTOR) * (loads + _load(nest.out, axis)))
    along = all(a.table is None and a.step in (0, 1) for s in nest.segments for a in (s.a, s.b) if a)
    if nest.op == SUM and along and not strict:  # along the sum, and then across the vector
        found.append(count * (3 + sum(ceil(s.length / VECTOR) * 3 for s in nest.segments)))
    return min(found)


def _load(address: Address, axis: int) -> float:
    """Return what a vector takes: number by number, or with their places too, or as squares that are transposed."""
    if address.table is not None:
        return 2.0 * VECTOR
    if address.strides[axis] in (0, 1):
        return 1.0
    return VECTOR / 2.0 if abs(address.step) == 1 else VECTOR


def _spans(nest: Nest) -> list[tuple[int, int]]:
    """Return the lowest and the highest place of parameters, or their gradients, in each address of a nest."""
    operands = [(a, s.length) for s in nest.segments for a in s.operands] + [(nest.out, 1)]
    return [span(a, nest.extents, n) for a, n in operands if a.space in (Space.PARAM, Space.GRAD)]


def _place(space: Space, place: int, layout: Layout) -> int:
    return int(layout.places[place]) if space in (Space.PARAM, Space.GRAD) else place
