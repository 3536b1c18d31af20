"""Numbers that write Python: the rows of the table run on them and leave the expression that computes the same bits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from ..floats import FLOATS
from ..operators import Operators
from ..primitives import TABLE, Arithmetic, Primitive

_TERNARY, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)
_INFIX = {"add": ("+", _SUM), "sub": ("-", _SUM), "mul": ("*", _PRODUCT), "div": ("/", _PRODUCT)}
_IN_MATH = frozenset({"exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sqrt"})
_BUILTIN = frozenset({"abs", "max", "min"})

LONGEST = 200
"""The most terms of a sum in one statement."""


class Code(Operators):
    """An expression of Python and the number that it gives, None where Python raises.

    `form` is the name of a function, an operator's row, or "if"; a name or a literal has no parts.
    """

    __slots__ = ("form", "number", "parts")

    def __init__(self, form: str, number: float | None, parts: tuple[Any, ...] = ()) -> None:
        self.form = form
        self.number = number
        self.parts = parts

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = False) -> Any:
        return coded(p, *operands)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("an expression is one number")


def literal(x: float) -> str:
    """Return a number as Python reads it.

    >>> literal(0.1), literal(float("inf"))
    ('0.1', 'math.inf')
    """
    if x != x:
        return "math.nan"
    if math.isinf(x):
        return "math.inf" if x > 0 else "-math.inf"
    return repr(x)


def coded(p: Primitive, *operands: Any) -> Any:
    """Return the expression p(operands), as short as it can be without changing a bit."""
    if not any(isinstance(x, Code) for x in _flat(operands)):
        return p.value(FLOATS, *operands)
    if p.name == "mul":
        for one, other in (operands, operands[::-1]):
            if not isinstance(one, Code) and abs(one) == 1.0:
                return other if one == 1.0 else coded(_NEGATIVE, other)
    if p.name in _BUILTIN and p.blocks and len(operands[0]) == 1:
        return operands[0][0]
    if p.name in ("pos", "detach"):
        return operands[0]
    if p.name == "select":
        return _chosen(*(operands[0] if len(operands) == 1 else operands))
    if p.name == "pow" and not isinstance(operands[1], Code) and operands[1] == 1.0:
        return operands[0]
    return Code(p.name, _number(p, operands), operands)


def _chosen(condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Code):
        return x if condition else y
    taken = y if condition.number == 0.0 else x
    return Code("if", None if condition.number is None else number_of(taken), (condition, x, y))


def number_of(x: Any) -> float | None:
    """Return the number that an expression, or a plain number, gives."""
    return x.number if isinstance(x, Code) else float(x)


def _number(p: Primitive, operands: Sequence[Any]) -> float | None:
    numbers = [tuple(map(number_of, x)) if isinstance(x, tuple | list) else number_of(x) for x in operands]
    if None in _flat(numbers):
        return None
    try:
        found = float(p.value(FLOATS, *numbers))
        return None if found != found and p.name in _BUILTIN else found  # Python's own max does not hand NaN on
    except (ArithmeticError, ValueError):
        return None


def _flat(operands: Sequence[Any]) -> list[Any]:
    return [x for each in operands for x in (each if isinstance(each, tuple | list) else (each,))]


_NEGATIVE = next(p for p in TABLE if p.name == "neg")

CODE = Arithmetic({p.name: partial(coded, p) for p in TABLE} | {"select": _chosen})
"""Every row of the table on expressions of Python: an operator, a function of `math`, or a function by its name."""


class Author:
    """Writes expressions, and remembers which rows they call by name, so that those can be defined."""

    def __init__(self, functions: Callable[[str], str]) -> None:
        self.functions = functions
        self.called: dict[str, None] = {}

    def __call__(self, x: Any, known: dict[int, str] | None = None, level: int = _TERNARY) -> str:
        """Return the expression, in parentheses if it binds less tightly than `level`; `known` has variables."""
        if not isinstance(x, Code):
            return self._enclosed(literal(x), _SIGN if x < 0 or str(x).startswith("-") else _ATOM, level)
        if known and id(x) in known:
            return known[id(x)]
        written, own = self._written(x, known)
        return self._enclosed(written, own, level)

    @staticmethod
    def _enclosed(written: str, own: int, level: int) -> str:
        return written if own >= level else f"({written})"

    def _written(self, x: Code, known: dict[int, str] | None) -> tuple[str, int]:
        form, parts = x.form, x.parts
        if not parts:
            return form, _ATOM
        if form in _INFIX:
            return "".join(self._pieces(x, known)), _INFIX[form][1]
        if form == "pow":
            return f"{self(parts[0], known, _ATOM)} ** {self(parts[1], known, _POWER)}", _POWER
        if form == "neg":
            return f"-{self(parts[0], known, _SIGN)}", _SIGN
        if form == "if":
            return self._conditional(parts, known), _TERNARY
        arguments = ", ".join(self(each, known) for each in _flat(parts))
        if form in _IN_MATH:
            return f"math.{form}({arguments})", _ATOM
        if form not in _BUILTIN:
            self.called[form] = None
        return f"{self.functions(form)}({arguments})", _ATOM

    def statements(self, name: str, x: Any) -> list[str]:
        """Return the statement name = x; for a sum of hundreds of terms several, since Python's own parser recurses."""
        pieces = self._pieces(x, None) if isinstance(x, Code) and x.form in _INFIX else [self(x)]
        chunks = ["".join(pieces[i : i + LONGEST]) for i in range(0, len(pieces), LONGEST)]
        return [f"{name} = {chunks[0]}", *(f"{name} = {name}{chunk}" for chunk in chunks[1:])]

    def _pieces(self, x: Code, known: dict[int, str] | None) -> list[str]:
        """Return operators of one kind from left to right, without a call for each of a long sum's terms."""
        own = _INFIX[x.form][1]
        first: Any = x
        rest = []
        while isinstance(first, Code) and first.form in _INFIX and _INFIX[first.form][1] == own:
            if first is not x and known and id(first) in known:
                break
            rest.append(f" {_INFIX[first.form][0]} {self(first.parts[1], known, own + 1)}")
            first = first.parts[0]
        return [self(first, known, own), *reversed(rest)]

    def _conditional(self, parts: Sequence[Any], known: dict[int, str] | None) -> str:
        condition, x, y = parts
        taken, other = self(x, known, _COMPARE), self(y, known, _TERNARY)
        if condition.form == "step":  # asked from this side, NaN takes the branch that it takes in the engine
            return f"{self(y, known, _COMPARE)} if {self(condition.parts[0], known, _SUM)} <= 0 else {self(x, known)}"
        if condition.form == "equal":
            a, b = (self(each, known, _SUM) for each in condition.parts)
            return f"{taken} if {a} == {b} else {other}"
        return f"{taken} if {self(condition, known, _COMPARE)} else {other}"

    def is_simple(self, x: Any) -> bool:
        """Return whether an expression can stand in a line: no condition in it, and nothing computed twice."""
        uses = counted([x])
        return all(count == 1 or not each.parts for each, count in uses.values()) and not any(
            each.form == "if" for each, _ in uses.values()
        )

    def define(self, name: str, arguments: Sequence[str], results: Sequence[Any]) -> list[str]:
        """Return a function of these arguments; what is used twice gets a variable of its own."""
        known: dict[int, str] = {}
        body = []
        for each, count in reversed(counted(results).values()):
            if count > 1 and each.parts:
                variable = f"t{len(known) + 1}"
                body.append(f"    {variable} = {self(each, known)}")
                known[id(each)] = variable
        body.append(f"    return {', '.join(self(x, known) for x in results)}")
        return [f"def {name}({', '.join(arguments)}):", *body]


def counted(results: Sequence[Any]) -> dict[int, tuple[Code, int]]:
    """Return each expression inside of others by its identity, with the number of its uses, users before operands."""
    uses: Counter[int] = Counter()
    order: list[Code] = []
    stack: list[tuple[Any, bool]] = [(x, False) for x in reversed(results)]
    while stack:
        x, done = stack.pop()
        if done:
            order.append(x)
        elif isinstance(x, Code):
            uses[id(x)] += 1
            if uses[id(x)] == 1:
                stack.append((x, True))
                stack += [(part, False) for part in reversed(_flat(x.parts))]
    return {id(x): (x, uses[id(x)]) for x in reversed(order)}
