"""Small data sets to learn on: measured ones, and ones drawn from a seed.

Each function returns (X, y): X is a list of rows of floats, y a list with one entry a row. Classes are ints from 0
(for a hinge loss write 2*c - 1). Points that are drawn come in random order, with as many of each class as n allows;
the same seed gives the same points. Only `names` are words.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from importlib import import_module, resources
from typing import Any

from .preparation import split as split
from .preparation import standardize as standardize
from .words import names as names

__all__ = ["circles", "digits", "iris", "linear", "mcycle", "moons", "names", "spiral", "split", "standardize", "xor"]


def __dir__() -> list[str]:
    return __all__


Rows = list[list[float]]
Numbers = list[float]
Classes = list[int]


def mcycle() -> tuple[Rows, Numbers]:
    """Return 133 motorcycle crash measurements: X is the time in ms after impact, y the head's acceleration in g.

    Some times occur more than once, and the spread changes with time (Silverman 1985, J. R. Statist. Soc. B 47, 1–52).

    >>> X, y = mcycle()
    >>> len(X), X[1], y[1]
    (133, [2.6], -1.3)
    """
    lines = resources.files(__package__).joinpath("data/mcycle.csv").read_text(encoding="ascii").split()[1:]
    pairs = [[float(number) for number in line.split(",")] for line in lines]
    return [[time] for time, _ in pairs], [acceleration for _, acceleration in pairs]


def xor() -> tuple[Rows, Classes]:
    """Return the corners of the unit square and x₁ XOR x₂, which no linear classifier represents (CSC 311, lecture 4).

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    return [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def linear(n: int = 100, *, noise: float = 0.0, margin: float = 0.1, seed: int = 0) -> tuple[Rows, Classes]:
    """Return n points of [−1, 1]², of class 1 where x₁ + x₂ > 0: a straight line separates the classes.

    Each point is then moved away from that line by `margin`, and by Gaussian noise of standard deviation `noise`.
    ValueError if n < 2, or noise or margin is negative.

    >>> X, y = linear(50)
    >>> all((x[0] + x[1] > 0) == (c == 1) for x, c in zip(X, y))
    True
    """
    _not_negative("margin", margin)

    def place(c: int, t: float, rng: random.Random) -> list[float]:
        x = [rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)]
        side = 1.0 if c else -1.0
        mirror = math.copysign(1.0, x[0] + x[1]) * side  # a point on the wrong side goes through the origin
        return [mirror * xᵢ + side * margin / math.sqrt(2.0) for xᵢ in x]

    return _draw(place, n, 2, noise, seed)


def moons(n: int = 100, *, noise: float = 0.1, seed: int = 0) -> tuple[Rows, Classes]:
    """Return n points on two half circles that reach into each other: (cos t, sin t) and (1 − cos t, ½ − sin t).

    Gaussian noise of standard deviation `noise` is added. The curves are those of scikit-learn's `make_moons`.
    ValueError if n < 2 or noise is negative.

    >>> X, y = moons(100, noise=0.1, seed=1)
    >>> len(X), len(X[0]), sum(y)
    (100, 2, 50)
    """

    def place(c: int, t: float, rng: random.Random) -> list[float]:
        x = [math.cos(math.pi * t), math.sin(math.pi * t)]
        return [1.0 - x[0], 0.5 - x[1]] if c else x

    return _draw(place, n, 2, noise, seed)


def circles(n: int = 100, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> tuple[Rows, Classes]:
    """Return n points on two circles about the origin: class 0 of radius 1, class 1 of radius `factor`.

    Gaussian noise of standard deviation `noise` is added. ValueError if n < 2, noise is negative, or factor is not
    between 0 and 1.

    >>> X, y = circles(10, noise=0.0)
    >>> {c: round(math.hypot(*x), 12) for x, c in zip(X, y)} == {0: 1.0, 1: 0.5}
    True
    """
    if not 0.0 < factor < 1.0:
        raise ValueError(f"the inner circle's radius is a factor between 0 and 1, not {factor!r}")

    def place(c: int, t: float, rng: random.Random) -> list[float]:
        radius, angle = factor if c else 1.0, 2.0 * math.pi * t
        return [radius * math.cos(angle), radius * math.sin(angle)]

    return _draw(place, n, 2, noise, seed)


def spiral(
    n: int = 150, *, classes: int = 3, turns: float = 0.75, noise: float = 0.02, seed: int = 0
) -> tuple[Rows, Classes]:
    """Return n points on as many spiral arms as there are classes: radius t in [0, 1], angle 2π(turns·t + c/classes).

    Gaussian noise of standard deviation `noise` is added. ValueError if classes < 2, n < classes, or noise is
    negative.

    >>> X, y = spiral(9, noise=0.0)
    >>> sorted(y), max(math.hypot(*x) for x in X) <= 1.0
    ([0, 0, 0, 1, 1, 1, 2, 2, 2], True)
    """
    _whole("the number of classes", classes, 2)

    def place(c: int, t: float, rng: random.Random) -> list[float]:
        angle = 2.0 * math.pi * (turns * t + c / classes)
        return [t * math.cos(angle), t * math.sin(angle)]

    return _draw(place, n, classes, noise, seed)


def iris() -> tuple[Rows, Classes]:
    """Return Fisher's 150 irises: X is sepal length, sepal width, petal length and petal width, in cm.

    Classes: 0 setosa, 1 versicolor, 2 virginica, 50 of each in this order. The copy is scikit-learn's; ImportError
    without it.

    >>> X, y = iris()
    >>> X[0], y[0], y[-1]
    ([5.1, 3.5, 1.4, 0.2], 0, 2)
    """
    return _from_scikit_learn("load_iris")


def digits() -> tuple[Rows, Classes]:
    """Return 1797 handwritten digits of 8×8 pixels: X is 64 intensities from 0 to 16, row by row.

    Classes are the digits 0 to 9. The copy is scikit-learn's; ImportError without it.

    >>> X, y = digits()
    >>> len(X), len(X[0]), y[:4]
    (1797, 64, [0, 1, 2, 3])
    """
    return _from_scikit_learn("load_digits")


def _draw(
    place: Callable[[int, float, random.Random], list[float]], n: int, classes: int, noise: float, seed: int
) -> tuple[Rows, Classes]:
    """Return n points in random order: place(class, t, generator) and noise, with t spread evenly over (0, 1)."""
    _whole("the number of points, with one of each class,", n, classes)
    _not_negative("noise", noise)
    rng = random.Random(seed)
    points = []
    for c in range(classes):
        count = len(range(c, n, classes))
        for i in range(count):
            x = place(c, (i + 0.5) / count, rng)
            points.append(([xᵢ + rng.gauss(0.0, noise) for xᵢ in x], c))
    rng.shuffle(points)
    return [x for x, _ in points], [c for _, c in points]


def _whole(name: str, n: Any, least: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or n < least:
        raise ValueError(f"{name} is a whole number of at least {least}, not {n!r}")


def _not_negative(name: str, x: float) -> None:
    if not 0.0 <= x < math.inf:
        raise ValueError(f"{name} is a finite number of at least 0, not {x!r}")


def _from_scikit_learn(loader: str) -> tuple[Rows, Classes]:
    try:
        found = getattr(import_module("sklearn.datasets"), loader)()
    except ImportError as error:
        raise ImportError(
            'this data set comes with scikit-learn; install it: python -m pip install "microgradx[data]"'
        ) from error
    return found.data.tolist(), found.target.tolist()
