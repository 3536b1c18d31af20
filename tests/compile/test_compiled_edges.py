"""The policy at edges in compiled code: what Values give there, in both modes and on both back ends, without replay."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import DomainError, Value
from microgradx.compile.paths.stages import Kind
from microgradx.primitives import TABLE, Primitive

from ..checks import shapes
from ..oracle import shaped
from ..test_edges import EDGES, SECOND
from ..test_grids import GRID
from .crosschecks import same_bits
from .examples import Program
from .forms import Form, forms
from .ways import WEIGHT, Way, ways

NUMPY, *MACHINE = forms()


def at(f: Callable[..., Any], rows: Sequence[Sequence[float]]) -> Program:
    """Return a program of one list of inputs, at given rows."""
    return Program(f, [], lambda n, seed: (np.array(rows, np.float64),))


def of_leaves(f: Callable[..., Any], x: Sequence[float]) -> Program:
    """Return the same function of parameters, with an input that it does not use."""
    parameters = [Value(xᵢ) for xᵢ in x]
    return Program(lambda unused: f(parameters), parameters, lambda n, seed: (np.zeros(n),))


def close(found: Any, expected: Any, sizes: Any = 0.0) -> Any:
    """Return which numbers agree to a few ulps, or a few units of 2⁻⁵³ of their sizes; NaN agrees with NaN."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    with np.errstate(all="ignore"):
        near = np.abs(found - expected) <= 8 * 2.0**-53 * np.maximum(np.abs(expected), sizes) + 1e-323
    return (near & np.isfinite(expected)) | (found == expected) | (np.isnan(found) & np.isnan(expected))


def agree(way: Way, kind: Kind, form: Form) -> bool:
    """Whether a form gives in each row what the engine gives.

    In strict mode bit for bit. In default mode a number may also not be finite, so that its row is run on Values, but
    not finite where the engine's is not.
    """
    result = form.kernel(way.plan(kind), way.strict)(way.given(kind), None, WEIGHT, way.parameters)
    pairs = [(way.result(kind, result.outputs), way.expected(kind))]
    if kind is Kind.GRADIENT:
        assert len(way.members) == 1
        pairs.append((result.gradient, way.gradients[0]))
    if way.strict:
        return all(same_bits(*pair) for pair in pairs)
    with np.errstate(all="ignore"):
        sizes = np.nan_to_num(way.sizes(kind), nan=0.0, posinf=0.0)
    right = [close(*pair, sizes if len(way.members) > 1 else 0.0) | ~np.isfinite(pair[0]) for pair in pairs]
    return all(map(np.all, right))


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("f", "x"), [edge[1:3] for edge in EDGES], ids=[edge[0] for edge in EDGES])
def test_edge(f: Callable[[Any], Any], x: list[float], strict: bool) -> None:
    """At an edge, value and slopes by inputs and by parameters are those of Values."""
    (inputs,), (leaves,) = ways(at(f, [x]), strict, 1), ways(of_leaves(f, x), strict, 1)
    for form in (NUMPY, MACHINE[not strict]):
        assert agree(inputs, Kind.VALUES, form)
        assert agree(inputs, Kind.JACOBIAN, form)
        assert agree(leaves, Kind.GRADIENT, form)


@pytest.mark.parametrize("target", ["numpy", "llvm"])
@pytest.mark.parametrize(("f", "x"), [edge[1:3] for edge in EDGES], ids=[edge[0] for edge in EDGES])
def test_edge_of_a_program(f: Callable[[Any], Any], x: list[float], target: str) -> None:
    """A compiled function gives at an edge what Values give, in one row and in many, each among others."""
    program = mx.compile(f, target=target)
    values = [Value(xᵢ) for xᵢ in x]
    y = f(values)
    for rows in ([x], [x] * 9 + [[xᵢ + 0.75 for xᵢ in x]]):
        assert close(program(rows)[: len(rows) - (len(rows) > 1)], y.data).all()
        assert close(program.gradients(rows)[0], mx.grad(y, values)).all()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("f", "x", "expected"), [e[1:] for e in SECOND], ids=[e[0] for e in SECOND])
def test_second_derivative_at_an_edge(f: Callable[[Any], Any], x: float, expected: float, strict: bool) -> None:
    """Second derivatives at edges are those of Values."""
    for target in ("numpy", "llvm"):
        program = mx.compile(f, strict=strict, target=target)
        assert close(program.hessian([x])[0, 0, 0], expected)
        assert close(program.hessian([x, 0.75] * 5)[::2, 0, 0], expected).all()


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_rows_of_the_table_on_the_grid(p: Primitive) -> None:
    """Value and slopes of every row at infinities, NaN, zeros, subnormal and huge numbers are those of Values.

    This holds for all of them at once, whatever stands in other lanes.
    """
    shape = shapes(p)[0]
    count = sum(shape) if shape else len(p.domain)

    def f(x: Any) -> Any:
        return mx.apply(p, *shaped(p, [(0,) * n for n in shape] or x, x))

    rows = [[0.75 + i / 8 for i in range(count)]]
    for numbers in itertools.product(GRID, repeat=min(count, 2)):
        rows.append([*numbers, *rows[0][2:]])
    rows = [row for row in rows if defined(f, row)]
    for strict in (True, False):
        for way in ways(at(f, rows), strict, len(rows)):
            for form in (NUMPY, MACHINE[0 if strict else 1]):
                assert agree(way, Kind.VALUES, form), (strict, form.name)
                assert agree(way, Kind.JACOBIAN, form), (strict, form.name)


def defined(f: Callable[[Any], Any], row: Sequence[float]) -> bool:
    """Whether Values take these numbers."""
    try:
        f([Value(x) for x in row])
    except DomainError:
        return False
    return True


def test_division_is_a_real_division() -> None:
    """x / y has the bits of Python's in both modes, on every processor."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-9.0, 9.0, (500, 2)) * 10.0 ** rng.integers(-150, 150, (500, 2))
    expected = [a / b for a, b in x.tolist()]
    for strict in (True, False):
        way = ways(at(lambda x: x[0] / x[1], x), strict, 500)[0]
        for form in (NUMPY, *MACHINE):
            kernel = form.kernel(way.plan(Kind.VALUES), strict)
            assert kernel(way.inputs, None, 1.0, way.parameters).outputs["values"][:, 0].tolist() == expected


OUTSIDE: list[tuple[Callable[[Any], Any], float, float]] = [
    (mx.log, 2.0, -1.0),
    (mx.log, 2.0, 0.0),
    (mx.sqrt, 2.0, -5e-324),
    (lambda x: 1.0 / x, 2.0, 0.0),
    (lambda x: x**-1, 2.0, 0.0),
    (lambda x: x**0.5, 2.0, -1.0),
    (mx.log1p, 2.0, -1.0),
]


@pytest.mark.parametrize("target", ["numpy", "llvm"])
@pytest.mark.parametrize(("f", "inside", "outside"), OUTSIDE)
def test_outside_the_domain(f: Callable[[Any], Any], inside: float, outside: float, target: str) -> None:
    """A row outside the domain raises what Values raise there, with the row; others are computed."""
    program = mx.compile(f, target=target)
    assert program([inside] * 3).tolist() == pytest.approx([f(inside)] * 3, rel=1e-15)
    for method in (program, program.gradients, program.hessian):
        with pytest.raises(DomainError, match=r"needs|must not be 0") as caught:
            method([inside, inside, outside, inside])
        assert any("row 2" in note for note in caught.value.__notes__)


def test_inf_and_nan_are_carried_on() -> None:
    """exp(1000) is inf and inf − inf is NaN in the rows where they are, and nowhere else."""
    for target in ("numpy", "llvm"):
        program = mx.compile(lambda x: mx.exp(x) - mx.exp(x + 1.0), target=target)
        found = program([0.0, 1000.0, 709.5, 1.0]).tolist()
        assert math.isnan(found[1])
        assert found[2] == -math.inf
        assert found[::3] == pytest.approx([1.0 - math.e, math.e - math.e**2], rel=1e-14)


def test_another_value_at_an_edge_is_seen() -> None:
    """The comparison with Values notices 1 for 0 at a kink, and 0 for a true small number."""
    (way,) = ways(at(lambda x: mx.relu(x[0]), [[0.0]]), True, 1)
    kernel = NUMPY.kernel(way.plan(Kind.JACOBIAN), True)
    result = kernel(way.inputs, None, WEIGHT, way.parameters).outputs["jacobian"]
    assert same_bits(result, way.expected(Kind.JACOBIAN))
    assert not same_bits(result + 1.0, way.expected(Kind.JACOBIAN))
    assert not close(0.0, 4.0 * math.exp(-40.0))
    assert not close(math.nan, 0.0)
    assert not close(0.0, math.inf)
