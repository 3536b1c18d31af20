"""Random programs: the engine agrees with exact arithmetic, and with itself under changes that change nothing."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import microgradx as mx
from microgradx import Value

from .oracle import jet
from .programs import Program, exact_gradient, forward_gradient, k_of, on_jets, random_program, worst_k

BOUND = 16.0
RANDOM = st.integers(0, 2**32).map(random.Random)
PROGRAMS = st.builds(random_program, RANDOM, st.integers(0, 24))
EVERYDAY = settings(max_examples=150, derandomize=True, deadline=None)


def gradient(program: Program, seed: float = 1.0) -> list[float]:
    """Return what backward leaves in the inputs."""
    inputs = [Value(x) for x in program.inputs]
    program(inputs).backward(seed)
    return [v.grad for v in inputs]


def weights(program: Program) -> list[float]:
    """Return Σ|path products| for each input: what rounding may cost is a multiple of it."""
    return [float(w) for _, w in exact_gradient(program, program.run([Value(x) for x in program.inputs]))]


def assert_agree(one: list[float], other: list[float], scale: list[float]) -> None:
    """Assert that two gradients agree up to rounding."""
    for a, b, s in zip(one, other, scale, strict=True):
        assert abs(a - b) <= 2 * BOUND * 2.0**-53 * s, (one, other, scale)


@EVERYDAY
@given(PROGRAMS)
def test_backward_is_the_exact_chain_rule(program: Program) -> None:
    """Of the exact chain rule on the recorded floats, backward misses at most 16 · 2⁻⁵³ of Σ|path products|."""
    assert worst_k(program) <= BOUND


def test_backward_is_the_exact_chain_rule_on_longer_programs() -> None:
    """The same bound holds for programs of up to 64 steps."""
    rng = random.Random(64)
    assert max(worst_k(random_program(rng, 64)) for _ in range(150)) <= BOUND


@EVERYDAY
@given(PROGRAMS)
def test_backward_is_the_derivative_of_the_program(program: Program) -> None:
    """From the inputs on, in forward mode and at any precision, the derivative is what backward says."""
    numbers = program.run([Value(x) for x in program.inputs])
    value, *slopes = forward_gradient(program)
    assert float(abs(numbers[-1].data - value)) <= 1e-11 * (1 + abs(value))
    for actual, expected, weight in zip(gradient(program), slopes, weights(program), strict=True):
        assert abs(mpf(actual) - expected) <= 1e-10 * (1 + weight)


@EVERYDAY
@given(PROGRAMS)
def test_every_mode_gives_one_gradient(program: Program) -> None:
    """A gradient graph holds the numbers of the plain sweep bit for bit; forward mode agrees up to rounding."""
    inputs = [Value(x) for x in program.inputs]
    output = program(inputs)
    plain = mx.grad(output, inputs)
    recorded = mx.grad(output, inputs, create_graph=True)
    assert [g.data if isinstance(g, Value) else g for g in recorded] == plain
    assert mx.value_and_grad(program)(program.inputs) == (output.data, plain)
    units = [[float(i == j) for j in range(len(inputs))] for i in range(len(inputs))]
    forward = [mx.jvp(program, program.inputs, unit)[1] for unit in units]
    assert_agree(forward, plain, weights(program))


@EVERYDAY
@given(PROGRAMS, RANDOM)
def test_forward_and_reverse_are_adjoint(program: Program, rng: random.Random) -> None:
    """⟨J v, u⟩ = ⟨v, Jᵀ u⟩ for directions v of the inputs and u of the outputs."""
    x = list(program.inputs)
    v = [rng.uniform(-1.0, 1.0) for _ in x]
    inputs = [Value(xᵢ) for xᵢ in x]
    outputs = program.run(inputs)[-3:]
    u = [rng.uniform(-1.0, 1.0) for _ in outputs]
    tangents = mx.jvp(lambda z: program.run(z)[-3:], x, v)[1]
    forward = sum(a * b for a, b in zip(tangents, u, strict=True))
    reverse = sum(a * b for a, b in zip(mx.grad(mx.dot(outputs, u), inputs), v, strict=True))
    starts = [Program(program.inputs, program.steps[: max(len(program.steps) - k, 0)]) for k in range(3)]
    assert abs(forward - reverse) <= 1e-14 * sum(1.0 + w for start in starts for w in weights(start))


@EVERYDAY
@given(PROGRAMS, RANDOM)
def test_gradients_are_linear(program: Program, rng: random.Random) -> None:
    """∇(a·f + b·g) = a·∇f + b·∇g for two numbers f and g of one program."""
    a, b = rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0)
    inputs = [Value(x) for x in program.inputs]
    numbers = program.run(inputs)
    f, g = numbers[-1], rng.choice(numbers)
    parts = zip(mx.grad(f, inputs), mx.grad(g, inputs), strict=True)
    half = Program(program.inputs, program.steps[: len(numbers) - len(inputs)])
    shorter = Program(program.inputs, program.steps[: max(numbers.index(g) + 1 - len(inputs), 0)])
    scale = [2 * (s + t) + (g in inputs) * 2 for s, t in zip(weights(half), weights(shorter), strict=True)]
    assert_agree(mx.grad(a * f + b * g, inputs), [a * s + b * t for s, t in parts], scale)


@EVERYDAY
@given(PROGRAMS, st.integers(-40, 40))
def test_seeds_scale_exactly(program: Program, exponent: int) -> None:
    """A seed of 2ᵏ multiplies every gradient by 2ᵏ, to the last bit."""
    assert gradient(program, 2.0**exponent) == [math.ldexp(g, exponent) for g in gradient(program)]


@EVERYDAY
@given(PROGRAMS)
def test_backward_twice_is_exactly_double(program: Program) -> None:
    """Two calls of backward leave twice the gradient of one."""
    inputs = [Value(x) for x in program.inputs]
    output = program(inputs)
    output.backward()
    output.backward()
    if output not in inputs:
        assert [v.grad for v in inputs] == [2 * g for g in gradient(program)]


@EVERYDAY
@given(PROGRAMS, RANDOM)
def test_dead_nodes_change_nothing(program: Program, rng: random.Random) -> None:
    """Nodes that the output does not depend on change no bit of the gradient."""
    inputs = [Value(x) for x in program.inputs]
    numbers = program.run(inputs)
    keep = rng.randrange(len(program.steps) + 1)
    output = numbers[len(inputs) + keep - 1] if keep else inputs[-1]
    assert mx.grad(output, inputs) == gradient(Program(program.inputs, program.steps[:keep]))


@EVERYDAY
@given(PROGRAMS)
def test_copies_of_shared_expressions_change_nothing(program: Program) -> None:
    """Computing a shared number anew for each of its users changes the gradient by rounding at most."""
    inputs = [Value(x) for x in program.inputs]
    numbers = list(inputs)
    by_position = dict(enumerate(program.steps, len(inputs)))

    def anew(position: int) -> Value:
        step = by_position.get(position)
        return numbers[position] if step is None else mx.apply(step.p, *step.look_up(numbers))

    for step in program.steps:
        fresh = [anew(i) for i in range(len(numbers))]
        numbers.append(mx.apply(step.p, *step.look_up(fresh)))
    assert numbers[-1].data == program(inputs).data
    assert_agree(mx.grad(numbers[-1], inputs), gradient(program), weights(program))


def test_bound_refuses_a_gradient_that_is_wrong_in_its_last_digits() -> None:
    """The bound on K accepts the gradient itself and refuses it when it is off by 10⁻¹⁴."""
    rng = random.Random(0)
    program = next(p for p in iter(lambda: random_program(rng), None) if min(map(abs, gradient(p))) > 0.0)
    numbers = program.run([Value(x) for x in program.inputs])
    assert k_of(program, numbers, gradient(program)) <= BOUND
    assert k_of(program, numbers, [g * (1 + 1e-14) for g in gradient(program)]) > BOUND


def hessians(program: Program) -> dict[str, list[list[float]]]:
    """Return the second derivatives of a program by each way to nest forward and reverse mode."""
    x = list(program.inputs)
    units = [[float(i == j) for j in range(len(x))] for i in range(len(x))]
    return {
        "reverse over reverse": mx.hessian(program, x),
        "forward over reverse": [mx.jvp(lambda u: mx.value_and_grad(program)(u)[1], x, v)[1] for v in units],
        "reverse over forward": mx.jacobian(lambda u: [mx.jvp(program, u, v)[1] for v in units], x),
        "forward over forward": [mx.jvp(lambda u: [mx.jvp(program, u, w)[1] for w in units], x, v)[1] for v in units],
    }


def test_second_derivatives_by_every_nesting() -> None:
    """Hessians of random programs, nested in each way, agree with `mpmath.diff` of the program itself."""
    for seed in range(60):
        rng = random.Random(seed)
        program = random_program(rng, rng.randint(1, 8))
        if any(step.p.name == "detach" for step in program.steps):
            continue

        def f(*x: Any, program: Program = program) -> Any:
            return jet(program.run(x, on_jets)[-1]).value

        for way, hessian in hessians(program).items():
            for i, j in itertools.product(range(len(hessian)), repeat=2):
                orders = tuple(int(i == k) + int(j == k) for k in range(len(hessian)))
                with mp.workprec(300):
                    expected = mp.diff(f, tuple(map(mpf, program.inputs)), orders)
                assert abs(hessian[i][j] - expected) <= 1e-13 * (1 + abs(expected)), (way, seed, i, j)
