"""The grammar of formulas: text becomes a tree of pieces, each a name, a number, or an operation on pieces.

    expression = operand { operator operand }            + -  bind least, then  * /  then the sign, then  ** (or ^)
    operand    = factor [ superscript number ]           x² is x**2
    factor     = number [ factor ] | name | function "(" expression { "," expression } ")"
               | "(" expression ")" | sign operand               2(y − t) is 2*(y − t), and ½z is ½*z

As in Python −x**2 is −(x**2), and ** groups from the right. Any name may stand for a node, also `lambda`, `S` or `exp`:
it is a function only where a parenthesis follows, and with a prime, as in σ'(z), the function's derivative there.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from . import functions
from . import primitives as rows
from .apply import apply
from .errors import FormulaError
from .ieee import IEEE, unwrap, wrap
from .names import barred, near_names, normal
from .primitives import TABLE, Primitive
from .syntax import BINDS, SIGN, SIGNS, Piece, leaf, plain
from .tokens import FRACTIONS, Token, error_at, tokens

DEEPEST = 100
"""The most levels of parentheses, signs and powers inside each other."""


class Function(NamedTuple):
    """What a formula may call: on how many operands at least, and at most (None: any number)."""

    call: Callable[..., Any]
    least: int
    most: int | None


def _function(p: Primitive) -> Function:
    if p.blocks:
        return Function(lambda *operands: apply(p, operands), 1, None)
    return Function(lambda *operands: apply(p, *operands), len(p.partials), len(p.partials))


def _derivative(p: Primitive) -> Function:
    """Return dz/dx of a row z = f(x), which any kind of number can be given, as to the row itself."""
    (partial,) = p.partials

    def slope(x: Any) -> Any:
        z = apply(p, x)
        return unwrap(partial(IEEE, wrap(z), wrap(x))) if callable(partial) else partial or 0.0

    return Function(slope, 1, 1)


def _has_call(p: Primitive) -> bool:
    return p is not rows.select and not (p.blocks and len(p.partials) > 1)


_OPERATIONS = {p.name: _function(p) for p in TABLE if _has_call(p)}

_USUAL = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "max", "min", "pow")

FUNCTIONS: dict[str, Function] = {
    **{name: _OPERATIONS[name] for name in _USUAL},
    **{name: _OPERATIONS[p.name] for p in TABLE if _has_call(p) for name in (p.name, p.symbol) if name.isidentifier()},
    "ln": _OPERATIONS["log"],
    "sigma": _OPERATIONS["sigmoid"],
    "ReLU": _OPERATIONS["relu"],
    "leaky_relu": Function(functions.leaky_relu, 1, 2),
}
"""Every row of the table by its name, and by its symbol where that is a word (σ); messages list the first ones."""

FUNCTIONS |= {
    f"{name}'": _derivative(p)
    for p in TABLE
    if len(p.partials) == 1 and not p.blocks
    for name, function in list(FUNCTIONS.items())
    if function is _OPERATIONS[p.name]
}

_BY_SIGN = {(sign, _OPERATIONS[name].least): _OPERATIONS[name] for name, sign in SIGNS.items()}


def function(piece: Piece) -> Function:
    """Return what an operation calls: the row of its sign, or the function that is named."""
    return _BY_SIGN.get((piece.operation, len(piece.operands))) or FUNCTIONS[normal(piece.operation)]


class Parser:
    """Read a text by precedence climbing: `_expression` takes the operators that bind as tightly as it is asked to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.next = 0
        self.depth = 0

    def parse(self) -> Piece:
        """Return the whole text as a tree; FormulaError shows the place that does not follow the grammar."""
        found = self._expression(0)
        token = self._take()
        if token.text == ")":
            raise self._error(token, "no '(' belongs to this ')'")
        if token.text == ",":
            raise self._error(token, "a ',' only separates the operands of a function")
        if token.kind != "end":
            way_out = self._signal(token) or self._applied(token) or "; a product is written with *"
            raise self._error(token, f"an operator is missing before {token.text!r}{way_out}")
        return found

    def _peek(self) -> str:
        return self.tokens[self.next].text

    def _take(self) -> Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def _expression(self, least: int) -> Piece:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(self.tokens[self.next], f"the formula is nested more than {DEEPEST} levels deep")
        found = self._powered(self._operand())
        while BINDS.get(self._peek(), -1) >= least:
            operator = self._take()
            right = self._expression(SIGN if operator.text == "**" else BINDS[operator.text] + 1)
            found = Piece(operator.text, (found, right), place=operator.place)
        self.depth -= 1
        return found

    def _powered(self, found: Piece) -> Piece:
        if self.tokens[self.next].kind != "power":
            return found
        token = self._take()
        power = plain(self._number(token._replace(text=normal(token.text.lstrip("⁻")))), token.place)
        power = Piece("-", (power,), place=token.place) if token.text[0] == "⁻" else power
        return Piece("**", (found, power), place=token.place)

    def _operand(self) -> Piece:
        token = self._take()
        if token.kind == "number":
            return self._product(token, plain(self._number(token), token.place))
        if token.kind == "name":
            return self._call(token) if self._peek() == "(" else leaf(token.text, token.place)
        if token.text in ("-", "+"):
            signed = self._expression(SIGN)
            return Piece("-", (signed,), place=token.place) if token.text == "-" else signed
        if token.text == "(":
            inner = self._expression(0)
            self._close(token)
            return inner
        found = "the formula ends" if token.kind == "end" else f"{token.text!r} stands"
        raise self._error(token, f"{found} where a number, a name or '(' should follow")

    def _product(self, token: Token, number: Piece) -> Piece:
        """Return a number with the factor beside it, as in 2(y − t) or ½z; only fractions stand beside names."""
        beside = self.tokens[self.next]
        if not (beside.text == "(" or (beside.kind == "name" and token.text in FRACTIONS)):
            return number
        if token is not self.tokens[0] and self.tokens[self.next - 2].text in ("/", "**"):
            raise self._error(beside, f"an operator is missing before {beside.text!r}; a product is written with *")
        return Piece("*", (number, self._expression(BINDS["**"])), place=beside.place)

    def _number(self, token: Token) -> float:
        # A whole number stays as written, so that pictures show 3 and not 3.0.
        if token.text in FRACTIONS:
            return unicodedata.numeric(token.text)
        number = int(token.text) if token.text.isdigit() and len(token.text) < 16 else float(token.text)
        if math.isinf(number):
            raise self._error(token, "this number is beyond the range of a float")
        return number

    def _call(self, name: Token) -> Piece:
        called = FUNCTIONS.get(normal(name.text))
        if called is None:
            near = near_names(name.text, FUNCTIONS)
            raise self._error(name, f"no function named {name.text!r}{near} (a product is written with *)")
        opening = self._take()
        operands: list[Piece] = []
        while self._peek() != ")" and (not operands or self._peek() == ","):
            if operands:
                self._take()
            operands.append(self._expression(0))
        self._close(opening)
        count = len(operands)
        if not called.least <= count <= (called.most or count):
            needs = "at least 1" if called.most is None else " or ".join(map(str, {called.least, called.most}))
            raise self._error(name, f"{name.text} takes {needs} operand{'' if needs[-1] == '1' else 's'}, not {count}")
        return Piece(name.text, tuple(operands), place=name.place)

    def _close(self, opening: Token) -> None:
        token = self._take()
        if token.kind == "end":
            raise self._error(opening, "this '(' is never closed")
        if token.text != ")":
            raise self._error(token, f"an operator, ',' or ')' is missing before {token.text!r}{self._signal(token)}")

    def _signal(self, token: Token) -> str:
        """Return how the error signal is written whose bar stands behind the indices; "" for any other token."""
        name = self.tokens[self.tokens.index(token) - 1].text if token.text == "_bar" else ""
        return f"; the error signal of {name} is written {barred(name)}" if "]" in name else ""

    def _applied(self, token: Token) -> str:
        """Return how a function is written whose operand stands behind it without parentheses; "" for other names."""
        name = self.tokens[self.tokens.index(token) - 1].text
        return f"; the function is written {name}({token.text})" if normal(name) in FUNCTIONS else ""

    def _error(self, token: Token, reason: str) -> FormulaError:
        return error_at(self.text, token.place, reason)
