"""Random programs over the rows of the table, and how far the engine's gradients are from the exact ones.

A program is data, so that it runs on any kind of number: inputs, then steps, each a row and its operands: the
position of an earlier number, or a constant; for a row over blocks, tuples of these.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

import microgradx as mx
from microgradx import Value
from microgradx.floats import FLOATS
from microgradx.primitives import ATOMS, TABLE, Arithmetic, Primitive

from .checks import shapes
from .oracle import EPS, JETS, Jet, agreed, exact, flat, jet, shaped

Operand = int | float  # the position of an earlier number, or a constant


@dataclass(frozen=True)
class Step:
    """One operation of a program."""

    p: Primitive
    operands: tuple[Any, ...]

    def look_up(self, numbers: Sequence[Any]) -> list[Any]:
        """Return the operands, with what stands at their positions."""
        scalars = [numbers[x] if isinstance(x, int) else x for x in flat(self.p, self.operands)]
        return shaped(self.p, self.operands, scalars)


@dataclass(frozen=True)
class Program:
    """Inputs and steps; its result is its last number."""

    inputs: tuple[float, ...]
    steps: tuple[Step, ...]

    def run(self, inputs: Sequence[Any], apply: Callable[..., Any] = mx.apply) -> list[Any]:
        """Return every number of a run on these inputs, of whatever kind they are."""
        numbers = list(inputs)
        for step in self.steps:
            numbers.append(apply(step.p, *step.look_up(numbers)))
        return numbers

    def __call__(self, inputs: Sequence[Any]) -> Any:
        return self.run(inputs)[-1]


class NearKink(Exception):
    """A rule came too close to where its slope jumps for the oracle and the engine to be sure of one side."""


def _away(distance: float) -> None:
    if 0.0 < abs(distance) < 1e-3:
        raise NearKink


def _watching(name: str) -> Callable[..., Any]:
    f = getattr(FLOATS, name)

    def of_one(x: float) -> float:
        if abs(x) < 1e-3:
            raise NearKink
        return f(x)

    def of_two(x: float, y: float) -> float:
        _away(x - y)
        return f(x, y)

    def of_many(xs: Sequence[float]) -> float:
        for i, x in enumerate(xs):
            for y in xs[:i]:
                _away(x - y)
        return f(xs)

    def of_base(x: float, y: float) -> float:
        if x < 1e-3:  # where x < 0 the slope in y is NaN, rightly
            raise NearKink
        return f(x, y)

    return {"equal": of_two, "pow": of_base, "max": of_many, "min": of_many}.get(name, of_one)


_KINKS = {name: _watching(name) for name in ("abs", "sign", "step", "sqrt", "pow", "equal", "max", "min")}
WATCHING = Arithmetic({name: getattr(FLOATS, name) for name in ATOMS} | _KINKS)
"""Floats that refuse to decide near a kink."""


_CARRYING = [p for p in TABLE if any(p.partials)]


def random_program(rng: random.Random, size: int = 24) -> Program:
    """Return a program of about `size` steps, with shared numbers, whose operands stay well inside their domains.

    Numbers stay below 8, because a sum in an exponent, as in logsumexp and gaussian, turns the rounding of a large
    number into the same absolute error of a logarithm.
    """
    inputs = tuple(rng.uniform(-3.0, 3.0) for _ in range(rng.randint(1, 4)))
    numbers, steps = list(inputs), []
    for _ in range(size):
        for _ in range(20):
            step = _random_step(rng, len(numbers))
            z = _accepted(step, numbers)
            if z is not None:
                steps.append(step)
                numbers.append(z)
                break
    return Program(inputs, tuple(steps))


def _random_step(rng: random.Random, count: int) -> Step:
    def operand() -> Operand:
        kind = rng.random()
        if kind < 0.2:
            return rng.choice((0.5, 1.0, 2.0, 3.0, -1.0, rng.uniform(-3.0, 3.0)))
        return rng.randrange(count) if kind < 0.6 else rng.randrange(max(count - 3, 0), count)

    p = rng.choice(TABLE if rng.random() < 0.3 else _CARRYING)
    shape = rng.choice(shapes(p))
    operands = tuple(tuple(operand() for _ in range(n)) for n in shape) if shape else tuple(operand() for _ in p.domain)
    return Step(p, operands)


def _accepted(step: Step, numbers: list[float]) -> float | None:
    scalars = flat(step.p, step.operands)
    if not any(isinstance(x, int) for x in scalars):
        return None
    operands = step.look_up(numbers)
    values = flat(step.p, operands)
    if len({(v, x) for v, x in zip(values, scalars, strict=True)}) != len(set(values)):
        return None  # two different nodes with one number tie on floats, and need not in exact arithmetic
    if step.p.defined is not None and not step.p.defined.holds(*operands):
        return None
    try:
        z = float(step.p.value(WATCHING, *operands))
    except (NearKink, ArithmeticError, ValueError):
        return None
    return z if z == 0.0 or 1e-3 < abs(z) < 8.0 else None


def exact_gradient(program: Program, numbers: Sequence[Value]) -> list[tuple[Any, Any]]:
    """Return for each input the chain rule on the recorded floats, exactly, and Σ|path products|."""
    count = len(program.inputs)
    with mp.workprec(200):
        sums = [(mpf(0), mpf(0))] * len(numbers)
        sums[-1] = (mpf(1), mpf(1))
        for i in range(len(program.steps) - 1, -1, -1):
            step = program.steps[i]
            signal, weight = sums[count + i]
            if not weight:
                continue
            recorded = [x.data if isinstance(x, Value) else x for x in flat(step.p, step.look_up(numbers))]
            slopes = exact(step.p, shaped(step.p, step.operands, recorded))[1:]
            for j, slope in zip(flat(step.p, step.operands), slopes, strict=True):
                if isinstance(j, int):
                    sums[j] = (sums[j][0] + signal * slope, sums[j][1] + weight * abs(slope))
        return sums[:count]


def k_of(program: Program, numbers: Sequence[Value], gradient: Sequence[float]) -> float:
    """Return the largest K = |error| / (2⁻⁵³ · Σ|path products|) of a gradient by the inputs."""
    worst = 0.0
    for actual, (expected, weight) in zip(gradient, exact_gradient(program, numbers), strict=True):
        assert math.isfinite(actual), f"{actual} for {expected}"
        if weight == 0:
            assert actual == 0.0, f"{actual} where no path leads"
        elif 1e-280 < weight < 1e280:
            worst = max(worst, float(abs(mpf(actual) - expected) / (EPS * weight)))
    return worst


def worst_k(program: Program) -> float:
    """Return the largest K of what backward and grad give, which must be the same."""
    inputs = [Value(x) for x in program.inputs]
    numbers = program.run(inputs)
    gradient = mx.grad(numbers[-1], inputs)
    numbers[-1].backward()
    assert [v.grad for v in inputs] == gradient
    return k_of(program, numbers, gradient)


def on_jets(p: Primitive, *operands: Any) -> Jet:
    """Apply a row to Jets, for the forward mode of the oracle."""
    return Jet(jet(operands[0]).value) if p.name == "detach" else jet(p.value(JETS, *operands))


def forward_gradient(program: Program) -> list[Any]:
    """Return the output and its slopes by the inputs in forward mode, exactly, from the inputs on."""

    def forward() -> list[Any]:
        jets = [Jet(x, {i: mpf(1)}) for i, x in enumerate(program.inputs)]
        output = jet(program.run(jets, on_jets)[-1])
        return [output.value, *(output.slopes.get(i, mpf(0)) for i in range(len(jets)))]

    return agreed(forward)
