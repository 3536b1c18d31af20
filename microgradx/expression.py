"""Formulas as text, such as "(y - t) * x": parsed into a tree, evaluated on any kind of number, never executed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .errors import FormulaError
from .grammar import FUNCTIONS, Parser, function
from .names import near_names, normal
from .syntax import Piece
from .tokens import error_at

LONGEST = 10_000
"""The most characters of a formula."""

CONSTANTS = {"pi": math.pi, "π": math.pi}
"""Names with a number of their own, unless a node bears the name."""


@dataclass(frozen=True, eq=False)
class Expression:
    """A formula that was understood: its text, and the tree of its pieces.

    >>> str(parse("(y - t) * x"))
    '(y - t) * x'
    """

    text: str
    tree: Piece = field(repr=False)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces of the tree, operands first."""
        return tuple(self.tree.order())

    @property
    def names(self) -> tuple[str, ...]:
        """The names that need a value, in order of appearance; `pi` has one."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces if piece.name not in ("", *CONSTANTS)))

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the formula's value; `values` gives each name a float, a Value or any other kind of number.

        FormulaError if a name has no value; DomainError where an operation raises it.

        >>> parse("-x**2").evaluate({"x": 3.0})
        -9.0
        """
        known = {normal(name): x for name, x in values.items()}
        self.require(known)
        return computed(self.pieces, known)

    def require(self, known: Collection[str], hint: str = "", beside: Collection[str] = ()) -> None:
        """Raise FormulaError, with a mark under the place, at the first name that is not among the known ones.

        Names `beside` those are suggested for one that is misspelt.
        """
        for piece in self.pieces:
            name = piece.name
            if not name or name in known or name in CONSTANTS:
                continue
            way_out = near_names(name, known, beside)
            if name in FUNCTIONS:
                way_out = f"; the function is written {name}(…)"
            elif name == "e":
                way_out = "; e^x is written exp(x)"
            elif name[0] == "∂":
                way_out = "; a partial derivative is written out, as in σ'(z): of these only the output's are names"
            elif name[0] == "d" and name[1:] in known:
                way_out = f"; an error signal such as {name}/dz is written z_bar, or z̄"
            raise error_at(self.text, piece.place, f"no node named {piece.text!r}{way_out}{hint}")

    def __str__(self) -> str:
        return self.text


def computed(pieces: Iterable[Piece], known: Mapping[str, Any]) -> Any:
    """Return what a tree comes to, given its pieces with operands first; KeyError for a name without a value.

    >>> computed(parse("-x**2").tree.order(), {"x": 3.0})
    -9.0
    """
    stack: list[Any] = []
    for piece in pieces:
        if piece.operation:
            first = len(stack) - len(piece.operands)
            stack[first:] = [function(piece).call(*stack[first:])]
        elif piece.number is not None:
            stack.append(piece.number)
        else:
            name = piece.name
            stack.append(known[name] if name in known else CONSTANTS[name])
    return stack[0]


def parse(text: str) -> Expression:
    """Return the expression that a text describes, by the grammar of `grammar`.

    FormulaError, with a mark under the place and the reason, if the text does not follow the grammar, is longer than
    `LONGEST` characters or is nested deeper than `grammar.DEEPEST` levels.

    >>> parse("-x**2 + exp(y)").names
    ('x', 'y')
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is a string, not {text!r}")
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    text = text.strip()
    if not text:
        raise FormulaError("the formula is empty; write one such as (y - t) * x")
    return Expression(text, Parser(text).parse())
