"""Formulas held against each other as symbols, by SymPy: whether they are equal, and what their difference is."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ... import primitives as rows
from ...engine import Value
from ...expression import Expression
from ...formula import arguments, arithmetic, number, value
from ...operators import Operators
from ...primitives import Arithmetic, Primitive
from ...replay import Replay
from ..by_hand import Derivation
from .alternatives import IN_OUTPUT
from .as_written import MOST_MONOMIALS, as_written, binary, factored, monomials, plain_exponents, shortest

MOST_NODES = 60
"""The most nodes on the way from a node to the output for which formulas are worked out."""

_MOST_OPERATIONS = 150
_PLAIN = 9  # derivations of formulas have whole numbers up to this one, and fractions of them


class SymbolicNumber(Operators):
    """A SymPy expression on which the rows of the table run."""

    __slots__ = ("arithmetic", "expression")

    _rank = 1.7  # above Values, which do not occur beside it, and below Duals

    def __init__(self, expression: Any, arithmetic: Arithmetic) -> None:
        self.expression = expression
        self.arithmetic = arithmetic

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> SymbolicNumber:
        return SymbolicNumber(value(p, self.arithmetic, [_expression(x) for x in operands]), self.arithmetic)


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
        plain = _Formulas(sympy, replay, derivation, names, {}).apart(derivation.source, place, agree)
    except Exception:  # SymPy cannot do everything, and the numbers have told already
        return None
    if plain is None or plain[0] == 0:
        return None if plain is None else Difference(True, "0")
    constants = _constants(sympy, derivation)
    if not constants or not _odd_numbers(sympy, plain[0]):
        return Difference(False, as_written(sympy, *plain))
    with contextlib.suppress(Exception):
        named = _Formulas(sympy, replay, derivation, names, constants).apart(derivation.source, place, False)
        if named is not None and _odd_numbers(sympy, named[0]) < _odd_numbers(sympy, plain[0]):
            plain = named
    return Difference(False, as_written(sympy, *plain))


def _constants(sympy: Any, derivation: Derivation) -> dict[float, Any]:
    """Return symbols for the plain numbers in a formula that have a name, and are not such as 2 and ½."""
    found: dict[float, Any] = {}
    for name, x in derivation.names.items():
        if not isinstance(x, Value) and math.isfinite(x) and not (2.0 * x).is_integer():
            found.setdefault(x, sympy.Symbol(name, positive=True) if x > 0.0 else sympy.Symbol(name, negative=True))
    return found


def _odd_numbers(sympy: Any, expression: Any) -> int:
    """Return how many numbers stand in an expression that nobody derives, as 23/10 where g = 2.3."""
    return sum(max(abs(x.p), x.q) > _PLAIN for x in expression.atoms(sympy.Rational))


class _Formulas:
    """A graph's nodes as SymPy expressions, those that have names as symbols, and so `constants` by their numbers."""

    def __init__(
        self,
        sympy: Any,
        replay: Replay,
        derivation: Derivation,
        names: Sequence[str],
        constants: Mapping[float, Any],
    ) -> None:
        self.sympy, self.replay, self.derivation, self.constants = sympy, replay, derivation, constants
        self.m = _with_steps(sympy)
        self.symbols = _symbols(sympy, replay, derivation, names)
        self.signals = {replay.place[id(v)]: sympy.Symbol(name, real=True) for name, v in derivation.signals.items()}
        self.formulas: list[Any] = []
        self.meanings: dict[Any, Any] = {}
        for i, v in enumerate(replay.order):
            made = self.symbols[i] if v._primitive is None else value(v._primitive, self.m, self._operands(i))
            self.formulas.append(self.symbols.get(i, made))
            if v._primitive is not None and i in self.symbols and i < len(replay.order) - 1:
                self.meanings[self.symbols[i]] = _rational(sympy, made)

    def apart(self, formula: Expression, place: int, agree: bool) -> tuple[Any, Any] | None:
        """Return the formula less the true derivative, as short as may be, and the formula; None if too long."""
        sympy, hand = self.sympy, self._hand(formula)
        found = hand - _rational(sympy, self._gradient(place))
        if found.count_ops() > _MOST_OPERATIONS:
            return None
        found = factored(sympy, binary(sympy, found, self._masks()))
        if found == 0 or (agree and _is_zero(sympy, found, self.meanings)):
            return sympy.Integer(0), hand
        return shortest(sympy, found, self.meanings), hand

    def _hand(self, formula: Expression) -> Any:
        given = {}
        for name, x in self.derivation.names.items():
            if isinstance(x, Value) and id(x) in self.replay.place:
                found = self.symbols[self.replay.place[id(x)]]
            elif name in self.derivation.signals:
                found = self.signals[self.replay.place[id(self.derivation.signals[name])]]
            elif isinstance(x, Value) and x._primitive is not None:  # computed beside the graph: no constant
                found = self.sympy.Symbol(name)
            else:
                found = self._number(x)
            given[name] = SymbolicNumber(found, self.m)
        return _rational(self.sympy, _expression(formula.evaluate(given)))

    def _gradient(self, place: int) -> Any:
        """Return the true derivative; the error signals that the formula names stand as symbols in it."""
        signals: list[Any] = [0] * len(self.replay.order)
        signals[-1] = 1
        for i in range(len(self.replay.order) - 1, place, -1):
            p = self.replay.order[i]._primitive
            if p is None or signals[i] == 0:
                continue
            signals[i] = self.signals.get(i, signals[i])
            partials = _partials(p, self.formulas[i], self._operands(i), self.m)
            for operand, partial in zip(self.replay.operands[i], partials, strict=True):
                if operand is not None and partial is not None:
                    signals[operand] = signals[operand] + signals[i] * partial
        return signals[place]

    def _masks(self) -> list[tuple[Any, Any]]:
        """Return for each ReLU with a name its 1[z > 0] with its symbol, which is that times z."""
        relus = [
            i for i, v in enumerate(self.replay.order) if v._op == "relu" and i in self.symbols and self._operands(i)
        ]
        return [(value(rows.step, self.m, self._operands(i)), self.symbols[i]) for i in relus]

    def _operands(self, i: int) -> list[Any]:
        v = self.replay.order[i]
        flat = [
            self.formulas[place] if place is not None else self._number(x)
            for place, x in zip(self.replay.operands[i], v.operands, strict=True)
        ]
        return arguments(v, flat)

    def _number(self, x: Any) -> Any:
        return self.constants.get(_plain(x), number(_plain(x)))


def _is_zero(sympy: Any, expression: Any, meanings: Mapping[Any, Any]) -> bool:
    """Return whether an expression can be shown to be 0 with the formulas of nodes for their symbols."""
    opened = expression
    for symbol, meaning in reversed(list(meanings.items())):
        opened = opened.subs(symbol, meaning)
    if opened.count_ops() > _MOST_OPERATIONS:
        return False
    plain = sympy.expand_power_exp(opened.rewrite(sympy.exp))
    plain = plain_exponents(sympy, plain)[0]
    return monomials(sympy, plain) <= MOST_MONOMIALS and bool(sympy.cancel(plain) == 0)


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


def _partials(p: Primitive, z: Any, operands: Sequence[Any], m: Arithmetic) -> list[Any]:
    if p.name in IN_OUTPUT:
        return [IN_OUTPUT[p.name][1](z)]
    found: list[Any] = []
    partial: Any
    for rule, operand in zip(p.taught or p.partials, operands, strict=True):
        partial = rule(m, z, *operands) if callable(rule) else rule
        found += list(partial) if isinstance(operand, tuple) and partial is not None else [partial]
    return [number(x) if isinstance(x, float) else x for x in found]


def _expression(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return tuple(map(_expression, x))
    return x.expression if isinstance(x, SymbolicNumber) else number(_plain(x))


def _plain(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)


def _with_steps(sympy: Any) -> Arithmetic:
    """Return the arithmetic of real SymPy expressions with thresholds as factors 1[x > 0]."""

    def select(condition: Any, x: Any, y: Any) -> Any:
        if isinstance(condition, sympy.Heaviside):  # 0 or 1
            return condition * x + (1 - condition) * y
        return sympy.Piecewise((y, sympy.Eq(condition, 0)), (x, True))

    def step(x: Any) -> Any:
        return sympy.Heaviside(x, 0)

    return arithmetic(
        abs=sympy.Abs,
        sign=sympy.sign,
        step=step,
        equal=sympy.KroneckerDelta,
        select=select,
        detach=lambda x: x,
    )
