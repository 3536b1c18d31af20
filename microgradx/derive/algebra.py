"""Expressions as numbers: the rows of the table run on them, so that every derivative has a formula.

A product collects its numbers into one exact coefficient and equal factors into a power, so that the derivative of
½(y − t)² is y − t; beyond that an expression stays as it was written. Where a rule chooses by a number (the slope of
x**0 at 0), the recorded number decides, and the expression holds near it.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from .. import primitives as rows
from ..floats import evaluate
from ..operators import Operators
from ..primitives import TABLE, Arithmetic, Primitive
from .exact import Exact, combined, exact, is_whole, raised_number, rounded

LONG = 40
"""From so many terms on a sum is no longer searched for like terms when one more is added."""


class Symbolic(Operators):
    """An expression: a number, a name, a sum, a product of powers, or a row of the table applied to operands."""

    __slots__ = ()

    @property
    def number(self) -> float:
        """What the expression comes to at the recorded numbers."""
        raise NotImplementedError

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = False) -> Symbolic:
        found: Symbolic = applied(p, *operands)
        return found


@dataclass(frozen=True, slots=True)
class Number(Symbolic):
    """A number as written: a fraction, or what is no fraction (inf, NaN)."""

    exact: Exact

    @property
    def number(self) -> float:
        """The number as a float."""
        return rounded(self.exact)


@dataclass(frozen=True, slots=True)
class Name(Symbolic):
    """What a formula calls by name: a node, its error signal, a matrix; with the number that it stands for."""

    tex: str
    text: str
    value: float = field(default=math.nan, compare=False)

    @property
    def number(self) -> float:
        """The recorded number."""
        return self.value


@dataclass(frozen=True, slots=True)
class Sum(Symbolic):
    """Two terms or more, none of them a sum."""

    terms: tuple[Symbolic, ...]

    @property
    def number(self) -> float:
        """The terms added from left to right."""
        total = self.terms[0].number
        for term in self.terms[1:]:
            total += term.number
        return total


@dataclass(frozen=True, slots=True)
class Product(Symbolic):
    """A coefficient and factors, each a base, which is no product, and its exponent, which is not 0."""

    coefficient: Exact
    factors: tuple[tuple[Symbolic, Exact], ...]

    @property
    def number(self) -> float:
        """The coefficient times the powers."""
        found = rounded(self.coefficient)
        for base, exponent in self.factors:
            found *= base.number if exponent == 1 else evaluate(rows.power, (base.number, float(exponent)), None)
        return found


@dataclass(frozen=True, slots=True)
class Call(Symbolic):
    """A row of the table applied to operands: expressions, or for a row over blocks tuples of them."""

    p: Primitive
    operands: tuple[Any, ...]

    @property
    def number(self) -> float:
        """The row's value, by IEEE rules."""
        numbers = [tuple(x.number for x in y) if isinstance(y, tuple) else y.number for y in self.operands]
        return evaluate(self.p, numbers, None)


def wrap(x: Any) -> Any:
    """Return a number, or a block of numbers, as an expression."""
    if isinstance(x, tuple | list):
        return tuple(map(wrap, x))
    return x if isinstance(x, Symbolic) else Number(exact(x))


def applied(p: Primitive, *operands: Any) -> Any:
    """Return the expression p(operands): algebra for the arithmetic rows, an opened sum for rows over blocks.

    >>> from ..primitives import row
    >>> x = Name("x", "x", 3.0)
    >>> applied(row("mul"), applied(row("mul"), 0.5, x), 2) == x
    True
    """
    given = [wrap(x) for x in operands]
    if p.name in ALGEBRA and p in TABLE:
        return ALGEBRA[p.name](*given)
    if p.blocks and p.expanded is not None:
        return p.expanded(SYMBOLIC, *given)
    call = Call(p, tuple(given))
    if all(isinstance(x, Number) for x in given) and is_whole(z := call.number):
        return Number(Fraction(z))  # e⁰ is 1, while log 2 stays as it is
    return call


def added(*terms: Symbolic) -> Symbolic:
    """Return a sum; terms that differ in their coefficient alone are added, and 0 is left out."""
    if isinstance(terms[0], Sum) and len(terms[0].terms) > LONG:
        rest = added(*terms[1:], Number(Fraction(0)))
        if rest == Number(Fraction(0)):
            return terms[0]
        return Sum(terms[0].terms + (rest.terms if isinstance(rest, Sum) else (rest,)))
    found: dict[Any, tuple[Exact, Any]] = {}
    for term in terms:
        for each in term.terms if isinstance(term, Sum) else (term,):
            coefficient, factors = _parts(each)
            before, first = found.get(frozenset(factors), (Fraction(0), factors))  # a·b and b·a are one
            found[frozenset(factors)] = combined(operator.add, before, coefficient), first
    kept = [_product(c, factors) for c, factors in found.values() if c != 0]
    if len(kept) < 2:
        return kept[0] if kept else Number(Fraction(0))
    return Sum(tuple(kept))


def multiplied(*operands: Symbolic) -> Symbolic:
    """Return a product; equal bases are gathered into powers."""
    coefficient: Exact = Fraction(1)
    powers: dict[Symbolic, Exact] = {}
    for operand in operands:
        c, factors = _parts(operand)
        coefficient = combined(operator.mul, coefficient, c)
        for base, exponent in factors:
            powers[base] = combined(operator.add, powers.get(base, Fraction(0)), exponent)
    return _product(coefficient, tuple((base, n) for base, n in powers.items() if n != 0))


def raised(x: Symbolic, y: Symbolic) -> Symbolic:
    """Return x^y, a power of a product if y is a number."""
    if not isinstance(y, Number):
        return Call(rows.power, (x, y))
    if isinstance(x, Number):
        return Number(raised_number(x.exact, y.exact))
    if y.exact in (0, 1):
        return x if y.exact else Number(Fraction(1))
    coefficient, factors = _parts(x)
    if coefficient == 1 and len(factors) == 1 and is_whole(factors[0][1]) and is_whole(y.exact):
        return _product(coefficient, ((factors[0][0], factors[0][1] * y.exact),))
    if isinstance(x, Product) and is_whole(y.exact):
        powers = tuple((base, n * y.exact) for base, n in factors)
        return _product(raised_number(coefficient, y.exact), powers)
    return _product(Fraction(1), ((x, y.exact),))


def _parts(x: Symbolic) -> tuple[Exact, tuple[tuple[Symbolic, Exact], ...]]:
    if isinstance(x, Number):
        return x.exact, ()
    if isinstance(x, Product):
        return x.coefficient, x.factors
    return Fraction(1), ((x, Fraction(1)),)


def _product(coefficient: Exact, factors: tuple[tuple[Symbolic, Exact], ...]) -> Symbolic:
    if not factors or coefficient == 0:
        return Number(coefficient)
    if coefficient == 1 and len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    return Product(coefficient, factors)


def _selected(condition: Symbolic, x: Symbolic, y: Symbolic) -> Symbolic:
    """Return x or y as the recorded number decides; where the condition is a threshold, both: x·c + y·(1 − c)."""
    if not isinstance(condition, Call) or condition.p.name != "step":
        return x if condition.number else y
    x, y = (Number(Fraction(taken)) if each == condition else each for each, taken in ((x, 1), (y, 0)))
    return added(multiplied(x, condition), multiplied(y, added(Number(Fraction(1)), _negative(condition))))


def _negative(x: Symbolic) -> Symbolic:
    return multiplied(Number(Fraction(-1)), x)


def _quotient(x: Symbolic, y: Symbolic) -> Symbolic:
    return multiplied(x, raised(y, Number(Fraction(-1))))


ALGEBRA: dict[str, Any] = {
    "add": added,
    "sub": lambda x, y: added(x, _negative(y)),
    "mul": multiplied,
    "div": _quotient,
    "pow": raised,
    "neg": _negative,
    "pos": lambda x: x,
}
"""The rows that are written in signs of operations, and what they do with expressions."""

SYMBOLIC = Arithmetic(
    {p.name: partial(applied, p) for p in TABLE} | {"select": lambda c, x, y: _selected(*wrap((c, x, y)))}
)
"""Every row of the table on expressions."""
