"""The elementary functions of compiled code: errors in units of the last place, edges, machine code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from microgradx.compile.backends.llvm import error_free, exponential, logarithm, trigonometric
from microgradx.compile.backends.llvm.float_lanes import scale_by_bits
from microgradx.compile.backends.llvm.mathematics import FUNCTIONS
from microgradx.floats import EXTENDED, Extended

from .numpy_lanes import NumpyLanes, fused

LANES = (NumpyLanes(True), NumpyLanes(False))
INFINITY, NAN = math.inf, math.nan


@pytest.fixture(autouse=True)
def _quiet_and_precise() -> Iterator[None]:
    with np.errstate(all="ignore"), mp.workprec(200):
        yield


# Errors


# name, exact function, largest error in ulps; intervals, exponents and signs of the numbers where it is measured
# fmt: off
ACCURACY: list[Any] = [
    ("exp", mp.exp, 0.9, [(-0.4, 0.4), (-1.1, 1.1), (-745, 709.78), (-745.2, -708)], (-1074, 0), (-1, 1)),
    ("expm1", mp.expm1, 0.85, [(-0.4, 0.4), (0.34, 1.05), (-2, 2), (36, 38.5), (-45, 709.78)], (-1074, 0), (-1, 1)),
    ("tanh", mp.tanh, 0.7, [(-0.2, 0.2), (0.15, 1), (-22, 22), (18, 19.1)], (-1074, 0), (-1, 1)),
    ("log", mp.log, 0.85, [(0.5, 2), (0.7, 1.45), (1 - 1e-9, 1 + 1e-9), (1.4, 3)], (-1074, 1024), (1,)),
    ("log1p", mp.log1p, 0.82, [(-0.3, 0.45), (-1, 2), (0.4, 3), (-1e-9, 1e-9)], (-1074, 1024), (1,)),
    ("sin", mp.sin, 0.8, [(-0.8, 0.8), (-10, 10), (-(2.0**20), 2.0**20)], (-1074, 20), (-1, 1)),
    ("cos", mp.cos, 0.8, [(-0.8, 0.8), (-10, 10), (-(2.0**20), 2.0**20)], (-1074, 20), (-1, 1)),
]
# fmt: on
each_function = pytest.mark.parametrize("row", ACCURACY, ids=[row[0] for row in ACCURACY])


def _drawn(row: Any, n: int) -> Iterator[Any]:
    rng = np.random.default_rng(0)
    for low, high in row[3]:
        yield rng.uniform(low, high, n)
    low, high = row[4]
    yield 2.0 ** rng.uniform(low, high, n) * rng.choice(row[5], n)


def _errors(m: NumpyLanes, row: Any, n: int) -> list[float]:
    """Return the largest error of a function on each kind of number."""
    return [_ulps(m, row[0], row[1], x) for x in _drawn(row, n)]


def _ulps(m: NumpyLanes, name: str, exact: Any, *xs: Any) -> float:
    """Return the largest error in units of the last place, which below 2⁻¹⁰²² is 2⁻¹⁰⁷⁴."""
    results = np.asarray(FUNCTIONS[name].rule(m, *xs))
    worst = 0.0
    for result, *x in zip(results, *xs, strict=True):
        wanted = exact(*map(mpf, x))
        ulp = mpf(2) ** (max(mp.frexp(wanted)[1] - 53, -1074) if wanted else -1074)
        worst = max(worst, float(abs(mpf(float(result)) - wanted) / ulp))
    return worst


each_lanes = pytest.mark.parametrize("m", LANES, ids=("fused", "plain"))


@each_lanes
@each_function
def test_errors(m: NumpyLanes, row: Any) -> None:
    """Every function is within 1 ulp, and within its own smaller bound, on random numbers of every kind."""
    assert max(_errors(m, row, 3000)) <= row[2] <= 1.0


def _powers(rng: Any, n: int) -> Iterator[tuple[Any, Any]]:
    """Draw bases and exponents: both at random, and such that the power has a random logarithm, up to the largest."""
    yield rng.uniform(0, 10, n), rng.uniform(-20, 20, n)
    yield -rng.uniform(0, 10, n), rng.integers(-40, 40, n).astype(float)
    near_one = 1.0 + 2.0 ** rng.uniform(-52, -2, n) * rng.choice((-1, 1), n)
    for base in (rng.uniform(0, 10, n), near_one, 2.0 ** rng.uniform(-1074, 1024, n), rng.uniform(0.7, 1.42, n)):
        for low in (-745.0, 700.0):
            yield base, rng.uniform(low, 709.7, n) / np.log(base)


@each_lanes
def test_errors_of_pow(m: NumpyLanes) -> None:
    """Powers are within 0.9 ulp, from the smallest subnormal results to the largest finite ones."""
    for x, y in _powers(np.random.default_rng(0), 2000):
        some = np.isfinite(y) & (np.abs(y * np.log(np.abs(x))) < 709.7)
        assert _ulps(m, "pow", mp.power, x[some], y[some]) <= 0.9


@each_lanes
@pytest.mark.parametrize(("name", "exact"), [("sin", mp.sin), ("cos", mp.cos)])
def test_errors_next_to_multiples_of_a_right_angle(m: NumpyLanes, name: str, exact: Any) -> None:
    """The floats below the limit that lie nearest to multiples of π/2 lose no bit of their sine and cosine."""
    found = []
    for exponent in range(20):
        unit = mpf(2) ** (exponent - 52)
        rest, before, now = mp.pi / 2 / unit, (0, 1), (1, 0)  # convergents x/n of the continued fraction
        while now[0] * unit < trigonometric.LIMIT and now[0] < 2**53:
            found.append(float(now[0] * unit))
            whole = int(mp.floor(rest))
            before, now = now, (whole * now[0] + before[0], whole * now[1] + before[1])
            rest = 1 / (rest - whole)
    x = np.array(found)
    assert np.min(np.abs([float(mp.cos(mpf(v))) for v in found])) < 1e-16  # hard ones are among them
    assert _ulps(m, name, exact, x) <= 0.8


@pytest.mark.parametrize(
    ("module", "polynomial", "names"),
    [
        (exponential, "EXP", ("exp",)),
        (exponential, "EXPM1", ("expm1", "tanh")),
        (logarithm, "Q", ("log", "log1p")),
        (trigonometric, "S", ("sin", "cos")),
        (trigonometric, "C", ("sin", "cos")),
    ],
)
def test_errors_are_noticed(module: Any, polynomial: str, names: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative change of 1e−13 in the first coefficient of a polynomial breaks the bound of its functions."""
    first, *others = getattr(module, polynomial)
    monkeypatch.setattr(module, polynomial, (first * (1 + 1e-13), *others))
    assert tuple(row[0] for row in ACCURACY if max(_errors(LANES[0], row, 500)) > row[2]) == names


# Edges

POSITIVE_EDGES = (
    *(0.0, 5e-324, 2.0**-1022, 1e-300, 1e-20, math.log(2) / 2, 0.5, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1.5, 2.0, 3.0),
    *(20.0, 40.0, 700.0, 708.4, 709.782712893384, 709.7827128933841, 745.13, 745.14, 746.0, 1e3),
    *(2.0**52 - 0.5, 2.0**52 + 1, 2.0**53 - 1, 1e20, 1e300, 1.7976931348623157e308, INFINITY),
)
EDGES = (*POSITIVE_EDGES, *(-x for x in POSITIVE_EDGES), NAN)


def _agrees(result: float, wanted: float) -> bool:
    """Return whether two numbers are the same NaN, zero or infinity, or differ by at most one ulp."""
    if not math.isfinite(wanted) or wanted == 0:
        return str(result) == str(wanted)
    return abs(result - wanted) <= math.ulp(wanted)


@each_lanes
@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges(m: NumpyLanes, name: str) -> None:
    """Zeros with their signs, infinities, NaN, subnormals, overflow and poles are as IEEE 754 and Annex F of C say."""
    rule, limit = FUNCTIONS[name]
    operands = 2 if name == "pow" else 1
    points = [x for x in product(EDGES, repeat=operands) if not limit < abs(x[0]) < INFINITY]
    results = rule(m, *np.array(points).T).tolist()
    wanted = [float(getattr(EXTENDED, name)(*map(Extended, x))) for x in points]
    assert [(x, r, w) for x, r, w in zip(points, results, wanted, strict=True) if not _agrees(r, w)] == []


def test_agreement_can_fail() -> None:
    """The comparison of edges tells zeros by their signs, and one ulp from two."""
    assert not _agrees(0.0, -0.0)
    assert not _agrees(INFINITY, NAN)
    assert not _agrees(1.0 + 2 * math.ulp(1.0), 1.0)


# The arithmetic itself


def test_error_free_sums_and_products() -> None:
    """Sums and products in two parts are exact, and the fused multiplication of the tests rounds once."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1000)) * 2.0 ** rng.integers(-30, 30, (2, 1000))
    z = np.where(rng.random(1000) < 0.5, -x * y * (1 + 1e-16 * rng.normal(size=1000)), y)
    exact = [[Fraction(v) for v in row] for row in zip(x, y, z, strict=True)]
    for m in LANES:
        products, sums = (np.transpose(f(m, x, y)) for f in (error_free.product, error_free.exact_sum))
        assert [Fraction(high) + Fraction(low) for high, low in products] == [a * b for a, b, _ in exact]
        assert [Fraction(high) + Fraction(low) for high, low in sums] == [a + b for a, b, _ in exact]
    rounded = [float(a * b + c) for a, b, c in exact]
    assert fused(x, y, z).tolist() == rounded
    assert (x * y + z).tolist() != rounded


def test_scale_by_bits() -> None:
    """x·2ⁿ made of exponent bits is rounded once, into the subnormal numbers and beyond the largest."""
    n = np.repeat(np.arange(-1990.0, 1991.0, 9.0), 50)
    x = np.random.default_rng(0).uniform(0.5, 2, len(n))
    wanted = np.ldexp(x, n.astype(np.int32))
    assert all(np.array_equal(scale_by_bits(m, x, n), wanted) for m in LANES)


# Machine code


@pytest.mark.parametrize("name", FUNCTIONS)
def test_machine_code(name: str) -> None:
    """Machine code gives the same bits as the rule carried out by NumPy, whatever the processor and its vectors."""
    pytest.importorskip("llvmlite")
    from .machine_lanes import machine, targets

    rule, limit = FUNCTIONS[name]
    rng = np.random.default_rng(0)
    x = np.concatenate([EDGES, rng.uniform(-3, 3, 500), 2.0 ** rng.uniform(-1074, 1024, 500)])
    xs = [x, rng.permutation(x)] if name == "pow" else [x]
    beyond = (np.abs(x) > limit) & np.isfinite(x)
    library = np.array([getattr(EXTENDED, name)(*map(Extended, row)) for row in zip(*xs, strict=True)])
    for target in targets():
        wanted = np.where(beyond, library, rule(LANES[0] if target.fused else LANES[1], *xs))
        for width in (1, target.vector):
            results = machine(target, name, len(xs), width)(*xs)
            assert list(map(str, results.tolist())) == list(map(str, wanted.tolist())), (target.cpu, width)
