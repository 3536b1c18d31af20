"""Every row at the special numbers, every pair of them: infinities, NaN, both zeros, subnormals and very large ones."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from microgradx import DomainError, Value, apply
from microgradx.primitives import TABLE, Primitive

from .checks import check_partials, check_value, graph
from .oracle import flat, shaped
from .test_edges import same, slopes

INF, NAN = math.inf, math.nan
GRID = (-1.3, 0.49, 0.99, 1.01, INF, -INF, NAN, 0.0, -0.0, 5e-324, 1e20, -1e20)

OUTSIDE = {
    "log": lambda x: x <= 0,
    "log1p": lambda x: x <= -1,
    "sqrt": lambda x: x < 0,
    "div": lambda x, y: y == 0,
    "pow": lambda x, y: math.isfinite(x) and math.isfinite(y) and (x == 0 > y or (x < 0 and y != math.floor(y))),
}
"""Where a row is not defined. Infinite bases and exponents of pow follow the C standard, as `math.pow` does."""

AT_INFINITY = {
    "pos": ((-INF, 1), (INF, 1)),
    "neg": ((INF, -1), (-INF, -1)),
    "detach": ((-INF, 0), (INF, 0)),
    "abs": ((INF, -1), (INF, 1)),
    "exp": ((0, 0), (INF, INF)),
    "expm1": ((-1, 0), (INF, INF)),
    "log": (None, (INF, 0)),
    "log1p": (None, (INF, 0)),
    "sqrt": (None, (INF, 0)),
    "sin": ((NAN, NAN), (NAN, NAN)),
    "cos": ((NAN, NAN), (NAN, NAN)),
    "tanh": ((-1, 0), (1, 0)),
    "sigmoid": ((0, 0), (1, 0)),
    "logistic_density": ((0, 0), (0, 0)),
    "softplus": ((0, 0), (INF, 1)),
    "gaussian": ((0, 0), (0, 0)),
    "relu": ((0, 0), (INF, 1)),
    "step": ((0, 0), (1, 0)),
    "sign": ((-1, 0), (1, 0)),
}
"""Value and slope of the rows of one number at −inf and at +inf: their limits, NaN where there is none."""


def power_slopes(x: Any, y: Any) -> tuple[Any, Any]:
    """Return y·x^(y−1) and x^y·log x with 0 at y = 0 and at x = 0, by NumPy's IEEE arithmetic."""
    return (y * x ** (y - 1) if y != 0 else 0.0), (x**y * np.log(x) if x != 0 else 0.0)


BY_FORMULA = {
    "add": lambda x, y: (x + y, 1, 1),
    "sub": lambda x, y: (x - y, 1, -1),
    "mul": lambda x, y: (x * y, y, x),
    "div": lambda x, y: (x / y, 1 / y, -(x / y) / y),
    "pow": lambda x, y: (x**y, *power_slopes(x, y)),
    "leaky_relu": lambda x, y: (x, 1 + 0 * x, 0) if not x <= 0 and x != INF else (x, 1, 0) if x > 0 else (y * x, y, x),
    "equal": lambda x, y: (float(x == y), 0, 0),
}
"""Value and slopes of the rows of two numbers by IEEE arithmetic, for infinite and NaN operands and at poles."""


def extremum(z: float, x: float, y: float) -> tuple[float, float, float]:
    """Return the extremum and who attains it: both share a tie, and NaN wins and spreads."""
    if x != x or y != y:
        return NAN, NAN, NAN
    return z, (x == z) / ((x == z) + (y == z)), (y == z) / ((x == z) + (y == z))


def log_of_sum(x: float, y: float) -> tuple[float, float, float]:
    """Return the limits: −inf is e⁰'s absence, and two infinite terms, or a NaN, leave the shares undefined."""
    if x == -INF < y < INF:
        return y, 0.0, 1.0
    if y == -INF < x < INF:
        return x, 1.0, 0.0
    return x + y if x != x or y != y else max(x, y), NAN, NAN


OF_BLOCKS = {
    "sum": lambda x, y: ([(x, y)], (x + y, 1.0, 1.0)),
    "dot": lambda x, y: ([(x,), (y,)], (x * y, y, x)),
    "affine": lambda x, y: ([(x, 1.0), (y,)], (x * y + 1.0, y, 1.0, x)),
    "max": lambda x, y: ([(x, y)], extremum(max(x, y), x, y)),
    "min": lambda x, y: ([(x, y)], extremum(min(x, y), x, y)),
    "logsumexp": lambda x, y: ([(x, y)], log_of_sum(x, y)),
}
"""Two numbers as blocks, and value and slopes where one of them is infinite or NaN."""


def check(p: Primitive, operands: tuple[Any, ...], value: float, expected: list[float]) -> None:
    """The node has this value, and these slopes by each way that there is to a derivative."""
    _, v = graph(p, operands)
    assert same(v.data, value), f"{p.name}{operands}: {v.data}, not {value}"
    for way, actual in slopes(lambda x: apply(p, *shaped(p, operands, x)), flat(p, operands)).items():
        if way != "jvp" or all(map(math.isfinite, expected)):  # a sum of slopes would be inf·0 here, and is NaN
            assert all(map(same, actual, expected)), f"{p.name}{operands} by {way}: {actual}, not {expected}"


def check_exactly(p: Primitive, operands: tuple[Any, ...]) -> None:
    """The node and its slopes are the rounded exact ones, and each way to a derivative gives the same."""
    check_value(p, operands)
    check_partials(p, operands)
    ways = slopes(lambda x: apply(p, *shaped(p, operands, x)), flat(p, operands))
    assert all(same(a, e) for found in ways.values() for a, e in zip(found, ways["grad"], strict=True)), (p.name, ways)


UNARY = [p for p in TABLE if p.name in AT_INFINITY]
BINARY = [p for p in TABLE if p.name in BY_FORMULA]
BLOCKS = [p for p in TABLE if p.name in OF_BLOCKS]
PAIRS = pytest.mark.parametrize(("x", "y"), list(itertools.product(GRID, GRID)))


@pytest.mark.parametrize("x", GRID)
@pytest.mark.parametrize("p", UNARY, ids=lambda p: p.name)
def test_row_of_one_number_on_the_grid(p: Primitive, x: float) -> None:
    """A row of one number gives its exact value and slope, its limits at infinity, NaN at NaN, or a DomainError."""
    if p.name in OUTSIDE and OUTSIDE[p.name](x):
        with pytest.raises(DomainError):
            apply(p, Value(x))
    elif math.isinf(x):
        value, slope = AT_INFINITY[p.name][x > 0]
        check(p, (x,), value, [slope])
    elif x != x:
        constant = {"pos": 1.0, "neg": -1.0, "step": 0.0, "sign": 0.0, "detach": 0.0}
        check(p, (x,), NAN, [constant.get(p.name, NAN)])
    elif (p.name, x) == ("sqrt", 0.0):
        check(p, (x,), 0.0, [INF])
    else:
        check_exactly(p, (x,))


@PAIRS
def test_rows_of_two_numbers_on_the_grid(x: float, y: float) -> None:
    """A row of two numbers gives its exact value and slopes, what IEEE arithmetic says, or a DomainError."""
    for p in BINARY:
        if p.name in OUTSIDE and OUTSIDE[p.name](x, y):
            with pytest.raises(DomainError):
                apply(p, Value(x), Value(y))
        elif p.name == "pow" and (x, y) == (5e-324, 5e-324):
            check(p, (x, y), 1.0, [INF, math.log(5e-324)])  # y·x^(y−1) overflows on the way to 1
        elif math.isfinite(x) and math.isfinite(y) and not (p.name == "pow" and x <= 0):
            check_exactly(p, (x, y))
        else:
            with np.errstate(all="ignore"):
                value, *expected = map(float, BY_FORMULA[p.name](np.float64(x), np.float64(y)))
            check(p, (x, y), value, expected)


@PAIRS
def test_rows_over_blocks_on_the_grid(x: float, y: float) -> None:
    """A row over blocks gives its exact value and slopes, and what IEEE arithmetic says at infinity and NaN."""
    for p in BLOCKS:
        operands, (value, *expected) = OF_BLOCKS[p.name](x, y)
        if math.isfinite(x) and math.isfinite(y):
            check_exactly(p, tuple(operands))
        else:
            check(p, tuple(operands), value, expected)
