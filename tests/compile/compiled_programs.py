"""Random programs, compiled: how far their gradients are from the exact ones."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
from mpmath import mpf

from microgradx import Value, grad
from microgradx.compile.paths.stages import Kind
from microgradx.sweep import nodes

from ..oracle import EPS
from ..programs import Program, exact_gradient, random_program
from . import examples
from .forms import Form
from .rounding import roundings
from .ways import Way, ways


class Error(NamedTuple):
    """The largest errors of a program's gradient, in units of 2⁻⁵³, and the depth of the program.

    k         of Σ|path products|
    share     of Σ|∂g/∂v|·|v| over the numbers v computed on the way to the derivative g, and g itself
    bounded   of the bound that `compile` states: the larger of (2·depth + 4)·Σ|path products| and 2·Σ|∂g/∂v|·|v|
    """

    k: float
    share: float
    bounded: float
    depth: int


def drawn(seed: int, number: int, size: int) -> Program:
    """Return a random program by its number."""
    rng = random.Random(f"compiled {seed} {number}")
    return random_program(rng, rng.randint(1, size))


def way_of(program: Program, strict: bool) -> Way:
    """Return a program at its own inputs."""

    def f(x: Any) -> Any:
        return program(list(x))

    (way,) = ways(examples.Program(f, [], lambda n, seed: (np.array([program.inputs]),)), strict, 1)
    return way


def gradient(way: Way, form: Form) -> Any:
    """Return the compiled gradient by the inputs."""
    outputs = form.kernel(way.plan(Kind.JACOBIAN), way.strict)(way.given(Kind.JACOBIAN), None, 1.0, way.parameters)
    return way.result(Kind.JACOBIAN, outputs.outputs)[0]


def error(program: Program, way: Way, found: Any) -> Error:
    """Return how far a gradient is from the exact chain rule on the numbers that the engine records."""
    inputs = [Value(x) for x in program.inputs]
    numbers = program.run(inputs)
    depth = depth_of(numbers[-1])
    worst = Error(0.0, 0.0, 0.0, depth)
    slopes = grad(numbers[-1], inputs, create_graph=True)
    for g, (exact, weight), slope in zip(found.tolist(), exact_gradient(program, numbers), slopes, strict=True):
        if not weight:
            assert g == 0.0, f"{g} where no path leads"
            continue
        off, scale = float(abs(mpf(g) - exact) / EPS), float(weight)
        size = roundings(slope)
        most = max((2 * depth + 4) * scale, 2.0 * size)
        one = Error(off / scale, off / size if size else 0.0, off / most, depth)
        worst = Error(*map(max, worst, one))
    return worst


def depth_of(y: Value) -> int:
    """Return the number of operations on the longest path to y.

    >>> x = Value(1.0)
    >>> depth_of(x), depth_of(x * x + x)
    (0, 2)
    """
    depths: dict[int, int] = {}
    for v in nodes(y):
        depths[id(v)] = 1 + max((depths[id(x)] for x in v.operands if isinstance(x, Value)), default=-1)
    return depths[id(y)]
