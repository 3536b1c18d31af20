"""Formulas held against each other as symbols, by SymPy: whether they are equal, and what their difference is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...engine import Value
from ...expression import Expression
from ...operators import Operators
from ...primitives import TABLE, Arithmetic, Primitive
from ...replay import Replay
from ..derivation import Derivation
from .alternatives import IN_OUTPUT
from .as_written import as_written, binary, shortest

MOST_NODES = 60
"""The most nodes on the way from a node to the output for which formulas are worked out."""

_MOST_OPERATIONS = 150


class SymbolicNumber(Operators):
    """A SymPy expression on which the rows of the table run."""

    __slots__ = ("arithmetic", "expression")

    _rank = 1.7  # above Values, which do not occur beside it, and below Duals

    def __init__(self, expression: Any, arithmetic: Arithmetic) -> None:
        self.expression = expression
        self.arithmetic = arithmetic

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> SymbolicNumber:
        return SymbolicNumber(_value(p, self.arithmetic, [_expression(x) for x in operands]), self.arithmetic)


class Difference:
    """A formula less the right one: `equal` says whether they were shown to be the same, `text` what remains."""

    def __init__(self, equal: bool, text: str) -> None:
        self.equal = equal
        self.text = text


def difference(
    replay: Replay, place: int, derivation: Derivation, names: Sequence[str], agree: bool
) -> Difference | None:
    """Return what a formula has more than the true derivative, simplified; None without SymPy or where it is too long.

    `names` are those of the nodes by place. They stand as symbols. Only where the formulas `agree` in numbers, and it
    is to be shown that they are equal, are the nodes' own formulas put in.
    """
    try:
        import sympy
    except ImportError:
        return None
    if len(replay.order) > MOST_NODES or not isinstance(derivation.source, Expression):
        return None
    try:
        found = _worked_out(sympy, replay, place, derivation.source, derivation, names, agree)
    except Exception:  # SymPy cannot do everything, and the numbers have told already
        return None
    return None if found is None else Difference(*found)


def _worked_out(
    sympy: Any,
    replay: Replay,
    place: int,
    formula: Expression,
    derivation: Derivation,
    names: Sequence[str],
    agree: bool,
) -> tuple[bool, str] | None:
    """Return whether they are equal, and the difference as text."""
    arithmetic = _arithmetic(sympy)
    symbols = _symbols(sympy, replay, derivation, names)
    formulas, meanings = _formulas(replay, symbols, arithmetic)
    right = _gradient(replay, place, formulas, arithmetic)
    given = {}
    for name, x in derivation.names.items():
        if isinstance(x, Value) and id(x) in replay.place:
            found = symbols[replay.place[id(x)]]
        elif isinstance(x, Value) and x._primitive is not None:  # computed beside the graph: its number is no constant
            found = sympy.Symbol(name)
        else:
            found = _number(_plain(x))
        given[name] = SymbolicNumber(found, arithmetic)
    hand = _rational(sympy, _expression(formula.evaluate(given)))
    apart = hand - _rational(sympy, right)
    if apart.count_ops() > _MOST_OPERATIONS:
        return None
    own = {symbols[i]: _rational(sympy, meaning) for i, meaning in meanings.items() if i < len(replay.order) - 1}
    apart = sympy.factor(binary(sympy, apart))
    if apart == 0 or (agree and _is_zero(sympy, apart, own)):
        return True, "0"
    return False, as_written(sympy, shortest(sympy, apart, own), hand)


def _is_zero(sympy: Any, expression: Any, meanings: Mapping[Any, Any]) -> bool:
    """Return whether an expression can be shown to be 0 with the formulas of nodes for their symbols."""
    opened = expression
    for symbol, meaning in reversed(list(meanings.items())):
        opened = opened.subs(symbol, meaning)
    if opened.count_ops() > _MOST_OPERATIONS:
        return False
    return bool(sympy.cancel(sympy.expand_power_exp(opened.rewrite(sympy.exp))) == 0)


def _rational(sympy: Any, expression: Any) -> Any:
    """Return an expression with fractions for floats, also in exponents."""
    found = sympy.sympify(expression)
    return sympy.nsimplify(found, rational=True) if found.atoms(sympy.Float) else found


def _symbols(sympy: Any, replay: Replay, derivation: Derivation, names: Sequence[str]) -> dict[int, Any]:
    """Return a symbol for each leaf and for each node that the formula names, or that has a name."""
    used = {
        replay.place[id(x)]: name
        for name, x in derivation.names.items()
        if isinstance(x, Value) and id(x) in replay.place
    }
    found = {}
    for i, v in enumerate(replay.order):
        name = used.get(i) or names[i] or (f"c{i}" if v._primitive is None else "")
        if name:
            found[i] = sympy.Symbol(name, real=True)
    return found


def _formulas(replay: Replay, symbols: Mapping[int, Any], arithmetic: Arithmetic) -> tuple[list[Any], dict[int, Any]]:
    """Return what stands for each node, its symbol if it has one; and what the symbols of computed nodes mean."""
    found: list[Any] = []
    meanings = {}
    for i, v in enumerate(replay.order):
        if v._primitive is None:
            found.append(symbols[i])
            continue
        made = _value(v._primitive, arithmetic, _operands(replay, i, found))
        if i in symbols:
            meanings[i] = made
        found.append(symbols.get(i, made))
    return found, meanings


def _gradient(replay: Replay, place: int, formulas: Sequence[Any], arithmetic: Arithmetic) -> Any:
    signals: list[Any] = [0] * len(replay.order)
    signals[-1] = 1
    for i in range(len(replay.order) - 1, place, -1):
        p = replay.order[i]._primitive
        if p is None or signals[i] == 0:
            continue
        partials = _partials(p, formulas[i], _operands(replay, i, formulas), arithmetic)
        for operand, partial in zip(replay.operands[i], partials, strict=True):
            if operand is not None and partial is not None:
                signals[operand] = signals[operand] + signals[i] * partial
    return signals[place]


def _partials(p: Primitive, z: Any, operands: Sequence[Any], m: Arithmetic) -> list[Any]:
    if p.name in IN_OUTPUT:
        return [IN_OUTPUT[p.name][1](z)]
    found: list[Any] = []
    partial: Any
    for rule, operand in zip(p.partials, operands, strict=True):
        partial = rule(m, z, *operands) if callable(rule) else rule
        found += list(partial) if isinstance(operand, tuple) and partial is not None else [partial]
    return [_number(x) if isinstance(x, float) else x for x in found]


def _operands(replay: Replay, i: int, formulas: Sequence[Any]) -> list[Any]:
    v = replay.order[i]
    flat = [
        formulas[place] if place is not None else _number(_plain(x))
        for place, x in zip(replay.operands[i], v.operands, strict=True)
    ]
    if not isinstance(v._x, tuple):
        return flat
    return [tuple(flat)] if v._y is None else [tuple(flat[: len(v._x)]), tuple(flat[len(v._x) :])]


def _value(p: Primitive, m: Arithmetic, operands: Sequence[Any]) -> Any:
    return getattr(m, p.name)(*operands) if p in TABLE else p.value(m, *operands)


def _expression(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return tuple(map(_expression, x))
    return x.expression if isinstance(x, SymbolicNumber) else _number(_plain(x))


def _plain(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)


def _number(x: float) -> Any:
    """Return a float as the fraction that it was written as, as far as that is short."""
    import sympy

    simple = Fraction(x).limit_denominator(10_000)
    return sympy.Rational(simple.numerator, simple.denominator) if float(simple) == x else sympy.Float(x)


def _arithmetic(sympy: Any) -> Arithmetic:
    """Return the arithmetic of SymPy expressions, with the rows whose stable forms are not the plain formulas."""

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + sympy.exp(-x))

    def step(x: Any) -> Any:
        return sympy.Heaviside(x, 0)

    def select(condition: Any, x: Any, y: Any) -> Any:
        if isinstance(condition, sympy.Heaviside):  # 0 or 1
            return condition * x + (1 - condition) * y
        return sympy.Piecewise((y, sympy.Eq(condition, 0)), (x, True))

    return Arithmetic(
        {
            "exp": sympy.exp,
            "expm1": lambda x: sympy.exp(x) - 1,
            "log": sympy.log,
            "log1p": lambda x: sympy.log(1 + x),
            "sin": sympy.sin,
            "cos": sympy.cos,
            "tanh": sympy.tanh,
            "sqrt": sympy.sqrt,
            "pow": lambda x, y: x**y,
            "abs": sympy.Abs,
            "sign": sympy.sign,
            "step": step,
            "equal": lambda x, y: sympy.KroneckerDelta(x, y),
            "select": select,
            "max": lambda x: sympy.Max(*x),
            "min": lambda x: sympy.Min(*x),
            "relu": lambda x: x * step(x),
            "sigmoid": sigmoid,
            "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
            "logistic_density": lambda x: sigmoid(x) * (1 - sigmoid(x)),
            "logsumexp": lambda x: sympy.log(sum(map(sympy.exp, x))),
        }
    )
