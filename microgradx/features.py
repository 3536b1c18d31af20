"""Features that are chosen by hand, Φ(x), to stand before a linear unit; a hidden layer learns its own.

Each is a module without parameters: it takes a row of inputs and returns a list of features, of numbers of any kind.
The constant 1 is no feature here, since a unit has its bias.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import combinations_with_replacement
from operator import mul
from typing import Any

from .errors import ShapeError
from .functions import exp, step
from .functions import sum as total
from .module import Module
from .numbers import listed

__all__ = ["Polynomial", "Radial", "Steps"]


def __dir__() -> list[str]:
    return __all__


class Polynomial(Module):
    """All products of at most `degree` inputs: x, x², x³, … of one input; x₁, x₂, x₁², x₁x₂, x₂², … of two.

    ValueError unless the degree is a whole number of at least 1.

    >>> Polynomial(3)([2.0]), Polynomial(2)([2.0, 5.0])
    ([2.0, 4.0, 8.0], [2.0, 5.0, 4.0, 10.0, 25.0])
    """

    def __init__(self, degree: int) -> None:
        if isinstance(degree, bool) or not isinstance(degree, int) or degree < 1:
            raise ValueError(f"the degree of a polynomial is a whole number of at least 1, not {degree!r}")
        self.degree = degree

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        xs = listed(x)
        return [reduce(mul, each) for n in range(1, self.degree + 1) for each in combinations_with_replacement(xs, n)]

    def describe(self) -> str:
        """Return the degree in one line."""
        return f"Polynomial({self.degree})"


class Steps(Module):
    """Step functions of one input, 𝟙[x > c] for each threshold c: what hard-threshold units with the weight 1 compute.

    ValueError for no thresholds, or for one that is no finite number; ShapeError for more than one input.

    >>> Steps([0.0, 1.0])([0.5])
    [1.0, 0.0]
    """

    def __init__(self, thresholds: Iterable[float]) -> None:
        self.thresholds = _finite("a threshold", thresholds)

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        (single,) = _row(x, 1)
        return [step(single - c) for c in self.thresholds]

    def describe(self) -> str:
        """Return how many steps there are."""
        return f"Steps({len(self.thresholds)} thresholds)"


class Radial(Module):
    """Bells around centres, exp(−‖x − c‖²/(2s²)) for each centre c, all of one width s, in the units of x.

    Centres are rows like x, or plain numbers for one input. ValueError for no centres, numbers that are not finite,
    or a width that is not above 0; ShapeError for rows of different lengths.

    >>> Radial([[0.0, 0.0], [1.0, 1.0]], width=0.5)([1.0, 1.0])
    [0.01831563888873418, 1.0]
    """

    def __init__(self, centres: Sequence[Any], *, width: float = 1.0) -> None:
        self.centres = [_finite("a centre", c if hasattr(c, "__len__") else [c]) for c in centres]
        if not self.centres:
            raise ValueError("radial features need at least one centre")
        (self.width,) = _finite("the width", [width])
        if not self.width > 0.0:
            raise ValueError(f"the width of radial features is above 0, not {width!r}")
        for c in self.centres:
            _row(c, len(self.centres[0]))

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        xs = _row(x, len(self.centres[0]))
        squares = [total([(xᵢ - cᵢ) ** 2 for xᵢ, cᵢ in zip(xs, c, strict=True)]) for c in self.centres]
        return [exp(-square / (2.0 * self.width**2)) for square in squares]

    def describe(self) -> str:
        """Return how many centres there are, and the width."""
        return f"Radial({len(self.centres)} centres, width {self.width:g})"


def _row(x: Iterable[Any], inputs: int) -> list[Any]:
    xs = listed(x)
    if len(xs) != inputs:
        raise ShapeError(f"these features are of {inputs} input{'s' if inputs > 1 else ''}, but a row has {len(xs)}")
    return xs


def _finite(name: str, numbers: Iterable[float]) -> list[float]:
    found = [float(x) for x in numbers]
    for x in found:
        if not math.isfinite(x):
            raise ValueError(f"{name} is a finite number, not {x!r}")
    if not found:
        raise ValueError(f"there is no number given for {name}")
    return found
