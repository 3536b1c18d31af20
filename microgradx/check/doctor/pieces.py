"""A formula as a tree of pieces, which can be put together otherwise, printed and computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...expression import CONSTANTS, Expression
from ...grammar import FUNCTIONS
from ...names import normal

_CALLS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_SIGN = 3
_ATOM = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A name, a number (then `operation` is "" and `text` how it is written), or an operation on pieces."""

    operation: str
    operands: tuple[Piece, ...] = ()
    text: str = ""
    number: float = 0.0

    @property
    def name(self) -> str:
        """The name that it is, as names are compared; "" for numbers and operations."""
        return normal(self.text) if self.text and not self.operation and not self.text[0].isdigit() else ""

    def evaluate(self, numbers: Mapping[str, float]) -> float:
        """Return its value; KeyError for a name without a number, and what operations raise."""
        if self.operation:
            values = [operand.evaluate(numbers) for operand in self.operands]
            if self.binds == _SIGN:
                return -values[0] if self.operation == "-" else values[0]
            return float(FUNCTIONS[_CALLS.get(self.operation, self.operation)].call(*values))
        name = self.name
        if not name:
            return self.number
        return numbers[name] if name in numbers else CONSTANTS[name]

    @property
    def binds(self) -> int:
        """How tightly the outermost operation binds."""
        if len(self.operands) == 1 and self.operation in ("-", "+"):
            return _SIGN
        return _BINDS.get(self.operation, _ATOM)

    def __str__(self) -> str:
        if not self.operation:
            return self.text
        binds = self.binds
        if binds == _ATOM:
            return f"{self.operation}({', '.join(map(str, self.operands))})"
        if binds == _SIGN:
            return f"{self.operation}{self.operands[0].within(_BINDS['*'])}"
        sign = self.operation if self.operation == "**" else f" {self.operation} "
        left = self.operands[0].within(binds + (self.operation == "**"))
        return f"{left}{sign}{self.operands[1].within(binds + 1)}"

    def within(self, least: int) -> str:
        """Return it as an operand of what binds so tightly at least."""
        return str(self) if self.binds >= least else f"({self})"

    @property
    def is_idle(self) -> bool:
        """Return whether it is a product with the number 1, or a sum with 0: one of its operands changes nothing."""
        numbers = [operand.number for operand in self.operands if not operand.operation and not operand.name]
        return (0.0 if self.operation in ("+", "-") else 1.0) in numbers

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


def plain(x: float) -> Piece:
    """Return a number as a piece.

    >>> print(plain(2.0), plain(-0.1))
    2 -0.1
    """
    size = Piece("", text=repr(abs(x)).removesuffix(".0"), number=abs(x))
    return Piece("-", (size,)) if math.copysign(1.0, x) < 0.0 else size


def leaf(text: str) -> Piece:
    """Return a name as a piece.

    >>> str(Piece("*", (leaf("x"), Piece("+", (leaf("y"), plain(2.0))))))
    'x * (y + 2)'
    """
    return Piece("", text=text)


def pieces(formula: Expression) -> Piece:
    """Return a formula's tree.

    >>> from microgradx.expression import parse
    >>> str(pieces(parse("-(y-t)*exp(x)^2/3")))
    '-(y - t) * exp(x)**2 / 3'
    """
    stack: list[Piece] = []
    for step in formula.steps:
        if step.function is None:
            stack.append(leaf(step.name) if step.name else plain(step.number))
            continue
        first = len(stack) - step.operands
        stack[first:] = [Piece(_operation(formula.text[step.place :]), tuple(stack[first:]))]
    return stack[0]


def _operation(text: str) -> str:
    if found := re.match(r"\w+", text):
        return found[0]
    sign = "**" if text.startswith(("**", "^")) else text[0]
    return {"·": "*", "×": "*", "−": "-"}.get(sign, sign)
