"""Checks of one row of the table against exact arithmetic: they take any row, a mutant too, which they must refuse."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from mpmath import mp, mpf

from microgradx import Value, apply, grad, jvp
from microgradx.floats import FLOATS, evaluate
from microgradx.primitives import REAL, Primitive

from .oracle import EPS, JETS, TINIEST, Jet, derivative, exact, flat, jet, same, shaped

LARGEST = mpf(2) ** 1024 * (1 - EPS)
SMALLEST = mpf(2) ** -1022
LENGTHS = (1, 2, 3, 5)


@cache
def shapes(p: Primitive) -> list[tuple[int, ...]]:
    """Return the lengths of blocks that a row takes, found by trying; () for a row of single numbers.

    >>> from microgradx.primitives import row
    >>> shapes(row("affine"))
    [(2, 1), (3, 2), (4, 3), (6, 5)]
    """
    if not p.blocks:
        return [()]
    candidates = [(n,) if len(p.domain) == 1 else (n + more, n) for n in LENGTHS for more in (0, 1)]
    return [shape for shape in dict.fromkeys(candidates) if _takes(p, shape)]


def _takes(p: Primitive, shape: tuple[int, ...]) -> bool:
    """A row takes blocks whose partials are as long as they are themselves."""
    operands = [tuple(1.0 + i / 8 for i in range(n)) for n in shape]
    try:
        z = p.value(FLOATS, *operands)
    except (TypeError, IndexError):
        return False
    return all(d is None or len(d(FLOATS, z, *operands)) == n for d, n in zip(p.partials, shape, strict=True))


def samples(p: Primitive, count: int, reach: float = 4.0, seed: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield operands from a row's domain, each of its shapes in turn; an interval REAL is widened to ±reach."""
    rng = random.Random(f"{p.name} {reach} {seed}")

    def draw(domain: tuple[float, float]) -> float:
        low, high = (-reach, reach) if domain == REAL else domain
        return rng.choice((low, high)) if rng.random() < 0.1 else rng.uniform(low, high)

    every = shapes(p)
    for i in range(count):
        shape = every[i % len(every)]
        if p.blocks:
            yield tuple(tuple(draw(d) for _ in range(n)) for d, n in zip(p.domain, shape, strict=True))
        else:
            yield tuple(draw(d) for d in p.domain)


def assert_close(actual: float, expected: Any, scale: Any, ulps: float, what: str, steps: Any = 1) -> None:
    """Assert |actual − expected| ≤ ulps · (2⁻⁵³ · scale + 2⁻¹⁰⁷⁴ · steps); beyond the range of a float, inf."""
    if abs(expected) > LARGEST:
        assert actual == mp.inf * mp.sign(expected), f"{what}: {actual!r} for {mp.nstr(expected, 20)}"
    else:
        assert mp.isfinite(actual), f"{what}: {actual!r} for {mp.nstr(expected, 20)}"
        error = abs(mpf(actual) - expected)
        assert error <= ulps * (EPS * scale + TINIEST * steps), f"{what}: {actual!r} for {mp.nstr(expected, 20)}"


def graph(p: Primitive, operands: Sequence[Any]) -> tuple[list[Value], Value]:
    """Return fresh Values for the scalars among the operands, and the node p of them."""
    inputs = [Value(x) for x in flat(p, operands)]
    return inputs, apply(p, *shaped(p, operands, inputs))


def check_value(p: Primitive, operands: Sequence[Any]) -> None:
    """The value is right to a few ulps, the same on floats and Values, and the expanded form is the same function."""
    z, *slopes = exact(p, operands)
    scale = abs(z) + sum(abs(x * d) for x, d in zip(flat(p, operands), slopes, strict=True))
    _, v = graph(p, operands)
    assert_close(v.data, z, scale, 4, f"{p.name}{operands}")
    assert evaluate(p, operands) == v.data
    if p.expanded is not None:
        assert any(same(z, _expanded(p, operands, bits)) for bits in (200, 400, 800, 1600, 3200)), f"{p.name} expanded"


def _expanded(p: Primitive, operands: Sequence[Any], bits: int) -> Any:
    """The simple forms cancel: e⁷⁰⁰ + e⁻⁷⁰⁰ alone needs 2020 bits."""
    with mp.workprec(bits):
        jets = [Jet(x) for x in flat(p, operands)]
        return jet(p.expanded(JETS, *shaped(p, operands, jets))).value


def check_partials(p: Primitive, operands: Sequence[Any]) -> None:
    """Each partial is right to a few ulps: of the slope itself, and of what a rounded operand can change in it."""
    scalars = flat(p, operands)
    inputs, v = graph(p, operands)
    z, *slopes = exact(p, operands)
    gradient = grad(v, inputs)
    v.backward()
    assert [u.grad for u in inputs] == gradient
    for i, (actual, expected) in enumerate(zip(gradient, slopes, strict=True)):
        scale = abs(expected)
        if abs(mpf(actual) - expected) > 4 * EPS * abs(expected) and mp.isfinite(actual):
            scale += sum(abs(x * derivative(p, operands, _orders(len(scalars), i, j))) for j, x in enumerate(scalars))
        steps = abs(expected / z) if 0 < abs(z) < SMALLEST else 1  # what was recorded has few digits itself
        assert_close(actual, expected, scale, 4, f"∂{p.name}{operands}/∂{i}", steps)


def check_differences(p: Primitive, operands: Sequence[Any]) -> None:
    """Each partial agrees with a central difference of the value on floats to 1e-6."""
    scalars = flat(p, operands)
    inputs, v = graph(p, operands)
    for i, slope in enumerate(grad(v, inputs)):
        h = 6e-6 * max(1.0, abs(scalars[i]))
        above, below = ([*scalars[:i], scalars[i] + s, *scalars[i + 1 :]] for s in (h, -h))
        rise = evaluate(p, shaped(p, operands, above)) - evaluate(p, shaped(p, operands, below))
        difference = rise / (above[i] - below[i])
        noise = 1e-15 * (abs(v.data) + max(abs(x) for x in scalars)) / h
        assert abs(difference - slope) <= 1e-6 * (abs(difference) + abs(slope)) + noise, (p.name, operands, i)


def check_second(p: Primitive, operands: Sequence[Any]) -> None:
    """Each second derivative, from the graph of the gradient, agrees with `mpmath.diff`."""
    inputs, v = graph(p, operands)
    first = [abs(d) for d in exact(p, operands)]
    for i, slope in enumerate(grad(v, inputs, create_graph=True)):
        for j, actual in enumerate(grad(slope, inputs)):
            expected = derivative(p, operands, _orders(len(inputs), i, j))
            scale = 256 * (abs(expected) + first[0] + first[1 + i] + first[1 + j])
            assert_close(actual, expected, scale, 1, f"∂²{p.name}{operands}/∂{i}∂{j}")


def check_forward(p: Primitive, operands: Sequence[Any]) -> None:
    """Forward mode gives the value and every partial of reverse mode, bit for bit."""
    scalars = flat(p, operands)
    inputs, v = graph(p, operands)
    for i, slope in enumerate(grad(v, inputs)):
        direction = [float(i == j) for j in range(len(scalars))]
        primal, tangent = jvp(lambda x: apply(p, *shaped(p, operands, x)), scalars, direction)
        assert (primal, tangent) == (v.data, slope), f"{p.name}{operands} by {i}"


def _orders(count: int, i: int, j: int) -> list[int]:
    return [int(k == i) + int(k == j) for k in range(count)]


ROW_CHECKS = (check_value, check_partials, check_differences, check_second, check_forward)
