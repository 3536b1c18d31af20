"""How a nest is cut into tiles: which dimension runs along the lanes, how large a tile is, how each term is added up.

The costs are cycles, roughly: what counts is their order. They depend on the nest and the processor alone, never on
time measured, so that the same program gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log2, prod
from typing import Literal

from .grid import Grid, Operand, Term
from .lanes import Lanes, candidates
from .loops import INNERMOST
from .squares import in_squares
from .target import Target
from .walk import Shape

Method = Literal["outer", "squares", "dots"]

ROWS = 32  # steps of a loop whose number is known only when the code runs
SIZES = [(high, wide) for high in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16) for wide in (1, 2, 3, 4)]
"""Points and vectors that a tile may have."""

STRAIGHT = 64  # vectors of products up to which all tiles of a nest are written out, without loops


@dataclass(frozen=True)
class Schedule:
    """The tiles of a nest, the way to add up each of its terms, and whether to write it out without loops."""

    shape: Shape
    methods: tuple[Method, ...]
    straight: bool
    cost: float


def schedule(g: Grid, target: Target, strict: bool) -> Schedule:
    """Return the cheapest way to run a nest of sums."""
    best = min(
        (_costed(g, Shape(lanes, across, high), target, strict) for lanes, across, high in _first(g, target)),
        key=lambda s: s.cost,
    )
    lanes, across = best.shape.lanes, best.shape.across
    highest = 1 if across is None else g.extents[across]
    shapes = (
        Shape(lanes, across, high, wide)
        for high, wide in SIZES
        if high <= highest and wide <= max(1, lanes.count) and high * wide <= target.registers * 3 // 4
    )
    return min((_costed(g, shape, target, strict) for shape in shapes), key=lambda s: s.cost)


def _first(g: Grid, target: Target) -> Iterator[tuple[Lanes, int | None, int]]:
    """Yield the choices of dimensions, each with a middling tile."""
    for lanes in candidates(g, target.vector):
        yield lanes, None, 1
        for d, n in enumerate(g.extents):
            if d not in lanes.dimensions and not all(x.moves(d) for x in g.head.operands):
                yield lanes, d, min(n, 4)


def _costed(g: Grid, shape: Shape, target: Target, strict: bool) -> Schedule:
    lanes = shape.lanes
    vectors = shape.high * shape.wide
    ways = [_cheapest(term, shape, target, strict) for term in g.head.terms]
    others = [*g.outs, *(x for x in g.loaded if x not in g.head.operands)]
    store = sum(_load(x, shape, target, False) for x in others) * (2 if g.head.adds else 1)
    body = sum(cost for cost, _ in ways) + store + 4
    tiles = prod(
        ceil(n / shape.high) if d == shape.across else n for d, n in enumerate(g.extents) if d not in lanes.dimensions
    ) * (ceil(lanes.count / shape.wide) + bool(lanes.rest))
    steps = sum(prod(n if isinstance(n, int) else ROWS for n in term.loops) for term in g.head.terms)
    dots = sum(lanes.width for _, method in ways if method == "dots")
    straight = tiles * vectors * max(1, steps, dots) <= STRAIGHT
    return Schedule(shape, tuple(method for _, method in ways), straight, tiles * body * (1 + 0.003 * vectors))


def _cheapest(term: Term, shape: Shape, target: Target, strict: bool) -> tuple[float, Method]:
    """Return the cost of a term in a tile, and the way to add it up."""
    steps = prod(n if isinstance(n, int) else ROWS for n in term.loops)
    vectors = shape.high * shape.wide
    found: list[tuple[float, Method]] = [(_outer(term, shape, target, strict, steps, False), "outer")]
    if term.loops and any(in_squares(x, shape) for x in term.operands) and vectors <= target.registers // 2:
        found.append((_outer(term, shape, target, strict, steps, True), "squares"))
    inner = term.loops and isinstance(term.loops[INNERMOST], int) and not strict
    if inner and all(x.steps[INNERMOST] == 1 and not x.table and x.constant is None for x in term.operands):
        different = prod(max(1, n) for n in (shape.lanes.active, vectors))
        if different <= max(target.registers - 8, target.vector):
            found.append((_dots(term, shape, target, steps), "dots"))
    return min(found)


def _outer(term: Term, shape: Shape, target: Target, strict: bool, steps: int, in_square: bool) -> float:
    vectors = shape.high * shape.wide
    product = len(term.operands) > 1
    loads, shuffles = 0.0, 0.0
    for x in term.operands:
        several = product and vectors > _number(x, shape)
        loads += _load(x, shape, target, in_square, several)
        if shape.lanes.moves(x) and not shape.lanes.contiguous(x) and x.constant is None:
            each = log2(shape.lanes.width) if in_square and in_squares(x, shape) else shape.lanes.active
            shuffles += each * _number(x, shape) * (1.8 if strict else 0.6)
    work = vectors * (1.2 if strict and product and shape.wide > 1 else 1.0)
    chain = 3.0 if strict else 4.0 / min(max(1, steps // 2), max(1, 8 // vectors))
    return steps * (max(work, loads, chain if steps > 1 else 0.0) + 0.15 * loads + shuffles + 0.3)


def _dots(term: Term, shape: Shape, target: Target, steps: int) -> float:
    n, width = target.vector, shape.lanes.width
    last = term.loops[INNERMOST]
    assert isinstance(last, int)
    rounds = steps // last * ceil(last / n)
    loads = sum(_number(x, shape) * (width if shape.lanes.moves(x) else 1) for x in term.operands)
    work = width * shape.high * shape.wide
    across = shape.high * shape.wide * (3 * (width - 1) + 3 * log2(n / width) + (4 if width == 1 else 0))
    return rounds * (max(work, loads, 4.0) + 0.3 * min(work, loads)) + across


def _number(x: Operand, shape: Shape) -> int:
    """Return how many different vectors of an operand a tile has."""
    down = shape.across is not None and x.moves(shape.across)
    along = shape.lanes.along is not None and x.moves(shape.lanes.along)
    return (shape.high if down else 1) * (shape.wide if along else 1)


def _load(x: Operand, shape: Shape, target: Target, in_square: bool, several: bool = True) -> float:
    """Return the cost of reading the vectors of an operand in one step; `several`: each is used more than once."""
    if x.constant is not None:
        return 0.0
    lanes = shape.lanes
    if not lanes.moves(x):
        each = 0.6 if several or target.vector < 8 else 0.3  # an instruction can read and broadcast its own operand
    elif lanes.contiguous(x) or (in_square and in_squares(x, shape)):
        each = 1.0 if lanes.width == target.vector else 0.6
    else:
        each = 0.7 * lanes.active
    return each * _number(x, shape)
