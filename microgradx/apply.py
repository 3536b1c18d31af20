"""Apply a row of the table to numbers of any kind: the one place where the kinds meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .chain import Block, Shared
from .engine import Value, node, record_unary
from .errors import ShapeError
from .floats import evaluate
from .in_trace import instead
from .names import brief, place
from .numbers import as_written
from .primitives import Primitive


def apply(p: Primitive, *operands: Any, strict: bool = True) -> Any:
    """Return p(operands) on any kind of number: floats give a float, Values record, Duals carry tangents along.

    With strict=False the value follows IEEE rules, and leaving the domain is no error. TypeError for another number of
    operands than the row has.

    >>> from microgradx.primitives import row
    >>> apply(row("tanh"), 0.0)
    0.0
    """
    if len(operands) == 1 == len(p.partials):
        (x,) = operands
        if x.__class__ is Value and strict:
            return record_unary(p, x)
        if not p.blocks and getattr(x, "_rank", 0) > 1:
            return x._apply(p, operands, strict)
    if len(operands) != len(p.partials):
        raise TypeError(f"{p.name} takes {len(p.partials)} operands, not {len(operands)}: {brief(operands)}")
    scalars: Sequence[Any] = operands
    if p.blocks:
        operands = tuple([x if x.__class__ is Shared else tuple(x) for x in operands])
        scalars = [x for block in operands for x in (block.highest if block.__class__ is Shared else block)]
    others = [x for x in scalars if x.__class__ is not Value]
    rank = 1 if len(others) < len(scalars) else 0
    for x in others:
        if getattr(x, "_rank", 0) > rank:
            highest, rank = x, x._rank
    if rank > 1:
        return highest._apply(p, operands, strict)
    if rank:
        return record(p, *operands, strict=strict)
    numbers = [tuple(map(as_written, x)) if p.blocks else as_written(x) for x in operands]
    return evaluate(p, numbers, "" if strict else None)


def block(values: Iterable[Any]) -> tuple[Block | None, tuple[float, ...]]:
    """Return the nodes of a block operand (None if all entries are plain numbers) and its numbers."""
    values = tuple(values)
    numbers = tuple([v._data if v.__class__ is Value else as_written(v) for v in values])
    nodes = tuple([v if v.__class__ is Value else None for v in values])
    return (Block(nodes) if any(v is not None for v in nodes) else None), numbers


def inputs(x: Iterable[Any], count: int) -> tuple[tuple[Any, ...], Any, Any]:
    """Return the inputs of a module, and their nodes and numbers as a block; ShapeError unless there are so many.

    There are no numbers if x holds other kinds than floats and Values.
    """
    if isinstance(x, Value) or not isinstance(x, Iterable):
        advice = instead("a module of one number", otherwise="write [x]")
        raise ShapeError(f"a module takes a list of {count} inputs, not the single {x!r}; {advice}")
    xs = tuple(x)
    if xs and (isinstance(xs[0], (list, tuple)) or getattr(xs[0], "shape", ())):
        raise ShapeError(
            "a module takes one row, and x is a list of rows; write [model(row) for row in X], or mx.compile(model)(X)"
        )
    if len(xs) != count:
        raise ShapeError(f"the module has {count} inputs, but x has {len(xs)} entries")
    if any(getattr(v, "_rank", 0) > 1 for v in xs):
        return Shared(xs), None, None
    return xs, *block(xs)


def record(p: Primitive, *operands: Any, strict: bool = True) -> Value:
    """Return the node p(operands), at least one of which is a Value; blocks are sequences of Values and numbers.

    With strict=False the value follows IEEE rules and leaving the domain is no error, as in gradient graphs.
    """
    if p.blocks:
        pairs: list[tuple[Any, Any]] = [block(operand) for operand in operands]
    else:
        pairs = [(v, v._data) if isinstance(v, Value) else (None, as_written(v)) for v in operands]
    z = evaluate(p, [x for _, x in pairs], place(*[v for v, _ in pairs]) if strict else None)
    (a, x), (b, y) = pairs if len(pairs) == 2 else (*pairs, (None, None))
    return node(p, z, a, b, x, y)
