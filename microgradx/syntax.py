"""A formula as a tree of pieces, which can be put together otherwise, and printed with as few parentheses as needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from .names import normal

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "neg": "-"}
"""What the rows are written with that have a sign."""

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
"""How tightly each operator binds."""

SIGN = 3
"""How tightly a sign does: −x**2 is −(x**2), and −x * y is (−x) * y."""

_ATOM = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A name, a number, or an operation on pieces: one of + - * / **, or the name of a function.

    `text` is how a name or number is written, and `place` where it begins in the formula, or where the operation's
    sign stands.
    """

    operation: str
    operands: tuple[Piece, ...] = ()
    text: str = ""
    number: float | None = None
    place: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The name that it is, as names are compared; "" for numbers and operations."""
        return normal(self.text) if self.number is None else ""

    @property
    def is_minus(self) -> bool:
        """Whether it is −x."""
        return self.operation == "-" and len(self.operands) == 1

    @property
    def binds(self) -> int:
        """How tightly the outermost operation binds."""
        return SIGN if self.is_minus else BINDS.get(self.operation, _ATOM) if len(self.operands) == 2 else _ATOM

    def __str__(self) -> str:
        if not self.operation:
            return self.text
        binds = self.binds
        if binds == _ATOM:
            return f"{self.operation}({', '.join(map(str, self.operands))})"
        if binds == SIGN:
            return f"-{self.operands[0].within(BINDS['*'])}"
        sign = self.operation if self.operation == "**" else f" {self.operation} "
        left = self.operands[0].within(binds + (self.operation == "**"))
        return f"{left}{sign}{self.operands[1].within(binds + 1)}"

    def within(self, least: int) -> str:
        """Return it as an operand of what binds so tightly at least."""
        return str(self) if self.binds >= least else f"({self})"

    @property
    def is_idle(self) -> bool:
        """Return whether it is a product with the number 1, or a sum with 0: one of its operands changes nothing."""
        return (0.0 if self.operation in ("+", "-") else 1.0) in [operand.number for operand in self.operands]

    def order(self) -> list[Piece]:
        """Return every piece in it, operands before what is made of them; of any depth, without recursion.

        >>> [str(piece) for piece in Piece("-", (Piece("+", (leaf("x"), plain(2))),)).order()]
        ['x', '2', 'x + 2', '-(x + 2)']
        """
        found, waiting = [], [self]
        while waiting:
            piece = waiting.pop()
            found.append(piece)
            waiting += piece.operands
        found.reverse()
        return found

    def places(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Piece]]:
        """Yield every piece in it with its path, itself first."""
        yield path, self
        for k, operand in enumerate(self.operands):
            yield from operand.places((*path, k))

    def at(self, path: tuple[int, ...]) -> Piece:
        """Return the piece at a path."""
        return self.operands[path[0]].at(path[1:]) if path else self

    def put(self, path: tuple[int, ...], piece: Piece) -> Piece:
        """Return it with another piece at a path."""
        if not path:
            return piece
        operands = list(self.operands)
        operands[path[0]] = operands[path[0]].put(path[1:], piece)
        return Piece(self.operation, tuple(operands))


def differing(one: Piece, other: Piece) -> tuple[Piece, Piece]:
    """Return the smallest pieces in which two trees differ."""
    if one.operation == other.operation and one.operation and len(one.operands) == len(other.operands):
        different = [(a, b) for a, b in zip(one.operands, other.operands, strict=True) if a != b]
        if len(different) == 1:
            return differing(*different[0])
    return one, other


def plain(x: float, place: int = 0) -> Piece:
    """Return a number as a piece.

    >>> print(plain(2.0), plain(-0.1))
    2 -0.1
    """
    size = Piece("", text=repr(abs(x)).removesuffix(".0"), number=abs(x), place=place)
    return Piece("-", (size,), place=place) if math.copysign(1.0, x) < 0.0 else size


def leaf(text: str, place: int = 0) -> Piece:
    """Return a name as a piece.

    >>> str(Piece("*", (leaf("x"), Piece("+", (leaf("y"), plain(2.0))))))
    'x * (y + 2)'
    """
    return Piece("", text=text, place=place)
