"""The oracle: the value rules of the table on exact numbers, differentiated without the table's partials.

A `Jet` is a number in mpmath with its slopes by chosen inputs. Only value rules run on Jets; the derivatives of the
atoms stand here a second time, written independently and themselves held against `mpmath.diff`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

from microgradx.primitives import Arithmetic, Primitive

EPS = mpf(2) ** -53
TINIEST = mpf(2) ** -1074


class Jet:
    """A number and its slopes, as a dictionary input → derivative.

    >>> (Jet(3.0, {0: 1.0}) * 2.0).slopes
    {0: mpf('2.0')}
    """

    __slots__ = ("slopes", "value")

    def __init__(self, value: Any, slopes: dict[int, Any] | None = None) -> None:
        self.value = mpf(value)
        self.slopes = slopes or {}

    def __add__(self, other: Any) -> Jet:
        y = jet(other)
        return chain(self.value + y.value, (1, self), (1, y))

    def __sub__(self, other: Any) -> Jet:
        y = jet(other)
        return chain(self.value - y.value, (1, self), (-1, y))

    def __mul__(self, other: Any) -> Jet:
        y = jet(other)
        return chain(self.value * y.value, (y.value, self), (self.value, y))

    def __truediv__(self, other: Any) -> Jet:
        y = jet(other)
        return chain(self.value / y.value, (1 / y.value, self), (-self.value / y.value**2, y))

    def __rsub__(self, other: Any) -> Jet:
        return jet(other) - self

    def __rtruediv__(self, other: Any) -> Jet:
        return jet(other) / self

    def __pow__(self, other: Any) -> Jet:
        return _pow(self, other)

    def __neg__(self) -> Jet:
        return chain(-self.value, (-1, self))

    __radd__ = __add__
    __rmul__ = __mul__


def jet(x: Any) -> Jet:
    """Return x as a Jet; a plain number has no slopes."""
    return x if isinstance(x, Jet) else Jet(x)


def chain(value: Any, *terms: tuple[Any, Jet]) -> Jet:
    """Return the Jet with this value whose slopes are Σ partial · slope over the terms (partial, operand)."""
    slopes: dict[int, Any] = {}
    for partial, x in terms:
        for i, slope in x.slopes.items():
            slopes[i] = slopes.get(i, mpf(0)) + partial * slope
    return Jet(value, slopes)


def _unary(f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Any], Jet]:
    def on_jet(x: Any) -> Jet:
        x = jet(x)
        return chain(f(x.value), (slope(x.value), x)) if x.slopes else Jet(f(x.value))

    return on_jet


def _pow(x: Any, y: Any) -> Jet:
    x, y = jet(x), jet(y)
    z = x.value**y.value
    terms = []
    if x.slopes:
        terms.append((y.value * x.value ** (y.value - 1) if y.value != 0 else mpf(0), x))
    if y.slopes:
        terms.append((z * mp.log(x.value) if x.value != 0 else mpf(0), y))
    return chain(z, *terms)


def _sign(x: Any) -> Jet:
    return Jet(mp.sign(jet(x).value))


def _extremum(pick: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Jet]:
    def on_jets(xs: Sequence[Any]) -> Jet:
        jets = [jet(x) for x in xs]
        z = pick(x.value for x in jets)
        ties = [x for x in jets if x.value == z]
        return chain(z, *((mpf(1) / len(ties), x) for x in ties))

    return on_jets


JETS = Arithmetic(
    {
        "exp": _unary(mp.exp, mp.exp),
        "expm1": _unary(mp.expm1, mp.exp),
        "log": _unary(mp.log, lambda x: 1 / x),
        "log1p": _unary(mp.log1p, lambda x: 1 / (1 + x)),
        "sin": _unary(mp.sin, mp.cos),
        "cos": _unary(mp.cos, lambda x: -mp.sin(x)),
        "tanh": _unary(mp.tanh, lambda x: mp.sech(x) ** 2),
        "sqrt": _unary(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
        "pow": _pow,
        "abs": _unary(abs, mp.sign),
        "sign": _sign,
        "step": lambda x: Jet(jet(x).value > 0),
        "equal": lambda x, y: Jet(jet(x).value == jet(y).value),
        "select": lambda condition, x, y: jet(x) if jet(condition).value != 0 else jet(y),
        "max": _extremum(max),
        "min": _extremum(min),
    }
)
"""Every row of the table on Jets, or on plain numbers."""


def flat(p: Primitive, operands: Sequence[Any]) -> list[Any]:
    """Return the scalars among the operands, blocks opened."""
    return [x for block in operands for x in block] if p.blocks else list(operands)


def shaped(p: Primitive, operands: Sequence[Any], scalars: Sequence[Any]) -> list[Any]:
    """Return the scalars in the shape of the operands: the inverse of `flat`."""
    rest = iter(scalars)
    return [tuple(next(rest) for _ in block) for block in operands] if p.blocks else list(rest)


def row_on_jets(p: Primitive, operands: Sequence[Any]) -> list[Any]:
    """Return [z, ∂z/∂x₁, ∂z/∂x₂, …] at the precision in force, differentiated from the row's value rule."""
    jets = [Jet(x, {i: mpf(1)}) for i, x in enumerate(flat(p, operands))]
    if p.name == "detach":  # the one row whose slope is not that of its value, on purpose
        return [jets[0].value, mpf(0)]
    z = jet(p.value(JETS, *shaped(p, operands, jets)))
    return [z.value, *(z.slopes.get(i, mpf(0)) for i in range(len(jets)))]


def same(a: Any, b: Any) -> bool:
    """Return whether two numbers of mpmath agree to 80 bits, or are both as good as 0 for a float."""
    return bool(abs(a - b) <= abs(b) / 2**80 or max(abs(a), abs(b)) < TINIEST / 2**99)


def agreed(compute: Callable[[], list[Any]], bits: int = 160) -> list[Any]:
    """Return compute() at a precision that doubling changes no more: an oracle may cancel too.

    >>> agreed(lambda: [(mpf(1) + mpf(2) ** -300) - 1])[0] == mpf(2) ** -300
    True
    """
    before: list[Any] = []
    while bits <= 1 << 15:
        with mp.workprec(bits):
            now = compute()
        if before and all(map(same, before, now)):
            return now
        before, bits = now, 2 * bits
    raise ArithmeticError(f"no two precisions agree: {before}")


def exact(p: Primitive, operands: Sequence[Any]) -> list[Any]:
    """Return [z, ∂z/∂x₁, …] of a row at these numbers, right to at least 80 bits.

    >>> from microgradx.primitives import row
    >>> [float(x) for x in exact(row("mul"), (2.0, 3.0))]
    [6.0, 3.0, 2.0]
    """
    found = agreed(lambda: row_on_jets(p, operands))
    if p.expanded is not None and operands == (0.0,):  # a stable form in e^−|x| has kinks there, which cancel
        return [found[0], derivative(p, operands, [1])]
    return found


def derivative(p: Primitive, operands: Sequence[Any], orders: Sequence[int]) -> Any:
    """Return the mixed derivative of these orders by `mpmath.diff`, in steps far below the operands."""

    def f(*scalars: Any) -> Any:
        return jet(p.value(JETS, *shaped(p, operands, scalars))).value

    scalars = flat(p, operands)
    with mp.workprec(320 - 2 * min(math.frexp(x)[1] for x in scalars)):
        return mp.diff(f, tuple(map(mpf, scalars)), tuple(orders))
