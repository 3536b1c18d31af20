"""The partial derivatives of a row of the table, as formulas, and its operands as the row takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine import Value
from ..primitives import Primitive
from .algebra import SYMBOLIC, Symbolic, wrap


def partials(p: Primitive, z: Symbolic, operands: Sequence[Any]) -> list[Symbolic | None]:
    """Return ∂z/∂x for each operand of z = p(operands), as the lectures write it; None where nothing flows.

    >>> from ..primitives import row
    >>> from .algebra import Name
    >>> y, z = Name("y", "y"), Name("z", "z")
    >>> partials(row("exp"), y, [z]) == [y]
    True
    """
    found: list[Symbolic | None] = []
    for rule, operand in zip(p.taught or p.partials, operands, strict=True):
        partial: Any = rule(SYMBOLIC, z, *operands) if callable(rule) else rule
        if isinstance(operand, tuple) and p.blocks:
            found += [None] * len(operand) if partial is None else list(map(wrap, partial))
        else:
            found.append(None if partial is None else wrap(partial))
    return found


def blocks_of(v: Value, flat: Sequence[Any]) -> list[Any]:
    """Return a node's operands as its row takes them: one by one, or in one or two tuples for rows over blocks."""
    p: Primitive | None = v._primitive
    if p is None or not p.blocks:
        return list(flat)
    first = len(v._x)
    return [tuple(flat)] if v._y is None else [tuple(flat[:first]), tuple(flat[first:])]
