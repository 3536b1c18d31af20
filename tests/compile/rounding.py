"""What rounding may do to a number, from the graph of Values that computed it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from microgradx import Value
from microgradx.floats import EXTENDED, extended
from microgradx.sweep import nodes, sweep, topological_order


def rounding(y: Any) -> float:
    """Return by how much y changes at most, to first order, if all numbers on the way to it change by one part in all.

    That is Σ |∂y/∂v|·|v| over the results v of all operations and over the operands of each, with absolute values along
    every path: an operation that is right to u·|v| for operands right to u·|x| changes y by u times its share.

    >>> x = Value(3.0)
    >>> rounding(x * x - x)  # the product and its operands: 9 + 9 + 9; the difference and its: 6 + 9 + 3
    45.0
    """
    if not isinstance(y, Value):
        return 0.0
    sizes, total = {id(y): 1.0}, []
    for v in reversed(nodes(y)):
        size = sizes.get(id(v), 0.0)
        if v._primitive is None or not size:
            continue
        total.append(size * abs(v._z))
        for operand, slope in edges(v):
            total.append(size * abs(slope * operand.data))
            sizes[id(operand)] = sizes.get(id(operand), 0.0) + size * abs(slope)
    return sum(total)  # of inf too, which math.fsum refuses where finite numbers overflow


def roundings(y: Any) -> float:
    """Return Σ |∂y/∂v|·|v| over the results v of all operations on the way to y, and y itself.

    It is by how much y changes at most, to first order, if each v changes by one part in all.

    >>> x = Value(3.0)
    >>> roundings(x * x - x)  # the product, 9, and the difference, 6
    15.0
    """
    if not isinstance(y, Value):
        return abs(y)
    order = topological_order(y)
    pairs = zip(order, sweep(order, 1.0), strict=True)
    return math.fsum(abs(float(g) * v._z) for v, g in pairs if isinstance(v, Value) and v._primitive and g is not None)


def edges(v: Value) -> Iterator[tuple[Value, float]]:
    """Yield the operands of a node that are Values, with the partial derivatives by them."""
    p = v._primitive
    numbers = tuple(map(extended, (v._z, v._x, v._y)[: 1 + len(p.partials)]))
    for partial, node in zip(p.partials, (v._a, v._b), strict=False):
        if node is not None and partial is not None:
            slopes = partial(EXTENDED, *numbers) if callable(partial) else partial
            pairs = zip(node._a, slopes, strict=True) if p.blocks else [(node, slopes)]
            yield from ((operand, float(slope)) for operand, slope in pairs if operand is not None)
