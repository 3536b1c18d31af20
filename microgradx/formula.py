"""The formula of a node in its leaves, as a SymPy expression: the rows of the table run on SymPy's numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from .engine import Value
from .notation import Notation
from .primitives import TABLE, Arithmetic, Primitive, Rule
from .replay import Replay

LIMIT = 10_000
"""The most operations of a formula, counted as it is written: what is used twice is written twice."""

IN_SYMPY = frozenset({"exp", "log", "sin", "cos", "tanh", "sqrt"})


def formula(
    output: Value,
    names: Mapping[str, Any] | None = None,
    *,
    upto: Iterable[Value | str] = (),
    depth: int | None = None,
    limit: int = LIMIT,
) -> Any:
    """Return the SymPy expression of a node in its leaves, with a symbol for each, named as everywhere (`notation`).

    Nodes of `upto`, given themselves or by name, stay symbols, and so do nodes `depth` operations away. Numbers are as
    written, 0.5 is 1/2. What `detach` made constant is const(x): the same number, whose derivative is 0. ValueError if
    the formula has more than `limit` operations; ImportError without SymPy.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> y = (w * x).sigmoid()
    >>> formula(y)
    1/(1 + exp(-w*x))
    >>> formula((y - 1) ** 2 / 2, {"y": y}, upto=["y"]).diff("y")
    y - 1
    """
    sympy = _sympy()
    replay = Replay(output)
    notation = Notation(output, names)
    kept = _kept(replay, notation, upto, depth)
    _refuse_long(replay, kept, limit)
    m = arithmetic()
    found: dict[int, Any] = {}
    for i in _needed(replay, kept):
        v = replay.order[i]
        p = v._primitive
        if p is None or i in kept:
            found[i] = sympy.Symbol(notation.name(v))
            continue
        operands = [
            number(float(x)) if j is None else found[j] for j, x in zip(replay.operands[i], v.operands, strict=True)
        ]
        found[i] = sympy.sympify(value(p, m, arguments(v, operands)))
    return found[len(replay.order) - 1]


def _sympy() -> Any:
    try:
        import sympy
    except ImportError as error:
        raise ImportError('formulas need SymPy: python -m pip install "microgradx[formula]"') from error
    return sympy


def _kept(replay: Replay, notation: Notation, upto: Iterable[Value | str], depth: int | None) -> set[int]:
    """Return the places of nodes that stay symbols."""
    given = [upto] if isinstance(upto, Value | str) else upto
    found = {replay.place[id(notation.node(v, "upto="))] for v in given}
    if depth is not None:
        if depth < 1:
            raise ValueError(f"depth= counts operations from 1 on, not {depth!r}")
        away = [len(replay.order)] * len(replay.order)
        away[-1] = 0
        for i in range(len(replay.order) - 1, -1, -1):
            for j in replay.operands[i]:
                if j is not None:
                    away[j] = min(away[j], away[i] + 1)
        found |= {i for i, distance in enumerate(away) if distance >= depth}
    return found - {len(replay.order) - 1}


def _needed(replay: Replay, kept: set[int]) -> list[int]:
    needed = {len(replay.order) - 1}
    for i in range(len(replay.order) - 1, -1, -1):
        if i in needed and i not in kept:
            needed.update(j for j in replay.operands[i] if j is not None)
    return sorted(needed)


def _refuse_long(replay: Replay, kept: set[int], limit: int) -> None:
    size: list[int] = []
    for i, operands in enumerate(replay.operands):
        opened = i not in kept and replay.order[i]._primitive is not None
        size.append(1 + sum(size[j] for j in operands if j is not None) if opened else 1)
    if size[-1] > limit:
        raise ValueError(
            f"the formula would have {size[-1]} operations, more than limit={limit}, since what is used twice is "
            f"written twice: keep nodes as symbols with upto= or depth=, or raise limit="
        )


def arguments(v: Value, flat: Sequence[Any]) -> list[Any]:
    """Return a node's operands, given one after the other, as its row takes them: one by one, or in its blocks."""
    if not isinstance(v._x, tuple):
        return list(flat)
    return [tuple(flat)] if v._y is None else [tuple(flat[: len(v._x)]), tuple(flat[len(v._x) :])]


def value(p: Primitive, m: Arithmetic, operands: Sequence[Any]) -> Any:
    """Return p(operands) in the plain form, as the lectures write it; SymPy's own function where it has one."""
    if p.name == "detach" and p in TABLE:
        return getattr(m, p.name)(*operands)
    rule = p.value if p.name in IN_SYMPY or p.expanded is None else p.expanded
    return rule(m, *operands)


def number(x: float) -> Any:
    """Return a float as the fraction that it was written as, if that is a short one, as 0.1 and 1/3 are.

    >>> number(0.1), number(1 / 3), number(0.7310585786300049)
    (1/10, 1/3, 0.731058578630005)
    """
    sympy = _sympy()
    if not math.isfinite(x):
        return sympy.nan if math.isnan(x) else sympy.oo if x > 0 else -sympy.oo
    simple = Fraction(x).limit_denominator(10_000)
    return sympy.Rational(simple.numerator, simple.denominator) if float(simple) == x else sympy.Float(x)


@cache
def _constant(sympy: Any) -> Any:
    """Return the function const: its argument, as a constant."""

    class const(sympy.Function):  # type: ignore[misc]  # SymPy has no types
        """x as a number, with the derivative 0."""

        @classmethod
        def eval(cls, x: Any) -> Any:
            return x if x.is_number else None

        def fdiff(self, argindex: int = 1) -> Any:
            return sympy.Integer(0)

        _imp_ = staticmethod(lambda x: x)  # for lambdify

    return const


def arithmetic(**others: Callable[..., Any]) -> Arithmetic:
    """Return the arithmetic of SymPy expressions, with the rows in their plain forms; `others` are set in its place.

    Thresholds are cases, and remember their condition for a choice by it.
    """
    sympy = _sympy()
    conditions: dict[Any, Any] = {}

    def threshold(condition: Any) -> Any:
        found = sympy.Piecewise((1, condition), (0, True))
        conditions[found] = condition
        return found

    def select(condition: Any, x: Any, y: Any) -> Any:
        holds = conditions.get(condition, sympy.Ne(condition, 0))
        x, y = (number(each) if isinstance(each, float) else each for each in (x, y))
        return sympy.Piecewise((x, holds), (y, True))

    def absolute(x: Any) -> Any:
        return sympy.Abs(x) if x.is_number else sympy.Piecewise((x, x >= 0), (-x, True))

    atoms: dict[str, Callable[..., Any]] = {name: getattr(sympy, name) for name in IN_SYMPY} | {
        "pow": lambda x, y: x**y,
        "abs": absolute,  # |x| of a symbol that may be complex has no derivative
        "sign": lambda x: sympy.Piecewise((1, x > 0), (-1, x < 0), (0, True)),
        "step": lambda x: threshold(sympy.sympify(x) > 0),
        "equal": lambda x, y: threshold(sympy.Eq(x, y)),
        "select": select,
        "max": lambda x: sympy.Max(*x),
        "min": lambda x: sympy.Min(*x),
        "detach": _constant(sympy),
    }
    found: Arithmetic
    plain = {p.name: _bound(p.expanded, lambda: found) for p in TABLE if p.expanded is not None}
    found = Arithmetic(plain | atoms | others)
    return found


def _bound(rule: Rule, m: Callable[[], Arithmetic]) -> Callable[..., Any]:
    return lambda *operands: rule(m(), *operands)
