"""Expressions: sums, products and operations as one writes them, of names and of other expressions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tape.tape import FIRST_ROW, LESS, LESS_EQUAL, ROWS, Ints, name

MANY = 6
"""As many different terms of a sum as are all written out."""

SUPERSCRIPTS = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


SUM_OF, QUOTIENT, PRODUCT, POWER, NAME = range(5)
"""How tightly expressions bind."""


class Written(NamedTuple):
    """An expression: its text, and how tightly it binds."""

    text: str
    binds: int = NAME

    def within(self, binds: int) -> str:
        """Return the text where something binds so tightly, in brackets if they are needed."""
        return self.text if self.binds >= binds else f"({self.text})"


def sum_of(terms: list[Written], signs: list[float]) -> Written:
    if len(terms) == 1 and signs[0] > 0:
        return terms[0]
    signed = [("− " if s < 0 else "+ ") + t.within(QUOTIENT) for t, s in zip(terms, signs, strict=True)]
    if len(signed) > MANY:
        signed = [*signed[:3], "+ …", signed[-1]]
    text = " ".join(signed).removeprefix("+ ")
    return Written("−" + text[2:] if text.startswith("− ") else text, SUM_OF)


class Factor(NamedTuple):
    """A factor of terms: how it is written, its places (*extents, terms), and whether these say what is transposed."""

    written: Written
    places: Ints
    is_laid_out: bool

    @property
    def dimensions(self) -> list[int]:
        """The dimensions of the nest along which it varies."""
        x = self.places
        return [d for d in range(x.ndim - 1) if x.shape[d] > 1 and (np.diff(x, axis=d) != 0).any()]

    @property
    def is_summed(self) -> bool:
        """Whether it is another one in each term."""
        return bool((self.places != self.places[..., :1]).any())

    @property
    def is_number(self) -> bool:
        """Whether it is a literal."""
        return self.written.text[:1].isdigit()

    def ascends(self) -> bool | None:
        """Return whether terms stand further apart than numbers along the last dimension; None if nothing tells."""
        dimensions = self.dimensions
        if not dimensions or not self.is_laid_out:
            return None
        steps = [np.moveaxis(self.places, d, 0).reshape(self.places.shape[d], -1)[:2, 0] for d in (-1, dimensions[-1])]
        return bool(abs(steps[0][1] - steps[0][0]) > abs(steps[1][1] - steps[1][0]))


def product_of(a: Factor, b: Factor) -> Written:
    """Return Σₖ a·b, over the last axis of the places, as a product of numbers, vectors or matrices."""
    summed, none = a.places.shape[-1] > 1, [a.places.ndim]
    later = b.dimensions and b.dimensions < (a.dimensions or none) and (a.dimensions or summed)
    if later or (b.is_number and not b.dimensions and not summed):
        a, b = b, a
    if set(a.dimensions) & set(b.dimensions):
        return Written("Σ " * summed + f"{a.written.within(POWER)} ⊙ {b.written.within(POWER)}", PRODUCT)
    left, right = a.written.within(PRODUCT), b.written.within(PRODUCT)
    if summed and not (a.is_summed and b.is_summed):
        return Written(f"Σ {left}·{right}", PRODUCT)
    if not summed:
        return Written(f"{left}·{right}" + "ᵀ" * bool(a.dimensions and b.dimensions), PRODUCT)
    return Written(f"{left}{'ᵀ' * (a.ascends() is True)}·{right}{'ᵀ' * (b.ascends() is False)}", PRODUCT)


def applied(op: int, operands: list[Written]) -> Written:
    """Return an operation on operands in the usual notation; conditions are 1 where they hold, else 0."""
    kind = name(op)
    x = operands[0]
    if op in (LESS, LESS_EQUAL):
        return Written(f"[{x.text} {'<' if op == LESS else '≤'} {operands[1].text}]")
    if kind in ("step", "equal"):
        return Written(f"[{x.text} > 0]" if kind == "step" else f"[{x.text} = {operands[1].text}]")
    if kind == "div":
        return Written(f"{x.within(PRODUCT)} / {operands[1].within(POWER)}", QUOTIENT)
    if kind == "pow":
        return _power(x, operands[1])
    return Written(f"{symbol(op)}({', '.join(each.text for each in operands)})")


def _power(x: Written, y: Written) -> Written:
    if y.text == "1":
        return x
    if y.text.removeprefix("−").isdecimal():
        return Written(x.within(NAME) + y.text.translate(SUPERSCRIPTS), POWER)
    return Written(f"{x.within(NAME)}^{y.within(NAME)}", POWER)


def symbol(op: int) -> str:
    """Return how an operation is called: by the symbol of pictures, if that is a word or a letter.

    >>> from ..tape.tape import code
    >>> from ...primitives import row
    >>> [symbol(code(row(name))) for name in ("sigmoid", "logistic_density", "relu", "max")]
    ['σ', 'σ′', 'relu', 'max']
    """
    p = ROWS[op - FIRST_ROW]
    word = p.symbol.replace("'", "")
    return p.symbol.replace("'", "′") if word.isalnum() else p.name
