"""Functions of one number, or of two: what is applied to each entry of a layer by itself."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import primitives as rows
from ..apply import apply
from ..engine import Value
from ..names import brief
from ..primitives import Primitive

N = TypeVar("N")  # float, Value or Dual: what goes in comes out


def _unary(p: Primitive, x: N) -> N:
    z: N = apply(p, x)
    return z


def exp(x: N) -> N:
    """Return eˣ; inf beyond the range of a float.

    >>> exp(0.0)
    1.0
    """
    return _unary(rows.exp, x)


def expm1(x: N) -> N:
    """Return eˣ − 1, exact near 0 too.

    >>> expm1(0.0)
    0.0
    """
    return _unary(rows.expm1, x)


def log(x: N) -> N:
    """Return the natural logarithm; DomainError unless x > 0.

    >>> log(1.0)
    0.0
    """
    return _unary(rows.log, x)


def log1p(x: N) -> N:
    """Return log(1 + x), exact near 0 too; DomainError unless x > −1.

    >>> log1p(0.0)
    0.0
    """
    return _unary(rows.log1p, x)


def sqrt(x: N) -> N:
    """Return √x; DomainError unless x ≥ 0, and its derivative at 0 is +inf.

    >>> sqrt(4.0)
    2.0
    """
    return _unary(rows.sqrt, x)


def sin(x: N) -> N:
    """Return sin x, x in radians.

    >>> sin(0.0)
    0.0
    """
    return _unary(rows.sin, x)


def cos(x: N) -> N:
    """Return cos x, x in radians.

    >>> cos(0.0)
    1.0
    """
    return _unary(rows.cos, x)


def tanh(x: N) -> N:
    """Return (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); its derivative stays right in saturation.

    >>> tanh(0.0)
    0.0
    """
    return _unary(rows.tanh, x)


def sigmoid(x: N) -> N:
    """Return σ(x) = 1/(1 + e⁻ˣ), the logistic function; right in both tails.

    >>> sigmoid(0.0)
    0.5
    """
    return _unary(rows.sigmoid, x)


def softplus(x: N) -> N:
    """Return log(1 + eˣ), the soft ReLU; finite for any x.

    >>> softplus(800.0)
    800.0
    """
    return _unary(rows.softplus, x)


def gaussian(x: N) -> N:
    """Return e^(−x²/2), the bell-shaped activation of the Ihler/Ng slides.

    >>> gaussian(0.0)
    1.0
    """
    return _unary(rows.gaussian, x)


def relu(x: N) -> N:
    """Return max(0, x); its derivative at 0 is 0, the subgradient of least norm.

    Lectures disagree: the Ihler/Ng slides take 0 there too, the notes of 6.390 take 1.

    >>> relu(-2.0)
    0.0
    """
    return _unary(rows.relu, x)


def step(x: N) -> N:
    """Return 1 if x > 0 else 0, the hard threshold; its derivative is 0 everywhere.

    >>> step(0.0)
    0.0
    """
    return _unary(rows.step, x)


def sign(x: N) -> N:
    """Return −1, 0 or 1 as x is negative, zero or positive; its derivative is 0 everywhere.

    >>> sign(-3.0)
    -1.0
    """
    return _unary(rows.sign, x)


def abs(x: N) -> N:
    """Return |x|; its derivative at 0 is 0.

    >>> abs(-2.0)
    2.0
    """
    return _unary(rows.absolute, x)


def pow(x: Any, y: Any) -> Any:
    """Return xʸ; DomainError where that is not a real number.

    (−inf)ʸ is what C's pow and `math.pow` have for it: inf for a y above 0 that is no whole number, 0 below.

    >>> pow(2.0, 3)
    8.0
    """
    return apply(rows.power, x, y)


def leaky_relu(x: N, slope: float = 0.01) -> N:
    """Return x if x > 0 else slope·x, which keeps a gradient where ReLU is dead.

    >>> leaky_relu(-2.0)
    -0.02
    """
    z: N = apply(rows.leaky_relu, x, slope)
    return z


def linear(x: N) -> N:
    """Return x itself: the identity activation.

    >>> linear(3.0)
    3.0
    """
    return x


def detach(x: N) -> N:
    """Return x as a constant: the same number, through which no error signal flows.

    >>> detach(2.0)
    2.0
    """
    return _unary(rows.detach, x)


def where(condition: bool, a: Any, b: Any) -> Any:
    """Return a if the condition holds, else b; each may be a callable, which is called only if taken.

    The branch not taken contributes nothing, not even where its own derivative is inf or NaN. In compiled code both
    are computed if they are numbers; callables, or anything else, are a branch as Python's if is. Since `==` of Values
    is identity, the condition that x is not 0 is written abs(x) > 0. TypeError for a Value as the condition.

    >>> x = Value(0.0)
    >>> where(x > 0, lambda: log(x), 0.0)
    0.0
    """
    if isinstance(condition, Value):
        raise TypeError(f"where needs a condition, not {brief(condition)}: compare it, as in where(x > 0, a, b)")
    if hasattr(condition, "_where"):  # of a trace
        return condition._where(a, b)
    taken = a if condition else b
    return taken() if callable(taken) else taken
