"""What an expression consists of."""

from __future__ import annotations

from typing import Any

from ..primitives import Primitive
from .algebra import ALGEBRA, Call, Name, Number, Product, Sum, Symbolic


def size(x: Any) -> int:
    """Return how many names and numbers an expression shows, coefficients and exponents apart."""
    return sum(map(size, parts(x))) if isinstance(x, tuple | Product | Sum | Call) else 1


def names_in(x: Any) -> set[Name]:
    """Return the names that an expression mentions."""
    return {x} if isinstance(x, Name) else {name for part in parts(x) for name in names_in(part)}


def parts(x: Any) -> tuple[Any, ...]:
    """Return of what an expression, or a tuple of them, is made: terms, bases or operands; nothing of what has none."""
    if isinstance(x, Product):
        return tuple(base for base, _ in x.factors)
    return x.terms if isinstance(x, Sum) else x.operands if isinstance(x, Call) else x if isinstance(x, tuple) else ()


def is_monomial(x: Symbolic) -> bool:
    """Return whether an expression is a number, a name, or a product of names and their powers."""
    return isinstance(x, Name | Number) or (isinstance(x, Product) and all(isinstance(y, Name) for y in parts(x)))


def is_function(p: Primitive | None) -> bool:
    """Return whether a row is written as a function of its operands, not in signs of operations."""
    return p is not None and p.name not in ALGEBRA and not (p.blocks and p.expanded)
