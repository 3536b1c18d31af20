"""Formulas: nests as one writes them, such as  z1 = w1·x + b1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..nests.nests import Nest, Plan, Space
from ..nests.reading import Read, is_over_a_block
from ..tape.tape import FIRST_ROW, LESS, LESS_EQUAL, ROWS, SUM, Ints, name
from .naming import Names
from .steps import BAR

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


class Formulas:
    """Writes nests of a plan; what stands in `instead`, by the number of the block, is written in the block's place."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self.instead: dict[int, Written] = {}

    def line(self, i: int) -> tuple[str, str]:
        """Return the formula of nest i, and how many numbers it gives."""
        nest = self._plan.nests[i]
        sign = "+=" if nest.out.space is Space.GRAD else "="
        return f"{self._names.outs[i]} {sign} {self.expression(i).text}", _size(nest)

    def expression(self, i: int) -> Written:
        """Return what nest i computes."""
        nest, found = self._plan.nests[i], self._names.reads[i]
        if nest.op == SUM:
            runs = self._gathered([run for read in found for run in self.runs(read)])
            return _sum([self._term(run) for run in runs], [run.sign for run in runs])
        alike = is_over_a_block(nest.op)
        runs = [run for read in found for run in (self.runs(read) if alike else (read,))]
        return _application(nest.op, [self.operand(run.a, run.space) for run in runs])

    def operand(self, places: Ints, space: Space) -> Written:
        """Return numbers by the name of their block, or by what stands in its place."""
        owners = self._names.owners(places, space)
        if len(owners) == 1 and (found := self.instead.get(next(iter(owners)))):
            return found
        text = self._names.of(places, space)
        return Written(text, SUM_OF if text.startswith("−") else NAME)

    def runs(self, read: Read) -> Iterator[Read]:
        """Yield the terms in runs: in each they have factors of the same blocks."""
        factors = _factors(read)
        if all(len(self._names.owners(x, space)) == 1 for space, x in factors):
            yield read
            return
        n, begin = read.a.shape[-1], 0
        keys = [[self._names.owners(x[..., k], space) for space, x in factors] for k in range(n)]
        for k in range(1, n + 1):
            if k == n or keys[k] != keys[begin]:
                yield read.some(begin, k)
                begin = k

    def _gathered(self, runs: list[Read]) -> list[Read]:
        """Return runs with factors of the same blocks as one, in any order as in a sum; but equal terms apart."""
        found: dict[Any, Read] = {}
        for run in runs:
            blocks = [(space, self._names.owners(x, space)) for space, x in _factors(run)]
            key = (run.sign, *blocks)
            found[key] = found[key].joined(run) if key in found else run
        return [some for run in found.values() for some in run.apart()]

    def _term(self, run: Read) -> Written:
        """Return the product, or the sum of products, of a run of terms."""
        a, b, n = run.a, run.b, run.a.shape[-1]
        times = 1
        if n > 1 and all(x is None or (x == x[..., :1]).all() for x in (a, b)):
            a, b, n, times = a[..., :1], None if b is None else b[..., :1], 1, n
        first = self._factor(a, run.space)
        if b is not None and run.second is not None:
            found = _product(first, self._factor(b, run.second))
        else:
            found = first.written if n == 1 else Written(f"Σ {first.written.within(PRODUCT)}", PRODUCT)
        return found if times == 1 else Written(f"{times}·{found.within(PRODUCT)}", PRODUCT)

    def _factor(self, places: Ints, space: Space) -> Factor:
        return Factor(self.operand(places, space), places, not self._names.are_constants(places, space))


def _factors(read: Read) -> list[tuple[Space, Ints]]:
    pairs = ((read.space, read.a), (read.second, read.b))
    return [(space, x) for space, x in pairs if space is not None and x is not None]


def _sum(terms: list[Written], signs: list[float]) -> Written:
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


def _product(a: Factor, b: Factor) -> Written:
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


def _application(op: int, operands: list[Written]) -> Written:
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


def _size(nest: Nest) -> str:
    extents = [n for n in nest.extents if n > 1] or [1]
    terms = sum(s.length for s in nest.segments) if nest.op == SUM else 1
    return " × ".join(map(str, extents)) + (f", {terms} terms each" if terms > 1 else "")


def aligned(lines: list[tuple[str, str]]) -> list[str]:
    """Return formulas with their sizes, one below the other."""
    width = min(max((_width(text) for text, _ in lines), default=0), 60)
    return [f"{text}{' ' * (width - _width(text))}   {size}" for text, size in lines]


def _width(text: str) -> int:
    return len(text) - text.count(BAR)
