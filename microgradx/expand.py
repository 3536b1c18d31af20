"""Open fused nodes into the primitives that the lectures use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .apply import apply
from .engine import Value
from .functions import where
from .ieee import plain
from .names import brief
from .primitives import TABLE, Arithmetic
from .sweep import nodes


def expand(output: Value) -> Value:
    """Record the graph of `output` again with every fused node opened, on the same leaves.

    A neuron's w·x + b becomes its products and sums, σ(z) becomes 1/(1 + e⁻ᶻ), and so on (the sequence t₁ … t₇ of the
    Ihler/Ng slides). Labels are kept. The value agrees up to rounding; the simple forms can overflow in saturation,
    which is why they are not what is computed otherwise. TypeError for what is not a Value.

    >>> z = Value(0.0, "z")
    >>> y = expand(z.sigmoid())
    >>> y, y.operands[1].operands
    (Value(0.5, grad=0.0, op='/'), (1, Value(1.0, grad=0.0, op='exp')))
    """
    if not isinstance(output, Value):
        raise TypeError(f"expand opens the graph of a Value, not {brief(output)}")
    (result,), _ = opened([output])
    return result


def opened(outputs: Sequence[Value]) -> tuple[list[Value], dict[int, Value]]:
    """Return the opened graphs of several outputs, which share what these share, and id → node in place of each.

    >>> z = Value(0.0)
    >>> (y, x), new = opened([z.sigmoid(), z])
    >>> x is z, new[id(z)] is z
    (True, True)
    """
    new: dict[int, Any] = {}
    for v in nodes(*outputs):
        p = v._primitive
        if p is None:
            new[id(v)] = v
            continue
        operands = [new.get(id(x), x) for x in v.operands]
        if p.blocks:
            count = len(v._x)
            arguments = [operands[:count]] if v._y is None else [operands[:count], operands[count:]]
        else:
            arguments = operands
        result = apply(p, *arguments) if p.expanded is None else p.expanded(_RECORDING, *arguments)
        if any(result is x for x in operands):  # the sum of one term is that term
            result = +result
        result.label = result.label or v.label
        new[id(v)] = result
    return [new[id(v)] for v in outputs], new


_RECORDING = Arithmetic(
    {p.name: partial(apply, p) for p in TABLE} | {"select": lambda c, a, b: where(plain(c) != 0, a, b)}
)
