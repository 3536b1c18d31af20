"""Functions on any kind of number: floats give floats, Values record, Duals carry their tangents along.

Where PyTorch has a name, this is it. `sum`, `max`, `min` and `abs` take Python's names on purpose: each records one
node, whatever the number of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from . import primitives as rows
from .apply import apply
from .engine import Value
from .errors import ShapeError
from .primitives import Primitive

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


def sum(values: Iterable[Any]) -> Any:
    """Return Σ values as one node, added from left to right; 0.0 of nothing.

    >>> sum([0.1, 0.2, 0.3])
    0.6000000000000001
    """
    terms = tuple(values)
    return apply(rows.total, terms) if terms else 0.0


def dot(x: Iterable[Any], y: Iterable[Any]) -> Any:
    """Return Σ xᵢyᵢ as one node, added from left to right; 0.0 of nothing. ShapeError if the lengths differ.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    xs, ys = tuple(x), tuple(y)
    if len(xs) != len(ys):
        raise ShapeError(f"dot needs two sequences of one length, not {len(xs)} and {len(ys)}")
    return apply(rows.dot, xs, ys) if xs else 0.0


def max(*values: Any) -> Any:
    """Return the largest of the arguments, or of one sequence; ties share the derivative equally.

    >>> max(1.0, 3.0, 2.0), max([1.0, 3.0])
    (3.0, 3.0)
    """
    return apply(rows.maximum, _terms("max", values))


def min(*values: Any) -> Any:
    """Return the smallest of the arguments, or of one sequence; ties share the derivative equally.

    >>> min(1.0, 3.0, 2.0), min([1.0, 3.0])
    (1.0, 1.0)
    """
    return apply(rows.minimum, _terms("min", values))


def logsumexp(values: Iterable[Any]) -> Any:
    """Return log Σ e^xᵢ as one node, finite whenever the result is.

    >>> logsumexp([800.0, 800.0])
    800.6931471805599
    """
    return apply(rows.logsumexp, _terms("logsumexp", (tuple(values),)))


def log_softmax(values: Iterable[Any]) -> list[Any]:
    """Return the list xᵢ − log Σ e^xⱼ, the logarithms of `softmax`, finite for any finite x.

    >>> log_softmax([800.0, 0.0])
    [0.0, -800.0]
    """
    xs = _terms("log_softmax", (tuple(values),))
    shift = detach(max(xs))  # the differences keep digits that the sum of a large maximum would lose
    shifted = [x - shift for x in xs]
    total = logsumexp(shifted)
    return [x - total for x in shifted]


def softmax(values: Iterable[Any]) -> list[Any]:
    """Return the list e^xᵢ / Σ e^xⱼ: K probabilities that add up to 1.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    xs = _terms("softmax", (tuple(values),))
    shift = detach(max(xs))  # changes no value, but keeps every power in range
    e = [exp(x - shift) for x in xs]
    total = sum(e)
    return [eᵢ / total for eᵢ in e]


def where(condition: bool, a: Any, b: Any) -> Any:
    """Return a if the condition holds, else b; each may be a callable, which is called only if taken.

    The branch not taken contributes nothing, not even where its own derivative is inf or NaN. In compiled code both
    are computed if they are numbers; callables, or anything else, are a branch as Python's if is. Since `==` of Values
    is identity, the condition that x is not 0 is written abs(x) > 0.

    >>> x = Value(0.0)
    >>> where(x > 0, lambda: log(x), 0.0)
    0.0
    """
    if isinstance(condition, Value):
        raise TypeError(f"where needs a condition, not {condition!r}: compare it, as in where(x > 0, a, b)")
    if hasattr(condition, "_where"):  # of a trace
        return condition._where(a, b)
    taken = a if condition else b
    return taken() if callable(taken) else taken


def _terms(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    terms = tuple(values[0]) if len(values) == 1 and isinstance(values[0], Iterable) else tuple(values)
    if not terms:
        raise ValueError(f"{name} of no numbers is undefined; give it at least one")
    return terms
