"""Expressions in LaTeX: as few parentheses as the eye needs, fractions, ½ in front, long sums cut in the middle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isfinite, isnan
from string import Formatter
from typing import NamedTuple

from .algebra import Call, Name, Number, Product, Sum, Symbolic
from .exact import Exact

SUM, PREFIX, PRODUCT, POWER, ATOM = range(5)
"""How tightly a formula holds together: a + b, log y, a b, e^x, y."""

LONGEST_SUM = 7
"""The most terms of a sum that are written; of more the first three and the last."""


class Piece(NamedTuple):
    """A formula in LaTeX, and how tightly it holds together."""

    tex: str
    level: int

    def within(self, level: int) -> str:
        """Return it as part of a formula of that level, in parentheses if need be."""
        return self.tex if self.level >= level else rf"\left({self.tex}\right)"


class Writer:
    """Writes expressions; `name` says how a name is written, and `times` what stands between factors."""

    def __init__(self, name: Callable[[Name], Piece] | None = None, times: str = r"\,") -> None:
        self.name = name or (lambda x: Piece(x.tex, level_of(x)))
        self.times = times

    def __call__(self, x: Symbolic) -> str:
        """Return the expression in LaTeX.

        >>> y, t = Name("y", "y"), Name("t", "t")
        >>> Writer()(0.5 * (y - t) ** 2), Writer()(2 * y / t)
        ('\\\\tfrac{1}{2}\\\\left(y - t\\\\right)^{2}', '\\\\frac{2\\\\,y}{t}')
        """
        return self.piece(x).tex

    def piece(self, x: Symbolic) -> Piece:
        """Return the expression in LaTeX, with its level."""
        if isinstance(x, Number):
            return number(x.exact)
        if isinstance(x, Name):
            return self.name(x)
        if isinstance(x, Sum):
            return Piece(self._sum(x.terms), SUM)
        return self._product(x) if isinstance(x, Product) else self._call(x)

    def _sum(self, terms: Sequence[Symbolic]) -> str:
        left_out = len(terms) - 4 if len(terms) > LONGEST_SUM else 0
        written = ""
        for i, term in enumerate(terms):
            if left_out and i == 3:
                written += rf" + \underbrace{{\cdots}}_{{{left_out}}}"
            if left_out and 3 <= i < len(terms) - 1:
                continue
            piece = self.piece(term)
            if piece.tex.startswith("-") and (not i or not isinstance(term, Name)):
                written += f" - {piece.tex[1:]}" if i else piece.tex
            else:
                written += f" + {piece.within(PREFIX)}" if i else piece.within(PREFIX)
        return written

    def _product(self, x: Product) -> Piece:
        minus = "-" if x.coefficient < 0 else ""
        coefficient = abs(x.coefficient)
        above = [(base, n) for base, n in x.factors if not n < 0]  # NaN too
        below = [(base, -n) for base, n in x.factors if n < 0]
        if not below:
            if coefficient == 1 and len(above) == 1:
                piece = self._power(*above[0], PREFIX if minus else SUM)
                return Piece(minus + piece.tex, SUM if minus else piece.level)
            written = self._factors(above, coefficient != 1)
            if coefficient != 1:
                front = number(coefficient).tex
                beside = written.startswith(r"\left(") or (self.times == r"\," and front.startswith(r"\tfrac"))
                joined = "" if beside else self.times
                written = f"{front}{joined}{written}"
            return Piece(minus + written, SUM if minus else PRODUCT)
        top, bottom = _ratio(coefficient)
        over = " ".join(filter(None, (top if top != "1" or not above else "", self._factors(above, bool(top != "1")))))
        over = over.replace(" ", self.times, 1) if top != "1" and above else over
        under = self._factors(below, bottom != "1")
        under = f"{bottom}{self.times}{under}" if bottom != "1" else under
        return Piece(rf"{minus}\frac{{{over}}}{{{under}}}", SUM if minus else ATOM - 1)

    def _factors(self, factors: Sequence[tuple[Symbolic, Exact]], beside: bool = False) -> str:
        """Return powers side by side; a prefix such as log y needs parentheses unless it is the last."""
        if len(factors) == 1 and not beside:
            return self._power(*factors[0], SUM).tex
        last = len(factors) - 1
        return self.times.join(
            self._power(b, n, PREFIX if i == last else PRODUCT).tex for i, (b, n) in enumerate(factors)
        )

    def _power(self, base: Symbolic, n: Exact, level: int) -> Piece:
        piece = self.piece(base)
        if n == 1:
            return Piece(piece.within(level), max(piece.level, level))
        return Piece(f"{piece.within(ATOM)}^{{{number(n).tex}}}", POWER)

    def _call(self, x: Symbolic) -> Piece:
        assert isinstance(x, Call)
        if x.p.name == "pow":
            base, exponent = map(self.piece, x.operands)
            return Piece(f"{base.within(ATOM)}^{{{exponent.tex}}}", POWER)
        written = ""
        parts = list(Formatter().parse(x.p.tex))
        for i, (before, slot, _, _) in enumerate(parts):
            written += before
            if slot is None:
                continue
            after = parts[i + 1][0] if i + 1 < len(parts) else ""
            operand = x.operands[int(slot)]
            if isinstance(operand, tuple):
                written += ", ".join(map(self, operand))
            else:
                closed = written.rstrip().endswith(("(", "{", "[", "|", "=")) and after.lstrip().startswith(_CLOSING)
                written += self.piece(operand).within(SUM if closed else POWER)
        return Piece(written, _level(x.p.tex))


def level_of(x: Name) -> int:
    """Return how tightly a name holds together: one that bears an index above, as W², does not bear a power too."""
    return POWER if "^" in x.tex else ATOM


_CLOSING = (")", "}", "]", "\\right", ">", "=")


def _level(template: str) -> int:
    """Return how tightly a row's formula holds together, as its template shows."""
    bare, depth = "", 0
    for c in template:
        depth += (c in "({[") - (c in ")}]")
        bare += c if not depth else ""
    if "+" in bare or "-" in bare:
        return SUM
    if "^" in bare:
        return POWER
    return ATOM if template.endswith((")", "]", "}", "|")) and " " not in bare else PREFIX


def number(x: Exact) -> Piece:
    r"""Return a number in LaTeX: ½ and ⅓ as fractions, 0.1 as a decimal, others to four digits.

    >>> from .exact import exact
    >>> [number(exact(x)).tex for x in (3, 0.5, 0.1, 0.123456789, 1e-20)]
    ['3', '\\tfrac{1}{2}', '0.1', '0.1235', '10^{-20}']
    """
    if isinstance(x, float) and not isfinite(x):
        return Piece(r"\mathrm{NaN}" if isnan(x) else r"\infty" if x > 0 else r"-\infty", ATOM if x > 0 else SUM)
    top, bottom = _ratio(abs(x))
    level = SUM if x < 0 else ATOM
    minus = "-" if x < 0 else ""
    return Piece(rf"{minus}\tfrac{{{top}}}{{{bottom}}}" if bottom != "1" else minus + top, level)


def decimal(x: float) -> str:
    """Return a float in LaTeX to four digits.

    >>> decimal(-0.26894142), decimal(1e-20)
    ('-0.2689', '10^{-20}')
    """
    if not isfinite(x):
        return number(x).tex
    mantissa, _, power = f"{x + 0.0:.4g}".partition("e")  # adding 0 makes −0 a 0
    if not power:
        return mantissa
    scale = f"10^{{{int(power)}}}"
    return {"1": scale, "-1": f"-{scale}"}.get(mantissa, rf"{mantissa} \cdot {scale}")


def float_piece(x: float) -> Piece:
    """Return a float in LaTeX to four digits, with its level: 2 · 10⁻⁹ is a product, 10⁻⁹ a power."""
    tex = decimal(x)
    return Piece(tex, SUM if x < 0 else PRODUCT if "cdot" in tex else POWER if "^" in tex else ATOM)


def _ratio(x: Exact) -> tuple[str, str]:
    """Return above and below of a positive number's fraction; below is 1 where a decimal is read more easily."""
    if isinstance(x, Fraction) and x.denominator < 1000 and x.numerator < 1000:
        if x.denominator == 1:
            return str(x.numerator), "1"
        short = len(f"{float(x):.12g}") <= 5
        if not short or (x.numerator == 1 and x.denominator in (2, 4, 8)):
            return str(x.numerator), str(x.denominator)
    if isinstance(x, Fraction) and x.denominator == 1 and x.numerator < 10**6:
        return str(x.numerator), "1"
    return decimal(Number(x).number), "1"
