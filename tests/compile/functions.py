"""Programs of the zoo that are no networks: regressions, a mixture, branches, plain functions."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import microgradx as mx
from microgradx import Value

from .examples import Program
from .networks import labelled, points
from .sequences import matrix


def numbers(n: int, seed: int, reach: float = 1.0) -> list[Value]:
    """Return n Values between −reach and reach."""
    rng = random.Random(seed)
    return [Value(rng.uniform(-reach, reach)) for _ in range(n)]


def linear_regression(inputs: int) -> Program:
    """Return half the squared error of w·x + b."""
    *w, b = parameters = numbers(inputs + 1, 11)

    def f(x: Any, y: Any) -> Any:
        return (sum(wᵢ * xᵢ for wᵢ, xᵢ in zip(w, x, strict=True)) + b - y) ** 2 / 2

    return Program(f, parameters, points((inputs,), ()))


def logistic_regression(inputs: int) -> Program:
    """Return log(1 + exp(−y·(w·x + b))) for targets −1 and 1."""
    *w, b = parameters = numbers(inputs + 1, 12)

    def f(x: Any, y: Any) -> Any:
        return mx.softplus(-y * (mx.dot(w, x) + b))

    return Program(f, parameters, signed(inputs))


def signed(inputs: int) -> Any:
    """Return a generator of points and targets −1 or 1."""

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        X, c = labelled(inputs, 2)(n, seed)
        return X, 2.0 * c - 1.0

    return rows


def softmax_regression(inputs: int, classes: int) -> Program:
    """Return −log softmax(Wx)_c with the class looked up at run time."""
    w = matrix(random.Random(13), classes, inputs)

    def f(x: Any, c: Any) -> Any:
        return -mx.lookup(mx.log_softmax([mx.dot(row, x) for row in w]), c)

    return Program(f, [v for row in w for v in row], labelled(inputs, classes), indices=("c",))


def factorisation(users: int, items: int, width: int) -> Program:
    """Return the squared error of uᵢ·vⱼ + bⱼ for a user i, an item j and a rating."""
    rng = random.Random(14)
    u, v, b = matrix(rng, users, width), matrix(rng, items, width), numbers(items, 15)

    def f(i: Any, j: Any, rating: Any) -> Any:
        return (mx.dot(mx.lookup(u, i), mx.lookup(v, j)) + mx.lookup(b, j) - rating) ** 2

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return rng.integers(0, users, n), rng.integers(0, items, n), rng.normal(size=n)

    return Program(f, [w for part in (u, v) for row in part for w in row] + b, rows, indices=("i", "j"))


def hinge(inputs: int) -> Program:
    """Return the hinge loss as an if: zero where the margin is large."""
    *w, b = parameters = numbers(inputs + 1, 16, reach=3.0)

    def f(x: Any, y: Any) -> Any:
        margin = y * (mx.dot(w, x) + b)
        if margin >= 1.0:
            return 0.0
        return 1.0 - margin

    return Program(f, parameters, signed(inputs))


def mixture(inputs: int, components: int) -> Program:
    """Return −log Σₖ pₖ N(x; μₖ, Σₖ) without its constant, where Σₖ⁻¹ = QₖᵀQₖ with Qₖ lower triangular."""
    rng = random.Random(17)
    logits, means = numbers(components, 18), matrix(rng, components, inputs, 1.0)
    diagonals = matrix(rng, components, inputs)  # their logarithms
    below = [[[Value(rng.gauss(0.0, 0.3)) for _ in range(i)] for i in range(inputs)] for _ in range(components)]

    def f(x: Any) -> Any:
        terms = []
        for p, mean, diagonal, q in zip(logits, means, diagonals, below, strict=True):
            d = [xᵢ - m for xᵢ, m in zip(x, mean, strict=True)]
            squares = 0.0
            for i in range(inputs):
                squares += (mx.exp(diagonal[i]) * d[i] + mx.dot(q[i], d[:i])) ** 2
            terms.append(p + mx.sum(diagonal) - 0.5 * squares)
        return mx.logsumexp(logits) - mx.logsumexp(terms)

    parameters = [*logits, *(v for m in (means, diagonals) for row in m for v in row)]
    return Program(f, parameters + [v for q in below for row in q for v in row], points((inputs,)))


def newton_root() -> Program:
    """Return √(a + b²) by Newton's method, as many steps as the row needs."""

    def f(a: Any, b: Any) -> Any:
        square = a + b * b
        root = square if square > 1.0 else (square + 1.0) * 0.5
        for _ in range(20):
            better = 0.5 * (root + square / root)
            if abs(better - root) < 1e-6:
                return better
            root = better
        return root

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return rng.uniform(0.1, 30.0, n), rng.normal(size=n)

    return Program(f, [], rows)


def soft_steps() -> Program:
    """Return a tree of linear models: two questions, the second of which depends on the first."""
    parameters = w = numbers(8, 19)

    def f(x: Any, y: Any) -> Any:
        if x[0] < w[0]:
            guess = w[1] * x[1] + w[2] if x[1] < 0.0 else w[3] * x[1]
        elif x[0] <= 1.0:
            guess = w[4] * x[0]
        else:
            guess = mx.where(x[1] > x[0], lambda: mx.log(x[1]), w[5])
        return (guess - y) ** 2

    return Program(f, parameters, points((2,), ()))


def rosenbrock() -> Program:
    """Return (1 − x)² + 100(y − x²)²."""
    return Program(lambda x, y: (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2, [], points((), ()))


def log_sum_exp() -> Program:
    """Return log Σ exp(xᵢ), shifted by the largest as the textbooks do it."""

    def f(x: Any) -> Any:
        top = mx.max(x)
        return top + mx.log(sum(mx.exp(xᵢ - top) for xᵢ in x))

    return Program(f, [], points((5,)))


def product_and_exponential() -> Program:
    """Return x·y + eˣ."""
    return Program(lambda x, y: x * y + mx.exp(x), [], points((), ()))


def powers() -> Program:
    """Return powers with constant, negative, fractional and computed exponents."""

    def f(x: Any, y: Any) -> Any:
        return x**2 + x**-1.5 + x**y + 2.0**y + (x * y) ** 0 + mx.sqrt(x) + x**3 / (1.0 + y**2) + abs(y) ** 0.5

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return rng.uniform(0.1, 3.0, n), rng.normal(size=n)

    return Program(f, [], rows)


def polynomial(degree: int) -> Program:
    """Return Σ cₙxⁿ and its square, with every power of x used again by the next."""
    c = numbers(degree + 1, 20)

    def f(x: Any) -> Any:
        power, total = 1.0, 0.0
        for cₙ in c:
            total = total + cₙ * power
            power = power * x
        return total + total * total

    return Program(f, c, points(()))


def extremes() -> Program:
    """Return sums of max, min, abs, relu, sign and step, and products of these; no branch of Python's."""

    def f(x: Any, y: Any) -> Any:
        spread = mx.max(x) - mx.min(x)
        return spread * mx.relu(y) + mx.abs(x[0] - y) + mx.sign(y) * x[1] + mx.step(x[2]) * mx.max(y, x[2], 0.25)

    return Program(f, [], points((4,), ()))


def constant() -> Program:
    """Return 2, whatever comes."""
    return Program(lambda x: 2.0, numbers(1, 21), points(()))


def unused() -> Program:
    """Return what depends neither on the second argument nor on the second parameter."""
    v, w = numbers(2, 22)
    return Program(lambda x, y: v * mx.sin(x) + mx.cos(x), [v, w], points((), (2,)))
