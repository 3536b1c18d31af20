"""The multivariate chain rule, written once: v̄ of each operand v of z gains z̄ · ∂z/∂v (CSC 311, lecture 4).

`chain_rule` turns a row's partials into its `pull`. A pull is called as

    pull(m, g, z, x, y, a, b)

with the arithmetic m, the error signal g = z̄, the recorded numbers z, x, y, and the operand nodes a, b: None where
the operand is a plain number, a `Block` where it is a sequence. It adds to the operand's `_mark`, which is None as long
as nothing has arrived, so that a node which no signal reaches stays absent instead of being 0·inf.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import repeat
from operator import add, mul
from typing import Any

Pull = Callable[..., None]
Partial = Callable[..., Any] | float | None


def chain_rule(partials: tuple[Partial, ...], blocks: bool) -> Pull:
    """Return the pull of a row with these partials, specialised once for their number and kind."""
    dx, dy = partials if len(partials) == 2 else (*partials, None)
    if blocks:
        return _pull_blocks(dx, dy)
    if all(not callable(d) for d in partials):
        return _pull_constant(dx, dy)
    return _pull_unary(dx) if len(partials) == 1 else _pull_binary(dx, dy)


def _pull_unary(dx: Any) -> Pull:
    def pull(m: Any, g: Any, z: Any, x: Any, y: Any, a: Any, b: Any) -> None:
        c = g * dx(m, z, x)
        s = a._mark
        a._mark = c if s is None else s + c

    return pull


def _pull_binary(dx: Any, dy: Any) -> Pull:
    def pull(m: Any, g: Any, z: Any, x: Any, y: Any, a: Any, b: Any) -> None:
        # Both partials before the first addition: one that raises must leave no half of the node behind.
        if b is None:
            c = g * dx(m, z, x, y)
        elif a is None:
            a = b
            c = g * dy(m, z, x, y)
        else:
            c = g * dx(m, z, x, y)
            d = g * dy(m, z, x, y)
            s = a._mark
            a._mark = c if s is None else s + c
            a = b
            c = d
        s = a._mark
        a._mark = c if s is None else s + c

    return pull


def _pull_constant(dx: Any, dy: Any) -> Pull:
    def pull(m: Any, g: Any, z: Any, x: Any, y: Any, a: Any, b: Any) -> None:
        if a is not None and dx is not None:
            c = g if dx == 1.0 else g * dx
            s = a._mark
            a._mark = c if s is None else s + c
        if b is not None and dy is not None:
            c = g if dy == 1.0 else g * dy
            s = b._mark
            b._mark = c if s is None else s + c

    return pull


def _pull_blocks(dx: Any, dy: Any) -> Pull:
    """A block collects the signals of all its entries as one list; its users, the neurons of a layer, share it."""

    def pull(m: Any, g: Any, z: Any, x: Any, y: Any, a: Any, b: Any) -> None:
        operands = (x,) if dy is None else (x, y)
        toward_a = () if a is None else dx(m, z, *operands)
        toward_b = () if b is None else dy(m, z, *operands)
        for block, partials in ((a, toward_a), (b, toward_b)):
            if block is not None:
                collected = block._mark
                arriving = map(mul, repeat(g), partials)
                block._mark = list(arriving if collected is None else map(add, collected, arriving))

    return pull


class Shared(tuple[Any, ...]):
    """A block operand that several nodes share: whatever records them makes one `Block` of it."""

    @cached_property
    def highest(self) -> tuple[Any, ...]:
        """The entry of the highest rank, which answers for all, if there are entries; it is looked for once."""
        return (max(self, key=lambda x: getattr(x, "_rank", 0)),) if self else ()


class Block:
    """The Values of a block operand, None where it holds a plain number: a node that hands its signals on to them."""

    __slots__ = ("_a", "_mark")

    _b = _x = _y = _z = None

    def __init__(self, nodes: tuple[Any, ...]) -> None:
        self._a = nodes
        self._mark: Any = None

    @property
    def _primitive(self) -> type[Block]:
        return Block

    @staticmethod
    def pull(m: Any, g: Any, z: Any, x: Any, y: Any, a: Any, b: Any) -> None:
        """Add the collected signals to those of the nodes."""
        for node, arriving in zip(a, g, strict=True):
            if node is not None:
                s = node._mark
                node._mark = arriving if s is None else s + arriving

    def __reduce__(self) -> tuple[Any, ...]:
        return (Block, (self._a,))
