"""A SymPy expression as a student would write it: short, its sums as in the student's formula, no 1.0, no Heaviside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_MONOMIALS = 150
"""How many monomials, multiplied out, are factored or cancelled: the time for that grows much faster than they."""

_MOST_ROUNDS = 6
_LONGEST = 80  # operations; with more it will not be short whatever is put in
_MOST_WORK = 1500  # monomials times symbols that are factored in all to find the shortest
_PLAIN_EXPONENT = 100  # x^0.577 would be factored as the 577th power of x^0.001


def factored(sympy: Any, expression: Any) -> Any:
    """Return an expression as a product; as it is where that would be much work.

    Numbers in exponents that are no plain fractions are left alone.
    """
    plain, numbers = plain_exponents(sympy, expression)
    if monomials(sympy, plain) > MOST_MONOMIALS:
        return expression
    return sympy.factor(plain).xreplace(numbers)


def plain_exponents(sympy: Any, expression: Any) -> tuple[Any, dict[Any, Any]]:
    """Return an expression with symbols for numbers in exponents that are no plain fractions, and those numbers.

    −0.577 becomes the symbol of 0.577 with a minus, so that eᵃ·e⁻ᵃ still is 1.
    """
    powers = expression.atoms(sympy.Pow, sympy.exp)
    exponents = [power.args[-1] for power in powers if not power.args[-1].is_Integer]
    odd = {abs(x) for e in exponents for x in e.atoms(sympy.Rational) if max(abs(x.p), x.q) > _PLAIN_EXPONENT}
    numbers = {sympy.Dummy(positive=True): x for x in sorted(odd)}
    if not numbers:
        return expression, {}
    symbols = {sign * x: sign * symbol for symbol, x in numbers.items() for sign in (1, -1)}
    plain = expression.replace(
        lambda e: isinstance(e, sympy.exp) or (e.is_Pow and not e.exp.is_Integer),
        lambda e: e.func(*e.args[:-1], e.args[-1].xreplace(symbols)),
    )
    return plain, numbers


def monomials(sympy: Any, expression: Any) -> int:
    """Return how many monomials the numerator and the denominator of an expression have at most, multiplied out.

    >>> sympy = __import__("pytest").importorskip("sympy")
    >>> x, y, z = sympy.symbols("x y z")
    >>> monomials(sympy, (x + y + z) ** 2 * (x + y) / z)
    13
    """

    def count(e: Any) -> int:
        if e.is_Add:
            return sum(map(count, e.args))
        if e.is_Mul:
            return math.prod(map(count, e.args))
        if e.is_Pow and e.exp.is_Integer and e.exp > 0:
            return math.comb(count(e.base) + int(e.exp) - 1, int(e.exp))
        return 1

    return sum(map(count, sympy.fraction(sympy.together(expression))))


def binary(sympy: Any, expression: Any, masks: Sequence[tuple[Any, Any]] = ()) -> Any:
    """Return an expression in which steps, which are 0 or 1, are their own powers.

    `masks` are steps with symbols of what they are a factor of already, as 1[z > 0] of relu(z).
    """
    if not expression.has(sympy.Heaviside):
        return expression
    found = sympy.expand(expression).replace(
        lambda e: e.is_Pow and isinstance(e.base, sympy.Heaviside) and e.exp.is_positive, lambda e: e.base
    )
    terms = []
    for term in sympy.Add.make_args(found):
        held = [step for step, masked in masks if step in sympy.Mul.make_args(term) and masked in term.free_symbols]
        terms.append(term.xreplace(dict.fromkeys(held, sympy.Integer(1))))
    return sympy.Add(*terms)


def shortest(sympy: Any, expression: Any, meanings: Mapping[Any, Any]) -> Any:
    """Return an expression, factored, with the formulas of nodes for their symbols, or the other way, if shorter.

    `meanings` are the formulas that the symbols of computed nodes stand for.
    """
    best, work = factored(sympy, expression), 0
    for _ in range(_MOST_ROUNDS):
        if best.count_ops() > _LONGEST:
            break
        free = best.free_symbols
        tried = [best.xreplace({symbol: meaning}) for symbol, meaning in meanings.items() if symbol in free]
        tried += [
            best.subs(meaning, symbol)
            for symbol, meaning in meanings.items()
            if meaning.args and meaning.free_symbols <= free
        ]
        tried += [
            best.xreplace({term: other}) for term, other in _solved(meanings) if {term, *other.free_symbols} <= free
        ]
        if best.has(sympy.exp):
            tried.append(best.rewrite(sympy.tanh))
        shorter = best
        for other in sorted((other for other in tried if other != best), key=lambda e: e.count_ops()):
            work += monomials(sympy, other) * len(other.free_symbols)
            if work > _MOST_WORK:
                return shorter
            shorter = min(shorter, factored(sympy, other), key=lambda e: e.count_ops())
        if shorter.count_ops() >= best.count_ops():
            break
        best = shorter
    return best


def _solved(meanings: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the terms of sums in the symbol of the sum, as y = d + t where d = y − t."""
    for symbol, meaning in meanings.items():
        for term in meaning.args if meaning.is_Add else ():
            sign, name = term.as_coeff_Mul()
            if name.is_Symbol and abs(sign) == 1 and name not in (rest := meaning - term).free_symbols:
                yield name, sign * (symbol - rest)


def as_written(sympy: Any, expression: Any, formula: Any) -> str:
    """Return a factored expression as text, with the sums that are in the formula as they are written there.

    >>> sympy = __import__("pytest").importorskip("sympy")
    >>> y, t, x = sympy.symbols("y t x", real=True)
    >>> hand = (y - t) * (1 - y**2)
    >>> as_written(sympy, sympy.factor(hand - hand * x), hand)
    '(1 - x)*(1 - y**2)*(y - t)'
    """
    coefficient, rest = expression.as_coeff_Mul()
    powers, sign = _powers(rest)
    coefficient *= sign
    found = []
    for written in sorted(formula.atoms(sympy.Add), key=lambda a: (-a.count_ops(), str(a))):
        own, parts = factored(sympy, written).as_coeff_Mul()
        needed, sign = _powers(parts)
        count = _times_in(powers, needed)
        if count:
            if abs(own) != 1 and parts.is_Add:  # SymPy puts the 2 of 2(y − t) inside
                written, own = written / abs(own), own / abs(own)
            if all(term.could_extract_minus_sign() for term in written.args):
                written, own = -written, -own
            found.append(written**count)
            coefficient /= (own * sign) ** count
            for base, exponent in needed.items():
                powers[base] -= count * exponent
    left = []
    for base, exponent in _merged(sympy, powers).items():
        if (common := _common(sympy, base)) != 1:  # 100·x − 183 as x − 1.83
            base, coefficient = sympy.expand(base / common), coefficient * common**exponent
        if coefficient < 0 and base.is_Add and exponent % 2 == 1:
            base, coefficient = -base, -coefficient
        left.append(base**exponent)
    product = sympy.Mul(*left, *found)
    if coefficient != 1:
        product = sympy.Mul(coefficient, product, evaluate=False) if product.is_Add else coefficient * product
    return _printed(product)


def _common(sympy: Any, base: Any) -> Any:
    """Return the number by which all terms of a sum are multiplied but the constant; 1 if they differ."""
    constant, rest = base.as_coeff_Add() if base.is_Add else (0, base)
    numbers = {abs(term.as_coeff_Mul()[0]) for term in sympy.Add.make_args(rest)}
    return numbers.pop() if constant and len(numbers) == 1 else sympy.Integer(1)


def _powers(product: Any) -> tuple[dict[Any, Any], int]:
    """Return the bases of a product with their exponents, sums with a plus first, and the sign that this leaves."""
    found: dict[Any, Any] = {}
    sign = 1
    for base, exponent in product.as_powers_dict().items():
        if base.is_Add and base.could_extract_minus_sign() and exponent.is_Integer:
            base = -base
            sign *= -1 if exponent % 2 else 1
        found[base] = found.get(base, 0) + exponent
    return found, sign


def _merged(sympy: Any, powers: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a product with (x − 1)(x + 1) as x² − 1, wherever two sums make one of two terms."""
    found = {base: exponent for base, exponent in powers.items() if exponent}
    sums = [base for base in found if base.is_Add]
    for i, first in enumerate(sums):
        for second in sums[i + 1 :]:
            if found.get(first) == found.get(second) == 1:
                both = sympy.expand(first * second)
                if len(both.args) == 2:
                    del found[first], found[second]
                    found[both] = found.get(both, 0) + 1
    return found


def _times_in(powers: Mapping[Any, Any], needed: Mapping[Any, Any]) -> int:
    """Return how many times a sum is a factor, by its own factors; negative below the line, 0 if not at all."""
    counts = set()
    for base, exponent in needed.items():
        there = powers.get(base, 0)
        if not (getattr(there, "is_Integer", isinstance(there, int)) and exponent == 1 and there):
            return 0
        counts.add(int(there))
    least, most = min(counts, default=0), max(counts, default=0)
    return least if least > 0 else most if most < 0 else 0


def _printed(expression: Any) -> str:
    from sympy.printing.str import StrPrinter

    class Written(StrPrinter):  # type: ignore[misc]  # SymPy has no types
        """Sums begin with what is added, and functions are called as in formulas."""

        def _as_ordered_terms(self, expr: Any, order: Any = None) -> Any:
            return sorted(super()._as_ordered_terms(expr, order), key=lambda term: term.could_extract_minus_sign())

        def _print_Heaviside(self, expr: Any) -> str:
            return f"1[{self._print(expr.args[0])} > 0]"

        def _print_Rational(self, expr: Any) -> str:
            return f"{float(expr):g}" if expr.q > 10 and 10**6 % expr.q == 0 else str(super()._print_Rational(expr))

        def _print_Abs(self, expr: Any) -> str:
            return f"abs({self._print(expr.args[0])})"

        def _print_KroneckerDelta(self, expr: Any) -> str:
            return f"1[{self._print(expr.args[0])} = {self._print(expr.args[1])}]"

    return str(Written().doprint(expression))
